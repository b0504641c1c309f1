"""Labels against those of what sounds alike: a vote of neighbours next to the scores of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import assignments
from curate.catalogue.dataset import Dataset
from curate.decisions.groups import USUAL_KEYS, Item, grouped
from curate.scores.likeness_groups import nearest
from curate.scores.standing import numbered
from curate.scores.suspicion import suspect
from curate.scores.votes import LEAST, LOOKED_AT, votes
from curate.steps.common.recording_vectors import of_recordings
from curate.steps.scores.audit_summary import AuditSummary, Doubt
from curate.steps.scores.predictions import Named, Recordings


@dataclass(frozen=True, slots=True)
class Vote:
    """What the neighbours of a recording say.

    Parameters
    ----------
    share, other_share : 0 to 1
        Of the votes: for its label, and for the other class.
    margin : 0 to 1
        See `scores.suspicion.Suspicion`.
    suspect
        Whether the recording counts for the other class.
    """

    other: str
    share: float
    other_share: float
    margin: float
    suspect: bool


def voted(dataset: Dataset, model: str, recordings: Recordings, summary: AuditSummary) -> dict[int, Vote]:
    """Let neighbours vote about every label. Labels with too few voters are counted.

    Raises
    ------
    NotInCatalogue, UsageError
        As `recording_vectors.of_recordings`.
    """
    held = of_recordings(dataset, model)
    known = [recordings.by_number[number] for number in held.numbers.tolist()]
    labels, names = numbered([each.label for each in known])
    ties = _ties(dataset, held.numbers.tolist())
    is_named = np.array([bool(each.label) for each in known], bool)
    values, count = votes(nearest(held.vectors, LOOKED_AT), np.where(is_named, labels, -1), ties, len(names))
    # A class that others can hardly vote for would always be doubted.
    # By ties, as each has one vote. One more than `LEAST`, as a recording's own tie may not vote.
    voters = np.array([len(np.unique(ties[labels == at])) for at in range(len(names))])
    judged = np.flatnonzero(is_named & (count >= LEAST) & (voters[labels] > LEAST))
    summary.neighbours_of = held.layer.model
    summary.voted = len(judged)
    summary.unvoted = sum(bool(each.label) for each in recordings.by_number.values()) - len(judged)
    if not len(judged):
        return {}
    own = labels[judged]
    found = suspect(values[judged], own, _background([known[at] for at in judged.tolist()], names))
    summary.neighbour_suspects = int(found.suspects.sum())
    made = {}
    for row, at in enumerate(judged.tolist()):
        other = int(found.other[row])
        made[known[at].number] = Vote(
            names[other],
            round(float(values[at, own[row]]), 6),
            round(float(values[at, other]), 6),
            round(float(found.margin[row]), 6),
            bool(found.suspects[row]),
        )
    return made


def alone(cast: dict[int, Vote], recordings: Recordings) -> list[Doubt]:
    """Doubt labels by votes alone, for want of scores: the share of votes is the score then."""
    made = []
    for number, vote in cast.items():
        each = recordings.by_number[number]
        made.append(
            Doubt(
                number,
                each.recording_id,
                each.path,
                each.label,
                vote.other,
                vote.share,
                vote.other_share,
                vote.margin,
                vote.suspect,
                offset=each.duration,
                neighbours=vote.other,
                neighbour_share=vote.share,
                doubted_by="neighbours" if vote.suspect else "",
            )
        )
    return made


def join(doubts: Sequence[Doubt], cast: dict[int, Vote], summary: AuditSummary) -> None:
    """Add what neighbours say to what models doubt, and count where they agree.

    A margin becomes the mean of both: alone, each is wrong where the other is right.
    """
    for each in doubts:
        vote = cast.get(each.number)
        if vote is None or each.margin is None:
            continue
        each.neighbours, each.neighbour_share = vote.other, vote.share
        each.margin = round((each.margin + vote.margin) / 2, 6)
        if each.suspect and vote.suspect:
            each.doubted_by = "both"
            summary.agreed += 1
        elif vote.suspect:
            each.doubted_by = "neighbours"
            each.other_score = each.other_score if each.other == vote.other else None
            each.other, each.suspect = vote.other, True
        elif each.suspect:
            each.doubted_by = "scores"


def _ties(dataset: Dataset, numbers: Sequence[int]) -> NDArray[np.intp]:
    """Give one number to those that must not vote for each other: one sound, or one recordist and place."""
    items = [
        Item(
            each.number,
            recordist=each.recordist,
            latitude=each.latitude,
            longitude=each.longitude,
            site=each.site,
            same=tuple(other for other in (each.cluster, each.first) if other is not None),
            is_hidden=each.obscured == "yes",
        )
        for each in assignments.divided(dataset.store)
    ]
    tie_of = {items[at].number: tie for tie, own in enumerate(grouped(items, USUAL_KEYS)) for at in own}
    return np.array([tie_of[number] for number in numbers], np.intp)


def _background(known: Sequence[Named], names: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the classes that are heard besides the label: they are no other opinion."""
    column = {name: at for at, name in enumerate(names)}
    found = np.zeros((len(known), len(names)), bool)
    for row, each in enumerate(known):
        found[row, [column[name] for name in each.others if name in column and name != each.label]] = True
        if "" in column:
            found[row, column[""]] = True
    return found
