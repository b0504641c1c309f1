"""`curate audit`: labels that are probably wrong, by models trained on others, neighbours and people.

Nothing is changed: what is doubted becomes the layer `audit`, of which ``curate review --queue
labels`` asks. What annotators agree on becomes the layer `annotators`.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from curate.catalogue import duplicates, layers
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.files import written_tables
from curate.formats.files.output import text_file
from curate.lookup import check_local
from curate.model import Segment
from curate.scores.average import ScoreTable
from curate.scores.risk import best, curve, table
from curate.steps.scores.annotator_consensus import Agreed, agreed
from curate.steps.scores.audit_summary import AuditSummary, Conflict, Doubt
from curate.steps.scores.label_doubts import doubts, scored
from curate.steps.scores.model_scores import named, of_model
from curate.steps.scores.neighbour_votes import Vote, alone, join, voted
from curate.steps.scores.predictions import WINDOW, Recordings, check_layer, digest_of, listed, predicted

STEP = "audit"

#: The layers that are filled: recordings with doubtful labels, and what annotators agree on.
DOUBTS, CONSENSUS = "audit", "annotators"

_VERSION = "1"

#: Columns of the table of the worst.
COLUMNS = (
    "recording_id", "path", "onset", "offset", "label", "other", "score", "other_score", "margin", "suspect",
    "consensus", "probability", "neighbours", "neighbour_share", "doubted_by",
)  # fmt: skip


def audit(
    dataset: Dataset,
    predictions: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    model: str | None = None,
    annotators: str | os.PathLike[str] | None = None,
    neighbours: str | None = None,
    out: str | os.PathLike[str] | None = None,
    max_items: int = 100,
    window: float = WINDOW,
    dry_run: bool = False,
) -> AuditSummary:
    """Look for wrong labels.

    Parameters
    ----------
    predictions
        Tables of scores, as `formats.annotations.predictions` reads them, of models that did not train on the
        recordings: for folds, one table each. A recording has the best score of its windows.
    model
        Whose scores count, too: those that ``curate embed --model`` kept, for classes of the dataset.
    annotators
        A table with columns annotator, recording and label: answers of several people.
    neighbours
        Compare labels with those of what sounds alike, by the vectors of this model. Near twins, the same
        sound, and recordings of one recordist at one place have no vote about each other.
    out
        A CSV file for the most doubtful recordings.
    max_items
        This many of them.
    window : seconds
        Length of windows that a ``row_id`` names by their ends.
    dry_run
        Only tell. Write neither layers nor file.

    Raises
    ------
    FormatError
        If a table cannot be read.
    UsageError
        If there is nothing to compare labels with, or `out` is there and not ours.
    NotInCatalogue
        If the model has not looked at any recording, or there are no vectors to find neighbours by.
    """
    started = time.monotonic()
    files = listed(predictions)
    check(predictions=files, model=model, annotators=annotators, neighbours=neighbours, max_items=max_items)
    check_local(out)
    target = None if out is None else Path(os.path.abspath(out))
    if not dry_run:
        for layer in (DOUBTS, CONSENSUS):
            check_layer(dataset, layer, STEP)
        if target is not None:
            written_tables.check(target)
    summary = AuditSummary(files=len(files) + (model is not None))
    recordings = Recordings(dataset)
    summary.dropped = recordings.ask_only_kept(dataset.store)
    answers = Path(os.path.abspath(annotators)) if annotators is not None else None
    consensus: Agreed = {} if answers is None else agreed(answers, recordings, summary)
    scores, more = None, []
    if model is not None:
        of_it, summary.model = of_model(dataset, model, recordings)
        more.append(of_it)
    if files or more:
        scores, _ = predicted(
            dataset, files, recordings, window=window, report=summary.problems.append, more=more
        )
    cast = {} if neighbours is None else voted(dataset, neighbours, recordings, summary)
    found = _doubts(scores, cast, recordings, consensus, summary)
    summary.disputed = sum(_disputed(each) for each in found)
    found.sort(key=_worst_first)
    summary.worst = found[:max_items]
    summary.conflicts = _conflicts(dataset, recordings)
    if not dry_run:
        read = [*files, *([] if answers is None else [answers])]
        parameters = {"files": digest_of(read), **named(summary.model), "window": window}
        if neighbours is not None:
            parameters["neighbours"] = summary.neighbours_of
        with dataset.writing(STEP, parameters) as run:
            _write(dataset, parameters, recordings, found, consensus)
            run.counts.update(recordings=summary.recordings, suspects=summary.suspects)
        if target is not None:
            _export(summary.worst, target)
            summary.path = str(target)
    summary.elapsed_s = time.monotonic() - started
    return summary


def check(
    *,
    predictions: object = (),
    annotators: object = None,
    model: str | None = None,
    neighbours: str | None = None,
    max_items: int = 100,
    **_: object,
) -> None:
    """Look at the options before any table is read.

    Raises
    ------
    UsageError
        If there is nothing to compare labels with, or `max_items` is out of range.
    """
    if not predictions and model is None and annotators is None and neighbours is None:
        raise UsageError(
            "give tables of scores, layers or a model to compare labels with",
            hint="name tables of out-of-fold scores, a model with --model or --neighbours, or answers with "
            "--annotators",
        )
    if max_items < 1:
        raise UsageError(f"--max-items must be 1 or more: got {max_items}")


def _doubts(
    scores: ScoreTable | None,
    cast: dict[int, Vote],
    recordings: Recordings,
    consensus: Agreed,
    summary: AuditSummary,
) -> list[Doubt]:
    """Say what models, neighbours and people doubt, with the curve of risk."""
    made: list[Doubt] = []
    if scores is not None:
        _, made = doubts(scored(scores, recordings, summary), scores, summary)
        join(made, cast, summary)
    scored_too = {each.number for each in made}
    made += alone({number: vote for number, vote in cast.items() if number not in scored_too}, recordings)
    if made:
        _add_consensus(made, consensus, recordings)
        # Where people answered, their word is the truth, and the curve is of those recordings alone.
        answered = np.array([bool(each.consensus) for each in made], dtype=bool)
        wrong = np.array([each.suspect for each in made], dtype=bool)
        if answered.any():
            summary.truth = "annotators"
            wrong = np.array([_disputed(each) for each in made], dtype=bool)
        asked_of = answered if answered.any() else np.ones_like(answered)
        margins = np.array([each.margin for each in made])
        points = curve(margins[asked_of], wrong[asked_of])
        summary.risk, summary.reject = table(points), best(points)
    have = {each.number for each in made}
    asked = [recordings.by_number[number] for number in sorted(consensus) if number not in have]
    more = [
        Doubt(each.number, each.recording_id, each.path, each.label, "", offset=each.duration)
        for each in asked
        if each.label
    ]
    _add_consensus(more, consensus, recordings)
    return made + more


def _add_consensus(made: Sequence[Doubt], consensus: Agreed, recordings: Recordings) -> None:
    for each in made:
        if each.number in consensus:
            each.consensus, each.probability = consensus[each.number]
            # Who names what is heard besides the label does not dispute it.
            if each.consensus in recordings.by_number[each.number].others:
                each.consensus = each.label


def _worst_first(doubt: Doubt) -> tuple[bool, float, int]:
    """Order by what people dispute, then by the margin of the model."""
    return not _disputed(doubt), 1.0 if doubt.margin is None else doubt.margin, doubt.number


def _conflicts(dataset: Dataset, recordings: Recordings) -> list[Conflict]:
    known = recordings.by_number
    return [
        Conflict(known[one].recording_id, label, known[two].recording_id, other, seconds)
        for one, two, label, other, seconds in duplicates.conflicts(dataset.store)
        if one in known and two in known
    ]


def _disputed(doubt: Doubt) -> bool:
    return bool(doubt.consensus) and doubt.consensus != doubt.label


def _write(
    dataset: Dataset,
    parameters: Mapping[str, object],
    recordings: Recordings,
    found: Sequence[Doubt],
    consensus: Agreed,
) -> None:
    store = dataset.store
    with store.transaction():
        layer, digest = layers.refill(store, DOUBTS, producer=STEP, version=_VERSION, parameters=parameters)
        for each in found:
            duration = recordings.by_number[each.number].duration
            segments = []
            if _disputed(each):
                segments = [Segment(0.0, duration, each.consensus, each.probability)]
            elif each.suspect and each.margin is not None:
                segments = [Segment(0.0, duration, each.other, round(1.0 - each.margin, 6))]
            layers.put(store, each.number, layer, segments, digest=digest)
        if consensus:
            layer, digest = layers.refill(
                store, CONSENSUS, producer=STEP, version=_VERSION, parameters=parameters
            )
            for number, (label, probability) in consensus.items():
                whole = Segment(0.0, recordings.by_number[number].duration, label, probability)
                layers.put(store, number, layer, [whole], digest=digest)


def _export(worst: Sequence[Doubt], target: Path) -> None:
    with text_file(target) as handle:
        writer = csv.DictWriter(handle, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(each), "suspect": int(each.suspect)} for each in worst)
    written_tables.note([target])
