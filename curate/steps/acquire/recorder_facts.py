"""What recorders say of recordings, written into their rows and into the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from curate.catalogue import recorders, recordings
from curate.catalogue.dataset import Dataset
from curate.model import RecorderFacts, Row
from curate.recorders.combine import TABLE, with_earlier
from curate.recorders.nights import night_of
from curate.recorders.stamps import date_and_time, offset_of, start_by
from curate.recorders.sun import events_of
from curate.recorders.tags import COLUMNS


def enriched(row: Row, facts: RecorderFacts | None) -> Row:
    """Fill the gaps of a row with what the recorder says: a table is believed before a clock."""
    if facts is None:
        return row
    date, time = date_and_time(facts.start, facts.clock)
    elevation = "" if facts.elevation is None else f"{facts.elevation:g}"
    tagged = {name: text for source, name, text in facts.fields if source == "tags" and name in COLUMNS}
    recordist, day = tagged.pop("recordist", ""), tagged.pop("date", "")
    own = {"time": time, "device": facts.device, "site": facts.site, "elevation": elevation}
    more = tagged | {name: value for name, value in own.items() if value}
    extra = more | {name: value for name, value in row.extra.items() if value or name not in more}
    is_placed = row.latitude is not None
    return replace(
        row,
        recordist=row.recordist or recordist,
        date=row.date or date or day,
        latitude=row.latitude if is_placed else facts.latitude,
        longitude=row.longitude if is_placed else facts.longitude,
        extra=extra,
    )


def put(dataset: Dataset, number: int, facts: RecorderFacts | None, row: Row) -> None:
    """Note what a recorder and a row say of a recording, where the catalogue places it.

    A table's date and time count before a clock.
    """
    if facts is not None:
        said = recordings.said_of(dataset.store, number)
        facts = facts._replace(site=said.get("site") or facts.site)
        facts = _told(facts, said) if _tells(row) else facts
        recorders.put(dataset.store, number, facts, _start(facts, said))


def refill(dataset: Dataset, number: int, facts: RecorderFacts | None, row: Row, *, same_bytes: bool) -> None:
    """Note what a recorder says of a recording that is known already, next to what was said before."""
    if facts is None:
        return
    before = recorders.facts_of(dataset.store, number)
    facts = facts if before is None else with_earlier(before, facts, same_bytes=same_bytes)
    date, time = date_and_time(facts.start, facts.clock)
    recorders.fill(dataset.store, number, facts, date=date, time=time)
    put(dataset, number, facts, row)


def settle(dataset: Dataset, number: int, row: Row, *, replace_changed: bool) -> None:
    """Take time and place of a row for a known recording whose file was not opened again."""
    if not _tells(row) and row.latitude is None:
        return
    before = recorders.facts_of(dataset.store, number)
    if before is not None:
        said = recordings.said_of(dataset.store, number)
        facts = _told(before, said) if _tells(row) else before
        # The sun takes longer than all else: of a place that is known already it is not asked again.
        if facts.start != before.start or replace_changed or not recorders.has_sun(dataset.store, number):
            recorders.put_start(dataset.store, number, facts, _start(facts, said))


def _tells(row: Row) -> bool:
    return bool(row.date and row.extra.get("time"))


def _told(facts: RecorderFacts, said: Mapping[str, Any]) -> RecorderFacts:
    """Let the date and the time of the catalogue count, which a table told."""
    start = start_by(said["date"] or "", said.get("time") or "", facts.start if not facts.clock else "")
    if not start or start == facts.start:
        return facts
    return facts._replace(start=start, clock="", sources=(*facts.sources, ("start", TABLE)))


def _start(facts: RecorderFacts, said: Mapping[str, Any]) -> recorders.Start:
    """Say what follows from a start at the place of its recording."""
    latitude, longitude = said["latitude"], said["longitude"]
    zone = offset_of(facts.start) or "none" if facts.start else ""
    if not facts.start or facts.clock:
        return recorders.Start(zone)
    night = night_of(facts.start, longitude)
    if latitude is None or longitude is None:
        return recorders.Start(zone, night)
    return recorders.Start(zone, night, *events_of(facts.start, night, latitude, longitude))


def sited(row: Row, facts: RecorderFacts | None) -> Row:
    """Let a row say what a pattern of names or a table of sites says, as if a table of recordings did."""
    if facts is None:
        return row
    if ("site", "pattern") in facts.sources:
        row = replace(row, extra=row.extra | {"site": facts.site})
    if ("latitude", "sites") not in facts.sources or row.latitude is not None:
        return row
    return replace(row, latitude=facts.latitude, longitude=facts.longitude)
