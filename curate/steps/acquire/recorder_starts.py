"""When a recording began, as the catalogue has it: a table's time and place count before a recorder's."""

from __future__ import annotations

from datetime import UTC, datetime

from curate.catalogue import recorders
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.model import RecorderFacts, Row
from curate.recorders.nights import night_of
from curate.recorders.stamps import date_and_time, offset_of, start_by
from curate.recorders.sun import sun_of

#: The source of a start that a table of recordings says.
TABLE = "table"


def put(dataset: Dataset, number: int, facts: RecorderFacts | None, row: Row) -> None:
    """Note what is known of a new recording from its recorder, and from its row."""
    if facts is not None:
        store = dataset.store
        facts = _told(store, number, facts) if _tells(row) else facts
        recorders.put(store, number, facts, _start(store, number, facts))


def refill(dataset: Dataset, number: int, facts: RecorderFacts | None, row: Row) -> None:
    """Note what a recorder says of a recording that is known already."""
    if facts is not None:
        store = dataset.store
        before = recorders.start_of(store, number)
        date, time = date_and_time(facts.start, facts.clock)
        recorders.fill(store, number, facts, date=date, time=time)
        is_told = _tells(row) or (before is not None and before.sources.get("start") == TABLE)
        facts = _told(store, number, facts) if is_told else facts
        recorders.put(store, number, facts, _start(store, number, facts))


def settle(dataset: Dataset, number: int, row: Row, *, replace_changed: bool) -> None:
    """Take time and place of a row for a known recording whose file was not opened again."""
    if not _tells(row) and row.latitude is None:
        return
    store = dataset.store
    before = recorders.start_of(store, number)
    if before is not None:
        facts = RecorderFacts(start=before.started, clock=before.clock, sources=tuple(before.sources.items()))
        facts = _told(store, number, facts) if _tells(row) else facts
        # The sun takes longer than all else: of a place that is known already it is not asked again.
        if facts.start != before.started or not before.sunset or replace_changed:
            recorders.put_start(store, number, facts, _start(store, number, facts))


def _tells(row: Row) -> bool:
    return bool(row.date and row.extra.get("time"))


def _told(store: Store, number: int, facts: RecorderFacts) -> RecorderFacts:
    """Let the date and the time of the catalogue count, which a table told."""
    told = recorders.place_and_time(store, number)
    start = start_by(told.date, told.time, facts.start if not facts.clock else "")
    if not start or start == facts.start:
        return facts
    return facts._replace(start=start, clock="", sources=(*facts.sources, ("start", TABLE)))


def _start(store: Store, number: int, facts: RecorderFacts) -> recorders.Start:
    """Say what follows from a start at the place of its recording."""
    at = recorders.place_and_time(store, number)
    zone = offset_of(facts.start) or "none" if facts.start else ""
    if not facts.start or facts.clock:
        return recorders.Start(zone)
    night = night_of(facts.start, at.longitude)
    if at.latitude is None or at.longitude is None:
        return recorders.Start(zone, night)
    sun = sun_of(night, at.latitude, at.longitude)
    events = (_in_zone_of(facts.start, event) for event in (sun.sunset, sun.sunrise))
    return recorders.Start(zone, night, *events)


def _in_zone_of(start: str, event: datetime | None) -> str:
    """Write an event of the sun in the zone of a recording, to the second; in UTC where it has none."""
    if event is None:
        return ""
    zoned = datetime.fromisoformat(start).tzinfo
    return event.astimezone(zoned or UTC).isoformat(timespec="seconds")
