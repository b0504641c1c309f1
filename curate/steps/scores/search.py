"""`curate search`: find what a few examples have in common, and ask about what helps most.

A search has a name. Its examples are kept with its layer, its answers are verdicts: the next run continues.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, listings, reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.verdicts import SEARCHED
from curate.errors import NotInCatalogue, UsageError
from curate.formatting import Displayed
from curate.lookup import check_local
from curate.model import Segment
from curate.scores.probe import questions, trained
from curate.steps.scores.held_vectors import HeldVectors, held_vectors, model_of
from curate.steps.scores.similar import Likeness, check_table, example_vectors, export_table, lasting_name
from curate.web.queues import SEARCH

STEP = "search"

#: From this score on a window is counted as found.
_FOUND = 0.5

#: The same examples, settings and verdicts give the same scores as long as this stays.
_VERSION = "1"


@dataclass(slots=True)
class SearchSummary(Displayed):
    """What a search found, and asks.

    Parameters
    ----------
    name, layer
        Of the search, and of the layer that holds what it found.
    like, unlike
        Examples and answers that it was trained on: windows that are wanted, and that are not.
    windows, recordings
        That were scored. `missing` recordings have no vectors of this model.
    likely
        Windows with a score of 0.5 or more.
    found
        The best windows that nobody has decided about.
    asked
        The windows about which an answer helps most, in the queue ``search``.
    path
        The table that was written.
    """

    name: str
    model: str
    layer: str
    like: int = 0
    unlike: int = 0
    windows: int = 0
    recordings: int = 0
    missing: int = 0
    likely: int = 0
    found: list[Likeness] = field(default_factory=list)
    asked: list[Likeness] = field(default_factory=list)
    path: str | None = None


def search(
    dataset: Dataset,
    name: str,
    *,
    like: Sequence[str | os.PathLike[str]] = (),
    unlike: Sequence[str | os.PathLike[str]] = (),
    model: str | None = None,
    max_items: int = 20,
    ask: int = 20,
    out: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> SearchSummary:
    """Score every window by a linear probe of examples and verdicts, and choose what to ask next.

    Parameters
    ----------
    name
        Of the search. One that is known continues: with its examples, those that come, and what was answered.
    like, unlike
        Examples and counterexamples, each as of `similar`: a recording, ``RECORDING@SECONDS`` or a file.
    model
        Whose vectors are compared. None takes that of the search so far, else the only one that there is.
    max_items
        This many of the best are listed.
    ask
        This many windows are put into the queue ``search``, for `review`.
    out
        A CSV file for what is listed.
    dry_run
        Write nothing.

    Raises
    ------
    UsageError
        If there is no example yet, an example has no sound, or several models have vectors and none is named.
    NotInCatalogue
        If there are no vectors of sound, or an example is not in the dataset.
    """
    check(name=name, max_items=max_items, ask=ask)
    check_local(out)
    target = None if out is None else Path(os.path.abspath(out))
    check_table(target)
    before = layers.parameters_of(dataset.store, f"{SEARCH}-{name}") or {}
    examples = {
        side: list(
            dict.fromkeys(lasting_name(dataset, each) for each in (*before.get(side, ()), *_listed(more)))
        )
        for side, more in (("like", like), ("unlike", unlike))
    }
    held = held_vectors(dataset, model_of(dataset, model or before.get("model")))
    summary = SearchSummary(name, held.kind.name, f"{SEARCH}-{name}")
    windows = _Windows(dataset, held)
    answers = windows.answered(name)
    found = {side: [example_vectors(dataset, each, held) for each in examples[side]] for side in examples}
    given = {
        side: [vector for each in found[side] for vector in each[0]]
        + list(held.vectors[windows.place[answers == said]])
        for side, said in (("like", 1), ("unlike", -1))
    }
    if not given["like"]:
        raise UsageError(
            f"the search '{name}' lacks an example", hint=f"curate search {name} --like RECORDING@SECONDS"
        )
    sides = {
        side: np.array(found, np.float32).reshape(-1, held.kind.dimension) for side, found in given.items()
    }
    rows = windows.rows()
    if not rows.any():
        raise NotInCatalogue("all windows are silent or lack a vector", hint="curate embed")
    scores = trained(rows, sides["like"], sides["unlike"]).scores(rows)
    # A window that is an example needs no answer.
    known = np.array([row for side in found.values() for each in side for row in each[2]], np.int64)
    undecided = (answers == 0) & ~windows.is_dropped() & ~np.isin(windows.place, known)
    asked = [place for place, _ in questions(scores, rows, undecided, ask)]
    best = np.argsort(-np.where(undecided, scores, -1.0), kind="stable")[:max_items]
    likely = np.flatnonzero(scores >= _FOUND)
    summary.like, summary.unlike = len(sides["like"]), len(sides["unlike"])
    summary.windows, summary.recordings, summary.missing = len(rows), windows.recordings, windows.missing
    summary.likely = len(likely)
    summary.found = [windows.named(int(k), scores) for k in best if undecided[k] and scores[k] > 0]
    summary.asked = [windows.named(k, scores) for k in asked]
    if dry_run:
        return summary
    settings = {**examples, "model": held.model}
    with dataset.writing(STEP, {"name": name, **settings}) as run, dataset.store.transaction():
        windows.note(summary.layer, name, likely, scores, settings)
        windows.note(SEARCH, name, asked, scores, {"name": name})
        run.counts.update(likely=summary.likely, asked=len(asked))
    if target is not None:
        export_table(summary.found, target)
        summary.path = str(target)
    return summary


def check(*, name: str, max_items: int, ask: int, **_: object) -> None:
    """Look at the options before anything is read.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    if not name.strip() or not name.isprintable():
        raise UsageError(
            "a search needs a name", hint="such as: curate search frogs --like RECORDING@SECONDS"
        )
    for what, value, least in (("max-items", max_items, 1), ("ask", ask, 0)):
        if value < least:
            raise UsageError(f"{what} must be {least} or more: got {value}")


def _listed(examples: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[str]:
    if isinstance(examples, str | os.PathLike):
        examples = [examples]
    return [os.fspath(each) for each in examples]


class _Windows:
    """The windows of the recordings that are in the dataset, and what is known of them."""

    def __init__(self, dataset: Dataset, held: HeldVectors) -> None:
        self._dataset, self._held = dataset, held
        self._named = {row[0]: row[1:5] for row in listings.named(dataset.store)}
        rows = [row for row in held.rows if row.recording in self._named]
        self.recordings, self.missing = len(rows), len(self._named) - len(rows)
        counts = np.array([row.windows for row in rows], np.int64)
        starts = np.repeat(np.array([row.first for row in rows], np.int64), counts)
        self.place: NDArray[np.int64] = np.concatenate(
            [np.arange(row.first, row.first + row.windows) for row in rows] or [np.zeros(0, np.int64)]
        )
        self._recording = np.repeat(np.array([row.recording for row in rows], np.int64), counts)
        self._onset = np.round((self.place - starts) * held.hop, 6)

    def rows(self) -> NDArray[np.float16]:
        """Give the vectors of all windows: those of the file itself where it holds no others."""
        first, n = int(self.place[:1].sum()), len(self.place)
        # A slice stays a map of the file. Picking rows would copy all of them into memory.
        if np.array_equal(self.place, np.arange(first, first + n)):
            return self._held.vectors[first : first + n]
        return self._held.vectors[self.place]

    def answered(self, name: str) -> NDArray[np.int8]:
        """Say what people answered in a search: 1 like, -1 unlike, 0 nothing; the later answer counts."""
        said = np.zeros(len(self.place), np.int8)
        middle = self._onset + self._held.kind.window / 2
        for number, given in verdicts.by_recording(self._dataset.store):
            for verdict in given:
                if verdict.judgement in SEARCHED and verdict.label == name:
                    own = (self._recording == number) & (middle >= verdict.onset) & (middle <= verdict.offset)
                    said[own] = 1 if verdict.judgement == "like" else -1
        return said

    def is_dropped(self) -> NDArray[np.bool_]:
        """Say which windows are of recordings that people dropped."""
        dropped = reviewing.dropped_by_persons(self._dataset.store)
        return np.isin(self._recording, np.fromiter(dropped, np.int64, len(dropped)))

    def named(self, k: int, scores: NDArray[np.float32]) -> Likeness:
        """Name a window for a table."""
        recording_id, path, duration, label = self._named[int(self._recording[k])]
        onset = float(self._onset[k])
        offset = min(onset + self._held.kind.window, duration)
        score = round(float(scores[k]), 4)
        return Likeness(recording_id, self._dataset.path(path), onset, offset, label or "", score)

    def note(
        self,
        layer: str,
        name: str,
        chosen: Sequence[int] | NDArray[np.intp],
        scores: NDArray[np.float32],
        settings: Mapping[str, object],
    ) -> None:
        """Fill a layer with some windows; all recordings were looked at."""
        store = self._dataset.store
        number, digest = layers.refill(store, layer, producer=STEP, version=_VERSION, parameters=settings)
        found: dict[int, list[Segment]] = {int(each): [] for each in np.unique(self._recording)}
        for k in sorted(int(each) for each in chosen):
            window = self.named(k, scores)
            found[int(self._recording[k])].append(Segment(window.onset, window.offset, name, window.score))
        for recording, segments in found.items():
            layers.put(store, recording, number, segments, digest=digest)
