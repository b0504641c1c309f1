"""Duplicates by sound: what is found, what is wrongly found, and how time grows.

1. Every recording of the corpus of 3 s or more is re-encoded, made quieter, resampled and trimmed; all of
   them are matched with all. A pair made of one recording must be found, with the right shift; a pair of two
   different ones must not, unless the corpus itself holds the sound twice (it lists such pairs).
2. Fingerprints of 10,000 to 40,000 made-up recordings of 20 s, each put together of stretches of real ones,
   moved in frequency, stretched in time and shaken so that they are no copies, and 1 % worn copies of others,
   are matched with each other.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import time
from collections import Counter
from pathlib import Path

import av
import numpy as np
from shared.common import PARTS, need_corpus, table

from curate.audio.read import read
from curate.audio.resample import resample, to_mono
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.fingerprint import HOP, SR, Fingerprint, FingerprintDetector
from curate.errors import DecodeFailed
from curate.matching.index import matches

LONGEST = 60.0  # s of a corpus recording that take part


def mp3(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
    """Through MP3 at 64 kbit/s and back."""
    if sr not in {16000, 22050, 24000, 32000, 44100, 48000}:
        y, sr = resample(y, sr, 44100), 44100
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=sr)
        stream.bit_rate, stream.layout, stream.format = 64000, "mono", "s16p"
        frame = av.AudioFrame.from_ndarray((np.clip(y, -1, 1) * 32767).astype(np.int16), "s16p", "mono")
        frame.sample_rate = sr
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as container:
        return np.concatenate([part.to_ndarray() for part in container.decode(audio=0)], axis=1)[:1], sr


def quieter(y: np.ndarray) -> np.ndarray:
    """20 dB down, in 16 bits."""
    return (np.round(np.clip(y * 0.1, -1, 1) * 32767) / 32768).astype(np.float32)


def copies_of(y: np.ndarray, sr: int, rng: np.random.Generator) -> list[tuple[str, float, np.ndarray, int]]:
    """Make copies: what was done, seconds trimmed at the beginning, samples and rate."""
    other = 22050 if sr != 22050 else 32000
    made = [
        ("MP3", 0.0, *mp3(y, sr)),
        ("-20 dB", 0.0, quieter(y), sr),
        ("resampled", 0.0, resample(y, sr, other), other),
    ]
    for seconds in (5, 3):
        room = y.shape[1] - seconds * sr
        if room > 0:
            start = int(rng.integers(0, room))
            piece = y[:, start : start + seconds * sr]
            at = start / sr
            made += [
                (f"{seconds} s of it", at, piece, sr),
                (f"{seconds} s of it, MP3", at, *mp3(piece, sr)),
                (f"{seconds} s of it, resampled, -20 dB", at, quieter(resample(piece, sr, other)), other),
            ]
    return made


def fingerprint(y: np.ndarray, sr: int) -> Fingerprint:
    audience = DetectorGroup({"fingerprint": FingerprintDetector()}, sr)
    audience.feed(y.astype(np.float32))
    return Fingerprint.unpack(audience.finish()["fingerprint"])


def sounding(y: np.ndarray, sr: int) -> float:
    """Seconds in which there is any sound above -80 dBFS: files are padded with zeros."""
    step = sr // 10
    blocks = np.abs(y[0, : y.shape[1] // step * step]).reshape(-1, step)
    return float((blocks.max(axis=1) > 1e-4).sum()) / 10


def peaks_of(found: Fingerprint) -> tuple[np.ndarray, np.ndarray]:
    return found.frames, found.bins


def accuracy(corpus: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Part 1; gives the fingerprints of the originals."""
    rng = np.random.default_rng(0)
    names: list[str] = []
    originals: list[tuple[np.ndarray, np.ndarray]] = []
    lengths: list[int] = []
    made: list[tuple[int, str, float, float]] = []
    copies: list[tuple[np.ndarray, np.ndarray]] = []
    copy_lengths: list[int] = []
    for part in PARTS:
        for path in sorted((corpus / part).iterdir()):
            try:
                y, sr = read(path, duration=LONGEST)
            except DecodeFailed:
                continue
            y = to_mono(y)[np.newaxis].copy()
            if y.shape[1] < 3 * sr:
                continue
            originals.append(peaks_of(fingerprint(y, sr)))
            lengths.append(int(y.shape[1] / sr * SR) // HOP)
            for kind, at, z, rate in copies_of(y, sr, rng):
                made.append((len(names), kind, at, sounding(z, rate)))
                copies.append(peaks_of(fingerprint(z, rate)))
                copy_lengths.append(int(z.shape[1] / rate * SR) // HOP)
            names.append(f"{part}/{path.name}")
    sources = [*range(len(names)), *(source for source, *_ in made)]
    started = time.perf_counter()
    found = matches(originals + copies, lengths + copy_lengths)
    seconds = time.perf_counter() - started
    shifts: dict[tuple[int, int], list[float]] = {}
    twice: Counter[tuple[str, str]] = Counter()
    for match in found:
        shifts.setdefault((match.one, match.other), []).append(match.alignment.shift * HOP / SR)
        if sources[match.one] != sources[match.other]:
            twice[names[sources[match.one]], names[sources[match.other]]] += 1
    hits: dict[str, list[bool]] = {}
    for place, (source, kind, at, sound) in enumerate(made, start=len(names)):
        # Where less than what is promised is left beside digital silence, nothing is promised.
        if sound >= (2.8 if kind.startswith("3") else 4.8):
            hits.setdefault(kind, []).append(
                any(abs(shift - at) < 0.1 for shift in shifts.get((source, place), []))
            )
    rows = [(kind, f"{100 * np.mean(good):.2f} % of {len(good)}") for kind, good in hits.items()]
    five = [good for kind, found_ in hits.items() if not kind.startswith("3") for good in found_]
    three = [good for kind, found_ in hits.items() if kind.startswith("3") for good in found_]
    negatives = len(sources) * (len(sources) - 1) // 2 - sum(
        n * (n - 1) // 2 for n in Counter(sources).values()
    )
    rows += [
        ("5 s and more, all", f"{100 * np.mean(five):.2f} % of {len(five):,}"),
        ("3 s, all", f"{100 * np.mean(three):.2f} % of {len(three):,}"),
        ("pairs of different recordings", f"{negatives:,}, but {twice.total():,} matched, listed below"),
        ("matching", f"{len(sources):,} fingerprints in {seconds:.1f} s"),
    ]
    table("copies of the corpus's recordings that are found", rows)
    table(
        "recordings that the corpus holds twice",
        [(f"{a} = {b}", str(n)) for (a, b), n in sorted(twice.items())],
    )
    return originals


def made_up(
    parts: list[tuple[np.ndarray, np.ndarray]], count: int, seconds: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Fingerprints of recordings that do not exist; the last hundredth are worn copies of the first."""
    rng = np.random.default_rng(0)
    parts = [part for part in parts if len(part[0]) > 100]
    length = int(seconds * SR / HOP)
    made: list[tuple[np.ndarray, np.ndarray]] = []
    for number in range(count):
        original = number - (count - count // 100)
        if original >= 0:
            frames, bins = made[original]
            keep = rng.random(len(frames)) < 0.6
            made.append((frames[keep] + np.uint32(100), bins[keep]))
            continue
        at, frames, bins = 0, [], []
        while at < length:
            source_frames, source_bins = parts[rng.integers(len(parts))]
            start = rng.integers(0, max(int(source_frames[-1]) - 60, 1))
            inside = slice(*np.searchsorted(source_frames, (start, start + 125)))
            many = len(source_frames[inside])
            stretched = ((source_frames[inside].astype(int) - start) * rng.uniform(0.7, 1.4)).astype(
                np.int64
            ) + at
            stretched = np.maximum(stretched + rng.integers(-4, 5, many), at)
            moved = source_bins[inside].astype(int) + rng.integers(-40, 41) + rng.integers(-3, 4, many)
            fits = (moved >= 10) & (moved < 480) & (stretched < length)
            frames.append(stretched[fits])
            bins.append(moved[fits])
            at += int(rng.integers(60, 170))
        one, other = np.concatenate(frames), np.concatenate(bins)
        order = np.argsort(one, kind="stable")
        made.append((one[order].astype(np.uint32), other[order].astype(np.uint16)))
    return made


def one_size(
    parts: list[tuple[np.ndarray, np.ndarray]], count: int
) -> tuple[float, float, int, int, float, float]:
    prints = made_up(parts, count, 20.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started, used = time.perf_counter(), time.process_time()
    found = matches(prints, [1250 + 100] * count)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    copies = {(place, place + count - count // 100) for place in range(count // 100)}
    pairs = {(match.one, match.other) for match in found}
    return seconds, used, len(pairs & copies), len(pairs - copies), peak, before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 20_000, 40_000])
    options = parser.parse_args()
    parts = accuracy(need_corpus())
    rows = []
    for size in options.sizes:
        # A process of its own, so that its peak of memory is its own.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, used, copies, others, peak, before = pool.apply(one_size, (parts, size))
        told = f"{seconds:.1f} s ({used:.1f} s of a core), {peak:,.0f} MB ({before:,.0f} MB are fingerprints)"
        rows.append(
            (f"{size:,} recordings of 20 s", f"{told}; {copies} of {size // 100} copies, {others} others")
        )
    table("matching stored fingerprints, all with all", rows)


if __name__ == "__main__":
    main()
