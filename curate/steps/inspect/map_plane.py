"""The map of a report: the dots of the model with most windows, and the classes that they are of."""

from __future__ import annotations

from curate.catalogue import vectors
from curate.catalogue.dataset import Dataset
from curate.errors import CurateError
from curate.reporting.facts import MapFacts
from curate.reporting.map_picture import MapPlane
from curate.steps.scores.map_layout import map_layout
from curate.web.map_points import EDGE, colouring

#: Dots of a still picture, at most: more of them hide each other.
_DRAWN = 20_000


def map_plane(dataset: Dataset) -> tuple[MapFacts | None, MapPlane | None]:
    """Lay windows out for a report. The reason for a missing map is reported, and the rest continues."""
    models = vectors.models(dataset.store)
    if not models:
        return None, None
    try:
        layout = map_layout(dataset, model=models[0], max_points=_DRAWN)
    except CurateError as error:
        return MapFacts(models[0], problem=error.message), None
    points = layout.points
    colours = colouring(dataset.store, points, "class")
    facts = MapFacts(
        layout.model,
        layout.windows,
        len(points),
        layout.missing,
        list(zip(colours.names, colours.counts, strict=True)),
    )
    x, y = (points.place / EDGE).T.tolist()
    return facts, MapPlane(x, y, colours.colour.tolist())
