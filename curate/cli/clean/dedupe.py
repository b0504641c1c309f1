"""`curate dedupe`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._help import SELECTION
from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    RetryOption,
)
from curate.cli._output import Output, count, divided_words, duration, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.steps.clean.dedupe import DedupeSummary, Pair

#: Pairs that are listed; the others are in --json, and in `curate show matches`.
_SHOWN = 20

#: Recordings that a line names at most.
_NAMED = 3

#: What people do about a recording.
_WORK = ("verdicts", "annotations")


def dedupe(
    dataset: DatasetOption = None,
    sound: Annotated[
        bool,
        Option(
            "--sound/--no-sound",
            help="Compare sound. Without it, compare bytes, metadata and stored fingerprints.",
        ),
    ] = True,
    min_overlap: Annotated[
        float, Option(metavar="SHARE", help="Drop a recording if this share of the longer one is in common.")
    ] = 0.8,
    label_conflict: Annotated[
        str,
        Option(metavar="CHOICE", help="If the same sound has two classes, merge the labels, or review both."),
    ] = "merge",
    against: Annotated[
        Path | None,
        Option(
            metavar="PLACE",
            help=("Drop recordings that are also in this dataset, table or folder, for example a test set."),
            rich_help_panel=SELECTION,
        ),
    ] = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find recordings of the same sound, and keep the best.

    Names, formats and levels may differ. Files stay where they are: each dropped recording is noted with
    the reason. Pieces of one longer recording are kept, and split puts them into one fold.

    Examples
    --------
    Drop duplicates, and recordings of a test set:

        curate dedupe --against test-set

    Decide by ear where two classes have the same sound:

        curate dedupe --label-conflict review
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.clean import dedupe as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.dedupe(
            birds,
            sound=sound,
            min_overlap=min_overlap,
            label_conflict=label_conflict,  # type: ignore[arg-type]
            against=against,
            jobs=jobs,
            engine=engine,
            retry_failed=retry_failed,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.problems(summary.problems)
        out.result(summary, lambda: _show(out, summary, dry_run=dry_run))
    if summary.failed:
        raise Exit(3)


def _show(out: Output, summary: DedupeSummary, *, dry_run: bool) -> None:
    _show_pairs(out, "stretches in common", summary.pairs)
    _show_pairs(out, "in the other set", summary.leaking)
    if summary.scanned:
        out.line(f"scanned {duration(summary.audio_seconds)} of {count(summary.scanned, 'recording')}")
    evidence = ", ".join(f"{number:,} by {kind}" for kind, number in summary.evidence.items()) or "no pairs"
    out.line(
        f"{count(summary.recordings, 'recording')} compared, {summary.heard:,} of them by sound: {evidence}; "
        f"{count(summary.clusters, 'cluster')}"
    )
    if summary.only_alike:
        out.line(
            f"{count(summary.only_alike, 'pair')} sound nearly the same for cluster, but differ here: "
            "curate show segments --layer near-twins. Decide: curate same, or curate different"
        )
    if summary.divided:
        out.line(divided_words(summary.divided, "cluster"))
    if summary.leaks:
        out.line(
            f"{count(summary.leaks, 'recording')} ({share(summary.leaks, summary.recordings)}) share a sound "
            f"with the other set and {'would be' if dry_run else 'are'} dropped"
        )
    if summary.work is not None:
        out.work(summary.work)
    out.outdated(summary.outdated)
    for each in summary.against:
        unheard = each.recordings - each.heard
        out.line(
            f"kept apart from {each.place}: {count(each.recordings, 'recording')}"
            f"{f', {unheard:,} of them left to scan' if unheard else ''}. {each.leaks:,} of "
            "this dataset share a sound with it"
        )
    out.line(
        f"{'would drop' if dry_run else 'dropped'} {summary.dropped:,} for a better copy. "
        f"{summary.relabelled:,} get classes of their copies, {summary.review:,} to review. "
        f"{summary.failed:,} failed, {summary.waiting:,} left to scan"
    )
    _show_unheeded(out, summary, dry_run=dry_run)
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")


def _show_unheeded(out: Output, summary: DedupeSummary, *, dry_run: bool) -> None:
    """Name the recordings that go with what people said of them, or marked in them."""
    if not summary.unheeded:
        return
    said, marked = (sum(getattr(each, kind) for each in summary.unheeded) for kind in _WORK)
    names = [each.recording_id for each in summary.unheeded]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    out.line(
        f"{count(said, 'verdict')} and {count(marked, 'annotation')} {'would go' if dry_run else 'go'} with "
        f"dropped recordings: {', '.join(names[:_NAMED])}{more}. "
        "Give them to the copy that stays: curate show drops"
    )


def _show_pairs(out: Output, title: str, pairs: Sequence[Pair]) -> None:
    for pair in pairs[:_SHOWN]:
        out.line(_told(pair))
    if len(pairs) > _SHOWN:
        out.line(f"... and {len(pairs) - _SHOWN:,} more {title} (--json lists all)")


def _told(pair: Pair) -> str:
    if pair.kind == "metadata":
        return f"{pair.recording_id} ~ {pair.other}: same recordist, date, time and place"
    if pair.kind == "person":
        return f"{pair.recording_id} = {pair.other}, by a person"
    if pair.kind == "id":
        return f"{pair.recording_id} is there too"
    return (
        f"{pair.recording_id}[{pair.onset:.1f}-{pair.offset:.1f}] = "
        f"{pair.other}[{pair.other_onset:.1f}-{pair.other_offset:.1f}], same {pair.kind}"
    )
