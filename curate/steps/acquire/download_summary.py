"""What a download did, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from curate.model import Problem
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.reporting import Reporting


@dataclass(slots=True)
class DownloadSummary(Reporting):
    """What a download did.

    Parameters
    ----------
    searches, asked, kept
        Questions; pages that were asked for; pages that were answered in an earlier run.
    kept_since
        Day of the oldest of those answers, as ISO 8601; empty without any.
    found
        Recordings in the answers, with those that come twice; of a set, those in its files.
    excluded
        Not taken, by reason: no_derivatives, all_rights_reserved, license, too_long, known_elsewhere.
    chosen
        Taken, of them `known` in the dataset before, `downloaded` and `failed` now, `missing` since an
        earlier run (``--retry-failed``), and `waiting` (``--limit``, ``--metadata-only``); `postponed` are
        those of the waiting whose server gives no more today.
    linked
        Known recordings that were reached by another archive: noted as one more source.
    completed
        Of these, known ones whose empty fields the archive filled: recordist, licence, place, label.
    restored
        Known recordings whose file was gone from ``raw/``, and fetched again.
    above_cap
        Labels of which the dataset has more than ``--max-per-taxon``, by other archives or ways.
    bytes, audio_seconds
        Of what was downloaded.
    taxa
        Per label: chosen, known, downloaded, failed, seconds, bytes, and how many of unknown length.
    questions, files
        What would be asked (``--dry-run``; of a list on disk, the files that it names), or fetched to be
        unpacked (``--metadata-only``).
    imported
        What was registered of folders and tables (kaggle, zenodo, huggingface).
    """

    archive: str = ""
    searches: int = 0
    asked: int = 0
    kept: int = 0
    kept_since: str = ""
    found: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    chosen: int = 0
    known: int = 0
    linked: int = 0
    completed: int = 0
    restored: int = 0
    missing: int = 0
    downloaded: int = 0
    failed: int = 0
    waiting: int = 0
    postponed: int = 0
    bytes: int = 0
    audio_seconds: float = 0.0
    elapsed_s: float = 0.0
    taxa: list[dict[str, Any]] = field(default_factory=list)
    above_cap: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    imported: ImportSummary | None = None
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def fetched(self, amount: float) -> None:
        """Count bytes of files that hold recordings."""
        self.bytes += int(amount)

    def take_over(self, imported: ImportSummary) -> None:
        """Count the recordings that were registered from the files of a set."""
        self.imported = imported
        self.found = self.chosen = imported.recordings
        self.downloaded, self.known = imported.added, imported.known
        self.audio_seconds = imported.audio_seconds
