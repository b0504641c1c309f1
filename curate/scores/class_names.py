"""Names of a model's classes, and the classes of a dataset that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    The case of letters counts only between labels that differ in nothing else. BirdNET writes both names of a
    species with ``_`` between: then the scientific one counts, and of several classes with that name the one
    that also has the common name.

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
        meant = [name] if name in kinds[0].get(name.casefold(), ()) else _meant(name.casefold(), kinds)
        if len(meant) == 1:
            label_of[name] = meant[0]
        elif meant:
            several[name] = tuple(meant)
    named = {*label_of.values(), *(label for meant in several.values() for label in meant)}
    return MatchedNames(label_of, several, tuple(label for label in ordered if label not in named))


def _meant(word: str, kinds: Sequence[Mapping[str, list[str]]]) -> list[str]:
    labels, scientific, common = kinds
    whole = next((known[word] for known in kinds if word in known), None)
    if whole is not None:
        return whole
    first, _, second = (part.strip() for part in word.partition("_"))
    # A word before the line may be any label: "owl_begging" is no "owl", but "Dog_Dog" is a "dog".
    is_name = " " in first or first == second
    found = scientific.get(first) or (labels.get(first, []) if is_name else [])
    both = [label for label in found if label in common.get(second, ())]
    return both if len(found) > 1 and both else found
