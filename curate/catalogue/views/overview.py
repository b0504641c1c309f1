"""What a report asks the catalogue: all recordings in one pass, and a few counts next to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.catalogue.cuts import WORDS
from curate.catalogue.store import Store

# What holds the same sound is asked of recordings with a fold alone, by their bytes as by their clusters.
_RECORDINGS = """
    SELECT r.id, r.archive, coalesce(r.license, ''), r.status, coalesce(r.duration, 0.0), coalesce(r.sr, 0),
           coalesce(l.label, ''), coalesce(r.recordist, ''), r.latitude, r.longitude, a.fold,
           coalesce(a.copies, 1), c.cluster,
           iif(a.fold IS NULL, '', coalesce(json_extract(r.extra, '$.site'), r.locality, '')),
           iif(a.fold IS NULL, '', coalesce(json_extract(r.extra, '$.obscured'), '')),
           iif(a.fold IS NULL, NULL, (SELECT min(id) FROM recordings WHERE sha256 = r.sha256))
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    LEFT JOIN assignments a ON a.recording = r.id
    LEFT JOIN clusters c ON c.recording = r.id
    ORDER BY r.id
"""


def recordings(store: Store, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """List what a report counts of every recording, in the order of import and in blocks."""
    return store.blocks(_RECORDINGS, size=size)


_LABELS = """
    SELECT y.name AS layer, s.label, count(DISTINCT s.recording) AS recordings, count(*) AS segments,
           sum(s.offset - s.onset) AS seconds
    FROM segments s JOIN layers y ON y.id = s.layer
    GROUP BY y.id, s.label ORDER BY y.name, seconds DESC, s.label
"""

# One of each pair: the cell that is kept twice would count twice.
_MATCHES = """
    SELECT kind, count(*) AS pairs FROM
        (SELECT DISTINCT kind, min(recording, other), max(recording, other) FROM matches)
    GROUP BY kind ORDER BY kind
"""

_RUN = "SELECT command, ended, version FROM runs WHERE outcome = 'done' ORDER BY id DESC LIMIT 1"

TABLES: dict[str, str] = {"labels": _LABELS, "matches": _MATCHES, "run": _RUN}


def table(store: Store, name: str) -> list[dict[str, Any]]:
    """Read one of `TABLES`: what layers found by label, how duplicates were found, or the latest run."""
    names, rows = store.table(TABLES[name])
    return [dict(zip(names, row, strict=True)) for row in rows]


def taxa(store: Store) -> dict[str, tuple[str, str, str]]:
    """Give scientific name, common name and class of every label that has any."""
    sql = "SELECT label, scientific_name, common_name, class_name FROM taxa"
    return {label: names for label, *names in store.rows(sql)}  # type: ignore[misc]


# Of a duplicate nothing can be heard that says whether it is one: the review compares both.
_SCORED = f"""
    SELECT x.recording, x.onset, x.offset, x.action, {WORDS}, x.score, x.producer
    FROM cuts x JOIN recordings r ON r.id = x.recording
    WHERE x.score IS NOT NULL AND x.action <> 'flag' AND x.step <> 'dedupe' AND r.status = 'ok'
    ORDER BY x.recording, x.onset
"""


#: Cuts that are held at a time.
_SIZE = 8_192


def scored_cuts(store: Store) -> Iterator[list[tuple[Any, ...]]]:
    """Stream what takes sound away on the word of a score, in blocks.

    The columns are recording, onset, offset, action, words, score and producer.
    """
    return store.blocks(_SCORED, size=_SIZE)


_HEARD = """
    SELECT archive || ':' || archive_id, path, bytes, mtime_ns, sha256, duration,
           coalesce(recordist, ''), coalesce(license, ''), coalesce(url, '')
    FROM recordings WHERE id = ?
"""


def heard(store: Store, recording: int) -> tuple[Any, ...]:
    """Look up what is needed to hear a recording: its id, its file, its credits."""
    row = store.one(_HEARD, (recording,))
    assert row is not None
    return row
