"""Which taxa to ask for, from ``--taxon`` and ``--taxa``, and what a name may have been meant for."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Sequence

from curate.errors import UsageError
from curate.formats import Report
from curate.formats.tables.taxa import read_taxa
from curate.model import Problem, Taxon

#: Unknown names that an error lists with their reasons.
_TOLD = 5


def wanted(taxon: Sequence[str], taxa: str | os.PathLike[str] | None, report: Report) -> list[Taxon]:
    """List the taxa to ask for.

    Parameters
    ----------
    taxon
        Names. With a table they choose its rows, by label, scientific or common name.
    taxa
        ``FILE`` or ``FILE:COLUMN``; see `formats.tables.taxa.read_taxa`.

    Raises
    ------
    UsageError
        If a name is empty, is not in the table, or stands for several of its taxa.
    """
    names = [name.strip() for name in ([taxon] if isinstance(taxon, str) else taxon)]
    if "" in names:  # as of a variable that a script left unset: without a name, all would be asked for
        raise UsageError("the name of a taxon is empty", hint="give a name, or leave the option out")
    if taxa is None:
        names = [plain_name(name) for name in names]
        # A name of one word is a genus or higher: its recordings keep their own names.
        return _narrowest([Taxon(name if " " in name else "", name) for name in dict.fromkeys(names)])
    table = read_taxa(taxa, report=report, plain=plain_name)
    return _narrowest(dict.fromkeys(_meant(name, table, taxa) for name in names) if names else table)


def _narrowest(taxa: Iterable[Taxon]) -> list[Taxon]:
    """Put subspecies before species, and these before genera: who asks for both wants two classes."""
    return sorted(taxa, key=lambda taxon: -min(3, len(taxon.scientific_name.split())))


def plain_name(name: str) -> str:
    """Take authors, subgenus and marks of rank out of a scientific name. Archives have names without them.

    Examples
    --------
    >>> plain_name("Larus (Larus) fuscus Linnaeus, 1758"), plain_name("Parus major ssp. major")
    ('Larus fuscus', 'Parus major major')
    >>> plain_name("turdus merula"), plain_name("TURDUS MERULA")
    ('Turdus merula', 'Turdus merula')
    >>> plain_name("Anas platyrhynchos \u00d7 rubripes"), plain_name("Canis lupus Familiaris")
    ('Anas platyrhynchos \u00d7 rubripes', 'Canis lupus Familiaris')
    >>> plain_name("Turdus merula_Eurasian Blackbird"), plain_name("Columba livia (Feral Pigeon)")
    ('Turdus merula', 'Columba livia (Feral Pigeon)')
    """
    name = " ".join(name.strip(" ,;'\"").split())
    # Underscores stand for blanks, or before a common name as BirdNET writes it.
    name = name.partition("_")[0] if " " in name.partition("_")[0] else name.replace("_", " ")
    # As people type it, or as an old table shouts it; it would be a class of its own.
    name = name.capitalize() if name.islower() or name.isupper() else name
    plain = re.sub(r"^([A-Z][a-z-]+) \([A-Z][a-z-]+\)(?= [a-z])", r"\1", name)
    plain = re.sub(r" (?:ssp|subsp|var)\.(?= [a-z])", "", plain)
    author = r"(?:\([A-Z][\w.'-]+(?:(?:,| &| et| and) [A-Z][\w.'-]*)*\)|\(?[A-Z][^()\d]*,? \(?\d{4}\)*|L\.)"
    found = re.fullmatch(rf"([A-Z][a-z-]+(?: [a-z][a-z-]+){{1,2}}),? {author}", plain)
    return found[1] if found else plain


#: What a name may be, the most exact first.
_KINDS: dict[str, Callable[[Taxon], str]] = {
    "label": lambda row: row.label,
    "scientific name": lambda row: row.scientific_name,
    "common name": lambda row: row.common_name,
}


def _meant(name: str, table: Sequence[Taxon], source: str | os.PathLike[str]) -> Taxon:
    """Find the one row of a table that a name means: by its label, else its scientific, else its common name.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    for what, word in _KINDS.items():
        for fold in (str, str.lower):
            found = [row for row in table if word(row) and fold(word(row)) == fold(name)]
            if len(found) == 1:
                return found[0]
            if found:
                rows = " and ".join(repr(row.label or row.scientific_name) for row in found[:3])
                raise UsageError(
                    f"{source} has '{name}' as the {what} of {len(found)} taxa: {rows}",
                    hint="name the label or the scientific name of the one that you mean",
                )
    known = {word(row).lower() for row in table for word in _KINDS.values() if word(row)}
    raise UsageError(f"unknown taxon at {source}: '{name}'", hint=near(name.lower(), known) or None)


def near(name: str, known: Iterable[str]) -> str:
    """Say which names look like one.

    Examples
    --------
    >>> near("Turdus merulla", ["Turdus merula", "Turdus pilaris"])
    "did you mean 'Turdus merula'?"
    """
    found = difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.75)
    return f"did you mean {' or '.join(repr(each) for each in found)}?" if found else ""


def refuse_unknown(archive: str, searches: int, problems: Iterable[Problem]) -> None:
    """Stop where an archive knows none of the names that it was asked for.

    Raises
    ------
    UsageError
        If every search was for a name that is unknown.
    """
    told = {problem.path: problem.reason for problem in problems if problem.kind == "unknown-taxon"}
    if not told or len(told) < searches:
        return
    reasons = [f"{name}: {reason}" for name, reason in list(told.items())[:_TOLD]]
    more = f". {len(told) - _TOLD:,} more" if len(told) > _TOLD else ""
    names = "the name" if len(told) == 1 else f"any of the {len(told):,} names"
    raise UsageError(f"{archive} lacks {names} that you asked for", hint=f"{'. '.join(reasons)}{more}")


def unknown(taxon: Taxon, archive: str, known: Iterable[str] = (), *, meant: Iterable[str] = ()) -> Problem:
    """Report a name that is unknown to an archive.

    Parameters
    ----------
    known
        Names of the archive that may look like it.
    meant
        Scientific names of the taxa that are called so in some language.
    """
    listed = " or ".join(map(repr, dict.fromkeys(meant)))
    name = taxon.scientific_name
    hint = f"did you mean {listed}?" if listed else near(name, known) or _expected(name)
    words = f"{archive} has nothing under this name"
    return Problem("unknown-taxon", name, f"{words}; {hint}" if hint else words)


def _expected(name: str) -> str:
    """Say what a name should be that is no scientific name of a taxon.

    Examples
    --------
    >>> _expected("Turdus merula"), _expected("Turdus sp.")
    ('', "the genus alone asks for all of its species: 'Turdus'")
    >>> _expected("Mirlo com\u00fan")
    'expected a scientific name; --taxa FILE also reads codes and common names'
    """
    genus, _, rest = name.partition(" ")
    if rest.rstrip(".").lower() in ("sp", "spp"):
        return f"the genus alone asks for all of its species: '{genus}'"
    if re.fullmatch(r"[A-Z][a-z-]+(?: [a-z][a-z-]+){1,2}", name):
        return ""
    return "expected a scientific name; --taxa FILE also reads codes and common names"
