"""`curate scan`: let every detector listen in one pass, and leave all decisions.

Each recording is decoded once for all layers that lack it. `strip-voice` and `trim` then need no
decoding of their own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue import damage, layers
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.detectors import DETECTORS
from curate.detectors.detect_file import default_settings
from curate.detectors.speech import check_device
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.lookup import suggestion
from curate.progress import Progress, silent
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.clean.cutting_run import with_imported
from curate.steps.common.detect import detector_class, run_detectors
from curate.steps.common.ear import Ear
from curate.steps.common.work import Work, to_listen, with_time

STEP = "scan"


@dataclass(slots=True)
class ScanSummary(Displayed):
    """What a run did. Times in seconds.

    Parameters
    ----------
    detectors
        Who listened.
    scanned, audio_seconds
        Recordings decoded in this run, and their length. `failed` could not be decoded.
    too_low
        By detector, recordings whose rate is too low for it to say anything.
    damaged, damaged_seconds
        Recordings of the dataset in which sound is lost, and how much: decoders leave silence in its place.
    realtime
        Seconds of audio per second of looking.
    work
        With ``dry_run``, what would be listened to.
    """

    detectors: list[str] = field(default_factory=list)
    scanned: int = 0
    failed: int = 0
    audio_seconds: float = 0.0
    scan_s: float = 0.0
    elapsed_s: float = 0.0
    realtime: float = 0.0
    too_low: dict[str, int] = field(default_factory=dict)
    damaged: int = 0
    damaged_seconds: float = 0.0
    work: Work | None = None
    imported: ImportSummary | None = None


def scan(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    detectors: Sequence[str] = (),
    jobs: int | None = None,
    engine: str = "local",
    device: str = "auto",
    limit: int | None = None,
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ScanSummary:
    """Let detectors listen to every recording that they have yet to scan.

    Parameters
    ----------
    paths
        Imported first.
    detectors
        Keys of `DETECTORS`. None means all.
    jobs, engine, device
        Worker processes, where they run, and where networks run (``auto``, ``cpu``, ``cuda``).
    limit
        Look at no more than this many recordings.
    retry_failed
        Look again where an earlier look failed.
    dry_run
        Say what would be listened to. Listen to nothing, write nothing.

    Raises
    ------
    UsageError
        If there is no such detector or device.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    started = time.monotonic()
    check(detectors=detectors, limit=limit)
    check_device(device)
    names = sorted(set(detectors)) or list(DETECTORS)
    summary = ScanSummary(names)
    if dry_run:
        if paths:
            summary.imported = import_(dataset, paths, dry_run=True)
        if summary.imported is None or dataset.exists:
            wanted = {name: settings_of(dataset.store, name) for name in names}
            work = to_listen(dataset.store, wanted, limit=limit, retry_failed=retry_failed)
            summary.work = with_time(dataset.store, work)
        summary.work = with_imported(dataset, summary.work, summary.imported)
        return summary
    with open_engine(engine, jobs=jobs) as workers:
        # An ear listens only in a new dataset, where no layer has settings of its own.
        wanted = {name: default_settings(name) for name in names}
        ear = Ear.for_new(dataset, wanted, device=device, limit=limit)
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, ear=ear, progress=progress)
        dataset.check_exists()
        with dataset.writing(STEP, {"detectors": names}) as run:
            covered = run_detectors(
                dataset,
                {name: settings_of(dataset.store, name) for name in names},
                workers=workers,
                device=device,
                limit=limit,
                retry_failed=retry_failed and ear is None,
                progress=progress,
                heard=None if ear is None else ear.counts,
            )
            summary.scanned = covered.scanned
            # Also what failed before: it is tried again on request alone.
            summary.failed = layers.count_failed(
                dataset.store, *(detector_class(name).name for name in names)
            )
            summary.too_low = covered.too_low
            summary.damaged, summary.damaged_seconds = damage.totals(dataset.store)
            summary.audio_seconds, summary.scan_s = covered.audio_seconds, covered.scan_s
            if summary.scan_s:
                summary.realtime = summary.audio_seconds / summary.scan_s
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(scanned=summary.scanned, failed=summary.failed, **covered.speed)
    return summary


def check(*, detectors: Sequence[str], limit: int | None, **_: object) -> None:
    """Look at the options of a run before hours of listening.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    for name in detectors:
        if name not in DETECTORS:
            raise UsageError(f"unknown detector '{name}'", hint=suggestion(name, DETECTORS))
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more: got {limit}")


def settings_of(store: Store, name: str) -> dict[str, Any]:
    """Take the settings that a layer was last looked at with: a scan is no change of mind."""
    return layers.parameters_of(store, name) or default_settings(name)
