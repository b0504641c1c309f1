"""One set of facts of what several sources claim.

For each value the first source of an order counts, and whatever another one says otherwise is a doubt:
nothing is averaged, and nothing that was said is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from curate.model import RecorderClaim, RecorderFacts
from curate.recorders.stamps import instant, local, offset_at, offset_of, start_by

#: Who is believed first: a person, then the file's own metadata, then names and files beside it.
_ORDER = {name: place for place, name in enumerate((
    "pattern", "sites", "guano", "wamd", "audiomoth", "comments", "tags", "log", "name", "bext", "folder",
    "summary", "config", "info", "marks",
))}  # fmt: skip

#: Of sites a folder tells more than the prefix of a name.
SITE_ORDER = ("pattern", "folder", "guano", "wamd", "name")

#: The source of a start that a table of recordings says.
TABLE = "table"

#: Source and name under which the zone that a person names is kept among the fields.
_ZONE = ("option", "zone")

#: Sources that are a person's words.
_PERSON = frozenset({"option", "pattern", "sites", TABLE})

#: Sources that are part of a recording, or its name.
_OF_THE_FILE = frozenset({"audiomoth", "bext", "comments", "guano", "name", "tags", "wamd"})

#: A recorder writes its name and its metadata within the same seconds.
_SAME_TIME = timedelta(seconds=2)

#: Degrees by which positions of one place may differ: about a kilometre, as summaries round.
_SAME_PLACE = 0.01

#: Years in which clocks begin that lost their time: of files and of Macs, of Unix, of FAT and GPS, of clock
#: chips. Tapes of other years are older than any clock that sets itself back.
_RESET = frozenset({1900, 1904, 1970, 1980, 2000})

#: A file plays this much of its own rate or length: told apart from rounding.
_SAME_RATE = 0.01
_SAME_LENGTH = 0.05


def combine(
    claims: Iterable[RecorderClaim],
    *,
    sr: int = 0,
    seconds: float = 0.0,
    now: datetime | None = None,
) -> RecorderFacts:
    """Put what sources claim together.

    Parameters
    ----------
    sr : Hz
        Of the file, as its header has it; 0 where not known.
    seconds
        Length of the file when played so.
    now
        Local time: a start more than a day later is a wrong clock. None leaves that out.
    """
    said = sorted(claims, key=_rank)
    other = _other_device(said)
    counting = [claim for claim in said if other is None or claim.source != "config"]
    told: dict[str, list[tuple[str, Any]]] = {}
    for name, at in _PLACES:
        values = [
            (claim.source, value) for claim in counting if (value := claim[at]) is not None and value != ""
        ]
        if values:
            told[name] = values
    if len(told.get("site", ())) > 1:
        told["site"].sort(key=lambda each: SITE_ORDER.index(each[0]))
    sources = {name: values[0][0] for name, values in told.items()}
    chosen = {name: values[0][1] for name, values in told.items()}
    doubts = [
        doubt
        for name, agree in _AGREE.items()
        if len(told.get(name, ())) > 1 and (doubt := _apart(name, told[name], agree))
    ]
    doubts += [other] if other is not None else []
    located = [claim for claim in counting if claim.latitude is not None]
    if located:
        chosen["longitude"] = located[0].longitude
        doubts += _other_places(located)
    if "start" in chosen:
        chosen["start"] = _with_zone(chosen["start"], told["start"], sources)
    chosen["time_expansion"] = _expansion(said, sr, seconds, sources, doubts)
    return RecorderFacts(
        **chosen,
        clock=_clock(chosen.get("start", ""), now),
        sources=tuple(sources.items()),
        fields=tuple((claim.source, *field) for claim in said for field in claim.fields),
        doubts=tuple(doubts),
        problems=tuple(problem for claim in said for problem in claim.problems),
    )


def with_earlier(before: RecorderFacts, now: RecorderFacts, *, same_bytes: bool) -> RecorderFacts:
    """Add what was known of a recording to what an import says of it by now.

    What a person once said stays, by a zone, a pattern or a table, until a person says otherwise:
    the disk may only have another name today. Of the same bytes all stays that nobody says any more.

    Examples
    --------
    >>> told = RecorderFacts(start="2024-03-11T21:00:00+10:00", sources=(("zone", "option"),))
    >>> with_earlier(told, RecorderFacts(start="2024-03-11T21:00:00"), same_bytes=True).start
    '2024-03-11T21:00:00+10:00'
    """
    sources, was = dict(now.sources), dict(before.sources)
    values = {}
    for name in _KEPT:
        new = getattr(now, name)
        is_outranked = was.get(name) in _PERSON and sources.get(name) not in _PERSON
        is_gone = same_bytes and new in ("", None)
        if (is_gone or is_outranked) and getattr(before, name) not in ("", None):
            values[name] = getattr(before, name)
            sources |= {name: was[name]} if name in was else {}
    if now.latitude is None and "latitude" in was:
        sources["latitude"] = was["latitude"]
    start = now.start
    is_same = start and before.start and not offset_of(start) and local(start) == local(before.start)
    if "start" in values or is_same:
        sources.pop("zone", None)
        sources |= {"zone": was["zone"]} if "zone" in was else {}
    if "start" in values:
        values["clock"] = before.clock
    elif is_same:
        values["start"] = start + offset_of(before.start)
    found = now._replace(**values, sources=tuple(sources.items()))
    return zoned(found, zone_by_option(now) or zone_by_option(before))


def zone_by_option(facts: RecorderFacts) -> str:
    """Name the zone that a person gave to a clock without one; empty where the zone was told otherwise."""
    if dict(facts.sources).get("zone") != "option":
        return ""
    named = (text for source, name, text in facts.fields if (source, name) == _ZONE)
    return next(named, offset_of(facts.start))  # earlier versions kept its offset alone


def zoned(facts: RecorderFacts, zone: str) -> RecorderFacts:
    """Add a zone that a person names to a start of which nobody else tells the zone.

    The name is kept: where a table puts the clock right, another offset may follow.

    Examples
    --------
    >>> zoned(RecorderFacts(start="2024-07-11T21:00:00"), "Europe/Berlin").start
    '2024-07-11T21:00:00+02:00'
    """
    offset = offset_of(facts.start)
    if not facts.start or not zone or (offset and not zone_by_option(facts)):
        return facts
    bare = facts.start.removesuffix(offset)
    return facts._replace(
        start=bare + (offset_at(zone, bare) or ""),
        sources=tuple((dict(facts.sources) | {"zone": "option"}).items()),
        fields=(*(field for field in facts.fields if field[:2] != _ZONE), (*_ZONE, zone)),
    )


def by_table(facts: RecorderFacts, date: str, time: str) -> RecorderFacts:
    """Let the date and the time of a table count before a clock: see `start_by`.

    Examples
    --------
    >>> facts = zoned(RecorderFacts(start="2024-03-11T05:45:12"), "+10:00")
    >>> by_table(facts, "2024-03-11", "06:45:00").start
    '2024-03-11T06:45:00+10:00'
    """
    zone = zone_by_option(facts)
    started = facts.start.removesuffix(offset_of(facts.start)) if zone else facts.start
    start = start_by(date, time, "" if facts.clock else started)
    if not start or start == started:
        return facts
    sources = dict(facts.sources) | {"start": TABLE}
    if offset_of(start):
        sources.pop("zone", None)
    return zoned(facts._replace(start=start, clock="", sources=tuple(sources.items())), zone)


def _other_device(said: Sequence[RecorderClaim]) -> tuple[str, str] | None:
    """Say that the settings next to a recording are of another device; None if they may be of the same.

    A folder may hold what several recorders made, and ``CONFIG.TXT`` of one of them.
    """
    settings = next((claim for claim in said if claim.source == "config"), None)
    own = [claim for claim in said if claim.source in _OF_THE_FILE]
    if settings is None or not own:
        return None
    for name in ("serial", "device"):
        theirs = getattr(settings, name)
        for claim in own:
            if theirs and (mine := getattr(claim, name)):
                words = f"{claim.source} {mine}, {settings.source} {theirs}"
                return None if _same_words(mine, theirs) else (name, words)
    return None


def _rank(claim: RecorderClaim) -> int:
    return _ORDER[claim.source]


def _apart(
    name: str, told: Sequence[tuple[str, Any]], agree: Callable[[Any, Any], bool]
) -> tuple[str, str] | None:
    """Name the sources that say another thing than the first; None if none does."""
    source, chosen = told[0]
    others = [f"{other} {value}" for other, value in told[1:] if value != chosen and not agree(chosen, value)]
    return (name, f"{source} {chosen}, " + ", ".join(others)) if others else None


def _other_places(located: Sequence[RecorderClaim]) -> list[tuple[str, str]]:
    """Name the sources that put the recording elsewhere than the first does."""
    apart = [claim for claim in located[1:] if not _same_place(located[0], claim)]
    if not apart:
        return []
    told = [f"{claim.source} {claim.latitude:g} {claim.longitude:g}" for claim in (located[0], *apart)]
    return [("position", ", ".join(told))]


def _with_zone(start: str, told: Sequence[tuple[str, str]], sources: dict[str, str]) -> str:
    """Add the zone that another source of the same time has."""
    if not start or offset_of(start):
        return start
    for source, other in told:
        if offset_of(other) and abs(local(other) - local(start)) <= _SAME_TIME:
            sources["zone"] = source
            return start + offset_of(other)
    return start


def time_expansion(claims: Iterable[RecorderClaim], *, sr: int, seconds: float) -> float:
    """How much slower a file plays than the sound was. 1 where sources contradict each other.

    Parameters
    ----------
    sr : Hz
        As the header has it.
    seconds
        Length of the file when played so; 0 where not known.
    """
    said = sorted(claims, key=_rank)
    return _expansion(said, sr, seconds, {}, [])


def _expansion(
    said: Sequence[RecorderClaim],
    sr: int,
    seconds: float,
    sources: dict[str, str],
    doubts: list[tuple[str, str]],
) -> float:
    for claim in said:
        factor = claim.time_expansion
        if factor is None:
            # A rate that the header does not have, and no factor that explains it.
            if claim.source == "guano" and claim.sr and sr and abs(claim.sr / sr - 1) > _SAME_RATE:
                doubts.append(("rate", f"guano {claim.sr:g} Hz without TE, header {sr} Hz"))
            continue
        if factor == 1:
            sources["time_expansion"] = claim.source
            return 1.0
        if claim.sr and sr and abs(claim.sr / (sr * factor) - 1) > _SAME_RATE:
            fits = (
                bool(claim.length and seconds)
                and abs(seconds / factor / (claim.length or 1) - 1) < _SAME_LENGTH
            )
            if not fits:
                doubts.append(
                    (
                        "time_expansion",
                        f"{claim.source} TE {factor:g} and {claim.sr:g} Hz, header {sr} Hz: not counted",
                    )
                )
                return 1.0
        sources["time_expansion"] = claim.source
        return float(factor)
    return 1.0


def _same_start(one: str, other: str) -> bool:
    """Whether two starts can be the same: in clock time or, where one has a zone, in UTC."""
    if one.startswith(other) or other.startswith(one):  # one of them has no zone, as most names
        return True
    first, second = instant(one), instant(other)
    if first is not None and second is not None:
        return abs(first - second) <= _SAME_TIME
    if abs(local(one) - local(other)) <= _SAME_TIME:
        return True
    # Firmware that knows zones may yet name its files in UTC.
    zoned, plain = (first, local(other)) if first is not None else (second, local(one))
    return zoned is not None and abs(zoned.replace(tzinfo=None) - plain) <= _SAME_TIME


def _same_words(one: str, other: str) -> bool:
    """Whether two words are the same but for case, spaces and lines, or one is the end of the other."""
    first, second = ("".join(filter(str.isalnum, word.casefold())) for word in (one, other))
    return first == second or bool(first and second and (first.endswith(second) or second.endswith(first)))


def _same_place(one: RecorderClaim, other: RecorderClaim) -> bool:
    pairs = ((one.latitude, other.latitude), (one.longitude, other.longitude))
    return all(a is not None and b is not None and abs(a - b) <= _SAME_PLACE for a, b in pairs)


def _clock(start: str, now: datetime | None) -> str:
    """Say what is wrong with the clock that gave a start; empty if nothing is."""
    if not start:
        return ""
    at = local(start)
    # West of Greenwich the first hours of such a year are those of the day before.
    if _RESET & {at.year, (at + timedelta(days=1)).year}:
        return f"was reset: {start}"
    if now is not None and at > now + timedelta(days=1):
        return f"is ahead: {start}"
    return ""


#: Values that are taken from the first source that has them.
_VALUES = (
    "start", "site", "latitude", "elevation", "device", "serial", "gain", "battery", "temperature", "filter",
)  # fmt: skip

#: Those that stay where a later import does not say them. Positions stand in the catalogue.
_KEPT = tuple(name for name in _VALUES if name not in {"latitude", "elevation"})

#: And where they stand in a claim.
_PLACES = tuple((name, RecorderClaim._fields.index(name)) for name in _VALUES)

#: Values that several sources should agree about, and when they do.
_AGREE: dict[str, Callable[[Any, Any], bool]] = {
    "start": _same_start,
    "serial": _same_words,
    "gain": _same_words,
    "site": _same_words,
}
