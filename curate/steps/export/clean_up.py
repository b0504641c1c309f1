"""`curate clean-up`: remove clean copies of earlier cuts that every export can spare."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from curate.catalogue import exports
from curate.catalogue.dataset import Dataset, Run
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.lookup import suggestion
from curate.storage.address import address_of, is_remote

STEP = "clean-up"


@dataclass(slots=True)
class CleanUpSummary(Displayed):
    """What was removed, and what stays.

    Parameters
    ----------
    forgotten
        Exports that are no longer known: those that were named, and those that are not there any more.
    removed, removed_bytes
        Copies of earlier cuts.
    kept, kept_bytes
        Those that an export still names.
    """

    forgotten: list[str] = field(default_factory=list)
    removed: int = 0
    removed_bytes: int = 0
    kept: int = 0
    kept_bytes: int = 0
    elapsed_s: float = 0.0


def clean_up(
    dataset: Dataset,
    exported: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    dry_run: bool = False,
) -> CleanUpSummary:
    """Remove the clean copies of earlier cuts outside all exports.

    Copies that the ledger asks for now stay in any case, and so does what an export names whose file is
    there.

    Parameters
    ----------
    exported
        Exports that are needed no more, by their paths; their own files are not touched.
    dry_run
        Say what would be removed; remove nothing.

    Raises
    ------
    UsageError
        If a path is none of an export.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    named = [exported] if isinstance(exported, str | os.PathLike) else list(exported)
    wanted = {address_of(each) or os.path.abspath(each) for each in named}
    known = {dataset.path(each.path): each.number for each in exports.every(dataset.store)}
    for path in sorted(wanted - known.keys()):
        raise UsageError(f"unknown export: {path}", hint=suggestion(path, known))
    # Where its folder is not there either, the disk may be: that export may still be needed.
    gone = {path for path in known if not _may_be_there(path)}
    summary = CleanUpSummary(sorted(wanted | gone))
    with nullcontext(Run()) if dry_run else dataset.writing(STEP, {"exported": sorted(wanted)}) as run:
        numbers = [known[path] for path in summary.forgotten]
        unneeded = exports.unneeded(dataset.store, without=numbers)
        for old in exports.old_copies(dataset.store):
            # Where the raw file is not there, the copy may be all that is left of the sound.
            is_needed = old.path not in unneeded or not os.path.isfile(dataset.path(unneeded[old.path]))
            if is_needed:
                summary.kept += 1
                summary.kept_bytes += old.bytes
                continue
            summary.removed += 1
            summary.removed_bytes += old.bytes
            if not dry_run:
                (dataset.folder / old.path).unlink(missing_ok=True)
                exports.forget_old(dataset.store, old.path)  # written behind the place that is being read
        if not dry_run:
            for number in numbers:
                exports.forget(dataset.store, number)
        run.counts.update(removed=summary.removed, forgotten=len(summary.forgotten))
    summary.elapsed_s = time.monotonic() - started
    return summary


def _may_be_there(path: str) -> bool:
    """Whether an export is there, or may be on a disk that is not, or in object storage."""
    return is_remote(path) or os.path.lexists(path) or not os.path.isdir(os.path.dirname(path))
