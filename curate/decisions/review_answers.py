"""What the rows of a table say that came back from another program: verdicts on what was asked.

Pure. Each row that went out is a question: *speech* asks to be cut as it stands, the label of a
class asks whether it is right, and the name of a search whether it sounds like that. A row that came
back is the same, moved, renamed or new, and one that is missing was deleted. Times are seconds; rows
are matched by where they are and what they say, since hardly any program keeps a number of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from curate.model import Judgement, Segment

#: Times that differ by less (seconds) are the same: programs round, and a mouse trembles.
SAME = 0.005

#: What a row is renamed to in order to be kept, and to drop its recording.
KEEP, DROP = frozenset({"keep", "no voice"}), "drop"

#: What a row of a search is renamed to where it is not what is searched for.
UNLIKE: Literal["unlike"] = "unlike"

#: What the deletion of a row says of what it asked.
_OPPOSITE: dict[Judgement, Judgement] = {"cut": "keep", "keep": "cut", "like": "unlike"}

#: What is cut, under whatever question.
CUT = frozenset({"cut", "speech", "voice"})

How = Literal["untouched", "moved", "renamed", "deleted", "added"]


@dataclass(frozen=True, slots=True)
class Question:
    """A row that went out.

    Parameters
    ----------
    key
        Of the item that it answers.
    means
        The verdict if it stays as it is.
    """

    key: str
    onset: float
    offset: float
    label: str
    means: Judgement


@dataclass(frozen=True, slots=True)
class Words:
    """What labels mean in one recording.

    Parameters
    ----------
    primary
        Its class; empty where it has none.
    classes
        All that the dataset knows.
    cut
        Labels, in lower case, of what is cut.
    searches
        Names of searches that ask.
    """

    primary: str
    classes: frozenset[str]
    cut: frozenset[str]
    searches: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Say which words are expected."""
        search = f"{UNLIKE}, {', '.join(sorted(self.searches))}, " if self.searches else ""
        return f"{search}keep, {DROP}, {', '.join(sorted(self.cut))} or a class of the dataset"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a row says.

    Parameters
    ----------
    question
        The row that went out; None for an added one.
    says
        Judgements with the label of each, all about the stretch; the first one answers the question.
    """

    how: How
    question: Question | None
    onset: float
    offset: float
    says: tuple[tuple[Judgement, str], ...]


def compare(
    questions: Sequence[Question], marks: Sequence[Segment], words: Words
) -> tuple[list[Answer], list[Segment]]:
    """Say what was done to the rows of one recording.

    Returns
    -------
    answers
        In the order of the questions, added rows behind them.
    unclear
        Rows whose label says nothing that could be done; their questions are not answered.
    """
    met = dict(_pairs(questions, marks, words))
    answers: list[Answer] = []
    unclear: list[Segment] = []
    for number, question in enumerate(questions):
        if number not in met:
            said = ((_OPPOSITE[question.means], question.label if question.means == "like" else ""),)
            answers.append(Answer("deleted", question, question.onset, question.offset, said))
            continue
        mark = marks[met[number]]
        if mark.label == question.label:
            still = _is_there(question, mark)
            onset, offset = (question.onset, question.offset) if still else (mark.onset, mark.offset)
            word = {"cut": _word(mark.label), "like": mark.label}.get(question.means, "")
            said = ((question.means, word),)
            answers.append(Answer("untouched" if still else "moved", question, onset, offset, said))
        elif renamed := _renamed(question, mark.label, words):
            answers.append(Answer("renamed", question, mark.onset, mark.offset, renamed))
        else:
            unclear.append(mark)
    taken = set(met.values())
    for mark in (mark for number, mark in enumerate(marks) if number not in taken):
        meant = _meant(mark.label, words)
        if meant is None:
            unclear.append(mark)
        else:
            answers.append(Answer("added", None, mark.onset, mark.offset, (meant,)))
    return answers, unclear


def _renamed(question: Question, label: str, words: Words) -> tuple[tuple[Judgement, str], ...]:
    """Say what another label makes of a question; nothing where it is unclear."""
    if question.means == "like" and label.casefold() == UNLIKE:
        return ((UNLIKE, question.label),)
    meant = _meant(label, words)
    if meant is None or (question.means == "like" and meant[0] == "also"):
        return ()  # another class may all the same be what is searched for
    if meant[0] != "also":
        return (meant,)
    # Of what asked to be cut it says that an animal is heard; of a class, that it is another one.
    return (("keep", label), meant) if question.means == "cut" else (("relabel", label),)


def _meant(label: str, words: Words) -> tuple[Judgement, str] | None:
    plain = label.casefold()
    if label in words.searches:
        return "like", label
    if plain in KEEP:
        return "keep", "" if plain == "keep" else plain
    if plain == DROP:
        return "drop", ""
    if label and label == words.primary:
        return "keep", ""
    if plain in words.cut:
        return "cut", _word(plain)
    return ("also", label) if label in words.classes else None


def _word(label: str) -> str:
    """Say why something is cut, as the page does."""
    return {"cut": "", "speech": "voice"}.get(label, label)


def _pairs(
    questions: Sequence[Question], marks: Sequence[Segment], words: Words
) -> Iterator[tuple[int, int]]:
    """Match questions and rows, the likeliest pairs first; gives their places."""
    found = sorted(
        (not _is_there(question, mark), mark.label != question.label, -_overlap(question, mark), q, m)
        for q, question in enumerate(questions)
        for m, mark in enumerate(marks)
        if _may_be(question, mark, words)
    )
    left, right = set(range(len(questions))), set(range(len(marks)))
    for *_, q, m in found:
        if q in left and m in right:
            left.remove(q)
            right.remove(m)
            yield q, m


def _may_be(question: Question, mark: Segment, words: Words) -> bool:
    """Whether a row may be what became of a question.

    A voice that was deleted where an animal was marked is a voice no more: two rows, unless the
    times are the same. Another word for what is cut is no other answer. The row of a class stays a row of a
    class whatever it is called.
    """
    is_cut = question.means == "cut" and mark.label.casefold() in words.cut
    same = question.means == "keep" or question.label == mark.label or is_cut or _is_there(question, mark)
    return same and _overlap(question, mark) > 0


def _is_there(question: Question, mark: Segment) -> bool:
    return abs(question.onset - mark.onset) < SAME and abs(question.offset - mark.offset) < SAME


def _overlap(question: Question, mark: Segment) -> float:
    """Share of both that they have in common."""
    common = min(question.offset, mark.offset) - max(question.onset, mark.onset)
    return common / (max(question.offset, mark.offset) - min(question.onset, mark.onset))
