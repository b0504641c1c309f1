"""`curate strip-voice`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._help import OUTPUT
from curate.cli._options import (
    AudioFormatOption,
    DatasetOption,
    DeviceOption,
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
from curate.cli._output import RESCORED, Output, clipped_words, count, duration, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.decisions.evaluation import Agreement, Figure
    from curate.steps.clean.evaluation_summary import Evaluation
    from curate.steps.clean.strip_voice_summary import StripVoiceSummary


def strip_voice(
    paths: PathsArgument = None,
    dataset: DatasetOption = None,
    profile: Annotated[
        str,
        Option(
            metavar="NAME",
            help="Preset of --threshold, --review and --action: balanced, careful (spares animals) or "
            "privacy.",
        ),
    ] = "balanced",
    threshold: Annotated[
        float | None,
        Option(metavar="SCORE", show_default="by the profile", help="Cut voices from this score, 0 to 1."),
    ] = None,
    review: Annotated[
        float | None,
        Option(
            metavar="SCORE",
            show_default="by the profile",
            help="Flag possible voices from this score for review, 0 to 1.",
        ),
    ] = None,
    min_speech: Annotated[float, Option(metavar="SECONDS", help="Shortest voice to cut, in seconds.")] = 0.25,
    merge_gap: Annotated[
        float,
        Option(metavar="SECONDS", help="Join voices in one cut if they are closer than this, in seconds."),
    ] = 0.3,
    pad: Annotated[
        float, Option(metavar="SECONDS", help="Margin to cut before and after each voice, in seconds.")
    ] = 0.2,
    min_keep: Annotated[
        float,
        Option(
            metavar="SECONDS",
            help="Flag instead of cut where fewer seconds would be kept. 0 cuts all voices.",
        ),
    ] = 5.0,
    min_keep_share: Annotated[
        float,
        Option(
            metavar="SHARE", help="Smallest share to keep, where that is less than --min-keep: 1.2 s of 6 s."
        ),
    ] = 0.2,
    action: Annotated[
        str | None,
        Option(
            metavar="ACTION",
            show_default="by the profile",
            help="Action on voices: excise, mute, flag, or drop the recording.",
        ),
    ] = None,
    speech_bank: Annotated[
        Path | None,
        Option(
            metavar="DIR", help="Write the cut voices to this folder, with a table.", rich_help_panel=OUTPUT
        ),
    ] = None,
    render: RenderOption = True,
    audio_format: AudioFormatOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    device: DeviceOption = "auto",
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    evaluate: Annotated[
        Path | None,
        Option(
            metavar="LABELS",
            help="Only measure detection by your labels: a table (path, onset, offset) or annotations.",
        ),
    ] = None,
    target_recall: Annotated[
        float,
        Option(
            metavar="SHARE",
            help="With --evaluate, find the highest threshold that finds this share of voice.",
        ),
    ] = 0.95,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find human voices and cut them out.

    Raw files stay as they are. Only recordings with cuts get a clean copy. A second run only does what is
    new, and another threshold reuses the stored scores.

    Examples
    --------
    Preview the cuts and the time that they take:

        curate strip-voice --dry-run

    Mute people in recordings that strangers will hear:

        curate strip-voice --profile privacy

    Measure detection on voices that you marked:

        curate strip-voice --evaluate labels.csv
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.clean import strip_voice as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.strip_voice(
            birds,
            paths or (),
            profile=profile,  # type: ignore[arg-type]
            threshold=threshold,
            review=review,
            min_speech=min_speech,
            merge_gap=merge_gap,
            pad=pad,
            min_keep=min_keep,
            min_keep_share=min_keep_share,
            action=action,  # type: ignore[arg-type]
            speech_bank=speech_bank,
            render=render,
            audio_format=audio_format,
            jobs=jobs,
            engine=engine,
            device=device,
            limit=limit,
            retry_failed=retry_failed,
            evaluate=evaluate,
            target_recall=target_recall,
            dry_run=dry_run,
            progress=out.progress,
        )
        least = f"{min_keep:g} s (or {100 * min_keep_share:g} % of a short one)"
        out.result(summary, lambda: _show(out, summary, birds.folder, dry_run=dry_run, least=least))
    if summary.failed or (summary.imported is not None and summary.imported.unused):
        raise Exit(3)


def _show(out: Output, summary: StripVoiceSummary, folder: Path, *, dry_run: bool, least: str) -> None:
    if summary.evaluation is not None:
        _show_evaluation(out, summary.evaluation)
        return
    if summary.imported is not None:
        from curate.cli.acquire.import_ import show_import

        show_import(out, summary.imported, folder, dry_run=dry_run)
    out.problems(summary.problems, summary.problem_counts)
    done = "cut, muted" if summary.muted_seconds else "cut"
    out.table(
        "voices by archive",
        ("archive", "recordings", "failed", "scanned", "with voice", "share", "voice", done, "to review"),
        [
            (
                row.archive,
                row.recordings,
                row.failed,
                row.looked_at,
                row.with_speech,
                share(row.with_speech, row.looked_at),
                duration(row.speech_seconds),
                duration(row.cut_seconds + row.muted_seconds),
                duration(row.review_seconds),
            )
            for row in summary.archives
        ],
    )
    out.table(
        "classes flagged far more often than the rest of their archive (narrated, or mistaken for people)",
        ("archive", "label", "recordings", "with voice", "share", "rest", "lift"),
        [
            (
                row.archive,
                row.label,
                row.recordings,
                row.flagged,
                share(row.rate, 1),
                share(row.base_rate, 1),
                "∞" if row.base_rate == 0 else row.lift,
            )
            for row in summary.lift
        ],
    )
    if summary.rescored:
        out.line(RESCORED)
    muted = f", {'mute' if dry_run else 'muted'} {duration(summary.muted_seconds)}"
    muted = muted if summary.muted_seconds else ""
    if dry_run:
        out.line(
            f"would scan {count(summary.waiting, 'recording')}. "
            f"From earlier scans, would cut {duration(summary.cut_seconds)}{muted}, "
            f"drop {summary.dropped:,}, and flag {duration(summary.review_seconds)} in "
            f"{count(summary.to_review, 'recording')} for review"
        )
        _show_too_short(out, summary.too_short, least)
        out.work(summary.work)
        out.outdated(summary.outdated, dry_run=True)
        return
    if summary.scanned:
        out.line(
            f"scanned {duration(summary.audio_seconds)} in {duration(summary.scan_s)} "
            f"({summary.realtime:,.0f} times real time)"
        )
    out.line(
        f"voices in {count(summary.with_speech, 'recording')} of {summary.recordings:,} "
        f"({duration(summary.speech_seconds)}): "
        f"cut {duration(summary.cut_seconds)}{muted}, "
        f"dropped {summary.dropped:,}. {summary.failed:,} failed, {summary.waiting:,} left to scan"
    )
    if summary.to_review:
        out.line(
            f"{duration(summary.review_seconds)} in {count(summary.to_review, 'recording')} are flagged "
            "and keep their sound (curate show cuts). Decide by ear: curate review"
        )
    _show_too_short(out, summary.too_short, least)
    other = f", {summary.other_format:,} in FLAC or WAV, which hold them" if summary.other_format else ""
    out.line(
        f"{count(summary.copies, 'clean copy')}: {summary.rendered:,} written now, "
        f"{summary.removed:,} removed{other}{clipped_words(summary.clipped)}"
    )
    if summary.banked:
        out.line(f"{count(summary.banked, 'voice')} in the speech bank")
    out.outdated(summary.outdated)
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")


def _show_too_short(out: Output, recordings: int, least: str) -> None:
    if recordings:
        out.line(
            f"{count(recordings, 'recording')} would keep less than {least}: flagged. "
            f"--min-keep 0 cuts {'it' if recordings == 1 else 'them'}"
        )


def _show_evaluation(out: Output, found: Evaluation) -> None:
    out.problems(found.problems)
    out.line(
        f"{count(found.voices, 'voice')} ({duration(found.voice_seconds)}) in "
        f"{count(found.recordings, 'recording')}. {found.missing:,} labelled but left to scan"
    )
    done = [("taken away", found.taken), ("taken away or flagged", found.heeded)]
    _agreements(out, "what would be done about them, with intervals of 95 %", "", done)
    scores = [(str(found.threshold), found.agreement), (str(found.wanted_threshold), found.wanted_agreement)]
    _agreements(out, "what the score alone finds of them, without margins", "threshold", scores)
    if found.wanted_threshold is None:
        out.line(f"every threshold finds less than {share(found.wanted_recall, 1)} of the seconds")
    else:
        out.line(
            f"the highest threshold that finds {share(found.wanted_recall, 1)} of the seconds: "
            f"{found.wanted_threshold}"
        )


def _agreements(out: Output, title: str, first: str, rows: Sequence[tuple[str, Agreement | None]]) -> None:
    out.table(
        title,
        (first, "recall, seconds", "precision, seconds", "recall, voices", "precision, voices"),
        [
            (
                name,
                *(_figure(part) for part in (of.recall, of.precision, of.event_recall, of.event_precision)),
            )
            for name, of in rows
            if of is not None
        ],
    )


def _figure(figure: Figure) -> str:
    if figure.share is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.share:.3f}"
    return f"{figure.share:.3f} ({figure.low:.3f} to {figure.high:.3f})"
