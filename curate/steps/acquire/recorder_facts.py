"""What recorders say of recordings, written into their rows and into the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from curate.catalogue import recorders, recordings
from curate.catalogue.dataset import Dataset
from curate.model import RecorderFacts, Row
from curate.recorders.combine import with_earlier
from curate.recorders.nights import night_of
from curate.recorders.stamps import local, offset_of
from curate.recorders.sun import sun_of
from curate.recorders.tags import COLUMNS


def enriched(row: Row, facts: RecorderFacts | None) -> Row:
    """Fill the gaps of a row with what the recorder says: a table is believed before a clock."""
    if facts is None:
        return row
    date, time = date_and_time(facts)
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


def put(dataset: Dataset, number: int, facts: RecorderFacts | None) -> None:
    """Note what a recorder says of a recording, at the site and the place that the catalogue has for it."""
    if facts is None:
        return
    said = recordings.said_of(dataset.store, number)
    latitude, longitude = said["latitude"], said["longitude"]
    facts = facts._replace(site=said.get("site") or facts.site)
    offset = offset_of(facts.start) or "none" if facts.start else ""
    night = night_of(facts.start, longitude) if facts.start and not facts.clock else ""
    sunset = sunrise = ""
    if night and latitude is not None and longitude is not None:
        sun = sun_of(night, latitude, longitude)
        sunset, sunrise = (_in_zone_of(facts.start, event) for event in (sun.sunset, sun.sunrise))
    recorders.put(dataset.store, number, facts, zone=offset, night=night, sunset=sunset, sunrise=sunrise)


def _in_zone_of(start: str, event: datetime | None) -> str:
    """Write an event of the sun in the zone of a recording, to the second; in UTC where it has none."""
    if event is None:
        return ""
    zoned = datetime.fromisoformat(start).tzinfo
    return event.astimezone(zoned or UTC).isoformat(timespec="seconds")


def refill(dataset: Dataset, number: int, facts: RecorderFacts | None, *, same_bytes: bool) -> None:
    """Note what a recorder says of a recording that is known already, next to what was said before."""
    if facts is None:
        return
    before = recorders.facts_of(dataset.store, number)
    facts = facts if before is None else with_earlier(before, facts, same_bytes=same_bytes)
    date, time = date_and_time(facts)
    recorders.fill(dataset.store, number, facts, date=date, time=time)
    put(dataset, number, facts)


def date_and_time(facts: RecorderFacts) -> tuple[str, str]:
    """Date and time of a start, as its clock shows them, or empty where that clock is wrong.

    Examples
    --------
    >>> date_and_time(RecorderFacts(start="2024-03-11T05:45:00Z"))
    ('2024-03-11', '05:45:00')
    """
    if not facts.start or facts.clock:
        return "", ""
    at = local(facts.start)
    return at.date().isoformat(), at.time().isoformat(timespec="seconds")


def sited(row: Row, facts: RecorderFacts | None) -> Row:
    """Let a row say what a pattern of names or a table of sites says, as if a table of recordings did."""
    if facts is None:
        return row
    if ("site", "pattern") in facts.sources:
        row = replace(row, extra=row.extra | {"site": facts.site})
    if ("latitude", "sites") not in facts.sources or row.latitude is not None:
        return row
    return replace(row, latitude=facts.latitude, longitude=facts.longitude)
