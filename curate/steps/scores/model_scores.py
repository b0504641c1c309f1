"""What a model heard when it embedded, as scores for the classes of a dataset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from curate.catalogue import layers, listings
from curate.catalogue.dataset import Dataset
from curate.errors import NotInCatalogue, UsageError
from curate.scores.average import ScoreTable, Window
from curate.scores.class_names import MatchedNames, match
from curate.steps.common.model_kinds import model_kind, scores_layer_name
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.predictions import Recordings


@dataclass(slots=True)
class UnmatchedName:
    """A class of the model that is unknown to the dataset, and in how many windows it was heard."""

    name: str
    windows: int


@dataclass(slots=True)
class ModelNames:
    """How the classes of a model and those of a dataset meet.

    Parameters
    ----------
    matched
        Classes of the dataset that the model knows.
    unknown
        Those that it does not know.
    unmatched
        Names of the model that were heard and left out, the most frequent first.
    several
        Names of the model that fit several classes, and are left out, with these.
    missing
        Recordings without scores of this model.
    """

    model: str
    version: str
    matched: int = 0
    unknown: list[str] = field(default_factory=list)
    unmatched: list[UnmatchedName] = field(default_factory=list)
    several: dict[str, list[str]] = field(default_factory=dict)
    missing: int = 0


def of_model(dataset: Dataset, model: str, recordings: Recordings) -> tuple[ScoreTable, ModelNames]:
    """Take the scores that `curate embed` kept of a model, for every window that it looked at.

    A class that it knows and did not keep in a window has the score 0 there.

    Parameters
    ----------
    model
        As for `curate embed`.

    Raises
    ------
    NotInCatalogue
        If it has not looked at any recording.
    UsageError
        If it knows no classes, or none of the dataset's.
    """
    store = dataset.store
    kind = model_kind(store, model)
    if not kind.classes():
        raise UsageError(f"the model {kind.name} lacks classes", hint="one that does: --model birdnet")
    windows = _windows(dataset, model, recordings)
    matched = match(kind.classes(), recordings.classes, listings.names_of_taxa(store))
    layer = scores_layer_name(kind.name)
    if not matched.label_of:
        raise UsageError(
            f"every class of {kind.name} is unknown to this dataset, by label, scientific or common name",
            hint=f"import a table with scientific names. layer:{layer} takes its own names as they are",
        )
    classes = tuple(sorted(set(matched.label_of.values())))
    values = np.zeros((len(windows), len(classes)))
    row_of = {window[:2]: row for row, window in enumerate(windows)}
    column_of = {label: column for column, label in enumerate(classes)}
    unmatched: Counter[str] = Counter()
    number = layers.find_number(store, layer)
    for recording, segments in layers.segments_by_recording(store, -1 if number is None else number):
        for segment in segments:
            row = row_of.get((recording, round(segment.onset * 1000)))
            if row is None:  # of a run with another hop, which is not done again yet
                continue
            label = matched.label_of.get(segment.label)
            if label is None:
                unmatched[segment.label] += 1
            else:
                values[row, column_of[label]] = max(values[row, column_of[label]], segment.score or 0.0)
    names = _names(kind.name, kind.version, matched, unmatched)
    names.missing = len(recordings.by_number) - len({window[0] for window in windows})
    return ScoreTable(windows, classes, values), names


def named(names: ModelNames | None) -> dict[str, str]:
    """Name the model for the parameters of a layer. Nothing if missing."""
    return {} if names is None else {"model": names.model, "model_version": names.version}


def _names(model: str, version: str, matched: MatchedNames, unmatched: Counter[str]) -> ModelNames:
    heard = sorted(unmatched.items(), key=lambda each: (-each[1], each[0]))
    return ModelNames(
        model,
        version,
        len(set(matched.label_of.values())),
        list(matched.unknown),
        [UnmatchedName(*each) for each in heard if each[0] not in matched.several],
        {name: list(labels) for name, labels in matched.several.items() if name in unmatched},
    )


def _windows(dataset: Dataset, model: str, recordings: Recordings) -> list[Window]:
    """List the windows that the model heard with its present version and hop."""
    held = held_vectors(dataset, model)
    kind, hop, store = held.kind, held.hop, dataset.store
    layer = layers.find_number(store, scores_layer_name(kind.name))
    heard = set() if layer is None else set(layers.looked_at(store, layer))  # of imported vectors, none is
    heard &= recordings.by_number.keys()
    known = sorted((row.recording, row.windows) for row in held.rows if row.recording in heard)
    if not known:
        raise NotInCatalogue(
            f"scores of {kind.name} {kind.version} are missing here",
            hint=f"make them: curate embed --model {model}",
        )
    found: list[Window] = []
    for recording, count in known:
        duration = recordings.by_number[recording].duration
        for window in range(count):
            onset = round(window * hop, 6)
            # A file may hold more than it says.
            offset = onset + kind.window if onset >= duration else min(onset + kind.window, duration)
            found.append((recording, round(onset * 1000), round(offset * 1000)))
    return found
