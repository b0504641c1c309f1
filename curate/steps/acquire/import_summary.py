"""What an import did, counted as it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from curate.model import Problem
from curate.steps.common.reporting import Reporting


@dataclass(slots=True)
class ImportSummary(Reporting):
    """What an import did.

    Parameters
    ----------
    recordings
        Files listed by the sources.
    added, known, replaced
        New in the catalogue; there already, unchanged; there with other bytes that were accepted,
        or failed before and tried again.
    moved
        Known ones whose file was found at a new place.
    relabelled
        Known ones whose new label was accepted.
    limited
        New ones of which a manifest keeps only stretches; the rest of each is cut.
    failed
        Registered although they cannot be decoded.
    unlabelled
        Of the files listed, those without a label, such as soundscapes.
    annotated, annotations
        Recordings that somebody had annotated, and what was marked in them.
    problems
        What was reported, in order, no more than a thousand of a kind; `problem_counts` counts all.
    """

    recordings: int = 0
    added: int = 0
    known: int = 0
    replaced: int = 0
    moved: int = 0
    relabelled: int = 0
    limited: int = 0
    failed: int = 0
    unlabelled: int = 0
    annotated: int = 0
    annotations: int = 0
    audio_seconds: float = 0.0
    elapsed_s: float = 0.0
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def unused(self) -> int:
        """Rows of tables that could not be used, wholly or in part."""
        return self.problem_counts["bad-row"] + self.problem_counts["row-without-file"]
