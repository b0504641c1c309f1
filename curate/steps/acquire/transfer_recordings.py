"""Fetching recordings: several at a time, registered one after the other in the order of the list.

Threads fetch and verify, this process's main thread writes the catalogue. A file that came in
whole but was not registered before a kill is found again and not fetched twice.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from curate.archives.choose import Choice
from curate.audio.examine import examine
from curate.audio.probe import probe
from curate.catalogue.paths import safe_name
from curate.errors import BodyRefused, DaySpent, DecodeFailed, NetError, NotOnServer, Unreachable
from curate.formats.files.origins import file_stem
from curate.model import AudioInfo, FileFacts
from curate.net.http import Expectation, Http

T = TypeVar("T")
R = TypeVar("R")

#: Files that may be ready while the first of them is still under way.
_AHEAD = 256

#: So many in a row that no server would give end the run: then it is the network, not the file.
_HOPELESS = 8


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one recording: a file and its facts, or why they are missing.

    Parameters
    ----------
    final
        Whether asking again is of no use.
    seconds
        Length of a file that was longer than allowed, `None` for all others.
    postponed
        Whether its server gives no more today.
    """

    choice: Choice
    path: str = ""
    facts: FileFacts | None = None
    bytes: int = 0
    reason: str = ""
    final: bool = False
    seconds: float | None = None
    unreachable: bool = False
    postponed: bool = False


@dataclass(slots=True)
class Meter:
    """Bytes that came in, counted by many threads."""

    tick: Callable[[float], None]
    bytes: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, amount: float) -> None:
        """Count bytes, and let whoever watches see it."""
        with self._lock:
            self.bytes += amount
        self.tick(0)


class RawFolder:
    """The folder ``raw/`` of a dataset: where each recording belongs, and what is there already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._there: dict[str, str] = {}
        self._anywhere: dict[tuple[str, str], str] = {}
        for where, _, names in os.walk(folder):
            for name in names:
                if not name.endswith((".part", ".part.json")):
                    path = os.path.join(where, name)
                    self._there[os.path.splitext(path)[0]] = path
                    archive = os.path.basename(os.path.dirname(where))
                    self._anywhere[archive, os.path.splitext(name)[0]] = path

    def stem(self, choice: Choice) -> Path:
        """Path without ending: ``raw/<archive>/<label>/<id>``."""
        recording = choice.recording
        label = safe_name(choice.label) if choice.label else "unlabelled"
        stem = safe_name(recording.archive_id)
        if recording.archive_id.isdecimal():
            stem = file_stem(recording.recording_id)
        return self._folder / safe_name(recording.archive) / label / stem

    def lacks(self, path: str) -> bool:
        """Whether a file that belongs into the folder is missing."""
        if not path.startswith(os.path.join(self._folder, "")):
            return False
        return self._there.get(os.path.splitext(path)[0]) != path and not os.path.exists(path)

    def present(self, stem: Path) -> str | None:
        """Path of the whole file that an interrupted run left, `None` if missing.

        It may lie in the folder of another label, which the recording had in that run.
        """
        return self._there.get(str(stem)) or self._anywhere.get((stem.parent.parent.name, stem.name))


@dataclass(frozen=True, slots=True)
class Courier:
    """Fetches recordings, each from the first place that has it.

    Parameters
    ----------
    max_seconds
        Longer files are refused once their length is known.
    """

    http: Http
    raw: RawFolder
    meter: Meter
    max_seconds: float | None

    def fetch_all(self, choices: Iterable[Choice], *, jobs: int) -> Iterator[Fetched]:
        """Fetch recordings. Results come in the order of `choices`.

        Raises
        ------
        Unreachable
            If nothing could be had for a while.
        """
        hopeless = 0
        # More threads than connections: a file is verified while others come in.
        with ThreadPoolExecutor(2 * jobs, thread_name_prefix="download") as pool:
            try:
                for result in _in_order(pool, self.fetch, choices, ahead=max(_AHEAD, 4 * jobs)):
                    hopeless = hopeless + 1 if result.unreachable else 0
                    yield result
                    if hopeless >= _HOPELESS:
                        break
            except BaseException:
                self._give_up(pool)
                raise
            if hopeless >= _HOPELESS:
                self._give_up(pool)
                raise Unreachable(
                    f"the last {hopeless} recordings failed: {result.reason}",
                    hint="check the network. The same command continues where this one stopped",
                )

    def _give_up(self, pool: ThreadPoolExecutor) -> None:
        """End what is under way: else leaving the pool waits for files that nobody wants any more."""
        pool.shutdown(wait=False, cancel_futures=True)
        self.http.close()

    def fetch(self, choice: Choice) -> Fetched:
        """Fetch one recording: what a thread does."""
        stem = self.raw.stem(choice)
        there = self.raw.present(stem)
        if there is not None:
            facts = examine(there)
            if facts.info is not None:
                why = _unwanted(facts.info, self.max_seconds)
                if why is not None:  # the file stays for a run with a larger limit
                    return Fetched(choice, reason=f"{there}: {why}", final=True, seconds=_length(facts.info))
                return Fetched(choice, there, facts, facts.bytes)
            os.unlink(there)
        failed = Fetched(choice, reason="the archive names no file", final=True)
        for url in choice.recording.file_urls:
            found = self._fetch_from(url, stem, choice)
            if found.facts is not None or found.postponed:
                return found
            failed = found
        return failed

    def _fetch_from(self, url: str, stem: Path, choice: Choice) -> Fetched:
        recording = choice.recording
        expect = Expectation(recording.bytes, recording.checksum, "audio", recording.file_name)
        exam = _Examination(self.max_seconds)
        try:
            file = self.http.download(url, stem, expect=expect, check=exam, progress=self.meter.add)
        except NotOnServer as error:
            return Fetched(choice, reason=error.message, final=True)
        except BodyRefused as error:
            # A wrong checksum or a web page may be gone next time. What was examined came in whole.
            seconds = None if exam.info is None else _length(exam.info)
            return Fetched(choice, reason=error.message, final=exam.was_made, seconds=seconds)
        except DaySpent as error:
            return Fetched(choice, reason=f"{error.message}; {error.hint}", postponed=True)
        except Unreachable as error:
            return Fetched(choice, reason=error.message, unreachable=True)
        except NetError as error:
            return Fetched(choice, reason=error.message)
        assert exam.info is not None
        status = os.stat(file.path)
        facts = FileFacts(status.st_size, status.st_mtime_ns, file.sha256, exam.info, exam.info.problem)
        return Fetched(choice, str(file.path), facts, file.bytes)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T], *, ahead: int
) -> Iterator[R]:
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@dataclass(slots=True)
class _Examination:
    """Check of a whole file: that it decodes, and is as short as wanted."""

    max_seconds: float | None
    was_made: bool = False
    info: AudioInfo | None = None

    def __call__(self, path: Path) -> str | None:
        """Say what is wrong with a file, `None` for a good one."""
        self.was_made, self.info = True, None
        try:
            self.info = probe(path)
        except DecodeFailed as error:
            return error.message.replace(f" {path}", "")
        return _unwanted(self.info, self.max_seconds)


def _length(info: AudioInfo) -> float | None:
    """Seconds of a file that a larger limit would let in, `None` for one that holds nothing."""
    return info.duration or None


def _unwanted(info: AudioInfo, most: float | None) -> str | None:
    """Say why a file that decodes is not wanted: it holds nothing, or too much."""
    if not info.frames:
        return "it holds no sound"
    if most is None or info.duration <= most:
        return None
    return f"it is {info.duration:,.1f} s long, more than --max-seconds"
