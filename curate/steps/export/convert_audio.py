"""Audio for an export: other rates, channels and codings, and stretches cut out, by the workers.

Converted files wait in a folder next to the export, named after what they were made of and how.
So a run that was killed continues where it stopped. They are moved into the export, and the
folder is removed, when the export is complete.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.audio.mix import Mixer
from curate.audio.read import AudioFile, open_audio
from curate.audio.resample import Resampler, sound_only
from curate.audio.write import (
    AUDIO_FORMATS,
    HEADROOM,
    bytes_per_sample,
    format_that_holds,
    scaled_words,
    write,
)
from curate.engine.loop import Engine
from curate.errors import AudioError, CurateError, UsageError
from curate.lookup import suggestion
from curate.model import Problem, Row, is_float, subtype_that_holds
from curate.progress import Progress
from curate.recorders.carry import carry
from curate.recorders.read import read_parts
from curate.steps.common.failing import Failing
from curate.steps.export.manifest_rows import is_slow
from curate.storage.copies import local
from curate.storage.files import size_and_version

#: Part of every name: raise it when the same conversion would give other samples.
_VERSION = "4"

_BLOCK_FRAMES = 1 << 18

#: Codings that lose something each time: what is in the one asked for is not coded once more.
_LOSSY = frozenset({"mp3", "ogg", "opus"})

#: Frames by which a stream may miss its length: a filter's rounding at both ends.
_ROUNDING = 4


@dataclass(frozen=True, slots=True)
class Conversion:
    """How audio shall be: rate in Hz, channels, and a key of `AUDIO_FORMATS`, or `None` leaves as it is.

    Parameters
    ----------
    integers
        Whether WAV of floats becomes one of integers, too, since the readers of the export take no other.
    """

    sr: int | None = None
    channels: int | None = None
    codec: str | None = None
    integers: bool = False

    @property
    def wanted(self) -> bool:
        """Whether anything changes."""
        return any(each is not None for each in (self.sr, self.channels, self.codec))


@dataclass(frozen=True, slots=True)
class ConversionJob:
    """A file to make: what of which file, and how. The stretch is in frames of the source."""

    source: str
    size: int
    mtime_ns: int
    start: int
    stop: int
    sr_in: int
    sr: int
    channels: int
    format: str
    integers: bool = False

    @property
    def name(self) -> str:
        """Name of the file that waits: equal if and only if the sound is."""
        text = json.dumps([_VERSION, asdict(self)], sort_keys=True)
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
        return f"{digest}{AUDIO_FORMATS[self.format].suffix}"

    def bytes(self, samples: Mapping[str, int]) -> float:
        """About how large what is made will be.

        Parameters
        ----------
        samples
            Of the whole set, by their coding: those of more than 16 bits take more.
        """
        codings = samples if not self.integers and samples else {"": 1}
        sizes = (
            number * bytes_per_sample(self.format, subtype_that_holds(self.format, codec))
            for codec, number in codings.items()
        )
        return self.frames * self.channels * sum(sizes) / sum(codings.values())

    @property
    def frames(self) -> int:
        """Length of what is made."""
        return round((self.stop - self.start) * self.sr / self.sr_in)

    @property
    def duration(self) -> float:
        """Seconds of what is made."""
        return (self.stop - self.start) / self.sr_in


def check(conversion: Conversion) -> None:
    """Refuse impossible targets.

    Raises
    ------
    UsageError
        If a number is out of range or a codec unknown.
    """
    if conversion.sr is not None and not 1000 <= conversion.sr <= 1_000_000:  # noqa: PLR2004 - Hz
        raise UsageError(f"--sr must be from 1000 to 1000000 Hz: got {conversion.sr}")
    if conversion.channels is not None and conversion.channels < 1:
        raise UsageError(f"--channels must be 1 or more: got {conversion.channels}")
    if conversion.codec is not None and conversion.codec not in AUDIO_FORMATS:
        raise UsageError(
            f"unknown audio format '{conversion.codec}'", hint=suggestion(conversion.codec, AUDIO_FORMATS)
        )


def is_part(row: Row) -> bool:
    """Whether a row is less than its file, by a sample or more."""
    frame = 1 / row.sr if row.sr else 0.0
    return row.onset >= frame or row.file_duration - row.offset >= frame


def job_for(row: Row, conversion: Conversion, *, cut: bool) -> ConversionJob | None:
    """Say what must be made for a row, or `None` where its file serves as it is.

    Parameters
    ----------
    cut
        Whether only the stretch of the row is wanted.
    """
    cut = cut and is_part(row)
    if not cut and not is_slow(row) and (not conversion.wanted or _is_so(row, conversion)):
        return None
    try:
        size, mtime_ns = size_and_version(row.path)
    except FileNotFoundError:
        raise CurateError(
            f"{row.path} is missing, and has to be converted",
            hint="put it back, or run 'curate import' on its new place",
        ) from None
    sr, channels = conversion.sr or row.sr, conversion.channels or row.channels or 1
    end = row.offset if cut else row.file_duration
    return ConversionJob(
        row.path,
        size,
        mtime_ns,
        round(row.onset * row.sr) if cut else 0,
        round(end * row.sr),
        row.sr,
        sr,
        channels,
        format_that_holds(conversion.codec or "flac", sr=sr, channels=channels),
        conversion.integers,
    )


def _is_so(row: Row, conversion: Conversion) -> bool:
    """Whether a lossy file is already as it shall be, by its ending, rate and channels."""
    return (
        conversion.codec in _LOSSY
        and os.path.splitext(row.path)[1].lower() == AUDIO_FORMATS[conversion.codec].suffix
        and conversion.sr in (None, row.sr)
        and conversion.channels in (None, row.channels)
    )


@dataclass(slots=True)
class Converted:
    """What conversion met.

    Parameters
    ----------
    problems
        What could not be made; the path of each is the source.
    scaled
        Files that were scaled, since their coding holds nothing beyond full scale: path of the source, its
        `onset`, `gain_db`.
    clipped
        Samples beyond full scale that were clipped, of lossy sources and at new rates.
    """

    problems: list[Problem] = field(default_factory=list)
    scaled: list[dict[str, Any]] = field(default_factory=list)
    clipped: int = 0


def convert(
    jobs: Collection[ConversionJob], waiting: Path, *, total: float, workers: Engine, progress: Progress
) -> Converted:
    """Make the files that are missing. Names those that exist, too."""
    result = Converted()
    waiting.mkdir(parents=True, exist_ok=True)
    todo = (job for job in jobs if not (waiting / job.name).exists())
    passes = ((lane, str(waiting)) for lane in _lanes(todo))
    failing = Failing()
    with progress("converting", total, "s") as advance:
        workers.check_paths(job.source for job in jobs)
        for outcome in workers.map(
            _make, passes, size=lambda item: item[0][-1].stop / item[0][-1].sr_in / 60
        ):
            lane = outcome.item[0]
            failure = failing.failure_of(outcome)
            if failure is not None:
                result.problems.append(Problem("failed", lane[0].source, f"not converted: {failure}"))
            advance(sum(job.duration for job in lane))
    for job in jobs:
        said = _noted(waiting / job.name)
        result.clipped += said.get("clipped", 0)
        if "gain_db" in said:
            result.scaled.append({"path": job.source, "onset": job.start / job.sr_in, **said})
    return result


def _lanes(jobs: Iterable[ConversionJob]) -> Iterator[list[ConversionJob]]:
    """Group the jobs of a file, which stand together, so that each group is made in one pass over it."""
    for _, group in groupby(jobs, key=lambda job: job.source):
        lanes: list[list[ConversionJob]] = []
        for job in sorted(group, key=lambda job: (job.start, job.stop)):
            lane = next((lane for lane in lanes if lane[-1].stop <= job.start), None)
            if lane is None:
                lanes.append([job])
            else:
                lane.append(job)
        yield from lanes


def _make(item: tuple[list[ConversionJob], str]) -> None:
    """Make files from stretches of one recording that follow each other: what a worker does."""
    lane, folder = item
    with open_audio(lane[0].source) as audio:
        position = 0
        for job in lane:
            audio.skip(job.start - position)
            position = job.stop
            subtype = None if job.integers else subtype_that_holds(job.format, audio.codec)
            gain = _gain(job) if is_float(audio.codec) and subtype != "FLOAT" else 1.0
            _write(Path(folder, job.name), audio, job, subtype=subtype, gain=gain)


def _write(out: Path, audio: AudioFile, job: ConversionJob, *, subtype: str | None, gain: float) -> None:
    """Write one file, and next to it what was done to its level, if anything was."""
    said: dict[str, float] = {}
    if gain < 1:
        said["gain_db"] = round(20 * math.log10(gain), 2)
    write(
        out,
        (block * np.float32(gain) for block in _converted(audio, job))
        if gain < 1
        else _converted(audio, job),
        sr=job.sr,
        channels=job.channels,
        format=job.format,
        subtype=subtype,
        protect=[Path(job.source)],
        comment=scaled_words(gain) if said else "",
        carried=carry(
            read_parts(str(local(job.source))),
            told=("Curate|Stretch", f"{job.start / job.sr_in:.3f}-{job.stop / job.sr_in:.3f}"),
            length=job.duration,
            sr=job.sr,
            time_expansion=audio.time_expansion,
        ),
        frames=job.frames,
        on_clip=lambda samples: said.update(clipped=samples),
    )
    if said:
        _note_of(out).write_text(json.dumps(said), encoding="ascii")


def _gain(job: ConversionJob) -> float:
    """By what a stretch of a float file must be scaled so that nothing of it is beyond full scale."""
    # A pass of its own: the gain must be known before the first sample is written.
    peak = 0.0
    with open_audio(job.source) as audio:
        audio.skip(job.start)
        for block in _converted(audio, job):
            if block.size:
                peak = max(peak, float(np.abs(sound_only(block)).max()))
    return HEADROOM / peak if peak > 1 else 1.0


def _converted(audio: AudioFile, job: ConversionJob) -> Iterator[NDArray[np.float32]]:
    return _exactly(_resampled(_channels(_stretch(audio, job), job), job), job)


def _note_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.json")


def _noted(out: Path) -> dict[str, Any]:
    """Read what was done to the level of a file."""
    note = _note_of(out)
    said: dict[str, Any] = json.loads(note.read_text(encoding="ascii")) if note.exists() else {}
    return said


def _stretch(audio: AudioFile, job: ConversionJob) -> Iterator[NDArray[np.float32]]:
    left = job.stop - job.start
    while left > 0:
        block = next(audio.blocks(min(left, _BLOCK_FRAMES)), None)
        if block is None:
            yield from audio.filled(job.stop)
            return
        yield block
        left -= block.shape[1]


def _channels(blocks: Iterable[NDArray[np.float32]], job: ConversionJob) -> Iterator[NDArray[np.float32]]:
    mixer = Mixer(job.sr_in)
    for block in blocks:
        if len(block) == job.channels:
            yield block
        elif job.channels == 1:
            yield from (mix[np.newaxis] for _, mix in mixer.feed(sound_only(block)))
        elif len(block) == 1:
            yield np.repeat(block, job.channels, axis=0)
        else:
            raise AudioError(f"{job.source} has {len(block)} channels: failed to make {job.channels}")
    yield from (mix[np.newaxis] for _, mix in mixer.finish())


def _resampled(blocks: Iterable[NDArray[np.float32]], job: ConversionJob) -> Iterator[NDArray[np.float32]]:
    resampler = Resampler(job.sr_in, job.sr, job.channels)
    for block in blocks:
        yield resampler.feed(block)
    yield resampler.finish()


def _exactly(blocks: Iterable[NDArray[np.float32]], job: ConversionJob) -> Iterator[NDArray[np.float32]]:
    """Give the stream the length that was promised, which differs by rounding only."""
    left = job.frames
    for block in blocks:
        if left > 0 and block.shape[1]:
            yield block[:, :left]
            left -= min(left, block.shape[1])
    if left > _ROUNDING:
        raise AudioError(f"{job.source} ends {left / job.sr:.3f} s before its catalogued length")
    if left:
        yield np.zeros((job.channels, left), np.float32)
