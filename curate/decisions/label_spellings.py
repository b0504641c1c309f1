"""Labels that may not mean what they say: one name in several spellings, and several names in one label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable


def label_spellings(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Group the labels that differ only in case, blanks, hyphens and underscores, or in their Unicode form.

    Nothing is joined here: ``a`` and ``A`` may be two notes of one song. The person who named them knows.

    Returns
    -------
    Of each name with several spellings, all of them in order.

    Examples
    --------
    >>> label_spellings(["Turdus merula", "turdus_merula", "Parus major"])
    [('Turdus merula', 'turdus_merula')]
    """
    spelt: dict[str, set[str]] = {}
    for label in labels:
        spelt.setdefault(_plain(label), set()).add(label)
    return sorted(tuple(sorted(each)) for each in spelt.values() if len(each) > 1)


def joined_names(labels: Iterable[str]) -> list[str]:
    """Find the labels that look like several names.

    A ``;`` or ``|`` stands between names. A comma may be part of one; it tells if all around it are labels.

    Examples
    --------
    >>> joined_names(["owl|wren", "Sparrow, House", "owl", "wren", "owl, wren"])
    ['owl, wren', 'owl|wren']
    """
    known = set(labels)
    return sorted(label for label in known if _is_joined(label, known))


def _is_joined(label: str, known: Collection[str]) -> bool:
    parts = [part.strip() for part in re.split(r"[;|,]", label)]
    is_list = len(parts) > 1 and all(parts)
    return is_list and ("," not in label or all(part in known for part in parts))


def _plain(label: str) -> str:
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", label)).casefold()
