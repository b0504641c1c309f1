"""Recordings that are known: to another set (a competition's table, another dataset), or here already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from curate.archives.identity import identity_from_name, identity_of
from curate.archives.licenses import normalise
from curate.archives.remote import Identity, RemoteRecording
from curate.catalogue import downloads
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.errors import UsageError
from curate.formats.tables import jsonl, parquet
from curate.formats.tables.csv import Sheet
from curate.formats.tables.table import find
from curate.lookup import near_path
from curate.model import Problem

_IDS = ("recording_id", "id", "xc_id")
_NAMES = ("filename", "path", "filepath", "file_path", "file_name", "file", "source_path", "audio")
_URLS = ("url", "file_url", "source_url")


def identities_in(sources: Sequence[str | os.PathLike[str]]) -> frozenset[Identity]:
    """List which archives' recordings some tables and datasets hold.

    Parameters
    ----------
    sources
        CSV tables with a column of ids, file names or URLs, manifests, or dataset folders.

    Raises
    ------
    UsageError
        If there is no such file, or nothing in it could be recognised: then nothing would be left out.
    """
    found: set[Identity] = set()
    for source in sources:
        path = Path(source)
        before = len(found)
        if path.is_dir() and Dataset(path).exists:
            with Dataset(path) as dataset:
                found.update((archive, number) for archive, number, _ in downloads.identities(dataset.store))
        elif path.is_file():
            for record in _records(path):
                found.update(_named(record))
        else:
            raise UsageError(f"table or dataset missing: {path}", hint=near_path(path))
        if len(found) == before:
            raise UsageError(
                f"{path} names only recordings outside the archives",
                hint="expected ids such as xeno-canto:694038, file names such as XC694038.ogg, or URLs",
            )
    return frozenset(found)


def changed_license(store: Store, recording: RemoteRecording) -> Problem | None:
    """Tell that an archive gives a recording under another licence than the one that it is kept under.

    Whoever got it under the earlier licence may go on using it so, but may want to know.
    """
    kept = downloads.license_of(store, recording.identity)
    if kept is None or normalise(kept).family == recording.license.family:
        return None
    words = f"its licence is {recording.license.code} there now; the dataset keeps {kept}, as it was fetched"
    return Problem("changed", recording.url, words)


def _records(path: Path) -> Iterator[Mapping[str, object]]:
    """Read the rows of a CSV table, or of a manifest in another format."""
    readers = {".parquet": parquet.read_manifest, ".jsonl": jsonl.read_manifest}
    if path.suffix in readers:
        for row in readers[path.suffix](path):
            yield {"recording_id": row.recording_id, "path": row.source_path or row.path, "url": row.url}
        return
    for _, record in Sheet.open(path).records(lambda _problem: None):
        yield record


def _named(record: Mapping[str, object]) -> Iterator[Identity]:
    for wanted in (_IDS, _NAMES, _URLS):
        column = find(record, wanted)
        cell = str(record.get(column) or "").strip() if column else ""
        if not cell:
            continue
        archive, colon, number = cell.partition(":")
        if wanted is _IDS and colon:
            yield archive, number
        found = identity_of(cell) if wanted is _URLS else identity_from_name(cell)
        if found is not None:
            yield found
