"""The schedule that recorders kept: hours by night, gaps, recorders that stopped, clocks that drift. Pure.

Nothing is asked of a person: what a recorder did on most of its nights is its schedule, and what a night
lacks of it is a gap. Starts are compared by the recorder's own clock.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from curate.decisions.groups import KM_PER_DEGREE
from curate.model import NightFacts, RecorderSchedule

#: Seconds by which recordings may overlap, or a start may lie beside its place: clocks count whole seconds.
_SLACK = 2.0

#: A recorder has a period if so many of its starts keep it.
_REGULAR = 0.6

#: Share of a period by which it may differ from whole minutes: a clock that is wrong by 86 s a day.
_WHOLE = 0.001

#: A schedule by the clock has so many times at most, and so much of what was recorded keeps it.
_TIMES, _USUAL = 6, 0.8

#: From this share of each period on, a recorder runs on without a pause.
_CONTINUOUS = 0.95

#: A night with less of the usual hours than this is short.
SHORT = 0.9

#: Nights without a recording that are a pause between two seasons, and no fault.
PAUSE = 30

#: Seconds a day from which a clock drifts visibly, and in how many nights at least.
_DRIFT = 1.0
_DRIFT_NIGHTS = 4


@dataclass(frozen=True, slots=True)
class Visit:
    """One recording as the schedule sees it.

    Parameters
    ----------
    number
        Rises as the files were imported: in the order of their names.
    start
        By the recorder's clock; None where that clock is wrong.
    night
        Date on which its night began.
    duration, voice : seconds
    faulty
        Whether it failed, or is damaged.
    serial
        Of the recorder, which is one and the same at every site; empty if unknown.
    place
        Latitude and longitude, in degrees; None if unknown.
    """

    number: int
    site: str
    recorder: str
    start: datetime | None
    night: str
    duration: float
    voice: float = 0.0
    faulty: bool = False
    serial: str = ""
    place: tuple[float, float] | None = None


def schedules(visits: Iterable[Visit]) -> list[RecorderSchedule]:
    """Find the schedule of each recorder at each site, in their order by name."""
    by_recorder: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        by_recorder[visit.site, visit.recorder].append(visit)
    found = [_of(site, name, by_recorder[site, name]) for site, name in sorted(by_recorder)]
    last = max((each.last for each in found if each.last), default="")
    serials = {(visit.site, visit.recorder): visit.serial for made in by_recorder.values() for visit in made}
    for each in found:
        serial = serials[each.site, each.recorder]
        later = [
            other
            for other in found
            if serial and serials[other.site, other.recorder] == serial and other.first > each.last > ""
        ]
        if later:
            after = min(later, key=lambda other: other.first)
            each.moved = f"{after.site or 'no site'} by {after.first}"
        is_silent = bool(each.last) and _days(each.last, last) >= 2  # noqa: PLR2004 - nights
        # Nothing may have come by that would have triggered it.
        each.stopped = is_silent and not each.moved and each.schedule != "triggered"
    return found


def _of(site: str, name: str, visits: Sequence[Visit]) -> RecorderSchedule:
    result = RecorderSchedule(site, name, recordings=len(visits))
    result.wrong_clock = sum(visit.start is None for visit in visits)
    result.faulty = sum(visit.faulty for visit in visits)
    result.apart = _apart({visit.place for visit in visits if visit.place is not None})
    once = {(visit.start or visit.number, visit.duration): visit for visit in reversed(visits)}
    result.same_time = len(visits) - len(once)
    result.seconds = sum(visit.duration for visit in once.values())
    timed = [visit for visit in once.values() if visit.start is not None and visit.night]
    if not timed:
        return result
    result.jumps_back = _jumps_back(timed)
    timed.sort(key=lambda visit: (visit.start, visit.number))
    starts = [(visit.start - datetime(1970, 1, 1)).total_seconds() for visit in timed if visit.start]  # noqa: DTZ001 - clock time
    ends = [start + visit.duration for start, visit in zip(starts, timed, strict=True)]
    result.overlaps = sum(
        later < end - _SLACK and later > start
        for start, end, later in zip(starts, ends, starts[1:], strict=False)
    )
    period = _period(starts)
    length = median(visit.duration for visit in timed)
    times = _times_of_day(timed)
    if times:
        result.schedule = f"{_words(length)} at {', '.join(times)}"
        # One time of day is a period of a day; of several, each keeps its own.
        result.drift = _drift(starts, 86400.0) if len(times) == 1 else 0.0
    elif period:
        is_continuous = length >= _CONTINUOUS * period
        result.schedule = "continuous" if is_continuous else f"{_words(length)} every {_words(period)}"
        result.drift = _drift(starts, period)
    elif len(timed) > 2:  # noqa: PLR2004 - two say nothing
        result.schedule = "triggered"
    _count_nights(result, timed, is_triggered=result.schedule == "triggered")
    return result


def _count_nights(result: RecorderSchedule, timed: Sequence[Visit], *, is_triggered: bool) -> None:
    nights: dict[str, NightFacts] = {}
    for visit in timed:
        night = nights.setdefault(visit.night, NightFacts(visit.night))
        night.recordings += 1
        night.seconds += visit.duration
        night.voice += visit.voice
        night.faulty += visit.faulty
    result.first, result.last = min(nights), max(nights)
    result.usual_seconds = median(night.seconds for night in nights.values())
    edges = {result.first, result.last}
    before = result.first
    for name in sorted(nights):
        gap = _days(before, name) - 1
        if gap >= PAUSE:
            result.pauses.append(gap)
            edges |= {before, name}
        else:
            missing = [date.fromisoformat(before) + timedelta(days=days + 1) for days in range(gap)]
            result.missing += [night.isoformat() for night in missing]
            result.nights += [NightFacts(night.isoformat()) for night in missing]
        night = nights[name]
        night.coverage = min(1.0, night.seconds / result.usual_seconds) if result.usual_seconds else 0.0
        result.nights.append(night)
        before = name
    # What triggers a recorder is no schedule; and it was put up, and taken down, within a night.
    if not is_triggered:
        result.short = [
            night.night
            for night in result.nights
            if night.night not in edges and night.recordings and night.coverage < SHORT
        ]


def _apart(places: Collection[tuple[float, float]]) -> float:
    """Kilometres from corner to corner of the area that holds all places; 0 for an area of a kilometre.

    Examples
    --------
    >>> round(_apart([(51.75, -1.25), (51.9, -1.25)]), 1), _apart([(51.75, -1.25), (51.7501, -1.25)])
    (16.7, 0.0)
    >>> round(_apart([(-60.0, 0.0), (60.0, 179.0)]))
    19948
    """
    if not places:
        return 0.0
    norths, easts = zip(*places, strict=True)
    # From the first one, so that the date line divides no place.
    turns = [(east - easts[0] + 180) % 360 - 180 for east in easts]
    south, north, width = (
        math.radians(angle) for angle in (min(norths), max(norths), max(turns) - min(turns))
    )
    # The haversine formula.
    chord = math.hypot(
        math.sin((north - south) / 2), math.sin(width / 2) * math.sqrt(math.cos(south) * math.cos(north))
    )
    across = 2 * math.degrees(math.asin(min(chord, 1.0))) * KM_PER_DEGREE
    return across if across > 1 else 0.0


def _jumps_back(visits: Sequence[Visit]) -> int:
    """Count the starts that lie before all that was named before them."""
    latest: datetime | None = None
    jumps = 0
    for visit in sorted(visits, key=lambda visit: visit.number):
        assert visit.start is not None
        if latest is not None and visit.start < latest - timedelta(seconds=_SLACK):
            jumps += 1
        latest = visit.start if latest is None or jumps else max(latest, visit.start)
    return jumps


def _times_of_day(visits: Sequence[Visit]) -> list[str]:
    """List the few clock times at which a recorder wakes up on most days; none if they are many."""
    days: dict[str, set[date]] = defaultdict(set)
    for visit in visits:
        if visit.start is not None:
            days[f"{visit.start:%H:%M}"].add(visit.start.date())
    nights = {visit.night for visit in visits}
    usual = sorted(time for time, on in days.items() if len(on) >= max(2, _REGULAR * len(nights)))
    covered = sum(len(days[time]) for time in usual)
    return usual if len(usual) <= _TIMES and covered >= _USUAL * len(visits) else []


def _words(seconds: float) -> str:
    """Say a length in its largest whole unit.

    Examples
    --------
    >>> _words(55), _words(600.0), _words(10800)
    ('55 s', '10 min', '3 h')
    """
    whole = round(seconds)
    for unit, name in ((3600, "h"), (60, "min")):
        if whole and whole % unit == 0:
            return f"{whole // unit} {name}"
    return f"{whole} s"


def _period(starts: Sequence[float]) -> float:
    """Seconds from one start to the next, if most of them are alike; 0 if they are not."""
    steps = [later - start for start, later in pairwise(starts) if later > start]
    if len(steps) < 2:  # noqa: PLR2004 - one step is no period
        return 0.0
    middle = median(steps)
    alike = sum(abs(step - middle) <= _SLACK for step in steps)
    if alike < _REGULAR * len(steps):
        return 0.0
    # A clock that drifts makes each step a little longer, or shorter, than the whole minutes it was set to.
    whole = 60.0 * round(middle / 60)
    return whole if abs(middle - whole) < _WHOLE * middle else middle


def _drift(starts: Sequence[float], period: float) -> float:
    """Seconds a day by which starts move along their period, where they do so evenly."""
    days: list[float] = []
    moved: list[float] = []
    last = 0.0
    for start in starts:
        beside = (start - starts[0]) % period
        # The nearest to the one before: what moves beyond the period goes on behind it.
        beside += period * round((last - beside) / period)
        days.append((start - starts[0]) / 86400)
        moved.append(beside)
        last = beside
    if not days or round(days[-1]) < _DRIFT_NIGHTS - 1:
        return 0.0
    n = len(days)
    mean_x, mean_y = sum(days) / n, sum(moved) / n
    spread = sum((x - mean_x) ** 2 for x in days)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(days, moved, strict=True)) / spread
    rest = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in zip(days, moved, strict=True))
    is_even = math.sqrt(rest / n) <= max(_SLACK, abs(slope))
    return round(slope, 2) if abs(slope) >= _DRIFT and is_even else 0.0


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
