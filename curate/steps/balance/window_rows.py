"""The standing choice of training windows, and the manifest's rows for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from curate.catalogue import assignments, listings, recorders
from curate.catalogue.store import Store
from curate.decisions.row_labels import labelled
from curate.decisions.windows import Windowing, spread, windows
from curate.errors import UsageError
from curate.intervals import Interval, SpanIndex, total
from curate.model import Row
from curate.recorders.sun import SunFilter
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retentions import Retentions
from curate.timemap import TimeMap

STEP = "windows"


def load_windowing(store: Store) -> Windowing | None:
    """Read how recordings are cut into windows, `None` if they are used whole."""
    settings = assignments.settings_of(store, STEP)
    return None if settings is None else Windowing(**settings)


def choose(store: Store, windowing: Windowing | None) -> None:
    """Keep a choice of windows for the steps after this one."""
    if windowing is None:
        assignments.forget_settings(store, STEP)
    else:
        assignments.put_settings(store, STEP, asdict(windowing))


def is_counted(store: Store, windowing: Windowing | None) -> bool:
    """Tell whether `upsample` counts for rows of these windows, or `None` stands for rows of other stretches.

    Raises
    ------
    UsageError
        If it counted windows, and others are asked for: nobody knows how often those train.
    """
    counted = load_windowing(store) if assignments.counts_windows(store) else None
    if counted is None or windowing == counted:
        return True
    if windowing is None:
        return False
    at = f"{counted.count} at random places" if counted.count is not None else f"every {counted.hop:g} s"
    raise UsageError(
        f"upsample counted windows of {counted.length:g} s, {at}: expected the same, but got windows of "
        f"{windowing.length:g} s every {windowing.hop:g} s",
        hint=f"leave --window out to use those. Or run 'curate windows --length "
        f"{windowing.length:g} --hop {windowing.hop:g}', then 'curate upsample' again",
    )


def counts_recordings(store: Store) -> bool:
    """Tell whether `upsample` counted recordings, and no windows of them."""
    return assignments.are_balanced(store) and not assignments.counts_windows(store)


@dataclass(slots=True)
class WindowRows:
    """Cuts recordings into windows, each a row of the manifest.

    Parameters
    ----------
    windowing
    min_label_overlap : seconds
        An annotation labels a window only if it fills at least this much of it.
    left_out : seconds
        Running total of kept sound that lies outside all windows.
    """

    windowing: Windowing
    min_label_overlap: float = 0.0
    left_out: float = 0.0

    def rows(
        self,
        row: Row,
        stretches: Sequence[Interval],
        *,
        identity: str,
        wanted: int | None,
        times: TimeMap | None,
    ) -> Iterator[Row]:
        """Give a row for each window of a recording.

        Parameters
        ----------
        row
            Of the whole file that is to be read: the clean copy where there is one, else the raw file.
        stretches : seconds
            What is kept of the raw file.
        identity
            Of the recording: see `curate.decisions.windows.windows`.
        wanted
            How often its windows train, all together. None for each as often as the recording.
        times
            Leads from the raw file to the clean copy. None where the raw file is read.
        """
        found = windows(stretches, self.windowing, identity)
        if self.windowing.sun:
            said = row.extra.get("started", "")
            found = by_the_sun(found, self.windowing, said, row.latitude, row.longitude)
        self.left_out += outside(stretches, found)
        copies = spread(wanted, len(found)) if wanted is not None and found else [row.copies] * len(found)
        marks = row.annotations
        index = SpanIndex((mark.onset, mark.offset) for mark in marks or ())
        for (onset, offset), often in zip(found, copies, strict=True):
            # A window lies inside one kept stretch, so it is in one piece in the copy, too.
            low, high = (onset, offset) if times is None else times.interval_to_clean(onset, offset)[0]
            window = replace(
                row,
                onset=low,
                offset=high,
                duration=high - low,
                muted=0.0,  # they lie in what is heard
                source_onset=onset,
                source_offset=offset,
                copies=often,
            )
            if marks is not None:
                inside = [marks[at] for at in index.between(low, high)]
                window = labelled(window, inside, self.min_label_overlap)
            yield window


def outside(stretches: Sequence[Interval], found: Sequence[Interval]) -> float:
    """Seconds of kept sound outside all windows."""
    return max(0.0, total(stretches) - total(found))


def kept_windows(
    store: Store, windowing: Windowing
) -> Iterator[tuple[int, Sequence[Interval], list[Interval]]]:
    """Stream number, kept stretches and windows of every recording that is kept, in order."""
    fates = Retentions(store)
    starts = MergeJoin(recorders.starts(store)) if windowing.sun else None
    places = MergeJoin(recorders.places(store)) if windowing.sun else None
    for number, duration, sr, identity in listings.identified(store):
        end = fates.of(number, "ok", duration, sr)
        if not end.goes_out:
            continue
        found = windows(end.stretches, windowing, identity)
        if starts is not None and places is not None:
            start, _ = starts.get(number) or ("", "")
            found = by_the_sun(found, windowing, start, *(places.get(number) or (None, None)))
        yield number, end.stretches, found


def by_the_sun(
    found: list[Interval],
    windowing: Windowing,
    start: str,
    latitude: float | None,
    longitude: float | None,
) -> list[Interval]:
    """Keep the windows that begin in the part of the day that was asked for, or none if unknown."""
    sun = SunFilter.of(windowing.sun)
    return [window for window in found if sun.keeps(start, window[0], latitude, longitude)]
