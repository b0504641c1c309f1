"""On which terms a set of recordings may be passed on: pure, from the licences in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.archives.licenses import RESERVED, UNKNOWN, License


@dataclass(frozen=True, slots=True)
class LicenseCount:
    """Recordings under one licence. Of `changed` there are trimmed copies."""

    license: License
    recordings: int
    changed: int


@dataclass(frozen=True, slots=True)
class Redistribution:
    """Whether a set may be passed on, each recording under its own licence.

    Parameters
    ----------
    allowed
        All of it, with the changed copies.
    terms
        What whoever passes it on must do, in words.
    obstacles
        What stands against it, in words.
    """

    allowed: bool
    terms: tuple[str, ...]
    obstacles: tuple[str, ...]


def redistribution(counts: Sequence[LicenseCount], *, named_in: str = "") -> Redistribution:
    """Say on which terms all of a set may be passed on.

    Creative Commons licences are read as their deeds say: with attribution (BY) and a note of the changes,
    not for money (NC), changed copies under the same licence (SA), no changed copies (ND).

    Parameters
    ----------
    named_in
        Name of the file that names recordists, licences and changes. Empty where there is none.

    Examples
    --------
    >>> redistribution([LicenseCount(License("CC-BY-NC-4.0"), 10, 2)]).terms
    ('name the recordists, licences and changes', 'not commercially')
    """
    held = [count for count in counts if count.recordings]
    licences = [count.license for count in held]
    obstacles = []
    for words, code in (
        ("all rights reserved", RESERVED),
        ("no licence stated", UNKNOWN),
    ):
        number = _recordings(each for each in held if each.license.code == code)
        if number:
            obstacles.append(f"{_count(number)} with {words}")
    stated = (each for each in held if each.license.code not in {RESERVED, UNKNOWN})
    other = _recordings(each for each in stated if not each.license.is_open)
    if other:
        obstacles.append(f"{_count(other)} under terms that curate does not know")
    changed = sum(each.changed for each in held if each.license.no_derivatives)
    if changed:
        obstacles.append(f"clean copies of {_count(changed)} whose licence forbids changed copies (ND)")
    terms = []
    if any(each.attribution for each in licences):
        where = f" ({named_in})" if named_in else ""
        terms.append(f"name the recordists, licences and changes{where}")
    if any(each.non_commercial for each in licences):
        terms.append("not commercially")
    if any(each.share_alike for each in licences):
        terms.append("changed copies of share-alike recordings under their own licence")
    if any(each.no_derivatives for each in licences):
        terms.append("recordings under ND licences only as they are")
    return Redistribution(bool(held) and not obstacles, tuple(terms), tuple(obstacles))


def in_words(found: Redistribution) -> list[str]:
    """Say on which terms a set may be passed on, line by line.

    Examples
    --------
    >>> in_words(Redistribution(False, ("not commercially",), ("2 recordings with all rights reserved",)))[0]
    'This set must not be passed on as a whole: it has 2 recordings with all rights reserved.'
    """
    terms = "; ".join(found.terms)
    if found.allowed:
        return [f"This set may be passed on{': ' + terms if terms else ''}."]
    lines = [
        f"This set must not be passed on as a whole: it has {'; '.join(found.obstacles) or 'no recordings'}."
    ]
    return [*lines, f"The rest may be: {terms}."] if terms else lines


def _recordings(counts: Iterable[LicenseCount]) -> int:
    return sum(count.recordings for count in counts)


def _count(number: int) -> str:
    return f"{number:,} recording{'' if number == 1 else 's'}"
