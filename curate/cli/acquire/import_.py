"""`curate import`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    RetryOption,
)
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.acquire.import_summary import ImportSummary


#: Endings that are listed; the rest is counted.
_ENDINGS = 12


def import_(
    paths: Annotated[list[Path], Argument(metavar="PATH...", help="Folders, tables or audio files.")],
    dataset: DatasetOption = None,
    format: Annotated[
        str,
        Option(metavar="FORMAT", help="auto, or such as raven; a name that is none is answered with all."),
    ] = "auto",
    label_column: Annotated[str | None, Option(metavar="NAME", help="Column of the class.")] = None,
    path_column: Annotated[str | None, Option(metavar="NAME", help="Column of the file.")] = None,
    audio_folder: Annotated[
        Path | None,
        Option(
            metavar="DIR", show_default="beside the table", help="Where the audio lies that a table names."
        ),
    ] = None,
    layer: Annotated[
        str, Option(metavar="NAME", help="Where annotations go; what it said of a recording is replaced.")
    ] = "annotations",
    replace_changed: Annotated[
        bool,
        Option(
            "--replace-changed", help="Accept files whose bytes or label changed since they were imported."
        ),
    ] = False,
    retry_failed: RetryOption = False,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Register recordings where they lie; nothing is copied or changed.

    A folder is read as <label>/<file>, an unpacked BirdCLEF data set by its tables, and a table
    by its columns. Annotations (Raven, Audacity, Label Studio ...) become a layer of segments.
    Importing again adds nothing twice.
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
            replace_changed=replace_changed,
            retry_failed=retry_failed,
            jobs=jobs,
            engine=engine,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.result(summary, lambda: show_import(out, summary, birds.folder, dry_run=dry_run, layer=layer))
    if summary.failed or summary.unused:
        raise Exit(3)


def show_import(
    out: Output, summary: ImportSummary, folder: Path, *, dry_run: bool, layer: str = "annotations"
) -> None:
    """Print what an import did."""
    out.problems(summary.problems, summary.problem_counts)
    if dry_run:
        _show_passed_over(out, summary)
        out.line(f"would look at {count(summary.recordings, 'recording')}")
        return
    out.problems(summary.damage, Counter(damaged=summary.damaged))
    replaced = f", {summary.replaced:,} replaced" if summary.replaced else ""
    relabelled = f" ({summary.relabelled:,} relabelled)" if summary.relabelled else ""
    moved = f" ({summary.moved:,} at a new place)" if summary.moved else ""
    damaged = f", {summary.damaged:,} damaged" if summary.damaged else ""
    unlabelled = f", {summary.unlabelled:,} without a label" if summary.unlabelled else ""
    out.line(
        f"{count(summary.recordings, 'recording')} found: "
        f"{summary.added:,} new ({duration(summary.audio_seconds)}), "
        f"{summary.known:,} known already{moved}{relabelled}{replaced}; "
        f"{summary.failed:,} of them failed{damaged}{unlabelled}; in {folder}"
    )
    _show_passed_over(out, summary)
    if summary.failed < summary.recordings == summary.unlabelled:
        out.line(
            "no recording has a label; labels come from folders by class, or from a table "
            "(curate import TABLE, with --label-column for a column of another name)"
        )
    if summary.limited:
        out.line(
            f"of {count(summary.limited, 'recording')} only the stretches that the manifest names are kept"
        )
    if summary.annotated:
        found = f"{count(summary.annotations, 'annotation')} of {count(summary.annotated, 'recording')}"
        out.line(f"{found} in layer {layer}")


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
