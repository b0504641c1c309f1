"""The same sound in several recordings: evidence for it, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curate.catalogue.listings import Rows
from curate.catalogue.store import Store

_COMPARED = """
    SELECT r.id, r.archive || ':' || r.archive_id, coalesce(l.label, ''),
           (SELECT json_group_array(label) FROM
               (SELECT label FROM labels WHERE recording = r.id AND role = 'secondary' ORDER BY ordinal)),
           r.duration, r.sr, r.codec, r.bytes, coalesce(r.license, ''), r.rating
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    WHERE r.status = 'ok' AND r.duration > 0
      AND NOT EXISTS (SELECT 1 FROM cuts WHERE recording = r.id AND action = 'drop' AND step <> ?)
    ORDER BY r.id
"""


def compared(store: Store, step: str) -> Rows:
    """List what choosing between copies needs to know of recordings that no other step dropped."""
    return store.rows(_COMPARED, (step,))


def same_bytes(store: Store) -> Rows:
    """List number and hash of recordings whose bytes another one has, too."""
    sql = """
        SELECT id, sha256 FROM recordings WHERE status = 'ok' AND sha256 IN
            (SELECT sha256 FROM recordings WHERE status = 'ok' GROUP BY sha256 HAVING count(*) > 1)
        ORDER BY sha256, id
    """
    return store.rows(sql)


# Of one archive such recordings are a series of one evening; of two they are one file, twice uploaded.
_SAME_METADATA = """
    SELECT id, archive, recordist, date, time, latitude, longitude FROM recordings
    WHERE status = 'ok' AND recordist <> '' AND length(date) >= 10 AND time <> ''
      AND latitude IS NOT NULL AND longitude IS NOT NULL ORDER BY id
"""


def dated(store: Store) -> Rows:
    """List archive, recordist, date, time and place of the recordings of which all are known."""
    return store.rows(_SAME_METADATA)


def hashes(store: Store) -> Rows:
    """List number, id, hash and seconds of every recording that can be decoded."""
    return store.rows(
        "SELECT id, archive || ':' || archive_id, sha256, duration FROM recordings "
        "WHERE status = 'ok' ORDER BY id"
    )


def files(store: Store) -> Rows:
    """List number, id, hash, path, seconds, size and time of change of every recording with sound."""
    return store.rows(
        "SELECT id, archive || ':' || archive_id, sha256, path, duration, bytes, mtime_ns FROM recordings "
        "WHERE status = 'ok' AND duration > 0 ORDER BY id"
    )


def tracks(store: Store, layer: str) -> Rows:
    """List number, seconds and packed track of every recording with a track in a layer."""
    sql = """
        SELECT r.id, r.duration, t.data FROM tracks t JOIN recordings r ON r.id = t.recording
        WHERE t.layer = (SELECT id FROM layers WHERE name = ?) AND r.status = 'ok' ORDER BY r.id
    """
    return store.rows(sql, (layer,))


def replace(
    store: Store,
    matches: Iterable[tuple[object, ...]],
    clusters: Mapping[int, int],
    labels: Iterable[tuple[int, str]],
) -> None:
    """Write evidence, clusters and added classes anew."""
    for table in ("matches", "clusters", "more_labels"):
        store.run(f"DELETE FROM {table}")
    store.many(
        "INSERT INTO matches "
        "(recording, other, ordinal, kind, onset, offset, other_onset, other_offset, score) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        matches,
    )
    store.many("INSERT INTO clusters (recording, cluster) VALUES (?, ?)", clusters.items())
    store.many("INSERT INTO more_labels (recording, label) VALUES (?, ?)", labels)


# Pieces of one tape agree in nothing but metadata, so that is no evidence here.
_CONFLICTS = """
    WITH primary_of AS (SELECT recording, label FROM labels WHERE ordinal = 0 AND role = 'primary'),
    same AS (
        SELECT min(recording, other) AS one, max(recording, other) AS two, sum(offset - onset) AS seconds
        FROM matches WHERE kind IN ('bytes', 'samples', 'sound') GROUP BY 1, 2
        UNION
        SELECT a.id, b.id, a.duration FROM recordings a
        JOIN recordings b ON b.sha256 = a.sha256 AND b.id > a.id
        WHERE a.status = 'ok' AND b.status = 'ok'
    )
    SELECT s.one, s.two, p.label, q.label, max(s.seconds)
    FROM same s JOIN primary_of p ON p.recording = s.one JOIN primary_of q ON q.recording = s.two
    WHERE p.label <> q.label GROUP BY s.one, s.two ORDER BY s.one, s.two
"""


def conflicts(store: Store) -> Rows:
    """List pairs of the same sound with different labels: two numbers, two labels, seconds in common."""
    return store.rows(_CONFLICTS)
