"""Which taxa to ask for, from ``--taxon`` and ``--taxa``, and what a name may have been meant for."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence

from curate.errors import UsageError
from curate.formats import Report
from curate.formats.tables.taxa import read_taxa
from curate.model import Problem, Taxon


def wanted(taxon: Sequence[str], taxa: str | os.PathLike[str] | None, report: Report) -> list[Taxon]:
    """List the taxa to ask for.

    Parameters
    ----------
    taxon
        Names. With a table they choose its rows, by label, scientific or common name.
    taxa
        ``FILE`` or ``FILE:COLUMN``; see `formats.taxa.read_taxa`.

    Raises
    ------
    UsageError
        If a name is not in the table.
    """
    names = [name.strip() for name in ([taxon] if isinstance(taxon, str) else taxon) if name.strip()]
    if taxa is None:
        # A name of one word is a genus or higher: its recordings keep their own names.
        return [Taxon(name if " " in name else "", name) for name in dict.fromkeys(names)]
    table = read_taxa(taxa, report=report)
    if not names:
        return table
    by_word = {
        word.lower(): row
        for row in table
        for word in (row.common_name, row.scientific_name, row.label)
        if word
    }
    unknown = [name for name in names if name.lower() not in by_word]
    if unknown:
        raise UsageError(f"{taxa} has no taxon '{unknown[0]}'", hint=near(unknown[0], by_word) or None)
    return list(dict.fromkeys(by_word[name.lower()] for name in names))


def near(name: str, known: Iterable[str]) -> str:
    """Say which names look like one.

    Examples
    --------
    >>> near("Turdus merulla", ["Turdus merula", "Turdus pilaris"])
    "did you mean 'Turdus merula'?"
    """
    found = difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.75)
    return f"did you mean {' or '.join(repr(each) for each in found)}?" if found else ""


def unknown(taxon: Taxon, archive: str, known: Iterable[str] = ()) -> Problem:
    """Report a name that an archive does not know."""
    hint = near(taxon.scientific_name, known)
    return Problem(
        "unknown-taxon",
        taxon.scientific_name,
        f"{archive} has nothing under this name" + (f"; {hint}" if hint else ""),
    )
