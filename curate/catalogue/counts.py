"""How much there is of everything: the counts behind `curate status`, and those of earlier runs."""

from __future__ import annotations

TOTALS = """
    SELECT count(*), coalesce(sum(status = 'failed'), 0), coalesce(sum(duration), 0.0),
           coalesce(sum(bytes), 0),
           (SELECT count(DISTINCT label) FROM labels WHERE role = 'primary'),
           count(*) - (SELECT count(*) FROM labels WHERE role = 'primary'),
           (SELECT count(*) FROM copies WHERE digest IS NOT NULL),
           (SELECT coalesce(sum(bytes), 0) FROM copies WHERE digest IS NOT NULL),
           coalesce(sum(status = 'ok' AND duration > 0), 0),
           (SELECT count(*) FROM assignments a JOIN recordings r ON r.id = a.recording
            WHERE a.fold IS NOT NULL AND r.status = 'ok' AND r.duration > 0)
    FROM recordings
"""

#: What becomes of recordings with cuts hangs on all of them together: those of two steps may overlap.
#: Recordings that are too short for any use are among them.
WITH_CUTS = """
    SELECT r.id, r.status, coalesce(r.duration, 0.0), coalesce(r.sr, 0), c.digest IS NOT NULL,
           a.fold IS NOT NULL
    FROM recordings r LEFT JOIN copies c ON c.recording = r.id LEFT JOIN assignments a ON a.recording = r.id
    WHERE EXISTS (SELECT 1 FROM cuts WHERE recording = r.id) OR r.duration < ? ORDER BY r.id
"""

ARCHIVES = """
    SELECT r.archive, count(*) AS recordings, sum(r.status = 'failed') AS failed,
           count(DISTINCT l.label) AS labels, coalesce(sum(r.duration), 0.0) AS seconds
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    GROUP BY r.archive ORDER BY r.archive
"""

# Each big table is walked once, not once for every layer; segments of a recording are counted from 0.
LAYERS = """
    WITH heard AS (
        SELECT c.layer, sum(c.status = 'ok') AS looked_at,
               sum(c.status = 'ok' AND c.reason IS NOT NULL) AS too_low,
               sum(c.status = 'failed' AND r.status = 'ok') AS failed,
               sum(r.status = 'ok') AS decodable
        FROM coverage c JOIN recordings r ON r.id = c.recording GROUP BY c.layer
    ), found AS (
        SELECT layer, count(*) AS segments, sum(offset - onset) AS seconds, sum(ordinal = 0) AS recordings
        FROM segments GROUP BY layer
    )
    SELECT y.name AS layer, y.version, y.parameters,
           coalesce(h.looked_at, 0) AS looked_at, coalesce(h.too_low, 0) AS too_low,
           coalesce(h.failed, 0) AS failed,
           (SELECT count(*) FROM recordings WHERE status = 'ok') - coalesce(h.decodable, 0) AS waiting,
           coalesce(f.segments, 0) AS segments, coalesce(f.seconds, 0.0) AS seconds,
           coalesce(f.recordings, 0) AS recordings
    FROM layers y LEFT JOIN heard h ON h.layer = y.id LEFT JOIN found f ON f.layer = y.id
    ORDER BY y.name
"""

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

FAILURES = """
    SELECT 'import' AS step, problem AS reason, path FROM recordings WHERE status = 'failed'
    UNION ALL
    SELECT y.name, c.reason, r.path FROM coverage c JOIN layers y ON y.id = c.layer
    JOIN recordings r ON r.id = c.recording WHERE c.status = 'failed'
    UNION ALL
    SELECT 'render', u.reason, r.path FROM unrendered u JOIN recordings r ON r.id = u.recording
    UNION ALL
    SELECT 'download', reason, url FROM misses
"""

PROBLEMS = "SELECT 'decode', problem, path FROM recordings WHERE status = 'ok' AND problem IS NOT NULL"

RUNS = "SELECT command, started, ended, outcome, counts FROM runs ORDER BY id DESC LIMIT 5"
