"""What an import did, counted as it goes."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

from curate.model import Problem
from curate.recorders import beside
from curate.steps.common.reporting import MOST, Reporting

#: What each kind of problem leaves unused, and why.
_UNUSED: dict[str, tuple[str, str]] = {
    "ambiguous": ("rows", "that fit several files"),
    "bad-row": ("rows", "not as expected, wholly or in part"),
    "changed": ("files", "with other bytes or words than before"),
    "export": ("files", "written by curate"),
    "file-without-row": ("files", "in no row of the table"),
    "left-out": ("annotations", "not about a stretch with a label"),
    "not-a-file": ("files", "neither file nor folder"),
    "row-without-file": ("rows", "without a file"),
    "symlink-loop": ("files", "linked in a circle"),
    "unlabelled": ("tables", "with stretches and no column of labels"),
    "unreadable-directory": ("files", "that cannot be entered"),
    "unusable": ("files", "unusable as a table"),
    "unused-column": ("columns", ""),
}


@dataclass(frozen=True, slots=True)
class ExplainedTable:
    """How a table is read.

    Parameters
    ----------
    format
        A key of `READERS`.
    columns
        What each column is taken for; empty where it is not used.
    rows
        The first recordings, each with what is known of it.
    """

    path: str
    format: str
    columns: dict[str, str]
    rows: list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class NameExample:
    """What is read of one recorder's file, or empty if missing."""

    name: str
    start: str
    site: str
    device: str
    serial: str


@dataclass(slots=True)
class RecorderCounts:
    """What recorders told of new recordings.

    Parameters
    ----------
    recordings
        Of which a recorder tells anything.
    started, zoned
        Those that tell when they began, and those of them that tell in which zone.
    placed, remembered
        Those whose place is known, and those of them whose place an earlier table of sites told.
    expanded
        Those that play slower than the sound was.
    wrong_clock
        Those whose clock was reset, or is ahead.
    sites, devices
        Recordings of each.
    """

    recordings: int = 0
    started: int = 0
    zoned: int = 0
    placed: int = 0
    remembered: int = 0
    expanded: int = 0
    wrong_clock: int = 0
    sites: Counter[str] = field(default_factory=Counter)
    devices: Counter[str] = field(default_factory=Counter)


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
        Known ones whose new label was accepted, or that got further secondary labels.
    former
        By accepted label, how many recordings had which one before.
    completed
        Known ones of which a table said more: what was empty is filled, or changed on request.
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
    parts
        Recordings of each part of a set: ``train``, ``test``, clips that were cut from one.
    annotated, annotations
        Recordings that somebody had annotated, and what was marked in them.
    below_score
        Annotations left out since their score is below the least that was asked for; what a program found
        without a score is below any.
    clipped
        Annotations that reached beyond the end of their recording.
    led_to_sound
        Annotations of files that play slower than the sound was: their seconds and Hz became those of it.
    layers
        Annotations by the layer into which they went.
    replaced_annotations
        What people had marked in these recordings, in the layer, and no table marks any more.
    left_alone
        Annotated recordings of the layer of which these tables say nothing.
    not_used
        What of the sources was not used: `columns`, `rows`, `annotations`, `labels` and `files`, each
        with the number of them by reason.
    folders
        What each folder was taken for: ``site``, ``label``, or ``ignore`` where a folder of a card is
        called as no place is, such as ``DCIM``; those of other sources are not in it.
    recorders
        What recorders told.
    names
        With ``dry_run``, what the first names of recorders tell.
    beside
        Files next to recordings that were read for them, by kind.
    tables
        With ``explain_table``, how each table is read.
    bytes, audio_seconds
        Of the files that were opened; of a dry run, of those that would be, their length from a sample.
    expected_s
        With ``dry_run``, about how long opening takes; None where this machine has imported nothing yet.
    problems
        What was reported, in order, no more than a thousand of a kind; `problem_counts` counts all.
    """

    recordings: int = 0
    added: int = 0
    known: int = 0
    replaced: int = 0
    moved: int = 0
    relabelled: int = 0
    former: dict[str, Counter[str]] = field(default_factory=dict)
    completed: int = 0
    limited: int = 0
    failed: int = 0
    damaged: int = 0
    damage: list[Problem] = field(default_factory=list)
    unlabelled: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    annotated: int = 0
    annotations: int = 0
    below_score: int = 0
    clipped: int = 0
    led_to_sound: int = 0
    layers: Counter[str] = field(default_factory=Counter)
    replaced_annotations: int = 0
    left_alone: int = 0
    not_used: dict[str, Counter[str]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    recorders: RecorderCounts = field(default_factory=RecorderCounts)
    names: list[NameExample] = field(default_factory=list)
    beside: Counter[str] = field(default_factory=Counter)
    tables: list[ExplainedTable] = field(default_factory=list)
    bytes: int = 0
    audio_seconds: float = 0.0
    expected_s: float | None = None
    elapsed_s: float = 0.0
    problem_counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def touched(self) -> int:
        """Recordings of which the catalogue says something new."""
        return self.added + self.replaced + self.moved + self.relabelled + self.completed

    @property
    def counts(self) -> dict[str, int]:
        """What the list of runs keeps."""
        names = ("added", "known", "moved", "failed", "annotations")
        return {name: getattr(self, name) for name in names}

    def report(self, problem: Problem) -> None:
        """Count a problem by its kind and by what it leaves unused.

        Files that are passed over are counted by their endings, and damaged ones by themselves.
        """
        what, reason = _UNUSED.get(problem.kind, ("", ""))
        if problem.kind == "unused-column":
            reason = f"{problem.reason} of {os.path.basename(problem.path)}"
        if what:
            self.not_used.setdefault(what, Counter())[reason] += 1
        read = beside.kind(os.path.basename(problem.path)) if problem.kind == "passed-over" else ""
        if read:
            self.beside[read] += 1
        elif problem.kind == "passed-over":
            self.passed_over[problem.reason] += 1
        elif problem.kind == "damaged":
            self.damaged += 1
            self.damage += [problem] if self.damaged <= MOST else []
        else:
            Reporting.report(self, problem)

    def take_back(self, path: str, reason: str) -> None:
        """Report what people said of a file and no longer counts. Without a reason nothing was."""
        if reason:
            self.report(Problem("taken-back", path, reason))

    @property
    def unused(self) -> int:
        """Rows and tables that were left out, wholly or in part."""
        kinds = ("ambiguous", "bad-row", "left-out", "row-without-file", "unlabelled", "unusable")
        return sum(self.problem_counts[kind] for kind in kinds)
