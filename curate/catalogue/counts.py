"""How much there is of everything: the counts behind `curate status`, and those of earlier runs."""

from __future__ import annotations

from typing import Any

from curate.catalogue.store import Store

TOTALS = """
    SELECT count(*), coalesce(sum(status = 'failed'), 0), coalesce(sum(duration), 0.0),
           coalesce(sum(bytes), 0),
           (SELECT count(DISTINCT label) FROM labels WHERE role = 'primary'),
           count(*) - (SELECT count(*) FROM labels WHERE role = 'primary'),
           (SELECT count(*) FROM copies WHERE digest IS NOT NULL),
           (SELECT coalesce(sum(bytes), 0) FROM copies WHERE digest IS NOT NULL)
    FROM recordings
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

ARCHIVES = """
    SELECT r.archive, count(*) AS recordings, sum(r.status = 'failed') AS failed,
           count(DISTINCT l.label) AS labels, coalesce(sum(r.duration), 0.0) AS seconds
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    GROUP BY r.archive ORDER BY r.archive
"""

# Segments of a recording are counted from 0.
_LAYERS = """
    WITH heard (layer, covered) AS (VALUES (0, 0){heard}), odd AS (
        SELECT c.layer, sum(c.status = 'failed') AS failed, sum(c.status = 'ok') AS too_low,
               sum(c.status = 'failed' AND r.status = 'ok') AS now
        FROM coverage c JOIN recordings r ON r.id = c.recording
        WHERE c.status = 'failed' OR c.reason IS NOT NULL GROUP BY c.layer
    ), gone AS (
        SELECT c.layer, count(*) AS covered FROM recordings r JOIN coverage c ON c.recording = r.id
        WHERE r.status <> 'ok' GROUP BY c.layer
    ), found AS (
        SELECT layer, count(*) AS segments, sum(offset - onset) AS seconds, sum(ordinal = 0) AS recordings
        FROM segments GROUP BY layer
    )
    SELECT y.name AS layer, y.version, y.parameters,
           h.covered - coalesce(o.failed, 0) AS looked_at, coalesce(o.too_low, 0) AS too_low,
           coalesce(o.now, 0) AS failed,
           (SELECT count(*) FROM recordings WHERE status = 'ok')
           - h.covered + coalesce(g.covered, 0) AS waiting,
           coalesce(f.segments, 0) AS segments, coalesce(f.seconds, 0.0) AS seconds,
           coalesce(f.recordings, 0) AS recordings
    FROM layers y JOIN heard h ON h.layer = y.id
    LEFT JOIN odd o ON o.layer = y.id LEFT JOIN gone g ON g.layer = y.id LEFT JOIN found f ON f.layer = y.id
    ORDER BY y.name
"""

#: Layers that are counted in one walk: a row of SQLite holds 2,000 columns at most.
_AT_ONCE = 500


def layers(store: Store) -> list[dict[str, Any]]:
    """Count what each layer looked at and found."""
    numbers = [int(number) for (number,) in store.every("SELECT id FROM layers ORDER BY id")]
    covered: dict[int, int] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        # In one walk: to group by layer, all of this table would be sorted.
        each = ", ".join(f"count(*) FILTER (WHERE layer = {number})" for number in some)
        covered |= zip(some, store.one(f"SELECT {each} FROM coverage") or (), strict=True)
    heard = "".join(f", ({layer}, {number})" for layer, number in covered.items())
    names, rows = store.table(_LAYERS.format(heard=heard))
    return [dict(zip(names, row, strict=True)) for row in rows]


CUTS = """
    SELECT step, action, reason,
           count(DISTINCT recording) AS recordings, count(*) AS cuts, sum(offset - onset) AS seconds
    FROM cuts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
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

#: What failed to decode or to be heard. What failed otherwise is much less, and no trigger notes it.
FAILURES_TO_HEAR = """
    SELECT 'import' AS step, problem AS reason, path FROM recordings WHERE status = 'failed'
    UNION ALL
    SELECT y.name, c.reason, r.path FROM coverage c JOIN layers y ON y.id = c.layer
    JOIN recordings r ON r.id = c.recording WHERE c.status = 'failed'
"""
OTHER_FAILURES = """
    SELECT 'render', u.reason, r.path FROM unrendered u JOIN recordings r ON r.id = u.recording
    UNION ALL
    SELECT 'download', reason, url FROM misses
"""

PROBLEMS = "SELECT 'decode', problem, path FROM recordings WHERE status = 'ok' AND problem IS NOT NULL"

RUNS = "SELECT command, started, ended, outcome, counts FROM runs ORDER BY id DESC LIMIT 5"
