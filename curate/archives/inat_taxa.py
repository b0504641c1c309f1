"""Which taxon of iNaturalist a name means, and whether an observation is of it.

A complex may bear the very name of a species in it (``Rana temporaria``), and a subgenus that of its genus.
It holds the siblings, so a name is looked for at its own rank alone: two words are a species, three a
subspecies, one a genus or higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curate.archives import fields
from curate.archives.taxa import unknown
from curate.model import Problem, Taxon

#: Groups that iNaturalist tells of each taxon (``iconic_taxon_name``); all else is Animalia or nothing.
_GROUPS = frozenset(
    {"Actinopterygii", "Amphibia", "Arachnida", "Aves", "Chromista", "Fungi", "Insecta", "Mammalia"}
    | {"Mollusca", "Plantae", "Protozoa", "Reptilia"}
)

#: ``rank_level`` of species, and of ranks where the answer does not tell the level.
_SPECIES = 10
_LEVELS = {
    "kingdom": 70,
    "phylum": 60,
    "class": 50,
    "order": 40,
    "family": 30,
    "genus": 20,
    "subgenus": 15,
    "section": 13,
    "subsection": 12,
    "complex": 11,
    "species": 10,
    "hybrid": 10,
    "subspecies": 5,
    "variety": 5,
    "form": 5,
}
#: Ranks between genus and species, whose taxa may bear the name of either.
_BETWEEN = range(_SPECIES + 1, 20)


def rank_of(name: str) -> str | None:
    """Name the one rank that a name can have, `None` where it can have several.

    Examples
    --------
    >>> rank_of("Rana temporaria"), rank_of("Rana"), rank_of("Rana temporaria honnorati")
    ('species', None, None)
    """
    return "species" if len(name.split()) == 2 else None  # noqa: PLR2004 - genus and epithet


def chosen(taxon: Taxon, results: Iterable[Mapping[str, Any]]) -> tuple[str, Problem | None]:
    """Choose the one taxon of a name, of the rank that the name has and of its class.

    Returns
    -------
    Its number, and what must be reported. The number is empty where there is not exactly one.
    """
    results = list(results)
    name = taxon.scientific_name
    same = named(taxon, results)
    ranked = [each for each in same if _fits(name, each)]
    of_class = [each for each in ranked if _is_of_class(taxon.class_name, each)]
    active = [each for each in of_class if each.get("is_active", True)]
    if len(active) == 1:
        return str(active[0].get("id")), None
    if active:
        words = f"iNaturalist has {len(active)} taxa of this name ({_listed(active)})"
        return "", _told(
            name, f"{words}: give the number of one in a column inat_taxon_id, or the class_name"
        )
    current = {str(number) for each in of_class for number in each.get("current_synonymous_taxon_ids") or ()}
    if len(current) == 1:
        [number] = current
        told = f"iNaturalist has another name for it now: recordings of taxon {number} are taken"
        return number, Problem("renamed-taxon", name, told)
    if current:
        words = f"iNaturalist has divided it into taxa {', '.join(sorted(current))}"
        return "", _told(name, f"{words}: give the number of one in a column inat_taxon_id")
    if same:
        wanted = (
            f"{rank_of(name) or 'rank that was meant'}{f' of {taxon.class_name}' if taxon.class_name else ''}"
        )
        return "", _told(name, f"iNaturalist has it, but not as a {wanted}: {_listed(same)}")
    called = name.casefold()
    meant = [
        str(each.get("name"))
        for each in results
        if called in {str(each.get(key)).casefold() for key in ("matched_term", "preferred_common_name")}
    ]
    names = [str(each.get("name")) for each in results if each.get("name")]
    return "", unknown(taxon, "iNaturalist", names, meant=meant[:3])


def named(taxon: Taxon, results: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """List the taxa of exactly this name, of whatever rank."""
    name = taxon.scientific_name.lower()
    return [each for each in results if str(each.get("name", "")).lower() == name]


def against(name: str, number: str, observed: Mapping[str, Any]) -> str | None:
    """Say why an observation's taxon differs from the species that was asked for, `None` if it is equal.

    Parameters
    ----------
    name
        The scientific name that was meant. One word stands for all that is below it.
    number
        The taxon that was asked for.
    observed
        The taxon of the observation, as iNaturalist gives it.
    """
    if rank_of(name) is None or not observed:
        return None
    found = fields.text(observed.get("name")) or "a taxon without a name"
    level = _level(observed)
    if level is not None and level > _SPECIES:
        return f"it is reported as the {observed.get('rank')} {found} only, not as the species {name}"
    species = fields.whole(observed.get("min_species_taxon_id"))
    of_number = number in (str(observed.get("id")), "" if species is None else str(species))
    if of_number or (fields.binomial(found) or found).lower() == name.lower():
        return None
    return f"it is of {found}, a sibling of {name}"


def name_of(found: Mapping[str, Any]) -> str | None:
    """Name what was heard: the species, or a higher taxon with its rank where that may bear the same name.

    Examples
    --------
    >>> name_of({"name": "Rana temporaria", "rank": "complex"}), name_of({"name": "Rana", "rank": "genus"})
    ('Rana temporaria complex', 'Rana')
    """
    name = fields.text(found.get("name"))
    if name and _level(found) in _BETWEEN:
        return f"{name} {fields.text(found.get('rank')) or 'group'}"
    return fields.binomial(name) or name


def _fits(name: str, found: Mapping[str, Any]) -> bool:
    """Whether a taxon has the rank of a name; one that does not tell its rank may have it."""
    level = _level(found)
    words = len(name.split())
    if level is None:
        return True
    if words == 1:
        return level > _SPECIES and level not in _BETWEEN
    is_species = words == 2 or "\u00d7" in name  # noqa: PLR2004 - genus and epithet, or a hybrid
    return level == _SPECIES if is_species else level < _SPECIES


def _level(found: Mapping[str, Any]) -> int | None:
    level = fields.whole(found.get("rank_level"))
    return level if level is not None else _LEVELS.get(str(found.get("rank")).lower())


def _is_of_class(class_name: str, found: Mapping[str, Any]) -> bool:
    """Whether a taxon may be of a class. iNaturalist names only some classes."""
    group = found.get("iconic_taxon_name")
    return class_name not in _GROUPS or not group or group == class_name


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        " ".join(str(each[key]) for key in ("rank", "id", "iconic_taxon_name") if each.get(key))
        for each in found[:5]
    )


def _told(name: str, reason: str) -> Problem:
    return Problem("unknown-taxon", name, reason)
