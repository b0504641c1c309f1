"""Tables of classes: what a user wants to have recordings of, and under which labels.

Understood are the taxonomies of BirdCLEF and eBird, and BirdCLEF's table of recordings. So are
BirdNET's label files (``Turdus merula_Eurasian Blackbird`` in each line), and plain lists.
The label is the table's own: eBird code, iNaturalist id as text, or the line itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.tables import table
from curate.formats.tables.blanks import Blanks, survey
from curate.formats.tables.csv import Sheet, open_text
from curate.formats.tables.dialects import dialect
from curate.lookup import suggestion
from curate.model import Problem, Taxon

_SCIENTIFIC = (
    "scientific_name", "sci_name", "scientificname", "species_scientific", "species", "binomial",
)  # fmt: skip
_LABEL = ("primary_label", "species_code", "ebird_code", "label")
_COMMON = ("common_name", "primary_com_name", "com_name", "vernacular_name", "english_name")
_CLASS = ("class_name", "class")
_NUMBER = ("inat_taxon_id",)
_CATEGORY = ("category",)


def read_taxa(
    source: str | os.PathLike[str], *, report: Report, plain: Callable[[str], str] = str
) -> list[Taxon]:
    """Read ``FILE`` or ``FILE:COLUMN``.

    Parameters
    ----------
    source
        The table. After a colon, the column of the scientific names.
    report
        Called with each row that cannot be used, among them those whose name stands for several labels.
    plain
        How an archive spells a scientific name. A label that is the name follows it.

    Raises
    ------
    FormatError
        If there is no such file or column, or no name in it that stands for one label.
    """
    path, column = _split(os.fspath(source))
    lines = _lines(path)
    if column is None and not any(mark in lines[0] for mark in ",;\t"):
        found = list(_listed(lines))
    else:
        found = list(_from_table(path, column, report))
    if not found:
        raise FormatError(
            f"{path} lacks names of taxa", hint="expected scientific names, one per line, or a table of them"
        )
    taxa = _unambiguous([_respelt(taxon, plain) for taxon in found], path, report)
    if not taxa:
        raise FormatError(
            f"{path} has each of its names under several labels",
            hint="leave one label of each name, or name the right column: FILE:COLUMN",
        )
    return taxa


def _respelt(taxon: Taxon, plain: Callable[[str], str]) -> Taxon:
    name = plain(taxon.scientific_name)
    label = name if taxon.label == taxon.scientific_name else taxon.label
    return replace(taxon, label=label, scientific_name=name)


def _split(source: str) -> tuple[Path, str | None]:
    """Part file and column; a colon may belong to the file's name."""
    if os.path.exists(source) or ":" not in source:
        return Path(source), None
    file, _, column = source.rpartition(":")
    return Path(file), column


def _lines(path: Path) -> list[str]:
    with open_text(path) as handle:
        lines = [parse.printable(line.strip()) for line in handle]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise FormatError(f"{path} is empty: expected names of taxa")
    return lines


def _listed(lines: Iterable[str]) -> Iterator[Taxon]:
    """Read lines of names; a header of one column is passed over."""
    for line in lines:
        if line.lower().replace(" ", "_") in _SCIENTIFIC:
            continue
        scientific, underscore, common = line.partition("_")
        if underscore and " " in scientific:
            yield Taxon(line, scientific, common)
        else:
            name = " ".join(line.replace("_", " ").split())
            yield Taxon(name if " " in name else "", name)


def _from_table(path: Path, column: str | None, report: Report) -> Iterator[Taxon]:
    sheet = Sheet.open(path)
    spoken = dialect(sheet.columns)
    columns, records = spoken.columns, partial(spoken.records, sheet.records)
    names = table.choose(columns, _SCIENTIFIC, spoken.names.get(column or "", column), path)
    if names is None:
        raise FormatError(
            f"{path} lacks a column of scientific names: expected one of {', '.join(_SCIENTIFIC)}",
            hint=f"name it: {path}:COLUMN. {suggestion('scientific_name', columns)}",
        )
    where = {
        what: table.find(columns, wanted)
        for what, wanted in (
            ("label", _LABEL),
            ("common", _COMMON),
            ("class", _CLASS),
            ("number", _NUMBER),
            ("category", _CATEGORY),
        )
    }
    label = where["label"]
    others = [where[what] for what in ("common", "class", "number", "category")]
    blanks = survey(
        path,
        records,
        coded=[label] if label and label != names else [],
        plain=[each for each in others if each],
        typed=[where["number"]] if where["number"] else [],
        names=[names],
        report=lambda _: None,
    )
    for line, record in records(report):
        # eBird lists subspecies, hybrids and pairs beside the species.
        if where["category"] and parse.known(record[where["category"]]) not in ("species", "domestic", ""):
            continue
        taxon = _taxon(record, names, where, blanks)
        if taxon.scientific_name:
            yield taxon
        else:
            report(Problem("bad-row", f"{path}:{line}", "its scientific name is empty"))


def _taxon(
    record: Mapping[str, object], names: str, where: Mapping[str, str | None], blanks: Blanks
) -> Taxon:
    def cell(what: str) -> str:
        column = where[what]
        return parse.known(record[column]) if column else ""

    name = " ".join(parse.known(record[names]).split())
    label = parse.text(blanks.cell(record, where["label"])) or (name if " " in name else "")
    return Taxon(label, name, cell("common"), cell("class"), cell("number"))


def _spelt(name: str) -> str:
    return " ".join(name.split()).casefold()


def _unambiguous(found: Iterable[Taxon], path: Path, report: Report) -> list[Taxon]:
    """Drop repetitions, and names that stand for several labels: nobody could tell which is meant.

    A name that differs in its letters' case or its blanks alone is the same name. A list in which names are
    their own labels then has it once, as it is spelt first.
    """
    by_name: dict[str, dict[Taxon, None]] = {}
    for taxon in found:
        by_name.setdefault(_spelt(taxon.scientific_name), {})[taxon] = None
    taxa: list[Taxon] = []
    for same in by_name.values():
        name = next(iter(same)).scientific_name
        labels = {name if _spelt(taxon.label) == _spelt(name) else taxon.label for taxon in same}
        if len(labels) > 1:
            listed = ", ".join(sorted(labels)[:5])
            report(
                Problem(
                    "unknown-taxon",
                    name,
                    f"{path} has it under {len(labels)} labels ({listed}). It is left out",
                )
            )
        else:
            taxa.append(next(iter(same)))
    by_label: dict[str, list[str]] = {}
    for taxon in taxa:
        by_label.setdefault(taxon.label, []).append(taxon.scientific_name)
    for label, names in by_label.items():
        if label and len(names) > 1:
            words = f"{path} has {len(names)} taxa under it ({', '.join(names[:5])}). They become one class"
            report(Problem("disagreement", label, words))
    return taxa
