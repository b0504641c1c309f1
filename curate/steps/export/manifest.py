"""`curate manifest`: the kept stretches, for any trainer: a table, or a folder with audio."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from curate import speeds
from curate.catalogue import assignments, damage, layers, listings
from curate.catalogue.dataset import Dataset
from curate.decisions.row_labels import check_overlap
from curate.decisions.windows import Windowing
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.errors import FormatError, UsageError
from curate.formats import WRITERS
from curate.formats.files import written_tables
from curate.formats.files.export_folder import check_ours
from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.lookup import check_local, resolve
from curate.model import Row
from curate.progress import Progress, silent
from curate.recorders.sun import SunFilter
from curate.steps.balance.window_rows import is_counted, load_windowing
from curate.steps.common.export_states import LayerMarks, Seen
from curate.steps.export import chosen_folds, convert_audio, export_record, write_export
from curate.steps.export.audio_mode import check_holding, check_words, export_format
from curate.steps.export.carried_annotations import which_layer
from curate.steps.export.convert_audio import Conversion
from curate.steps.export.manifest_rows import AudioChoice
from curate.steps.export.manifest_source import ManifestSource
from curate.steps.export.manifest_summary import ManifestSummary
from curate.steps.export.publish_export import publish
from curate.steps.export.write_export import Plan
from curate.storage.address import address_of

#: Formats of the neutral manifest, which know their own files.
_NEUTRAL = frozenset({"csv", "jsonl", "parquet"})


def manifest(
    dataset: Dataset,
    out: str | os.PathLike[str],
    *,
    format: str | None = None,
    audio: str = "auto",
    audio_mode: str | None = None,
    layer: str | None = None,
    soft_labels: str | None = None,
    window: float | None = None,
    hop: float | None = None,
    min_label_overlap: float = 0.0,
    folds: str | None = None,
    sr: int | None = None,
    channels: int | None = None,
    codec: str | None = None,
    year: int | None = None,
    label_column: str | None = None,
    shard_mb: int | None = None,
    skip_flagged: bool = False,
    sun: str | None = None,
    repeat: bool = False,
    relative: bool = False,
    keep_names: bool = False,
    jobs: int | None = None,
    engine: str | Engine = "local",
    dry_run: bool = False,
    progress: Progress = silent,
) -> ManifestSummary:
    """Write a manifest.

    Parameters
    ----------
    out
        The file or folder; it appears whole or not at all, the same bytes for the same dataset. Or an
        address in object storage, such as ``s3://bucket/train.parquet``.
    format
        A key of `WRITERS`; None goes by the file's ending.
    audio
        ``auto`` points at clean copies where there are any, ``raw`` never does, ``clean`` gives whole
        files only. BirdCLEF tables always hold whole files.
    audio_mode
        How the export holds its audio: ``link`` refers to it where it lies; ``symlink``, ``hardlink`` and
        ``copy`` put it beside the table or into the folder, ``embed`` into the files. None takes what is
        usual for the format.
    layer
        Annotations of this layer (``auto``: of the imported one, if there is one) go along, carried through
        the time map; only recordings that it has looked at take part.
    soft_labels
        Recordings of this round of `pseudo-label` have a row for each of its windows, with the
        scores in the column of this name.
    window, hop : seconds
        Cut what is kept into windows, by the rule of `curate windows`; `hop` is `window` where None.
    min_label_overlap : seconds
        How much of a window an annotation must fill to label it.
    folds
        Only these, such as ``0,1``; with splits ``train=1,2,3,4 validation=0``.
    sr, channels, codec
        Convert the audio; a killed run goes on where it stopped.
    year
        For ``birdclef``: whose columns to write (2021 to 2026); None takes the writer's default.
    label_column
        For ``raven``: what the column of the label is called.
    shard_mb
        For ``webdataset`` and ``huggingface``: megabytes of a file.
    skip_flagged
        Leave out recordings in which something was flagged instead of cut.
    sun
        Only rows that begin in this part of the day: see `curate windows`. Those of which that is not known
        are left out and counted.
    repeat
        Write a row as often as it trains, with 1 as its number of copies.
    relative
        Write paths from the folder of `out`, so that dataset and manifest can move together.
    keep_names
        Audio in the export keeps its names to the letter, in a folder for each site. Without it names are
        made safe for all formats, and begin as the files do.

    Raises
    ------
    UsageError
        If the format is unknown, an option does not fit it, `out` is there and not ours, or `upsample`
        counted other windows than `window`.
    CatalogueError
        With ``clean``, if a recording has cuts but no clean copy.
    FormatError
        If the format spells two classes alike, so that they would become one; nothing is written.
    NotInCatalogue
        If there is no such layer.
    """
    asked_for = {
        option: value
        for option, value in locals().items()
        if option not in ("dataset", "out", "jobs", "engine", "dry_run", "progress")
    }
    if (address := address_of(out)) is not None:
        machine = {"jobs": jobs, "engine": engine, "progress": progress}
        return publish(dataset, address, manifest, {**asked_for, **machine}, dry_run=dry_run)
    started = time.monotonic()
    target = _target(out)
    name = export_format(target, format)
    write: Callable[..., int] = resolve(name, WRITERS, kind="format")
    shape = LAYOUTS.get(name, ExportLayout())
    choice, asked = check_words(audio, audio_mode)
    choice = _settled(name, shape, choice, repeat=repeat)
    options = _options(name, year=year, label_column=label_column, shard_mb=shard_mb)
    conversion = Conversion(sr, channels, codec)
    convert_audio.check(conversion)
    plan = Plan(
        target, shape, check_holding(name, shape, asked), conversion, name not in _NEUTRAL, keep_names
    )
    _check_plan(plan, name, relative=relative, dry_run=dry_run)
    _check_soft(name, soft_labels, layer, window)
    layer = which_layer(dataset, layer)
    windowing = _windows(window, hop, min_label_overlap)
    wanted = chosen_folds.parse(folds, name, shape)
    summary = ManifestSummary(str(target), name, replaces=export_record.replaced(dataset, target))
    along = layer or soft_labels
    with ExitStack() as stack:
        stack.enter_context(dataset.store.snapshot())
        seen = Seen(None if along is None else LayerMarks(dataset.store, along))
        there = assignments.folds(dataset.store)
        chosen_folds.check(wanted, there)
        if name == "birdclef" and there:
            options["folds"] = True
        whole = name == "birdclef"
        # Annotations lie in whole recordings, unless windows are asked for.
        standing = None if whole or layer is not None else load_windowing(dataset.store)
        summary.uncounted = not is_counted(dataset.store, windowing or standing)
        summary.not_looked_at = listings.not_looked_at(dataset.store)
        marks = [] if layer is not None else layers.imported(dataset.store)
        summary.unused_annotations = sum(number for _, number in marks)
        plan.taxa = listings.names_of_taxa(dataset.store)
        source = ManifestSource(
            dataset,
            flagged=listings.flagged(dataset.store),
            balanced=assignments.are_balanced(dataset.store),
            holes=damage.uncut(dataset.store),
            audio=choice,
            layer=layer,
            soft_labels=soft_labels,
            windowing=windowing,
            min_label_overlap=min_label_overlap,
            folds=wanted,
            repeat=repeat,
            skip_flagged=skip_flagged,
            sun=None if sun is None else SunFilter.of(sun),
            relative_to=target.parent if relative else None,
            whole=whole,
            shape=shape,
            taxa=plan.taxa,
        )
        counted = partial(source.counted, summary, seen)
        if dry_run:
            placed = _weighed(plan, (row for row in source.rows(summary) if plan.has_place(row)), summary)
            summary.rows = sum(bool(row.label) or name != "birdclef" for row in counted(placed))
        else:
            summary.rows = write_export.make(
                plan,
                lambda last: (
                    _weighed(plan, source.rows(summary, seen), summary)
                    if last
                    else source.rows(ManifestSummary(format=name))
                ),
                partial(write, **options),
                counted=counted,
                workers=lambda: stack.enter_context(open_engine(engine, jobs=jobs)),
                progress=progress,
                itself=name == "birdclef",
            )
        _take(plan, summary)
        if not dry_run:
            record = export_record.prepare(
                dataset,
                target,
                name,
                asked_for | {"layer": layer},
                seen,
                rows=summary.rows,
                holds=plan.holding in ("link", "symlink") and not conversion.wanted,
                windows=windowing is None and layer is None and not whole,
            )
    if not dry_run:
        _note(dataset, record, summary)
    return _timed(summary, started, dry_run=dry_run)


def _weighed(plan: Plan, rows: Iterable[Row], summary: ManifestSummary) -> Iterator[Row]:
    """Sum up how much room the audio of the rows will take."""
    for row in rows:
        summary.bytes += round(plan.bytes_of(row))
        yield row


def _take(plan: Plan, summary: ManifestSummary) -> None:
    """Take over what was learnt while the export was made."""
    summary.problems, summary.scaled, summary.clipped = plan.problems, plan.scaled, plan.clipped
    summary.unplaced, summary.wants = plan.unplaced, plan.shape.wants
    if plan.shape.whole or plan.conversion.wanted:
        summary.slow = 0  # what plays slower was converted
    if plan.conversion.codec is not None:
        summary.renamed = 0  # all are alike now


def _timed(summary: ManifestSummary, started: float, *, dry_run: bool) -> ManifestSummary:
    """Say how long it took, or would take: a dry run walks the rows, too, and audio takes what it took."""
    summary.elapsed_s = time.monotonic() - started
    if not dry_run:
        speeds.note("export_s", summary.bytes, summary.elapsed_s)
        return summary
    writing = speeds.seconds_for("export_s", summary.bytes) if summary.bytes else 0.0
    summary.expected_s = None if writing is None else summary.elapsed_s + writing
    return summary


def _note(dataset: Dataset, record: export_record.Record, summary: ManifestSummary) -> None:
    """Note an export that was written; one that has the bytes of the earlier one replaces nothing."""
    if export_record.is_same(dataset, record):
        summary.replaces = ""
    summary.not_noted = export_record.note(dataset, record)


def _settled(name: str, shape: ExportLayout, choice: AudioChoice, *, repeat: bool) -> AudioChoice:
    """Take the audio that a format must have, whatever is usual."""
    if name == "birdclef":
        _check_whole(choice, repeat=repeat)
        return "clean"  # whole files, or an error that says what lacks its copy
    if shape.raw and choice == "clean":
        raise UsageError(
            f"{name} tells when something was heard, and no clean copy does",
            hint="leave --audio out: it holds the stretches of raw files that are kept",
        )
    return "raw" if shape.raw else choice


def _check_whole(choice: str, *, repeat: bool) -> None:
    if choice == "raw":
        raise UsageError(
            "a BirdCLEF table has no onsets: it cannot name the kept stretches of raw files",
            hint="use --audio auto, or another format",
        )
    if repeat:
        raise UsageError("a BirdCLEF table has every file once", hint="use --repeat with another format")


def _check_plan(plan: Plan, name: str, *, relative: bool, dry_run: bool) -> None:
    """Refuse what cannot be, and to write over what is not ours."""
    if plan.keep_names and plan.holding == "embed":
        raise UsageError(
            "--keep-names goes with audio in files of its own: names in shards have no dots and folders",
            hint="leave it out: names begin as the files do all the same",
        )
    if relative and (plan.noted or plan.holding != "link" or plan.conversion.wanted):
        raise UsageError(
            "--relative goes with tables that link to audio where it lies",
            hint=f"with --format {', '.join(sorted(_NEUTRAL))}",
        )
    if not dry_run:
        _check_replaceable(plan, name)


def _check_soft(name: str, soft_labels: str | None, layer: str | None, window: float | None) -> None:
    if soft_labels is not None and (name not in _NEUTRAL or layer is not None or window is not None):
        raise UsageError(
            "--soft-labels has windows and labels of its own: it goes without --layer and --window",
            hint=f"and with --format {', '.join(sorted(_NEUTRAL))}",
        )


def _target(out: str | os.PathLike[str]) -> Path:
    check_local(out)
    return Path(os.path.abspath(out))


def _windows(window: float | None, hop: float | None, min_label_overlap: float) -> Windowing | None:
    """Read how rows are to be cut into windows, if any are wanted."""
    if window is None:
        if hop is not None or min_label_overlap:
            raise UsageError("--hop and --min-label-overlap go with --window")
        return None
    windowing = Windowing(window, window if hop is None else hop)
    windowing.check(length="window")
    check_overlap(min_label_overlap, window)
    return windowing


#: Options that belong to some formats only.
_OF_FORMATS: dict[str, tuple[str, ...]] = {
    "label_column": ("raven",),
    "shard_mb": ("huggingface", "webdataset"),
    "year": ("birdclef",),
}


def _options(name: str, **given: int | str | None) -> dict[str, Any]:
    """Keep the options that were given, and refuse those that the format does not have."""
    for option, value in given.items():
        if value is not None and name not in _OF_FORMATS[option]:
            formats = " and ".join(_OF_FORMATS[option])
            raise UsageError(f"--{option.replace('_', '-')} goes with --format {formats} only")
    return {option: value for option, value in given.items() if value is not None}


def _check_replaceable(plan: Plan, name: str) -> None:
    """Make sure, before anything is done, that nothing but an earlier export is written over.

    Raises
    ------
    UsageError
        If there is a folder, or a file that curate did not write.
    """
    target = plan.out
    if name == "birdclef":
        return  # whose writer knows its own folder
    if plan.shape.is_folder(target):
        check_ours(target)
        return
    if plan.holding != "link" or plan.conversion.wanted:
        check_ours(plan.beside)
    if name not in _NEUTRAL:
        written_tables.check(target)
    elif target.exists():
        try:
            read_manifest = resolve(f"curate.formats.tables.{name}:read_manifest", {}, kind="format")
            next(iter(read_manifest(target)), None)
        except (FormatError, OSError, ValueError) as error:
            raise UsageError(
                f"{target} exists and is not a {name} manifest of curate",
                hint="choose another name, or remove it first",
            ) from error
