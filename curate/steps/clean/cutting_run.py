"""The run that `strip-voice` and `trim` share: import, detect, decide, render, count.

Each stage skips what is up to date, so a run that was killed continues where it stopped.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from curate.catalogue.dataset import Dataset
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.model import Problem
from curate.progress import Progress
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.clean import clean_copies
from curate.steps.common.detect import run_detectors
from curate.steps.common.ear import Ear
from curate.steps.common.export_states import Outdated, outdating
from curate.steps.common.reporting import Reporting
from curate.steps.common.work import Work, to_listen, with_time


@dataclass(slots=True, kw_only=True)
class CuttingSummary(Reporting):
    """What a run did, and what the dataset holds after it. Times in seconds.

    Parameters
    ----------
    recordings
        All in the dataset.
    scanned, audio_seconds
        Decoded in this run, and their length. `refreshed` needed no decoding.
    failed
        Recordings that could not be decoded, now or before, and copies that could not be written.
    waiting
        Recordings without coverage yet (``--limit``, ``--dry-run``).
    cut_seconds, muted_seconds
        Length of what is cut, and of what is muted: muted recordings keep their length.
    flagged, dropped
        Recordings.
    copies, rendered, removed
        Clean copies there are; written in this run; removed, for they are needed no more.
    other_format
        Copies in FLAC or WAV, since the wanted format cannot hold their rate, channels or full scale.
    clipped
        Samples beyond full scale that were clipped in the copies written now.
    realtime
        Seconds of audio per second of detecting.
    work
        With ``dry_run``, what would be listened to and written.
    outdated
        Exports that name copies of other cuts since: those stay, for them.
    problems
        What could not be written, no more than a thousand. `problem_counts` counts all.
    """

    recordings: int = 0
    scanned: int = 0
    refreshed: int = 0
    failed: int = 0
    waiting: int = 0
    cut_seconds: float = 0.0
    muted_seconds: float = 0.0
    flagged: int = 0
    dropped: int = 0
    copies: int = 0
    rendered: int = 0
    removed: int = 0
    other_format: int = 0
    clipped: int = 0
    audio_seconds: float = 0.0
    scan_s: float = 0.0
    elapsed_s: float = 0.0
    realtime: float = 0.0
    work: Work | None = None
    outdated: list[Outdated] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    imported: ImportSummary | None = None


Summary = TypeVar("Summary", bound=CuttingSummary)
_Summary_contra = TypeVar("_Summary_contra", bound=CuttingSummary, contravariant=True)


class Tally(Protocol[_Summary_contra]):
    """The counts of what a step decided."""

    def report(self, summary: _Summary_contra, /) -> None:
        """Write the counts into a summary whose own problems are complete."""


@dataclass(frozen=True, slots=True)
class CuttingStep(Generic[Summary]):
    """What differs between the steps that cut.

    Parameters
    ----------
    name
        The step of the ledger's lines.
    parameters
        For the catalogue's list of runs.
    layers
        Settings of each detector that must have coverage.
    standing
        Gives the counts of the latest run where it would decide the same, else None.
    decide
        Writes the ledger where it changes, and counts what it says.
    counts
        Fields of the summary that the list of runs keeps.
    finish
        What is left to do when the copies are rendered.
    """

    name: str
    parameters: Mapping[str, Any]
    layers: Mapping[str, Mapping[str, Any]]
    standing: Callable[[], Tally[Summary] | None]
    decide: Callable[[], Tally[Summary]]
    counts: Sequence[str]
    finish: Callable[[Engine, Summary], None] = lambda _engine, _summary: None


def planned(
    dataset: Dataset,
    layers: Mapping[str, Mapping[str, Any]],
    *,
    render: bool = True,
    limit: int | None = None,
    retry_failed: bool = False,
) -> Work:
    """Say what a run would listen to and write, and about how long it would take.

    Parameters
    ----------
    layers
        Settings of each detector that must have coverage.
    """
    work = to_listen(dataset.store, layers, limit=limit, retry_failed=retry_failed)
    if render:
        copies = clean_copies.plan(dataset)
        work.copies, work.copy_seconds, work.bytes = copies.copies, copies.copy_seconds, copies.bytes
        work.copies_known = not work.recordings
    return with_time(dataset.store, work)


def with_imported(dataset: Dataset, work: Work | None, found: ImportSummary | None) -> Work | None:
    """Add what an import would bring to what there is to do: it is listened to, too.

    Parameters
    ----------
    work
        Without it. None where there is no dataset yet.
    found
        What a dry run of the import found. None where nothing listens.
    """
    if found is None or not found.added:
        return work
    work = work or Work()
    work.recordings += found.added
    work.seconds += found.audio_seconds
    work.copies_known = False
    return with_time(dataset.store if dataset.exists else None, work)


def check_run(*, audio_format: str | None, limit: int | None) -> None:
    """Refuse options of a run that are out of range.

    Raises
    ------
    UsageError
        If there is no such format, or the limit is negative.
    """
    clean_copies.check_format(audio_format)
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more: got {limit}")


def carry_out(
    step: CuttingStep[Summary],
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    summary: Summary,
    *,
    render: bool,
    audio_format: str | None,
    jobs: int | None,
    engine: str | Engine,
    limit: int | None,
    retry_failed: bool,
    dry_run: bool,
    progress: Progress,
    device: str = "auto",
) -> Summary:
    """Carry out a step that cuts: import what is named, detect, decide, render. Count all of it.

    Parameters
    ----------
    paths
        Imported first.
    summary
        Filled in and returned.
    dry_run
        Count what would be decided. Write nothing.

    Raises
    ------
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    started = time.monotonic()
    if dry_run:
        if paths:
            summary.imported = import_(dataset, paths, dry_run=True)
        if summary.imported is not None and not dataset.exists:
            summary.waiting = summary.imported.recordings
        else:
            _rehearse(
                step,
                dataset,
                summary,
                audio_format=audio_format if render else None,
                render=render,
                limit=limit,
                retry_failed=retry_failed,
            )
        summary.work = with_imported(dataset, summary.work, summary.imported)
        summary.elapsed_s = time.monotonic() - started
        return summary
    parameters = {**step.parameters, "audio_format": audio_format, "render": render}
    with open_engine(engine, jobs=jobs) as workers:
        # Before the import, which makes the dataset: an ear is only for one that is not there yet.
        ear = Ear.for_new(dataset, step.layers, device=device, limit=limit)
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, ear=ear, progress=progress)
        dataset.check_exists()
        with dataset.writing(step.name, parameters) as run:
            detected = run_detectors(
                dataset,
                step.layers,
                workers=workers,
                device=device,
                limit=limit,
                # What failed with an ear has failed in this very run.
                retry_failed=retry_failed and ear is None,
                progress=progress,
                heard=None if ear is None else ear.counts,
            )
            summary.scanned, summary.refreshed = detected.scanned, detected.refreshed
            summary.audio_seconds, summary.scan_s = detected.audio_seconds, detected.scan_s
            if summary.scan_s:
                summary.realtime = summary.audio_seconds / summary.scan_s
            # After detecting: new coverage ends an outcome that stood before.
            tally = step.standing()
            if tally is None:
                with outdating(dataset) as summary.outdated:
                    tally = step.decide()
            # Without `render`, too: the next step that renders goes by this choice.
            clean_copies.choose_format(dataset.store, audio_format)
            if render:
                made = clean_copies.render(dataset, workers=workers, report=summary.report, progress=progress)
                summary.rendered, summary.removed = made.rendered, made.removed
                summary.copies, summary.other_format = made.copies, made.other_format
                run.counts.update(made.speed)
                summary.clipped = made.clipped
            step.finish(workers, summary)
            # Last, since what could not be written counts as failed.
            tally.report(summary)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update({name: _rounded(getattr(summary, name)) for name in step.counts})
            run.counts.update(detected.speed)
    return summary


def _rehearse(
    step: CuttingStep[Summary],
    dataset: Dataset,
    summary: Summary,
    *,
    audio_format: str | None,
    render: bool,
    limit: int | None,
    retry_failed: bool,
) -> None:
    """Decide by what was heard until now, count what would be written for that, and take it back."""
    with dataset.rehearsing() as store:
        with outdating(dataset) as summary.outdated:
            tally = step.decide()
        clean_copies.choose_format(store, audio_format)
        summary.work = planned(dataset, step.layers, render=render, limit=limit, retry_failed=retry_failed)
        tally.report(summary)


def _rounded(value: float) -> float:
    return round(value, 3)
