"""`curate status`: what a dataset holds, what was looked at, what failed, what was cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from curate.archives.terms import Redistribution, redistribution
from curate.catalogue import counts, listings
from curate.catalogue.dataset import Dataset
from curate.steps._credits import license_counts
from curate.steps._voices import LAYER as SPEECH


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
    privacy
        Seconds of speech found (sure or not), and of what was removed, muted and left in review, with
        margins; `recordings_in_review`, and `not_looked_at`: recordings that nobody searched. None
        before anybody did.
    failures
        Per recording that failed: step, reason, path (or URL, of what could not be fetched).
    licenses
        Per licence: its code, recordings, and those of them with changed copies.
    redistribution
        Whether the set may be passed on, on which terms, and what stands against it.
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
    privacy: dict[str, Any] | None = None
    failures: list[dict[str, Any]] = field(default_factory=list)
    licenses: list[dict[str, Any]] = field(default_factory=list)
    redistribution: Redistribution | None = None
    last_runs: list[dict[str, Any]] = field(default_factory=list)


def status(dataset: Dataset) -> StatusSummary:
    """Describe a dataset, at one moment even while another process writes to it.

    Raises
    ------
    NotInCatalogue
        If there is no dataset.
    """
    summary = StatusSummary(dataset=str(dataset.folder))
    with dataset.store.snapshot():
        totals = dataset.store.one(counts.TOTALS)
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
        summary.archives = list(_dicts(dataset, counts.ARCHIVES))
        summary.layers = list(_dicts(dataset, counts.LAYERS))
        summary.cuts = list(_dicts(dataset, counts.CUTS))
        if any(layer["layer"] == SPEECH for layer in summary.layers):
            (found,) = _dicts(dataset, counts.PRIVACY)
            summary.privacy = {**found, "not_looked_at": listings.not_looked_at(dataset.store)}
        summary.failures = [
            {**row, "path": row["path"] if row["step"] == "download" else dataset.path(row["path"])}
            for row in _dicts(dataset, counts.FAILURES)
        ]
        held = license_counts(dataset.store)
        summary.licenses = [
            {"license": each.license.code, "recordings": each.recordings, "changed": each.changed}
            for each in held
        ]
        summary.redistribution = redistribution(held)
        summary.last_runs = list(_dicts(dataset, counts.RUNS))
    return summary


def _dicts(dataset: Dataset, sql: str) -> Iterator[dict[str, Any]]:
    names, rows = dataset.store.table(sql)
    for row in rows:
        yield dict(zip(names, row, strict=True))
