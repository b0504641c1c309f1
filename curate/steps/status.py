"""`curate status`: what a dataset holds, what was looked at, what failed, what was cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue.dataset import Dataset


@dataclass(slots=True)
class StatusSummary:
    """State of a dataset; times in seconds.

    Parameters
    ----------
    archives
        Per archive: recordings, failed, labels, seconds.
    layers
        Per layer: version, recordings looked at, failed, segments, their seconds, waiting.
    cuts
        Per step, action and reason: recordings, cuts, seconds.
    failures
        Per recording that failed: step, reason, path.
    clean_copies, clean_bytes
        Rendered copies.
    last_runs
        The five latest commands: command, started, ended, outcome, counts.
    """

    dataset: str = ""
    recordings: int = 0
    failed: int = 0
    labels: int = 0
    unlabelled: int = 0
    seconds: float = 0.0
    bytes: int = 0
    cut_seconds: float = 0.0
    clean_copies: int = 0
    clean_bytes: int = 0
    archives: list[dict[str, Any]] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    cuts: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    last_runs: list[dict[str, Any]] = field(default_factory=list)


_TOTALS = """
    SELECT count(*), coalesce(sum(status = 'failed'), 0), coalesce(sum(duration), 0.0),
           coalesce(sum(bytes), 0),
           (SELECT count(DISTINCT label) FROM labels WHERE role = 'primary'),
           count(*) - (SELECT count(*) FROM labels WHERE role = 'primary'),
           (SELECT coalesce(sum(offset - onset), 0.0) FROM cuts WHERE action IN ('excise', 'mute')),
           (SELECT count(*) FROM copies WHERE digest IS NOT NULL),
           (SELECT coalesce(sum(bytes), 0) FROM copies)
    FROM recordings
"""

_ARCHIVES = """
    SELECT r.archive, count(*) AS recordings, sum(r.status = 'failed') AS failed,
           count(DISTINCT l.label) AS labels, coalesce(sum(r.duration), 0.0) AS seconds
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    GROUP BY r.archive ORDER BY r.archive
"""

_LAYERS = """
    SELECT y.name AS layer, y.version, y.parameters,
           (SELECT count(*) FROM coverage WHERE layer = y.id AND status = 'ok') AS looked_at,
           (SELECT count(*) FROM coverage WHERE layer = y.id AND status = 'failed') AS failed,
           (SELECT count(*) FROM recordings r WHERE r.status = 'ok' AND NOT EXISTS
               (SELECT 1 FROM coverage WHERE recording = r.id AND layer = y.id)) AS waiting,
           count(s.onset) AS segments, coalesce(sum(s.offset - s.onset), 0.0) AS seconds,
           count(DISTINCT s.recording) AS recordings
    FROM layers y LEFT JOIN segments s ON s.layer = y.id
    GROUP BY y.id ORDER BY y.name
"""

# Numbers in a reason ("would leave 3.2 s") would make every one a group of its own.
_CUTS = """
    SELECT step, action, iif(instr(reason, ';'), substr(reason, 1, instr(reason, ';') - 1), reason) AS reason,
           count(DISTINCT recording) AS recordings, count(*) AS cuts, sum(offset - onset) AS seconds
    FROM cuts GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_FAILURES = """
    SELECT 'import' AS step, problem AS reason, path FROM recordings WHERE status = 'failed'
    UNION ALL
    SELECT y.name, c.reason, r.path FROM coverage c JOIN layers y ON y.id = c.layer
    JOIN recordings r ON r.id = c.recording WHERE c.status = 'failed'
    ORDER BY 1, 3
"""

_RUNS = "SELECT command, started, ended, outcome, counts FROM runs ORDER BY id DESC LIMIT 5"


def status(dataset: Dataset) -> StatusSummary:
    """Describe a dataset, at one moment even while another process writes to it.

    Raises
    ------
    NotInCatalogue
        If there is no dataset.
    """
    summary = StatusSummary(dataset=str(dataset.folder))
    with dataset.store.snapshot():
        totals = dataset.store.one(_TOTALS)
        assert totals is not None
        (
            summary.recordings,
            summary.failed,
            summary.seconds,
            summary.bytes,
            summary.labels,
            summary.unlabelled,
            summary.cut_seconds,
            summary.clean_copies,
            summary.clean_bytes,
        ) = totals
        summary.archives = list(_dicts(dataset, _ARCHIVES))
        summary.layers = list(_dicts(dataset, _LAYERS))
        summary.cuts = list(_dicts(dataset, _CUTS))
        summary.failures = [{**row, "path": dataset.path(row["path"])} for row in _dicts(dataset, _FAILURES)]
        summary.last_runs = list(_dicts(dataset, _RUNS))
    return summary


def _dicts(dataset: Dataset, sql: str) -> Iterator[dict[str, Any]]:
    names, rows = dataset.store.table(sql)
    for row in rows:
        yield dict(zip(names, row, strict=True))
