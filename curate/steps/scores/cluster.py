"""`curate cluster`: what sounds alike, what is unlike its class, and what differs by its recorder.

Nothing is cut and no label changes: groups, outliers and groups of faults become layers, of which the review
asks.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import duplicates, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.recorders import origins
from curate.catalogue.vectors import VectorLayer
from curate.errors import NotInCatalogue, UsageError
from curate.formats.files import written_tables
from curate.lookup import check_local
from curate.model import Segment
from curate.progress import Progress, silent
from curate.scores.likeness_groups import LEAST, Grouping, Neighbours, group, near_twins, nearest
from curate.scores.standing import LEAST as LEAST_OF_CLASS
from curate.scores.standing import OUTLIER, members, mixture, numbered, outlying
from curate.steps.common.recording_vectors import RecordingVectors, chosen, of_recordings, opened
from curate.steps.common.retentions import kept
from curate.steps.scores.cluster_results import (
    CLASS_GROUPS,
    FAULTS,
    GROUPS,
    OUTLIERS,
    STEP,
    WINDOWS,
    ClusterRow,
    FilledLayers,
    export_rows,
    layers_of,
    write_layers,
)
from curate.steps.scores.cluster_summary import (
    ClassGroups,
    ClusterSummary,
    LikenessGroup,
    MeasuredOutlier,
    NearTwins,
    Outlier,
)
from curate.steps.scores.fault_groups import fault_groups
from curate.steps.scores.measured_facts import far_off, measured
from curate.steps.scores.predictions import check_layer

_ROWS = 4096  # of vectors, looked at together


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a run is asked for, and the recordings that are kept, by number, as `listings.named` has them."""

    dataset: Dataset
    named: Mapping[int, tuple[Any, ...]]
    model: str | None
    max_items: int
    seed: int
    progress: Progress


def cluster(
    dataset: Dataset,
    *,
    model: str | None = None,
    windows: bool = False,
    out: str | os.PathLike[str] | None = None,
    max_items: int = 20,
    seed: int = 0,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ClusterSummary:
    """Find groups of what sounds alike, outliers of classes, and groups of faults.

    Parameters
    ----------
    model
        Whose vectors are compared; the only one that there is where None.
    windows
        Group windows instead of recordings. Then nothing is said of classes and faults.
    out
        A CSV file with a row for every recording.
    max_items
        List this many groups and this many outliers.
    seed
        Of the trials that choose the smallest size of a group.
    dry_run
        Only tell. Write neither layers nor file.

    Raises
    ------
    NotInCatalogue
        If there are no vectors.
    UsageError
        If there are vectors of several models and none is named, there are too few, or `out` is there and
        not ours.
    """
    started = time.monotonic()
    check(max_items=max_items, windows=windows, out=out)
    check_local(out)
    target = None if out is None else Path(os.path.abspath(out))
    if not dry_run:
        for layer in (WINDOWS,) if windows else (GROUPS, CLASS_GROUPS, OUTLIERS, FAULTS, duplicates.ALIKE):
            check_layer(dataset, layer, STEP)
        if target is not None:
            written_tables.check(target)
    named = {row[0]: row for row in listings.named(dataset.store)}
    left = {each.number: named[each.number] for each in kept(dataset.store)}
    asked = _Asked(dataset, left, model, max_items, seed, progress)
    rows: list[ClusterRow] = []
    if windows:
        summary, made = _windows(asked)
    else:
        summary, made, rows = _recordings(asked)
    summary.dropped = len(named) - len(left)
    if not dry_run:
        parameters = {"model": summary.model, "seed": seed}
        with dataset.writing(STEP, {**parameters, "windows": windows}) as run:
            write_layers(dataset, parameters, made)
            run.counts.update(groups=len(summary.groups), outliers=summary.outlying)
        if target is not None:
            export_rows(rows, target)
            summary.path = str(target)
    summary.elapsed_s = time.monotonic() - started
    return summary


def check(*, max_items: int = 20, windows: bool = False, out: object = None, **_: object) -> None:
    """Look at the options before any vector is read.

    Raises
    ------
    UsageError
        If they make no sense.
    """
    if max_items < 1:
        raise UsageError(f"--max-items must be 1 or more: got {max_items}")
    if windows and out is not None:
        raise UsageError(
            "--out has a row for each recording: leave out --windows",
            hint=f"the groups of windows: curate show segments --layer {WINDOWS}",
        )


def _check_any(held: Sequence[object], layer: VectorLayer) -> None:
    """Make sure that some recording has vectors that are true now."""
    if not held:
        raise NotInCatalogue(
            f"all vectors of {layer.model} are stale, or of recordings that are gone or dropped",
            hint=f"make them again: curate embed --model {layer.producer}",
        )


def _enough(number: int, unit_name: str, left_out: int) -> None:
    if number < LEAST:
        more = f"; {left_out:,} have none that could be compared" if left_out else ""
        raise UsageError(
            f"there are vectors of {number:,} {unit_name}{more}: groups need {LEAST} or more",
            hint="import more, then run 'curate embed'",
        )


def _recordings(asked: _Asked) -> tuple[ClusterSummary, FilledLayers, list[ClusterRow]]:
    """Group recordings, and compare each with its class."""
    dataset, named = asked.dataset, asked.named
    held = of_recordings(dataset, asked.model).among(named)
    _check_any([*held.numbers, *held.silent, *held.broken], held.layer)
    _enough(len(held.numbers), "recordings", len(held.missing) + len(held.silent) + len(held.broken))
    rows = [
        ClusterRow(
            number, named[number][1], dataset.path(named[number][2]), named[number][4], named[number][3]
        )
        for number in held.numbers.tolist()
        for told in [named[number]]
    ]
    summary = ClusterSummary(held.layer.model, "recordings", len(rows))
    summary.missing = [named[number][1] for number in held.missing]
    summary.silent = [named[number][1] for number in held.silent]
    summary.broken = [named[number][1] for number in held.broken]
    classes, labels = numbered([row.label for row in rows])
    # Each recording is compared three times: with all, within its class, and for faults.
    with asked.progress("comparing", 3 * len(rows), "recordings") as advance:
        near = nearest(held.vectors, advance=advance)
        found = group(near, seed=asked.seed)
        mixed = mixture(near.places, classes)
        for at, row in enumerate(rows):
            row.group, row.sure = _name(found, at), round(float(found.sure[at]), 4)
            row.mixture = round(float(mixed[at]), 4)
            row.near = labels[Counter(classes[near.places[at]].tolist()).most_common(1)[0][0]]
        _tell(summary, found, [(row.recording_id, row.label) for row in rows], asked.max_items)
        for own in members(classes):
            _of_class(summary, held, own, rows, asked.seed)
            advance(len(own))
        known = {origin.number: origin for origin in origins(dataset.store)}
        of_rows = [known[row.number] for row in rows]
        facts, summary.unmeasured = measured(dataset.store, of_rows)
        summary.faults, faulty = fault_groups(
            held.vectors,
            [row.label for row in rows],
            of_rows,
            [row.recording_id for row in rows],
            facts,
            advance=advance,
        )
    for at, name in faulty.items():
        rows[at].fault_group = name
    # The farthest first; without a label there is no class to be far from.
    off = [(at, words) for at, words in far_off(facts, classes) if rows[at].label]
    for at, words in off:
        rows[at].differs = words
    summary.far_off = len(off)
    summary.measured_outliers = [
        MeasuredOutlier(rows[at].recording_id, rows[at].path, rows[at].label, words)
        for at, words in off[: asked.max_items]
    ]
    outliers = sorted((row for row in rows if row.outlier), key=lambda row: (-row.distance, row.number))
    summary.outlying = len(outliers)
    summary.outliers = [
        Outlier(row.recording_id, row.path, row.label, row.distance, row.mixture, row.near)
        for row in outliers[: asked.max_items]
    ]
    made = layers_of(rows, summary)
    made.segments[duplicates.ALIKE] = _only_alike(asked, near, rows, summary)
    return summary, made, rows


def _only_alike(
    asked: _Asked, near: Neighbours, rows: Sequence[ClusterRow], summary: ClusterSummary
) -> dict[int, list[Segment]]:
    """List what sounds nearly the same and is the same by no evidence, each pair at its lower number."""
    known = duplicates.known_pairs(asked.dataset.store)
    pairs = [
        (rows[one], rows[other], cosine)
        for one, other, cosine in near_twins(near)
        if (rows[one].number, rows[other].number) not in known
    ]
    pairs.sort(key=lambda pair: (-pair[2], pair[0].number, pair[1].number))
    summary.near_twins = len(pairs)
    summary.twins = [
        NearTwins(one.recording_id, one.label, other.recording_id, other.label, round(cosine, 4))
        for one, other, cosine in pairs[: asked.max_items]
    ]
    segments: dict[int, list[Segment]] = {}
    for one, other, cosine in pairs:
        whole = Segment(0.0, one.duration, other.recording_id, round(min(1.0, cosine), 4))
        segments.setdefault(one.number, []).append(whole)
    return segments


def _of_class(
    summary: ClusterSummary,
    held: RecordingVectors,
    own: NDArray[np.intp],
    rows: Sequence[ClusterRow],
    seed: int,
) -> None:
    """Divide one class into groups, and find what is unlike it."""
    label = rows[own[0]].label
    near = nearest(held.vectors[own])
    found = group(near, seed=seed)
    away = outlying(near.distances)
    for at, place in enumerate(own.tolist()):
        row = rows[place]
        row.class_group = f"{label or 'no label'} {found.labels[at] + 1}" if found.labels[at] >= 0 else ""
        row.distance = round(float(away[at]), 4)
        row.outlier = int(row.distance > OUTLIER and bool(label))
    if len(own) < LEAST_OF_CLASS:
        summary.small_classes += 1
        summary.in_small_classes += len(own)
    summary.classes.append(
        ClassGroups(
            label,
            len(own),
            len(found.stability),
            int((found.labels >= 0).sum()),
            found.size,
            sum(rows[place].outlier for place in own.tolist()),
        )
    )


def _windows(asked: _Asked) -> tuple[ClusterSummary, FilledLayers]:
    """Group the windows of all recordings."""
    dataset, named = asked.dataset, asked.named
    layer = chosen(dataset, asked.model)
    held, vectors = opened(dataset, layer)
    held = [row for row in held if row.recording in named]
    window, hop = float(layer.parameters["window"]), float(layer.parameters["hop"])
    _check_any(held, layer)
    places = np.concatenate([np.arange(row.first, row.first + row.windows) for row in held])
    whose = np.repeat([row.recording for row in held], [row.windows for row in held])
    onsets = np.concatenate([np.arange(row.windows) * hop for row in held])
    # One row that is no number would make the neighbours of all others wrong.
    whole, heard = (np.empty(len(places), np.bool_) for _ in range(2))
    for start in range(0, len(places), _ROWS):
        part = slice(start, start + _ROWS)
        read = vectors[places[part]]
        whole[part] = np.isfinite(read).all(axis=1)
        heard[part] = whole[part] & read.any(axis=1)
    broken = set(whose[~whole].tolist())
    _enough(int(heard.sum()), "windows", int((~heard).sum()))
    places, whose, onsets = places[heard], whose[heard], onsets[heard]
    summary = ClusterSummary(layer.model, "windows", len(places))
    loud, covered = set(whose.tolist()), {row.recording for row in held}
    summary.missing = [named[number][1] for number in named if number not in covered]
    summary.silent = [named[number][1] for number in sorted(covered - loud - broken)]
    summary.broken = [named[number][1] for number in sorted(broken)]
    with asked.progress("comparing", len(places), "windows") as advance:
        found = group(nearest(vectors, rows=places, advance=advance), seed=asked.seed)
    _tell(summary, found, [(named[n][1], named[n][4]) for n in whose.tolist()], asked.max_items)
    segments: dict[int, list[Segment]] = {}
    for at, number in enumerate(whose.tolist()):
        if found.labels[at] >= 0:
            onset = round(float(onsets[at]), 6)
            offset = min(onset + window, named[number][3])
            sure = round(float(found.sure[at]), 4)
            segments.setdefault(number, []).append(Segment(onset, offset, _name(found, at), sure))
    return summary, FilledLayers(sorted(covered), {WINDOWS: segments})


def _name(found: Grouping, at: int) -> str:
    return f"group {found.labels[at] + 1}" if found.labels[at] >= 0 else ""


def _tell(summary: ClusterSummary, found: Grouping, named: Sequence[tuple[str, str]], max_items: int) -> None:
    """Describe the groups over all classes."""
    summary.size, summary.trials = found.size, list(found.trials)
    summary.grouped = int((found.labels >= 0).sum())
    for number, stability in enumerate(found.stability[:max_items].tolist()):
        own = np.flatnonzero(found.labels == number)
        labels = Counter(named[at][1] for at in own.tolist())
        firmest = int(own[found.sure[own].argmax()])
        summary.groups.append(
            LikenessGroup(
                f"group {number + 1}",
                len(own),
                round(stability, 4),
                dict(labels.most_common()),
                named[firmest][0],
            )
        )
