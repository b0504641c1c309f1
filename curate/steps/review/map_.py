"""`curate map`: the whole dataset as one picture in the browser, in which what is alike lies together.

The page is served until it is interrupted. Each verdict is in the catalogue before the page hears that it is.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.formatting import Displayed, count
from curate.steps.common.export_states import ExportWatch
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.review import identity_of, summarise
from curate.steps.scores.map_layout import MOST, PROJECTION, MapLayout, map_layout
from curate.web import queues
from curate.web.map_session import MapSession
from curate.web.review_session import ReviewSession
from curate.web.server import Entry, check_host, serve

if TYPE_CHECKING:
    from curate.web.guard import App

#: Items of a review of a selection, at most.
_ITEMS = 1000


@dataclass(slots=True)
class MapSummary(Displayed):
    """What was shown.

    Parameters
    ----------
    points, recordings
        Windows that were drawn, and the recordings that they are of.
    left_out, silent
        Windows that were not drawn: as there were too many, or as they hold no sound.
    missing
        Recordings without vectors of this model.
    verdicts
        That were given meanwhile, less what was undone.
    """

    model: str
    projection: str
    points: int
    recordings: int
    left_out: int
    silent: int
    missing: int
    verdicts: int = 0


def map_(
    dataset: Dataset,
    *,
    model: str | None = None,
    projection: str = PROJECTION,
    max_points: int = MOST,
    reviewer: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8766,
    token: bool = True,
    browser: bool = True,
    ready: Callable[[str], None] = print,
) -> MapSummary:
    """Serve a map of all windows as a page, until interrupted.

    Parameters
    ----------
    model
        Whose vectors are laid out. ``curate embed`` makes them. None takes the only one that there is.
    projection
        ``pca``, at once, or ``umap``, which takes minutes the first time (extra ``map``).
    max_points
        This many windows are drawn at most; of more, an even share.
    reviewer, host, port, token, browser, ready
        As of `review`.

    Raises
    ------
    UsageError
        If an option is out of range, several models have vectors and none is named, the address cannot be
        had, or others reach it and it has no token.
    NotInCatalogue
        If there are no vectors.
    """
    check_host(host, token=token)
    who = reviewer or getpass.getuser()
    layout = map_layout(dataset, model=model, projection=projection, max_points=max_points)
    recordings = set(layout.points.recording.tolist())
    summary = MapSummary(
        layout.model,
        projection,
        len(layout.points),
        len(recordings),
        layout.left_out,
        layout.silent,
        layout.missing,
    )
    before = _standing(dataset)
    session = MapSession(dataset.folder, layout.points, settle=settle, differing=ExportWatch().differing)
    serve(
        lambda entry: _page(dataset, session, layout, who, entry),
        host=host,
        port=port,
        token=token,
        browser=browser,
        ready=ready,
    )
    summary.verdicts = max(0, _standing(dataset) - before)
    return summary


def _standing(dataset: Dataset) -> int:
    with Dataset(dataset.folder) as birds:
        return sum(len(said) for _, said in verdicts.by_recording(birds.store))


def _page(dataset: Dataset, session: MapSession, layout: MapLayout, who: str, entry: Entry) -> App:
    from curate.web.app import ReviewPage, unguarded  # noqa: PLC0415 - a web server is heavy
    from curate.web.map_app import MapPage, map_application  # noqa: PLC0415

    name, identity = dataset.folder.name, identity_of(dataset)

    def review(reviewer: str) -> App:
        with Dataset(dataset.folder) as birds:
            items = queues.items(birds.store, queues.SELECTION, n=_ITEMS, reviewer=reviewer)
        desk = ReviewSession(
            dataset.folder, queues.SELECTION, items, settle=settle, differing=ExportWatch().differing
        )
        page = ReviewPage(name, identity, queues.SELECTION, reviewer)
        return unguarded(desk, page, lambda: summarise(dataset, queues.SELECTION, items))

    page = MapPage(name, identity, who, layout.model, layout.projection, _told(layout))
    return map_application(session, page, review, entry)


def _told(layout: MapLayout) -> str:
    """Say what is not on the map."""
    parts = [
        f"{count(number, noun)} {words}"
        for number, noun, words in (
            (layout.left_out, "window", "not drawn: there are too many"),
            (layout.silent, "window", "without a sound"),
            (layout.missing, "recording", "without vectors"),
        )
        if number
    ]
    return ", ".join(parts)
