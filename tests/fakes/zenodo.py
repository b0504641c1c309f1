"""Zenodo: a record, whose files have the newer or the older form of link."""

from __future__ import annotations

import hashlib
import json

from curate.net.loopback import LoopbackReply, LoopbackRequest, file_reply
from tests.fakes.engine import Fake
from tests.fakes.files import about


class Zenodo(Fake):
    """One record with `files`; `wrong_sums` names those whose checksum is not theirs."""

    def __init__(self, number: int, files: dict[str, bytes], *, old: bool = False, port: int = 0) -> None:
        self.number = number
        self.files = files
        self.old = old
        self.wrong_sums: set[str] = set()
        super().__init__(self.reply, port)

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        if question.path == f"/api/records/{self.number}":
            return LoopbackReply(
                200, json.dumps(self.record()).encode(), {"Content-Type": "application/json"}
            )
        for name, body in self.files.items():
            if question.path == self.place(name):
                return file_reply(question, body, about(name, body))
        missing = {"status": 404, "message": "PID does not exist."}
        return LoopbackReply(404, json.dumps(missing).encode(), {"Content-Type": "application/json"})

    def place(self, name: str) -> str:
        return f"/api/files/0b5-{name}" if self.old else f"/api/records/{self.number}/files/{name}/content"

    def record(self) -> dict:
        listed = []
        for name, body in self.files.items():
            digest = hashlib.md5(
                body if name not in self.wrong_sums else b"", usedforsecurity=False
            ).hexdigest()
            names = (
                {"filename": name, "filesize": len(body)} if self.old else {"key": name, "size": len(body)}
            )
            checksum = digest if self.old else f"md5:{digest}"
            listed.append({**names, "checksum": checksum, "links": {"self": self.url + self.place(name)}})
        metadata = {
            "title": "Made-up birds",
            "license": {"id": "cc-by-4.0"},
            "creators": [{"name": "Ejemplo, Marta"}],
        }
        return {
            "id": self.number,
            "doi": f"10.5072/zenodo.{self.number}",
            "metadata": metadata,
            "files": listed,
        }
