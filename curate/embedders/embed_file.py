"""One pass over one file: its windows, and the vector of each. What workers run."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from curate.audio.examine import check_unchanged
from curate.audio.mix import Mixer
from curate.audio.read import open_audio
from curate.audio.resample import Resampler, sound_only
from curate.embedders import EMBEDDERS, Embedder
from curate.embedders.class_scores import kept
from curate.embedders.file_model import NETWORKS, file_model
from curate.errors import DecodeFailed, UsageError
from curate.lookup import resolve, suggestion
from curate.model import Segment

#: Windows that a model gets at once.
_TOGETHER = 16

#: A window is silent if no sample is louder: half a step of 16 bits. Models give digital silence an
#: ordinary vector, which would be near to much.
_SILENT = 2.0**-16

#: The last window is kept if at least this share of it is sound and not padding.
_LEAST_SHARE = 0.5


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
    """

    recording: int
    path: str
    duration: float
    size: int
    mtime_ns: int
    model: str
    hop: float
    version: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a file gave.

    Parameters
    ----------
    vectors : shape=(n, dimension), float16
        Window ``k`` begins at ``k * hop`` seconds. A silent window has a vector of zeros.
    silent
        How many windows are silent.
    duration : seconds
        What was really decoded.
    scores
        The best classes of windows, in order of time; none where the model knows no classes.
    """

    vectors: NDArray[np.float16]
    silent: int
    duration: float
    scores: tuple[Segment, ...] = ()


def embed_file(job: EmbedJob) -> Embedded:
    """Decode a file once and give each of its windows a vector, and its best classes.

    Channels are mixed as for the detectors. The last window is filled up with silence; it is left out where
    less than half of it would be sound, unless it is the only one.

    Raises
    ------
    DecodeFailed
        If the file is gone, has changed, holds no audio, or the model's vectors are no numbers.
    UsageError
        If the model gives something else than it says of itself.
    """
    check_unchanged(job.path, size=job.size, mtime_ns=job.mtime_ns)
    model = embedder(job.model)
    if job.version not in {"", model.version}:
        raise UsageError(
            f"the model {job.model} has changed since this run began", hint="run the same command again"
        )
    cutter = _Cutter(round(model.window * model.sr), round(job.hop * model.sr))
    vectors: list[NDArray[np.float16]] = []
    scores: list[Segment] = []
    silent = number = 0
    with open_audio(job.path) as audio:
        mixer, resampler = Mixer(audio.sr), Resampler(audio.sr, model.sr)
        frames = 0

        def heard() -> Iterator[NDArray[np.float32]]:
            nonlocal frames
            for block in audio.blocks():
                frames += block.shape[1]
                for _, mono in mixer.feed(sound_only(block)):
                    yield resampler.feed(mono[np.newaxis])[0]
            for _, mono in mixer.finish():
                yield resampler.feed(mono[np.newaxis])[0]
            yield resampler.finish()[0]

        for windows in cutter.cut(heard()):
            is_silent = np.abs(windows).max(axis=1) <= _SILENT
            found = np.zeros((len(windows), model.dimension), np.float16)
            sound = np.flatnonzero(~is_silent)
            if len(sound):
                found[sound], of_classes = _embedded(model, windows[sound], job)
                if of_classes is not None:
                    onsets = [round((number + at) * job.hop, 6) for at in sound.tolist()]
                    scores += kept(of_classes, model.classes(), onsets, model.window)
            vectors.append(found)
            silent += len(windows) - len(sound)
            number += len(windows)
        duration = frames / audio.sr
    held = np.concatenate(vectors) if vectors else np.empty((0, model.dimension), np.float16)
    # The last window is filled up with silence, in which nothing is heard.
    ended = tuple(replace(each, offset=duration) if each.offset > duration else each for each in scores)
    return Embedded(held, silent, duration, ended)


def model_class(name: str) -> type[Embedder]:
    """Find a model's class, without loading its weights: a key, a file, or ``package.module:attribute``."""
    if name not in EMBEDDERS and ":" not in name:
        files = ", ".join(f"{each}:FILE" for each in NETWORKS)
        raise UsageError(f"no model '{name}'", hint=f"{suggestion(name, EMBEDDERS)}, or a file: {files}")
    kind: type[Embedder] = file_model(name) or resolve(name, EMBEDDERS, kind="model")
    return kind


def embedder(name: str) -> Embedder:
    """Make an embedder, once per process: its weights stay loaded."""
    return _made(model_class(name))


@functools.cache
def _made(kind: type[Embedder]) -> Embedder:
    return kind()


def _embedded(
    model: Embedder, windows: NDArray[np.float32], job: EmbedJob
) -> tuple[NDArray[np.float16], NDArray[np.float32] | None]:
    vectors, scores = model.embed(windows)
    if vectors.shape != (len(windows), model.dimension):
        raise UsageError(
            f"the model {job.model} says that its vectors have {model.dimension:,} numbers, and gives an "
            f"array of {' x '.join(map(str, vectors.shape))} for {len(windows)} windows"
        )
    return _finite(vectors, job), scores


def _finite(vectors: NDArray[np.float32], job: EmbedJob) -> NDArray[np.float16]:
    # One row of NaN makes a whole index useless.
    with np.errstate(over="ignore"):
        packed = vectors.astype(np.float16)
    if not np.isfinite(packed).all():
        raise DecodeFailed(f"{job.model} gives vectors that are no numbers")
    return packed


class _Cutter:
    """Cuts a stream into windows, a few at a time.

    Parameters
    ----------
    length, hop : samples
    """

    def __init__(self, length: int, hop: int) -> None:
        self._length, self._hop = length, hop

    def cut(self, blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Yield windows, shape=(n, length), n at most 16."""
        ready: list[NDArray[np.float32]] = []
        held = np.empty(0, np.float32)
        skip = number = 0
        for block in blocks:
            held = np.concatenate([held, block])
            left = min(skip, len(held))  # of a hop that is longer than a window
            held, skip = held[left:], skip - left
            while len(held) >= self._length and not skip:
                ready.append(held[: self._length])
                number += 1
                left = min(self._hop, len(held))
                held, skip = held[left:], self._hop - left
                if len(ready) == _TOGETHER:
                    yield np.stack(ready)
                    ready = []
        # What is left is new only behind the end of the window before.
        new = len(held) - (max(0, self._length - self._hop) if number else 0)
        if held.size and not skip and (not number or new >= _LEAST_SHARE * min(self._hop, self._length)):
            ready.append(np.pad(held, (0, self._length - len(held))))
        if ready:
            yield np.stack(ready)
