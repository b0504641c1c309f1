"""Writing audio files that appear atomically.

A file is written next to its target, opened again and counted, flushed to the disk and then
renamed; the same samples give the same bytes. Integer samples are rounded here, so that a FLAC or
WAV of 16 or 24 bits that is read and written again keeps every bit; libsndfile's own conversion to
WAV does not.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from curate.audio._metadata import put_metadata
from curate.audio._ogg import settle_serial
from curate.audio.read import open_audio
from curate.audio.resample import sound_only
from curate.disk_full import disk_full, is_disk_full
from curate.errors import AudioError, RawAudioProtected, UsageError
from curate.lookup import suggestion
from curate.recorders.carry import CarriedMetadata

# libsndfile crashes on one very long write of Ogg, and short ones stay in the cache.
_CHUNK = 1 << 16

# FLAC level 3 of 8. Over 70 recordings of the corpus (641 s, 2026-11): level 5, the default,
# 0.328 s and 17.98 MB; level 3, 0.281 s and 18.39 MB; level 0, 0.290 s and 19.50 MB;
# level 8, 0.567 s and 17.74 MB. So level 3 is as fast as any, for 2.3 % of size.
_FLAC_LEVEL = 3 / 8

#: A WAV counts its bytes in 32 bits. One that would be longer becomes an RF64, which counts in 64 (EBU Tech
#: 3306); four megabytes stay free for metadata.
_LONGEST_WAV = (1 << 32) - (1 << 22)

#: How many frames a lossy codec may add or lose at the ends: two MP3 frames.
PADDING = 2 * 1152


class AudioFormat(NamedTuple):
    """What a format is called, and what it can hold.

    Parameters
    ----------
    suffix
        Of the file name, with its dot.
    container, subtype
        libsndfile's names; the subtype that is written unless another is asked for.
    rates : Hz
        Ranges of rates, None for any.
    channels
        At most.
    """

    suffix: str
    container: str
    subtype: str
    rates: tuple[range, ...] | None
    channels: int


def _exactly(*rates: int) -> tuple[range, ...]:
    return tuple(range(rate, rate + 1) for rate in rates)


# Limits as tried with libsndfile 1.2.2: FLAC above 65,535 Hz takes multiples of 10 only (RFC 9639,
# streamable subset); Vorbis above 200 kHz makes it crash. Beyond two channels Vorbis and Opus code speakers:
# the sixth, or the last of eight, is one for bass, and all that is high in it is lost. FFmpeg also reads
# the others in another order.
AUDIO_FORMATS: dict[str, AudioFormat] = {
    "flac": AudioFormat(".flac", "FLAC", "PCM_16", (range(1, 65536), range(65540, 655351, 10)), 8),
    "mp3": AudioFormat(
        ".mp3",
        "MP3",
        "MPEG_LAYER_III",
        _exactly(8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
        2,
    ),
    "ogg": AudioFormat(".ogg", "OGG", "VORBIS", (range(1000, 200001),), 2),
    "opus": AudioFormat(".opus", "OGG", "OPUS", _exactly(8000, 12000, 16000, 24000, 48000), 2),
    "wav": AudioFormat(".wav", "WAV", "PCM_16", None, 1024),
}

#: About so many bytes has a sample: FLAC packs wildlife to 0.6 of its 16 bits and packs no noise below
#: them, and lossy formats take a tenth.
_BYTES_PER_SAMPLE = {
    ("flac", None): 1.2, ("flac", "PCM_24"): 2.2,
    ("wav", None): 2.0, ("wav", "PCM_24"): 3.0, ("wav", "FLOAT"): 4.0,
}  # fmt: skip
_BYTES_PER_LOSSY_SAMPLE = 0.2

#: Where the peak of what was scaled lies: a step of 16 bits below full scale.
HEADROOM = 1 - 2.0**-15

# Codings that hold what is beyond full scale.
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
#: Bytes that are written to learn whether the disk takes any.
_PROBED = 1 << 16

# Bytes of a sample in a WAV.
_WIDTHS = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8, "PCM_U8": 1, "ULAW": 1, "ALAW": 1}

# Integer subtypes that are rounded here: bits, the type in which they are handed over, and by how many
# bits they are moved up in it.
_BITS = {"PCM_16": (16, "int16", 0), "PCM_24": (24, "int32", 8)}


def _ignore(clipped: int) -> None:
    """Tell nobody."""


def write(
    path: Path,
    blocks: Iterable[NDArray[np.float32]],
    *,
    sr: int,
    channels: int,
    format: str = "flac",
    subtype: str | None = None,
    protect: Sequence[Path] = (),
    comment: str = "",
    carried: CarriedMetadata | None = None,
    frames: int = 0,
    on_clip: Callable[[int], None] = _ignore,
) -> int:
    """Write a stream of blocks to a file, which then replaces what was there.

    Samples beyond full scale are clipped, and told, unless the coding is ``FLOAT`` or ``DOUBLE``. NaN becomes
    silence.

    Parameters
    ----------
    path
        Target, in a folder that exists; its suffix is left to the caller.
    blocks : shape=(channels, n) each, full scale 1.0
    sr : Hz
    format
        A key of `AUDIO_FORMATS`.
    subtype
        libsndfile's name of the coding, such as ``PCM_24``; the format's own where None.
    protect
        Raw recordings and folders of them, in which nothing may be written.
    comment
        Words for the file's own tag of this name.
    carried
        Metadata of the recording that the file is a copy of; None for a file without any.
    frames
        How many there will be, where that is known. A WAV of more than 4 GiB then becomes an RF64.
    on_clip
        Told how many samples were clipped, where any were.

    Returns
    -------
    frames
        Written per channel.

    Raises
    ------
    UsageError
        If there is no such format, or it cannot hold this rate, channels or subtype.
    RawAudioProtected
        If `path` is, or lies in, one of `protect`.
    AudioError
        If there is nothing to write, or too much for a WAV, or what was written does not read back.
    DiskFull
        If there is no room.
    """
    chosen = _checked(format, subtype, sr, channels)
    if chosen.container == "WAV" and frames * channels * _WIDTHS.get(chosen.subtype, 8) > _LONGEST_WAV:
        chosen = chosen._replace(container="RF64")
    _refuse_raw(path, protect)
    part = path.with_name(path.name + ".part")
    if carried is not None and chosen.container not in ("WAV", "RF64", "FLAC"):
        comment = "\n".join(filter(None, (carried.comment, comment)))
    try:
        written = _encode(part, blocks, chosen, sr, channels, comment, on_clip)
        if chosen.container == "WAV" and part.stat().st_size > _LONGEST_WAV:
            raise AudioError(f"{path} is too long for a WAV, which holds 4 GiB", hint="write it as FLAC")
        if carried is not None:
            put_metadata(part, chosen.container, carried)
        _verify_or_tell(part, written, chosen, path)
        part.replace(path)
    except (sf.LibsndfileError, _NothingTakenError) as error:
        refused = _why_refused(part)
        if is_disk_full(refused):
            raise disk_full(path) from error
        raise AudioError(
            f"failed to write {path}: {error if refused is None else refused.strerror}"
        ) from error
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(path) from error
        raise AudioError(f"failed to write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return written


def format_that_holds(name: str, *, sr: int, channels: int, is_float: bool = False) -> str:
    """Choose the format itself if it can hold this rate and channels, else the first lossless one that can.

    Parameters
    ----------
    is_float
        Whether there may be samples beyond full scale, which WAV alone can hold, in the coding ``FLOAT``.

    Examples
    --------
    >>> format_that_holds("opus", sr=48000, channels=1), format_that_holds("opus", sr=44100, channels=1)
    ('opus', 'flac')
    """
    if is_float:
        return "wav"
    return next(each for each in (name, "flac", "wav") if _holds(AUDIO_FORMATS[each], sr, channels))


def bytes_per_sample(name: str, subtype: str | None = None) -> float:
    """Tell about how many bytes a sample takes in a format, where nothing is known of the sound.

    Examples
    --------
    >>> bytes_per_sample("wav"), bytes_per_sample("flac", "PCM_24"), bytes_per_sample("opus")
    (2.0, 2.2, 0.2)
    """
    return _BYTES_PER_SAMPLE.get((name, subtype), _BYTES_PER_LOSSY_SAMPLE)


def _checked(name: str, subtype: str | None, sr: int, channels: int) -> AudioFormat:
    if name not in AUDIO_FORMATS:
        raise UsageError(f"unknown audio format '{name}'", hint=suggestion(name, AUDIO_FORMATS))
    chosen = AUDIO_FORMATS[name]
    if not _holds(chosen, sr, channels):
        able = [other for other in AUDIO_FORMATS if _holds(AUDIO_FORMATS[other], sr, channels)]
        raise UsageError(
            f"{name} is unable to hold {channels} channels at {sr} Hz",
            hint=f"formats that can: {', '.join(able) or 'none'}",
        )
    if subtype is not None and not sf.check_format(chosen.container, subtype):
        valid = ", ".join(sf.available_subtypes(chosen.container))
        raise UsageError(f"{name} lacks the subtype '{subtype}'", hint=f"there are: {valid}")
    return chosen if subtype is None else chosen._replace(subtype=subtype)


def _holds(chosen: AudioFormat, sr: int, channels: int) -> bool:
    fits = chosen.rates is None or any(sr in rates for rates in chosen.rates)
    return fits and sr > 0 and 1 <= channels <= chosen.channels


def _refuse_raw(path: Path, protect: Sequence[Path]) -> None:
    # Both where the name stands and where a link leads.
    places = (path.resolve(), path.parent.resolve() / path.name)
    for raw in protect:
        if any(place.is_relative_to(raw.resolve()) for place in places):
            raise RawAudioProtected(
                f"{path} is raw audio, which curate only reads", hint="choose another place for the copy"
            )


def _encode(  # noqa: PLR0917 - all of what `write` was told
    part: Path,
    blocks: Iterable[NDArray[np.float32]],
    chosen: AudioFormat,
    sr: int,
    channels: int,
    comment: str,
    on_clip: Callable[[int], None],
) -> int:
    level = _FLAC_LEVEL if chosen.container == "FLAC" else None
    frames = clipped = 0
    with part.open("w+b") as handle:
        with sf.SoundFile(
            handle.fileno(),
            "w",
            sr,
            channels,
            subtype=chosen.subtype,
            format=chosen.container,
            closefd=False,
            compression_level=level,
        ) as sound:
            if comment:
                sound.comment = comment
            for block in blocks:
                if chosen.subtype not in _FLOATS:
                    clipped += beyond_full_scale(block)
                for start in range(0, block.shape[1], _CHUNK):
                    _put(sound, _interleaved(block[:, start : start + _CHUNK], chosen.subtype))
                frames += block.shape[1]
        if chosen.container == "OGG":
            settle_serial(handle)
            handle.flush()
        os.fsync(handle.fileno())
    if clipped:
        on_clip(clipped)
    return frames


def to_full_scale(
    blocks: Sequence[NDArray[np.float32]],
) -> tuple[Iterator[NDArray[np.float32]], str]:
    """Scale sound that goes beyond full scale to fit, and give words for the comment, too."""
    peak = max((float(np.abs(sound_only(block)).max()) for block in blocks if block.size), default=0.0)
    if peak <= 1:
        return iter(blocks), ""
    gain = np.float32(HEADROOM / peak)
    return (block * gain for block in blocks), scaled_words(float(gain))


def scaled_words(gain: float) -> str:
    """Say by how much sound was scaled, for a file's comment.

    Examples
    --------
    >>> scaled_words(0.5)
    'curate: scaled by -6.02 dB to full scale'
    """
    return f"curate: scaled by {20 * math.log10(gain):.2f} dB to full scale"


def beyond_full_scale(block: NDArray[np.float32]) -> int:
    """Count the samples beyond full scale, shape=(channels, n). Invalid samples are left out."""
    if not block.size or (block.max() <= 1.0 and block.min() >= -1.0):
        return 0
    return int(np.count_nonzero(np.abs(sound_only(block)) > 1.0))


class _NothingTakenError(Exception):
    """The encoder took no more frames."""


def _why_refused(part: Path) -> OSError | None:
    """Ask the system why it took no more: libsndfile does not tell a full disk from any other failure."""
    try:
        with part.open("ab") as handle:
            handle.write(bytes(_PROBED))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        return error
    return None


def _put(sound: sf.SoundFile, y: NDArray[np.generic]) -> None:
    try:
        sound.write(y)
    except AssertionError as error:  # soundfile's answer where fewer frames went out than it gave
        raise _NothingTakenError("the encoder took no more frames") from error


def _interleaved(block: NDArray[np.float32], subtype: str) -> NDArray[np.generic]:
    """Put a block into the numbers and the order that the encoder takes, shape=(n, channels)."""
    if subtype in _FLOATS:
        return np.ascontiguousarray(sound_only(block).T)
    y: NDArray[np.float32] = np.clip(block, -1.0, 1.0)
    if np.isnan(y.sum()):
        y[np.isnan(y)] = 0.0
    if subtype not in _BITS:
        return np.ascontiguousarray(y.T)
    bits, dtype, room = _BITS[subtype]
    full = 1 << (bits - 1)
    y *= full
    np.rint(y, out=y)
    np.minimum(y, full - 1, out=y)
    numbers = y.astype(dtype)
    if room:
        numbers <<= room
    return np.ascontiguousarray(numbers.T)


def _verify_or_tell(part: Path, frames: int, chosen: AudioFormat, path: Path) -> None:
    """Verify a file; where the disk is full, say so: an encoder tells nothing of its last bytes."""
    try:
        _verify(part, frames, chosen)
    except AudioError as error:
        if is_disk_full(_why_refused(part)):
            raise disk_full(path) from error
        raise


def _verify(part: Path, frames: int, chosen: AudioFormat) -> None:
    if frames == 0:
        raise AudioError(f"the sound is empty: failed to write {part.with_suffix('')}")
    with open_audio(part) as audio:
        found = audio.count(checked=False)
    tolerance = 0 if chosen.subtype in _BITS else PADDING
    if abs(found - frames) > tolerance:
        raise AudioError(f"wrote {frames} frames to {part.with_suffix('')}, but {found} read back")
