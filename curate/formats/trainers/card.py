"""A Hugging Face dataset card that is a datasheet too: licences, counts, provenance.

The front matter follows https://huggingface.co/docs/hub/datasets-cards. A card says what is in
the export and where it came from. What only a person knows is left to be filled in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from curate.formats.files.output import text_file
from curate.formatting import count
from curate.license_words import granted
from curate.model import Row

#: Licences of Creative Commons that the Hub knows by name, with their versions.
_VERSIONS = {
    "by": ("2.0", "2.5", "3.0", "4.0"), "by-nc": ("2.0", "3.0", "4.0"), "by-nc-nd": ("3.0", "4.0"),
    "by-nc-sa": ("2.0", "3.0", "4.0"), "by-nd": ("4.0",), "by-sa": ("3.0", "4.0"),
}  # fmt: skip

#: Size categories of the Hub: rows below, and what it calls them.
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)  # fmt: skip

_LISTED = 50


class Card:
    """Counts rows as they pass, and writes what they were."""

    def __init__(self) -> None:
        self._rows = 0
        self._seconds = 0.0
        self._recordings: set[str] = set()
        self._recordists: set[str] = set()
        self._labels: Counter[str] = Counter()
        self._archives: Counter[str] = Counter()
        self._licenses: Counter[str] = Counter()
        self._rates: Counter[int] = Counter()
        self._annotations = 0
        self._cleaned: set[str] = set()

    def add(self, row: Row) -> None:
        """Count a row."""
        self._rows += 1
        self._seconds += row.duration
        self._recordings.add(row.recording_id)
        self._recordists.add(row.recordist)
        self._labels[row.label] += 1
        self._archives[row.archive or "unknown"] += 1
        self._licenses[row.license or "unknown"] += 1
        self._rates[row.sr] += 1
        self._annotations += len(row.annotations or ())
        if row.taken > 1 / (row.sr or 1):
            self._cleaned.add(row.recording_id)

    def write(self, out: Path, *, configs: Sequence[tuple[str, str]] = ()) -> None:
        """Write the card.

        Parameters
        ----------
        configs
            Names of splits, and the pattern of the files of each.
        """
        with text_file(out) as handle:
            handle.write(f"---\n{self._front(configs)}---\n\n{self._body()}")

    def _front(self, configs: Sequence[tuple[str, str]]) -> str:
        found = {hub_license(words) for words in self._licenses}
        license = next(iter(found)) if len(found) == 1 else None
        lines = [
            f"license: {license or 'other'}",
            "task_categories:",
            "- audio-classification",
            "size_categories:",
        ]
        lines += [f"- {self._size()}", "tags:", "- bioacoustics", "- audio"]
        if configs:
            lines += ["configs:", "- config_name: default", "  data_files:"]
            for split, pattern in configs:
                lines += [f"  - split: {split}", f"    path: {json.dumps(pattern)}"]
        return "".join(f"{line}\n" for line in lines)

    def _size(self) -> str:
        return next((name for below, name in _SIZES if self._rows < below), "n>10M")

    def _body(self) -> str:
        rows, recordings = count(self._rows, "row"), count(len(self._recordings), "recording")
        classes = count(len(self._labels.keys() - {""}), "class")
        recordists = len(self._recordists - {""})
        lost = count(len(self._cleaned), "recording")
        hours = f"{self._seconds / 3600:,.2f} hours, made by curate"
        rates = ", ".join(f"{rate:,} ({count(n, 'row')})" for rate, n in sorted(self._rates.items()))
        lines = [
            "# Recordings of animal sound",
            "",
            f"{rows} from {recordings} of {classes}, {hours}.",
            "",
            "## Licences",
            "",
            "Each row has the licence, the recordist and the address of its own recording.",
            "",
            *_table("licence", self._licenses),
            "## Where the recordings come from",
            "",
            f"{count(recordists, 'recordist')} {'is' if recordists == 1 else 'are'} named.",
            "",
            *_table("archive", self._archives),
            "## How they were made ready",
            "",
            f"- {lost} lost stretches, such as human voices, on the way here.",
            "- `source_onset` and `source_offset` give the place of a row in its raw file.",
            f"- Sampling rates in Hz: {rates}.",
            f"- Annotations with times: {self._annotations:,}.",
            "",
            "## Classes",
            "",
            *_table("class", self._labels),
            "## To be filled in",
            "",
            "What the data are for, what they must not be used for, who looks after them.",
        ]
        return "".join(f"{line}\n" for line in lines)


def _table(name: str, counts: Counter[str]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"| {name} | rows |", "|---|---|"]
    lines += [f"| {_cell(label) or '(none)'} | {n:,} |" for label, n in ordered[:_LISTED]]
    if len(ordered) > _LISTED:
        rest = sum(n for _, n in ordered[_LISTED:])
        lines.append(f"| {len(ordered) - _LISTED:,} more | {rest:,} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def hub_license(words: str) -> str | None:
    """Name a licence as the Hub does, or `None` where it is not one of Creative Commons.

    Examples
    --------
    >>> hub_license("https://creativecommons.org/licenses/by-nc-sa/4.0/"), hub_license("CC0 1.0")
    ('cc-by-nc-sa-4.0', 'cc0-1.0')
    """
    found = granted(" ".join(words.lower().split()))
    if found is None or (found.parts and found.version not in _VERSIONS.get(found.name, ())):
        return None
    return found.code.lower() if found.parts or found.waived else None


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the card of a set of rows, and return how many there are."""
    about, number = Card(), 0
    for row in rows:
        about.add(row)
        number += 1
    about.write(out)
    return number
