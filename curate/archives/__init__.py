"""Public archives of animal sound: what to ask each, and what its answers mean.

An archive is one file here and one line in `ARCHIVES`. It does not talk to the network
itself: it says what to ask (`Ask`) and reads the bytes that came back into one schema
(`ResultPage`). So answers can be kept, read again without a request, and tested without a server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable
from urllib.parse import urlencode

if TYPE_CHECKING:
    from pathlib import Path

    from curate.archives.remote import Origin, RemoteFile, RemoteRecording
    from curate.errors import CurateError
    from curate.model import Problem, Taxon
    from curate.net.limits import Limit
    from curate.net.records import HttpAnswer

#: Name of each archive and where its class is, for `curate.lookup.resolve`.
ARCHIVES: dict[str, str] = {
    "csa": "curate.archives.csa:Csa",
    "gbif": "curate.archives.gbif:Gbif",
    "huggingface": "curate.archives.huggingface:HuggingFace",
    "inaturalist": "curate.archives.inaturalist:INaturalist",
    "kaggle": "curate.archives.kaggle:Kaggle",
    "urls": "curate.archives.urls:Urls",
    "xeno-canto": "curate.archives.xeno_canto:XenoCanto",
    "zenodo": "curate.archives.zenodo:Zenodo",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to an archive.

    Parameters
    ----------
    url, params
        The request, without any secret. An empty `url` asks nobody (a list that is on disk).
    purpose
        What the archive wants to know with it: its own word, handed back to `Archive.read`.
    start
        How many records the earlier pages of the same search held.
    linked
        Whether the next page is reported next to the body, in the header ``Link`` (RFC 8288).
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    purpose: str = "recordings"
    start: int = 0
    linked: bool = False

    @property
    def key(self) -> str:
        """The request as text, by which its answer is kept."""
        return f"{self.url}?{urlencode(sorted(self.params.items()))}" if self.params else self.url


@dataclass(frozen=True, slots=True)
class Search:
    """A question that an archive answers page by page.

    Parameters
    ----------
    name
        For people: the taxon, or the query.
    ask
        The first request.
    taxon
        What is sought, None where recordings bring their own names.
    """

    name: str
    ask: Ask
    taxon: Taxon | None = None


@dataclass(frozen=True, slots=True)
class ResultPage:
    """What one answer says.

    Parameters
    ----------
    recordings, files
        What is in it. `files` are no recordings, but hold them.
    origin
        What is said of all the files.
    problems
        What in it cannot be used, or was not found.
    following
        The next question of the same search, None after the last.
    total
        Records that the search has in all. None where the archive's pages cannot shift, or it does not say.
    records
        Ids of the records in this answer, usable or not.
    """

    recordings: list[RemoteRecording] = field(default_factory=list)
    files: list[RemoteFile] = field(default_factory=list)
    origin: Origin | None = None
    problems: list[Problem] = field(default_factory=list)
    following: Ask | None = None
    total: int | None = None
    records: tuple[str, ...] = ()


class Archive(Protocol):
    """Knows one archive's questions and answers. Its keywords are the options of its command."""

    #: The archive's key in `ARCHIVES`.
    name: ClassVar[str]

    #: What the archive asks of its visitors, by host.
    limits: ClassVar[Mapping[str, Limit]]

    #: Whether its recordings have ratings, so that the best of a taxon can be chosen.
    rated: ClassVar[bool]

    #: Query parameters that must be seen nowhere.
    secret: Mapping[str, str]

    #: Headers of every request; `Authorization` is a secret, too.
    headers: Mapping[str, str]

    #: What was wrong with the options, but kept nothing from going on.
    problems: Sequence[Problem]

    def searches(self) -> Iterable[Search]:
        """List what to ask.

        Raises
        ------
        UsageError
            If that cannot be asked for.
        """

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read an answer: pure, so that a kept answer reads as a fresh one.

        Raises
        ------
        NetError
            If it is not what the archive should say.
        """

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say in words what an answer of 400 to 499 means."""


@runtime_checkable
class Deliverer(Protocol):
    """An archive that fetches by itself, with a program of its own."""

    def bring(self, folder: Path) -> list[Path]:
        """Fetch everything into a folder. List the files that came."""
