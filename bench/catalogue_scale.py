"""A catalogue of a million recordings and three million segments, and what each verb takes on it.

Rows are registered as an import does, without opening files; then the verbs run as a person would
run them, each once with all to decide and once with nothing to do. Three of four recordings hold voices, and
one of four a silence. Beside registering and the manifest stands a floor of the same run: plain sqlite3 and
pyarrow, which do no more than move the rows.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from shared.common import Run, curate, fresh, run, table

from curate.catalogue import cuts, layers, recordings
from curate.catalogue.dataset import Dataset
from curate.decisions.quality import LAYERS
from curate.decisions.voices import PROFILES
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Row, Segment
from curate.steps.common.detect import detector_class

BATCH = 10_000


def rows(count: int) -> Iterator[tuple[Row, FileFacts]]:
    for number in range(count):
        label = f"species{number % 1000:03d}"
        row = Row(
            recording_id=f"xeno-canto:{number}",
            path=f"/audio/{label}/XC{number}.ogg",
            label=label,
            secondary_labels=("species001",) if number % 10 == 0 else (),
            scientific_name=f"Genus {label}",
            common_name=f"Common {label}",
            class_name="Aves",
            rating=float(number % 6) or None,
            archive="xeno-canto",
            recordist=f"Recordist {number % 5000}",
            license="cc-by-nc-sa 4.0",
            url=f"https://example.org/{number}",
            latitude=number % 180 - 90.0,
            longitude=number % 360 - 180.0,
            date="2024-05-17",
        )
        info = AudioInfo(32000 * 30, 32000, 1, "ogg", "vorbis")
        yield row, FileFacts(300_000, number, f"{number:064x}", info)


def took(run: Run) -> str:
    return f"{run.seconds:.1f} s ({run.core_seconds:.1f} s of a core), {run.peak_mb:,.0f} MB"


#: What only moves the rows: registers them anew in a plain file, or writes them to a table.
_PLAIN = """
import os, sqlite3, sys
import pyarrow as pa, pyarrow.csv as pc, pyarrow.parquet as pq
what, catalogue, out = sys.argv[1:]
old = sqlite3.connect(catalogue)
cursor = old.execute("SELECT * FROM recordings")
if what == "register":
    new = sqlite3.connect(out, isolation_level=None)
    new.execute("PRAGMA journal_mode = WAL")
    tables = "tbl_name IN ('recordings', 'labels') AND type IN ('table', 'index') AND sql IS NOT NULL"
    for (sql,) in old.execute(f"SELECT sql FROM sqlite_master WHERE {tables}"):
        new.execute(sql)
    new.execute("BEGIN")
    for table in ("recordings", "labels"):
        cursor = old.execute(f"SELECT * FROM {table}")
        marks = ", ".join("?" * len(cursor.description))
        new.executemany(f"INSERT INTO {table} VALUES ({marks})", cursor)
    new.execute("COMMIT")
else:
    names = [column[0] for column in cursor.description]
    columns = zip(*cursor.fetchall())
    table = pa.table({name: pa.array(list(cells)) for name, cells in zip(names, columns)})
    (pq.write_table if what == "parquet" else pc.write_csv)(table, out)
"""


def plain(what: str, folder: Path, out: Path) -> Run:
    """Measure what only moves the rows."""
    return run(sys.executable, "-c", _PLAIN, what, folder / "birds" / "curate.db", out)


#: The verbs, with options that change what they decide.
VERBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "strip-voice": (("--no-render",), ("--threshold", "0.9")),
    "trim": (("--no-render",), ("--min-silence", "4")),
    "dedupe": (("--no-sound",), ("--min-overlap", "0.7")),
    "split": ((), ()),
    "upsample": ((), ("--below", "40")),
}


def register(dataset: Dataset, count: int) -> float:
    """Register recordings; returns the seconds that it took, without making them up."""
    seconds = 0.0
    stream = rows(count)
    while batch := list(islice(stream, BATCH)):
        started = time.perf_counter()
        with dataset.store.transaction():
            for row, facts in batch:
                name = row.recording_id.partition(":")[2]
                recordings.add(dataset.store, row, facts, archive_id=name, folder=dataset.folder)
        seconds += time.perf_counter() - started
    return seconds


def listen(dataset: Dataset, count: int) -> float:
    """Fill all layers that decide, as detectors do; returns the seconds that it took."""
    speech = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}  # or all is listened to
    wanted = {"speech": speech, **{name: default_settings(name) for name in (*LAYERS, "bandwidth")}}
    defined = {}
    for name, settings in {**wanted, "fingerprint": {}}.items():
        kind = detector_class(name)
        number = layers.define(
            dataset.store, kind.name, producer=name, version=kind.version, parameters=settings
        )
        defined[name] = number, layers.digest(kind.version, settings)
    draw = random.Random(1)
    started = time.perf_counter()
    with dataset.store.transaction():
        for number in range(1, count + 1):
            onset = draw.uniform(0, 5)
            found = {
                "speech": [
                    Segment(onset, onset + draw.uniform(1, 3), "speech", draw.random()),
                    Segment(9.0, 11.0, "speech", draw.random()),
                    Segment(20.0, 21.0, "speech", draw.random()),
                ]
                if number % 4
                else [],
                "silence": [] if number % 4 else [Segment(12.0, draw.uniform(13, 20), "silence")],
                "activity": [Segment(3.0, 8.0, "activity")],
            }
            for name, (layer, digest) in defined.items():
                layers.put(dataset.store, number, layer, found.get(name, []), digest=digest)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=1_000_000)
    count = parser.parse_args().recordings
    folder = fresh("catalogue_scale")
    birds = folder / "birds"
    dataset = Dataset(birds)
    with dataset.writing("import", {}):
        registered, heard = register(dataset, count), listen(dataset, count)
    dataset.close()
    moved = plain("register", folder, folder / "plain.db")
    size = sum(path.stat().st_size for path in birds.iterdir()) / 1e6
    results = [
        ("registering", f"{registered:.1f} s, {count / registered:,.0f} rows/s"),
        ("registering, floor", f"{moved.seconds:.1f} s, {count / moved.seconds:,.0f} rows/s"),
        ("noting nine layers", f"{heard:.1f} s"),
        ("catalogue", f"{size:,.0f} MB"),
    ]

    def measure(words: str, *command: str | Path) -> None:
        results.append((words, took(curate(*command, "-d", birds, "--json", "--quiet"))))
        print(*results[-1], file=sys.stderr)

    measure("status", "status")
    measure("status, once more", "status")
    for name in ("parquet", "csv"):
        results.append((f"manifest, {name}, floor", took(plain(name, folder, folder / f"plain.{name}"))))
        measure(f"manifest, {name}", "manifest", "-o", folder / f"train.{name}")
        measure(f"manifest, {name}, nothing to do", "manifest", "-o", folder / f"train.{name}")
    for verb, (options, other) in VERBS.items():
        measure(f"{verb}, the first", verb, *options)
        measure(f"{verb}, nothing to do", verb, *options)
        if other:
            measure(f"{verb}, other settings", verb, *options, *other)
    measure("manifest of what was cut, parquet", "manifest", "-o", folder / "cut.parquet")
    measure("status", "status")
    measure("status, once more", "status")
    with Dataset(birds) as dataset, dataset.writing("cut", {}):
        cuts.replace(dataset.store, 1, "review", [Cut(1.0, 2.0, "excise", "cut", None, "review/ana")])
    measure("status, one recording changed", "status")
    measure("check, every file gone", "check")
    table(f"{count:,} recordings, {5 * count // 2:,} segments", results)


if __name__ == "__main__":
    main()
