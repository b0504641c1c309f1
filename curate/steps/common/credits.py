"""Credits of a dataset: ``ATTRIBUTION.csv`` and a readable ``ATTRIBUTION.md`` next to the catalogue.

Creative Commons licences ask for the author, the licence, a link to each, and the changes made
(https://wiki.creativecommons.org/wiki/Recommended_practices_for_attribution).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from curate.archives.licenses import License, normalise
from curate.archives.terms import LicenseCount, in_words, redistribution
from curate.catalogue import attribution
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.formats.files.output import whole_file
from curate.formats.tables.csv import writer_to

TABLE = "ATTRIBUTION.csv"
PAGE = "ATTRIBUTION.md"

COLUMNS = (
    "recording_id",
    "path",
    "label",
    "scientific_name",
    "recordist",
    "license",
    "license_url",
    "url",
    "sources",
    "changes",
)

#: What a step's cuts do to a copy, in words that recordists understand.
_CHANGES = {
    "review/excise": "stretches removed by hand",
    "review/mute": "stretches silenced by hand",
    "strip-voice/excise": "human speech removed",
    "strip-voice/mute": "human speech silenced",
    "trim/excise": "trimmed",
    "trim/mute": "faulty stretches silenced",
}


def write_credits(dataset: Dataset) -> Path:
    """Write both files again, and return the path of the table."""
    table = dataset.folder / TABLE
    by_author: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (
        whole_file(table) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as handle,
    ):
        writer = writer_to(handle)
        writer.writerow(COLUMNS)
        for name, path, label, species, recordist, words, page, url, sources, steps in attribution.credited(
            dataset.store
        ):
            licence = normalise(words)
            row = (recordist, licence.code, page or licence.url, url, sources, _changes(steps))
            writer.writerow((name, _as_path(os.fsdecode(path)), *map(_as_text, (label, species, *row))))
            by_author[recordist, licence.code].append(name)
    with whole_file(dataset.folder / PAGE) as part:
        part.write_text(_page(dataset.store, by_author), encoding="utf-8")
    return table


def has_credits(dataset: Dataset) -> bool:
    """Whether a download wrote credits here: only downloads do."""
    return (dataset.folder / TABLE).is_file()


def refresh_credits(dataset: Dataset, *, changed: int) -> None:
    """Write the credits again, where there are any, after this many recordings or clean copies changed."""
    if changed and has_credits(dataset):
        write_credits(dataset)


def license_counts(spelt: Iterable[tuple[str, int, int]]) -> list[LicenseCount]:
    """Count recordings by licence, from those of each spelling, as `attribution.licenses` lists them."""
    counts: dict[License, list[int]] = defaultdict(lambda: [0, 0])
    for words, recordings, changed in spelt:
        count = counts[normalise(words)]
        count[0] += recordings
        count[1] += changed
    return [
        LicenseCount(licence, *count)
        for licence, count in sorted(counts.items(), key=lambda each: each[0].code)
    ]


#: What a spreadsheet takes for the beginning of a formula, which may send a table to a stranger
#: (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _as_text(cell: str) -> str:
    """Text that a spreadsheet does not calculate: people open this table in one.

    Examples
    --------
    >>> _as_text("=1+1"), _as_text("A. Nonym")
    ("'=1+1", 'A. Nonym')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _as_path(cell: str) -> str:
    """Give the same for a path, which still leads to its file."""
    return f"./{cell}" if cell.startswith(_FORMULA) else cell


def _changes(steps: str) -> str:
    """Say what was changed in a copy."""
    listed = steps.split("; ") if steps else []
    words = ["trimmed"] if any(step.endswith("/excise") for step in listed) else []
    return ", ".join([*words, *dict.fromkeys(_CHANGES.get(step, step.replace("/", ": ")) for step in listed)])


def _page(store: Store, by_author: dict[tuple[str, str], list[str]]) -> str:
    counts = license_counts(attribution.licenses(store))
    lines = [
        "# Credits",
        "",
        f"Who recorded what is in this set; every recording by itself, with links and changes: {TABLE}.",
        "",
    ]
    lines += [
        *in_words(redistribution(counts, named_in=TABLE)),
        "",
        "| licence | recordings | changed copies |",
        "|---|---|---|",
    ]
    for count in counts:
        name = f"[{count.license.code}]({count.license.url})" if count.license.url else count.license.code
        lines.append(f"| {name} | {count.recordings:,} | {count.changed:,} |")
    lines += ["", "## Recordists", ""]
    for (recordist, code), names in sorted(by_author.items()):
        lines.append(f"- {_plain(recordist) or 'not named'}, {code}: {', '.join(map(_plain, names))}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text that Markdown does not take for its own."""
    safe = "".join(f"\\{each}" if each in "\\`*_[]<>#|" else each for each in " ".join(text.split()))
    return safe.encode("utf-8", "replace").decode("utf-8")
