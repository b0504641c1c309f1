"""Which decoder reads which bytes, and which one continues where another gave up.

A file is read part by part (see `_parts`). Of each part libsndfile is asked first, FFmpeg where it cannot;
what the first one leaves is tried with the other, from the place that was reached. At the end `problem`
tells the whole story.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curate.audio._av import AvFile
from curate.audio._bytes import ByteSpan
from curate.audio._decoder import AudioFile, Sequel
from curate.audio._flac import FlacFile
from curate.audio._flac_frames import end_of_flac
from curate.audio._mp3 import is_whole, mp3_header
from curate.audio._parts import further_flac, parts
from curate.audio._shape import changed
from curate.audio._sndfile import READ_AHEAD, SndFile
from curate.errors import DecodeFailed

#: Marker at the start of a FLAC stream.
_FLAC = b"fLaC"

#: Things that are told of one file.
_MOST_TOLD = 4


def open_parts(path: Path, *, exact: bool) -> AudioFile:
    """Open the first part of a file, with sequels for all that follows.

    Parameters
    ----------
    exact
        Whether an MP3 without a header goes to the decoder that surely reads to its end.

    Raises
    ------
    DecodeFailed
        With the decoders' words, if none gets a frame out of it.
    OSError
        If it cannot be read.
    """
    found = parts(path)
    size = path.stat().st_size
    whole = len(found) == 1 and not (found[0].patches or found[0].head) and found[0].stop == size
    first = _opened(path, found[0], whole=whole, exact=exact)
    first.sequels = _sequels(path, first, found, size, exact=exact)
    return first


def _opened(path: Path, part: ByteSpan, *, whole: bool, exact: bool) -> AudioFile:
    """Open a part with the first decoder that gets a frame out of it."""
    place = None if whole and not part.careful else part
    empty: SndFile | None = None
    said = ""
    try:
        sound = SndFile(path, place)
    except DecodeFailed as error:
        said = f"libsndfile: {error.message}; "
    else:
        if sound.is_empty:
            # It may also be a WAV whose size was never filled in: FFmpeg reads on to its end.
            empty = sound
        elif _is_for_libsndfile(path, part, sound, exact=exact):
            return sound
        else:
            sound.close()
    try:
        audio = _by_ffmpeg(path, part, place)
    except DecodeFailed as error:
        if empty is not None:
            return empty
        if part.careful and not said:
            return SndFile(path, place)
        raise DecodeFailed(f"{said}FFmpeg: {error.message}") from error
    if empty is not None:
        empty.close()
    return audio


def _by_ffmpeg(path: Path, part: ByteSpan, place: ByteSpan | None) -> AudioFile:
    try:
        # A FLAC whose first frame is damaged: FFmpeg's own reader would take that for sound.
        return FlacFile(path, part)
    except DecodeFailed:
        audio = AvFile(path, place)
    if audio.format == "mp3" and (header := mp3_header(path)) is not None:
        audio.declared_frames = header.frames
    return audio


def _is_for_libsndfile(path: Path, part: ByteSpan, sound: SndFile, *, exact: bool) -> bool:
    """Whether libsndfile surely reads a part to its end, and says so where it does not."""
    if sound.format == "voc":  # libsndfile takes the headers of further blocks for sound
        return False
    if sound.format != "mp3":
        # Inside of a WAV an MP3 has mostly no header, and libsndfile stops at a length that it estimates.
        return not part.careful and not sound.codec.startswith("mpeg_layer")
    if not exact:
        return is_whole(path, None)
    header = mp3_header(path)
    return header is not None and header.complete and is_whole(path, header.frames)


def _sequels(
    path: Path, first: AudioFile, found: list[ByteSpan], size: int, *, exact: bool
) -> Iterator[Sequel]:
    """Give decoder after decoder, until the bytes of the file are used up; then tell what was wrong."""
    story: list[str] = []
    damage: list[tuple[int, int]] = []
    counts_less = False
    if first.format == "flac" and len(found) == 1:
        # A FLAC decoder stops where the header's count is reached: another stream may follow.
        more = further_flac(path, max(len(_FLAC), first.consumed - READ_AHEAD), size)
        found = [found[0]._replace(stop=more[0].start), *more] if more else found
        counts_less = _counts_less(path, first, found[0])
        if counts_less:
            story.append("its header counts less than there is")
    for number, part in enumerate(found):
        now, start = first, 0
        if number:
            start = first.position
            try:
                now = _opened(path, part, whole=False, exact=exact)
            except DecodeFailed as error:
                held = part.stop - part.start
                at = start / first.sr
                story.append(f"{held:,} bytes from {at:.2f} s on cannot be decoded: {error.message}")
                continue
            if (now.sr, now.channels) != (first.sr, first.channels):
                story.append(changed((now.sr, now.channels), start / first.sr))
            yield Sequel(now, sr=first.sr, channels=first.channels)
        reached = now.position
        rescue = _rescue(path, part, now, counts_less=counts_less and not number)
        if rescue is not None:
            rescue.skip(round(reached * rescue.sr / now.sr))
            yield Sequel(rescue, sr=first.sr, channels=first.channels)
            # Where a stream ends and another begins, a decoder may complain of what is none of its own.
            gained = rescue.position * now.sr - reached * rescue.sr
            if gained > 0 or (gained == 0 and len(found) > 1):
                now = rescue
        story += [part.note] if part.note else []
        story += [now.problem] if now.problem else []
        damage += [_moved(hole, now.sr, first.sr, start) for hole in now.damage]
    first.problem, first.damage = _told(story, damage, first.sr), damage


def _counts_less(path: Path, first: AudioFile, part: ByteSpan) -> bool:
    """Whether frames of a FLAC follow behind those that its header counts."""
    if first.is_short or first.declared_frames is None or not isinstance(first, SndFile):
        return False
    return end_of_flac(path, part.stop) > first.declared_frames


def _rescue(path: Path, part: ByteSpan, ended: AudioFile, *, counts_less: bool) -> AudioFile | None:
    """Open another decoder for a part in which one gave up, if there is one."""
    if not (ended.is_short or counts_less) or not isinstance(ended, SndFile):
        return None
    try:
        if counts_less:
            return FlacFile(path, part, counts_less=True)
        return FlacFile(path, part) if ended.format == "flac" else AvFile(path, part)
    except DecodeFailed:
        return None


def _moved(hole: tuple[int, int], sr_in: int, sr: int, start: int) -> tuple[int, int]:
    """Give a hole of one part in frames of the whole file."""
    return start + round(hole[0] * sr / sr_in), start + round(hole[1] * sr / sr_in)


def _told(story: list[str], damage: list[tuple[int, int]], sr: int) -> str | None:
    """Put what went wrong into words, a missing end first; what repeats is counted."""
    words = sorted(dict.fromkeys(story), key=lambda each: not each.startswith("truncated"))
    more = len(words) - _MOST_TOLD
    words = [*words[:_MOST_TOLD], f"and {more} more"] if more > 1 else words
    if damage:
        lost = sum(stop - start for start, stop in damage) / sr
        holes = "a hole" if len(damage) == 1 else f"{len(damage)} holes, the first"
        words.append(f"{lost:.2f} s lost: {holes} at {damage[0][0] / sr:.2f} s")
    return "; ".join(words) or None
