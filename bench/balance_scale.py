"""Duplicates by metadata, folds, windows and upsampling of a catalogue of a million recordings.

Rows are registered as an import does, without opening files; then the commands run as a person would
run them, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import time

from shared.common import curate, fresh, table
from shared.metadata import archive

from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset

BATCH = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=5_000)
    options = parser.parse_args()
    folder = fresh("balance_scale") / "birds"
    dataset = Dataset(folder)
    started = time.perf_counter()
    with dataset.writing("import", {}):
        stream = archive(options.recordings, options.classes)
        for _ in range(0, options.recordings, BATCH):
            with dataset.store.transaction():
                for _, (row, facts) in zip(range(BATCH), stream, strict=False):
                    recordings.add(
                        dataset.store,
                        row,
                        facts,
                        archive_id=row.recording_id.partition(":")[2],
                        folder=dataset.folder,
                    )
    dataset.close()
    results = [("registering", f"{time.perf_counter() - started:.0f} s")]
    for command, told in (
        ("dedupe --no-sound", "evidence"),
        ("split --folds 5", "divergence"),
        ("upsample --below 50 --cap 2000 --weights sqrt", "rows_after"),
        ("windows --length 5", "windows"),
        ("upsample --below 200 --cap 5000", "rows_after"),
    ):
        made = curate(*command.split(), "-d", folder, "--json")
        found = json.loads(made.stdout)[told]
        seconds = f"{made.seconds:.1f} s ({made.core_seconds:.1f} s of a core)"
        results.append((command, f"{seconds}, {made.peak_mb:,.0f} MB; {told} {found}"))
    table(f"{options.recordings:,} recordings in {options.classes:,} classes", results)


if __name__ == "__main__":
    main()
