"""The tables of the page: what stands in their columns, in words.

On a narrow screen a row becomes a line of names and values, so every cell knows its column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from curate.formatting import duration, share
from curate.reporting.facts import ClassFacts, ReportFacts, SourceFacts

#: Rows of a table that are in the page; `curate report --json` has all.
ROWS = 200

Kind = Literal["", "n", "wide"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Parameters
    ----------
    columns
        Name and kind: ``n`` for numbers, ``wide`` for text that breaks anywhere.
    rows
        As many cells each; the first one names the row.
    of
        Rows that there are: more than `rows` where some were left out.
    """

    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[str]]
    of: int


def hours(seconds: float) -> str:
    """Say a length: in hours where there are days of it.

    Examples
    --------
    >>> hours(75), hours(3_000_000)
    ('1 min 15 s', '833 h')
    """
    full = seconds / 3600
    return duration(seconds) if full < 100 else f"{full:,.0f} h"  # noqa: PLR2004


def ending(path: str) -> str:
    """Give the end of a path: what comes before says more of a disk than of a recording.

    Examples
    --------
    >>> ending("/disk/birds/owl/a.wav"), ending("a.wav")
    ('owl/a.wav', 'a.wav')
    """
    return "/".join(path.split("/")[-2:])


def tables(facts: ReportFacts) -> dict[str, Table]:
    """Make every table, also empty ones."""
    return {name: make(facts) for name, make in _TABLES.items()}


def _table(columns: Mapping[str, Kind], rows: Iterable[Sequence[object]]) -> Table:
    found = [[_cell(cell) for cell in row] for row in rows]
    return Table(list(columns.items()), found[:ROWS], len(found))


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else value if isinstance(value, str) else str(value)


def _change(before: str, after: str) -> str:
    if before == after:
        return after
    return Markup('{} <span class="soft">of {}</span>').format(after, before)


def _in_and_out(row: ClassFacts | SourceFacts) -> tuple[str, str]:
    recordings = _change(f"{row.recordings_in:,}", f"{row.recordings_out:,}")
    return recordings, _change(hours(row.seconds_in), hours(row.seconds_out))


def _classes(facts: ReportFacts) -> Table:
    def mark(row: ClassFacts) -> str:
        if not row.rare:
            return ""
        return Markup('<span class="rare">{}</span>').format("rare" if row.recordings_out else "lost")

    columns: dict[str, Kind] = {"label": "", "name": "", "recordings": "n", "length": "n", "": ""}
    return _table(
        columns,
        (
            (row.label, row.common_name or row.scientific_name, *_in_and_out(row), mark(row))
            for row in facts.classes
        ),
    )


def _sources(first: str, rows: Sequence[SourceFacts]) -> Table:
    columns: dict[str, Kind] = {first: "", "recordings": "n", "length": "n", "classes": "n", "failed": "n"}
    return _table(columns, ((row.name, *_in_and_out(row), row.classes, row.failed) for row in rows))


def _voices(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "archive": "",
        "scanned": "n",
        "with voice": "n",
        "share": "n",
        "voice": "n",
    }
    return _table(
        columns,
        (
            (
                row.archive,
                row.looked_at,
                row.with_voice,
                share(row.with_voice, row.looked_at),
                hours(row.voice_seconds),
            )
            for row in facts.voices
        ),
    )


def _lift(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "class": "",
        "archive": "",
        "with voice": "n",
        "share": "n",
        "rest": "n",
        "lift": "n",
    }
    return _table(
        columns,
        (
            (
                row["label"],
                row["archive"],
                f"{row['flagged']:,} of {row['recordings']:,}",
                share(row["rate"], 1),
                share(row["base_rate"], 1),
                f"{row['lift']:.1f}" if row["base_rate"] else "∞",
            )
            for row in facts.lift
        ),
    )


def _cuts(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "step": "",
        "action": "",
        "reason": "wide",
        "recordings": "n",
        "cuts": "n",
        "length": "n",
    }
    return _table(
        columns,
        (
            (row["step"], row["action"], row["reason"], row["recordings"], row["cuts"], hours(row["seconds"]))
            for row in facts.cuts
        ),
    )


def _layers(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "layer": "",
        "scanned": "n",
        "left to scan": "n",
        "failed": "n",
        "found in": "n",
        "segments": "n",
        "length": "n",
    }
    keys = ("layer", "looked_at", "waiting", "failed", "recordings", "segments")
    return _table(columns, ((*(row[key] for key in keys), hours(row["seconds"])) for row in facts.layers))


def _found(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "layer": "",
        "label": "wide",
        "recordings": "n",
        "segments": "n",
        "length": "n",
    }
    return _table(
        columns,
        (
            (row["layer"], row["label"], row["recordings"], row["segments"], hours(row["seconds"]))
            for row in facts.found
            if row["layer"] != "speech"
        ),
    )


def _reviewers(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "reviewer": "",
        "verdicts": "n",
        "recordings": "n",
        "cut": "n",
        "kept": "n",
        "dropped": "n",
        "labels": "n",
        "latest": "",
    }
    keys = ("reviewer", "verdicts", "recordings", "cut", "keep", "drop", "labels")
    rows: list[dict[str, Any]] = facts.review.reviewers if facts.review else []
    return _table(columns, ((*(row[key] for key in keys), row["latest"][:10]) for row in rows))


def _sample(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "class": "",
        "heard": "n",
        "right": "n",
        "share": "n",
        "interval of 95 %": "n",
    }
    return _table(
        columns,
        (
            (
                row.name,
                row.n,
                row.right,
                share(row.right, row.n),
                f"{share(row.low, 1)} to {share(row.high, 1)}",
            )
            for row in (facts.review.sample if facts.review else [])
        ),
    )


def _duplicates(facts: ReportFacts) -> Table:
    kinds = facts.duplicates.kinds if facts.duplicates else []
    return _table({"the same": "", "pairs": "n"}, ((row["kind"], row["pairs"]) for row in kinds))


def _folds(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "fold": "",
        "recordings": "n",
        "share": "n",
        "length": "n",
        "classes": "n",
        "with copies": "n",
    }
    return _table(
        columns,
        (
            (
                row.name,
                row.recordings,
                share(row.recordings, facts.goes_out.recordings),
                hours(row.seconds),
                f"{row.classes:,} of {facts.goes_out.classes:,}",
                row.copies,
            )
            for row in facts.folds
        ),
    )


def _divided(facts: ReportFacts) -> Table:
    def place(row: Mapping[str, Any]) -> str:
        if row["latitude"] is None or row["longitude"] is None:
            return str(row["site"])
        return f"{row['latitude']:.3f}, {row['longitude']:.3f}"

    columns: dict[str, Kind] = {"recordist": "", "place": "", "folds": "", "recordings": "n"}
    return _table(
        columns,
        (
            (row["recordist"] or "unknown", place(row), ", ".join(map(str, row["folds"])), row["recordings"])
            for row in (facts.leakage.worst if facts.leakage else [])
        ),
    )


def _failures(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {"step": "", "why": "wide", "recordings": "n", "the first": "wide"}
    return _table(
        columns,
        ((row["step"], row["reason"], row["recordings"], ending(row["path"])) for row in facts.failures),
    )


def _problems(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {"what": "wide", "recordings": "n", "the first": "wide"}
    return _table(
        columns, ((row["reason"], row["recordings"], ending(row["path"])) for row in facts.problems)
    )


def _recorders(facts: ReportFacts) -> Table:
    columns: dict[str, Kind] = {
        "site": "", "recorder": "", "schedule": "", "from": "", "to": "",
        "nights": "n", "length": "n", "remarks": "wide",
    }  # fmt: skip
    return _table(
        columns,
        (
            (
                row.site or "unknown",
                row.recorder,
                row.schedule,
                row.first,
                row.last,
                len(row.nights) - len(row.missing),
                hours(row.seconds),
                ", ".join(row.remarks),
            )
            for row in facts.recorders
        ),
    )


_TABLES: dict[str, Callable[[ReportFacts], Table]] = {
    "archives": lambda facts: _sources("archive", facts.archives),
    "classes": _classes,
    "cuts": _cuts,
    "divided": _divided,
    "duplicates": _duplicates,
    "failures": _failures,
    "folds": _folds,
    "found": _found,
    "layers": _layers,
    "licenses": lambda facts: _sources("licence", facts.licenses),
    "lift": _lift,
    "problems": _problems,
    "recorders": _recorders,
    "reviewers": _reviewers,
    "sample": _sample,
    "voices": _voices,
}
