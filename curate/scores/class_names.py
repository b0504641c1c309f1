"""Names of a model's classes, and the classes of a dataset that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MatchedNames:
    """Which class of a dataset each name of a model stands for.

    Parameters
    ----------
    label_of
        By the model's name; names that the dataset does not know are not in it.
    several
        Names that may stand for more than one class, with these: none of them is meant.
    unknown
        Classes of the dataset for which the model has no name.
    """

    label_of: dict[str, str] = field(default_factory=dict)
    several: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def match(names: Iterable[str], labels: Iterable[str], taxa: Mapping[str, tuple[str, str]]) -> MatchedNames:
    """Find of each name the class that it means: by its label, else its scientific, else its common name.

    The case of letters does not count.

    Parameters
    ----------
    labels
        Classes of the dataset.
    taxa
        Scientific and common name of labels.

    Examples
    --------
    >>> found = match(["Turdus merula", "Noise"], ["eurbla", "owl"], {"eurbla": ("Turdus merula", "")})
    >>> found.label_of, found.unknown
    ({'Turdus merula': 'eurbla'}, ('owl',))
    """
    ordered = sorted(set(labels))
    kinds: list[dict[str, list[str]]] = [{}, {}, {}]
    for label in ordered:
        for known, word in zip(kinds, (label, *taxa.get(label, ("", ""))), strict=True):
            if word:
                known.setdefault(word.casefold(), []).append(label)
    label_of: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    for name in names:
        meant = next((known[name.casefold()] for known in kinds if name.casefold() in known), [])
        if len(meant) == 1:
            label_of[name] = meant[0]
        elif meant:
            several[name] = tuple(meant)
    named = {*label_of.values(), *(label for meant in several.values() for label in meant)}
    return MatchedNames(label_of, several, tuple(label for label in ordered if label not in named))
