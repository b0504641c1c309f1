"""Exports in the catalogue: what each was made of, and the clean copies that it names.

A copy that an export names is never written over. When the ledger asks for another one, it becomes an
*old copy*. It stays where it is until `curate clean-up` finds that no export needs it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curate.catalogue.store import Store, among


@dataclass(frozen=True, slots=True)
class Export:
    """What was given out, as it was then.

    Parameters
    ----------
    path
        As the catalogue keeps paths.
    sha256
        Of the file; None of a folder.
    standing
        Choices of other steps that it followed.
    moves
        Whether its paths lead to the dataset from wherever both are moved to.
    states
        Packed, of every recording: see `curate.steps.common.export_digests`. `every` leaves them out.
    """

    number: int
    path: str | bytes
    format: str
    options: dict[str, Any]
    at: str
    rows: int
    sha256: str | None
    standing: dict[str, Any]
    states: bytes = b""
    moves: bool = False


@dataclass(frozen=True, slots=True)
class NamedCopy:
    """A clean copy that an export names: where it lies, what it is made of, and in how many rows."""

    path: str
    digest: str
    sha256: str | None
    rows: int


def _place(store: Store) -> str:
    """Hash of where the dataset is: what names files by their whole path says nothing of a copy elsewhere."""
    return hashlib.sha256(os.fsencode(store.path.parent)).hexdigest()[:16]


def _here(store: Store) -> str:
    """Condition that an export is of the dataset where it is now; hexadecimal digits need no care."""
    return f"place IN ('', '{_place(store)}')"


def _named(store: Store) -> str:
    """Query for the paths that exports name."""
    return f"SELECT path FROM export_copies WHERE export IN (SELECT id FROM exports WHERE {_here(store)})"


def put(store: Store, export: Export, copies: Iterable[NamedCopy]) -> None:
    """Note an export, in the place of an earlier one of the same path."""
    store.run("DELETE FROM exports WHERE path = ?", (export.path,))
    number = store.run(
        "INSERT INTO exports (path, place, format, options, at, rows, sha256, standing, states) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            export.path,
            "" if export.moves else _place(store),
            export.format,
            json.dumps(export.options, default=str, sort_keys=True),
            export.at,
            export.rows,
            export.sha256,
            json.dumps(export.standing, sort_keys=True),
            export.states,
        ),
    )
    store.many(
        "INSERT INTO export_copies (export, path, digest, sha256, rows) VALUES (?, ?, ?, ?, ?)",
        [(number, each.path, each.digest, each.sha256, each.rows) for each in copies],
    )


def numbers(store: Store) -> list[int]:
    """List the numbers of all exports."""
    return [number for (number,) in store.rows(f"SELECT id FROM exports WHERE {_here(store)}")]


def touch(store: Store, path: str | bytes, at: str) -> None:
    """Note that an export was asked for again, and would have been written as it is."""
    store.run("UPDATE exports SET at = ? WHERE path = ?", (at, path))


def every(store: Store, members: Sequence[int] | None = None) -> Iterator[Export]:
    """Stream all exports without their states, or some by their numbers, the latest first."""
    some, values = among("id", members)
    sql = (
        "SELECT id, path, format, options, at, rows, sha256, standing FROM exports "
        f"WHERE {_here(store)} AND {some} ORDER BY at DESC, id DESC"
    )
    for number, path, form, options, at, rows, sha256, standing in store.rows(sql, values):
        yield Export(number, path, form, json.loads(options), at, rows, sha256, json.loads(standing))


def states_of(store: Store, number: int) -> bytes:
    """Read the states of an export: 16 bytes for each recording."""
    return bytes(store.value("SELECT states FROM exports WHERE id = ?", (number,)))


def made_of(store: Store, rows: Mapping[str, int]) -> list[NamedCopy]:
    """Look up what the copies of some paths are made of, which this many rows name."""
    sql = """
        SELECT path, digest, sha256 FROM copies
        WHERE digest IS NOT NULL AND path IN (SELECT value FROM json_each(?)) ORDER BY path
    """
    found = store.rows(sql, (json.dumps(list(rows)),))
    return [NamedCopy(path, digest, sha256, rows[path]) for path, digest, sha256 in found]


def size_of(store: Store, path: str, digest: str) -> int | None:
    """Look up the bytes of a copy, of now or an old one, or `None` if missing."""
    sql = """
        SELECT bytes FROM copies WHERE path = ?1 AND digest = ?2
        UNION ALL SELECT bytes FROM old_copies WHERE path = ?1 AND digest = ?2
    """
    row = store.one(sql, (path, digest))
    return None if row is None else int(row[0])


def forget(store: Store, number: int) -> None:
    """Forget an export: the copies that it names are no longer kept for its sake."""
    store.run("DELETE FROM exports WHERE id = ?", (number,))


def rename(store: Store, number: int, path: str) -> None:
    """Note another place for an export, instead of what was noted for that place."""
    store.run("DELETE FROM exports WHERE path = ? AND id <> ?", (path, number))
    store.run("UPDATE exports SET path = ? WHERE id = ?", (path, number))


def copies_of(store: Store, number: int) -> list[NamedCopy]:
    """List the clean copies that an export names."""
    sql = "SELECT path, digest, sha256, rows FROM export_copies WHERE export = ? ORDER BY path"
    return [NamedCopy(*row) for row in store.rows(sql, (number,))]


#: Rows of each export whose copy is not the one that the ledger asks for now.
_OUTDATED = """
    SELECT e.path, sum(n.rows) FROM exports e JOIN export_copies n ON n.export = e.id
    WHERE e.{here} AND NOT EXISTS (SELECT 1 FROM copies c WHERE c.path = n.path AND c.digest = n.digest)
    GROUP BY e.id ORDER BY e.id
"""


def outdated(store: Store) -> dict[str | bytes, int]:
    """Count, for each export by its path, the rows whose copy is of other cuts than the ledger has now."""
    return dict(store.rows(_OUTDATED.format(here=_here(store))))


@dataclass(frozen=True, slots=True)
class OldCopy:
    """A clean copy of other cuts than those of the ledger, which an export names or named."""

    path: str
    recording: int
    digest: str
    frames: int
    bytes: int
    sha256: str | None
    pieces: str


def old_copies(store: Store, *, unneeded: bool = False) -> Iterator[OldCopy]:
    """Stream the old copies, by recording, or only those outside all exports."""
    where = f"WHERE path NOT IN ({_named(store)})" if unneeded else ""
    sql = f"""
        SELECT path, recording, digest, frames, bytes, sha256, pieces FROM old_copies o {where}
        ORDER BY recording, path
    """
    for row in store.rows(sql):
        yield OldCopy(*row)


def unneeded(store: Store, *, without: Sequence[int] = ()) -> dict[str, str | bytes]:
    """Find the old copies outside all exports, each with the path of its raw file.

    Parameters
    ----------
    without
        Numbers of exports that do not count.
    """
    sql = f"""
        SELECT o.path, r.path FROM old_copies o JOIN recordings r ON r.id = o.recording
        WHERE o.path NOT IN ({_named(store)} AND export NOT IN (SELECT value FROM json_each(?)))
    """
    return dict(store.rows(sql, (json.dumps(list(without)),)))


def bytes_per_sample(store: Store) -> dict[str, float]:
    """Tell how many bytes a sample takes in the clean copies, by the last four characters of their names."""
    sql = """
        SELECT substr(c.path, -4), sum(c.bytes) * 1.0 / sum(c.frames * r.channels)
        FROM copies c JOIN recordings r ON r.id = c.recording
        WHERE c.digest IS NOT NULL AND c.frames * r.channels > 0 GROUP BY 1
    """
    return dict(store.rows(sql))


def forget_old(store: Store, path: str) -> None:
    """Forget an old copy whose file is gone."""
    store.run("DELETE FROM old_copies WHERE path = ?", (path,))


def named(store: Store) -> dict[str, set[str]]:
    """Find the paths that exports name, or that old copies have, with what lies there (the digests)."""
    found: dict[str, set[str]] = {}
    here = f"export IN (SELECT id FROM exports WHERE {_here(store)})"
    sql = f"SELECT path, digest FROM export_copies WHERE {here} UNION SELECT path, digest FROM old_copies"
    for path, digest in store.rows(sql):
        found.setdefault(path, set()).add(digest)
    return found


_PIECES = """
    (SELECT coalesce(json_group_array(json_array(clean_start, raw_start, frames)), '[]') FROM
        (SELECT * FROM pieces WHERE recording = c.recording ORDER BY ordinal))
"""


def set_aside(store: Store, where: str, values: Sequence[object]) -> bool:
    """Make old copies of those copies that an export names, among the ones of a condition on `copies c`.

    Returns
    -------
    Whether there were any.
    """
    named = f"digest IS NOT NULL AND path IN ({_named(store)}) AND {where}"
    store.run(
        "INSERT OR REPLACE INTO old_copies (path, recording, digest, frames, bytes, sha256, pieces) "
        f"SELECT path, recording, digest, frames, bytes, sha256, {_PIECES} FROM copies c WHERE {named}",
        values,
    )
    # First copied, then deleted: the condition is on `copies`, and must find the same rows twice.
    before = store.changes
    store.run(f"DELETE FROM copies AS c WHERE {named}", values)
    return store.changes != before


def outdate(store: Store, where: str, values: Sequence[object]) -> None:
    """Note that other cuts are wanted than those of which some copies are made. `where` is on `copies c`."""
    # Copies that an export names keep their digest and place as old copies. All others may be
    # written over by the next rendering.
    set_aside(store, where, values)
    store.run(f"UPDATE copies AS c SET digest = NULL WHERE {where}", values)


def take_back(store: Store, old: OldCopy) -> None:
    """Make an old copy the copy of its recording again, as its cuts are those of the ledger."""
    store.run("DELETE FROM copies WHERE recording = ?", (old.recording,))
    store.run(
        "INSERT INTO copies (recording, path, digest, frames, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?)",
        (old.recording, old.path, old.digest, old.frames, old.bytes, old.sha256),
    )
    store.many(
        "INSERT INTO pieces (recording, ordinal, clean_start, raw_start, frames) VALUES (?, ?, ?, ?, ?)",
        [(old.recording, ordinal, *piece) for ordinal, piece in enumerate(json.loads(old.pieces))],
    )
    forget_old(store, old.path)
