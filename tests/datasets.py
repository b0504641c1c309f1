"""Small datasets for tests: sounds with known truth, in folders by label."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import soundfile as sf

from curate.steps.inspect.show import show
from tests import signals


def write_tone(path, *, seconds=1.0, sr=16000, freq=3000.0, channels=1):
    """Write a WAV of noise and a high tone: nothing that a voice detector hears."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y = signals.noise(sr=sr, seconds=seconds, gain=0.01, channels=channels)
    y += signals.tone(freq, sr=sr, seconds=seconds, gain=0.1, channels=channels)
    sf.write(path, y.T, sr)
    return path


def write_sound(path, y, sr):
    """Write a WAV of a waveform, shape=(channels, n)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, y.T, sr)
    return path


def state(dataset_folder: Path, dump_folder: Path) -> dict[str, object]:
    """All that a dataset holds but its history: tables row by row, and its clean files' hashes."""
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect.dump import dump

    with Dataset(dataset_folder) as dataset:
        dump(dataset, dump_folder)
    tables = {}
    for table in dump_folder.glob("*.csv"):
        if table.stem != "runs":
            with table.open(newline="", encoding="utf-8") as file:
                tables[table.stem] = list(csv.reader(file))
    clean = dataset_folder / "clean"
    files = {
        str(path.relative_to(clean)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(clean.rglob("*"))
        if path.is_file()
    }
    return {"tables": tables, "files": files}


def give_place_and_time(dataset):
    """Say of every recording where and when it began: formats of portals leave out those that do not."""
    dataset.store.run(
        "UPDATE recordings SET latitude = 1.5, longitude = 2.5, date = '2024-03-11', time = '05:45:00Z'"
    )


def shown(dataset, table, **options):
    """Rows of a table of `curate show`, as dicts."""
    found = show(dataset, table, **options)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]
