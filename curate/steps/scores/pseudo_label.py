"""`curate pseudo-label`: what models hear in unlabelled recordings, as soft labels.

A round is a layer like any other: segments with a class and a score, its producer and parameters.
What people and archives say stays as it is. A manifest shows both, in columns of their own.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, listings
from curate.catalogue.dataset import Dataset
from curate.detectors import DETECTORS
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.model import Problem, Segment, number_of_faults
from curate.scores.average import ScoreTable
from curate.scores.soft import Choices, Scores, soft_labels
from curate.steps.common.retentions import Retentions
from curate.steps.scores.model_scores import ModelNames, named, of_model
from curate.steps.scores.predictions import WINDOW, Recordings, check_layer, digest_of, listed, predicted
from curate.steps.scores.soft_labels import kept_whole

STEP = "pseudo-label"

_VERSION = "1"


@dataclass(slots=True)
class ClassRound:
    """Windows in which a round hears a class, and those in which it is the best."""

    label: str
    windows: int
    best: int
    mean: float


@dataclass(slots=True)
class PseudoLabelSummary(Displayed):
    """What a round made of scores.

    Parameters
    ----------
    model
        How the classes of the model and those of the dataset meet, if there was one.
    windows
        That were scored, of `recordings`. `incomplete` of them not by all models.
    labelled
        Recordings that have a label already, and are left out.
    kept, kept_recordings, seconds
        Windows with soft labels in what is kept, of this many recordings.
    cut
        Windows with soft labels of which a part is cut by now. They wait in the layer.
    weak, capped
        Windows left out since no class is sure enough, or since their class has enough better ones.
    new_classes
        Those found that are no class of the dataset, if it has any.
    """

    round: str = ""
    files: int = 0
    model: ModelNames | None = None
    recordings: int = 0
    windows: int = 0
    incomplete: int = 0
    labelled: int = 0
    kept: int = 0
    cut: int = 0
    kept_recordings: int = 0
    seconds: float = 0.0
    weak: int = 0
    capped: int = 0
    classes: list[ClassRound] = field(default_factory=list)
    new_classes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def failed(self) -> int:
        """Rows that were left out."""
        return number_of_faults(self.problems)


def pseudo_label(
    dataset: Dataset,
    predictions: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    model: str | None = None,
    round: str = "pseudo-1",
    keep_above: float = 0.5,
    zero_below: float = 0.1,
    power: float = 1.0,
    top_n: int | None = None,
    top_n_power: float = 2.0,
    max_per_class: int | None = None,
    window: float = WINDOW,
    labelled: bool = False,
    dry_run: bool = False,
) -> PseudoLabelSummary:
    """Turn model scores into soft labels.

    Scores are averaged over the files, window by window. Low-ranked classes are weakened (`top_n`).
    Windows are chosen (`keep_above`, `max_per_class`). The scores left in them are softened
    (`zero_below`, `power`). The sources of these rules stand in `scores.soft`.

    Parameters
    ----------
    predictions
        Tables of scores, as `formats.annotations.predictions` reads them. ``layer:NAME`` takes a layer of
        detections, such as ``layer:birdnet-analyzer``.
    model
        Whose scores count, too: those that ``curate embed --model`` kept, for classes of the dataset.
    round
        The layer that is filled. An earlier round of this name is replaced.
    keep_above : 0 to 1
        A window counts if its best class has so much.
    zero_below : 0 to 1
        In it, smaller scores are nothing.
    power
        To which scores are raised in the end. 1 leaves them.
    top_n, top_n_power
        Raise to `top_n_power` the scores of all but the `top_n` best classes of each recording; None
        leaves them.
    max_per_class
        Keep no more windows of each best class.
    window : seconds
        Length of windows that a ``row_id`` names by their ends.
    labelled
        Take windows of recordings that have a label, too. The label stays.
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    FormatError
        If a table cannot be read.
    UsageError
        If a choice is out of range, the layer is somebody else's, or no recording is known.
    NotInCatalogue
        If the model has not looked at any recording.
    """
    started = time.monotonic()
    choices = Choices(keep_above, zero_below, power, top_n, top_n_power, max_per_class)
    files = listed(predictions)
    check(predictions=files, model=model, round=round, **asdict(choices))
    check_layer(dataset, round, STEP)
    summary = PseudoLabelSummary(round, len(files) + (model is not None))
    recordings = Recordings(dataset)
    scores = []
    if model is not None:
        of_it, summary.model = of_model(dataset, model, recordings)
        scores.append(of_it)
    table, summary.incomplete = predicted(
        dataset, files, recordings, window=window, report=summary.problems.append, more=scores
    )
    table = _unlabelled(table, recordings, summary, labelled=labelled)
    numbers = np.array([window[0] for window in table.windows], dtype=np.intp)
    gone = _gone(dataset, table)
    values, summary.weak, summary.capped = soft_labels(
        np.nan_to_num(table.values, copy=False), numbers, choices, gone
    )
    found = _segments(table, values, gone, recordings, summary)
    if recordings.classes:
        summary.new_classes = [each.label for each in summary.classes if each.label not in recordings.classes]
    if not dry_run:
        parameters = {
            "files": digest_of(files),
            **named(summary.model),
            "window": window,
            "labelled": labelled,
            **asdict(choices),
        }
        with dataset.writing(STEP, {"round": round, **parameters}) as run:
            _write(dataset, round, parameters, found)
            run.counts.update(windows=summary.windows, kept=summary.kept)
    summary.elapsed_s = time.monotonic() - started
    return summary


def check(
    *,
    predictions: object = (),
    model: str | None = None,
    round: str,
    keep_above: float,
    zero_below: float,
    power: float,
    top_n: int | None,
    top_n_power: float,
    max_per_class: int | None,
    **_: object,
) -> None:
    """Look at the options before any table is read.

    Raises
    ------
    UsageError
        If one is out of range, there are no scores, or the round has the name of a detector's layer.
    """
    if not predictions and model is None:
        raise UsageError(
            "predictions are missing: give tables, layers or a model",
            hint="name one table or more, or a model with --model",
        )
    Choices(keep_above, zero_below, power, top_n, top_n_power, max_per_class).check()
    if round in DETECTORS or not round.strip():
        raise UsageError(
            f"choose another name for the round: '{round}' is the layer of a detector",
            hint="name another with --round, for example pseudo-2",
        )


def _unlabelled(
    table: ScoreTable, recordings: Recordings, summary: PseudoLabelSummary, *, labelled: bool
) -> ScoreTable:
    """Leave out windows of recordings that have a label, unless they are wanted."""
    numbers = {window[0] for window in table.windows}
    have = {number for number in numbers if recordings.by_number[number].label and not labelled}
    rows = [at for at, window in enumerate(table.windows) if window[0] not in have]
    summary.labelled = len(have)
    summary.recordings = len(numbers) - len(have)
    summary.windows = len(rows)
    if not have:
        return table
    return ScoreTable([table.windows[at] for at in rows], table.classes, table.values[rows])


def _gone(dataset: Dataset, table: ScoreTable) -> NDArray[np.bool_]:
    """Say which windows a manifest leaves out by now, since a part of them is cut."""
    fates = Retentions(dataset.store)
    rows = groupby(range(len(table.windows)), lambda at: table.windows[at][0])
    places = {number: list(group) for number, group in rows}
    gone = np.zeros(len(table.windows), dtype=bool)
    for number, duration, sr, _ in listings.identified(dataset.store):
        if number in places:
            end = fates.of(number, "ok", duration, sr)
            for at in places[number]:
                _, low, high = table.windows[at]
                gone[at] = not end.goes_out or kept_whole(low / 1000, high / 1000, end.stretches) is None
    return gone


def _segments(
    table: ScoreTable,
    values: Scores,
    gone: NDArray[np.bool_],
    recordings: Recordings,
    summary: PseudoLabelSummary,
) -> dict[int, list[Segment]]:
    """Say soft labels in segments, by recording: one for each window and class that it may hold."""
    found: dict[int, list[Segment]] = {window[0]: [] for window in table.windows}
    kept: set[int] = set()
    for at in np.flatnonzero(values.any(axis=1)):
        number, low, high = table.windows[at]
        onset, offset = low / 1000, min(high / 1000, recordings.by_number[number].duration)
        if gone[at]:
            summary.cut += 1
        else:
            kept.add(number)
            summary.kept += 1
            summary.seconds += offset - onset
        found[number] += [
            Segment(onset, offset, table.classes[column], float(values[at, column]))
            for column in np.flatnonzero(values[at])
        ]
    summary.kept_recordings = len(kept)
    # Rows of zeros are left out: `argmax` would count them for the first class.
    values = values[values.any(axis=1) & ~gone]
    best = Counter(values.argmax(axis=1).tolist())
    for column, label in enumerate(table.classes):
        heard = values[:, column][values[:, column] > 0]
        if len(heard):
            mean = round(float(heard.mean()), 6)
            summary.classes.append(ClassRound(label, len(heard), best[column], mean))
    return found


def _write(
    dataset: Dataset, round: str, parameters: dict[str, Any], found: Mapping[int, Sequence[Segment]]
) -> None:
    store = dataset.store
    with store.transaction():
        layer, digest = layers.refill(store, round, producer=STEP, version=_VERSION, parameters=parameters)
        for number, segments in found.items():
            layers.put(store, number, layer, segments, digest=digest)
