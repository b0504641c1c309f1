"""From a folder of recordings to a manifest, on the example data. Type checkers read this file, too."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import curate
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.export.manifest_summary import ManifestSummary


def main(home: Path) -> int:
    """Make a dataset and its manifest below a folder; gives the number of rows."""
    curate.example(home / "example")
    with curate.Dataset(home / "birds") as birds:
        imported = curate.import_(birds, home / "example", progress=curate.progress.lines)
        assert_type(imported, ImportSummary)
        curate.strip_voice(birds, threshold=0.9)
        manifest = curate.manifest(birds, home / "train.csv")
        assert_type(manifest, ManifestSummary)
        reasons = {str(row[5]) for row in curate.show(birds, "cuts").rows}
    print(f"{imported.added} recordings, {manifest.rows} rows; cut for {len(reasons)} reasons")  # noqa: T201
    return manifest.rows


if __name__ == "__main__":  # worker processes import the script
    main(Path("first-dataset"))
