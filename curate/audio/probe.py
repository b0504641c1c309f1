"""What a file holds, read in blocks."""

from __future__ import annotations

from pathlib import Path

from curate.audio.read import AudioFile, open_audio
from curate.model import AudioInfo
from curate.recorders.containers import Parts


def probe(path: str | Path, parts: Parts | None = None) -> AudioInfo:
    """Find rate, channels, coding and the true number of frames of a recording.

    The header's number is taken where it cannot lie: where the last frame that it promises
    decodes and nothing follows it, or where an MP3's header accounts for all bytes of the file.
    Otherwise the file is decoded to its end. Checksums of FLAC and Ogg are looked at, and all
    samples of float files; in other codings damage in the middle may show only when the file is read.

    Parameters
    ----------
    parts
        Of its metadata, where they were found already.

    Raises
    ------
    DecodeFailed
        As `curate.audio.read.open_audio`.
    """
    with open_audio(path, parts=parts) as audio:
        return info_of(audio, audio.count())


def info_of(audio: AudioFile, frames: int) -> AudioInfo:
    """Say what a file holds that was read to its end, which came after this many frames.

    A recorder that was switched off at once leaves a header alone: a valid file, of which nothing is kept.
    """
    return AudioInfo(
        frames,
        audio.sr,
        audio.channels,
        audio.format,
        audio.codec,
        audio.problem or (None if frames else "it holds no sound"),
        audio.holes(),
        audio.time_expansion,
    )
