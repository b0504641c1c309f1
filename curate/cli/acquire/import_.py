"""`curate import`."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli import _complete
from curate.cli._help import INPUT, SELECTION
from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    RetryOption,
)
from curate.cli._output import Output, count, duration, expected

if TYPE_CHECKING:
    from curate.model import Problem
    from curate.steps.acquire.import_summary import ExplainedTable, ImportSummary


#: Endings that are listed; the rest is counted.
_ENDINGS = 12

#: What folders of cards are, by what they were taken for.
_NO_CLASSES = {"site": "sites", "ignore": "neither sites nor classes"}


def import_(
    paths: Annotated[list[Path], Argument(metavar="PATH...", help="Folders, tables or audio files.")],
    dataset: DatasetOption = None,
    format: Annotated[
        str,
        Option(
            metavar="FORMAT",
            autocompletion=_complete.formats_read,
            help="Format, for example raven. auto recognises it. An unknown name prints the list.",
            rich_help_panel=INPUT,
        ),
    ] = "auto",
    label_column: Annotated[
        str | None, Option(metavar="NAME", help="Column with the labels.", rich_help_panel=INPUT)
    ] = None,
    path_column: Annotated[
        str | None, Option(metavar="NAME", help="Column with the audio files.", rich_help_panel=INPUT)
    ] = None,
    audio_folder: Annotated[
        Path | None,
        Option(
            metavar="DIR",
            show_default="next to the table",
            help="Folder of the audio files that a table names.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    layer: Annotated[
        str | None,
        Option(
            metavar="NAME",
            show_default="annotations, or the program that detected",
            autocompletion=_complete.layers,
            help="Layer for the annotations. New ones replace those that it has of a recording.",
        ),
    ] = None,
    as_labels: Annotated[
        bool, Option("--as-labels", help="Label recordings by the classes annotated or detected in them.")
    ] = False,
    min_score: Annotated[
        float,
        Option(
            metavar="SCORE",
            help="Leave out annotations and detections below this score, from 0 to 1.",
            rich_help_panel=SELECTION,
        ),
    ] = 0.0,
    recorder: Annotated[
        bool,
        Option(
            "--recorder",
            help="Read folders as cards of recorders, and the metadata of known files again.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    folders: Annotated[
        str,
        Option(
            metavar="ROLE",
            help="Meaning of folders: label, site or ignore. auto means site where recorders named the "
            "files, else label.",
            rich_help_panel=INPUT,
        ),
    ] = "auto",
    name_pattern: Annotated[
        str | None,
        Option(
            metavar="PATTERN",
            help="Pattern of file names, for example '{site}_{date}_{time}'.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    zone: Annotated[
        str | None,
        Option(
            metavar="ZONE",
            help="Time zone of clocks that name none, for example UTC, +10:00 or Australia/Brisbane.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    sites: Annotated[
        Path | None,
        Option(
            metavar="TABLE",
            help="Table of sites, with the columns site, latitude, longitude and perhaps zone.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    replace_changed: Annotated[
        bool,
        Option("--replace-changed", help="Accept changed bytes, labels and fields of known recordings."),
    ] = False,
    retry_failed: RetryOption = False,
    explain_table: Annotated[
        bool,
        Option(
            "--explain-table",
            help="Print the meaning of each column and three rows. Writes nothing.",
            rich_help_panel=INPUT,
        ),
    ] = False,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Register the recordings of a folder or table in a dataset.

    Files stay where they are, and are only read. A folder is read as <label>/<file>, an unpacked BirdCLEF
    set by its tables, and a table by its columns. Importing again adds only what is new.

    Annotations of Raven, Audacity, Label Studio and others become a layer of segments. Detections of
    BirdNET, Kaleidoscope, batdetect2 and Perch become a layer with scores. They label recordings only
    with --as-labels.

    Examples
    --------
    Make a dataset of an unpacked BirdCLEF set:

        curate import birdclef-2025 --dataset birds

    Read the card of a recorder whose clock is in UTC:

        curate import SD-CARD --recorder --zone UTC --dataset forest

    See how a table would be read:

        curate import birdclef-2025/train.csv --explain-table
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.acquire import import_ as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.import_(
            birds,
            paths,
            format=format,
            label_column=label_column,
            path_column=path_column,
            audio_folder=audio_folder,
            layer=layer,
            as_labels=as_labels,
            min_score=min_score,
            recorder=recorder,
            folders=folders,
            name_pattern=name_pattern,
            zone=zone,
            sites=sites,
            replace_changed=replace_changed,
            retry_failed=retry_failed,
            explain_table=explain_table,
            jobs=jobs,
            engine=engine,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.result(summary, lambda: show_import(out, summary, birds.folder, dry_run=dry_run))
    if summary.failed or summary.unused:
        raise Exit(3)


def show_import(out: Output, summary: ImportSummary, folder: Path, *, dry_run: bool) -> None:
    """Print what an import did."""
    listed = [_into(folder, problem) for problem in summary.problems if problem.kind not in _SUMMED]
    out.problems(listed, summary.problem_counts)
    for table in summary.tables:
        _show_table(out, table)
    if dry_run or summary.tables:
        _show_passed_over(out, summary)
        _show_work(out, summary)
        _show_folders(out, summary)
        for example in summary.names:
            told = (example.start and f"begins {example.start}", example.site and f"site {example.site}")
            more = (example.device, example.serial)
            out.line(f"  {example.name}: {', '.join(filter(None, (*told, *more))) or 'lacks all facts'}")
        _show_not_used(out, summary)
        return
    out.problems(summary.damage, Counter(damaged=summary.damaged))
    replaced = f", {summary.replaced:,} replaced" if summary.replaced else ""
    relabelled = f" ({summary.relabelled:,} relabelled)" if summary.relabelled else ""
    completed = f" ({summary.completed:,} with more fields)" if summary.completed else ""
    moved = f" ({summary.moved:,} at a new place)" if summary.moved else ""
    damaged = f", {summary.damaged:,} damaged" if summary.damaged else ""
    unlabelled = f", {summary.unlabelled:,} without a label" if summary.unlabelled else ""
    out.line(
        f"{count(summary.recordings, 'recording')} found: "
        f"{summary.added:,} new ({duration(summary.audio_seconds)}), "
        f"{summary.known:,} known{moved}{relabelled}{completed}{replaced}. "
        f"{summary.failed:,} failed{damaged}{unlabelled}. Dataset: {folder}"
    )
    _show_passed_over(out, summary)
    _show_parts(out, summary)
    _show_folders(out, summary)
    _show_recorders(out, summary)
    is_card = summary.recorders.started or _NO_CLASSES.keys() & set(summary.folders.values())
    if summary.failed < summary.recordings == summary.unlabelled and not (is_card or summary.layers):
        out.line(
            "all recordings lack a label. Name folders by class, or import a table "
            "(curate import TABLE, with --label-column for a column of another name)"
        )
    if summary.limited:
        out.line(
            f"of {count(summary.limited, 'recording')} only the stretches that the manifest names are kept"
        )
    _show_annotations(out, summary)
    _show_not_used(out, summary)


def _show_annotations(out: Output, summary: ImportSummary) -> None:
    """Say into which layers annotations went, and what became of them."""
    for layer, number in sorted(summary.layers.items()):
        of = f" of {count(summary.annotated, 'recording')}" if len(summary.layers) == 1 else ""
        out.line(f"{count(number, 'annotation')}{of} in layer {layer}")
    if summary.replaced_annotations:
        earlier = count(summary.replaced_annotations, "annotation")
        out.line(f"they replace {earlier} of an earlier import. To have both, import one with --layer NAME")
    if summary.left_alone:
        out.line(f"annotations of {count(summary.left_alone, 'other recording')} stay in the layer")
    if summary.led_to_sound:
        slow = count(summary.led_to_sound, "annotation")
        out.line(
            f"{slow} of files that play slower than the sound was: their seconds and Hz were those of the "
            "file as it plays, and are now those of the sound"
        )
    if summary.clipped:
        out.line(f"{count(summary.clipped, 'annotation')} clipped at the end of the recording")


def _into(folder: Path, problem: Problem) -> Problem:
    """Name the dataset in an import that a message advises: as it stands it would make another one here."""
    if os.path.abspath(folder) == os.path.abspath(os.curdir):
        return problem
    command = f"curate import --dataset {shlex.quote(str(folder))} "
    return replace(problem, reason=problem.reason.replace("curate import ", command))


def _show_folders(out: Output, summary: ImportSummary) -> None:
    """Say which folders were taken for sites, and how to have it otherwise."""
    for role, what in _NO_CLASSES.items():
        folders = sorted(name for name, taken in summary.folders.items() if taken == role)
        if folders:
            more = f" and {len(folders) - _ENDINGS:,} more" if folders[_ENDINGS:] else ""
            named = ", ".join(folders[:_ENDINGS]) + more
            out.line(f"folders read as {what}: {named} (--folders label reads them as classes)")


def _show_recorders(out: Output, summary: ImportSummary) -> None:
    """Count what recorders told."""
    told = summary.recorders
    if not (told.started or told.sites or told.devices or told.placed or told.expanded or told.wrong_clock):
        return  # a comment on who encoded the file is kept, but no recorder has spoken
    parts = [f"{told.started:,} began at a known time ({told.zoned:,} with its zone)"]
    parts += [count(len(told.sites), "site")] if told.sites else []
    parts += [count(len(told.devices), "device")] if told.devices else []
    by_table = f" ({told.remembered:,} by an earlier table of sites)" if told.remembered else ""
    parts += [f"{told.placed:,} with a position{by_table}"] if told.placed else []
    parts += [f"{told.expanded:,} expanded in time"] if told.expanded else []
    parts += [f"{told.wrong_clock:,} by a wrong clock, which give no date"] if told.wrong_clock else []
    out.line(f"recorders describe {count(told.recordings, 'recording')}: {', '.join(parts)}")
    if summary.beside:
        read = ", ".join(f"{number:,} {kind}" for kind, number in sorted(summary.beside.items()))
        out.line(f"read with them: {read}")


def _show_work(out: Output, summary: ImportSummary) -> None:
    """Tell what an import would open."""
    known = f", {summary.known:,} known" if summary.known else ""
    opened = ""
    if summary.added:
        size = f"about {duration(summary.audio_seconds)}, {summary.bytes / 1e6:,.1f} MB"
        opened = f": open {summary.added:,} ({size}){known}: {expected(summary.expected_s)}"
    elif known:
        opened = f": nothing new{known}"
    out.line(f"would import {count(summary.recordings, 'recording')}{opened}")


def _show_parts(out: Output, summary: ImportSummary) -> None:
    """Count the recordings of each part of a set."""
    if summary.parts:
        told = ", ".join(f"{number:,} {part}" for part, number in sorted(summary.parts.items()))
        out.line(f"parts of the set: {told}. curate split keeps test recordings out of training")


def _show_passed_over(out: Output, summary: ImportSummary) -> None:
    """Count by ending what lies in the folders and is no recording, and say what makes one of it."""
    from curate.formats.files.walk import REMEDIES

    if not summary.passed_over:
        return
    counts = sorted(summary.passed_over.items(), key=lambda each: (-each[1], each[0]))
    more = len(counts) - _ENDINGS
    told = [f"{number:,} {ending}" for ending, number in counts[:_ENDINGS]]
    told += [f"{more:,} more endings (--json has all)"] if more > 0 else []
    out.line(f"passed over: {', '.join(told)}")
    for ending in sorted(REMEDIES.keys() & summary.passed_over.keys()):
        out.line(f"  {ending}: {REMEDIES[ending]}")


#: Kinds of problems that the last line sums up, by name.
_SUMMED = frozenset({"unused-column"})

#: Reasons that are named in it, at most.
_REASONS = 12


def _show_not_used(out: Output, summary: ImportSummary) -> None:
    """Print what of the sources was not used; nothing if all of it was."""
    parts = []
    for what, reasons in summary.not_used.items():
        named = sorted(reasons.items())
        words = ", ".join(_reason(what, reason, number) for reason, number in named[:_REASONS])
        more = f", {len(named) - _REASONS:,} more" if len(named) > _REASONS else ""
        parts.append(f"{count(reasons.total(), what.removesuffix('s'))} ({words}{more})")
    if summary.below_score:
        parts.append(f"{count(summary.below_score, 'annotation')} below the least score")
    if parts:
        out.line(f"left out: {', '.join(parts)}")


def _reason(what: str, reason: str, number: int) -> str:
    return reason if what == "columns" else f"{number:,} {reason}"


def _show_table(out: Output, table: ExplainedTable) -> None:
    """Print how a table is read."""
    rows = [(column or "(without a name)", what or "not used") for column, what in table.columns.items()]
    out.table(f"{table.path}, read as {table.format}", ("column", "taken for"), rows)
    for number, row in enumerate(table.rows, start=1):
        out.facts(f"row {number}", ((name, str(value)) for name, value in row.items()))
