"""A catalogue filled without files: for steps that look at metadata alone."""

from __future__ import annotations

from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.formats.tables.csv import read_manifest
from curate.model import AudioInfo, FileFacts, Row
from curate.steps.export.manifest import manifest

SR = 32000


def register(dataset, rows, *, seconds=30.0, sha256=None):
    """Put rows into a catalogue as an import does; `sha256` gives each one's hash, by its place."""
    with dataset.writing("import", {}), dataset.store.transaction():
        start = dataset.store.value("SELECT count(*) FROM recordings")
        for number, row in enumerate(rows, start=start):
            length = seconds[number - start] if isinstance(seconds, list) else seconds
            digest = f"{number:064x}" if sha256 is None else sha256[number - start]
            facts = FileFacts(1000, 1, digest, AudioInfo(round(length * SR), SR, 1, "wav", "pcm_16"))
            recordings.add(dataset.store, row, facts, archive_id=str(number), folder=dataset.folder)


def row(number, label="owl", **more):
    """A recording of its own recordist, unless told otherwise."""
    more = {"recordist": f"Recordist {number}", "archive": "xeno-canto", **more}
    return Row(path=f"/audio/{label}/{number}.wav", label=label, **more)


def dataset_of(folder, rows, **options):
    """A dataset of these rows."""
    dataset = Dataset(folder)
    register(dataset, rows, **options)
    return dataset


def assigned(dataset, column="fold"):
    """A column of the assignments, in the order of import; None where nothing is assigned."""
    sql = f"SELECT {column} FROM recordings r LEFT JOIN assignments a ON a.recording = r.id ORDER BY r.id"
    return [value for (value,) in dataset.store.rows(sql)]


def rows_of(dataset, folder, **options):
    """Rows of a manifest."""
    manifest(dataset, folder / "m.csv", **options)
    return list(read_manifest(folder / "m.csv"))
