"""What recorders say of recordings, written into their rows and into the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from curate.catalogue import recorders, recordings
from curate.catalogue.dataset import Dataset
from curate.model import RecorderFacts, Row
from curate.recorders.combine import by_table, with_earlier
from curate.recorders.nights import night_of
from curate.recorders.stamps import date_and_time, offset_of
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
        facts = by_table(facts, *_when(said)) if _tells(row) else facts
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
    """Take time, place and site of a row for a known recording whose file was not opened again."""
    is_sited = replace_changed and "site" in row.extra
    if not _tells(row) and row.latitude is None and not is_sited:
        return
    before = recorders.facts_of(dataset.store, number)
    said = recordings.said_of(dataset.store, number)
    known = before or RecorderFacts()
    facts = by_table(known, *_when(said)) if _tells(row) else known
    if before is None and not facts.start:
        return
    facts = facts._replace(site=said.get("site") or facts.site)
    is_same = (facts.start, facts.site) == (known.start, known.site)
    is_placed = row.latitude is None or recorders.has_sun(dataset.store, number)
    # The sun takes longer than all else: of a place that is known already it is not asked again.
    if not is_same or replace_changed or not is_placed:
        _put_start(dataset, number, facts, said, is_known=before is not None)


def meet(dataset: Dataset, number: int, theirs: RecorderFacts | None) -> tuple[bool, str]:
    """Fill what the recorder of a known recording left open by what another dataset knows of it.

    Returns
    -------
    Whether a start or site was taken, and words on a zone that differs. Another time is told by its row.
    """
    before = recorders.facts_of(dataset.store, number)
    if before is None and (theirs is None or not theirs.start):
        return False, ""
    ours = before or RecorderFacts()
    met = ours if theirs is None else with_earlier(theirs, ours, same_bytes=True)
    is_same_time = not ours.start or date_and_time(met.start) == date_and_time(ours.start)
    said = recordings.said_of(dataset.store, number)
    met = (met if is_same_time else ours)._replace(site=said.get("site") or ours.site or met.site)
    _put_start(dataset, number, met, said, is_known=before is not None)
    is_other_zone = theirs is not None and offset_of(theirs.start) not in ("", offset_of(met.start))
    words = f"start '{theirs.start}' here, '{met.start}' in the catalogue" if theirs and is_other_zone else ""
    return (met.start, met.site) != (ours.start, ours.site), words if is_same_time else ""


def _tells(row: Row) -> bool:
    return bool(row.date and row.extra.get("time"))


def _when(said: Mapping[str, Any]) -> tuple[str, str]:
    return said["date"] or "", said.get("time") or ""


def _put_start(
    dataset: Dataset, number: int, facts: RecorderFacts, said: Mapping[str, Any], *, is_known: bool
) -> None:
    note = recorders.put_start if is_known else recorders.put
    note(dataset.store, number, facts, _start(facts, said))


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
