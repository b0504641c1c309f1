"""Recordings that are known: to another set (a competition's table, another dataset), or here already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from curate.archives import fields
from curate.archives.choose import in_words
from curate.archives.identity import identity_from_name, identity_of
from curate.archives.licenses import UNKNOWN, normalise
from curate.archives.remote import Identity, RemoteRecording, label_of
from curate.archives.urls import URL_COLUMNS, Urls
from curate.catalogue import downloads, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.listings import names_of_taxa
from curate.catalogue.store import Store
from curate.catalogue.views.names import all_labels
from curate.errors import UsageError
from curate.formats import Report, parse
from curate.formats.tables import table
from curate.formats.tables.sheets import open_sheet
from curate.formatting import count
from curate.lookup import near_path
from curate.model import Problem, Taxon

#: Recordings that are named in one message.
_LISTED = 5

_IDS = ("recording_id", "id")
_NAMES = ("source_path", *table.PATH_COLUMNS)

#: Columns of plain numbers, and whose they are.
_NUMBERS = {"xc_id": "xeno-canto", "xcid": "xeno-canto", "xc_nr": "xeno-canto", "xeno_canto_id": "xeno-canto"}


def identities_in(
    sources: Sequence[str | os.PathLike[str]], report: Report = lambda _: None
) -> frozenset[Identity]:
    """List which archives' recordings some tables and datasets hold.

    Parameters
    ----------
    sources
        Tables with a column of ids, file names or URLs, manifests, or dataset folders.
    report
        Called with each table that has rows in which no recording of an archive is recognised.

    Raises
    ------
    UsageError
        If there is no such file, or nothing in it could be recognised: then nothing would be left out.
    """
    found: set[Identity] = set()
    for source in sources:
        path = Path(source)
        before, rows, unknown = len(found), 0, 0
        if path.is_dir() and Dataset(path).exists:
            with Dataset(path) as dataset:
                found.update((archive, number) for archive, number, _ in downloads.identities(dataset.store))
        elif path.is_file():
            for _, record in open_sheet(path).records(lambda _problem: None):
                rows += 1
                named = set(_named(record))
                unknown += not named
                found |= named
        elif path.is_dir():
            hint = "name a table in it, such as train.csv"
            raise UsageError(f"{path} is a folder, and no dataset of curate", hint=hint)
        else:
            raise UsageError(f"table or dataset missing: {path}", hint=near_path(path))
        if len(found) == before:
            raise UsageError(
                f"{path} names only recordings outside the archives",
                hint="expected ids such as xeno-canto:694038, file names such as XC694038.ogg, or URLs",
            )
        if unknown:
            words = f"{unknown:,} of its {count(rows, 'row')} name no recording of an archive"
            report(Problem("bad-row", str(path), f"{words}, and leave out none"))
    return frozenset(found)


class DatasetClasses:
    """The classes of a dataset by scientific name, as far as each name has exactly one.

    A species that is asked for by its name alone, or that an archive names, belongs to that class.
    """

    def __init__(self, store: Store) -> None:
        found: dict[str, list[str]] = {}
        used = set(all_labels(store))
        for label, (name, _) in names_of_taxa(store).items():
            if name and label in used:
                found.setdefault(name, []).append(label)
        self.labels = {name: labels[0] for name, labels in found.items() if len(labels) == 1}
        self._given: dict[str, str] = {}

    def taxon(self, taxon: Taxon | None, recording: RemoteRecording | None = None) -> Taxon | None:
        """Give a taxon the label of its class, unless the user's own table labels it."""
        taxon = taxon or Taxon("", "")
        name = taxon.scientific_name if taxon.label or recording is None else recording.scientific_name
        label = self.labels.get(name or "", "")
        if not name or taxon.label not in ("", name) or label in ("", name):
            return taxon
        self._given[name] = label
        return replace(taxon, label=label, scientific_name=name)

    def told(self) -> Iterator[Problem]:
        """Tell which names are those of classes that are called otherwise."""
        for name, label in sorted(self._given.items()):
            words = f"it is the class '{label}' of the dataset, and so are new recordings. --taxa FILE gives"
            yield Problem("read-as", name, f"{words} another label")


def still_here(store: Store, refused: Mapping[str, Sequence[tuple[Identity, ...]]]) -> Iterator[Problem]:
    """Tell which recordings this run leaves out, and an earlier one fetched.

    Parameters
    ----------
    refused
        By the reason of `Chooser`, all names of each recording.
    """
    there = {(archive, number) for archive, number, _ in downloads.identities(store)}
    for reason, recordings_of_it in sorted(refused.items()):
        known = [names for names in recordings_of_it if not there.isdisjoint(names)]
        if known:
            listed = ", ".join(":".join(names[0]) for names in known[:_LISTED])
            more = f" and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
            stay = "stays" if len(known) == 1 else "stay"
            words = f"{count(len(known), 'recording')} of these {stay} in the dataset, from an earlier run"
            yield Problem("still-here", in_words(reason), f"{words}: {listed}{more}")


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
    _as_licensed: set[int] = field(default_factory=set)
    _files: dict[int, Problem] = field(default_factory=dict)
    _names: dict[int, dict[str, str]] = field(default_factory=dict)
    _pages: dict[int, str] = field(default_factory=dict)
    _listed: set[int] = field(default_factory=set)
    _as_kept: set[int] = field(default_factory=set)
    _gone: dict[int, tuple[str, str]] = field(default_factory=dict)
    _partly: set[str] = field(default_factory=set)

    def compare(self, recording: RemoteRecording, earlier: RemoteRecording | None) -> None:
        """Look whether a recording is under another licence, or another file, than it was fetched as.

        Parameters
        ----------
        earlier
            What the archive said of it before.
        """
        number = downloads.number_of(self.store, recording.identity)
        if number is None or recording.archive != self.archive:
            return
        says = recording.license.code != UNKNOWN or self.archive != Urls.name  # a table may say nothing
        told = _changed_license(self.store, recording) if says else None
        if told is None:
            self._as_licensed.add(number)  # of several records of it, the strictest licence was kept
        else:
            self._licenses[number] = told
        words = _other_file(self.store, number, recording, earlier)
        if words:
            self._files[number] = Problem("changed", recording.url, words)

    def look(self, recording: RemoteRecording, taxon: Taxon | None) -> None:
        """Look at the name of a recording in an answer that was given in this run."""
        number = downloads.number_of(self.store, recording.identity)
        if number is None or recording.archive != self.archive:
            return
        self._listed.add(number)
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
        """Tell what changed: licences, files, names, and what the archive lists no more."""
        yield from (told for number, told in self._licenses.items() if number not in self._as_licensed)
        yield from self._files.values()
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


#: By what a record tells that its file is another one, and in which unit.
_OF_FILES = {"file_name": "name", "bytes": "bytes", "checksum": "checksum", "duration": "seconds", "sr": "Hz"}


def _other_file(
    store: Store, number: int, recording: RemoteRecording, earlier: RemoteRecording | None
) -> str | None:
    """Say that an archive has another file for a recording than the one that was fetched."""
    kind, _, digits = (recording.checksum or "").partition(":")
    if kind == "sha256" and number not in {each for each, _ in recordings.with_bytes(store, digits)}:
        return "it has another checksum there now; the dataset keeps the file that was fetched"
    both = [
        (what, getattr(earlier, name), getattr(recording, name))
        for name, what in _OF_FILES.items()
        if earlier is not None and None not in (getattr(earlier, name), getattr(recording, name))
    ]
    differ = [f"{what} {new} and not {old}" for what, old, new in both if old != new]
    if not differ:
        return None
    return f"its file has {', '.join(differ)} there now; the dataset keeps the one that was fetched"


def _named(record: Mapping[str, object]) -> Iterator[Identity]:
    cells = {table.normal(column): parse.text(cell) for column, cell in record.items()}
    for column in (*_IDS, *_NAMES, *URL_COLUMNS):
        cell = cells.get(column, "")
        archive, colon, number = cell.partition(":")
        if column in _IDS and colon:
            yield archive, number
        is_address = column in URL_COLUMNS
        found = identity_of(fields.absolute(cell) or "") if is_address else identity_from_name(cell)
        if found is not None:
            yield found
    for column, archive in _NUMBERS.items():
        found_number = fields.whole(cells.get(column))
        if found_number is not None:
            yield archive, str(found_number)
