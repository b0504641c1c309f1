"""Recordings that are known: to another set (a competition's table, another dataset), or here already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curate.archives.identity import identity_from_name, identity_of
from curate.archives.licenses import normalise
from curate.archives.remote import Identity, RemoteRecording, label_of
from curate.catalogue import downloads, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.errors import UsageError
from curate.formats.tables import jsonl, parquet
from curate.formats.tables.csv import Sheet
from curate.formats.tables.table import find
from curate.lookup import near_path
from curate.model import Problem, Taxon

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


@dataclass(slots=True)
class ArchiveNews:
    """Collects what an archive says otherwise, in fresh answers, of recordings that the dataset has.

    Whoever fetched a recording may go on using it as it was, but may want to know.

    Parameters
    ----------
    store
    archive
        What another archive says of its recordings is second hand, and not looked at.
    labels
        Of the taxa that are asked for. A sound may be of several, so another label than its own is news
        only where its own was looked through, too.
    """

    store: Store
    archive: str
    labels: frozenset[str] = frozenset()
    _licenses: dict[int, Problem] = field(default_factory=dict)
    _names: dict[int, dict[str, str]] = field(default_factory=dict)
    _pages: dict[int, str] = field(default_factory=dict)
    _listed: set[int] = field(default_factory=set)
    _as_kept: set[int] = field(default_factory=set)
    _gone: dict[int, tuple[str, str]] = field(default_factory=dict)
    _partly: set[str] = field(default_factory=set)

    def look(self, recording: RemoteRecording, taxon: Taxon | None) -> None:
        """Look at a recording in an answer that was given in this run."""
        number = downloads.number_of(self.store, recording.identity)
        if number is None or recording.archive != self.archive:
            return
        self._listed.add(number)
        told = _changed_license(self.store, recording)
        if told is not None:
            self._licenses[number] = told
        label = label_of(recording, taxon)
        name = (taxon.scientific_name if taxon and taxon.label else "") or recording.scientific_name or ""
        kept, _ = verdicts.given_labels(self.store, number)
        # A species may have another label by now.
        if label == kept or (name and name == (recordings.taxon_of(self.store, kept)[0] or kept)):
            self._as_kept.add(number)
        elif taxon is None or not taxon.label or kept in self.labels:
            self._names.setdefault(number, {})[label] = name
            self._pages[number] = recording.url

    def left_early(self, label: str) -> None:
        """Note that not all of what the archive has of a label was read."""
        self._partly.add(label)

    def lacks(self, search: str, before: Iterable[RemoteRecording]) -> None:
        """Note what a search gave before, and does not give any more."""
        for recording in before:
            number = downloads.number_of(self.store, recording.identity)
            if number is not None and recording.archive == self.archive:
                self._gone[number] = recording.url, search

    def told(self) -> Iterator[Problem]:
        """Tell what changed: licences, names, and what the archive lists no more."""
        yield from self._licenses.values()
        for number, names in self._names.items():
            kept, _ = verdicts.given_labels(self.store, number)
            if number not in self._as_kept and kept not in self._partly:
                yield Problem("changed", self._pages[number], _renamed(kept, names))
        for number, (page, search) in self._gone.items():
            if number not in self._listed:
                words = f"{self.archive} lists it under {search} no more; it may have a new name, or be gone"
                yield Problem("changed", page, words)


def _renamed(kept: str, names: Mapping[str, str]) -> str:
    """Say that a recording is listed under other names than the one that it was fetched under."""
    now = " and ".join(f"'{name or label}'" for label, name in names.items() if name or label)
    words = f"it is called {now} there now" if now else "it has no species there any more"
    keeps = f"'{kept}'" if kept else "it without a label"
    return f"{words}; the dataset keeps {keeps}, as it was fetched"


def _changed_license(store: Store, recording: RemoteRecording) -> Problem | None:
    """Tell that an archive gives a recording under another licence than the one that it is kept under."""
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
