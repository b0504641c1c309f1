"""Opening and reading any sound file, to its last byte: libsndfile first, FFmpeg where it cannot.

The one place where decoding starts, and the border at which the decoders' errors become
`DecodeFailed`. A file that gives at least one frame never raises afterwards; its
`AudioFile.problem` tells of damage.
"""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.audio._decoder import AudioFile
from curate.audio._expanded import ExpandedFile
from curate.audio._sequels import open_parts
from curate.audio.mix import mix_down
from curate.audio.resample import resample, sound_only
from curate.errors import DecodeFailed, StorageError, UsageError
from curate.recorders.containers import Parts
from curate.recorders.read import expansion_of, read_parts
from curate.storage.copies import local

__all__ = ["AudioFile", "open_audio", "read"]

#: What recorders leave whose power or card ended between reserving a file and writing it.
_BLANK = "it holds only zeros: the recorder reserved the file, and wrote nothing into it"

#: Bytes that are read at once.
_PIECE = 1 << 16

#: So much shorter than asked for (seconds) and a stretch was perhaps not found by a seek.
_SHORT = 0.01


def open_audio(path: str | Path, *, exact: bool = True, parts: Parts | None = None) -> AudioFile:
    """Open a recording for reading forwards, and use it in a ``with``.

    A header without sound (a WAV of 0 frames, which recorders leave when they are switched
    off at once) is a valid recording of no frames; a file of no bytes is not.

    A file that says of itself that it plays slower than the sound was (GUANO's TE, ``wamd``) has the rate of
    the sound: times and frequencies are the animal's.

    Parameters
    ----------
    path
        Any name that the system allows, also one that is not valid UTF-8; or the address of an object.
    exact
        Whether an MP3 without a header goes to the decoder that surely reads to its end.
    parts
        Of its metadata, where they were found already.

    Raises
    ------
    DecodeFailed
        If it is no file, cannot be read, or neither decoder gets a frame out of it.
    """
    try:
        there = Path(local(path))
        _check_file(there)
        audio = _opened(there, exact=exact)
        metadata = read_parts(str(there)) if parts is None else parts
        factor = expansion_of(metadata, sr=audio.sr, frames=audio.declared_frames)
        return audio if factor == 1 else ExpandedFile(audio, factor)
    except DecodeFailed as error:
        raise DecodeFailed(f"cannot decode {_shown(path)}: {error.message}") from error
    except OSError as error:
        raise DecodeFailed(f"failed to read {_shown(path)}: {error.strerror or error}") from error
    except StorageError as error:
        if not error.is_gone:
            raise
        raise DecodeFailed(f"failed to read {_shown(path)}: the file is missing") from None


def read(
    path: str | Path,
    *,
    start: float = 0.0,
    duration: float | None = None,
    sr: int | None = None,
    mono: bool = False,
    exact: bool = True,
) -> tuple[NDArray[np.float32], int]:
    """Read a stretch of a recording into memory.

    Lossy files are decoded from their beginning whatever `start` is, because only that
    gives the same samples as reading the whole (see `_sndfile`).

    Parameters
    ----------
    start, duration : seconds, 0 or more
        Rounded to frames of the file; without `duration` up to the end.
    sr : Hz
        Rate to convert to; the file's own where None.
    mono
        Mix the channels to one, by `mix_down`; what is no sound becomes silence.
    exact
        False seeks in MP3: a stretch late in a long file comes five times as fast, and is the same as
        far as is known (see `_sndfile`). For ears and pictures. A stretch that comes out too short is
        read again exactly.

    Returns
    -------
    y : shape=(channels, n), full scale 1.0
        With `mono` (1, n); n is 0 where `start` lies behind the end.
    sr : Hz

    Raises
    ------
    UsageError
        If `start` or `duration` is negative.
    DecodeFailed
        As `open_audio`.
    """
    if start < 0 or (duration is not None and duration < 0):
        raise UsageError(f"start and duration must be 0 or more: {start}, {duration}")
    with open_audio(path, exact=exact) as audio:
        (audio.skip if exact else audio.leap)(round(start * audio.sr))
        wanted = None if duration is None else round(duration * audio.sr)
        parts: list[NDArray[np.float32]] = []
        held = 0
        for block in audio.blocks() if wanted != 0 else ():
            part = block if wanted is None else block[:, : wanted - held]
            parts.append(part)
            held += part.shape[1]
            if held == wanted:
                break
        if not exact and wanted is not None and held < wanted - audio.sr * _SHORT:
            return read(path, start=start, duration=duration, sr=sr, mono=mono)
        y = np.concatenate(parts, axis=1) if parts else np.empty((audio.channels, 0), np.float32)
        if mono:
            y = mix_down(sound_only(y), audio.sr)[np.newaxis]
        if sr is not None:
            y = resample(y, audio.sr, sr)
        return y, audio.sr if sr is None else sr


def _opened(path: Path, *, exact: bool) -> AudioFile:
    try:
        return open_parts(path, exact=exact)
    except DecodeFailed as error:
        if _is_blank(path):
            raise DecodeFailed(_BLANK) from error
        raise


def _is_blank(path: Path) -> bool:
    """Whether all bytes of a file are zero."""
    with path.open("rb") as file:
        while data := file.read(_PIECE):
            if data.count(0) != len(data):
                return False
    return True


def _check_file(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise DecodeFailed("expected a file")
    if status.st_size == 0:
        raise DecodeFailed("it is empty (0 bytes)")


def _shown(path: str | Path) -> str:
    """Give the name as text that can be printed and stored, whatever its bytes are."""
    return str(path).encode(errors="backslashreplace").decode()
