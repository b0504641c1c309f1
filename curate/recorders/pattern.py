"""Names of files by a pattern that a person gives: ``{site}_{date}_{time}``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime

from curate.errors import UsageError
from curate.recorders.claim import RecorderClaim
from curate.recorders.stamps import stamp, zone

_TEXT = r"[^/]+?"
_DATE = r"\d{4}[-_.]?\d\d[-_.]?\d\d"
_TIME = r"\d\d[-_.:]?\d\d(?:[-_.:]?\d\d)?"

#: What may stand in braces, and what each fits.
FIELDS: dict[str, str] = {
    "any": r"[^/]*?",
    "date": _DATE,
    "day": r"\d\d",
    "device": _TEXT,
    "gain": _TEXT,
    "hour": r"\d\d",
    "minute": r"\d\d",
    "month": r"\d\d",
    "second": r"\d\d",
    "serial": _TEXT,
    "site": _TEXT,
    "time": _TIME,
    "year": r"\d{4}",
    "zone": r"Z|UTC|[+-]\d{1,2}:?(?:\d\d)?",
}
#: The parts of a day, and of a time of it.
_DAY = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second")

_BRACES = re.compile(r"\{(\w*)(?::([^{}]*))?\}")

#: What strptime's letters fit.
_LETTERS = {
    "%Y": r"\d{4}", "%y": r"\d\d", "%m": r"\d\d", "%d": r"\d\d", "%H": r"\d\d", "%M": r"\d\d", "%S": r"\d\d",
    "%j": r"\d{3}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]+", "%p": r"[AaPp][Mm]", "%I": r"\d\d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern for names, or for the ends of paths where it has slashes.

    Parameters
    ----------
    text
        Words in braces are keys of `FIELDS`; ``{date:%d%m%y}`` says how a date or time is written.

    Raises
    ------
    UsageError
        If a field is unknown or comes twice.
    """

    text: str
    _regex: re.Pattern[str]
    _formats: dict[str, str]

    @classmethod
    def of(cls, text: str) -> NamePattern:
        """Make a pattern of its text."""
        parts: list[str] = []
        formats: dict[str, str] = {}
        seen: set[str] = set()
        at = 0
        for braces in _BRACES.finditer(text):
            parts.append(re.escape(text[at : braces.start()]))
            at = braces.end()
            name, form = braces[1] or "any", braces[2]
            if name not in FIELDS:
                raise UsageError(
                    f"unknown field '{name}' in --name-pattern",
                    hint=f"there are: {', '.join(sorted(FIELDS))}",
                )
            if name == "any":
                parts.append(FIELDS[name])
                continue
            if name in seen:
                raise UsageError(
                    f"--name-pattern names {{{name}}} twice", hint="write {any} for the other one"
                )
            seen.add(name)
            if form:
                formats[name] = form
            parts.append(f"(?P<{name}>{_fits(form) if form else FIELDS[name]})")
        parts.append(re.escape(text[at:]))
        if not seen:
            raise UsageError(
                f"--name-pattern '{text}' lacks a field", hint="such as {site}_{date}_{time}, in quotes"
            )
        return cls(text, re.compile("".join(parts)), formats)

    def claim(self, path: str) -> RecorderClaim | None:
        """Read a path, or `None` if it differs.

        Examples
        --------
        >>> NamePattern.of("{site}_{date}_{time}").claim("/card/Pond_20240311_054500.wav").start
        '2024-03-11T05:45:00'
        >>> NamePattern.of("{site}/{date:%d%m%y}-{hour}").claim("/card/Pond/110324-05.wav").start
        '2024-03-11T05:00:00'
        """
        stem = os.path.splitext(path)[0]
        depth = self.text.count("/") + 1
        match = self._regex.fullmatch("/".join(stem.replace(os.sep, "/").split("/")[-depth:]))
        if match is None:
            return None
        said = match.groupdict()
        start, wrong = self._start(said)
        if wrong:
            return None
        return RecorderClaim(
            "pattern",
            start=start,
            site=said.get("site", ""),
            device=said.get("device", ""),
            serial=said.get("serial", ""),
            gain=said.get("gain", ""),
            fields=tuple(said.items()),
        )

    def _start(self, said: dict[str, str]) -> tuple[str, bool]:
        """Put the parts of a time together; tells, too, whether they name none that there is."""
        parts = {name: int(said[name]) for name in (*_DAY, *_CLOCK) if name in said}
        for name, names in (("date", _DAY), ("time", _CLOCK)):
            if name not in said:
                continue
            found = self._numbers(name, said[name])
            if found is None:
                return "", True
            parts |= dict(zip(names, found, strict=True))
        if not {*_DAY, "hour"} <= parts.keys():
            return "", False
        year, month, day, hour, minute, second = (parts.get(name, 0) for name in (*_DAY, *_CLOCK))
        start = stamp(year, month, day, hour, minute, second, "", zone(said.get("zone", "")) or "")
        return start, not start

    def _numbers(self, name: str, text: str) -> tuple[int, int, int] | None:
        """Read a date or a time in the form that it shall have; None if it has another."""
        if name not in self._formats:
            digits = re.sub(r"\D", "", text)
            first = 4 if name == "date" else 2
            return int(digits[:first]), int(digits[first : first + 2]), int(digits[first + 2 :] or 0)
        try:
            at = datetime.strptime(text, self._formats[name])  # noqa: DTZ007 - zones are text
        except ValueError:
            return None
        return (at.year, at.month, at.day) if name == "date" else (at.hour, at.minute, at.second)


def _fits(form: str) -> str:
    """Say as a regular expression what a format of strptime fits."""
    parts = re.split(r"(%[A-Za-z])", form)
    unknown = [part for part in parts if re.fullmatch(r"%[A-Za-z]", part) and part not in _LETTERS]
    if unknown:
        raise UsageError(
            f"--name-pattern failed to read {unknown[0]}", hint=f"it reads: {' '.join(_LETTERS)}"
        )
    return "".join(_LETTERS.get(part, re.escape(part)) for part in parts)
