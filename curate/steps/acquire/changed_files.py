"""Files that moved are known by their bytes, and files with other bytes are taken on request.

A disk mounted elsewhere makes no new recordings, and edited tags cost nobody's annotations.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.model import FileFacts
from curate.steps.common.settle_verdicts import settle
from curate.storage.files import is_there, size_and_version


def found_again(dataset: Dataset, path: str, facts: FileFacts) -> bool:
    """Tell whether an unknown file is one that moved: it has the bytes of a recording whose own file is gone.

    If so, it is the file of that recording from now on.
    """
    if facts.sha256 is None or not facts.bytes:
        return False
    gone = [
        (number, where)
        for number, cell in recordings.with_bytes(dataset.store, facts.sha256)
        if not is_there(where := dataset.path(cell))
    ]
    if not gone:
        return False
    # Of several copies that are gone, the one of this name.
    own = os.path.basename(path)
    number, _ = next((each for each in gone if os.path.basename(each[1]) == own), gone[0])
    recordings.move(dataset.store, number, path, dataset.folder)
    return True


def accept(store: Store, number: int, facts: FileFacts) -> None:
    """Accept new bytes of a registered file; what people decided is carried out anew where it still fits."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if recordings.replace(store, number, facts, at=now) and facts.info is not None:
        settle(store, number, duration=facts.info.duration)


def measured_again(store: Store, number: int, facts: FileFacts) -> None:
    """Note what a known file is found to be by now, perhaps as another decoder has it."""
    info = facts.info
    if info is None:
        return
    if info.time_expansion != 1 and recordings.rate_of(store, number) != info.sr:
        accept(store, number, facts)  # it was registered at the rate that it plays
    recordings.set_length(store, number, info.frames, facts.problem)


def unchanged(path: str, known: recordings.Known) -> bool:
    """Whether a file surely is as it was when it was opened, by its size and time."""
    try:
        return known.looks_like(*size_and_version(path))
    except OSError:
        return False  # opening it will say why
