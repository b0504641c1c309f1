"""What recorders did, for `status` and `report`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from curate.catalogue import recorders
from curate.catalogue.store import Store
from curate.decisions.schedule import Visit, schedules
from curate.model import RecorderSchedule
from curate.recorders.stamps import local


def recorder_nights(store: Store) -> list[RecorderSchedule]:
    """Find the schedule of every recorder, or empty if all starts are unknown."""
    return schedules(_visits(store))


def _visits(store: Store) -> Iterator[Visit]:
    rows = list(recorders.visits(store))
    known: defaultdict[str, set[str]] = defaultdict(set)
    for each in rows:
        if each.serial:
            known[each.site].add(each.serial)
    for each in rows:
        start = local(each.started) if each.started and not each.clock else None
        # A file that is broken says no serial number: it is that of the only recorder that was there.
        alone = next(iter(known[each.site])) if len(known[each.site]) == 1 else ""
        yield Visit(
            each.number,
            each.site,
            each.serial or alone or each.device or "unknown",
            start,
            each.night,
            each.duration,
            each.voice,
            faulty=bool(each.faulty),
            serial=each.serial or alone,
            place=(
                None if each.latitude is None or each.longitude is None else (each.latitude, each.longitude)
            ),
        )
