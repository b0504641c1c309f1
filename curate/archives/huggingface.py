"""Hugging Face: the files of a dataset, each with its size and, where it is a large one, its hash.

Plain requests do (https://huggingface.co/docs/hub/api): what is wanted are files, and the
loading scripts of sound datasets such as BirdSet run on old versions of ``datasets`` only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from curate.archives import Ask, ResultPage, Search, fields
from curate.archives.json_answers import as_object, list_in, refused
from curate.archives.licenses import normalise
from curate.archives.remote import Origin, RemoteFile
from curate.archives.zenodo import matching
from curate.errors import CurateError, UsageError
from curate.model import Problem
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

SERVER = "https://huggingface.co"

#: Data sets whose files are not on the branch ``main``.
REVISIONS = {"DBD-research-group/BirdSet": "data"}


class HuggingFace:
    """Ask for a dataset.

    Parameters
    ----------
    repo
        ``DBD-research-group/BirdSet``.
    config
        One folder of it: a configuration of BirdSet, such as ``HSN``.
    revision
        Branch, tag or commit. The default is ``main``, and for BirdSet ``data``.
    files
        Only files of these names. ``*`` and ``?`` stand for other characters.
    server
        Another server that speaks the same. The default is ``HF_ENDPOINT`` or huggingface.co.

    Raises
    ------
    UsageError
        If that is no name of a dataset.
    """

    name: ClassVar[str] = "huggingface"
    # 500 questions in 300 s.
    limits: ClassVar[Mapping[str, Limit]] = {"huggingface.co": Limit(requests=1.5, burst=20)}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}

    def __init__(
        self,
        *,
        repo: str,
        config: str | None = None,
        revision: str | None = None,
        files: Sequence[str] = (),
        server: str | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        name = r"[\w.-]+"
        if not re.fullmatch(rf"{name}/{name}", repo) or not re.fullmatch(rf"{name}(/{name})*", config or "x"):
            raise UsageError(
                f"'{repo}' is no dataset of Hugging Face", hint="for example DBD-research-group/BirdSet"
            )
        self._repo, self._config = repo, config
        self._revision = revision or REVISIONS.get(repo, "main")
        self._wanted = tuple(files)
        self._server = (server or os.environ.get("HF_ENDPOINT") or SERVER).rstrip("/")
        token = os.environ.get("HF_TOKEN", "").strip()
        self.headers: Mapping[str, str] = {"Authorization": f"Bearer {token}"} if token else {}

    def searches(self) -> Iterator[Search]:
        """List the one question: first for the card, then for the files."""
        yield Search(self._repo, Ask(f"{self._server}/api/datasets/{self._repo}", {}, "card"))

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read the card, or the list of files."""
        del search
        if ask.purpose == "card":
            folder = f"/{self._config}" if self._config else ""
            where = f"{self._server}/api/datasets/{self._repo}/tree/{quote(self._revision, safe='')}{folder}"
            return ResultPage(
                origin=self._origin(as_object(body, "Hugging Face")),
                following=Ask(where, {"recursive": "true"}, linked=True),
            )
        entries = list_in(as_object(b'{"files":%b}' % body, "Hugging Face"), "files", "Hugging Face")
        files = [self._file(entry) for entry in entries if entry.get("type") == "file" and entry.get("path")]
        return ResultPage(
            files=matching(files, self._wanted), records=tuple(str(entry.get("path")) for entry in entries)
        )

    def _file(self, entry: Mapping[str, Any]) -> RemoteFile:
        path = str(entry["path"])
        large = entry.get("lfs")
        large = large if isinstance(large, dict) else {}
        digest = str(large.get("oid") or "").removeprefix("sha256:")
        url = f"{self._server}/datasets/{self._repo}/resolve/{quote(self._revision, safe='')}/{quote(path)}"
        size = fields.whole(large.get("size") or entry.get("size"))
        return RemoteFile(
            path, url, size, f"sha256:{digest}" if re.fullmatch("[0-9a-f]{64}", digest) else None
        )

    def _origin(self, card: Mapping[str, Any]) -> Origin:
        data = card.get("cardData")
        words = data.get("license") if isinstance(data, dict) else None
        # Of several licences the strictest counts, where there is one.
        words = " and ".join(map(str, words)) if isinstance(words, list) else words
        number = f"{self._repo}/{self._config}" if self._config else self._repo
        page = f"{SERVER}/datasets/{self._repo}"
        return Origin(
            "huggingface",
            number,
            page,
            self._repo,
            fields.text(card.get("author")) or "",
            normalise(fields.text(words)),
        )

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say that a dataset is missing or private."""
        if answer.status in (401, 403, 404):
            return UsageError(
                f"Hugging Face refused the dataset '{self._repo}' on revision {self._revision}",
                hint="check name and --config. For a gated dataset, accept its terms there and set HF_TOKEN",
            )
        return refused(answer, "Hugging Face")
