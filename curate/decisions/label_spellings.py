"""Labels with an unclear meaning: several spellings of a name, several names in one, several of a taxon."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache


def label_spellings(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Group the labels that differ only in case, blanks, hyphens, underscores, quotes or Unicode's form.

    Signs without a width count for nothing: they come along with text that is copied from pages.

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


def labels_of_one_taxon(scientific_names: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """Group the labels that have one scientific name: codes change from one year's taxonomy to the next.

    Nothing is joined here: ``owl_song`` and ``owl_call`` may be meant to be two classes. A label without a
    name may be the name of another: archives name by it what is heard in the background.

    Parameters
    ----------
    scientific_names
        By label; empty where unknown.

    Returns
    -------
    Each scientific name with several labels, and those in order.

    Examples
    --------
    >>> labels_of_one_taxon({"hergul": "Larus argentatus", "euhgul1": "Larus argentatus", "wren": ""})
    [('Larus argentatus', ('euhgul1', 'hergul'))]
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for label, name in sorted(scientific_names.items()):
        if name:
            found.setdefault(_plain(name), (name, []))[1].append(label)
    for label, name in sorted(scientific_names.items()):
        if not name and _plain(label) in found:
            found[_plain(label)][1].append(label)
    return sorted((name, tuple(labels)) for name, labels in found.values() if len(labels) > 1)


@lru_cache(maxsize=65_536)
def person(name: str) -> str:
    """Reduce a person's name to what its spellings at different archives have in common.

    Accents, quotes, dots and case count for nothing. A family name before a comma goes behind the others.

    Examples
    --------
    >>> person("P\u00e9rez, Jos\u00e9 L."), person("JOSE L PEREZ"), person("Ann O\u2019Hara")
    ('jose l perez', 'jose l perez', "ann o'hara")
    """
    last, comma, first = name.partition(",")
    if comma and first.strip() and "," not in first:
        name = f"{first} {last}"
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _plain(bare.replace(".", " ")).strip()


def joined_names(labels: Iterable[str]) -> list[str]:
    """Find the labels that look like several names.

    A ``;`` or ``|`` stands between names. Other signs may be part of one (``Sparrow, House``); they tell if
    all around them are labels.

    Examples
    --------
    >>> joined_names(["owl|wren", "Sparrow, House", "owl", "wren", "owl, wren", "owl + wren"])
    ['owl + wren', 'owl, wren', 'owl|wren']
    """
    known = set(labels)
    return sorted(label for label in known if _is_joined(label, known))


def _is_joined(label: str, known: Collection[str]) -> bool:
    parts = [part.strip() for part in _BETWEEN.split(label)]
    is_list = len(parts) > 1 and all(parts)
    return is_list and (_PERHAPS.search(label) is None or all(part in known for part in parts))


#: What stands between names, and what may do so.
_PERHAPS = re.compile(r"[,/+&]|\band\b")
_BETWEEN = re.compile(rf"[;|]|{_PERHAPS.pattern}")

#: Blanks, and what is written for them; dashes of all lengths.
_BLANKS = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")

#: Quotes as keyboards and text programs write them.
_QUOTES = re.compile("[\u2018\u2019\u201b\u02bc\u00b4`]")


def _plain(label: str) -> str:
    seen = "".join(sign for sign in label if unicodedata.category(sign) != "Cf")
    plain = _BLANKS.sub(" ", _QUOTES.sub("'", seen))
    return unicodedata.normalize("NFKC", plain).casefold()
