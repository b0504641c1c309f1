"""A catalogue of a million recordings and three million segments.

Rows are registered as an import does, without opening files; then `curate status`,
`curate manifest`, a `curate strip-voice` that has listened already and `curate check` run as a
person would run them. strip-voice decides anew about all, and once more when nothing is left to
do; all recordings have voices, which is the worst case.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from _common import Run, curate, fresh, table

from curate.catalogue import cuts, layers, recordings
from curate.catalogue.dataset import Dataset
from curate.decisions.voice_cuts import voice_cuts
from curate.decisions.voices import PROFILES
from curate.detectors.speech import SpeechDetector
from curate.model import AudioInfo, FileFacts, Row, Segment

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=1_000_000)
    count = parser.parse_args().recordings
    folder = fresh("catalogue_scale")
    dataset = Dataset(folder / "birds")
    with dataset.writing("import", {}):
        started = time.perf_counter()
        stream = rows(count)
        for _ in range(0, count, BATCH):
            with dataset.store.transaction():
                for _, (row, facts) in zip(range(BATCH), stream, strict=False):
                    recordings.add(
                        dataset.store,
                        row,
                        facts,
                        archive_id=row.recording_id.partition(":")[2],
                        folder=dataset.folder,
                    )
        imported = time.perf_counter() - started
        started = time.perf_counter()
        # Of the default profile, or strip-voice would have to listen.
        version, settings = (
            SpeechDetector.version,
            {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25},
        )
        digest = layers.digest(version, settings)
        layer = layers.define(
            dataset.store, "speech", producer="speech", version=version, parameters=settings
        )
        found = [
            Segment(2.0, 3.5, "speech", 0.98),
            Segment(9.0, 11.0, "speech", 0.8),
            Segment(20.0, 21.0, "speech", 0.7),
        ]
        decided = voice_cuts(found, duration=30.0)
        with dataset.store.transaction():
            for number in range(1, count + 1):
                layers.put(dataset.store, number, layer, found, digest=digest)
                if number % 10 == 0:
                    cuts.replace(dataset.store, number, "strip-voice", decided)
        covered = time.perf_counter() - started
    dataset.close()
    size = sum(path.stat().st_size for path in Path(folder / "birds").iterdir()) / 1e6
    status = curate("status", "-d", folder / "birds", "--json")
    again = curate("status", "-d", folder / "birds", "--json")
    results = [
        ("registering recordings", f"{imported:.1f} s, {count / imported:,.0f} rows/s"),
        ("noting segments, coverage and cuts", f"{covered:.1f} s, {3 * count / covered:,.0f} segments/s"),
        ("catalogue", f"{size:,.0f} MB"),
        ("status", f"{took(status)}; once more {again.seconds:.1f} s"),
    ]
    for name in ("parquet", "csv"):
        made = curate("manifest", "-o", folder / f"train.{name}", "-d", folder / "birds", "--json")
        written = (folder / f"train.{name}").stat().st_size / 1e6
        results.append((f"manifest, {name}", f"{took(made)}; file {written:,.0f} MB"))
    for what in ("deciding about all anew", "with nothing to do"):
        decided_now = curate("strip-voice", "--no-render", "-d", folder / "birds", "--json")
        results.append((f"strip-voice, {what}", took(decided_now)))
    check = curate("check", "-d", folder / "birds", "--json")
    results.append(("check, every file gone", took(check)))
    table(f"{count:,} recordings, {3 * count:,} segments, {count // 10:,} of them with cuts", results)


if __name__ == "__main__":
    main()
