"""Recordings in the catalogue: registering files, and finding them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.catalogue import damage, exports
from curate.catalogue.paths import printable, stored
from curate.catalogue.store import Store, among
from curate.model import FileFacts, Row

#: Columns of the table that a reader may fill through `Row.extra`.
EXTRA_COLUMNS = (
    "elevation",
    "country",
    "locality",
    "time",
    "remarks",
    "sound_type",
    "sex",
    "stage",
    "device",
    "license_url",
)

#: Fields of a row that a column of the same name holds, beside those.
FIELDS = ("recordist", "license", "url", "latitude", "longitude", "date", "rating")

#: What a class is called, beside its label.
TAXON = ("scientific_name", "common_name", "class_name", "inat_taxon_id")

_COLUMNS = (
    "archive, archive_id, path, status, problem, sha256, bytes, mtime_ns, frames, duration, sr, channels, "
    "format, codec, recordist, license, url, latitude, longitude, date, rating, "
    + ", ".join(EXTRA_COLUMNS)
    + ", extra"
)
_INSERT = (
    f"INSERT INTO recordings ({_COLUMNS}) VALUES ({', '.join('?' * (len(_COLUMNS.split(','))))}) "
    "ON CONFLICT (archive, archive_id) DO NOTHING"
)


_INSERT_LABEL = "INSERT INTO labels (recording, ordinal, label, role) VALUES (?, ?, ?, ?)"

_NO_EXTRA = [None] * len(EXTRA_COLUMNS)

# Recordings that are looked up at once.
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue remembers of a registered file. `label` as its archive gave it."""

    id: int
    bytes: int
    mtime_ns: int
    sha256: str | None
    status: str
    label: str

    def looks_like(self, size: int, mtime_ns: int) -> bool:
        """Whether a file of this size and time of change is surely the one registered."""
        return (self.bytes, self.mtime_ns) == (size, mtime_ns)


def known(store: Store, path: str, folder: Path) -> Known | None:
    """Find the recording registered for a file, `None` if missing."""
    row = store.one(
        "SELECT id, bytes, mtime_ns, sha256, status, "
        "coalesce((SELECT label FROM given_labels WHERE recording = id AND role = 'primary'), "
        "(SELECT label FROM labels WHERE recording = id AND role = 'primary'), '') "
        "FROM recordings WHERE path = ?",
        (stored(path, folder),),
    )
    return None if row is None else Known(*row)


def add(store: Store, row: Row, facts: FileFacts, *, archive_id: str, folder: Path) -> int:
    """Register one file as a new recording, with its labels.

    Parameters
    ----------
    row
        What the reader knows of it.
    facts
        What opening it showed.
    archive_id
        Identity within the archive. If the archive has it already under another path
        (two tables list one sound), a number is appended: ``694038~2``.
    folder
        The dataset folder, inside which paths are kept relative.

    Returns
    -------
    Number of the recording in the catalogue.
    """
    archive, name = row.archive or "local", printable(archive_id)
    extra = dict(row.extra)
    known_extra = [extra.pop(each, None) for each in EXTRA_COLUMNS] if extra else _NO_EXTRA
    values = (
        stored(row.path, folder),
        *_facts(facts),
        row.recordist,
        row.license,
        row.url,
        row.latitude,
        row.longitude,
        row.date,
        row.rating,
        *known_extra,
        # In ASCII: a cell that was not UTF-8 holds characters that SQLite cannot.
        json.dumps(extra, sort_keys=True) if extra else None,
    )
    number = store.insert(_INSERT, (archive, name, *values))
    if number is None:  # the archive has it already
        number = store.insert(_INSERT, (archive, free_id(store, archive, name), *values))
    assert number is not None
    _label(store, number, row)
    if facts.info is not None and facts.info.damage:
        damage.put(store, number, facts.info.damage)
    return number


def _facts(facts: FileFacts) -> tuple[object, ...]:
    """Values of the columns from status to codec."""
    info = facts.info
    audio: tuple[object, ...] = (None,) * 6
    if info is not None:
        audio = (info.frames, info.duration, info.sr, info.channels, info.format, info.codec)
    status = "ok" if info is not None else "failed"
    return (status, facts.problem, facts.sha256, facts.bytes, facts.mtime_ns, *audio)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What accepting new bytes took back, since its seconds were those of another sound.

    Parameters
    ----------
    verdicts, annotations
        How many were withdrawn, and removed.
    others
        Numbers of recordings about which, together with this one, a verdict was withdrawn.
    """

    verdicts: int = 0
    annotations: int = 0
    others: tuple[int, ...] = ()


#: Commands that fill layers from the vectors or scores of many recordings.
_COMPARING = "'audit', 'cluster', 'pseudo-label', 'search'"


def replace(store: Store, recording: int, facts: FileFacts, *, at: str) -> Replaced:
    """Accept new bytes for a registered path: facts again, and all that was derived is forgotten.

    The row of a clean copy stays, so that the next rendering finds and replaces the file. What people
    marked and decided stays if the sound has the same length and rate: tags were edited, or a level. Else
    its seconds are those of another sound, and verdicts are withdrawn.

    Parameters
    ----------
    at
        When: ISO 8601, UTC.

    """
    size = "SELECT frames, sr FROM recordings WHERE id = ?"
    before = store.one(size, (recording,))
    store.run(
        "UPDATE recordings SET status = ?, problem = ?, sha256 = ?, bytes = ?, mtime_ns = ?, frames = ?, "
        "duration = ?, sr = ?, channels = ?, format = ?, codec = ? WHERE id = ?",
        (*_facts(facts), recording),
    )
    is_alike = facts.info is not None and store.one(size, (recording,)) == before
    damage.forget(store, recording)
    # A detector leaves a track where it has looked; what has none came from people, or from a table.
    # Scores of a model, and what commands found by comparing recordings, have no track. Yet they were
    # made of the bytes, too.
    tracked = (
        "(SELECT layer FROM tracks WHERE recording = ?1 UNION "
        "SELECT y.id FROM vectors x JOIN layers v ON v.id = x.layer JOIN layers y ON y.producer = v.producer "
        f"WHERE x.recording = ?1 UNION SELECT id FROM layers WHERE producer IN ({_COMPARING}))"
    )
    marked = store.value(
        f"SELECT count(*) FROM segments WHERE recording = ?1 AND layer NOT IN {tracked}", (recording,)
    )
    heard = f" AND layer IN {tracked}" if is_alike else ""
    store.run(f"DELETE FROM segments WHERE recording = ?1{heard}", (recording,))
    store.run(f"DELETE FROM coverage WHERE recording = ?1{heard}", (recording,))
    # A failed look may have left no track. The lines above then take it for a mark of people.
    store.run("DELETE FROM coverage WHERE recording = ? AND status = 'failed'", (recording,))
    damage.put(store, recording, facts.info.damage if facts.info is not None else ())
    store.run("DELETE FROM tracks WHERE recording = ?", (recording,))
    for table in ("cuts", "given_cuts", "clusters", "leaks", "more_labels", "unrendered", "vectors"):
        store.run(f"DELETE FROM {table} WHERE recording = ?", (recording,))
    store.run("DELETE FROM matches WHERE recording = ?1 OR other = ?1", (recording,))
    exports.outdate(store, "recording = ?", (recording,))
    if is_alike:
        return Replaced()
    standing = "?1 IN (recording, other) AND withdrawn IS NULL"
    pairs = list(store.rows(f"SELECT recording, other FROM verdicts WHERE {standing}", (recording,)))
    store.run(f"UPDATE verdicts SET withdrawn = ?2 WHERE {standing}", (recording, at))
    others = sorted({number for pair in pairs for number in pair if number is not None} - {recording})
    return Replaced(len(pairs), int(marked), tuple(others))


def relabel(store: Store, recording: int, row: Row) -> None:
    """Replace the labels of a recording by those of a row. What people said of them must be heard again."""
    for table in ("labels", "given_labels"):
        store.run(f"DELETE FROM {table} WHERE recording = ?", (recording,))
    _label(store, recording, row)


def said_in(row: Row) -> dict[str, Any]:
    """List what a row says of a recording next to its labels. Empty cells are left out."""
    found = {name: getattr(row, name) for name in FIELDS} | row.extra
    found.pop("inat_taxon_id", None)  # of the taxon
    return {name: value for name, value in found.items() if value not in (None, "")}


def said_of(store: Store, recording: int) -> dict[str, Any]:
    """List what the catalogue knows of a recording next to its labels, under the names of `said_in`."""
    names = (*FIELDS, *EXTRA_COLUMNS)
    sql = f"SELECT {', '.join(names)}, coalesce(extra, '{{}}') FROM recordings WHERE id = ?"
    *values, extra = store.one(sql, (recording,)) or ()
    found: dict[str, Any] = dict(zip(names, values, strict=True)) | json.loads(extra)
    return found


def tell(store: Store, recording: int, said: Mapping[str, Any]) -> None:
    """Note what is said of a recording, under the names of `said_in`."""
    columns = [name for name in said if name in FIELDS or name in EXTRA_COLUMNS]
    for name in columns:
        store.run(f"UPDATE recordings SET {name} = ? WHERE id = ?", (said[name], recording))
    extra = {name: value for name, value in said.items() if name not in columns}
    if extra:
        sql = "UPDATE recordings SET extra = json_patch(coalesce(extra, '{}'), ?) WHERE id = ?"
        store.run(sql, (json.dumps(extra, sort_keys=True), recording))


def touch(store: Store, recording: int, mtime_ns: int) -> None:
    """Note a new time of change for a file whose bytes are the same."""
    store.run("UPDATE recordings SET mtime_ns = ? WHERE id = ?", (mtime_ns, recording))


def rate_of(store: Store, recording: int) -> int | None:
    """Look up the rate of a recording in Hz, or `None` if it is unreadable."""
    rate = store.value("SELECT sr FROM recordings WHERE id = ?", (recording,))
    return None if rate is None else int(rate)


def with_bytes(store: Store, sha256: str) -> list[tuple[int, str | bytes]]:
    """List number and path of every recording of these bytes, in the order of import."""
    return list(store.rows("SELECT id, path FROM recordings WHERE sha256 = ? ORDER BY id", (sha256,)))


def path_of(store: Store, recording: int) -> str | bytes:
    """Path of a recording's raw file, as the catalogue has it."""
    cell: str | bytes = store.value("SELECT path FROM recordings WHERE id = ?", (recording,))
    return cell


def move(store: Store, recording: int, path: str, folder: Path) -> None:
    """Note the new place of a file. All that is known of it stays."""
    store.run("UPDATE recordings SET path = ? WHERE id = ?", (stored(path, folder), recording))


def set_length(store: Store, recording: int, frames: int, problem: str | None) -> None:
    """Correct a recording's length by what decoding all of it gave."""
    store.run(
        # Only where something differs: a trigger takes every update for a change, and steps run again.
        "UPDATE recordings SET frames = ?1, duration = CAST(?1 AS REAL) / sr, "
        "problem = coalesce(?2, problem) "
        "WHERE id = ?3 AND (frames <> ?1 OR problem IS NOT coalesce(?2, problem))",
        (frames, problem, recording),
    )


def free_id(store: Store, archive: str, archive_id: str) -> str:
    """Give the id itself if it is new to the archive, else with a number behind it."""
    taken = "SELECT 1 FROM recordings WHERE archive = ? AND archive_id = ?"
    name, number = archive_id, 1
    while store.one(taken, (archive, name)) is not None:
        number += 1
        name = f"{archive_id}~{number}"
    return name


def _label(store: Store, recording: int, row: Row) -> None:
    if row.label:
        store.run(_INSERT_LABEL, (recording, 0, row.label, "primary"))
    if row.secondary_labels:
        others = dict.fromkeys(label for label in row.secondary_labels if label and label != row.label)
        for ordinal, label in enumerate(others, start=int(bool(row.label))):
            store.run(_INSERT_LABEL, (recording, ordinal, label, "secondary"))
    name_taxon(store, row)


def name_taxon(store: Store, row: Row) -> None:
    """Note the names of a row's class: later tables may know more of it, and fill what is empty."""
    if not row.label:
        return
    store.once(
        "INSERT INTO taxa (label, scientific_name, common_name, class_name, inat_taxon_id) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (label) DO UPDATE SET "
        "scientific_name = iif(scientific_name = '', excluded.scientific_name, scientific_name), "
        "common_name = iif(common_name = '', excluded.common_name, common_name), "
        "class_name = iif(class_name = '', excluded.class_name, class_name), "
        "inat_taxon_id = iif(inat_taxon_id = '', excluded.inat_taxon_id, inat_taxon_id)",
        (row.label, row.scientific_name, row.common_name, row.class_name, row.extra.get("inat_taxon_id", "")),
    )


def taxon_of(store: Store, label: str) -> tuple[str, ...]:
    """Look up what the catalogue calls a class, in the order of `TAXON`; empty texts where it is unknown."""
    row = store.one(f"SELECT {', '.join(TAXON)} FROM taxa WHERE label = ?", (label,))
    return ("",) * len(TAXON) if row is None else tuple(row)


def rename_taxon(store: Store, label: str, said: Mapping[str, str]) -> None:
    """Replace names of a class, by the columns of `TAXON`."""
    for column, name in said.items():
        store.run(f"UPDATE taxa SET {column} = ? WHERE label = ?", (name, label))


@dataclass(frozen=True, slots=True)
class File:
    """All that a worker must know of a recording's file. `duration` in seconds."""

    recording: int
    path: str | bytes
    duration: float
    size: int
    mtime_ns: int
    sha256: str | None


def longest_first(store: Store, members: Sequence[int] | None = None) -> Iterator[tuple[int, float]]:
    """List number and seconds of every recording that can be decoded, or of some.

    Long recordings go first so that the last worker is not left alone with one of them.
    """
    some, values = among("id", members)
    sql = f"SELECT id, duration FROM recordings WHERE status = 'ok' AND {some} ORDER BY duration DESC, id"
    yield from store.rows(sql, values)


def failed(store: Store) -> Iterator[int]:
    """List the recordings that failed to decode at their import."""
    for (number,) in store.rows("SELECT id FROM recordings WHERE status = 'failed' ORDER BY id"):
        yield int(number)


def failed_names(store: Store) -> list[str]:
    """Name the recordings that failed to decode at their import, in its order."""
    sql = "SELECT archive || ':' || archive_id FROM recordings WHERE status = 'failed' ORDER BY id"
    return [str(name) for (name,) in store.rows(sql)]


def files(store: Store, numbers: Sequence[int]) -> Iterator[File]:
    """Look recordings up in a given order, a page at a time, to save memory."""
    sql = """
        SELECT r.id, r.path, r.duration, r.bytes, r.mtime_ns, r.sha256
        FROM json_each(?) wanted JOIN recordings r ON r.id = wanted.value ORDER BY wanted.key
    """
    for start in range(0, len(numbers), _PAGE):
        page = json.dumps(list(numbers[start : start + _PAGE]))
        yield from [File(*row) for row in store.rows(sql, (page,))]
