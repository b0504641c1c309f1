"""Where each window of sound lies on a map: vectors laid out on a plane, and what is left out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.vectors import VectorRows
from curate.catalogue.views import map_facets
from curate.errors import NotInCatalogue, UsageError
from curate.formats.files.output import whole_file
from curate.lookup import suggestion
from curate.scores.projection import PROJECTIONS
from curate.steps.scores.held_vectors import HeldVectors, held_vectors, model_of
from curate.web.map_points import MapPoints, placed

#: How vectors are laid out unless told, and how many windows are drawn at most: a browser of today moves
#: so many dots without a graphics card.
PROJECTION, MOST = "pca", 200_000


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Points, and what is left out.

    Parameters
    ----------
    model, projection
        Whose vectors, and how they are laid out.
    windows, silent
        Windows that have a vector, and those without a sound, which lie nowhere.
    missing
        Recordings without vectors of this model.
    """

    points: MapPoints
    model: str
    projection: str
    windows: int
    silent: int
    missing: int

    @property
    def left_out(self) -> int:
        """Windows of sound beyond the limit of the map."""
        return self.windows - self.silent - len(self.points)


def map_layout(
    dataset: Dataset, *, model: str | None = None, projection: str = PROJECTION, max_points: int = MOST
) -> MapLayout:
    """Lay the windows of a dataset out on a plane.

    Where there are more than `max_points`, each recording keeps its first window, and every nth of the
    others is drawn.

    Raises
    ------
    UsageError
        If there is no such projection, its extra is not installed, or no model is named and several have
        vectors.
    NotInCatalogue
        If there are no vectors, or none of a window with sound.
    """
    check(projection=projection, max_points=max_points)
    held = held_vectors(dataset, model_of(dataset, model))
    lengths = map_facets.with_sound(dataset.store)
    known = [row for row in held.rows if row.recording in lengths]
    place = np.concatenate([np.arange(row.first, row.first + row.windows) for row in known] or [_NONE])
    first = np.repeat([row.first for row in known], [row.windows for row in known])
    recording = np.repeat([row.recording for row in known], [row.windows for row in known])
    sounds = _with_sound(held, known, place)
    if not sounds.any():
        raise NotInCatalogue("all windows are silent or lack a vector", hint="curate embed")
    windows, silent = len(place), int((~sounds).sum())
    drawn = np.flatnonzero(sounds)
    drawn = drawn[_thinned(recording[drawn], max_points)]
    place, first, recording = place[drawn], first[drawn], recording[drawn]
    onset = (place - first) * held.hop
    offset = np.minimum(onset + held.kind.window, [lengths[number] for number in recording.tolist()])
    xy = _laid_out(dataset, held, place, projection)
    points = MapPoints(recording.astype(np.int64), onset, offset, placed(xy))
    return MapLayout(points, held.kind.name, projection, windows, silent, len(lengths) - len(known))


def check(*, projection: str, max_points: int, **_: object) -> None:
    """Look at the options before anything is read.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    if projection not in PROJECTIONS:
        raise UsageError(f"unknown projection '{projection}'", hint=suggestion(projection, PROJECTIONS))
    if max_points < 1:
        raise UsageError(f"max-points must be 1 or more: got {max_points}")


_NONE = np.zeros(0, np.int64)


def _with_sound(held: HeldVectors, known: list[VectorRows], place: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which windows have a sound: those of zeros have none. Only recordings that have such are read."""
    quiet = [
        row.first + np.flatnonzero(~held.vectors[row.first : row.first + row.windows].any(axis=1))
        for row in known
        if row.silent
    ]
    return ~np.isin(place, np.concatenate(quiet)) if quiet else np.ones(len(place), np.bool_)


def _thinned(recording: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """Choose windows: the first of each recording, and every nth of the others."""
    if len(recording) <= most:
        return np.arange(len(recording))
    _, firsts = np.unique(recording, return_index=True)
    if len(firsts) >= most:
        # Rounded up, here and below: one window in n must never be more than `most`.
        return np.sort(firsts)[:: -(-len(firsts) // most)]
    others = np.setdiff1d(np.arange(len(recording)), firsts, assume_unique=True)
    return np.sort(np.concatenate([firsts, others[:: -(-len(others) // (most - len(firsts)))]]))


def _laid_out(
    dataset: Dataset, held: HeldVectors, place: NDArray[np.int64], projection: str
) -> NDArray[np.float32]:
    """Lay rows of the file out; what takes minutes is kept next to them."""
    chosen = held.vectors if len(place) == len(held.vectors) else held.vectors[place]
    if projection == PROJECTION:
        return PROJECTIONS[projection](chosen)
    path = _kept_at(dataset, held, place, projection)
    if path.is_file():
        found: NDArray[np.float32] = np.load(path, allow_pickle=False)
        if found.shape == (len(place), 2):
            return found
    xy = PROJECTIONS[projection](chosen)
    _keep(path, xy)
    return xy


def _kept_at(dataset: Dataset, held: HeldVectors, place: NDArray[np.int64], projection: str) -> Path:
    """Say where a layout is kept: by the rows of the file, and the state of that."""
    file = vectors.path_of(dataset.folder, held.kind.name, held.digest)
    state = f"{os.stat(file).st_mtime_ns} {os.stat(file).st_size}".encode()
    return file.with_name(
        f"{held.digest}-{projection}-{sha256(state + place.tobytes()).hexdigest()[:16]}.npy"
    )


def _keep(path: Path, xy: NDArray[np.float32]) -> None:
    """Keep a layout, in the place of earlier ones; where nobody may write, it is made again next time."""
    stem = path.name.rpartition("-")[0]
    try:
        with whole_file(path) as part, part.open("wb") as file:
            np.save(file, xy)
        for other in path.parent.glob(f"{stem}-*.npy"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError:
        return
