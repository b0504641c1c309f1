"""Opening a file to read what its recorder wrote: the one place here that touches the disk."""

from __future__ import annotations

import os
from collections.abc import Callable

from curate.model import RecorderClaim
from curate.recorders import bext, comments, guano, info, left_out, marks, names, tags, wamd
from curate.recorders.combine import time_expansion
from curate.recorders.containers import Parts, parts_of

#: Who reads which chunk of a WAV.
_CHUNKS: dict[bytes, Callable[[bytes], RecorderClaim | None]] = {
    b"LIST": info.claim,
    b"bext": bext.claim,
    b"guan": guano.claim,
    b"wamd": wamd.claim,
}


#: Coding and channels of AudioMoth's files: PCM, one.
_MONO = b"\x01\x00\x01\x00"

#: Chunks that may say that a file plays slower than the sound was.
_TELLS_EXPANSION = frozenset({b"guan", b"wamd"})


def read_parts(path: str) -> Parts:
    """Find the metadata of a file, or none for an unreadable file."""
    try:
        with open(path, "rb") as file:
            return parts_of(file)
    except OSError:
        return Parts()


def claims_of(parts: Parts) -> list[RecorderClaim]:
    """Read the parts of a file."""
    found: list[RecorderClaim] = []
    for name, data in parts.chunks:
        reader = _CHUNKS.get(name)
        claim = reader(data) if reader else None
        # A second chunk of a kind adds what the first did not say: lists of INFO may be several.
        if claim is not None and (name == b"LIST" or all(each.source != claim.source for each in found)):
            found.append(claim)
    for block in parts.comments:
        found += [
            claim for claim in comments.claims(block) if all(each.source != claim.source for each in found)
        ]
    texts = info.claim_of_aiff(parts.chunks) if parts.container == "aiff" else None
    return [*found, *(each for each in (texts, marks.claim(parts)) if each is not None)]


def read_claims(
    path: str, parts: Parts | None = None, *, held: str | None = None
) -> tuple[RecorderClaim, ...]:
    """Read what a file says of itself, by its metadata and by its name.

    Parameters
    ----------
    parts
        Of its metadata, where they were found already.
    held
        Where its bytes are, if `path` is the address of an object.
    """
    there = path if held is None else held
    parts = read_parts(there) if parts is None else parts
    name = names.claim(os.path.splitext(os.path.basename(path))[0])
    tagged = tags.claim(parts.tags, named=name is not None and bool(name.start))
    claims = (*claims_of(parts), *(each for each in (tagged, name) if each is not None))
    is_named = name is not None and _has_trigger(name)
    return tuple(
        _with_silences(there, parts, claim, is_named=is_named)
        if claim.source == "audiomoth" and _has_trigger(claim)
        else claim
        for claim in claims
    )


def _has_trigger(claim: RecorderClaim) -> bool:
    return any(name == "trigger" for name, _ in claim.fields)


def _with_silences(path: str, parts: Parts, claim: RecorderClaim, *, is_named: bool) -> RecorderClaim:
    """Add what a trigger left out, or that it cannot be seen in a file that is named so and was packed."""
    form = parts.chunk(b"fmt ")
    said = ""
    silences: tuple[tuple[float, float], ...] = ()
    if parts.container == "wav" and form[:4] == _MONO:
        try:
            with open(path, "rb") as file:
                silences = left_out.left_out(file, int.from_bytes(form[4:8], "little"))
        except OSError:
            return claim
        said = left_out.words(silences)
    elif is_named:
        said = left_out.UNSEEN
    fields = tuple(("left out", f"{length:.3f} s at {at:.3f} s") for at, length in silences)
    return claim._replace(
        fields=claim.fields + fields, problems=(*claim.problems, *((said,) if said else ()))
    )


def expansion_of(parts: Parts, *, sr: int, frames: int | None) -> float:
    """How much slower a file plays than the sound was: 1 for almost all.

    Parameters
    ----------
    sr : Hz
        As its header has it.
    frames
        That the header promises; None where it promises none.
    """
    if not sr or not (parts.comments or any(name in _TELLS_EXPANSION for name, _ in parts.chunks)):
        return 1.0
    return time_expansion(claims_of(parts), sr=sr, seconds=(frames or 0) / sr)


def read_file(path: str, most: int) -> bytes:
    """Read a small file next to recordings, up to this many bytes, or empty if it is unreadable."""
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError:
        return b""
