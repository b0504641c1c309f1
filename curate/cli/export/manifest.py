"""`curate manifest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli import _complete
from curate.cli._help import SELECTION
from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    SunOption,
)
from curate.cli._output import (
    Output,
    clipped_words,
    count,
    duration,
    expected,
    lost_words,
    one_line,
)
from curate.cli.export.manifest_balance import show_balance
from curate.cli.export.manifest_options import (
    AudioModeOption,
    AudioOption,
    BandsOption,
    ChannelsOption,
    CodecOption,
    ColumnsOption,
    FormatOption,
    KeepNamesOption,
    LabelColumnOption,
    OutOption,
    RelativeOption,
    RepeatOption,
    ShardMbOption,
    SrOption,
    YearOption,
)
from curate.cli.scores.model_names import some

if TYPE_CHECKING:
    from curate.steps.export.manifest_summary import ManifestSummary


def manifest(
    out: OutOption,
    dataset: DatasetOption = None,
    format: FormatOption = None,
    audio: AudioOption = "auto",
    audio_mode: AudioModeOption = None,
    layer: Annotated[
        str | None,
        Option(
            metavar="NAME",
            autocompletion=_complete.layers,
            help="Include the annotations of this layer. auto takes the imported one.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    soft_labels: Annotated[
        str | None,
        Option(
            metavar="ROUND",
            autocompletion=_complete.layers,
            help="Write a row for each window of this round of pseudo-label.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    window: Annotated[
        float | None,
        Option(
            metavar="SECONDS",
            help="Cut rows into windows of this length in seconds, by the rule of 'curate windows'.",
        ),
    ] = None,
    hop: Annotated[
        float | None,
        Option(
            metavar="SECONDS",
            show_default="the window",
            help="Time from the start of one window to the next, in seconds.",
        ),
    ] = None,
    min_label_overlap: Annotated[
        float,
        Option(metavar="SECONDS", help="An annotation labels a window from this overlap on, in seconds."),
    ] = 0.0,
    folds: Annotated[
        str | None,
        Option(
            metavar="FOLDS",
            help="Only these folds: 0,1 or 'train=1,2,3,4 validation=0'.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    sr: SrOption = None,
    channels: ChannelsOption = None,
    codec: CodecOption = None,
    year: YearOption = None,
    label_column: LabelColumnOption = None,
    shard_mb: ShardMbOption = None,
    skip_flagged: Annotated[
        bool,
        Option(
            "--skip-flagged", help="Leave out recordings with flagged stretches.", rich_help_panel=SELECTION
        ),
    ] = False,
    sun: SunOption = None,
    repeat: RepeatOption = False,
    relative: RelativeOption = False,
    keep_names: KeepNamesOption = False,
    columns: ColumnsOption = None,
    bands: BandsOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write kept audio for a trainer, as a table or a folder.

    The ending of --out says the format, or --format does.

    Examples
    --------
    Write a table:

        curate manifest -o train.csv

    Write shards of 5 s windows at 32 kHz:

        curate manifest -o shards --format webdataset --window 5 --sr 32000

    Write the folders of a BirdCLEF set:

        curate manifest -o clean/train.csv --format birdclef --codec ogg
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.export import manifest as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.manifest(
            birds,
            out,
            format=format,
            audio=audio,
            audio_mode=audio_mode,
            layer=layer,
            soft_labels=soft_labels,
            window=window,
            hop=hop,
            min_label_overlap=min_label_overlap,
            folds=folds,
            sr=sr,
            channels=channels,
            codec=codec,
            year=year,
            label_column=label_column,
            shard_mb=shard_mb,
            skip_flagged=skip_flagged,
            sun=sun,
            repeat=repeat,
            relative=relative,
            keep_names=keep_names,
            columns=columns,
            bands=bands,
            jobs=jobs,
            engine=engine,
            dry_run=dry_run,
            progress=output.progress,
        )
    output.result(
        summary,
        lambda: _show(output, summary, dry_run=dry_run, skip_flagged=skip_flagged, chosen=folds is not None),
    )
    if summary.failed:
        raise Exit(3)


def _show_sun(output: Output, summary: ManifestSummary) -> None:
    """Count the rows that the sun left out, and those that readers would play wrongly."""
    if summary.big_endian:
        output.line(
            f"{count(summary.big_endian, 'row')} of big-endian WAV files (RIFX): some readers take them for "
            "noise or refuse them. --codec flac converts them"
        )
    if summary.inside_mp3:
        output.line(
            f"{count(summary.inside_mp3, 'row')} inside MP3s: where the bit rate varies, soundfile and "
            "librosa read the first 30 to 70 ms wrong. --codec flac converts them"
        )
    if summary.unread:
        output.line(
            f"{count(summary.unread, 'row')} of files that Kaldi refuses: it reads WAV of 16-bit integers "
            "alone. --codec wav writes that"
        )
    if summary.slow:
        output.line(
            f"{count(summary.slow, 'row')} of raw files that play slower than the sound was, at a rate "
            "that readers take for true: curate render makes copies that are right"
        )
    if summary.other_times or summary.untimed:
        output.line(
            f"{count(summary.other_times, 'row')} left out by the sun, and "
            f"{summary.untimed:,} with an unknown "
            "start, zone or place"
        )


def _show(
    output: Output, summary: ManifestSummary, *, dry_run: bool, skip_flagged: bool, chosen: bool
) -> None:
    output.problems(summary.problems)
    left_out = " left out" if summary.format == "birdclef" else ""
    unlabelled = f" ({summary.unlabelled:,} without a label{left_out})" if summary.unlabelled else ""
    muted = f", {duration(summary.muted)} of it muted" if round(summary.muted, 1) else ""
    size = f", about {summary.bytes / 1e6:,.1f} MB of audio" if summary.bytes else ""
    output.line(
        f"{'would write ' if dry_run else ''}{count(summary.rows, 'row')} for "
        f"{count(summary.recordings, 'recording')} of {count(summary.labels, 'class')}{unlabelled}. "
        f"{summary.clean:,} point at clean copies. {duration(summary.seconds)}{muted}{size}. "
        f"Manifest: {summary.path}"
        f"{f': {expected(summary.expected_s)}' if dry_run else ''}"
    )
    output.replaced(summary.path, summary.replaces, dry_run=dry_run)
    if round(summary.left_out, 1):
        output.line(f"{duration(summary.left_out)} of kept audio lie outside all windows")
    _show_folder(output, summary)
    _show_fit(output, summary)
    carried = summary.carried
    if carried.annotations or carried.unannotated:
        output.line(
            f"{count(carried.annotations, 'annotation')}: "
            f"{carried.cut:,} inside cuts left out, "
            f"{f'{carried.dropped:,} of dropped recordings left out, ' if carried.dropped else ''}"
            f"{carried.clipped:,} clipped. "
            f"{count(carried.unannotated, 'recording')} left out, as people have yet to annotate them"
        )
    _show_soft(output, summary)
    _show_lost(output, summary)
    _show_sun(output, summary)
    if summary.flagged:
        fate = "left out" if skip_flagged else "exported uncut. --skip-flagged leaves them out"
        verb = "is" if summary.flagged == 1 else "are"
        output.line(f"{count(summary.flagged, 'row')} of flagged recordings {verb} {fate}")
    if summary.missing:
        output.line(
            f"{count(summary.missing, 'file')} in the manifest {'is' if summary.missing == 1 else 'are'} "
            "missing: put them back, or run 'curate import' on their new place. 'curate check' names them"
        )
    show_balance(output, summary, chosen=chosen)
    if not summary.recordings:
        output.line("the export is empty: curate status shows the recordings, the cuts and the drops")
    if summary.unused_annotations:
        output.line(
            f"{count(summary.unused_annotations, 'imported annotation')} are left out, and labels are those "
            "of whole recordings: --layer auto exports them"
        )
    if summary.not_noted:
        output.line(f"curate status leaves out this export: {summary.not_noted}")
    if summary.not_looked_at:
        output.line(f"strip-voice has yet to scan {count(summary.not_looked_at, 'recording')}")


def _show_soft(output: Output, summary: ManifestSummary) -> None:
    """Tell of the round whose soft labels are exported."""
    soft = summary.soft
    if soft.rows or soft.cut:
        left = f"{count(soft.cut, 'window')} left out, as a part of them was cut"
        output.line(f"{count(soft.rows, 'row')} with soft labels. {left}")
    if soft.unknown:
        names = some(sorted(soft.unknown))
        output.line(f"{count(len(soft.unknown), 'class')} of these label no recording: {names}")
    if soft.unsure:
        left = f"{count(soft.unsure, 'recording')} without a label left out, as the round is sure of nothing"
        output.line(f"{left} in {'it' if soft.unsure == 1 else 'them'}")


def _show_lost(output: Output, summary: ManifestSummary) -> None:
    """Tell of sound that is lost, and of rows that hold next to none."""
    if summary.too_short:
        output.line(f"{count(summary.too_short, 'row')} shorter than a trainer's frame (25 ms) left out")
    if summary.scaled:
        least = min(each["gain_db"] for each in summary.scaled)
        output.line(
            f"{count(len(summary.scaled), 'file')} scaled down, by {-least:.1f} dB at most: the codec clips "
            "beyond full scale (--codec wav keeps floats)"
        )
    if summary.clipped:
        output.line(clipped_words(summary.clipped).removeprefix("; "))
    if summary.damaged:
        output.line(lost_words(summary.damaged_seconds, summary.damaged))


#: Classes that are named at most.
_NAMED = 8


def _show_fit(output: Output, summary: ManifestSummary) -> None:
    """Tell what the format cannot say, and which classes its readers take for something else."""
    if summary.not_written:
        parts = ", ".join(count(number, part) for part, number in sorted(summary.not_written.items()))
        output.line(f"left out, as {summary.format} has no place for them: {parts}")
    if summary.shared:
        output.line(
            f"stretches with several labels: {summary.shared:,}. audformat has one label per column, "
            "the others are in the columns label_2 ..."
        )
    for what, number in sorted(summary.refused.items()):
        part, _, reader = what.partition(", ")
        if part == "missing band":
            words = f"{count(number, 'annotation')} without a band next to others with one"
            output.line(f"{words}: {reader} lose labels. Use --bands all or none")
            continue
        output.line(f"{reader} refuses {summary.format} with {part}s: {count(number, 'annotation')}")
    if summary.respelt:
        pairs = [f"{one_line(name)} as {spelt}" for name, spelt in sorted(summary.respelt.items())]
        more = f" and {len(pairs) - _NAMED:,} more" if len(pairs) > _NAMED else ""
        output.line(f"{summary.format} spells classes otherwise: {', '.join(pairs[:_NAMED])}{more}")
    by_what: dict[str, list[str]] = {}
    for name, what in sorted(summary.guessed.items()):
        by_what.setdefault(what, []).append(name)
    for what, names in by_what.items():
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        listed = f"{', '.join(names[:_NAMED])}{more}"
        verb = "take" if " and " in summary.reader else "takes"
        output.line(
            f"{summary.reader} {verb} the {'class' if len(names) == 1 else 'classes'} {listed} for {what}: "
            "read the column as text"
        )


def _show_folder(output: Output, summary: ManifestSummary) -> None:
    """Tell what a program that reads the written folder goes by, and what an earlier export left there."""
    if summary.audio_left:
        output.line(
            f"{summary.audio_left} keeps the audio of an earlier export of this name: remove it where no "
            "other table or dataset names its files"
        )
    if summary.unplaced:
        rows = count(summary.unplaced, "row")
        output.line(f"{rows} without {summary.wants} left out: {summary.format} needs it")
    if summary.shortened:
        output.line(
            f"{count(summary.shortened, 'recording')} with too long a name: the file of each has a shortened "
            "name, which ends in six digits of its hash"
        )
    if summary.soundscapes:
        output.line(f"{count(summary.soundscapes, 'soundscape')} next to the table, as links or copies")
    if summary.renamed:
        output.line(
            f"{count(summary.renamed, 'clean copy')} of soundscapes in another format than the original. "
            "For a notebook that lists *.ogg, add --codec ogg: Ogg files keep their bytes"
        )
    if summary.shifted:
        output.line(
            f"{count(summary.shifted, 'clean copy')} of soundscapes with something cut out: times in tables "
            "about them are those of the original. curate strip-voice --action mute keeps the times right"
        )
    if summary.not_learnt:
        output.line(
            f"BirdNET-Analyzer reads {', '.join(summary.not_learnt)} as the absence of all classes: "
            "rename the classes that it shall learn"
        )
