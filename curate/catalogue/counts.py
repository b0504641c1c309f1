"""How much there is of everything: the counts behind `curate status`, and those of earlier runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from curate.catalogue.ranges import ALL
from curate.catalogue.store import Store

#: What :first and :last are where a query by range is asked of all recordings.
EVERY = dict(zip(("first", "last"), ALL, strict=True))

#: Of recordings from :first to :last, as in each query by range below. Sums over ranges are those of all, but
#: for the labels.
TOTALS = """
    SELECT count(*) AS recordings, coalesce(sum(status = 'failed'), 0) AS failed,
           coalesce(sum(duration), 0.0) AS seconds, coalesce(sum(bytes), 0) AS bytes,
           (SELECT count(DISTINCT label) FROM labels
            WHERE role = 'primary' AND recording BETWEEN :first AND :last) AS labels,
           count(*) - (SELECT count(*) FROM labels
                       WHERE role = 'primary' AND recording BETWEEN :first AND :last) AS unlabelled,
           (SELECT count(*) FROM copies
            WHERE digest IS NOT NULL AND recording BETWEEN :first AND :last) AS clean_copies,
           (SELECT coalesce(sum(bytes), 0) FROM copies
            WHERE digest IS NOT NULL AND recording BETWEEN :first AND :last) AS clean_bytes
    FROM recordings WHERE id BETWEEN :first AND :last
"""

#: Of recordings from one number to another: number, seconds (0 where it cannot be decoded), rate, and marks,
#: 1 for a whole clean copy, 2 for a fold and 4 for a file that plays slower than the sound was.
RETAINED = """
    SELECT r.id, iif(r.status = 'ok', coalesce(r.duration, 0.0), 0.0), coalesce(r.sr, 0),
           (c.digest IS NOT NULL) + 2 * (a.fold IS NOT NULL) + 4 * (coalesce(k.time_expansion, 1) <> 1)
    FROM recordings r LEFT JOIN copies c ON c.recording = r.id LEFT JOIN assignments a ON a.recording = r.id
    LEFT JOIN recorders k ON k.recording = r.id
    WHERE r.id BETWEEN ? AND ? ORDER BY r.id
"""

#: By range. The labels are a list, in JSON.
ARCHIVES = """
    SELECT r.archive, count(*) AS recordings, sum(r.status = 'failed') AS failed,
           coalesce(sum(r.duration), 0.0) AS seconds, json_group_array(DISTINCT l.label) AS labels
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    WHERE r.id BETWEEN :first AND :last GROUP BY r.archive
"""

# Segments of a recording are counted from 0.
_LAYERS = """
    WITH heard (layer, covered) AS (SELECT CAST(key AS INTEGER), value FROM json_each(:heard)), odd AS (
        SELECT c.layer, sum(c.status = 'failed') AS failed, sum(c.status = 'ok') AS too_low,
               sum(c.status = 'failed' AND r.status = 'ok') AS now
        FROM coverage c JOIN recordings r ON r.id = c.recording
        WHERE (c.status = 'failed' OR c.reason IS NOT NULL) AND c.recording BETWEEN :first AND :last
        GROUP BY c.layer
    ), gone AS (
        SELECT c.layer, count(*) AS covered FROM recordings r JOIN coverage c ON c.recording = r.id
        WHERE r.status <> 'ok' AND r.id BETWEEN :first AND :last GROUP BY c.layer
    ), found AS (
        SELECT layer, count(*) AS segments, sum(offset - onset) AS seconds, sum(ordinal = 0) AS recordings
        FROM segments WHERE recording BETWEEN :first AND :last GROUP BY layer
    )
    SELECT h.layer, h.covered, coalesce(o.failed, 0) AS failed, coalesce(o.too_low, 0) AS too_low,
           coalesce(o.now, 0) AS now, coalesce(g.covered, 0) AS gone,
           coalesce(f.segments, 0) AS segments, coalesce(f.seconds, 0.0) AS seconds,
           coalesce(f.recordings, 0) AS recordings
    FROM heard h
    LEFT JOIN odd o ON o.layer = h.layer LEFT JOIN gone g ON g.layer = h.layer
    LEFT JOIN found f ON f.layer = h.layer
"""

#: Layers that are counted in one walk: a row of SQLite holds 2,000 columns at most.
_AT_ONCE = 500


def layers_between(store: Store, first: int, last: int) -> list[dict[str, Any]]:
    """Count by number of the layer, in a range of recordings, what each layer looked at and found.

    `covered` are those with coverage, `failed` of which it failed. `now` are those of the failed that decode,
    and `gone` those of the covered that do not.
    """
    ends = {"first": first, "last": last}
    numbers = [int(number) for (number,) in store.every("SELECT id FROM layers ORDER BY id")]
    covered: dict[int, int] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        # In one walk: to group by layer, all of this table would be sorted.
        each = ", ".join(f"count(*) FILTER (WHERE layer = {number})" for number in some)
        row = store.one(f"SELECT {each} FROM coverage WHERE recording BETWEEN :first AND :last", ends)
        covered |= zip(some, row or (), strict=True)
    return list(store.dicts(_LAYERS, {**ends, "heard": json.dumps(covered)}))


def layers(store: Store, found: Sequence[Mapping[str, Any]], *, decoded: int) -> list[dict[str, Any]]:
    """Say what each layer looked at and found, from the sums of `layers_between` over all ranges.

    Parameters
    ----------
    decoded
        Recordings that can be decoded.
    """
    by_number = {each["layer"]: each for each in found}
    rows = []
    for number, name, version, parameters in store.rows(
        "SELECT id, name, version, parameters FROM layers ORDER BY name"
    ):
        # A layer may be newer than what is kept of some ranges: they have nothing of it.
        cells = by_number.get(number, {})
        covered, failed = cells.get("covered", 0), cells.get("failed", 0)
        rows.append(
            {
                "layer": name,
                "version": version,
                "parameters": parameters,
                "looked_at": covered - failed,
                "too_low": cells.get("too_low", 0),
                "failed": cells.get("now", 0),
                "waiting": decoded - covered + cells.get("gone", 0),
                "segments": cells.get("segments", 0),
                "seconds": cells.get("seconds", 0.0),
                "recordings": cells.get("recordings", 0),
            }
        )
    return rows


#: By range.
CUTS = """
    SELECT step, action, reason,
           count(DISTINCT recording) AS recordings, count(*) AS cuts, sum(offset - onset) AS seconds
    FROM cuts WHERE recording BETWEEN :first AND :last GROUP BY 1, 2, 3
"""

# What persons decided, and what was not undone since.
VERDICTS = """
    SELECT reviewer, count(*) AS verdicts, count(DISTINCT recording) AS recordings,
           sum(judgement = 'cut') AS cut, sum(judgement = 'keep') AS keep, sum(judgement = 'drop') AS "drop",
           sum(judgement IN ('relabel', 'also')) AS labels, min(at) AS first, max(at) AS latest
    FROM verdicts WHERE withdrawn IS NULL GROUP BY reviewer ORDER BY reviewer
"""
STANDING_VERDICTS = "SELECT count(*) FROM verdicts WHERE withdrawn IS NULL"
DECIDED_BY = "SELECT count(DISTINCT recording) FROM cuts WHERE step = ?"
JUDGED = "SELECT count(DISTINCT recording) FROM verdicts WHERE withdrawn IS NULL"

#: By range, what failed to decode or to be heard. Other failures are much fewer, and no trigger notes them.
FAILURES_TO_HEAR = """
    SELECT 'import' AS step, problem AS reason, path FROM recordings
    WHERE status = 'failed' AND id BETWEEN :first AND :last
    UNION ALL
    SELECT y.name, c.reason, r.path FROM coverage c JOIN layers y ON y.id = c.layer
    JOIN recordings r ON r.id = c.recording
    WHERE c.status = 'failed' AND c.recording BETWEEN :first AND :last
"""
OTHER_FAILURES = """
    SELECT 'render', u.reason, r.path FROM unrendered u JOIN recordings r ON r.id = u.recording
    UNION ALL
    SELECT 'download', reason, url FROM misses
"""

#: By range.
PROBLEMS = """
    SELECT 'decode', problem, path FROM recordings
    WHERE status = 'ok' AND problem IS NOT NULL AND id BETWEEN :first AND :last
"""

RUNS = "SELECT command, started, ended, outcome, counts FROM runs ORDER BY id DESC LIMIT 5"
