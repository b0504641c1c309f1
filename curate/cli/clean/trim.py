"""`curate trim`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._options import (
    AudioFormatOption,
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    LimitOption,
    PathsArgument,
    QuietOption,
    RenderOption,
    RetryOption,
)
from curate.cli._output import Output, clipped_words, count, duration

if TYPE_CHECKING:
    from curate.steps.clean.trim_summary import TrimSummary

_PRESET = "by the preset"


def trim(
    paths: PathsArgument = None,
    dataset: DatasetOption = None,
    preset: Annotated[
        str, Option(metavar="NAME", help="Preset of the next six options: gentle, standard or strict.")
    ] = "standard",
    silence: Annotated[
        bool | None, Option("--silence/--no-silence", show_default=_PRESET, help="Cut silence, or keep it.")
    ] = None,
    min_silence: Annotated[
        float | None,
        Option(metavar="SECONDS", show_default=_PRESET, help="Shortest silence to cut, in seconds."),
    ] = None,
    keep_edges: Annotated[
        float | None,
        Option(
            metavar="SECONDS",
            show_default=_PRESET,
            help="Silence to keep before and after each sound, in seconds.",
        ),
    ] = None,
    clipping_share: Annotated[
        float | None,
        Option(
            metavar="SHARE",
            show_default=_PRESET,
            help="Share of clipped samples, 0 to 1, from which a stretch is damaged.",
        ),
    ] = None,
    max_buzz: Annotated[
        float | None,
        Option(
            metavar="SHARE",
            show_default=_PRESET,
            help="Share of kept audio, 0 to 1, that may be flies, wind, broadband noise or hum. More "
            "is damage.",
        ),
    ] = None,
    damage: Annotated[
        str | None,
        Option(metavar="ACTION", show_default=_PRESET, help="Action on damage: excise, mute, flag or drop."),
    ] = None,
    first_seconds: Annotated[
        float,
        Option(metavar="SECONDS", help="Keep only the first seconds after all other cuts. 0 keeps all."),
    ] = 0.0,
    rare_below: Annotated[
        int,
        Option(metavar="N", min=0, help="Classes with fewer recordings are rare, for --rare-first-seconds."),
    ] = 30,
    rare_first_seconds: Annotated[
        float, Option(metavar="SECONDS", help="First seconds to keep of rare classes, if that is more.")
    ] = 60.0,
    rare_activity: Annotated[
        int,
        Option(
            metavar="N",
            min=0,
            help="Cut stretches without an audible animal, in classes with fewer recordings than this.",
        ),
    ] = 0,
    min_keep: Annotated[
        float,
        Option(
            metavar="SECONDS",
            help="Keep at least this many seconds: silence then stays, and damage is flagged.",
        ),
    ] = 5.0,
    action: Annotated[
        str, Option(metavar="ACTION", help="Action on silence: excise, mute, flag or drop.")
    ] = "excise",
    render: RenderOption = True,
    audio_format: AudioFormatOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Cut silence, and flag or cut broken audio.

    Worthless recordings are dropped, with their reason. Cuts of strip-voice and trim share one list and
    one clean copy. A second run only does what is new, and other settings reuse the stored scores.

    Examples
    --------
    Preview the cuts:

        curate trim --dry-run

    Keep short pauses, and 30 s of each recording:

        curate trim --min-silence 2 --first-seconds 30
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.clean import trim as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.trim(
            birds,
            paths or (),
            preset=preset,
            silence=silence,
            min_silence=min_silence,
            keep_edges=keep_edges,
            clipping_share=clipping_share,
            max_buzz=max_buzz,
            damage=damage,  # type: ignore[arg-type]
            first_seconds=first_seconds,
            rare_below=rare_below,
            rare_first_seconds=rare_first_seconds,
            rare_activity=rare_activity,
            min_keep=min_keep,
            action=action,  # type: ignore[arg-type]
            render=render,
            audio_format=audio_format,
            jobs=jobs,
            engine=engine,
            limit=limit,
            retry_failed=retry_failed,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.result(summary, lambda: _show(out, summary, birds.folder, dry_run=dry_run))
    if summary.failed:
        raise Exit(3)


def _show(out: Output, summary: TrimSummary, folder: Path, *, dry_run: bool) -> None:
    if summary.imported is not None:
        from curate.cli.acquire.import_ import show_import

        show_import(out, summary.imported, folder, dry_run=dry_run)
    out.problems(summary.problems, summary.problem_counts)
    out.table(
        f"what {summary.preset} {'would do' if dry_run else 'does'}",
        ("reason", "action", "recordings", "length"),
        [(row.reason, row.action, row.recordings, duration(row.seconds)) for row in summary.reasons],
    )
    if summary.scanned:
        out.line(
            f"scanned {duration(summary.audio_seconds)} in {duration(summary.scan_s)} "
            f"({summary.realtime:,.0f} times real time)"
        )
    muted = f", {'mute' if dry_run else 'muted'} {duration(summary.muted_seconds)}"
    muted = muted if summary.muted_seconds else ""
    out.line(
        f"{count(summary.recordings, 'recording')}: {'would cut' if dry_run else 'cut'} "
        f"{duration(summary.cut_seconds)}{muted}, flagged {summary.flagged:,}, dropped {summary.dropped:,} "
        f"({duration(summary.dropped_seconds)}). {summary.failed:,} failed, {summary.waiting:,} left to scan"
    )
    if dry_run:
        out.work(summary.work)
    else:
        out.line(
            f"{count(summary.copies, 'clean copy')}: {summary.rendered:,} written now, "
            f"{summary.removed:,} removed{clipped_words(summary.clipped)}"
        )
    if summary.dropped:
        out.line("what was dropped and why: curate show drops")
    out.outdated(summary.outdated, dry_run=dry_run)
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")
