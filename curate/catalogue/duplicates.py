"""The same sound in several recordings: evidence for it, and what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from curate.catalogue.listings import Rows
from curate.catalogue.store import Store, among
from curate.model import Cut

_COMPARED = """
    SELECT r.id, r.archive || ':' || r.archive_id, coalesce(l.label, ''),
           (SELECT json_group_array(label) FROM
               (SELECT label FROM labels WHERE recording = r.id AND role = 'secondary' ORDER BY ordinal)),
           r.duration, r.sr, r.codec, r.bytes, coalesce(r.license, ''), r.rating,
           (coalesce(r.date, '') <> '') + (r.latitude IS NOT NULL)
               + (instr(coalesce(r.extra, ''), '"site":') > 0)
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    WHERE r.status = 'ok' AND r.duration > 0 AND {some}
    ORDER BY r.id
"""


def compared(store: Store, members: Sequence[int] | None = None) -> Rows:
    """List what choosing between copies needs to know of every recording with sound.

    Parameters
    ----------
    members
        Only these recordings; None for all.
    """
    some, values = among("r.id", members)
    return store.rows(_COMPARED.format(some=some), values)


_MARKED = """
    SELECT value,
           (SELECT count(*) FROM verdicts WHERE recording = value AND withdrawn IS NULL
               AND judgement IN ('cut', 'keep', 'relabel', 'also')),
           (SELECT count(*) FROM segments WHERE recording = value AND layer IN
               (SELECT id FROM layers WHERE producer = 'import'))
    FROM json_each(?)
"""


def marked(store: Store, members: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Count the standing verdicts on each of some recordings, and the annotations in it."""
    return {
        number: (said, found) for number, said, found in store.rows(_MARKED, (json.dumps(list(members)),))
    }


def tied_to(store: Store, recording: int) -> list[int]:
    """List all recordings that evidence, or a verdict on a pair, ties to one: itself first."""
    # UNION ends the walk, as matches go in circles. Withdrawn verdicts tie, too: what they had grouped must
    # be decided again.
    sql = """
        WITH RECURSIVE tied (number) AS (
            SELECT :number
            UNION SELECT m.other FROM tied JOIN matches m ON m.recording = number
            UNION SELECT m.recording FROM tied JOIN matches m ON m.other = number
            UNION SELECT v.other FROM tied JOIN verdicts v ON v.recording = number AND v.other IS NOT NULL
            UNION SELECT v.recording FROM tied JOIN verdicts v ON v.other = number
        )
        SELECT number FROM tied
    """
    return [row[0] for row in store.rows(sql, {"number": recording})]


def across_folds(store: Store) -> Rows:
    """List cluster, recording, fold, seconds and rate of all with a fold, of clusters in several folds."""
    sql = """
        SELECT c.cluster, r.id, a.fold, r.duration, r.sr
        FROM clusters c JOIN assignments a USING (recording) JOIN recordings r ON r.id = c.recording
        WHERE a.fold IS NOT NULL AND r.status = 'ok' AND c.cluster IN
            (SELECT cluster FROM clusters JOIN assignments USING (recording)
             GROUP BY cluster HAVING count(DISTINCT fold) > 1)
        ORDER BY r.id
    """
    return store.rows(sql)


def are_one_file(store: Store, one: int, other: int) -> bool:
    """Whether two recordings have the same bytes."""
    sql = "SELECT 1 FROM recordings a JOIN recordings b ON b.sha256 = a.sha256 WHERE a.id = ? AND b.id = ?"
    return store.one(sql, (one, other)) is not None


def tied(store: Store, members: Sequence[int]) -> list[int]:
    """Find those of some recordings of which evidence, or a verdict on a pair, tells of another one."""
    sql = """
        SELECT value FROM json_each(?) WHERE
            EXISTS (SELECT 1 FROM matches WHERE recording = value)
            OR EXISTS (SELECT 1 FROM matches WHERE other = value)
            OR EXISTS (SELECT 1 FROM verdicts WHERE recording = value AND other IS NOT NULL)
            OR EXISTS (SELECT 1 FROM verdicts WHERE other = value)
            OR EXISTS (SELECT 1 FROM leaks WHERE recording = value)
        ORDER BY value
    """
    return [row[0] for row in store.rows(sql, (json.dumps(list(members)),))]


def evidence(store: Store, members: Sequence[int]) -> Rows:
    """List the stretches in common of some recordings: two numbers, kind, ends in each, score."""
    sql = """
        SELECT recording, other, kind, onset, offset, other_onset, other_offset, score FROM matches
        WHERE recording IN (SELECT value FROM json_each(?)) ORDER BY recording, other, ordinal
    """
    return store.rows(sql, (json.dumps(list(members)),))


def decided(store: Store, recording: int) -> list[Cut]:
    """List what `dedupe` decided about one recording."""
    sql = """
        SELECT onset, offset, action, reason, score, producer, detail FROM cuts
        WHERE recording = ? AND step = 'dedupe' ORDER BY ordinal
    """
    return [Cut(*row) for row in store.rows(sql, (recording,))]


def dropped_for(store: Store, recording: int) -> list[tuple[str | bytes, float]]:
    """List the files that `dedupe` dropped for a recording, each with the recording's length in seconds."""
    sql = """
        SELECT r.path, best.duration
        FROM json_each(?2) t
        JOIN recordings best ON best.id = ?1
        JOIN recordings r ON r.id = t.value
        JOIN cuts x ON x.recording = r.id AND x.step = 'dedupe' AND x.action = 'drop'
        WHERE instr(x.detail || ',', ' as ' || best.archive || ':' || best.archive_id || ',')
        ORDER BY r.id
    """
    tied = json.dumps(tied_to(store, recording))
    return [(path, duration) for path, duration in store.rows(sql, (recording, tied))]


def regroup(
    store: Store,
    members: Sequence[int],
    clusters: Mapping[int, int],
    labels: Mapping[int, Sequence[str]],
) -> None:
    """Write clusters and added classes of some recordings again."""
    for table in ("clusters", "more_labels"):
        store.many(f"DELETE FROM {table} WHERE recording = ?", [(number,) for number in members])
    store.many("INSERT INTO clusters (recording, cluster) VALUES (?, ?)", clusters.items())
    more = [(number, label) for number, added in labels.items() for label in added]
    store.many("INSERT INTO more_labels (recording, label) VALUES (?, ?)", more)


def same_bytes(store: Store) -> Rows:
    """List number, hash and seconds of recordings whose bytes another one has, too."""
    sql = """
        SELECT id, sha256, coalesce(duration, 0.0) FROM recordings WHERE status = 'ok' AND sha256 IN
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
    """Write evidence, clusters and added classes again."""
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
# Files with the same bytes count also before `dedupe` has run.
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
    WHERE p.label <> q.label AND NOT EXISTS
        (SELECT 1 FROM verdicts v WHERE v.withdrawn IS NULL AND v.judgement = 'different'
         AND v.recording IN (s.one, s.two) AND v.other IN (s.one, s.two))
    GROUP BY s.one, s.two ORDER BY s.one, s.two
"""


def conflicts(store: Store) -> Rows:
    """List pairs of the same sound with different labels: two numbers, two labels, seconds in common."""
    return store.rows(_CONFLICTS)


def second_copies(store: Store, after: int) -> list[tuple[str | bytes, str]]:
    """List later recordings that have the bytes of an earlier one: path here, id of the earlier one.

    Parameters
    ----------
    after
        Number of the recording behind which they come.
    """
    rows = store.rows(
        "SELECT r.path, f.archive || ':' || f.archive_id FROM recordings r JOIN recordings f "
        "ON f.id = (SELECT min(id) FROM recordings WHERE sha256 = r.sha256) "
        "WHERE r.id > ?1 AND f.id <= ?1 AND r.status = 'ok' ORDER BY r.id",
        (after,),
    )
    return list(rows)


#: The layer of pairs that sound nearly the same: at the lower number, with the id of the other as label.
ALIKE = "near-twins"

_KNOWN_PAIRS = """
    SELECT min(recording, other), max(recording, other) FROM matches
    UNION
    SELECT min(recording, other), max(recording, other) FROM verdicts
    WHERE withdrawn IS NULL AND other IS NOT NULL
    UNION
    SELECT a.id, b.id FROM recordings a JOIN recordings b ON b.sha256 = a.sha256 AND b.id > a.id
"""


def known_pairs(store: Store) -> set[tuple[int, int]]:
    """List the pairs of which evidence or a person says whether they are the same, the lower number first."""
    return {(int(one), int(other)) for one, other in store.rows(_KNOWN_PAIRS)}


def only_alike(store: Store) -> int:
    """Count the pairs that sound nearly the same, and still need a decision."""
    sql = f"""
        SELECT count(*) FROM segments s JOIN layers y ON y.id = s.layer AND y.name = ?
        JOIN recordings o ON o.archive || ':' || o.archive_id = s.label
        WHERE (min(s.recording, o.id), max(s.recording, o.id)) NOT IN ({_KNOWN_PAIRS})
    """
    return int(store.value(sql, (ALIKE,)))
