"""What reading recorders' metadata costs an import, and how long `status` takes on 100,000 files of 40 sites.

An import opens each file for its length and the hash of its bytes, and registers it; what the recorder says
comes on top. Whole imports with it and without are measured on the same files in the same process, in
processor time, for short files and for files of a minute. The schedule is found in a catalogue of many rows.
"""

from __future__ import annotations

import argparse
import struct
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from shared.common import fresh

from curate.audio import examine as examining
from curate.catalogue.dataset import Dataset
from curate.engine.loop import Engine
from curate.model import RecorderFacts, Row
from curate.recorders.containers import Parts
from curate.recorders.info import chunk_of
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.recorder_cards import RecorderCards
from curate.steps.acquire.recorder_facts import put
from curate.steps.inspect.status import status

SR = 48000
FIRST = datetime(2024, 3, 11, 18)  # noqa: DTZ001 - clock time


def write_file(folder: Path, number: int, seconds: float) -> None:
    """Write noise as an AudioMoth does, ten minutes after the one before."""
    y = np.random.default_rng(number).standard_normal(round(SR * seconds)) * 500
    save(folder, FIRST + timedelta(minutes=10 * number), y.astype("<i2"), SR)


def save(folder: Path, start: datetime, y: np.ndarray, sr: int) -> None:
    """Write samples of 16 bits as an AudioMoth does."""
    words = (
        f"Recorded at {start:%H:%M:%S %d/%m/%Y} (UTC+10) by AudioMoth 24F3190361DA4A1C at medium gain while "
        "battery was 4.1V and temperature was 14.2C."
    )
    info = chunk_of([("ICMT", words), ("IART", "AudioMoth 24F3190361DA4A1C")])
    samples = y.tobytes()
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, sr, 2 * sr, 2, 16)
    body += (
        b"LIST" + struct.pack("<I", len(info)) + info + b"data" + struct.pack("<I", len(samples)) + samples
    )
    name = f"{start:%Y%m%d_%H%M%S}.WAV"
    (folder / name).write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


@contextmanager
def written(dataset: Dataset, files: int, sites: int) -> Iterator[None]:
    """Open a catalogue of so many recordings to write in."""
    with dataset.writing("bench", {}), dataset.store.transaction():
        for number in range(files):
            dataset.store.run(
                "INSERT INTO recordings (archive, archive_id, path, status, duration, sr, frames, bytes) "
                "VALUES ('local', ?1, ?1, 'ok', 60.0, 48000, 2880000, 5760044)",
                (f"site{number % sites}/{number}.wav",),
            )
        yield


def cost(files: int, seconds: float) -> None:
    """Print what a whole import costs with and without metadata, in microseconds a file."""
    card = fresh(f"recorder-cards-{seconds:g}")
    (card / "site").mkdir()
    for number in range(files):
        write_file(card / "site", number, seconds)
    imported(card, files)  # into the system's cache
    plain, told = [], []
    for _ in range(3):
        with (
            mock.patch.object(examining, "parts_of", return_value=Parts()),
            mock.patch.object(examining, "read_claims", return_value=()),
            mock.patch.object(RecorderCards, "facts", return_value=None),
        ):
            plain.append(imported(card, files))
        told.append(imported(card, files))
    before, after = min(plain), min(told)
    print(f"{seconds:g} s a file: {before:.0f} us, with metadata {after:.0f} us; {after / before:.2f} times")


def imported(card: Path, files: int) -> float:
    """Processor time of an import in this process, in microseconds a file."""
    engine = Engine(lambda _: ThreadPoolExecutor(1), workers=1)
    with Dataset(fresh("recorder-cards-noted")) as dataset:
        started = time.process_time()
        import_(dataset, card, folders="site", engine=engine)
        return (time.process_time() - started) / files * 1e6


def schedule(files: int, sites: int) -> None:
    """Print how long `status` takes."""
    folder = fresh("recorder-cards-catalogue")
    with Dataset(folder) as dataset, written(dataset, files, sites):
        for number in range(files):
            start = (FIRST + timedelta(minutes=10 * (number // sites))).isoformat() + "+10:00"
            site = f"site{number % sites}"
            facts = RecorderFacts(start=start, site=site, serial=f"M{site}", device="AudioMoth")
            put(dataset, number + 1, facts, Row(path="", label=""))
    with Dataset(folder) as dataset:
        started = time.process_time()
        found = status(dataset)
        print(f"status of {files:,} files on {sites} sites: {time.process_time() - started:.2f} s")
        assert len(found.recorders) == sites


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    cost(given.files, 1.0)
    cost(max(1, given.files // 2), 5.0)
    cost(max(1, given.files // 20), 60.0)
    schedule(given.rows, 40)


if __name__ == "__main__":
    main()
