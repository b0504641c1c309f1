"""`curate merge`: put datasets together that were worked on apart."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curate.catalogue import listings, recorders, recordings, taking, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.errors import UsageError
from curate.formatting import count
from curate.lookup import check_local
from curate.model import Problem, Row
from curate.steps.acquire.compare_rows import fill_in
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.acquire.recorder_facts import meet
from curate.steps.common.credits import TABLE, write_credits
from curate.steps.common.settle_verdicts import settle

STEP = "merge"


@dataclass(slots=True)
class MergeSummary:
    """What the parts brought.

    Parameters
    ----------
    parts
        Folders, in the order in which they were taken.
    added, known
        Recordings that were new here, and those that were known.
    same_bytes
        Of the new ones, those whose bytes another recording has; id of each, and of the other.
    completed
        Of the known ones, those of which a part knew more: what was empty is filled.
    verdicts
        That people gave in the parts.
    copies
        Clean copies that came along.
    again
        Commands to run on the whole: they ran on parts, and depend on all recordings.
    problems
        Recordings whose bytes here are others, ids that were taken, and marks, labels and facts that
        differ.
    """

    parts: list[str] = field(default_factory=list)
    added: int = 0
    known: int = 0
    completed: int = 0
    same_bytes: list[tuple[str, str]] = field(default_factory=list)
    verdicts: int = 0
    copies: int = 0
    again: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0


def merge(dataset: Dataset, parts: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> MergeSummary:
    """Take all recordings of other datasets, with all that was heard and decided there.

    A recording is known here by its path, or by its archive and id, if its bytes are the same. Decisions
    about the whole set are not taken: run the commands in `MergeSummary.again` once more. They listen to
    nothing again, and then all is as after one run on one machine.

    What people decided is carried out at once, whichever dataset they decided it in. Of two verdicts that
    overlap the later one counts, by the clock. So it is with labels that people gave. Labels and facts of
    tables and archives fill what is empty here; what differs stays as it is here, and is told.

    Parameters
    ----------
    parts
        Dataset folders, such as those of `split_work`; one or several. They do not change. Of two that looked
        at the same recording, the later one counts.

    Raises
    ------
    UsageError
        If a part is this dataset, or is named twice.
    NotInCatalogue
        If a part is no dataset.
    """
    started = time.monotonic()
    named = [parts] if isinstance(parts, str | os.PathLike) else list(parts)
    check_local(*named)
    folders = [Path(os.path.abspath(part)) for part in named]
    for folder in folders:
        if folder == dataset.folder:
            raise UsageError(
                f"{folder} is the dataset itself", hint="name the parts. --dataset is where they are merged"
            )
        if folders.count(folder) > 1:
            raise UsageError(f"{folder} is named twice")
        with Dataset(folder) as part:
            part.check_exists()
            _ = part.store  # one of an earlier version is brought up to date
    summary = MergeSummary(parts=[str(folder) for folder in folders])
    with dataset.writing(STEP, {"parts": summary.parts}) as run:

        def carry_out(number: int) -> None:
            settle(dataset.store, number, duration=listings.duration_of(dataset.store, number))

        for folder in folders:
            taken = taking.take(dataset.store, dataset.folder, folder, settle=carry_out)
            _add(summary, folder, taken)
            _fill_in(summary, dataset, folder, taken.otherwise)
        is_new = summary.added or summary.completed or summary.verdicts
        if is_new and any((each / TABLE).is_file() for each in (dataset.folder, *folders)):
            write_credits(dataset)
        run.counts.update(added=summary.added, known=summary.known, verdicts=summary.verdicts)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _fill_in(
    summary: MergeSummary, dataset: Dataset, folder: Path, otherwise: Sequence[tuple[int, int, str]]
) -> None:
    """Fill what is empty here of known recordings, and tell what a part says otherwise."""
    with Dataset(folder) as part, dataset.store.transaction():
        for ours, theirs, name in otherwise:
            counts = ImportSummary()
            label, _ = verdicts.given_labels(dataset.store, ours)
            row = _row(part.store, theirs)
            differ = fill_in(dataset, row, ours, label, counts)
            is_met, words = meet(dataset, ours, recorders.facts_of(part.store, theirs))
            differ += [words] if words else []
            summary.completed += bool(counts.completed or counts.relabelled or is_met)
            if differ:
                words = f"{'; '.join(differ)}. Here means {folder}, and the catalogue counts"
                summary.problems.append(Problem("changed", name, words))


def _row(store: Store, number: int) -> Row:
    """Say what was given of a recording, as a row of a table."""
    label, others = verdicts.given_labels(store, number)
    said = recordings.said_of(store, number)
    said |= zip(recordings.TAXON, recordings.taxon_of(store, label), strict=True)
    own = {name: said.pop(name) for name in list(said) if name in Row.__dataclass_fields__}
    return Row(label=label, secondary_labels=others, extra=said, **own)


def _with(said: int) -> str:
    return f", and {count(said, 'verdict')} with it" if said else ""


def _add(summary: MergeSummary, folder: Path, taken: taking.Taken) -> None:
    summary.added += taken.added
    summary.known += taken.known
    summary.same_bytes += taken.same_bytes
    summary.verdicts += taken.verdicts
    summary.copies += taken.copies
    for step in taking.IN_ORDER:
        if step in taken.again and step not in summary.again:
            summary.again.append(step)
    summary.again.sort(key=taking.IN_ORDER.index)
    summary.problems += [
        Problem("changed", path, f"its bytes in {folder} differ. It was left out{_with(said)}")
        for path, said in taken.changed
    ]
    summary.problems += [
        Problem("renamed-id", name, f"another recording had its id in {folder}") for name in taken.renamed
    ]
    summary.problems += [
        Problem("disagreement", label, f"'{theirs}' in {folder}. '{ours}' here counts for the whole class")
        for label, theirs, ours in taken.taxa
    ]
    summary.problems += [
        Problem(
            "kept-mark",
            layer,
            f"differs in {folder} for {number} recordings known here. The values here are kept",
        )
        for layer, number in taken.kept.items()
    ]
