"""Numbers as a person says them, on a terminal and on a page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import fields


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    Examples
    --------
    >>> duration(3.21), duration(75), duration(20000)
    ('3.2 s', '1 min 15 s', '5 h 33 min')
    """
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def share(part: float, whole: float) -> str:
    """Share in per cent, one decimal. A dash where there is nothing to share.

    Examples
    --------
    >>> share(1, 8), share(0, 0)
    ('12.5 %', '-')
    """
    return f"{100 * part / whole:.1f} %" if whole else "-"


def count(number: float, noun: str) -> str:
    """Say a number with its noun, in the plural where it must be.

    Examples
    --------
    >>> count(1, "recording"), count(28564, "recording"), count(2, "clean copy")
    ('1 recording', '28,564 recordings', '2 clean copies')
    """
    if number != 1:
        noun = noun[:-1] + "ies" if noun.endswith("py") else noun + ("es" if noun.endswith("ss") else "s")
    return f"{number:,} {noun}"


def when(at: str) -> str:
    """Give a time of the catalogue, ISO 8601 in UTC, to the minute.

    Examples
    --------
    >>> when("2026-11-22T11:56:13+00:00")
    '2026-11-22 11:56'
    """
    return at[:16].replace("T", " ")


def clipped_words(samples: int) -> str:
    """Tell of samples beyond full scale that a format could not hold. Nothing if missing.

    Examples
    --------
    >>> clipped_words(1204), clipped_words(0)
    ('; 1,204 samples beyond full scale clipped', '')
    """
    return f"; {count(samples, 'sample')} beyond full scale clipped" if samples else ""


def unfolded_words(recordings: int, fate: str = "") -> str:
    """Say how many recordings have no fold where others have one, and what becomes of them.

    Examples
    --------
    >>> unfolded_words(2, "left out")
    '2 recordings have no fold and are left out: curate split gives them one'
    >>> unfolded_words(1)
    '1 recording has no fold: curate split gives it one'
    """
    has, are, them = ("has", "is", "it") if recordings == 1 else ("have", "are", "them")
    and_so = f" and {are} {fate}" if fate else ""
    return f"{count(recordings, 'recording')} {has} no fold{and_so}: curate split gives {them} one"


def divided_words(groups: int, what: str = "group") -> str:
    """Say how many groups lie in several folds, and how to mend it.

    Examples
    --------
    >>> divided_words(1, "cluster")
    '1 cluster is in several folds, which are older than the link: curate split --reset assigns all again'
    """
    are = "is" if groups == 1 else "are"
    mend = "curate split --reset assigns all again"
    return f"{count(groups, what)} {are} in several folds, which are older than the link: {mend}"


def lost_words(seconds: float, recordings: int) -> str:
    """Tell how much of how many recordings is lost to damage.

    Examples
    --------
    >>> lost_words(0.67, 2)
    '0.7 s of 2 recordings are damaged, and silence in copies: curate show segments --layer damage'
    """
    lost = f"{duration(seconds)} of {count(recordings, 'recording')}"
    return f"{lost} are damaged, and silence in copies: curate show segments --layer damage"


#: Rows that a notebook shows of a table, and letters of a cell.
SHOWN_ROWS, _SHOWN_LETTERS = 20, 200

_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


def as_html(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a small table for a notebook. All of it is text there, never markup.

    Examples
    --------
    >>> as_html("cuts", ["reason"], [["<b>"]])
    '<table><caption>cuts</caption><tr><th>reason</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><caption>{html.escape(title)}</caption><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    if value is None:
        text = ""
    elif isinstance(value, float):
        text = f"{value:,.3f}".rstrip("0").rstrip(".")
    elif isinstance(value, int) and not isinstance(value, bool):
        text = f"{value:,}"
    elif isinstance(value, dict | list | tuple | set) and len(str(value)) > _SHOWN_LETTERS:
        text = f"{len(value):,} entries"
    else:
        text = str(value)
    return html.escape(text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}...")


class Displayed:
    """Gives a summary, which is a dataclass, a table of its fields in notebooks."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Write the table; what is empty is left out."""
        named = [(each.name, getattr(self, each.name)) for each in fields(self)]  # type: ignore[arg-type]
        rows = [(name.replace("_", " "), value) for name, value in named if value not in _EMPTY]
        return as_html(type(self).__name__.removesuffix("Summary"), ("", ""), rows)
