"""`curate cluster`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli._help import OUTPUT
from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    JsonOption,
    QuietOption,
    WhichModelOption,
)
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.scores.cluster_summary import ClusterSummary

#: Classes and recordings of a line for people; --json has all.
_LISTED = 3

#: Pairs that are shown to people.
_TWINS = 10


def cluster(
    dataset: DatasetOption = None,
    model: WhichModelOption = None,
    windows: Annotated[bool, Option("--windows", help="Group windows instead of recordings.")] = False,
    out: Annotated[
        Path | None,
        Option(
            "--out",
            "-o",
            metavar="CSV",
            help="Write a table with a row for each recording.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    max_items: Annotated[int, Option(metavar="N", help="List N groups and N outliers.")] = 20,
    seed: Annotated[int, Option(metavar="N", help="Seed of the trials that choose the size of groups.")] = 0,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find groups that sound alike, outliers and recorder faults.

    A group of faults differs from its classes by its recorder, sample rate or recordist. Run embed first.

    Examples
    --------
    Write a table of groups:

        curate cluster --out groups.csv

    Group single windows:

        curate cluster --windows
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.scores import cluster as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.cluster(
            birds,
            model=model,
            windows=windows,
            out=out,
            max_items=max_items,
            seed=seed,
            dry_run=dry_run,
            progress=output.progress,
        )
    output.result(summary, lambda: _show(output, summary, dry_run=dry_run))


def _show(out: Output, summary: ClusterSummary, *, dry_run: bool) -> None:
    if summary.groups:
        out.table(
            f"groups of {summary.unit} that sound alike",
            ("group", summary.unit, "stability", "mostly", "for example"),
            [
                (each.name, each.members, f"{each.stability:.2f}", _mostly(each.labels), each.example)
                for each in summary.groups
            ],
        )
    if summary.outliers:
        out.table(
            "most unlike their class",
            ("recording", "label", "distance", "neighbours", "mixture"),
            [
                (each.recording_id, each.label, f"{each.distance:.1f}", each.near, f"{each.mixture:.2f}")
                for each in summary.outliers
            ],
        )
    if summary.measured_outliers:
        out.table(
            f"{count(summary.far_off, 'recording')} far from their class by what scan measured",
            ("recording", "label", "differs"),
            [(each.recording_id, each.label, each.differs) for each in summary.measured_outliers],
        )
    if summary.twins:
        out.table(
            f"nearly the same, of {count(summary.near_twins, 'pair')} that dedupe does not match",
            ("recording", "label", "other", "its label", "cosine"),
            [
                (each.recording_id, each.label, each.other, each.other_label, f"{each.cosine:.3f}")
                for each in summary.twins[:_TWINS]
            ],
        )
    for fault in summary.faults:
        more = ", ".join(fault.recordings[:_LISTED])
        out.line(f"{fault.what}")
        out.line(f"  {more}{' ...' if len(fault.recordings) > _LISTED else ''}. {fault.next_step}")
    _show_counts(out, summary)
    if not dry_run:
        _show_next(out, summary)


def _show_counts(out: Output, summary: ClusterSummary) -> None:
    noun = summary.unit[:-1]
    size = f", of {summary.size} or more by stability" if summary.size else ""
    out.line(
        f"{count(summary.compared, noun)} compared by {summary.model}: {summary.grouped:,} in groups{size}, "
        f"{summary.outlying:,} outliers, {count(len(summary.faults), 'group')} of faults"
    )
    if summary.dropped:
        out.line(f"{count(summary.dropped, 'recording')} left out, as nothing of them is kept")
    if summary.small_classes:
        out.line(
            f"{count(summary.small_classes, 'class')} too small to compare: "
            f"{count(summary.in_small_classes, 'recording')}"
        )
    if summary.unmeasured:
        detectors = " ".join(f"--detector {name}" for name in summary.unmeasured)
        number = count(max(summary.unmeasured.values()), "recording")
        out.line(f"level, clipping, band or hum not compared for {number}: curate scan {detectors}")
    for ids, why in (
        (summary.missing, f"without current vectors: curate embed --model {summary.model}"),
        (summary.silent, "without any sound"),
        (summary.broken, "with vectors that are no numbers"),
    ):
        if ids:
            some = ", ".join(ids[:_LISTED]) + (" ..." if len(ids) > _LISTED else "")
            out.line(f"{count(len(ids), 'recording')} left out, {why} ({some})")


def _show_next(out: Output, summary: ClusterSummary) -> None:
    if summary.path:
        out.line(f"written to {summary.path}")
    if summary.unit == "windows":
        out.line("see them: curate show segments --layer window-groups")
        return
    queues = [
        name
        for name, found in (
            ("fault-groups", summary.faults),
            ("outliers", summary.outlying or summary.far_off),
        )
        if found
    ]
    hear = "".join(f". Hear them: curate review --queue {name}" for name in queues[:1])
    out.line(f"see all: curate show groups{hear}")


def _mostly(labels: dict[str, int]) -> str:
    shown = [f"{label or 'no label'} {number:,}" for label, number in list(labels.items())[:_LISTED]]
    return ", ".join(shown) + (f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else "")
