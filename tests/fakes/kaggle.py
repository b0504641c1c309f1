"""Kaggle: one competition, for the real `kaggle` package.

In one of its environments the package asks ``http://localhost``; a proxy leads it to any port. The files
come from a storage that knows MD5 and ranges, behind a redirect.
"""

from __future__ import annotations

import base64
import hashlib
import json

from curate.net.loopback import LoopbackReply, LoopbackRequest, file_reply
from tests.fakes.engine import Fake
from tests.fakes.files import about

RULES = "You must accept this competition's rules before you'll be able to download files."


class Kaggle(Fake):
    """`data` is the competition's zip; `accepted` whether its rules are."""

    def __init__(self, competition: str, data: bytes, *, accepted: bool = True) -> None:
        self.competition = competition
        self.data = data
        self.accepted = accepted
        super().__init__(self.reply)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead the package here."""
        return {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "KAGGLE_USERNAME": "marta",
            "KAGGLE_KEY": "0123456789abcdef0123456789abcdef",
            "HTTP_PROXY": self.url,
            "http_proxy": self.url,
            "NO_PROXY": "",
            "no_proxy": "",
        }

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        if question.path == f"/storage/{self.competition}.zip":
            digest = hashlib.md5(self.data, usedforsecurity=False).digest()
            headers = {**about("a.zip", self.data), "x-goog-hash": f"md5={base64.b64encode(digest).decode()}"}
            return file_reply(question, self.data, headers)
        if "authorization" not in question.headers:
            return as_json({"code": 401, "message": "Unauthenticated"}, 401)
        if question.path.endswith(".CompetitionApiService/DownloadDataFiles"):
            if json.loads(question.body).get("competitionName") != self.competition:
                return as_json({"code": 404, "message": "Not found"}, 404)
            if not self.accepted:
                return as_json({"code": 403, "message": RULES}, 403)
            return LoopbackReply(302, b"", {"Location": f"http://localhost/storage/{self.competition}.zip"})
        return as_json({})


def as_json(value: object, status: int = 200) -> LoopbackReply:
    return LoopbackReply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
