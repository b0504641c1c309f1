"""What people say of a detection, and the words by which programs say that there is none.

In Kaleidoscope a person writes next to each detection what it really is: a code, or several between commas.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from curate.formats import Report, parse
from curate.formatting import count
from curate.model import Problem, Segment

#: Words that name no class, in lower case: Kaleidoscope writes NoID and Noise, BirdNET nocall.
NO_CLASS = frozenset({"noid", "noise", "nocall"})


def names_no_class(word: str) -> bool:
    """Whether a program means by a word that it found no class.

    Examples
    --------
    >>> names_no_class("NoID"), names_no_class("No call"), names_no_class("MYOLUC")
    (True, True, False)
    """
    return word.casefold().replace(" ", "").replace("_", "") in NO_CLASS


def hears_nothing(word: str) -> bool:
    """Whether a program says with a word that it heard nothing: BirdNET fills an otherwise empty table so.

    Examples
    --------
    >>> hears_nothing("nocall"), hears_nothing("Noise")
    (True, False)
    """
    return word.casefold().replace(" ", "").replace("_", "") == "nocall"


def tell_nothing_heard(table: Path, rows: int, report: Report) -> None:
    """Report the rows in which a program says that it heard nothing."""
    if rows:
        words = f"'nocall' in {count(rows, 'row')}: taken as looked at, without a mark"
        report(Problem("read-as", str(table), words))


def said(found: Segment, cell: object) -> list[Segment]:
    """List what a person says of a detection: a mark without score for each name.

    A word that names no class is the note of a mark without a label.

    Examples
    --------
    >>> [mark.label for mark in said(Segment(0, 2, "MYOLUC", 0.8), "EPTFUS; LASNOC")]
    ['EPTFUS', 'LASNOC']
    """
    names = dict.fromkeys(name for part in re.split("[,;]", parse.known(cell)) if (name := parse.known(part)))
    mark = replace(found, score=None)
    return [
        replace(mark, label="", note=name) if names_no_class(name) else replace(mark, label=name)
        for name in names
    ]
