"""What recorders said of their recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from curate.catalogue.store import Store
from curate.model import RecorderFacts, Site

_COLUMNS = (
    "recording, started, zone, clock, night, site, device, serial, gain, battery, temperature, filter, "
    "time_expansion, sunset, sunrise, sources, fields, doubts"
)
_PUT = f"INSERT OR REPLACE INTO recorders ({_COLUMNS}) VALUES ({', '.join('?' * 18)})"


class Start(NamedTuple):
    """What follows from a start. Empty where it is not known.

    Parameters
    ----------
    zone
        Of the start: ``Z``, an offset, or ``none``.
    night
        Date on which its night began.
    sunset, sunrise
        Of that night, ISO 8601.
    """

    zone: str = ""
    night: str = ""
    sunset: str = ""
    sunrise: str = ""


def put(store: Store, recording: int, facts: RecorderFacts, start: Start) -> None:
    """Note what is known of a recording. What was known before is replaced."""
    doubts = [f"{name}: {told}" for name, told in facts.doubts] + list(facts.problems)
    store.run(
        _PUT,
        (
            recording,
            facts.start,
            start.zone,
            facts.clock,
            start.night,
            facts.site,
            facts.device,
            facts.serial,
            facts.gain,
            facts.battery,
            facts.temperature,
            facts.filter,
            facts.time_expansion,
            start.sunset,
            start.sunrise,
            json.dumps(dict(facts.sources)),
            json.dumps(facts.fields),
            json.dumps(doubts) if doubts else "[]",
        ),
    )


def facts_of(store: Store, recording: int) -> RecorderFacts | None:
    """Read what is known of how a recording was made, `None` if nobody said anything."""
    row = store.one(
        "SELECT started, clock, site, device, serial, gain, battery, temperature, filter, time_expansion, "
        "sources, fields FROM recorders WHERE recording = ?",
        (recording,),
    )
    if row is None:
        return None
    start, clock, site, device, serial, gain, battery, temperature, cutoff, expansion, sources, fields = row
    return RecorderFacts(
        start=start,
        clock=clock,
        site=site,
        device=device,
        serial=serial,
        gain=gain,
        battery=battery,
        temperature=temperature,
        filter=cutoff,
        time_expansion=expansion,
        sources=tuple(json.loads(sources).items()),
        fields=tuple(tuple(field) for field in json.loads(fields)),
    )


def expansion_of(store: Store, recording: int) -> float:
    """Look up how much slower a file plays than the sound was. 1 where nobody says so."""
    return float(store.value("SELECT time_expansion FROM recorders WHERE recording = ?", (recording,)) or 1.0)


def put_start(store: Store, recording: int, facts: RecorderFacts, start: Start) -> None:
    """Note another start or site of a recording, and keep all else that its recorder said."""
    store.run(
        "UPDATE recorders SET started = ?, clock = ?, zone = ?, night = ?, sunset = ?, sunrise = ?, "
        "site = ?, sources = ?, fields = ? WHERE recording = ?",
        (
            facts.start,
            facts.clock,
            *start,
            facts.site,
            json.dumps(dict(facts.sources)),
            json.dumps(facts.fields),
            recording,
        ),
    )


def has_sun(store: Store, recording: int) -> bool:
    """Whether sunset is known of the night of a recording."""
    return bool(store.value("SELECT sunset FROM recorders WHERE recording = ?", (recording,)))


def fill(store: Store, recording: int, facts: RecorderFacts, *, date: str, time: str) -> None:
    """Fill what a known recording lacks, from its recorder.

    Parameters
    ----------
    date, time
        Of the start, empty where its clock is wrong.
    """
    store.run(
        "UPDATE recordings SET date = iif(coalesce(date, '') = '', ?, date), "
        "time = iif(coalesce(time, '') = '', ?, time), "
        "device = iif(coalesce(device, '') = '', ?, device), "
        "latitude = coalesce(latitude, ?), longitude = coalesce(longitude, ?), "
        "extra = iif(?6 = '' OR json_extract(coalesce(extra, '{}'), '$.site') IS NOT NULL, extra, "
        "json_set(coalesce(extra, '{}'), '$.site', ?6)) WHERE id = ?7",
        (date, time, facts.device, facts.latitude, facts.longitude, facts.site, recording),
    )


_STARTS = """
    SELECT recording, started, night FROM recorders WHERE started <> '' AND clock = '' ORDER BY recording
"""
_TOLD = """
    SELECT recording, iif(clock = '', started, ''), night, sunset, sunrise, time_expansion
    FROM recorders ORDER BY recording
"""
_SITES = """
    SELECT DISTINCT k.site, r.latitude, r.longitude, r.elevation,
           iif(instr(k.fields, '["sites", "zone"') > 0, (
               SELECT json_extract(value, '$[2]') FROM json_each(k.fields)
               WHERE json_extract(value, '$[0]') = 'sites' AND json_extract(value, '$[1]') = 'zone'
           ), '')
    FROM recorders k JOIN recordings r ON r.id = k.recording
    WHERE k.site <> '' AND r.latitude IS NOT NULL AND json_extract(k.sources, '$.latitude') = 'sites'
"""
_PLACES = """
    SELECT id, latitude, longitude FROM recordings
    WHERE latitude IS NOT NULL AND longitude IS NOT NULL ORDER BY id
"""


def starts(store: Store) -> Iterator[tuple[int, tuple[str, str]]]:
    """Stream number, and start and night, of the recordings whose clock seems right."""
    for number, started, night in store.rows(_STARTS):
        yield int(number), (started, night)


def sites(store: Store) -> list[Site]:
    """List the sites that a table once placed; none of those that have several places by now.

    Their clocks count by the zone that the table named, and by none where several were named.
    """
    found: dict[str, set[Site]] = {}
    zones: dict[str, set[str]] = {}
    for name, latitude, longitude, elevation, zone in store.rows(_SITES):
        height = float(elevation) if elevation else None
        found.setdefault(name, set()).add(Site(name, latitude, longitude, height))
        zones.setdefault(name, set()).update([zone] if zone else [])
    named = {name: next(iter(each)) if len(each) == 1 else "" for name, each in zones.items()}
    return [place._replace(zone=named[name]) for name, (place, *more) in found.items() if not more]


class Told(NamedTuple):
    """What exports say by a recorder, or empty if unknown."""

    started: str = ""
    night: str = ""
    sunset: str = ""
    sunrise: str = ""
    time_expansion: float = 1.0


def told(store: Store) -> Iterator[tuple[int, Told]]:
    """Stream what recorders told, by number. Starts by a wrong clock are left out."""
    for number, *cells in store.rows(_TOLD):
        yield int(number), Told(*cells)


def places(store: Store) -> Iterator[tuple[int, tuple[float, float]]]:
    """Stream number and coordinates of the recordings that have them."""
    for number, latitude, longitude in store.rows(_PLACES):
        yield int(number), (latitude, longitude)


class VisitRow(NamedTuple):
    """A recording as a schedule sees it. `duration` and `voice` in seconds."""

    number: int
    site: str
    serial: str
    device: str
    started: str
    night: str
    clock: str
    duration: float
    faulty: int
    voice: float
    latitude: float | None
    longitude: float | None


_VISITS = """
    WITH voice AS (
        SELECT s.recording, sum(s.offset - s.onset) AS seconds FROM segments s
        WHERE s.layer = (SELECT id FROM layers WHERE name = 'speech') GROUP BY s.recording
    )
    SELECT k.recording, k.site, k.serial, k.device, k.started, k.night, k.clock, coalesce(r.duration, 0.0),
           r.status <> 'ok' OR r.problem IS NOT NULL, coalesce(v.seconds, 0.0),
           r.latitude, r.longitude
    FROM recorders k JOIN recordings r ON r.id = k.recording LEFT JOIN voice v ON v.recording = k.recording
    WHERE k.started <> '' AND (k.site <> '' OR k.serial <> '' OR k.device <> ''
                               OR json_extract(k.sources, '$.start') IS NOT 'table') AND NOT EXISTS (
        SELECT 1 FROM cuts WHERE recording = k.recording AND step = 'dedupe' AND reason = 'duplicate'
    )
    ORDER BY k.recording
"""


def visits(store: Store) -> Iterator[VisitRow]:
    """Stream what a schedule is made of, in the order of import.

    Copies of other recordings are left out. So are recordings of which a table alone tells the time, with
    neither site nor recorder: they are of many people, and follow no schedule.
    """
    return map(VisitRow._make, store.rows(_VISITS))


class RecordingOrigin(NamedTuple):
    """What a recording was made with, by whom and where, or empty if unknown."""

    number: int
    archive: str
    recordist: str
    device: str
    serial: str
    gain: str
    sr: int
    codec: str
    site: str
    latitude: float | None
    longitude: float | None
    channels: int
    day: str


def origins(store: Store) -> Iterator[RecordingOrigin]:
    """List the origin of every recording with sound, in the order of import."""
    sql = """
        SELECT r.id, r.archive, coalesce(r.recordist, ''), coalesce(nullif(k.device, ''), r.device, ''),
               coalesce(k.serial, ''), coalesce(k.gain, ''), r.sr, coalesce(r.codec, r.format, ''),
               coalesce(nullif(k.site, ''), r.locality, ''), r.latitude, r.longitude,
               coalesce(r.channels, 0), coalesce(nullif(k.night, ''), r.date, '')
        FROM recordings r LEFT JOIN recorders k ON k.recording = r.id
        WHERE r.status = 'ok' AND r.duration > 0 ORDER BY r.id
    """
    return map(RecordingOrigin._make, store.rows(sql))
