"""Files that moved are known by their bytes, and files with other bytes are taken on request.

A disk mounted elsewhere makes no new recordings, and edited tags cost nobody's annotations.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import takewhile

from curate.catalogue import downloads, duplicates, listings, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.formats import Report
from curate.formatting import count
from curate.license_words import freedom
from curate.model import FileFacts, Problem
from curate.steps.common.settle_verdicts import settle
from curate.storage.address import is_remote
from curate.storage.files import is_there, size_and_version

#: What is said of a known file with other bytes, and what a person can do.
OTHER_BYTES = (
    "its bytes changed since the import. Its first entry was kept. --replace-changed takes the new bytes. "
    "If it is another recording under an old name, import the old file where it lies now, and then this again"
)


def found_again(dataset: Dataset, path: str, facts: FileFacts) -> bool:
    """Tell whether an unknown file is one that moved: it has the bytes of a recording whose own file is gone.

    Another file may lie in its place, such as that of a second card under the same mount. If the file moved,
    it is the file of that recording from now on.
    """
    if facts.sha256 is None:
        return False
    # All empty files have the same bytes: such a file is known by its name as well.
    least = 0 if facts.bytes else 1
    gone = [
        (number, where)
        for number, cell in recordings.with_bytes(dataset.store, facts.sha256)
        if _common_end(path, where := dataset.path(cell)) >= least
        and not _has_bytes(dataset, where, facts.sha256)
    ]
    if not gone:
        return False
    # Of several copies that are gone, the one of this name, in folders of the same names.
    number, _ = max(gone, key=lambda each: _common_end(path, each[1]))
    recordings.move(dataset.store, number, path, dataset.folder)
    return True


def _common_end(one: str, other: str) -> int:
    """Count the names at the end of two paths that are the same.

    Examples
    --------
    >>> _common_end("/new/owl/a.wav", "/old/owl/a.wav"), _common_end("/new/owl/a.wav", "/old/wren/a.wav")
    (2, 1)
    """
    pairs = zip(reversed(one.split(os.sep)), reversed(other.split(os.sep)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _has_bytes(dataset: Dataset, path: str, sha256: str) -> bool:
    """Whether the file of a recording has these bytes of it. One that is as it was imported is not read."""
    if not is_there(path):
        return False
    known = recordings.known(dataset.store, path, dataset.folder)
    if is_remote(path) or known is None or unchanged(path, known):
        return True
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return True  # a file that cannot be read may be the one


def accept(store: Store, number: int, facts: FileFacts) -> str:
    """Accept new bytes of a registered file. What people decided is carried out again where it still fits.

    Returns
    -------
    What was taken back because it does not fit, in words; empty if nothing was.
    """
    before = listings.duration_of(store, number)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lost = recordings.replace(store, number, facts, at=now)
    for each in (number, *lost.others):
        settle(store, each, duration=listings.duration_of(store, each))
    parts = ((lost.verdicts, "verdict"), (lost.annotations, "annotation"))
    words = " and ".join(count(how_many, what) for how_many, what in parts if how_many)
    if not words:
        return ""
    length = f"{facts.info.duration:.6g} s" if facts.info is not None else "no sound"
    return f"{words} taken back: the file holds {length}, and held {before:.6g} s"


def measured_again(store: Store, number: int, facts: FileFacts) -> str:
    """Note what a known file is found to be by now, perhaps as another decoder has it.

    Returns
    -------
    What was taken back, as of `accept`.
    """
    info = facts.info
    if info is None:
        return ""
    lost = ""
    if info.time_expansion != 1 and recordings.rate_of(store, number) != info.sr:
        lost = accept(store, number, facts)  # it was registered at the rate that it plays
    recordings.set_length(store, number, info.frames, facts.problem)
    return lost


def tell(dataset: Dataset, sources: Iterable[str | os.PathLike[str]], report: Report, *, after: int) -> None:
    """Report the files that an import found gone, or found beside others of the same recording.

    Parameters
    ----------
    after
        Number of the latest recording before the import.
    """
    _tell_gone(dataset, sources, report)
    # By the ids of their archives.
    for number, name, original, its_name, place in downloads.second_files(dataset.store, after):
        words = f"the dataset has another file of {its_name}, so this one is {name}"
        report(Problem("read-as", dataset.path(place), f"{words}; curate dedupe compares them"))
        stricter = _joint_license(dataset.store, number, original)
        if stricter:
            words = f"{its_name} and {name} are one recording with two licences: '{stricter}' counts for both"
            report(Problem("read-as", dataset.path(place), words))
    for path, first in duplicates.second_copies(dataset.store, after):
        words = f"it has the bytes of {first}, and is a recording of its own; curate dedupe keeps one of them"
        report(Problem("read-as", dataset.path(path), words))


def _joint_license(store: Store, *numbers: int) -> str:
    """Give two files of one recording the stricter of two licences, or say nothing if they allow the same."""
    said = [recordings.said_of(store, number) for number in numbers]
    allowed = [freedom(each["license"]) for each in said]
    if allowed[0] == allowed[1] or not all(each["license"] for each in said):
        return ""
    lax, strict = sorted((0, 1), key=allowed.__getitem__)
    with store.transaction():
        strictest = {name: said[strict].get(name, "") for name in ("license", "license_url")}
        recordings.tell(store, numbers[lax], strictest)
    return str(said[strict]["license"])


def _tell_gone(dataset: Dataset, sources: Iterable[str | os.PathLike[str]], report: Report) -> None:
    """Report recordings below imported folders whose file is gone, if verdicts wait for it.

    A file that was converted or edited under another name is a new recording, about which nobody said a word.
    """
    roots = [os.path.join(os.path.abspath(each), "") for each in sources if not is_remote(each)]
    for number, said in verdicts.by_recording(dataset.store):
        path = dataset.path(recordings.path_of(dataset.store, number))
        if path.startswith(tuple(roots)) and not is_there(path):
            waiting = count(len(said), "verdict")
            reason = f"its file is gone, and {waiting} with it; a converted or edited copy is a new recording"
            report(Problem("gone", path, reason))


def unchanged(path: str, known: recordings.Known) -> bool:
    """Whether a file surely is as it was when it was opened, by its size and time."""
    try:
        return known.looks_like(*size_and_version(path))
    except OSError:
        return False  # opening it will say why
