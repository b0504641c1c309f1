"""The tables of a Darwin Core archive, as its ``meta.xml`` describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from curate.formats import Report
from curate.formats.tables.csv import open_text, records
from curate.model import Problem

#: Namespace of the description.
TEXT = "http://rs.tdwg.org/dwc/text/"


@dataclass(frozen=True, slots=True)
class ArchiveTable:
    """A table of an archive, as ``meta.xml`` describes it.

    Parameters
    ----------
    row_type
        What its rows are, as a term.
    key
        The column of the ids, from 0.
    fields
        The column of each term, from 0.
    defaults
        Values of terms that hold for all rows.
    delimiter, quote
        What stands between the cells, and around them; an empty quote for nothing.
    skipped
        Lines before the first row.
    """

    path: Path
    row_type: str
    key: int
    fields: Mapping[str, int]
    defaults: Mapping[str, str]
    delimiter: str
    quote: str
    skipped: int

    @classmethod
    def of(cls, described: Element, folder: Path) -> ArchiveTable:
        """Read how a table is described.

        Raises
        ------
        ValueError
            If it names no file, no column of ids, or a column that is no number.
        """
        location = described.findtext(f"{{{TEXT}}}files/{{{TEXT}}}location") or ""
        key = next(
            (each for tag in ("id", "coreid") if (each := described.find(f"{{{TEXT}}}{tag}")) is not None),
            None,
        )
        fields, defaults = {}, {}
        for each in described.iterfind(f"{{{TEXT}}}field"):
            term = each.get("term", "")
            if each.get("index") is not None:
                fields[term] = int(each.get("index", ""))
            if each.get("default") is not None:
                defaults[term] = each.get("default", "")
        if not location or key is None:
            raise ValueError("it names no file, or no column of ids")
        return cls(
            folder / location,
            described.get("rowType", ""),
            int(key.get("index", "")),
            fields,
            defaults,
            described.get("fieldsTerminatedBy", ",").replace("\\t", "\t"),
            described.get("fieldsEnclosedBy", '"'),
            int(described.get("ignoreHeaderLines", "0")),
        )

    def records(self, report: Report) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        """Give line, id and cells by their terms of each row."""
        with open_text(self.path) as handle:
            rows = records(handle, self.path, delimiter=self.delimiter, quote=self.quote)
            for number, (line, cells, _) in enumerate(rows):
                if number < self.skipped or not cells:
                    continue
                if self.key >= len(cells):
                    report(Problem("bad-row", f"{self.path}:{line}", "its id is empty"))
                    continue
                found = {term: cells[at] for term, at in self.fields.items() if at < len(cells)}
                yield line, cells[self.key], {**self.defaults, **found}
