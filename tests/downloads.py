"""What a download left behind, so that two datasets can be compared byte for byte and row for row."""

from __future__ import annotations

import os
from pathlib import Path

from curate.catalogue.dataset import Dataset
from tests.datasets import shown


def files(dataset):
    """Bytes of each whole file in ``raw/``, by path."""
    return {
        os.path.relpath(os.path.join(where, name), dataset.raw): Path(where, name).read_bytes()
        for where, _, names in os.walk(dataset.raw)
        for name in names
        if not name.endswith((".part", ".part.json"))
    }


def parts(dataset):
    """Names of what is half-written in ``raw/``."""
    return [name for _, _, names in os.walk(dataset.raw) for name in names if ".part" in name]


def state(folder):
    """All that a dataset holds, without the numbers that the order of arrival gave."""
    with Dataset(folder) as dataset:
        tables = {}
        for table in ("recordings", "labels", "segments"):
            found = shown(dataset, table)
            tables[table] = sorted(
                [{**row, "path": os.path.relpath(row["path"], folder)} for row in found],
                key=lambda row: sorted(map(str, row.items())),
            )
        credited = (folder / "ATTRIBUTION.csv").read_text(encoding="utf-8")
        return tables, files(dataset), credited
