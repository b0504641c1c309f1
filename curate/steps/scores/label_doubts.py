"""Scores of windows against the labels of whole recordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.scores.average import ScoreTable
from curate.scores.suspicion import Suspicion, noise, suspect
from curate.steps.scores.audit_summary import AuditSummary, ClassNoise, Doubt
from curate.steps.scores.predictions import Named, Recordings


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Recordings with a label that the model knows, and their best score for each class.

    Parameters
    ----------
    recordings
        In rising order of their numbers.
    values : shape (recordings, classes)
    windows : shape (recordings, classes)
        Which window of the table holds that score.
    """

    recordings: list[Named]
    classes: tuple[str, ...]
    values: NDArray[np.float64]
    windows: NDArray[np.intp]
    labels: NDArray[np.intp]
    background: NDArray[np.bool_]


def scored(table: ScoreTable, known: Recordings, summary: AuditSummary) -> Scored:
    """Take the best score of each recording and class: what a window holds, the recording holds."""
    column_of = {name: at for at, name in enumerate(table.classes)}
    numbers = np.array([window[0] for window in table.windows], dtype=np.intp)
    # `average` sorts windows, so those of a recording stand together.
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    filled = np.where(np.isnan(table.values), -1.0, table.values)
    recordings, values, windows = [], [], []
    missing: set[str] = set()
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(numbers)], strict=True):
        recording = known.by_number[int(numbers[start])]
        best = start + filled[start:end].argmax(axis=0)
        label = column_of.get(recording.label)
        if label is None or filled[best[label], label] < 0:
            summary.unscored += bool(recording.label)
            missing |= {recording.label} - {"", *column_of}
            continue
        recordings.append(recording)
        values.append(np.maximum(filled[best, np.arange(len(column_of))], 0.0))
        windows.append(best)
    summary.unscored_classes = sorted(missing)
    background = np.zeros((len(recordings), len(table.classes)), dtype=bool)
    for row, recording in enumerate(recordings):
        background[row, [column_of[name] for name in recording.others if name in column_of]] = True
        background[row, column_of[recording.label]] = False
    shape = (len(recordings), len(table.classes))
    return Scored(
        recordings,
        table.classes,
        np.array(values, dtype=float).reshape(shape),
        np.array(windows, dtype=np.intp).reshape(shape),
        np.array([column_of[each.label] for each in recordings], dtype=np.intp),
        background,
    )


def doubts(case: Scored, table: ScoreTable, summary: AuditSummary) -> tuple[Suspicion, list[Doubt]]:
    """Say of every recording how far its label is doubted, in the order of the recordings."""
    found = suspect(case.values, case.labels, case.background)
    summary.recordings = len(case.recordings)
    summary.suspects = int(found.suspects.sum())
    summary.classes = _classes(case, found)
    made = []
    for row, recording in enumerate(case.recordings):
        other = int(found.other[row])
        _, onset, offset = table.windows[case.windows[row, other]]
        alone = other == case.labels[row]  # the model knows one class only
        made.append(
            Doubt(
                recording.number,
                recording.recording_id,
                recording.path,
                recording.label,
                "" if alone else case.classes[other],
                _rounded(case.values[row, case.labels[row]]),
                None if alone else _rounded(case.values[row, other]),
                _rounded(found.margin[row]),
                bool(found.suspects[row]),
                onset=onset / 1000,
                offset=min(offset / 1000, recording.duration),
            )
        )
    return found, made


def _classes(case: Scored, found: Suspicion) -> list[ClassNoise]:
    share = noise(found.joint)
    made = []
    for column in np.unique(case.labels).tolist():
        own = case.labels == column
        away = found.joint[column].copy()
        away[column] = 0
        made.append(
            ClassNoise(
                case.classes[column],
                int(own.sum()),
                int(found.suspects[own].sum()),
                _rounded(share[column]),
                case.classes[int(away.argmax())] if away.any() else "",
            )
        )
    return sorted(made, key=lambda each: (-each.noise, -each.suspects, each.label))


def _rounded(value: float) -> float:
    return round(float(value), 6)
