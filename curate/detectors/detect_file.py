"""One pass over one file, for all the detectors that have yet to scan it.

These are the functions that workers run: `decode_and_feed` decodes a file once and feeds every block to
each detector, `finish_batch` returns the findings of several files as plain values. They touch neither
catalogue nor network.
"""

from __future__ import annotations

import functools
import gc
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio.examine import check_unchanged, examine
from curate.audio.probe import info_of
from curate.audio.read import AudioFile, open_audio
from curate.detectors import DETECTORS, Detector
from curate.detectors.detector_group import DetectorGroup, GroupResult, finish_together
from curate.intervals import Interval
from curate.lookup import resolve
from curate.model import AudioInfo, FileFacts, Segment
from curate.recorders.containers import Parts


@dataclass(frozen=True, slots=True)
class DetectionJob:
    """A file to look at.

    Parameters
    ----------
    recording
        Number that the catalogue knows it by.
    size, mtime_ns
        What they were when the file was registered: a file that changed is not looked at.
    detectors
        Settings of each detector that shall look, by its name in `DETECTORS`.
    device
        Where networks run: ``auto``, ``cpu`` or ``cuda``.
    sha256
        Of the file, by which one that was only touched is known.
    """

    recording: int
    path: str
    duration: float
    size: int
    mtime_ns: int
    detectors: Mapping[str, Mapping[str, Any]]
    device: str = "auto"
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector found: its packed frame track, and the segments in it."""

    track: bytes
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Detection:
    """What a pass over a file showed.

    Parameters
    ----------
    frames
        Samples per channel that were really decoded.
    problem
        The decoders' complaint, if something is lost or odd.
    findings
        By detector.
    failures
        Errors of the detectors that failed at it.
    too_low
        Least rates, in Hz, of detectors that have nothing to say at the rate of this one.
    damage : seconds
        Holes that were filled with silence.
    """

    frames: int
    problem: str | None
    findings: dict[str, Finding]
    failures: dict[str, Exception] = field(default_factory=dict)
    too_low: dict[str, int] = field(default_factory=dict)
    damage: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class PartialDetection:
    """A file that was listened to. Its tracks may lack a last step that several files take together."""

    job: DetectionJob
    frames: int
    problem: str | None
    damage: tuple[Interval, ...]
    ended: GroupResult


def detect_file(job: DetectionJob) -> Detection:
    """Decode a file once and let every detector of the job listen.

    Raises
    ------
    DecodeFailed
        If the file is gone, has changed since it was registered, or holds no audio.
    """
    return finish_batch([decode_and_feed(job)])[0]


def decode_and_feed(job: DetectionJob) -> PartialDetection:
    """Decode a file once and feed every detector of the job. `finish_batch` takes the last step."""
    check_unchanged(job.path, size=job.size, mtime_ns=job.mtime_ns, sha256=job.sha256)
    with open_audio(job.path) as audio:
        return listen(job, audio)


def listen(
    job: DetectionJob, audio: AudioFile, beside: Callable[[NDArray[np.float32]], None] | None = None
) -> PartialDetection:
    """Read an open file to its end, and let every detector of a job listen.

    Parameters
    ----------
    beside
        Is given every block, too, shape=(channels, n); what it raises ends the pass.
    """
    audience = DetectorGroup({name: detector(name, job.device) for name in job.detectors}, audio.sr)
    _settle()
    frames = 0
    for block in audio.blocks():
        frames += block.shape[1]
        audience.feed(block)
        if beside is not None:
            beside(block)
    return PartialDetection(job, frames, audio.problem, audio.holes(), audience.end())


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was measured, and listened to where that worked."""

    facts: FileFacts
    heard: PartialDetection | None = None
    found: Detection | None = None


def measure_and_feed(
    path: str, detectors: Mapping[str, Mapping[str, Any]], *, device: str = "auto"
) -> NewFile:
    """Measure a file as `examine` does, and let detectors listen while it is read.

    What goes wrong with listening does not count against the file: it is then measured alone, and whoever
    listens next meets the error.
    """
    job = DetectionJob(0, path, 0.0, 0, 0, detectors, device)
    heard: PartialDetection | None = None

    def measure(path: str, parts: Parts) -> AudioInfo:
        nonlocal heard
        with open_audio(path, parts=parts) as audio:
            heard = listen(job, audio)
            return info_of(audio, heard.frames)

    try:
        facts = examine(path, measure)
    except Exception:  # noqa: BLE001 - a detector's, or memory that runs out
        return NewFile(examine(path))
    return NewFile(facts, heard)


def finish_new(files: Sequence[NewFile]) -> list[NewFile]:
    """Take the last step for files that were listened to. It is the same in any company."""
    found = iter(finish_batch([each.heard for each in files if each.heard is not None]))
    return [each if each.heard is None else NewFile(each.facts, found=next(found)) for each in files]


def finish_batch(heard: Sequence[PartialDetection]) -> list[Detection]:
    """Say what a pass over each of several files showed. It is the same in any company."""
    finish_together([each.ended for each in heard])
    return [_detection(each) for each in heard]


def _detection(heard: PartialDetection) -> Detection:
    """Find the segments in the tracks of one file."""
    ended = heard.ended
    findings: dict[str, Finding] = {}
    for name, track in ended.tracks.items():
        try:
            found = detector(name, heard.job.device).segments(track, **heard.job.detectors[name])
            findings[name] = Finding(track, found)
        except Exception as error:  # noqa: BLE001 - a detector of anybody's; it fails alone
            ended.fail(name, error)
    return Detection(heard.frames, heard.problem, findings, ended.failures, ended.too_low, heard.damage)


@functools.cache
def detector(name: str, device: str = "auto") -> Detector:
    """Make a detector, once per process: its weights stay loaded."""
    made: Detector = resolve(name, DETECTORS, kind="detector")(device=device)
    return made


def modules_of(names: Iterable[str]) -> list[str]:
    """Name the modules that listening needs, those of the detectors and what they load late included."""
    kinds = [resolve(name, DETECTORS, kind="detector") for name in names]
    late = [each for kind in kinds for each in getattr(kind, "loads", ())]
    return list(dict.fromkeys([__name__, *(kind.__module__ for kind in kinds), *late]))


def default_settings(name: str) -> dict[str, Any]:
    """List the settings with which a detector finds segments unless told otherwise."""
    kind: type[Detector] = resolve(name, DETECTORS, kind="detector")
    parameters = inspect.signature(kind.segments).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}


@functools.cache
def _settle() -> None:
    """Prepare a process, once all that it needs is loaded, to listen to many recordings."""
    if "torch" in sys.modules:
        # The workers are the parallelism; more threads would only collide.
        sys.modules["torch"].set_num_threads(1)
    # Spare the garbage collector from walking through all of torch again and again.
    gc.freeze()
