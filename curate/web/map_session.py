"""What is selected on a map, what a verdict would do to it, and what it did.

A verdict on a selection is one act, which one undo takes back. Each recording is decided about as by the
review page, by its verdicts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers, reviewing
from curate.catalogue.dataset import Dataset
from curate.decisions.review_priority import ReviewItem
from curate.decisions.verdicts import LABELS
from curate.errors import NotInCatalogue, UsageError
from curate.model import Judgement, Segment
from curate.web.map_points import Colouring, MapPoints, colouring
from curate.web.queues import SELECTION
from curate.web.review_session import Decision, ReviewSession

#: What can be said of a selection: about stretches, or about the recordings that they are of.
JUDGEMENTS: tuple[Judgement, ...] = ("cut", "keep", "drop", "relabel")

#: Recordings that a preview lists.
_LISTED = 200

#: Where selections differ from the windows they were made of by less than this, in seconds, is no gap.
_GAP = 0.01


@dataclass(frozen=True, slots=True)
class MapDecision:
    """What a person would do to a selection.

    Parameters
    ----------
    chosen : shape=(n,)
        Which points.
    judgement
        Of `JUDGEMENTS`.
    label
        Of ``relabel`` the class. Of others, what is heard there.
    act
        As of `Decision`.
    """

    chosen: NDArray[np.bool_]
    judgement: Judgement
    label: str
    reviewer: str
    act: str = ""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a verdict would do.

    Parameters
    ----------
    windows, recordings
        That are selected.
    seconds
        That it is about: of the stretches, or of whole recordings.
    already
        Recordings of which it says nothing new: dropped before, or of this class.
    behind
        As of `ReviewSession.decide`.
    listed
        The first recordings, each with number, id, class, first onset, last offset and windows.
    """

    windows: int
    recordings: int
    seconds: float
    already: int
    behind: dict[str, int]
    listed: list[dict[str, object]]


class MapSession:
    """A map of one dataset, and the acts of those who look at it.

    Parameters
    ----------
    folder
        Of the dataset.
    settle, differing
        As of `ReviewSession`.
    """

    def __init__(
        self,
        folder: Path,
        points: MapPoints,
        *,
        settle: Callable[..., None],
        differing: Callable[[Dataset, Sequence[int]], Mapping[str, int]],
    ) -> None:
        self._folder = folder
        self._settle, self._differing = settle, differing
        self.points = points
        self.identity = points.identity
        self.desk = self._asked(())

    def colouring(self, name: str) -> Colouring:
        """Colour the points, as the dataset is now."""
        with Dataset(self._folder) as birds, birds.store.snapshot():
            return colouring(birds.store, self.points, name)

    def point(self, number: int) -> dict[str, object]:
        """Say what a point is: facts of its recording, and where in it."""
        if not 0 <= number < len(self.points):
            raise NotInCatalogue("unknown point")
        recording = int(self.points.recording[number])
        with Dataset(self._folder) as birds:
            facts = reviewing.facts(birds.store, recording)
            if facts is None:
                raise NotInCatalogue(f"recording {recording} has left this dataset")
            said = [cut.words for cut in reviewing.cuts(birds.store, recording) if cut.action == "drop"]
        return {
            "recording": recording,
            "id": facts.recording_id,
            "label": facts.label,
            "name": facts.common_name or facts.scientific_name,
            "recordist": facts.recordist,
            "onset": float(self.points.onset[number]),
            "offset": float(self.points.offset[number]),
            "sr": facts.sr,
            "dropped": said[0] if said else "",
        }

    def foresee(self, wanted: MapDecision) -> Foreseen:
        """Say what a verdict would do, as a preview."""
        items = self._items(wanted.chosen)
        numbers = sorted({item.recording for item in items})
        with Dataset(self._folder) as birds:
            labels = reviewing.labels(birds.store)
            dropped = reviewing.dropped_by_persons(birds.store)
            facts = {
                number: reviewing.facts(birds.store, number) for number in dict.fromkeys(numbers[:_LISTED])
            }
            durations = reviewing.durations(birds.store) if wanted.judgement in _WHOLE else {}
        seconds = (
            sum(durations.get(number, 0.0) for number in numbers)
            if wanted.judgement in _WHOLE
            else sum(item.offset - item.onset for item in items)
        )
        known = {
            "drop": lambda number: number in dropped,
            "relabel": lambda number: labels.get(number) == wanted.label,
        }.get(wanted.judgement, lambda _: False)
        decisions = list(_decisions(items, wanted))
        _, behind = self._asked(items).decide(decisions, rehearsed=True)
        windows = dict(zip(*np.unique(self.points.recording[wanted.chosen], return_counts=True), strict=True))
        spans = {number: [i for i in items if i.recording == number] for number in facts}
        listed: list[dict[str, object]] = [
            {
                "recording": number,
                "id": "" if each is None else each.recording_id,
                "label": labels.get(number, ""),
                "onset": spans[number][0].onset,
                "offset": spans[number][0].offset,
                "windows": int(windows[number]),
            }
            for number, each in facts.items()
        ]
        already = sum(map(known, numbers))
        return Foreseen(int(wanted.chosen.sum()), len(numbers), seconds, already, behind, listed)

    def decide(self, wanted: MapDecision) -> tuple[int, dict[str, int]]:
        """Note a verdict, and return as `ReviewSession.decide` does."""
        items = self._items(wanted.chosen)
        return self._asked(items).decide(list(_decisions(items, wanted)))

    def queue(self, chosen: NDArray[np.bool_]) -> int:
        """Make the selection a queue of the review, and return how many stretches it has."""
        items = self._items(chosen)
        by: dict[int, list[Segment]] = {}
        for item in items:
            by.setdefault(item.recording, []).append(
                Segment(item.onset, item.offset, "selected", None, None, None)
            )
        with Dataset(self._folder) as birds, birds.noting() as store:
            number, digest = layers.refill(store, SELECTION, producer="map", version="1", parameters={})
            for recording, segments in by.items():
                layers.put(store, recording, number, segments, digest=digest)
        return len(items)

    def _asked(self, items: Sequence[ReviewItem]) -> ReviewSession:
        return ReviewSession(self._folder, "map", items, settle=self._settle, differing=self._differing)

    def _items(self, chosen: NDArray[np.bool_]) -> list[ReviewItem]:
        """Give the selected stretches: windows of a recording that touch are one."""
        if not chosen.any():
            raise UsageError("select points first")
        where = np.flatnonzero(chosen)
        points = self.points
        # `lexsort` sorts by its last key first: by recording, and in it by onset.
        where = where[np.lexsort((points.onset[where], points.recording[where]))]
        found: list[ReviewItem] = []
        for recording, onset, offset in zip(
            points.recording[where].tolist(),
            points.onset[where].tolist(),
            points.offset[where].tolist(),
            strict=True,
        ):
            last = found[-1] if found else None
            if last is not None and last.recording == recording and onset <= last.offset + _GAP:
                found[-1] = ReviewItem(recording, last.onset, max(last.offset, offset), "", _WHY)
            else:
                found.append(ReviewItem(recording, onset, offset, "", _WHY))
        return found


#: Why a stretch is asked about.
_WHY = "selected on the map"

#: What is said of recordings as a whole.
_WHOLE = ("drop", *LABELS)


def _decisions(items: Sequence[ReviewItem], wanted: MapDecision) -> Iterator[Decision]:
    """Say it of each stretch, or once of each recording."""
    before = 0
    for item in items:
        if wanted.judgement in _WHOLE and item.recording == before:
            continue
        before = item.recording
        yield Decision(
            item.key,
            wanted.reviewer,
            wanted.judgement,
            item.onset,
            item.offset,
            wanted.label,
            act=wanted.act,
        )
