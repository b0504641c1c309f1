"""Bring layers up to date: look at what lacks coverage, and only at that.

A recording whose frame track is stored needs no decoding. Its segments are found again from
the track. Results are committed about once a second, so a killed run loses a second's work.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from curate import speeds
from curate.catalogue import damage, layers, listings, recordings, runs
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.detectors import DETECTORS, Detector
from curate.detectors.detect_file import (
    Detection,
    DetectionJob,
    decode_and_feed,
    detector,
    finish_batch,
    modules_of,
)
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.errors import OtherFile
from curate.lookup import resolve
from curate.model import Segment
from curate.progress import Progress, silent
from curate.steps.common.failing import Failing
from curate.steps.common.merge_join import MergeJoin

T = TypeVar("T")


#: Seconds between commits.
_COMMIT_EVERY = 1.0

#: Changed recordings up to which each is looked up. To look for them among all costs less for more.
_FEW = 10_000


@dataclass(slots=True)
class DetectionCounts:
    """How much was looked at.

    Parameters
    ----------
    scanned
        Recordings decoded.
    refreshed
        How often segments came from a stored track instead.
    audio_seconds
        Seconds of audio decoded.
    failed
        Recordings that could not be looked at in this run, or not by every detector.
    unseen
        Those of the failed whose file is gone, or another one. The next run looks for it again.
    too_low
        By detector, recordings whose rate is too low for it: it has nothing to say of them.
    scan_s
        Seconds of wall time spent, the start of the workers included.
    """

    scanned: int = 0
    refreshed: int = 0
    audio_seconds: float = 0.0
    failed: int = 0
    unseen: int = 0
    scan_s: float = 0.0
    too_low: dict[str, int] = field(default_factory=dict)

    @property
    def speed(self) -> dict[str, float]:
        """What the list of runs keeps, so that a dry run can tell how long the next one takes."""
        found = {"audio_seconds": round(self.audio_seconds, 3), "scan_s": round(self.scan_s, 3)}
        return found if self.scanned else {}


def run_detectors(
    dataset: Dataset,
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    workers: Engine,
    device: str = "auto",
    limit: int | None = None,
    retry_failed: bool = False,
    progress: Progress = silent,
    heard: DetectionCounts | None = None,
) -> DetectionCounts:
    """Let detectors look at every recording that lacks coverage with these settings.

    A recording is decoded once, for all the detectors that need its sound.

    Parameters
    ----------
    wanted
        Settings, which turn a track into segments, for each detector: a key of `DETECTORS`, or
        ``package.module:attribute``.
    limit
        Decode no more than this many recordings, the first of the import; None for all.
    retry_failed
        Look again where an earlier look failed.
    heard
        What this run listened to before, at the import; counted with the rest.
    """
    covered = heard or DetectionCounts()
    started = time.monotonic()
    lacking: dict[int, list[WantedLayer]] = {}
    looking: list[WantedLayer] = []
    for name, settings in wanted.items():
        layer = define(dataset.store, name, settings)
        unsure = None if retry_failed else layer.unsure(dataset.store)
        if unsure == []:
            continue
        looking.append(layer)
        refresh = array("q")
        for number, has_track in layers.waiting(
            dataset.store,
            layer.number,
            version=layer.version,
            digest=layer.digest,
            retry_failed=retry_failed,
            members=unsure,
        ):
            if has_track:
                refresh.append(number)
            else:
                lacking.setdefault(number, []).append(layer)
        covered.refreshed += _refresh(dataset.store, layer, refresh, progress)
    is_part = limit is not None and limit < len(lacking)
    if is_part:
        lacking = {number: lacking[number] for number in sorted(lacking)[:limit]}
    if lacking:
        _look(dataset, lacking, covered, workers=workers, device=device, progress=progress)
        covered.scan_s += time.monotonic() - started
    if covered.scanned:
        speeds.note("scan_s", covered.audio_seconds, covered.scan_s)
    # A run with a limit left some out, and others wait for their file. The outcome of such a run would tell
    # the next one that all were looked at.
    if looking and not is_part and not covered.unseen:
        with dataset.store.transaction():
            for layer in looking:
                runs.keep(dataset.store, *layer.look, {})
    return covered


@dataclass(frozen=True, slots=True)
class WantedLayer:
    """One detector with its settings, and the layer that it fills."""

    name: str
    settings: Mapping[str, Any]
    number: int
    version: str
    digest: str

    @property
    def look(self) -> tuple[str, dict[str, Any]]:
        """What the ledger of runs calls a look at all recordings, and its settings."""
        return f"look/{self.number}", {"digest": self.digest}

    def unsure(self, store: Store) -> list[int] | None:
        """List the recordings that the detector may have yet to look at. None stands for all there are."""
        name, settings = self.look
        if runs.kept(store, name, settings) is None:
            return None
        kinds = ("recordings", f"coverage/{self.number}")
        changed = runs.changed_since(store, name, kinds, most=_FEW)
        return None if changed is None else sorted(changed)


def define(store: Store, name: str, settings: Mapping[str, Any]) -> WantedLayer:
    """Make sure that the catalogue has the layer of a detector."""
    kind = detector_class(name)
    number = layers.define(store, kind.name, producer=name, version=kind.version, parameters=settings)
    return WantedLayer(name, settings, number, kind.version, layers.digest(kind.version, settings))


def _refresh(store: Store, layer: WantedLayer, numbers: Sequence[int], progress: Progress) -> int:
    """Find segments again in stored tracks; returns in how many."""
    with progress("thresholding", len(numbers), "recordings") as advance:
        for batch in batches(numbers):
            with store.transaction():
                for number in batch:
                    track = layers.track_of(store, number, layer.number)
                    found = detector(layer.name).segments(track, **layer.settings)
                    layers.put(store, number, layer.number, found, digest=layer.digest)
            advance(len(batch))
    return len(numbers)


def _look(
    dataset: Dataset,
    lacking: Mapping[int, Sequence[WantedLayer]],
    covered: DetectionCounts,
    *,
    workers: Engine,
    device: str,
    progress: Progress,
) -> None:
    """Decode recordings, each for the layers that lack it, and note what was found."""
    store = dataset.store
    order = array("q")
    total = 0.0
    for number, duration in recordings.longest_first(store, sorted(lacking)):
        order.append(number)
        total += duration
    jobs = (
        DetectionJob(
            file.recording,
            dataset.path(file.path),
            file.duration,
            file.size,
            file.mtime_ns,
            {layer.name: layer.settings for layer in lacking[file.recording]},
            device,
            file.sha256,
        )
        for file in recordings.files(store, order)
    )
    failing = Failing()
    with progress("scanning", total, "s") as advance:
        workers.check_paths(dataset.path(file.path) for file in recordings.files(store, order))
        workers.expect(modules_of({layer.name for looked in lacking.values() for layer in looked}))
        for outcomes in batches(
            workers.map_together(
                decode_and_feed, finish_batch, jobs, size=share_of_bundle(total, workers.workers)
            )
        ):
            with store.transaction():
                for outcome in outcomes:
                    number = outcome.item.recording
                    failure = failing.failure_of(outcome)
                    if outcome.result is None:
                        is_unseen = isinstance(outcome.error, OtherFile)
                        covered.unseen += is_unseen
                        _note_failure(
                            store, number, failure or "", lacking[number], covered, is_unseen=is_unseen
                        )
                    else:
                        note(store, number, outcome.result, lacking[number], covered=covered, failing=failing)
                        covered.audio_seconds += outcome.item.duration
            advance(sum(outcome.item.duration for outcome in outcomes))


def _note_failure(
    store: Store,
    number: int,
    failure: str,
    looked: Sequence[WantedLayer],
    covered: DetectionCounts,
    *,
    is_unseen: bool,
) -> None:
    """Write down why a recording could not be listened to."""
    for layer in looked:
        digest = layers.UNSEEN if is_unseen else layer.digest
        layers.put(store, number, layer.number, [], digest=digest, failure=failure)
    covered.failed += 1


def note(
    store: Store,
    number: int,
    found: Detection,
    looked: Sequence[WantedLayer],
    *,
    covered: DetectionCounts,
    failing: Failing,
) -> None:
    """Write down what one look at a recording showed: of a detector's error, in its own layer only."""
    recordings.set_length(store, number, found.frames, found.problem)
    damage.put(store, number, found.damage)
    for layer in looked:
        digest, failed = layer.digest, failing.words(found.failures.get(layer.name), layer.name)
        if failed is not None:
            layers.put(store, number, layer.number, [], digest=digest, failure=failed)
        elif layer.name in found.too_low:
            words = f"needs {found.too_low[layer.name]} Hz or more"
            layers.put(store, number, layer.number, [], digest=digest, note=words)
            covered.too_low[layer.name] = covered.too_low.get(layer.name, 0) + 1
        else:
            finding = found.findings[layer.name]
            layers.put_track(store, number, layer.number, layer.version, finding.track)
            layers.put(store, number, layer.number, finding.segments, digest=digest)
    covered.failed += bool(found.failures)
    covered.scanned += 1


@dataclass(frozen=True, slots=True)
class LayerState:
    """What a layer knows of one recording.

    Parameters
    ----------
    given_label
        What it was called before people were heard.
    duration : seconds
    looked_at
        Whether the detector listened to it, with whatever settings.
    failed
        Whether it could not be decoded, then or at its import.
    current
        Whether it was last looked at with the settings asked for.
    outdated
        Whether only an earlier version of the detector listened to it, whose scores may be of another scale.
    segments
        With those settings, from the frame track if others looked last; where there is none,
        as they were found.
    """

    recording: int
    archive: str
    label: str
    given_label: str
    remarks: str | None
    duration: float
    looked_at: bool
    failed: bool
    current: bool
    outdated: bool
    segments: list[Segment]


def layer_states(
    store: Store,
    name: str,
    settings: Mapping[str, Any],
    *,
    members: Sequence[int] | None = None,
    unheard: Container[int] = (),
) -> Iterator[LayerState]:
    """Stream what a layer knows of every recording, in the order of import.

    Neither audio nor catalogue is touched, so it shows what other settings would give.

    Parameters
    ----------
    members
        Only these recordings; None for all.
    unheard
        Recordings that count as not looked at.
    """
    kind = detector_class(name)
    layer = layers.find_number(store, kind.name)
    digest = layers.digest(kind.version, settings)
    stored = MergeJoin(layers.segments_by_recording(store, -1 if layer is None else layer, members))
    for row in listings.covered(store, kind.name, version=kind.version, digest=digest, members=members):
        number, archive, label, given, remarks, status, duration, coverage, current, has_track = row
        coverage = None if number in unheard else coverage
        segments = stored.get(number) or [] if coverage else []
        if layer is not None and has_track and coverage == "ok" and not current:
            segments = detector(name).segments(layers.track_of(store, number, layer), **settings)
        yield LayerState(
            number,
            archive,
            label,
            given,
            remarks,
            duration or 0.0,
            looked_at=status == coverage == "ok",
            failed="failed" in (status, coverage),
            current=bool(current),
            outdated=is_outdated(coverage, current=current, has_track=has_track),
            segments=segments,
        )


def is_outdated(coverage: str | None, *, current: bool | None, has_track: bool) -> bool:
    """Tell from a line of `listings.covered` whether only an earlier version of the detector listened."""
    # Other settings of this version would have left its track.
    return coverage == "ok" and not current and not has_track


def detector_class(name: str) -> type[Detector]:
    """Find a detector's class before loading its weights."""
    kind: type[Detector] = resolve(name, DETECTORS, kind="detector")
    return kind


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
