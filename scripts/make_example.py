"""Make the example data set that ships with the package (`curate example`).

Run it from the root of the repository, in the development environment::

    python scripts/make_example.py [FOLDER]        # default: curate/example_data

It needs the program ``espeak-ng`` on the PATH, for the voices; all else is numpy and scipy.
Every random number comes from a seed, sound is rounded to 16 bits before it is coded and the
coders are asked to leave out dates and random serial numbers, so the same versions of
espeak-ng, libsndfile and PyAV give the same bytes. What each file holds is known, because it
was put there: truth.csv says it. The tests check that a voice detector agrees.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr
from example_recordings import RECORDINGS, SITES, TAXA, Recording, Voice
from example_sounds import FRAME, SONGS, Sound, at_level, audible, bed, far, lay, splash
from numpy.typing import NDArray

SEED = 2025
LONGEST_PAUSE = 0.6  # seconds; a longer pause in a text makes two voice intervals
STEREO_GAINS = (1.0, 0.7)  # of calls and voices in the left and right channel
SPLASH = 0.5  # seconds
DEAD_FROM = 4.0  # seconds: where the splash of the dead microphone turns to zeros
TRUNCATED_AT = 0.6  # share of the bytes that the truncated file keeps
VORBIS_COMPRESSION = 0.95  # of libsndfile, 0 to 1
MP3_COMPRESSION = 0.6  # of libsndfile, 0 to 1
AAC_BITS = "56000"  # per second
OGG_POLYNOMIAL = 0x104C11DB7  # of the checksum of an Ogg page, high bit first

TRAIN_COLUMNS = (
    *("primary_label", "secondary_labels", "type", "filename", "collection", "rating", "url"),
    *("latitude", "longitude", "scientific_name", "common_name", "author", "license"),
)
TAXONOMY_COLUMNS = ("primary_label", "inat_taxon_id", "scientific_name", "common_name", "class_name")
TRUTH_COLUMNS = ("file", "what", "onset", "offset", "language", "text", "note")

README = """\
A small example data set of curate, laid out like a BirdCLEF data set
======================================================================

Nothing in it is real. The animals are synthetic sounds over synthetic wind and water, the voices
are spoken by a program (espeak-ng). The species do not exist (their genera end in -fictus), nor do
the recordists, places, numbers (XC9000..., iNat9000..., CSA9000...) and addresses (example.org).
They must not be cited, or mixed into a collection of real recordings.

  train.csv            one row per recording, columns as in BirdCLEF 2025
  taxonomy.csv         the classes
  train_audio/         the recordings, in one folder per label
  train_soundscapes/   two recordings without labels
  truth.csv            what is in them: where somebody speaks, in which language, what is said; which
                       files hold no voice, are copies, or are broken (on purpose)

The licences in train.csv belong to the story as well. The data set itself is in the public domain:
CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/
"""


# Voices.


def speak(voice: Voice, sr: int, rng: np.random.Generator) -> Sound:
    """Say a text, without the silence that espeak-ng puts before and after it."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "voice.wav"
        options = ("-v", f"{voice.language}+{voice.variant}", "-s", str(voice.speed), "-p", str(voice.pitch))
        subprocess.run(("espeak-ng", *options, "-w", wav, voice.text), check=True)
        y, rate = soundfile.read(wav)
    y = at_level(far(soxr.resample(y, rate, sr), sr, voice.distance, rng), sr, voice.db)
    heard, size = audible(y, sr), round(sr * FRAME)
    return y[heard[0] * size : (heard[-1] + 1) * size]


def intervals(y: Sound, sr: int, at: float) -> list[tuple[float, float]]:
    """Where a voice that begins at `at` is heard, in seconds; long pauses divide it."""
    heard = audible(y, sr)
    breaks = np.flatnonzero(np.diff(heard) * FRAME > LONGEST_PAUSE)
    return [(at + part[0] * FRAME, at + (part[-1] + 1) * FRAME) for part in np.split(heard, breaks + 1)]


# Files.


def mix(recording: Recording) -> tuple[NDArray[np.int16], list[dict[str, str]]]:
    """Make the sound of a recording, shape (n, channels), and its rows of truth."""
    sr, n = recording.sr, round(recording.sr * recording.seconds)
    rng = np.random.default_rng([SEED, zlib.crc32(recording.name.encode())])
    truth, dry = [], np.zeros(n)
    for animal in recording.animals:
        start = animal.start
        while start < recording.seconds - 0.3:
            song = far(SONGS[animal.label](sr, rng), sr, animal.distance, rng)
            lay(dry, at_level(song, sr, animal.db + rng.uniform(-2, 0)), round(sr * start))
            start += animal.every * rng.uniform(0.9, 1.1)
    for voice in recording.voices:
        sound = speak(voice, sr, rng)
        lay(dry, sound, round(sr * voice.at))
        what = {"what": "voice", "language": voice.language[:2], "text": voice.text}
        what["note"] = f"{voice.db:+.0f} dB over the background"
        for onset, offset in intervals(sound, sr, voice.at):
            truth.append({**what, "onset": f"{onset:.2f}", "offset": f"{offset:.2f}"})
    if not recording.voices:
        truth.append({"what": "no voice"})
    gains = STEREO_GAINS[: recording.channels]
    y = np.stack([gain * dry + bed(n, sr, SITES[recording.site][1], rng) for gain in gains], axis=1)
    if recording.fault == "dead microphone":
        dead, size = round(sr * DEAD_FROM), round(sr * SPLASH)
        y[dead - size : dead, 0] += splash(size, sr, rng)
        y[dead:] = 0.0
        note = f"a splash, then digital zeros from {DEAD_FROM:.2f} s to the end"
        truth.append({"what": recording.fault, "note": note})
    if recording.fault == "truncated":
        note = f"the first {TRUNCATED_AT:.0%} of the bytes of a file of {recording.seconds:.2f} s"
        truth.append({"what": recording.fault, "note": note})
    return np.round(y.clip(-1, 1) * 32767).astype(np.int16), truth


def encode(path: Path, y: NDArray[np.int16], sr: int) -> None:
    """Write sound, shape (n, channels), in the format that the name asks for."""
    if path.suffix == ".m4a":
        encode_m4a(path, y, sr)
        return
    squeeze = {".mp3": MP3_COMPRESSION, ".ogg": VORBIS_COMPRESSION}.get(path.suffix)
    soundfile.write(path, y, sr, compression_level=squeeze)
    if path.suffix == ".ogg":
        path.write_bytes(renumbered(path.read_bytes()))


def encode_m4a(path: Path, y: NDArray[np.int16], sr: int) -> None:
    """Write AAC, which libsndfile cannot, without a date."""
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        options = {"flags": "+bitexact", "b": AAC_BITS}
        stream = container.add_stream("aac", rate=sr, layout="mono", options=options)
        frame = av.AudioFrame.from_ndarray(y.T.copy(), format="s16", layout="mono")
        frame.sample_rate, frame.pts = sr, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def renumbered(ogg: bytes) -> bytes:
    """Give an Ogg stream the serial number 1, where libsndfile puts a random one (RFC 3533, section 6)."""
    table = [byte << 24 for byte in range(256)]
    for _ in range(8):
        table = [rest << 1 ^ (OGG_POLYNOMIAL if rest & 0x80000000 else 0) for rest in table]
    pages, start = bytearray(ogg), 0
    while start < len(pages):
        segments = pages[start + 26]
        end = start + 27 + segments + sum(pages[start + 27 : start + 27 + segments])
        pages[start + 14 : start + 18] = (1).to_bytes(4, "little")
        pages[start + 22 : start + 26] = bytes(4)
        checksum = 0
        for byte in pages[start:end]:
            checksum = (checksum << 8) & 0xFFFFFFFF ^ table[checksum >> 24 ^ byte]
        pages[start + 22 : start + 26] = checksum.to_bytes(4, "little")
        start = end
    return bytes(pages)


def train_row(recording: Recording) -> dict[str, str]:
    """Make the row of a recording in train.csv."""
    label, name = recording.name.split("/")
    collection = name.split("9000")[0]
    number = Path(name).stem.removeprefix(collection)
    url = f"https://example.org/recordings/{number}"
    kinds = recording.kind.split(", ")
    secondary = list(recording.secondary) or [""]
    place, _ = SITES[recording.site]
    _, *names, _ = TAXA[label]
    about_sound = (label, secondary, kinds, recording.name, collection, recording.rating, url)
    about_origin = (*place, *names, recording.author, recording.license)
    return dict(zip(TRAIN_COLUMNS, map(str, about_sound + about_origin), strict=True))


def write_table(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """Write a CSV with the line ends that git keeps."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write the whole data set into a folder, in place of an earlier one."""
    if folder.exists():
        if not (folder / "truth.csv").is_file():
            sys.exit(f"{folder} exists and holds no example data set: it would be removed")
        shutil.rmtree(folder)
    truth: list[dict[str, str]] = []
    for recording in RECORDINGS:
        path = folder / recording.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if recording.copy_of:
            original = f"train_audio/{recording.copy_of}"
            shutil.copyfile(folder / original, path)
            rows = [{"what": "no voice"}, {"what": "duplicate of", "note": original}]
        else:
            y, rows = mix(recording)
            encode(path, y, recording.sr)
        if recording.fault == "truncated":
            data = path.read_bytes()
            path.write_bytes(data[: round(len(data) * TRUNCATED_AT)])
        truth += [{"file": recording.file, **row} for row in rows]
    write_table(folder / "train.csv", TRAIN_COLUMNS, [train_row(r) for r in RECORDINGS if "/" in r.name])
    rows = [map(str, (label, *facts)) for label, facts in TAXA.items()]
    taxa = [dict(zip(TAXONOMY_COLUMNS, row, strict=True)) for row in rows]
    write_table(folder / "taxonomy.csv", TAXONOMY_COLUMNS, taxa)
    write_table(folder / "truth.csv", TRUTH_COLUMNS, truth)
    (folder / "README.txt").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "curate" / "example_data")
