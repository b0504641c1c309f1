"""BirdCLEF competitions, 2021 to 2026: what Kaggle unpacks, read and written.

Which year a folder is shows in what is there: ``train.csv`` or ``train_metadata.csv``,
``train_audio`` or ``train_short_audio`` (2021: file names without their folder), and
``taxonomy.csv`` since 2025. Soundscapes are read as unlabelled recordings. The tables of
labelled soundscapes (2021, 2026) are reported: their rows are five-second windows, which
`birdclef_soundscapes` reads.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date, time
from pathlib import Path
from typing import Any

from curate.errors import FormatError, UsageError
from curate.formats import Report, parse
from curate.formats.files import origins
from curate.formats.files.export_folder import Hold, Place, check_ours, link_folder, made_beside
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import whole_file
from curate.formats.files.walk import audio_files
from curate.formats.tables import recording_rows, table
from curate.formats.tables.csv import Sheet, writer_to
from curate.formats.trainers import birdclef_soundscapes
from curate.formats.trainers.birdclef_carry_over import Originals, is_soundscape, placed_last
from curate.formats.trainers.birdclef_years import AUDIO, SOUNDSCAPES, TABLES, TAXONOMY_COLUMNS, YEARS, Layout
from curate.model import Problem, Row

#: The table of folds, and its columns: what a competition's own tables have no place for.
FOLDS = "folds.csv"
FOLD_COLUMNS = ("filename", "primary_label", "fold", "weight", "copies")

# 2021: <id>_<site>_<date>; since 2022: <site>_<date>_<time>, in places with words before.
_NIGHT = re.compile(r"\d+_(?P<site>[^_]+)_(?P<date>\d{8})")
_MINUTE = re.compile(r"(?:.+_)?(?P<site>[^_]+)_(?P<date>\d{8})_(?P<time>\d{6})")


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read the folder of a competition, or one table in it.

    First come the rows of the table, then the soundscapes as unlabelled recordings. Reported
    are rows without a file, files without a row and second rows for a file. A rating of 0
    means unrated and is read as None.

    Raises
    ------
    FormatError
        If there is no table, no audio folder next to it, or a column is missing.
    UsageError
        If a column is named.
    """
    refuse_columns("birdclef", label_column, path_column, audio_folder)
    source = _first(path, TABLES) if path.is_dir() else path
    sheet = Sheet.open(source)
    missing = [name for name in ("primary_label", "filename") if name not in sheet.columns]
    if missing:
        raise FormatError(
            f"{source} is no table of BirdCLEF: it lacks {' and '.join(missing)}",
            hint=f"columns there: {', '.join(sheet.columns)}",
        )
    table.tell_unused(source, taken(source), report)
    return _rows(sheet, _first(source.parent, AUDIO), report)


def taken(path: Path, *, label_column: str | None = None, path_column: str | None = None) -> dict[str, str]:
    """Say what each column of the table is taken for, or empty where it is not used."""
    refuse_columns("birdclef", label_column, path_column)
    source = _first(path, TABLES) if path.is_dir() else path
    columns = Sheet.open(source).columns
    known = table.fields_in(columns) | {"primary_label": table.LABEL, "filename": table.PATH}
    return {column: known.get(column, "") for column in columns}


def _first(folder: Path, names: Iterable[str]) -> Path:
    found = next((folder / name for name in names if (folder / name).exists()), None)
    if found is None:
        there = sorted(os.listdir(folder))[:20]
        raise FormatError(
            f"{folder} is no folder of BirdCLEF: it lacks {' or '.join(names)}",
            hint=f"there are: {parse.printable(', '.join(there)) or 'no files'}",
        )
    return found


def _rows(sheet: Sheet, audio: Path, report: Report) -> Iterator[Row]:
    root = os.path.abspath(audio)
    present = set(audio_files(root, report, passed_over=report))
    taxa = _taxonomy(sheet.path.parent / "taxonomy.csv", report)
    meaning = table.Meaning(sheet.columns, sheet.path)
    named: set[str] = set()
    for line, record in sheet.records(report):
        here = f"{sheet.path}:{line}"
        label, name = parse.text(record["primary_label"]), record["filename"]
        if not label or not name:
            report(Problem("bad-row", here, "it lacks primary_label or filename"))
            continue
        path = os.path.abspath(os.path.join(root, name if "/" in name else os.path.join(label, name)))
        if path in named:
            report(Problem("bad-row", here, f"a second row for {path}"))
            continue
        named.add(path)
        if path not in present and not os.path.isfile(path):
            report(Problem("row-without-file", path, f"named in {here}"))
            continue
        fields = meaning.fields(record, line, report)
        fields["extra"] = {**taxa.get(label, {}).get("extra", {}), **fields["extra"], "filename": name}
        yield _row(path, label, {**taxa.get(label, {}), **fields})
    for path in sorted(present - named):
        report(Problem("file-without-row", path, f"its row is missing in {sheet.path}"))
    yield from _soundscapes(sheet.path.parent, report)
    for name in birdclef_soundscapes.TABLES:
        labels = sheet.path.with_name(name)
        if labels.is_file():
            words = f"labels of soundscapes; to read them: curate import {shlex.quote(str(labels))}"
            report(Problem("unused-file", str(labels), words))


def _row(path: str, label: str, fields: dict[str, Any]) -> Row:
    if not fields.get("rating"):
        fields.pop("rating", None)
    if fields.get("archive") not in origins.PREFIXES.values():
        fields.pop("archive", None)
    return recording_rows.row(path, label, fields, elsewhere="birdclef")


def _taxonomy(path: Path, report: Report) -> dict[str, dict[str, Any]]:
    """Read what the taxonomy knows of each label; it is absent before 2025."""
    if not path.is_file():
        return {}
    sheet = Sheet.open(path)
    if "primary_label" not in sheet.columns:
        report(Problem("bad-row", str(path), "it lacks the column primary_label and is left out"))
        return {}
    meaning = table.Meaning(sheet.columns, path)
    return {
        parse.text(record["primary_label"]): meaning.fields(record, line, report)
        for line, record in sheet.records(report)
    }


def _soundscapes(folder: Path, report: Report) -> Iterator[Row]:
    for name in SOUNDSCAPES:
        root = os.path.abspath(folder / name)
        if os.path.isdir(root):
            for path in audio_files(root, report):
                when, extra = _place_and_time(origins.audio_name(path))
                yield Row(path=path, archive="birdclef", date=when, extra=extra)


def _place_and_time(stem: str) -> tuple[str, dict[str, str]]:
    """Date, and locality and time, as far as the name of a soundscape tells."""
    match = _MINUTE.fullmatch(stem) or _NIGHT.fullmatch(stem)
    if match is None:
        return "", {}
    found = match.groupdict()
    extra = {"locality": parse.printable(found["site"])}
    try:
        if "time" in found:
            extra["time"] = time.fromisoformat(found["time"]).isoformat()
        return date.fromisoformat(found["date"]).isoformat(), extra
    except ValueError:  # digits, but no date
        return "", {}


def write(
    rows: Iterable[Row], out: Path, *, year: int = 2025, hold: Hold = "symlink", folds: bool = False
) -> int:
    """Write a table of BirdCLEF, and next to it the audio folder as links.

    A notebook made for the year runs on the folder of `out`. Since 2025 ``taxonomy.csv`` is written
    too. Of recordings that lie in an original folder, what else it holds goes along: soundscapes, classes
    without a recording, and its other files. Other unlabelled rows are left out. Folds, weights and copies
    have no column here: they go into ``folds.csv`` next to it, which a notebook joins by ``filename``.

    Parameters
    ----------
    out
        The table, for example ``train.csv``.
    year
        Whose columns and folders to use, 2021 to 2026.
    hold
        How the audio comes into its folder.
    folds
        Whether there are any, so that ``folds.csv`` is written.

    Raises
    ------
    UsageError
        If the year is unknown, or files of somebody else stand where table, folder or taxonomy
        belong. Nothing is written then.
    FormatError
        If a row is a stretch of a file: the format knows only whole files.
    """
    ours = check_replaceable(out, year=year, folds=folds)
    layout = YEARS[year]
    tables = _tables(out, year=year, folds=folds)
    taxa: dict[str, dict[str, str]] = {}
    count = 0
    with ExitStack() as stack:
        # The folder comes to stand first, since it says that the tables and other files are ours.
        others = stack.enter_context(placed_last(out.parent, hold))
        parts = [stack.enter_context(whole_file(each)) for each in tables]
        beside = ours | {each.name for each in tables}
        place = stack.enter_context(link_folder(out.parent / layout.audio, beside=beside))
        originals = Originals(out.parent, hold, stack)
        with ExitStack() as handles:
            writer, *more = (
                writer_to(
                    handles.enter_context(
                        part.open("w", encoding="utf-8", errors="surrogateescape", newline="")
                    )
                )
                for part in (parts[0], *(parts[-1:] if folds else ()))
            )
            writer.writerow(layout.columns)
            for sheet in more:
                sheet.writerow(FOLD_COLUMNS)
            for row, name in _placed(rows, place, hold, originals):
                record = _record(row, name, layout)
                writer.writerow([record[column] for column in layout.columns])
                for sheet in more:
                    sheet.writerow((record["filename"], row.label, row.fold, row.weight, row.copies))
                known = taxa.setdefault(row.label, {"primary_label": row.label})
                known |= {column: known.get(column) or record[column] for column in TAXONOMY_COLUMNS[1:]}
                count += 1
        originals.complete()
        if layout.taxonomy:
            for known in originals.taxa():
                taxa.setdefault(known["primary_label"], known)
            _write_taxonomy(taxa, parts[1])
        others |= originals.others(without={*TABLES, *(each.name for each in tables)}, ours=ours)
        beside.update(others)  # read again by `link_folder` when it closes
    if not folds and FOLDS in ours and FOLDS not in others:
        out.with_name(FOLDS).unlink(missing_ok=True)  # of an earlier export, which had some
    return count


def _tables(out: Path, *, year: int, folds: bool) -> list[Path]:
    if year not in YEARS:
        raise UsageError(f"unknown year of BirdCLEF: {year}", hint=f"there are: {', '.join(map(str, YEARS))}")
    wanted = {"taxonomy.csv": YEARS[year].taxonomy, FOLDS: folds}
    return [out, *(out.with_name(name) for name, is_written in wanted.items() if is_written)]


def check_replaceable(out: Path, *, year: int = 2025, folds: bool = False) -> set[str]:
    """Make sure that only an earlier export is written over; names its tables that are there.

    Raises
    ------
    UsageError
        As `write_manifest`.
    """
    folder, tables = out.parent, _tables(out, year=year, folds=folds)
    made = [made_beside(folder / audio) for audio in AUDIO]
    # Its own tables are CSV: the audio of a table of another format, such as train.parquet, is left to that.
    sets = (names for names in made if any(name.endswith(".csv") for name in names))
    ours = {name for names in sets for name in names if (folder / name).exists()}
    for each in tables:
        if os.path.lexists(each) and not each.is_dir() and each.name not in ours:
            raise UsageError(
                f"refused to replace {each}: it was made by something else",
                hint="write to another folder, or move it away",
            )
    check_ours(folder / YEARS[year].audio, beside=ours | {each.name for each in tables})
    return ours


def _placed(rows: Iterable[Row], place: Place, hold: Hold, originals: Originals) -> Iterator[tuple[Row, str]]:
    """Link each row's audio; gives the labelled rows, and their names below the audio folder."""
    paths: set[str] = set()
    taken: set[str] = set()
    for row in rows:
        originals.note(row)
        if is_soundscape(row):
            originals.place(row)
        if not row.label:
            continue
        if row.onset > 0 or row.path in paths:
            raise FormatError(
                f"{row.path} is used in part, and BirdCLEF tables name only whole files",
                hint="use --audio clean, or auto after rendering",
            )
        paths.add(row.path)
        stem, suffix = _stem(row), os.path.splitext(row.path)[1]
        names = (f"{origins.safe_name(row.label)}/{stem}{again}{suffix}" for again in _agains())
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        place(name, os.path.abspath(row.path), hold)
        yield row, name


def _agains() -> Iterator[str]:
    """Count the recordings that would be named alike."""
    yield ""
    yield from (f"_{count}" for count in itertools.count(2))


def _stem(row: Row) -> str:
    known = row.extra.get("filename")
    if known:
        return origins.safe_name(origins.audio_name(known))
    return origins.file_stem(row.recording_id) if row.recording_id else Path(row.path).stem


def _record(row: Row, name: str, layout: Layout) -> Mapping[str, Any]:
    """Name the value of every column of every year."""
    return {
        "primary_label": row.label,
        "secondary_labels": _list_text(row.secondary_labels, layout),
        "type": _list_text(parse.names(row.extra.get("sound_type", "")), layout),
        "latitude": row.latitude,
        "longitude": row.longitude,
        "scientific_name": row.scientific_name,
        "common_name": row.common_name,
        "class_name": row.class_name,
        "inat_taxon_id": row.extra.get("inat_taxon_id") or (row.label if row.label.isdecimal() else ""),
        "author": row.recordist,
        "date": row.date,
        "filename": os.path.basename(name) if layout.bare else name,
        "license": row.license,
        "rating": row.rating or 0.0,
        "time": row.extra.get("time", ""),
        "url": row.url,
        "collection": origins.collection_from(row.archive),
    }


def _list_text(names: tuple[str, ...], layout: Layout) -> str:
    return repr(list(names)) if names else layout.empty


def _write_taxonomy(taxa: Mapping[str, Mapping[str, str]], out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as handle:
        writer = writer_to(handle)
        writer.writerow(TAXONOMY_COLUMNS)
        writer.writerows([taxa[label][column] for column in TAXONOMY_COLUMNS] for label in sorted(taxa))
