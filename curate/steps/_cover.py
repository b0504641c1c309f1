"""Bring a layer up to date: look at what lacks coverage, and only at that.

A recording whose frame track is stored needs no decoding; its segments are found again from
the track. Results are committed about once a second, so a killed run loses a second's work.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from curate.catalogue import layers, recordings
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.detectors import DETECTORS, Detector
from curate.detectors.look import Job, detector, look
from curate.engine import Engine, Outcome
from curate.errors import AudioError, WorkerDied
from curate.lookup import resolve
from curate.model import Segment
from curate.progress import Progress

T = TypeVar("T")


class HasDuration(Protocol):
    """Anything that takes a time to listen to."""

    @property
    def duration(self) -> float:
        """Length in seconds."""


#: Seconds between commits.
_COMMIT_EVERY = 1.0


@dataclass(slots=True)
class Covered:
    """How much was looked at.

    Parameters
    ----------
    scanned, refreshed
        Recordings decoded, and recordings whose segments came from their stored track.
    audio_seconds
        Seconds of audio decoded.
    failed
        Recordings that could not be looked at in this run, whatever the reason.
    scan_s
        Seconds of wall time spent, the start of the workers included.
    """

    scanned: int = 0
    refreshed: int = 0
    audio_seconds: float = 0.0
    failed: int = 0
    scan_s: float = 0.0


def cover(
    dataset: Dataset,
    name: str,
    settings: Mapping[str, Any],
    *,
    workers: Engine,
    device: str,
    limit: int | None,
    retry_failed: bool,
    progress: Progress,
) -> Covered:
    """Let a detector look at every recording that lacks coverage with these settings.

    Parameters
    ----------
    name
        The detector: a key of `DETECTORS`, or ``package.module:attribute``.
    settings
        What turns its track into segments.
    limit
        Look at no more than so many recordings; None for all.
    retry_failed
        Look again at those where an earlier look failed.
    """
    store = dataset.store
    kind = detector_class(name)
    version = kind.version
    digest = layers.digest(version, settings)
    layer = layers.define(store, kind.name, producer=name, version=version, parameters=settings)
    covered = Covered()
    started = time.monotonic()
    todo = list(layers.waiting(store, layer, version=version, digest=digest, retry_failed=retry_failed))
    decode = [entry for entry in todo if not entry.has_track]
    if limit is not None:  # the first of the import, not the longest of all
        chosen = sorted(decode, key=lambda entry: entry.recording)[:limit]
        decode = sorted(chosen, key=lambda entry: -entry.duration)
    refresh = [entry for entry in todo if entry.has_track]
    with progress("thresholding", len(refresh), "recordings") as advance:
        for batch in batches(refresh):
            with store.transaction():
                for entry in batch:
                    track = layers.track_of(store, entry.recording, layer)
                    found = detector(name, device).segments(track, **settings)
                    layers.put(store, entry.recording, layer, found, digest=digest)
            covered.refreshed += len(batch)
            advance(len(batch))
    if not decode:
        return covered

    pending = [
        Job(e.recording, dataset.path(e.path), e.duration, e.size, e.mtime_ns, {name: settings}, device)
        for e in decode
    ]
    total = sum(entry.duration for entry in decode)
    with progress("listening", total, "s") as advance:
        workers.check_paths(job.path for job in pending)
        for outcomes in batches(workers.map(look, pending, size=share_of_bundle)):
            with store.transaction():
                for outcome in outcomes:
                    job = outcome.item
                    failure = failure_of(outcome)
                    if failure is not None:
                        layers.put(store, job.recording, layer, [], digest=digest, failure=failure)
                        covered.failed += 1
                        continue
                    assert outcome.result is not None
                    finding = outcome.result.findings[name]
                    recordings.set_length(store, job.recording, outcome.result.frames, outcome.result.problem)
                    layers.put_track(store, job.recording, layer, version, finding.track)
                    layers.put(store, job.recording, layer, finding.segments, digest=digest)
                    covered.scanned += 1
                    covered.audio_seconds += job.duration
            advance(sum(outcome.item.duration for outcome in outcomes))
    covered.scan_s = time.monotonic() - started
    return covered


def preview(store: Store, name: str, settings: Mapping[str, Any]) -> dict[int, list[Segment]]:
    """Find the segments that these settings give, without audio and without writing.

    Returns
    -------
    Segments of each recording that has any: from its frame track where other settings looked
    last. Recordings that nobody looked at are missing.
    """
    kind = detector_class(name)
    layer = layers.number_of(store, kind.name)
    if layer is None:
        return {}
    digest = layers.digest(kind.version, settings)
    found = dict(layers.segments_by_recording(store, layer))
    for entry in layers.waiting(store, layer, version=kind.version, digest=digest, retry_failed=False):
        if entry.has_track:
            track = layers.track_of(store, entry.recording, layer)
            found[entry.recording] = detector(name).segments(track, **settings)
    return {number: segments for number, segments in found.items() if segments}


def detector_class(name: str) -> type[Detector]:
    """Find a detector's class, without loading its weights."""
    kind: type[Detector] = resolve(name, DETECTORS, kind="detector")
    return kind


def failure_of(outcome: Outcome[Any, Any]) -> str | None:
    """Words for why a recording failed, None if it did not.

    Whatever a broken file can do to us arrives as an `AudioError` or as the death of the
    worker, and memory that runs out is a property of the recording, too. Anything else (a
    device that is not there, a bug) concerns all of them, and is raised.
    """
    error = outcome.error
    if error is None:
        return None
    if isinstance(error, AudioError | WorkerDied):
        return error.message
    if isinstance(error, MemoryError):
        return "not enough memory for this recording"
    raise error


def share_of_bundle(job: HasDuration) -> float:
    """Tell how much of a worker's bundle a recording fills: a minute of sound takes some 50 ms."""
    return max(job.duration, 1.0) / 60.0


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Collect items as they come into lists that cover about a second each."""
    batch: list[T] = []
    last = time.monotonic()
    for item in items:
        batch.append(item)
        if time.monotonic() - last >= _COMMIT_EVERY:
            yield batch
            batch, last = [], time.monotonic()
    if batch:
        yield batch
