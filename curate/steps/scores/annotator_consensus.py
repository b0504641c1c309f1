"""What several annotators say of recordings, combined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from curate.decisions.agreement import cohen, fleiss
from curate.errors import UsageError
from curate.formats.annotations.annotators import read_answers
from curate.model import Problem
from curate.scores.annotators import dawid_skene, one_vote
from curate.steps.scores.audit_summary import Annotator, AuditSummary
from curate.steps.scores.predictions import Named, Recordings

#: Label and probability of each recording, by its number.
Agreed = dict[int, tuple[str, float]]


def agreed(file: Path, recordings: Recordings, summary: AuditSummary) -> Agreed:
    """Combine the answers in a table, and say how far the annotators agree.

    Raises
    ------
    FormatError
        If the table cannot be read.
    UsageError
        If it speaks of no recording of the dataset.
    """
    report = summary.problems.append
    answers = _placed(read_answers(file, report=report), file, recordings, report)
    rows = len(answers)
    answers = one_vote(answers)
    summary.repeated = rows - len(answers)
    if not answers:
        raise UsageError(
            f"{file} names only recordings outside the dataset",
            hint="rows name recordings by recording_id, by path or by the name of the file",
        )
    consensus = dawid_skene([(who, str(number), label) for who, number, label in answers])
    found = {
        int(item): (_undisputed(recordings.by_number[int(item)], labels), round(sure, 6))
        for item, labels, sure in consensus.tied()
    }
    ratings: dict[int, list[str]] = defaultdict(list)
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sure: dict[str, float] = defaultdict(float)
    row = {item: at for at, item in enumerate(consensus.items)}
    column = {label: at for at, label in enumerate(consensus.labels)}
    for who, number, label in answers:
        ratings[number].append(label)
        said[who].append((label, found[number][0]))
        sure[who] += float(consensus.probability[row[str(number)], column[label]])
    summary.answered = len(found)
    summary.agreement = fleiss(list(ratings.values()))
    summary.annotators = [
        Annotator(who, len(pairs), round(sure[who] / len(pairs), 6), cohen(pairs))
        for who, pairs in sorted(said.items())
    ]
    return found


def _undisputed(recording: Named, labels: list[str]) -> str:
    """Choose among equally likely labels: the recording's own are not disputed by a tie."""
    return next((own for own in (recording.label, *recording.others) if own in labels), labels[0])


def _placed(
    answers: list[tuple[str, str, str]],
    file: Path,
    recordings: Recordings,
    report: Callable[[Problem], None],
) -> list[tuple[str, int, str]]:
    """Find the recordings that are spoken of; an unknown one is reported once."""
    known = recordings.place(((name, str(file)) for _, name, _ in answers), str(file), report)
    meant = recordings.meant(dict.fromkeys(label for *_, label in answers), str(file), report)
    return [
        (who, known[name].number, meant.get(label, label)) for who, name, label in answers if name in known
    ]
