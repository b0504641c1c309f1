"""Hugging Face's hub: one data set on one revision, its files behind a redirect to another host."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from curate.net.loopback import LoopbackReply, LoopbackRequest
from tests.fakes.engine import Fake
from tests.fakes.files import FileHost


class HuggingFace(Fake):
    """`files` of a data set; large ones (`lfs`) carry their SHA-256. The files come from `store`."""

    def __init__(
        self,
        repo: str,
        revision: str,
        files: dict[str, bytes],
        *,
        token: str | None = None,
        per_page: int = 1000,
    ) -> None:
        self.per_page = per_page
        self.repo = repo
        self.revision = revision
        self.files = files
        self.token = token
        self.store = FileHost({f"/lfs/{name}": body for name, body in files.items()})
        super().__init__(self.reply)

    def __enter__(self):
        self.store.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self.store.__exit__(*error)

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        if self.token and question.headers.get("authorization") != f"Bearer {self.token}":
            return as_json({"error": "Access to this dataset is restricted."}, 401)
        card, tree = f"/api/datasets/{self.repo}", f"/api/datasets/{self.repo}/tree/{self.revision}"
        if question.path == card:
            author = self.repo.partition("/")[0]
            return as_json({"id": self.repo, "author": author, "cardData": {"license": "cc-by-nc-4.0"}})
        if question.path.startswith(tree):
            folder = question.path.removeprefix(tree).strip("/")
            names = [name for name in self.files if name.startswith(folder)]
            start = int(question.query.get("cursor", "0"))
            end = start + self.per_page
            answer = as_json([self.entry(name) for name in names[start:end]])
            if end < len(names):
                following = f'<{self.url}{question.path}?recursive=true&cursor={end}>; rel="next"'
                answer = replace(answer, headers={**answer.headers, "Link": following})
            return answer
        start = f"/datasets/{self.repo}/resolve/{self.revision}/"
        name = question.path.removeprefix(start)
        if not question.path.startswith(start) or name not in self.files:
            return as_json({"error": "Entry not found"}, 404)
        headers = {
            "Location": f"{self.store.url}/lfs/{name}",
            "X-Repo-Commit": "0" * 40,
            "X-Linked-Etag": f'"{hashlib.sha256(self.files[name]).hexdigest()}"',
            "X-Linked-Size": str(len(self.files[name])),
        }
        return LoopbackReply(302, b"", headers)

    def entry(self, name: str) -> dict:
        body = self.files[name]
        large = {"oid": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 130}
        return {"type": "file", "path": name, "size": len(body), "lfs": large}


def as_json(value: object, status: int = 200) -> LoopbackReply:
    return LoopbackReply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
