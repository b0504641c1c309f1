"""What an import did, counted as it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from curate.model import Problem
from curate.steps.common.reporting import MOST, Reporting


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
    damaged, damage
        Of those that can, new ones in which something is lost or odd, as far as opening them shows it;
        and the first of them.
    unlabelled
        Of the files listed, those without a label, such as soundscapes.
    passed_over
        Files in the folders that are no recordings, by ending.
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
    damaged: int = 0
    damage: list[Problem] = field(default_factory=list)
    unlabelled: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    annotated: int = 0
    annotations: int = 0
    audio_seconds: float = 0.0
    elapsed_s: float = 0.0
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def report(self, problem: Problem) -> None:
        """Count a problem; files that are passed over by their endings, and damaged ones by themselves."""
        if problem.kind == "passed-over":
            self.passed_over[problem.reason] += 1
        elif problem.kind == "damaged":
            self.damaged += 1
            self.damage += [problem] if self.damaged <= MOST else []
        else:
            Reporting.report(self, problem)

    @property
    def unused(self) -> int:
        """Rows of tables that could not be used, wholly or in part."""
        return self.problem_counts["bad-row"] + self.problem_counts["row-without-file"]
