"""All that the catalogue knows of one recording, one function per chapter.

Rows come as dicts by column: what a person reads of one recording needs no speed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from curate.catalogue.cuts import WORDS
from curate.catalogue.store import Store, Values

Fact = dict[str, Any]

#: Columns of recorders that hold JSON.
_JSON = frozenset({"doubts", "fields", "sources"})


def _facts(store: Store, sql: str, values: Values) -> list[Fact]:
    names, rows = store.table(sql, values)
    return [dict(zip(names, row, strict=True)) for row in rows]


def recording(store: Store, number: int) -> Fact:
    """Read all columns of a recording."""
    (found,) = _facts(store, "SELECT * FROM recordings WHERE id = ?", (number,))
    return found


def recorder(store: Store, number: int) -> Fact:
    """Read what its recorder says of it, or empty if missing."""
    found = _facts(store, "SELECT * FROM recorders WHERE recording = ?", (number,))
    if not found:
        return {}
    del found[0]["recording"]
    return {name: json.loads(cell) if name in _JSON else cell for name, cell in found[0].items()}


def names(store: Store, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Look up the ids of some recordings."""
    sql = """
        SELECT id, archive || ':' || archive_id FROM recordings
        WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
    """
    return store.rows(sql, (json.dumps(list(numbers)),))


def sources(store: Store, number: int) -> list[Fact]:
    """List by which archives and ids it was reached."""
    sql = "SELECT archive, archive_id, url FROM sources WHERE recording = ? ORDER BY archive, archive_id"
    return _facts(store, sql, (number,))


def labels(store: Store, number: int) -> list[Fact]:
    """List what it is called, with the names of each taxon and where the label is from.

    That is ``archive``, ``person`` (a verdict changed what the archive said), or ``duplicate``: another
    copy of the same sound is called so.
    """
    sql = """
        WITH own AS (
            SELECT label, role, ordinal,
                   CASE WHEN NOT EXISTS (SELECT 1 FROM given_labels WHERE recording = :number)
                          OR EXISTS (SELECT 1 FROM given_labels g WHERE g.recording = :number
                                     AND g.label = l.label AND g.role = l.role)
                        THEN 'archive' ELSE 'person' END AS origin
            FROM labels l WHERE recording = :number
            UNION ALL
            SELECT label, 'secondary', 1000000, 'duplicate' FROM more_labels WHERE recording = :number
        )
        SELECT o.label, o.role, o.origin, coalesce(t.scientific_name, '') AS scientific_name,
               coalesce(t.common_name, '') AS common_name, coalesce(t.class_name, '') AS class_name
        FROM own o LEFT JOIN taxa t ON t.label = o.label ORDER BY o.ordinal, o.label
    """
    return _facts(store, sql, {"number": number})


def given_labels(store: Store, number: int) -> list[Fact]:
    """List what the archive called it before a person said otherwise, or empty if unchanged."""
    sql = "SELECT label, role FROM given_labels WHERE recording = ? ORDER BY ordinal"
    return _facts(store, sql, (number,))


def layers(store: Store, number: int) -> list[Fact]:
    """List every layer that looked at it, or failed to, and how much it found.

    `version` and `parameters` are those with which the layer looked last, at whatever recording; this one
    was looked at so if `digest` is theirs.
    """
    sql = """
        SELECT y.name AS layer, y.producer, y.version, y.parameters, c.status,
               coalesce(c.reason, '') AS reason, c.digest,
               count(s.ordinal) AS segments, coalesce(sum(s.offset - s.onset), 0.0) AS seconds
        FROM coverage c JOIN layers y ON y.id = c.layer
        LEFT JOIN segments s ON s.recording = c.recording AND s.layer = c.layer
        WHERE c.recording = ? GROUP BY y.id ORDER BY y.name
    """
    return _facts(store, sql, (number,))


def not_looked(store: Store, number: int) -> list[str]:
    """List the layers that have yet to scan it."""
    sql = """
        SELECT name FROM layers WHERE id NOT IN (SELECT layer FROM coverage WHERE recording = ?) ORDER BY name
    """
    return [row[0] for row in store.rows(sql, (number,))]


def segments(store: Store, number: int) -> list[Fact]:
    """List what all layers found, by layer and in order of time."""
    sql = """
        SELECT y.name AS layer, s.onset, s.offset, s.label, s.score, s.low_freq, s.high_freq
        FROM segments s JOIN layers y ON y.id = s.layer WHERE s.recording = ? ORDER BY y.name, s.onset
    """
    return _facts(store, sql, (number,))


def cuts(store: Store, number: int) -> list[Fact]:
    """List what every step decided about it, in order of time."""
    sql = f"""
        SELECT step, onset, offset, action, {WORDS} AS reason, score, producer FROM cuts x
        WHERE recording = ? ORDER BY onset, step, ordinal
    """
    return _facts(store, sql, (number,))


def verdicts(store: Store, number: int) -> list[Fact]:
    """List what people decided, withdrawn verdicts as well, the earliest first."""
    sql = """
        SELECT v.id AS number, v.onset, v.offset, v.judgement, v.label, v.reviewer, v.at, v.withdrawn,
               coalesce(r.archive || ':' || r.archive_id, '') AS other
        FROM verdicts v
        LEFT JOIN recordings r ON v.other IS NOT NULL AND r.id = iif(v.other = :number, v.recording, v.other)
        WHERE v.recording = :number OR v.other = :number ORDER BY v.id
    """
    return _facts(store, sql, {"number": number})


def group(store: Store, number: int) -> list[Fact]:
    """List the recordings that belong together with it, and why those of them go that dedupe drops."""
    sql = f"""
        SELECT r.archive || ':' || r.archive_id AS recording_id, r.path, coalesce(l.label, '') AS label,
               (SELECT {WORDS} FROM cuts x
                WHERE recording = r.id AND step = 'dedupe' AND action = 'drop') AS dropped
        FROM clusters c JOIN recordings r ON r.id = c.recording
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        WHERE c.cluster = (SELECT cluster FROM clusters WHERE recording = ?) ORDER BY r.id
    """
    return _facts(store, sql, (number,))


def matches(store: Store, number: int) -> list[Fact]:
    """List the stretches that it has in common with others: seconds in it, and in the other."""
    sql = """
        SELECT r.archive || ':' || r.archive_id AS other, m.kind, m.onset, m.offset, m.there AS other_onset,
               m.until AS other_offset, m.score
        FROM (SELECT other, kind, onset, offset, other_onset AS there, other_offset AS until, score
              FROM matches WHERE recording = :number
              UNION ALL
              SELECT recording, kind, other_onset, other_offset, onset, offset, score
              FROM matches WHERE other = :number) m
        JOIN recordings r ON r.id = m.other ORDER BY r.id, m.onset
    """
    return _facts(store, sql, {"number": number})


def assignment(store: Store, number: int) -> Fact | None:
    """Read fold, weight, copies and windows, or `None` before the first split."""
    sql = "SELECT fold, weight, copies, windows FROM assignments WHERE recording = ?"
    return next(iter(_facts(store, sql, (number,))), None)


def timemap(store: Store, number: int) -> list[Fact]:
    """List where each piece of the finished copy lies in the raw recording, in seconds of both."""
    sql = """
        SELECT 1.0 * p.clean_start / r.sr AS clean_onset,
               1.0 * (p.clean_start + p.frames) / r.sr AS clean_offset,
               1.0 * p.raw_start / r.sr AS raw_onset,
               1.0 * (p.raw_start + p.frames) / r.sr AS raw_offset
        FROM pieces p JOIN recordings r ON r.id = p.recording
        JOIN copies c ON c.recording = p.recording AND c.digest IS NOT NULL
        WHERE p.recording = ? ORDER BY p.ordinal
    """
    return _facts(store, sql, (number,))


def runs(store: Store) -> list[Fact]:
    """List the latest run of every command, each of which sees to all recordings.

    Of those about one or two recordings there are its verdicts instead.
    """
    sql = """
        SELECT id AS run, command, started, outcome, version, parameters FROM runs
        WHERE id IN (SELECT max(id) FROM runs GROUP BY command)
          AND command NOT IN ('keep', 'cut', 'same', 'different')
        ORDER BY id
    """
    return _facts(store, sql, ())
