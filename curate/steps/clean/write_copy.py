"""Writing one clean copy: what a worker does, and all that it must load for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from curate.audio.examine import check_unchanged
from curate.audio.read import open_audio
from curate.audio.splice import excise, mute, pieces
from curate.audio.write import write
from curate.errors import AudioError
from curate.model import Piece
from curate.recorders.carry import carry
from curate.recorders.read import read_parts
from curate.storage.copies import local
from curate.storage.files import sha256_of


@dataclass(frozen=True, slots=True)
class CopyJob:
    """A copy to render. Stretches are in frames of the raw recording."""

    recording: int
    raw: str
    size: int
    mtime_ns: int
    sha256: str | None
    frames: int
    channels: int
    duration: float
    excised: list[tuple[int, int]]
    muted: list[tuple[int, int]]
    target: str
    folder: str
    format: str
    subtype: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that was made."""

    frames: int
    bytes: int
    sha256: str
    pieces: list[Piece]
    clipped: int = 0


def make_copy(job: CopyJob) -> Copied:
    """Write one copy.

    Raises
    ------
    AudioError
        If the recording is damaged or cannot be written.
    DecodeFailed
        If it is gone or has changed.
    """
    check_unchanged(job.raw, size=job.size, mtime_ns=job.mtime_ns, sha256=job.sha256)
    target = Path(job.folder, job.target)
    target.parent.mkdir(parents=True, exist_ok=True)
    clipped: list[int] = []
    kept = pieces(job.excised, job.frames)
    metadata = read_parts(str(local(job.raw)))
    with open_audio(job.raw, parts=metadata) as audio:
        sound = itertools.chain(audio.blocks(), audio.filled(job.frames))
        blocks = mute(sound, job.muted, sr=audio.sr, frames=job.frames)
        blocks = excise(blocks, job.excised, sr=audio.sr, frames=job.frames)
        frames = write(
            target,
            blocks,
            sr=audio.sr,
            channels=audio.channels,
            format=job.format,
            subtype=job.subtype,
            protect=[Path(job.raw)],
            carried=carry(
                metadata,
                told=("Curate|Cuts", _in_seconds(job, audio.sr)),
                length=sum(piece.frames for piece in kept) / audio.sr,
                sr=audio.sr,
                time_expansion=audio.time_expansion,
            ),
            frames=sum(piece.frames for piece in kept),
            on_clip=clipped.append,
        )
    if frames != sum(piece.frames for piece in kept):
        # The catalogue's length is wrong: a time map made of it would lead astray.
        target.unlink()
        raise AudioError(
            f"{job.raw} is damaged: its sound ends before {job.duration:.1f} s",
            hint="run 'curate strip-voice --retry-failed'",
        )
    return Copied(frames, target.stat().st_size, sha256_of(target), kept, sum(clipped))


def _in_seconds(job: CopyJob, sr: int) -> str:
    """Say what is done to a recording, in order, in seconds of it."""
    done = [("excise", *stretch) for stretch in job.excised] + [("mute", *stretch) for stretch in job.muted]
    return "; ".join(
        f"{action} {start / sr:.3f}-{stop / sr:.3f}"
        for action, start, stop in sorted(done, key=lambda each: each[1:])
    )
