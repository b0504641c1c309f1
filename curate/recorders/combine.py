"""One set of facts of what several sources claim.

For each value the first source of an order counts, and whatever another one says otherwise is a doubt:
nothing is averaged, and nothing that was said is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from curate.model import Claim, RecorderFacts
from curate.recorders.stamps import instant, local, offset_of

#: Who is believed first: a person, then the file's own metadata, then names and files beside it.
_ORDER = (
    "pattern", "guano", "wamd", "audiomoth", "comments", "name", "bext", "folder", "summary", "config",
    "info",
)  # fmt: skip

#: Of sites a folder tells more than the prefix of a name.
_SITE_ORDER = ("pattern", "folder", "guano", "wamd", "name")

#: A recorder writes its name and its metadata within the same seconds.
_SAME_TIME = timedelta(seconds=2)

#: Degrees by which positions of one place may differ: about a kilometre, as summaries round.
_SAME_PLACE = 0.01

#: Years in which clocks begin that lost their time: of Unix, of FAT and GPS, of clock chips.
_RESET = frozenset({1970, 1980, 2000})

#: A file plays this much of its own rate or length: told apart from rounding.
_SAME_RATE = 0.01
_SAME_LENGTH = 0.05


def combine(
    claims: Iterable[Claim],
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
    said = sorted(claims, key=lambda claim: _ORDER.index(claim.source))
    doubts: list[tuple[str, str]] = []
    sources: dict[str, str] = {}
    problems = [problem for claim in said for problem in claim.problems]

    def first(name: str, agree: Callable[[Any, Any], bool] | None, among: Sequence[Claim] = said) -> Any:  # noqa: ANN401
        told = [(claim.source, value) for claim in among if (value := getattr(claim, name)) not in ("", None)]
        if not told:
            return None
        sources[name], chosen = told[0]
        others = [f"{source} {value}" for source, value in told[1:] if agree and not agree(chosen, value)]
        if others:
            doubts.append((name, f"{sources[name]} {chosen}, " + ", ".join(others)))
        return chosen

    start = first("start", _same_start) or ""
    start = _with_zone(start, said, sources)
    place = first("latitude", None)
    by_site = sorted(
        (claim for claim in said if claim.source in _SITE_ORDER),
        key=lambda claim: _SITE_ORDER.index(claim.source),
    )
    located = [claim for claim in said if claim.latitude is not None]
    longitude = located[0].longitude if place is not None else None
    apart = [claim for claim in located[1:] if not _same_place(located[0], claim)]
    if apart:
        told = [f"{claim.source} {claim.latitude:g} {claim.longitude:g}" for claim in (located[0], *apart)]
        doubts.append(("position", ", ".join(told)))
    return RecorderFacts(
        start=start,
        clock=_clock(start, now),
        site=first("site", _same_words, by_site) or "",
        latitude=place,
        longitude=longitude,
        elevation=first("elevation", None),
        device=first("device", None) or "",
        serial=first("serial", _same_words) or "",
        gain=first("gain", _same_words) or "",
        battery=first("battery", None) or "",
        temperature=first("temperature", None),
        filter=first("filter", None) or "",
        time_expansion=_expansion(said, sr, seconds, sources, doubts),
        sources=tuple(sources.items()),
        fields=tuple((claim.source, name, value) for claim in said for name, value in claim.fields),
        doubts=tuple(doubts),
        problems=tuple(problems),
    )


def _with_zone(start: str, said: Sequence[Claim], sources: dict[str, str]) -> str:
    """Add the zone that another source of the same time has."""
    if not start or offset_of(start):
        return start
    for claim in said:
        if offset_of(claim.start) and abs(local(claim.start) - local(start)) <= _SAME_TIME:
            sources["zone"] = claim.source
            return start + offset_of(claim.start)
    return start


def time_expansion(claims: Iterable[Claim], *, sr: int, seconds: float) -> float:
    """How much slower a file plays than the sound was; 1 where sources contradict each other.

    Parameters
    ----------
    sr : Hz
        As the header has it.
    seconds
        Length of the file when played so; 0 where not known.
    """
    said = sorted(claims, key=lambda claim: _ORDER.index(claim.source))
    return _expansion(said, sr, seconds, {}, [])


def _expansion(
    said: Sequence[Claim], sr: int, seconds: float, sources: dict[str, str], doubts: list[tuple[str, str]]
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


def _same_place(one: Claim, other: Claim) -> bool:
    pairs = ((one.latitude, other.latitude), (one.longitude, other.longitude))
    return all(a is not None and b is not None and abs(a - b) <= _SAME_PLACE for a, b in pairs)


def _clock(start: str, now: datetime | None) -> str:
    """Say what is wrong with the clock that gave a start; empty if nothing is."""
    if not start:
        return ""
    at = local(start)
    if at.year in _RESET or at.year < min(_RESET):
        return f"was reset: {start}"
    if now is not None and at > now + timedelta(days=1):
        return f"is ahead: {start}"
    return ""
