"""`curate manifest`: the kept stretches, for any trainer: a table, or a folder with audio."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from curate import speeds
from curate.catalogue import assignments, damage, layers, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.decisions.windows import Windowing
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.errors import FormatError, UsageError
from curate.formats import WRITERS
from curate.formats.files import written_tables
from curate.formats.files.export_folder import check_ours, made_beside
from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.formats.trainers import birdclef
from curate.lookup import check_local, resolve
from curate.model import Row
from curate.progress import Progress, silent
from curate.recorders.sun import SunFilter
from curate.steps.balance.upsample_standing import counted_otherwise
from curate.steps.balance.window_rows import counts_recordings, is_counted, load_windowing
from curate.steps.common.export_digests import LayerMarks, Scope, Seen
from curate.steps.common.same_sound_groups import in_several_folds
from curate.steps.common.witness import Witness
from curate.steps.export import chosen_folds, convert_audio, export_record, second_export, write_export
from curate.steps.export.audio_mode import check_holding, check_words, export_format
from curate.steps.export.carried_annotations import which_layer
from curate.steps.export.convert_audio import Conversion
from curate.steps.export.manifest_columns import ManifestColumns
from curate.steps.export.manifest_options import (
    NEUTRAL,
    banded,
    check_fit,
    more_columns,
    options_of,
    settled,
    windowing_of,
)
from curate.steps.export.manifest_source import ManifestSource
from curate.steps.export.manifest_summary import ManifestSummary
from curate.steps.export.publish_export import publish
from curate.steps.export.write_export import Plan
from curate.storage.address import address_of

#: Formats that are written by columns where no row needs more than the ledger.
_BY_COLUMNS = frozenset({"csv", "parquet"})

#: Formats of ours, in the seconds of the sound. Readers of all others go by the rate in a file's header.
_OF_SOUND = frozenset({"card", "csv", "jsonl", "parquet"})


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
    columns: str | None = None,
    bands: str | None = None,
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
        ``copy`` put it next to the table or into the folder, ``embed`` into the files. None takes what is
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
        Convert the audio; a killed run continues where it stopped.
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
    columns
        For ``csv``, ``jsonl`` and ``parquet``: further columns, such as ``site,night,sunset,sunrise``; see
        `curate.steps.export.manifest_options.MORE_COLUMNS`.
    bands
        For ``audacity``: ``all`` labels have a band, the whole one where none was marked, or ``none`` has;
        None keeps them as they are marked, which some readers do not take.

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
    # First of all: each local variable would count as an option.
    asked_for = {
        option: value
        for option, value in locals().items()
        if option not in ("dataset", "out", "jobs", "engine", "dry_run", "progress")
    }
    if (address := address_of(out)) is not None:
        asked_for |= {"jobs": jobs, "engine": engine, "progress": progress}
        return publish(dataset, address, manifest, asked_for, dry_run=dry_run)
    started = time.monotonic()
    target, name = _named(out, format)
    write: Callable[..., int] = resolve(name, WRITERS, kind="format")
    shape = banded(LAYOUTS.get(name, ExportLayout()), bands)
    choice, asked = check_words(audio, audio_mode)
    choice = settled(name, shape, choice, repeat=repeat)
    options = options_of(
        name, year=year, label_column=label_column, shard_mb=shard_mb, columns=columns, bands=bands
    ) | more_columns(columns)
    conversion = Conversion(sr, channels, codec, shape.integers)
    convert_audio.check(conversion)
    plan = Plan(target, shape, check_holding(name, shape, asked), conversion, name not in NEUTRAL, keep_names)
    check_fit(plan, name, relative=relative, soft_labels=soft_labels, layer=layer, window=window)
    layer = which_layer(dataset, layer)
    windowing = windowing_of(window, hop, min_label_overlap)
    wanted = chosen_folds.parse(folds, name, shape)
    settings = second_export.settings_of(dataset, asked_for, name)
    if not dry_run:
        if (stands := second_export.standing(dataset, target, settings)) is not None:
            return _timed(replace(stands, audio_left=_audio_left(plan)), started, dry_run=False)
        _check_replaceable(dataset, plan, name, options)
    keep: Callable[[Store], None] | None = None
    summary = ManifestSummary(
        str(target), name, replaces=export_record.replaced(dataset, target), audio_left=_audio_left(plan)
    )
    along = layer or soft_labels
    with Witness(dataset) as witness:
        with ExitStack() as stack:
            stack.enter_context(dataset.store.snapshot())
            whole = name == "birdclef"
            seen = Seen(
                Scope(None if wanted is None else frozenset(wanted), skip_flagged, layer, labelled=whole),
                None if along is None else LayerMarks(dataset.store, along),
            )
            options |= _folds_option(dataset, wanted, whole=whole)
            # Annotations lie in whole recordings, unless windows are asked for.
            standing = None if whole or layer is not None else load_windowing(dataset.store)
            _note_state(dataset, plan, summary, windowing or standing, layer)
            source = ManifestSource(
                dataset,
                big_endian=listings.big_endian(dataset.store),
                plain=listings.plain_wav(dataset.store) if shape.integers else None,
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
                timed=columns is not None,
                shape=shape,
                taxa=plan.taxa,
                as_played=name not in _OF_SOUND and not plan.converts,
            )
            counted = partial(source.counted, summary, seen)
            if dry_run:
                placed = _weighed(plan, (row for row in source.rows(summary) if plan.has_place(row)), summary)
                summary.rows = sum(bool(row.label) or name != "birdclef" for row in counted(placed))
            elif (
                plan.is_link and name in _BY_COLUMNS and columns is None and source.is_plain(windows=standing)
            ):
                by_columns = ManifestColumns(source, summary, seen)
                summary.rows = write_export.make_table(plan, by_columns.blocks(), name)
                keep = partial(
                    second_export.keep,
                    dataset=dataset,
                    witness=witness,
                    settings=settings,
                    summary=summary,
                    raw=by_columns.raw,
                )
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
                    asked_for | {"layer": layer, "in_folds": wanted and sorted(wanted), "labelled": whole},
                    seen,
                    rows=summary.rows,
                    holds=plan.holding in ("link", "symlink") and not conversion.wanted,
                    windows=windowing is None and layer is None and not whole,
                )
        # After the snapshot: whoever becomes the writer closes the connection that it was on.
        if not dry_run:
            _note(dataset, record, summary, keep)
    return _timed(summary, started, dry_run=dry_run)


def _audio_left(plan: Plan) -> str:
    """Name the folder of audio that an earlier table of this place brought along, and this one does not.

    It stays: the audio may be that of another dataset by now.
    """
    return str(plan.beside) if plan.is_link and made_beside(plan.beside) == {plan.out.name} else ""


def _note_state(
    dataset: Dataset, plan: Plan, summary: ManifestSummary, windowing: Windowing | None, layer: str | None
) -> None:
    """Note what people, and the plan, should know of the dataset that a manifest is made of."""
    plan.taxa = listings.names_of_taxa(dataset.store)
    plan.samples = listings.samples_by_codec(dataset.store) if plan.converts else {}
    summary.divided = in_several_folds(dataset.store)
    summary.uncounted = not is_counted(dataset.store, windowing)
    summary.windows_uncounted = counts_recordings(dataset.store) and windowing is not None
    summary.counted_otherwise = counted_otherwise(dataset)
    summary.not_looked_at = listings.not_looked_at(dataset.store)
    marks = [] if layer is not None else layers.imported(dataset.store)
    summary.unused_annotations = sum(number for _, number in marks)


def _folds_option(dataset: Dataset, wanted: chosen_folds.Folds | None, *, whole: bool) -> dict[str, Any]:
    """Look at the folds that are asked for, and tell a writer of whole sets whether there are any."""
    there = assignments.folds(dataset.store)
    chosen_folds.check(wanted, there)
    return {"folds": True} if whole and there else {}


def _weighed(plan: Plan, rows: Iterable[Row], summary: ManifestSummary) -> Iterator[Row]:
    """Sum up how much room the audio of the rows will take."""
    weighed = ""
    for row in rows:
        # Windows of one file stand together. They share it, unless each becomes a file of its own.
        if plan.shape.whole or row.path != weighed:
            summary.bytes += round(plan.bytes_of(row))
            weighed = row.path
        yield row


def _take(plan: Plan, summary: ManifestSummary) -> None:
    """Take over what was learnt while the export was made."""
    summary.problems, summary.scaled, summary.clipped = plan.problems, plan.scaled, plan.clipped
    summary.shortened = len(plan.shortened)
    summary.unplaced, summary.wants = plan.unplaced, plan.shape.wants
    if plan.converts:
        summary.slow = 0  # what plays slower was converted
    if plan.conversion.wanted:
        summary.big_endian = summary.inside_mp3 = 0
        summary.unread = summary.rows if plan.shape.integers else 0
    if plan.conversion.codec == "wav":
        summary.unread = 0
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


def _note(
    dataset: Dataset,
    record: export_record.Record,
    summary: ManifestSummary,
    keep: Callable[[Store], None] | None,
) -> None:
    """Note an export that was written; one that has the bytes of the earlier one replaces nothing."""
    if export_record.is_same(dataset, record):
        summary.replaces = ""
    summary.not_noted = export_record.note(dataset, record, keep)


def _named(out: str | os.PathLike[str], format: str | None) -> tuple[Path, str]:
    check_local(out)
    target = Path(os.path.abspath(out))
    return target, export_format(target, format)


def _check_replaceable(dataset: Dataset, plan: Plan, name: str, options: Mapping[str, Any]) -> None:
    """Make sure, before anything is done, that nothing but an earlier export is written over.

    Raises
    ------
    UsageError
        If there is a folder, or a file that curate did not write.
    """
    target = plan.out
    if name == "birdclef":
        birdclef.check_replaceable(target, folds=bool(assignments.folds(dataset.store)), **options)
        return
    # A neutral table stands in no ledger of its folder, so the checks below would call it somebody else's.
    if target.is_file() and (old := export_record.format_at(dataset, target)) in NEUTRAL and old != name:
        raise UsageError(
            f"{target} is an export in the format {old}, and cannot become one in {name}",
            hint="choose another name, or remove it first",
        )
    if plan.shape.is_folder(target):
        check_ours(target)
        return
    if plan.holding != "link" or plan.conversion.wanted:
        check_ours(plan.beside, beside=[target.name])
    if name not in NEUTRAL:
        written_tables.check(target)
    elif target.exists():
        try:
            read_manifest = resolve(f"curate.formats.tables.{name}:read_manifest", {}, kind="format")
            next(iter(read_manifest(target)), None)
        except (FormatError, OSError, ValueError) as error:
            raise UsageError(
                f"{target} is another file than a {name} manifest of curate",
                hint="choose another name, or remove it first",
            ) from error
