"""`curate undo`: take back what a person said, or what a step decided.

A verdict is withdrawn, not removed: `curate show verdicts` tells when. What detectors heard stays, so a
step that was taken back decides again, with whatever options, without listening.
"""

from __future__ import annotations

import getpass
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from curate.catalogue import assignments, listings, outsiders, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.verdicts import Said
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Problem
from curate.progress import Progress, silent
from curate.steps.clean import clean_copies
from curate.steps.common.export_states import Outdated, outdating
from curate.steps.common.reporting import Reporting
from curate.steps.common.same_sound_groups import STEP as DEDUPE
from curate.steps.common.settle_verdicts import settle
from curate.steps.common.work import Work, with_time
from curate.steps.review.standing import restore
from curate.steps.review.undo_steps import CUTTING, UNDOING, Back, comes_back, undo_step

STEP = "undo"

#: The latest act of a reviewer.
LAST = "last"

#: What `curate run --fresh` set aside: verdicts stand again.
FRESH = "fresh"


@dataclass(slots=True)
class UndoSummary(Reporting):
    """What was taken back.

    Parameters
    ----------
    verdicts
        Each with its number, recording, stretch and words.
    steps
        Each with the recordings that it had decided about, and the seconds that come back.
    outdated
        Exports that name copies of other cuts since: those stay, for them.
    given_again
        Verdicts that stand again, as what set them aside was taken back.
    no_longer_against
        Places that the dataset is not kept apart from any more, as `dedupe` was taken back.
    balance_lost
        Whether copies of an upsampling went with the folds or windows that it had counted.
    rendered, removed, copies
        Clean copies, where a step that cuts was taken back.
    work
        With ``dry_run``, the copies that would then be written.
    problems
        Copies that could not be written, no more than a thousand. `problem_counts` counts all.
    """

    verdicts: list[Said] = field(default_factory=list)
    steps: list[Back] = field(default_factory=list)
    outdated: list[Outdated] = field(default_factory=list)
    given_again: int = 0
    no_longer_against: list[str] = field(default_factory=list)
    balance_lost: bool = False
    copies: int = 0
    rendered: int = 0
    removed: int = 0
    failed: int = 0
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    work: Work | None = None
    elapsed_s: float = 0.0


def undo(
    dataset: Dataset,
    what: str | Sequence[str],
    *,
    reviewer: str | None = None,
    render: bool = True,
    jobs: int | None = None,
    engine: str = "local",
    dry_run: bool = False,
    progress: Progress = silent,
) -> UndoSummary:
    """Take verdicts back by their numbers, the latest one, or all that a step decided.

    A later run decides as though a withdrawn verdict had never been said. Labels that a person gave
    are taken back at once. The copies of verdicts are rendered by the next step that renders.

    Parameters
    ----------
    what
        Numbers of verdicts, ``last``, or keys of `UNDOING`; one or several.
    reviewer
        Whose latest act ``last`` is. None takes the user's name.
    render
        Bring clean copies into line where a step that cuts is taken back.
    jobs, engine
        Worker processes, and where they run.
    dry_run
        Say what would be taken back. Write nothing.

    Raises
    ------
    UsageError
        If one of `what` is nothing that can be taken back. Then all of them stand.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    words = [what] if isinstance(what, str) else list(what)
    steps = [word for word in dict.fromkeys(words) if word in UNDOING]
    summary = UndoSummary(_said(dataset, [word for word in words if word not in (*UNDOING, FRESH)], reviewer))
    # Counted now: once they are taken back, the ledger no longer says what they took.
    summary.steps = [comes_back(dataset.store, step) for step in steps]
    if DEDUPE in steps:
        summary.no_longer_against = [place for place, *_ in outsiders.places(dataset.store)]
    parameters = {"what": words, "reviewer": reviewer, "render": render}
    if dry_run:
        with dataset.rehearsing() as store:
            _take_back(dataset, summary, steps, words)
            summary.work = with_time(store, clean_copies.plan(dataset))
        summary.elapsed_s = time.monotonic() - started
        return summary
    with dataset.writing(STEP, parameters) as run:
        _take_back(dataset, summary, steps, words)
        if render and CUTTING.intersection(steps):
            with open_engine(engine, jobs=jobs) as workers:
                made = clean_copies.render(dataset, workers=workers, report=summary.report, progress=progress)
            summary.copies, summary.rendered, summary.removed = made.copies, made.rendered, made.removed
            summary.failed = summary.problem_counts.total()
            run.counts.update(made.speed)
        run.counts.update(verdicts=len(summary.verdicts), steps=steps, rendered=summary.rendered)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _take_back(dataset: Dataset, summary: UndoSummary, steps: Sequence[str], words: Sequence[str]) -> None:
    """Write down that what was named does not count any more."""
    # Whoever undoes `upsample` itself asked for the loss, and is not warned.
    counted = {"split", "windows"}.intersection(steps) and "upsample" not in steps
    summary.balance_lost = bool(counted) and assignments.are_balanced(dataset.store)
    with outdating(dataset) as summary.outdated:
        _withdraw(dataset, summary.verdicts)
        for step in steps:
            undo_step(dataset.store, step)
        if FRESH in words:
            summary.given_again = restore(dataset.store)


def _said(dataset: Dataset, words: Sequence[str], reviewer: str | None) -> list[Said]:
    """Find the verdicts that are meant, each once; all must stand."""
    store = dataset.store
    found: dict[int, Said] = {}
    for word in words:
        if word == LAST:
            who = reviewer or getpass.getuser()
            latest = verdicts.last_of(store, who)
            if not latest:
                given = verdicts.has_given(store, who)
                raise UsageError(
                    f"all verdicts of {who} are undone already" if given else f"there is no verdict of {who}",
                    hint="name another with --reviewer. List all verdicts: curate show verdicts",
                )
            found |= {each.number: each for each in latest}
        elif not word.isdecimal():
            names = [LAST, FRESH, *UNDOING]
            raise UsageError(
                f"unknown verdict or command to undo: '{word}'",
                hint=f"{suggestion(word, names)}. Name a verdict by its number: curate show verdicts",
            )
        else:
            said = verdicts.said(store, int(word))
            if said is None or said.withdrawn:
                why = "does not exist" if said is None else f"was taken back already, {said.withdrawn}"
                raise UsageError(f"verdict {word} {why}", hint="those that stand: curate show verdicts")
            found[said.number] = said
    return list(found.values())


def _withdraw(dataset: Dataset, given: Sequence[Said]) -> None:
    """Withdraw verdicts, all or none, and let the ledger follow."""
    store = dataset.store
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    with store.transaction():
        for each in given:
            verdicts.withdraw(store, each.number, at=now)
        # When all are withdrawn: settling in between would decide by some of them.
        for number in sorted({each.recording for each in given}):
            settle(store, number, duration=listings.duration_of(store, number))
