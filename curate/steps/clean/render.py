"""`curate render`: bring the clean copies into line with what is decided, and leave all decisions.

What a verdict changed, a step left to do (``--no-render``) or somebody removed from the folder is
written. A copy of a recording that loses nothing any more is removed.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from curate.catalogue.dataset import Dataset
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.model import Problem
from curate.progress import Progress, silent
from curate.steps.clean import clean_copies
from curate.steps.common.reporting import Reporting
from curate.steps.common.work import Work, with_time

STEP = "render"


@dataclass(slots=True)
class RenderSummary(Reporting):
    """What became of the clean copies.

    Parameters
    ----------
    copies
        That are whole and as the ledger says, after the run.
    rendered, removed, failed
        Written now, removed now, and those that could not be written.
    other_format
        Copies whose rate, channels or full scale the wanted format cannot hold.
    clipped
        Samples beyond full scale that were clipped in the copies written now.
    problems
        Copies that could not be written, no more than a thousand. `problem_counts` counts all.
    work
        With ``dry_run``, what would be written.
    """

    copies: int = 0
    rendered: int = 0
    removed: int = 0
    failed: int = 0
    other_format: int = 0
    clipped: int = 0
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    work: Work | None = None
    elapsed_s: float = 0.0


def render(
    dataset: Dataset,
    *,
    audio_format: str | None = None,
    jobs: int | None = None,
    engine: str | Engine = "local",
    dry_run: bool = False,
    progress: Progress = silent,
) -> RenderSummary:
    """Write the clean copies that are missing or made of other cuts, and remove unused ones.

    Parameters
    ----------
    audio_format
        Format of all clean copies from now on, a key of `AUDIO_FORMATS`. None leaves it as it is.
    jobs, engine
        Worker processes, and where they run.
    dry_run
        Say what would be written. Write nothing.

    Raises
    ------
    UsageError
        If there is no such format.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    clean_copies.check_format(audio_format)
    _ = dataset.store  # a missing dataset is told, not made
    if dry_run:
        work = clean_copies.plan(dataset, audio_format=audio_format)
        return RenderSummary(work=with_time(dataset.store, work))
    with (
        open_engine(engine, jobs=jobs) as workers,
        dataset.writing(STEP, {"audio_format": audio_format}) as run,
    ):
        clean_copies.choose_format(dataset.store, audio_format)
        summary = RenderSummary()
        made = clean_copies.render(dataset, workers=workers, report=summary.report, progress=progress)
        summary.copies, summary.rendered, summary.removed = made.copies, made.rendered, made.removed
        summary.failed, summary.other_format = summary.problem_counts.total(), made.other_format
        summary.clipped = made.clipped
        run.counts.update(rendered=summary.rendered, removed=summary.removed, failed=summary.failed)
        run.counts.update(made.speed)
    summary.elapsed_s = time.monotonic() - started
    return summary
