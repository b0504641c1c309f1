"""Files damaged by a seed: which seconds are lost, and which of them without a word.

Recordings of the corpus are cut to ten seconds, written in ten formats, and damaged in six ways, all by
one seed. Each file is decoded by curate, by the system's FFmpeg, by soundfile and by librosa. A second table
compares the lengths of intact odd files with FFmpeg's, to a sample.

What counts is length and place. Bytes that change inside of PCM, or of a coding without checksums, change the
sound and no decoder can know.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import struct
import subprocess
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from shared.common import CORPUS, fresh

from curate.audio.read import open_audio
from curate.audio.resample import resample
from curate.errors import DecodeFailed

SECONDS = 10.0

#: Coders pad; shorter than this is nobody's loss.
TOLERANCE = 0.06

#: Options of FFmpeg by format; None is written by soundfile.
FORMATS: dict[str, list[str] | tuple[str, str]] = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ["-c:a", "libopus"],
    "mp3": ["-c:a", "libmp3lame", "-q:a", "4"],
    "m4a": ["-c:a", "aac", "-movflags", "+faststart"],
    "aiff": ("AIFF", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "webm": ["-c:a", "libopus"],
}

RATES = {"opus": 48000, "webm": 48000}


@dataclass
class Heard:
    """What one reader makes of a file: seconds, of them silence that it filled in, and whether it said so."""

    seconds: float = 0.0
    filled: float = 0.0
    told: bool = False
    y: np.ndarray | None = None
    sr: int = 0


def encode(y: np.ndarray, sr: int, form: str, path: Path) -> None:
    """Write mono sound in one of the formats."""
    how = FORMATS[form]
    if isinstance(how, tuple):
        sf.write(path, y, sr, format=how[0], subtype=how[1])
        return
    wav = io.BytesIO()
    sf.write(wav, y, sr, format="WAV", subtype="PCM_16")
    command = ["ffmpeg", "-v", "error", "-y", "-f", "wav", "-i", "-", *how, str(path)]
    subprocess.run(command, input=wav.getvalue(), check=True)


def flip(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(8):
        data[chance.randrange(len(data) // 10, len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def drop(data: bytearray, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // 5, len(data) * 9 // 10)
    del data[at : at + chance.choice((512, 4096))]
    return bytes(data)


def zero(data: bytearray, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) // 5, len(data) * 9 // 10)
    size = min(chance.choice((512, 4096)), len(data) - at)
    data[at : at + size] = bytes(size)
    return bytes(data)


def truncate(data: bytearray, chance: random.Random) -> bytes:
    return bytes(data[: int(len(data) * chance.uniform(0.2, 0.95))])


def lie(data: bytearray, chance: random.Random, form: str) -> bytes:
    """Let the header count half, or twice, of what is there."""
    factor = chance.choice((0.5, 2.0))

    def scale(code: str, at: int, align: int = 1) -> None:
        value = int(struct.unpack_from(code, data, at)[0] * factor) // align * align
        struct.pack_into(code, data, at, value)

    if form in ("wav", "w64"):
        scale("<I" if form == "wav" else "<q", data.index(b"data") + (4 if form == "wav" else 16), 8)
    elif form in ("aiff", "caf"):
        scale(">I" if form == "aiff" else ">q", data.index(b"SSND" if form == "aiff" else b"data") + 4, 8)
    elif form == "flac":
        packed = int.from_bytes(data[18:26])
        total = int((packed & (1 << 36) - 1) * factor)
        data[18:26] = ((packed >> 36 << 36) | total).to_bytes(8)
    elif form in ("ogg", "opus"):
        _scale_granule(data, factor)
    elif form == "mp3":
        at = max(data.find(b"Xing", 0, 4096), data.find(b"Info", 0, 4096))
        scale(">I", at + 8)
    elif form == "m4a":
        at = data.index(b"mdhd")
        scale(">I", at + 20)
    elif form == "webm":
        at = data.index(b"\x44\x89\x88") + 3
        scale(">d", at)
    return bytes(data)


def _scale_granule(data: bytearray, factor: float) -> None:
    at = data.rindex(b"OggS")
    granule = struct.unpack_from("<q", data, at + 6)[0]
    struct.pack_into("<q", data, at + 6, int(granule * factor))
    data[at + 22 : at + 26] = bytes(4)
    value = 0
    for byte in data[at:]:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7 if value >> 31 else value << 1) & 0xFFFFFFFF
    struct.pack_into("<I", data, at + 22, value)


HARMS: dict[str, Callable[..., bytes]] = {
    "bit flips": flip,
    "dropped block": drop,
    "zeroed block": zero,
    "truncated": truncate,
}


def by_curate(path: Path) -> Heard:
    try:
        with open_audio(path) as audio:
            y = np.concatenate([np.zeros((audio.channels, 0), np.float32), *audio.blocks()], axis=1)[0]
            filled = sum(stop - start for start, stop in audio.damage) / audio.sr
            return Heard(len(y) / audio.sr, filled, audio.problem is not None, y, audio.sr)
    except DecodeFailed:
        return Heard(told=True)


def by_ffmpeg(path: Path, rate: int) -> Heard:
    command = ["ffmpeg", "-v", "quiet", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(rate)]
    raw = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=False).stdout
    y = np.frombuffer(raw[: len(raw) // 4 * 4], np.float32)
    return Heard(len(y) / rate, 0.0, False, y, rate)


def by_soundfile(path: Path) -> Heard:
    try:
        y, sr = sf.read(path, always_2d=True)
    except Exception:  # noqa: BLE001 - whatever it raises, it says so
        return Heard(told=True)
    return Heard(len(y) / sr)


def by_librosa(path: Path) -> Heard:
    import librosa

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y, sr = librosa.load(path, sr=None)
    except Exception:  # noqa: BLE001 - whatever it raises, it says so
        return Heard(told=True)
    return Heard(len(y) / sr)


def moved(found: Heard, truth: np.ndarray, sr: int) -> float:
    """By how much the end of what was found is off its place, in seconds; 0 where it is not recognised."""
    if found.y is None or not len(found.y):
        return 0.0
    y = found.y if found.sr == sr else resample(found.y[np.newaxis], found.sr, sr)[0]
    last = min(len(y), len(truth)) - sr // 4
    piece = truth[last - sr : last].astype(np.float64)
    low = max(0, last - 3 * sr)
    around = y[low : last + 2 * sr].astype(np.float64)
    if len(piece) < sr or len(around) < 2 * sr or not piece.any():
        return 0.0
    n = 1 << (len(around) + len(piece)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(around, n) * np.conj(np.fft.rfft(piece, n)), n)[: len(around) - sr]
    sums = np.concatenate([[0.0], np.cumsum(around**2)])
    energy = (sums[sr:] - sums[:-sr])[: len(cross)]
    likeness = cross / np.sqrt(np.maximum(energy, 1e-12) * np.sum(piece**2))
    best = int(likeness.argmax())
    return abs(low + best - (last - sr)) / sr if likeness[best] > 0.6 else 0.0


def sources(count: int, chance: random.Random) -> list[tuple[np.ndarray, int]]:
    """Take ten seconds of recordings that are long enough."""
    found = []
    paths = sorted(path for part in ("animals", "mixed", "noise") for path in (CORPUS / part).iterdir())
    chance.shuffle(paths)
    for path in paths:
        try:
            with open_audio(path) as audio:
                if audio.sr not in (22050, 24000, 32000, 44100, 48000):
                    continue
                n = round(SECONDS * audio.sr)
                y = next(audio.blocks(n), np.zeros((1, 0), np.float32))[0]
        except DecodeFailed:
            continue
        if len(y) == n and np.abs(y).max() > 0.01:
            found.append((np.clip(y, -1, 1), audio.sr))
        if len(found) == count:
            break
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=10, help="files of each format and damage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", action="store_true", help="list the files in which something is lost")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    folder = fresh("damage")
    pool = sources(24, chance)
    kinds = [*HARMS, "joined", "header lies"]
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for form in FORMATS:
        intact = []
        for number, (y, sr) in enumerate(pool):
            path = folder / f"{number}.{form}"
            rate = RATES.get(form, sr)
            encode(y, sr, form, path)
            intact.append((path, rate, by_curate(path)))
        for kind in kinds:
            for number in range(arguments.each):
                path, rate, whole = chance.choice(intact)
                assert whole.y is not None
                data, truth = bytearray(path.read_bytes()), whole.y
                if kind == "joined":
                    other, other_rate, more = chance.choice(intact)
                    bad, expected = bytes(data) + other.read_bytes(), whole.seconds + more.seconds
                    truth = truth if other_rate != rate else np.concatenate([truth, more.y])
                else:
                    harm = HARMS.get(kind)
                    bad = harm(data, chance) if harm else lie(data, chance, form)
                    expected = whole.seconds
                target = folder / f"{kind.replace(' ', '_')}_{number}.{form}"
                target.write_bytes(bad)
                with _quiet():
                    ours, theirs = by_curate(target), by_ffmpeg(target, rate)
                    others = {"soundfile": by_soundfile(target), "librosa": by_librosa(target)}
                row = sums[kind, form]
                row["files"] += 1
                row["truth"] += expected
                lost = expected - (ours.seconds - ours.filled)
                lost = lost if lost > TOLERANCE else 0.0
                row["told" if ours.told else "silent"] += lost
                row["ffmpeg has"] += (
                    max(0.0, theirs.seconds - ours.seconds)
                    if theirs.seconds > ours.seconds + TOLERANCE
                    else 0.0
                )
                row["longer"] += ours.seconds > theirs.seconds + TOLERANCE
                row["moved"] += moved(ours, truth, rate) > TOLERANCE
                row["ffmpeg moved"] += moved(theirs, truth, rate) > TOLERANCE
                row["ffmpeg lost"] += max(0.0, expected - theirs.seconds - TOLERANCE)
                for name, found in others.items():
                    gone = max(0.0, expected - found.seconds - TOLERANCE)
                    row[f"{name} silent"] += 0.0 if found.told else gone
                    row[f"{name} told"] += gone if found.told else 0.0
                if arguments.worst and (row["silent"] or theirs.seconds > ours.seconds + TOLERANCE):
                    print(
                        f"{target.name}: truth {expected:.2f}, "
                        f"ours {ours.seconds:.2f}, ffmpeg {theirs.seconds:.2f}"
                    )
                target.unlink()
    show(sums, kinds)
    odd()


@contextlib.contextmanager
def _quiet():
    """Keep decoders written in C from writing between the rows."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


COLUMNS = (
    "silent", "told", "ffmpeg has", "longer", "moved", "ffmpeg moved", "ffmpeg lost",
    "soundfile silent", "soundfile told", "librosa silent", "librosa told",
)  # fmt: skip


def show(sums: dict[tuple[str, str], dict[str, float]], kinds: list[str]) -> None:
    """Print seconds by damage, by format, and in all."""
    header = (
        "files", "seconds", "lost silently", "lost, told", "FFmpeg has, not we", "ours longer", "misplaced",
        "misplaced by FFmpeg", "lost by FFmpeg", "soundfile silently", "told", "librosa silently", "told",
    )  # fmt: skip
    for title, keys in (("damage", kinds), ("format", list(FORMATS)), ("all", [""])):
        rows = []
        for key in keys:
            total: dict[str, float] = defaultdict(float)
            for (kind, form), row in sums.items():
                if key in ("", kind, form):
                    for name, value in row.items():
                        total[name] += value
            cells = [f"{total['files']:.0f}", f"{total['truth']:.0f}"]
            cells += [
                f"{total[name]:.0f}" if name in ("longer", "moved", "ffmpeg moved") else f"{total[name]:.1f}"
                for name in COLUMNS
            ]
            rows.append([key or "all", *cells])
        _print((title, *header), rows)
        print()
    everything = sum(row["truth"] for row in sums.values())
    has = sum(row["ffmpeg has"] for row in sums.values())
    print(f"seconds that FFmpeg has and curate does not: {100 * has / everything:.2f} %")


def _print(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of any number of columns."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        first = f"{row[0]:<{widths[0]}}"
        print(first, *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)), sep="  ")


def odd() -> None:
    """Compare the lengths of intact odd files with FFmpeg's, to a sample."""
    rows, same = [], 0
    for path in sorted((CORPUS / "formats").iterdir()):
        with _quiet():
            try:
                with open_audio(path) as audio:
                    ours, sr, problem = audio.count(), audio.sr, audio.problem
                    form = f"{audio.format}/{audio.codec}"
            except DecodeFailed:
                continue
            command = ["ffmpeg", "-v", "quiet", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(sr)]
            raw = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=False).stdout
        theirs = len(raw) // 4
        same += ours == theirs
        if ours != theirs:
            rows.append(
                (path.name[:44], form, f"{ours:,}", f"{theirs:,}", f"{ours - theirs:+,}", problem or "")
            )
    _print(("file", "coding", "ours", "FFmpeg", "difference", "told"), rows)
    print(f"{same} of {same + len(rows)} odd files have FFmpeg's length to the sample")


if __name__ == "__main__":
    main()
