"""`curate split-work`: divide a dataset into parts that are worked on apart. `merge` puts them together."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from curate.catalogue import recordings, taking, verdicts
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.lookup import check_local

STEP = "split-work"


@dataclass(frozen=True, slots=True)
class WorkPart:
    """A part: its dataset folder, its recordings, and their length in seconds."""

    folder: str
    recordings: int
    seconds: float


@dataclass(slots=True)
class SplitWorkSummary:
    """The parts that were written."""

    parts: list[WorkPart] = field(default_factory=list)
    elapsed_s: float = 0.0


def split_work(
    dataset: Dataset, *, parts: int = 2, out: str | os.PathLike[str] | None = None, dry_run: bool = False
) -> SplitWorkSummary:
    """Divide a dataset into datasets of about the same length, to be worked on apart.

    Each part knows all that is known of its recordings, and names their files by absolute paths. Nothing
    changes here. The same dataset is always divided in the same way.

    Parameters
    ----------
    parts
        Number of parts, at least 1.
    out
        Where the parts go: ``part-1``, ``part-2`` ... None for the folder ``parts`` of the dataset.
    dry_run
        Say what the parts would be; write nothing.

    Raises
    ------
    UsageError
        If there are fewer recordings than parts, or `out` has parts already.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    check_local(out)
    where = dataset.folder / "parts" if out is None else Path(os.path.abspath(out))
    divided = _divided(dataset, parts)
    width = len(str(parts))
    names = [where / f"part-{number:0{width}d}" for number in range(1, parts + 1)]
    for name in names:
        if os.path.lexists(name):
            raise UsageError(
                f"{name} is there already", hint="name another folder with --out, or move that one away"
            )
    summary = SplitWorkSummary()
    with dataset.store.snapshot():
        for name, (seconds, members) in zip(names, divided, strict=True):
            if not dry_run:
                _write(dataset, name, members, parts)
            summary.parts.append(WorkPart(str(name), len(members), seconds))
    summary.elapsed_s = time.monotonic() - started
    return summary


def _divided(dataset: Dataset, parts: int) -> list[tuple[float, list[int]]]:
    """Give each part seconds and numbers: the longest recordings first, each to the shortest part.

    Two that people compared go to the same part, as the verdict on them is about both.
    """
    if parts < 1:
        raise UsageError(f"--parts must be at least 1: got {parts}")
    found: list[tuple[float, list[int]]] = [(0.0, []) for _ in range(parts)]
    failed = ((number, 0.0) for number in recordings.failed(dataset.store))
    tied = verdicts.compared(dataset.store)
    placed: dict[int, int] = {}
    for number, duration in chain(recordings.longest_first(dataset.store), failed):
        least = min(range(parts), key=lambda part: (found[part][0], len(found[part][1])))
        part = placed.setdefault(tied.get(number, number), least)
        seconds, members = found[part]
        members.append(number)
        found[part] = (seconds + duration, members)
    if not all(members for _, members in found):
        raise UsageError(f"there are fewer recordings than {parts} parts", hint="take fewer --parts")
    return found


def _write(dataset: Dataset, name: Path, members: list[int], parts: int) -> None:
    with ExitStack() as stack:
        part = stack.enter_context(Dataset(name))
        run = stack.enter_context(part.writing(STEP, {"of": str(dataset.folder), "parts": parts}))
        taken = taking.take(part.store, part.folder, dataset.folder, members=sorted(members), copies=False)
        run.counts.update(recordings=taken.added)
