"""Make `clean/` agree with the ledger: render what lost something, remove the others.

A copy's path is noted before its file is written, and the old file goes before the new one is
noted. So a run killed anywhere leaves only files that the catalogue knows. Where the raw file is
gone, the old copy stays: nothing could replace it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from curate import speeds
from curate.audio.examine import check_unchanged
from curate.audio.write import AUDIO_FORMATS, bytes_per_sample
from curate.catalogue import assignments, cuts, exports, runs
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.errors import DecodeFailed, DiskFull, EngineError, UsageError
from curate.intervals import total
from curate.lookup import suggestion
from curate.model import Problem
from curate.progress import Progress
from curate.steps.clean.wanted_copies import (
    STEP,
    addressed,
    choice_of,
    is_current,
    is_whole,
    unsettled,
    wanted,
)
from curate.steps.clean.write_copy import CopyJob, make_copy
from curate.steps.common.credits import refresh_credits
from curate.steps.common.detect import batches
from curate.steps.common.failing import Failing
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.work import RENDERED, RENDERING, Work

#: Under which name the catalogue keeps the choice of a format.
_COPIES = "copies"


@dataclass(slots=True)
class Renders:
    """How many copies are whole and as the ledger says, were rendered, or removed.

    `other_format` counts those whose rate, channels or full scale the wanted format cannot hold. `clipped`
    counts samples beyond full scale, clipped in copies written now: decoders of lossy files give some.
    """

    copies: int = 0
    rendered: int = 0
    removed: int = 0
    other_format: int = 0
    clipped: int = 0
    seconds: float = 0.0
    elapsed_s: float = 0.0

    @property
    def speed(self) -> dict[str, float]:
        """What the list of runs keeps, so that a dry run can tell how long the next one takes."""
        return (
            {RENDERED: round(self.seconds, 3), RENDERING: round(self.elapsed_s, 3)} if self.rendered else {}
        )


def check_format(name: str | None) -> None:
    """Make sure that there is such a format, or `None` stands for the one that the copies have.

    Raises
    ------
    UsageError
        If there is not.
    """
    if name is not None and name not in AUDIO_FORMATS:
        raise UsageError(f"unknown audio format '{name}'", hint=suggestion(name, AUDIO_FORMATS))


def choose_format(store: Store, name: str | None) -> None:
    """Let all steps render in a format until another is chosen: so that copies are written only once.

    Parameters
    ----------
    name
        A key of `AUDIO_FORMATS`. None changes nothing.
    """
    if name is not None:
        assignments.put_settings(store, _COPIES, {"audio_format": name})


def _chosen(store: Store) -> str:
    """Tell the format of the copies, FLAC unless another was chosen."""
    return str((assignments.settings_of(store, _COPIES) or {"audio_format": "flac"})["audio_format"])


def render(
    dataset: Dataset, *, workers: Engine, report: Callable[[Problem], None], progress: Progress
) -> Renders:
    """Bring every clean copy up to date with the cuts of all steps, in the format that was chosen.

    Without a choice that is FLAC. A recording that a format cannot hold gets FLAC or WAV.

    Parameters
    ----------
    report
        Takes what could not be rendered. `curate status` tells it until the next rendering.
    """
    store = dataset.store
    chosen = _chosen(store)
    unsure = unsettled(dataset, chosen)
    result = Renders(unsure.copies, other_format=unsure.other_format)
    if unsure.members == []:
        return result
    with store.transaction():
        cuts.forget_failures(store)
        todo, stale = _compare(dataset, unsure.members, result, report)
    with store.transaction():
        for copy in stale:
            result.removed += _make_way(dataset, copy)
            cuts.forget_copy(store, copy.recording)
        for _, old in todo:
            if old is not None:
                _make_way(dataset, old)
        cuts.announce_copies(store, [(job.recording, job.target) for job, _ in todo])
    # The longest first, so that no worker begins one when the others are done.
    jobs = sorted((job for job, _ in todo), key=lambda job: -job.duration)
    if jobs:
        started = time.monotonic()
        _make(dataset, jobs, result, workers=workers, report=report, progress=progress)
        result.elapsed_s = time.monotonic() - started
        speeds.note(RENDERING, result.seconds, result.elapsed_s)
    # With failures no outcome is kept, so the next run tries those copies again.
    if not cuts.has_failures(store):
        with store.transaction():
            counts = {"copies": result.copies, "other_format": result.other_format}
            runs.keep(store, STEP, choice_of(chosen), counts)
    refresh_credits(dataset, changed=result.rendered + result.removed)
    return result


def plan(dataset: Dataset, *, audio_format: str | None = None) -> Work:
    """Count the copies that a rendering would write, and about how large they would be.

    Parameters
    ----------
    audio_format
        Of the copies. None is the one that was chosen.
    """
    store = dataset.store
    chosen = audio_format or _chosen(store)
    members = unsettled(dataset, chosen).members
    have = MergeJoin(cuts.copies(store, members))
    before = {(each.recording, each.digest): each for each in exports.old_copies(store)}
    measured = exports.bytes_per_sample(store)
    work = Work()
    for job in wanted(dataset, chosen, members):
        earlier = before.get((job.recording, job.digest))
        is_there = is_current(dataset, have.get(job.recording), job) or (
            earlier is not None and is_whole(dataset, earlier.path, earlier.bytes)
        )
        if not is_there:
            work.copies += 1
            work.copy_seconds += job.duration
            work.bytes += _bytes_of(job, measured)
    return work


def _bytes_of(job: CopyJob, measured: Mapping[str, float]) -> int:
    """Tell about how large a copy will be, as the copies of its format are, or else as is usual.

    A format that fails to hold a rate is replaced by another, so the copies of a run may be of several.
    """
    per_sample = measured.get(job.target[-4:]) if job.subtype is None else None
    samples = (job.frames - total(job.excised)) * job.channels
    return round(samples * (per_sample or bytes_per_sample(job.format, job.subtype)))


def _compare(
    dataset: Dataset, members: Sequence[int] | None, result: Renders, report: Callable[[Problem], None]
) -> tuple[list[tuple[CopyJob, CleanCopy | None]], list[CleanCopy]]:
    """List the copies to be made, each with the old one, and those that are needed no more.

    What is as it should be is counted and not kept, nor is what cannot be made. Where the raw file is
    gone, the old copy may be all that is left: it stays.

    Parameters
    ----------
    members
        Only those of these recordings. None stands for all.
    """
    store = dataset.store
    chosen = _chosen(store)
    have = MergeJoin(cuts.copies(store, members))
    needed = array("q")
    todo: list[tuple[CopyJob, CleanCopy | None]] = []
    named = exports.named(store)
    before = {(each.recording, each.digest): each for each in exports.old_copies(store)} if named else {}
    for job in wanted(dataset, chosen, members):
        needed.append(job.recording)
        result.other_format += job.format != chosen
        old = have.get(job.recording)
        if is_current(dataset, old, job):
            result.copies += 1
            continue
        earlier = before.get((job.recording, job.digest))
        if earlier is not None and is_whole(dataset, earlier.path, earlier.bytes):
            if old is not None:
                _make_way(dataset, old)
            exports.take_back(store, earlier)  # written behind the place that is being read
            result.copies += 1
            continue
        try:
            check_unchanged(job.raw, size=job.size, mtime_ns=job.mtime_ns, sha256=job.sha256)
        except DecodeFailed as error:
            _failed(dataset, job, error.message, report)
        else:
            # An export may name another copy by the plain name of this one.
            is_taken = bool(named.get(job.target, set()) - {job.digest})
            todo.append((replace(job, target=addressed(job)) if is_taken else job, old))
    stays = MergeJoin((number, True) for number in needed)
    # Read again from the start: `have` was walked already, and copies that were taken back stand there now.
    return todo, [copy for number, copy in cuts.copies(store, members) if stays.get(number) is None]


def _make(
    dataset: Dataset,
    jobs: Sequence[CopyJob],
    result: Renders,
    *,
    workers: Engine,
    report: Callable[[Problem], None],
    progress: Progress,
) -> None:
    """Let workers write copies, and note each with its time map, or why it could not be made."""
    store = dataset.store
    seconds = sum(job.duration for job in jobs)
    failing = Failing()
    full: DiskFull | None = None
    with progress("rendering", seconds, "s") as advance:
        workers.check_paths(job.raw for job in jobs)
        workers.expect([make_copy.__module__])
        for outcomes in batches(workers.map(make_copy, jobs, size=share_of_bundle(seconds, workers.workers))):
            with store.transaction():
                for outcome in outcomes:
                    job = outcome.item
                    try:
                        failure = failing.failure_of(outcome)
                    except DiskFull as error:
                        full = full or error  # told when those that are whole are noted
                        continue
                    if failure is not None:
                        _failed(dataset, job, failure, report)
                        continue
                    made = outcome.result
                    assert made is not None
                    if not (dataset.folder / job.target).is_file():
                        raise EngineError(
                            f"a worker wrote {job.target} where this process fails to see it",
                            hint="put the dataset on a disk that all workers mount under the same path",
                        )
                    noted = CleanCopy(
                        job.recording, job.target, job.digest, made.frames, made.bytes, made.sha256
                    )
                    cuts.put_copy(store, noted, made.pieces)
                    result.rendered += 1
                    result.seconds += job.duration
                    result.clipped += made.clipped
                    result.copies += 1
            advance(sum(outcome.item.duration for outcome in outcomes))
            # Only here, outside the transaction: raised inside, it would take back the copies noted in it.
            if full is not None:
                there = f"; {result.rendered:,} of {len(jobs):,} clean copies were written, and stay"
                raise DiskFull(full.message + (there if result.rendered else ""), hint=full.hint)


def _failed(dataset: Dataset, job: CopyJob, reason: str, report: Callable[[Problem], None]) -> None:
    """Note why a copy could not be made."""
    cuts.put_failure(dataset.store, job.recording, reason)
    report(Problem("failed", job.raw, f"not rendered: {reason}"))


def _make_way(dataset: Dataset, copy: CleanCopy) -> bool:
    """Remove a copy of no use, or set it aside where an export names it; tells whether it was removed."""
    if exports.set_aside(dataset.store, "recording = ?", (copy.recording,)):
        return False
    _unlink(dataset, copy)
    return True


def _unlink(dataset: Dataset, copy: CleanCopy) -> None:
    """Remove a copy, and what a killed worker left next to it."""
    path = dataset.folder / copy.path
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".part").unlink(missing_ok=True)
