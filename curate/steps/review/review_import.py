"""`curate review import`: what people did to the tables of an export, as verdicts."""

from __future__ import annotations

import getpass
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from curate.catalogue import reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.reviewing import RecordingFacts
from curate.catalogue.views import tables
from curate.decisions.review_answers import CUT, Answer, Question, Words, compare
from curate.decisions.verdicts import narrowed
from curate.errors import NotInCatalogue
from curate.formats.annotations import review_folder
from curate.formats.annotations.review_folder import AskedStretch, ExchangeFile, ExchangeTable, Index
from curate.formatting import Displayed
from curate.model import Judgement, Problem, Segment, Verdict
from curate.steps.common.settle_verdicts import settle

#: With any of these in a table, a row that is missing may be one that could not be read.
_UNSURE = frozenset({"bad-row", "unlabelled"})

#: Lengths of a recording that differ by less (seconds) are one: another decoder may count otherwise.
_SAME_LENGTH = 0.1

#: What a question may mean that goes out.
_MEANT: dict[str, Judgement] = {"cut": "cut", "keep": "keep", "like": "like"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a row comes to. Times in seconds of the raw recording.

    Parameters
    ----------
    how
        What was done to the row: untouched, moved, renamed, deleted or added.
    was
        What the row was called. Empty where it is new.
    verdict
        The judgement, with its label where there is one.
    known
        Whether this verdict of this reviewer stands already.
    """

    recording: str
    onset: float
    offset: float
    how: str
    was: str
    verdict: str
    known: bool = False


@dataclass(slots=True)
class ReviewImportSummary(Displayed):
    """What came back.

    Parameters
    ----------
    rows
        Rows that went out. `open` of them were left as they were, and say nothing.
    hows
        How many rows were untouched, moved, renamed, deleted and added, of those that count.
    changes
        The verdicts.
    verdicts
        Verdicts noted, without those that stood already; 0 in a dry run or if nobody agreed.
    not_read
        Files of the export without a table.
    problems
        Rows that could not be used. Where a table has any, a missing row does not count as deleted: it
        may be the one that could not be read.
    """

    folder: str
    program: str
    queue: str
    reviewer: str
    rows: int = 0
    open: int = 0
    hows: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    verdicts: int = 0
    not_read: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Read:
    """A file of the export as it came back: where its recording is, and what was said."""

    number: int
    facts: RecordingFacts
    file: ExchangeFile
    answers: list[Answer]


def review_import(
    dataset: Dataset,
    folder: str | os.PathLike[str],
    *,
    reviewer: str | None = None,
    confirm_untouched: bool = False,
    dry_run: bool = False,
    agreed: Callable[[ReviewImportSummary], bool] = lambda _: True,
) -> ReviewImportSummary:
    """Read the tables of an export back as verdicts, all in one act that one undo takes back.

    Parameters
    ----------
    folder
        Made by `review_export`. The tables in it may have been changed.
    reviewer
        Who decided. None takes the name of the user.
    confirm_untouched
        Whether a row that is as it went out was looked at and found right.
    dry_run
        Say what would be noted. Write nothing.
    agreed
        Is shown what will be noted and says whether it shall be.

    Raises
    ------
    FormatError
        If the folder is no export.
    NotInCatalogue
        If there is no dataset.
    """
    where = Path(os.path.abspath(folder))
    index = review_folder.load(where)
    who = reviewer or getpass.getuser()
    summary = ReviewImportSummary(str(where), index.program, index.queue, who)
    with dataset.store.snapshot():
        found = list(_read(dataset, where, index, summary, confirmed=confirm_untouched))
        planned = [(each, list(_said(each, index, who))) for each in found]
        _preview(dataset, planned, summary)
    if dry_run or not any(not change.known for change in summary.changes) or not agreed(summary):
        return summary
    parameters = {"folder": str(where), "confirm_untouched": confirm_untouched, "reviewer": who}
    with dataset.writing("review", parameters) as run, dataset.store.transaction():
        store = dataset.store
        # One moment for all of them: by it `curate undo last` knows what was one act.
        at = verdicts.moment(store, [who], [each.number for each, _ in planned])
        for each, said in planned:
            # Read again: others may have decided while somebody looked at the preview.
            standing = {_same(verdict) for verdict in verdicts.of_recording(store, each.number)}
            for _, verdict in said:
                if _same(verdict) not in standing:
                    verdicts.add(store, each.number, replace(verdict, at=at))
                    standing.add(_same(verdict))
                    summary.verdicts += 1
            settle(store, each.number, duration=each.facts.duration)
        run.counts.update(verdicts=summary.verdicts)
    return summary


def _read(
    dataset: Dataset, folder: Path, index: Index, summary: ReviewImportSummary, *, confirmed: bool
) -> Iterator[_Read]:
    """Compare what came back with what went out, file by file."""
    classes = reviewing.classes(dataset.store) - {""}
    cut = CUT | {each.label.casefold() for file in index.files for each in file.asked if each.means == "cut"}
    searches = frozenset(each.label for file in index.files for each in file.asked if each.means == "like")
    came = _latest(index, folder, summary)
    for file in index.files:
        summary.rows += len(file.asked)
        if file.name not in came:
            summary.not_read += 1
            summary.open += len(file.asked)
            continue
        table, marks = came[file.name]
        try:
            number = tables.recording_number(dataset.store, file.recording_id, dataset.folder)
            facts = reviewing.facts(dataset.store, number)
        except NotInCatalogue:
            facts = None
        # Times of a recording of another length mean other stretches, as `import --replace-changed` has it.
        if facts is None or (file.whole and abs(facts.duration - file.whole) > _SAME_LENGTH):
            gone = f"{file.recording_id} is not in this dataset, or not as it was"
            summary.problems.append(Problem("row-without-file", str(table.path), gone))
            summary.open += len(file.asked)
            continue
        words = Words(facts.label, classes, frozenset(cut), searches)
        answers, unclear = compare(_questions(file), marks, words)
        for mark in unclear:
            here = f"{table.path}, row of {mark.onset:.3f} to {mark.offset:.3f} s in {file.name}"
            reason = f"column label: expected {words}, found '{mark.label}'"
            summary.problems.append(Problem("bad-row", here, reason))
        is_sure = not unclear and not any(problem.kind in _UNSURE for problem in table.problems)
        kept = [
            answer
            for answer in answers
            if (answer.how != "untouched" or confirmed) and (answer.how != "deleted" or is_sure)
        ]
        summary.open += len(file.asked) - sum(answer.question is not None for answer in kept)
        summary.hows.update(answer.how for answer in kept)
        yield _Read(number, facts, file, kept)


def _questions(file: ExchangeFile) -> list[Question]:
    """List the rows that went out, in seconds of the file."""
    return [
        Question(
            each.key,
            each.onset - file.onset,
            each.offset - file.onset,
            each.label,
            _MEANT.get(each.means, "cut"),
        )
        for each in file.asked
    ]


def _latest(
    index: Index, folder: Path, summary: ReviewImportSummary
) -> dict[str, tuple[ExchangeTable, list[Segment]]]:
    """Choose for each file the table that counts: one that was worked on, and of several the newest.

    People save under another name next to the table that went out.
    """
    went = {file.name: _plain(_went_out(file)) for file in index.files}
    # Programs that follow links name the file that a link leads to.
    behind = {os.path.basename(os.path.realpath(folder / file.name)): file.name for file in index.files}
    best: dict[str, tuple[tuple[bool, float], ExchangeTable, list[Segment]]] = {}
    for table in review_folder.read_tables(index.program, folder):
        summary.problems += table.problems
        for called, row in table.rows.items():
            name = called if called in went else behind.get(called, "")
            if not name:
                words = f"it is about {called}, which was left out of the export"
                summary.problems.append(Problem("row-without-file", str(table.path), words))
                continue
            marks = list(row.annotations or ())
            rank = (_plain(marks) != went[name], table.path.stat().st_mtime)
            if name not in best or rank > best[name][0]:
                best[name] = (rank, table, marks)
    return {name: (table, marks) for name, (_, table, marks) in best.items()}


def _went_out(file: ExchangeFile) -> list[Segment]:
    return [Segment(each.onset, each.offset, each.label) for each in _questions(file)]


def _plain(marks: list[Segment]) -> list[tuple[float, float, str]]:
    # Rounded: programs shorten times, and a table that was only saved again was not worked on.
    return sorted((round(mark.onset, 2), round(mark.offset, 2), mark.label) for mark in marks)


def _said(each: _Read, index: Index, who: str) -> Iterator[tuple[Answer, Verdict]]:
    """Say the answers in verdicts, in seconds of the raw recording."""
    by_key = {asked.key: asked for asked in each.file.asked}
    for answer in each.answers:
        asked = by_key[answer.question.key] if answer.question else None
        for place, (judgement, label) in enumerate(answer.says):
            # Only the first judgement is the answer: `item` marks the question as decided, `beside` does not.
            answers_it = asked is not None and place == 0
            seen: dict[str, object] = {
                "item" if answers_it else "beside": _key(asked, each.number) if asked else "",
                "queue": index.queue,
                "program": index.program,
                "exported": index.exported,
            }
            if asked is not None:
                seen |= {
                    "layer": asked.layer,
                    "version": asked.version,
                    "digest": asked.digest,
                    "score": asked.score,
                }
            onset, offset = (
                round(min(each.facts.duration, time + each.file.onset), 6)
                for time in (answer.onset, answer.offset)
            )
            # A row that was moved behind the end of its recording has nothing left.
            if onset >= offset:
                continue
            base = Verdict(onset, offset, judgement, who, "", label, json.dumps(seen, sort_keys=True))
            span = (asked.onset, asked.offset) if asked is not None and answers_it else None
            for verdict in narrowed(base, span, duration=each.facts.duration):
                yield answer, verdict


def _key(asked: AskedStretch, number: int) -> str:
    """Name the item by the number that the recording has here: the same sound may be in two datasets."""
    return f"{number}-{asked.key.partition('-')[2]}"


def _preview(
    dataset: Dataset, planned: list[tuple[_Read, list[tuple[Answer, Verdict]]]], summary: ReviewImportSummary
) -> None:
    for each, said in planned:
        standing = {_same(verdict) for verdict in verdicts.of_recording(dataset.store, each.number)}
        for answer, verdict in said:
            summary.changes.append(
                Change(
                    each.file.recording_id,
                    verdict.onset,
                    verdict.offset,
                    answer.how,
                    answer.question.label if answer.question else "",
                    f"{verdict.judgement} {verdict.label}".strip(),
                    _same(verdict) in standing,
                )
            )


def _same(verdict: Verdict) -> tuple[object, ...]:
    return verdict.onset, verdict.offset, verdict.judgement, verdict.reviewer, verdict.label
