"""One pass over one file: its windows, and the vector of each. What workers run."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate import intervals
from curate.audio.examine import check_unchanged
from curate.audio.mix import Mixer
from curate.audio.read import open_audio
from curate.audio.resample import Resampler, sound_only
from curate.embedders import EMBEDDERS, Embedder
from curate.embedders.class_scores import kept
from curate.embedders.file_model import NETWORKS, file_model
from curate.embedders.window_cutter import LEAST_SHARE, WindowCutter
from curate.errors import DecodeFailed, UsageError
from curate.intervals import Interval
from curate.lookup import resolve, suggestion
from curate.model import Segment

#: A window is silent if no sample is louder: half a step of 16 bits. Models give digital silence an
#: ordinary vector, which would be near to much.
_SILENT = 2.0**-16


@dataclass(frozen=True, slots=True)
class EmbedJob:
    """A file to embed.

    Parameters
    ----------
    recording
        Number that the catalogue knows it by.
    size, mtime_ns
        What they were when the file was registered: a file that changed is not looked at.
    model
        A key of `EMBEDDERS`, or ``package.module:attribute``.
    hop : seconds
        From the start of one window to that of the next.
    version
        Of the model, which must be this one; any where it is empty.
    kept : seconds
        The parts that are listened to, sorted and disjoint; None for the whole file.
    sha256
        Of the file, by which one that was only touched is known.
    """

    recording: int
    path: str
    duration: float
    size: int
    mtime_ns: int
    model: str
    hop: float
    version: str = ""
    kept: tuple[Interval, ...] | None = None
    sha256: str | None = None


class Decoded(NamedTuple):
    """What decoding all of a file showed: samples per channel, the decoders' complaint, and filled holes."""

    frames: int
    problem: str | None
    damage: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a file gave.

    Parameters
    ----------
    vectors : shape=(n, dimension), float16
        Window ``k`` begins at ``k * hop`` seconds. A window without a vector has zeros.
    silent, cut
        How many windows have none since they are silent, and since too little of them is kept.
    duration : seconds
        What was really decoded.
    scores
        The best classes of windows, in order of time; none where the model knows no classes.
    decoded
        None where somebody else tells.
    """

    vectors: NDArray[np.float16]
    silent: int
    duration: float
    scores: tuple[Segment, ...] = ()
    cut: int = 0
    decoded: Decoded | None = None


def embed_file(job: EmbedJob) -> Embedded:
    """Decode a file once and give each of its windows a vector, and its best classes.

    Channels are mixed as for the detectors. The last window is filled up with silence; it is left out where
    less than half of it would be sound, unless it is the only one. Where parts alone are kept, all else is
    silence, and a window has a vector if half of its sound is kept; if none has so much, the one with most
    has.

    Raises
    ------
    DecodeFailed
        If the file is gone, has changed, holds no audio, or the model's vectors are no numbers.
    UsageError
        If the model gives something else than it says of itself.
    """
    check_unchanged(job.path, size=job.size, mtime_ns=job.mtime_ns, sha256=job.sha256)
    with open_audio(job.path) as audio:
        listener = WindowListener(job, audio.sr)
        frames = 0
        for block in audio.blocks():
            frames += block.shape[1]
            listener.feed(block)
        return replace(listener.finish(), decoded=Decoded(frames, audio.problem, audio.holes()))


class _Part(NamedTuple):
    """The window of which most is kept, while none has enough: its place, its sound, and how much is kept."""

    number: int
    sound: NDArray[np.float32]
    seconds: float


class WindowListener:
    """Hears a recording block by block, and gives its windows vectors.

    Parameters
    ----------
    sr : Hz
        Rate of the blocks.

    Raises
    ------
    UsageError
        If the model is not that of the job any more.
    """

    def __init__(self, job: EmbedJob, sr: int) -> None:
        self._job, self._sr = job, sr
        self._model = model = embedder(job.model)
        if job.version not in {"", model.version}:
            raise UsageError(
                f"the model {job.model} has changed since this run began", hint="run the same command again"
            )
        self._mixer, self._resampler = Mixer(sr), Resampler(sr, model.sr)
        self._length, self._hop = round(model.window * model.sr), round(job.hop * model.sr)
        self._cutter = WindowCutter(self._length, self._hop)
        self._vectors: list[NDArray[np.float16]] = []
        self._scores: list[Segment] = []
        self._frames = self._samples = self._number = self._silent = self._cut = 0
        self._most: _Part | None = None

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, shape=(channels, n)."""
        self._frames += block.shape[1]
        for _, mono in self._mixer.feed(sound_only(block)):
            self._hear(self._resampler.feed(mono[np.newaxis])[0])

    def finish(self) -> Embedded:
        """Hear the end.

        Raises
        ------
        DecodeFailed, UsageError
            As `embed_file`.
        """
        for _, mono in self._mixer.finish():
            self._hear(self._resampler.feed(mono[np.newaxis])[0])
        self._hear(self._resampler.finish()[0])
        for windows in self._cutter.finish():
            self._take(windows)
        vectors = np.concatenate(self._vectors or [np.empty((0, self._model.dimension), np.float16)])
        if self._most is not None and self._cut == len(vectors):
            vectors[self._most.number] = self._embed(self._most.sound[np.newaxis], [self._most.number])[0]
            self._cut -= 1
        duration = self._frames / self._sr
        # The last window is filled up with silence, in which nothing is heard.
        ended = tuple(
            replace(each, offset=duration) if each.offset > duration else each for each in self._scores
        )
        return Embedded(vectors, self._silent, duration, ended, self._cut)

    def _hear(self, mono: NDArray[np.float32]) -> None:
        self._samples += len(mono)
        for windows in self._cutter.feed(mono):
            self._take(windows)

    def _take(self, windows: NDArray[np.float32]) -> None:
        """Give the next windows vectors, shape=(n, length)."""
        first = self._number
        self._number += len(windows)
        enough = self._keep(windows, first)
        heard = enough & (np.abs(windows).max(axis=1) > _SILENT)
        self._cut += int((~enough).sum())
        self._silent += int((enough & ~heard).sum())
        found = np.zeros((len(windows), self._model.dimension), np.float16)
        sound = np.flatnonzero(heard)
        if len(sound):
            found[sound] = self._embed(windows[sound], (first + sound).tolist())
        self._vectors.append(found)

    def _keep(self, windows: NDArray[np.float32], first: int) -> NDArray[np.bool_]:
        """Silence what is not kept, in place, and say which windows keep enough."""
        enough = np.ones(len(windows), np.bool_)
        if self._job.kept is None:
            return enough
        sr = self._model.sr
        for row, window in enumerate(windows):
            number = first + row
            onset = number * self._job.hop
            seconds = min(self._length, self._samples - number * self._hop) / sr
            parts = intervals.clip(self._job.kept, onset, onset + seconds)
            for low, high in intervals.complement(parts, onset, onset + seconds):
                window[round((low - onset) * sr) : round((high - onset) * sr)] = 0
            left = intervals.length(parts)
            enough[row] = left >= LEAST_SHARE * seconds
            if not enough[row] and left > (0.0 if self._most is None else self._most.seconds):
                self._most = _Part(number, window.copy(), left)
        return enough

    def _embed(self, windows: NDArray[np.float32], numbers: list[int]) -> NDArray[np.float16]:
        """Give the vectors of windows, and note what the model hears in them."""
        model, job = self._model, self._job
        vectors, scores = model.embed(windows)
        if vectors.shape != (len(windows), model.dimension):
            raise UsageError(
                f"the model {job.model} says that its vectors have {model.dimension:,} numbers, and gives an "
                f"array of {' x '.join(map(str, vectors.shape))} for {len(windows)} windows"
            )
        if scores is not None:
            onsets = [round(number * job.hop, 6) for number in numbers]
            self._scores += kept(scores, model.classes(), onsets, model.window)
        return _finite(vectors, job)


def model_class(name: str) -> type[Embedder]:
    """Find a model's class before loading its weights: a key, a file, or ``package.module:attribute``."""
    if name not in EMBEDDERS and ":" not in name:
        files = ", ".join(f"{each}:FILE" for each in NETWORKS)
        raise UsageError(f"unknown model '{name}'", hint=f"{suggestion(name, EMBEDDERS)}, or a file: {files}")
    kind: type[Embedder] = file_model(name) or resolve(name, EMBEDDERS, kind="model")
    return kind


def embedder(name: str) -> Embedder:
    """Make an embedder, once per process: its weights stay loaded."""
    return _made(model_class(name))


@functools.cache
def _made(kind: type[Embedder]) -> Embedder:
    return kind()


def _finite(vectors: NDArray[np.float32], job: EmbedJob) -> NDArray[np.float16]:
    # One row of NaN makes a whole index useless.
    with np.errstate(over="ignore"):
        packed = vectors.astype(np.float16)
    if not np.isfinite(packed).all():
        raise DecodeFailed(f"{job.model} gives vectors with values that are no numbers")
    return packed
