"""A plain host of files, as a university's web server is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from curate.net.loopback import LoopbackReply, LoopbackRequest, file_reply
from tests.fakes.engine import Fake

_TYPES = {
    "csv": "text/csv",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/x-wav",
    "zip": "application/zip",
}


class FileHost(Fake):
    """Serves `files`, by path."""

    def __init__(self, files: dict[str, bytes] | None = None, port: int = 0) -> None:
        self.files = files if files is not None else {}
        self.honours_if_range = True
        super().__init__(self.reply, port)

    def reply(self, question: LoopbackRequest) -> LoopbackReply:
        body = self.files.get(question.path)
        if body is None:
            return LoopbackReply(404, b"<html><body>Not Found</body></html>", {"Content-Type": "text/html"})
        if not self.honours_if_range:
            bare = {name: value for name, value in question.headers.items() if name != "if-range"}
            question = replace(question, headers=bare)
        return file_reply(question, body, about(question.path, body))


def about(path: str, body: bytes) -> dict[str, str]:
    """Headers of a file."""
    return {
        "Content-Type": _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream"),
        "ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"',
        "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT",
    }
