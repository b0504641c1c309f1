"""`curate embed`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from curate.cli._help import INPUT, OUTPUT
from curate.cli._options import (
    DatasetOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    LimitOption,
    ModelOption,
    PathsArgument,
    QuietOption,
    RetryOption,
)
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.scores.embed_summary import EmbedSummary

#: Recordings that are named; --json has all.
_LISTED = 5


def embed(
    paths: PathsArgument = None,
    dataset: DatasetOption = None,
    model: ModelOption = "spectral",
    hop: Annotated[
        float | None,
        Option(
            metavar="SECONDS",
            show_default="as before, else the model's window",
            help="Time from the start of one window to the next, in seconds.",
        ),
    ] = None,
    kept: Annotated[
        bool | None,
        Option(
            "--kept/--whole",
            show_default="as before, else whole",
            help="Compute vectors of kept audio only, or of whole recordings.",
        ),
    ] = None,
    detectors: Annotated[
        list[str] | None,
        Option(
            "--detector",
            metavar="NAME",
            show_default="none",
            help="A detector that scans in the same pass; may be given again.",
        ),
    ] = None,
    vectors_from: Annotated[
        Path | None,
        Option(
            "--vectors-from",
            metavar="PATH",
            show_default=False,
            help="Read vectors made elsewhere: Parquet (recording, onset, offset, vector) or Hoplite.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Option(
            "--out",
            "-o",
            metavar="PATH",
            show_default=False,
            help="Also write the vectors, to a .parquet file or a new Hoplite folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compute a vector for every window of every recording.

    similar, search, cluster and map compare sounds by these vectors. A model that names classes also
    stores its scores, for pseudo-label and audit.

    Examples
    --------
    Compute vectors from spectra, with nothing to install:

        curate embed

    Use BirdNET, in windows that overlap:

        curate embed --model birdnet --hop 1.5
    """
    from curate.catalogue.dataset import Dataset
    from curate.model import number_of_faults
    from curate.steps.scores import embed as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.embed(
            birds,
            paths or (),
            model=model,
            hop=hop,
            kept=kept,
            detectors=detectors or (),
            vectors_from=vectors_from,
            out=out,
            jobs=jobs,
            engine=engine,
            limit=limit,
            retry_failed=retry_failed,
            dry_run=dry_run,
            progress=output.progress,
        )
        output.result(summary, lambda: _show(output, summary, birds.folder, dry_run=dry_run))
    output.problems(summary.problems)
    if summary.failed or summary.undetected or number_of_faults(summary.problems):
        raise Exit(3)


def _show(out: Output, summary: EmbedSummary, folder: Path, *, dry_run: bool) -> None:
    if summary.imported is not None:
        from curate.cli.acquire.import_ import show_import

        show_import(out, summary.imported, folder, dry_run=dry_run)
    if summary.work is not None:
        out.work(summary.work)
        return
    if summary.license:
        out.line(f"the weights of {summary.model} are under {summary.license}")
    if summary.same or summary.holes:
        out.line(
            f"{summary.same:,} recordings had the same vectors. {summary.holes:,} windows are "
            "missing in the file"
        )
    quiet = f", {summary.silent:,} of them without a sound" if summary.silent else ""
    out.line(
        f"{count(summary.embedded, 'recording')} embedded ({duration(summary.audio_seconds)}, "
        f"{count(summary.windows, 'window')}{quiet}). {summary.failed:,} failed"
    )
    from curate.steps.common.model_kinds import own_version

    has = "has" if summary.recordings == 1 else "have"
    made_by = " ".join(filter(None, (summary.model, own_version(summary.version))))
    out.line(
        f"{count(summary.recordings, 'recording')} {has} {count(summary.vectors, 'vector')} of "
        f"{summary.dimension:,} numbers by {made_by}"
        f"{', of what is kept' if summary.kept else ''}"
    )
    _show_more(out, summary)
    if summary.path:
        out.line(f"written to {summary.path}")
    if summary.classes:
        out.line(
            f"{count(summary.scores, 'score')} kept for its {summary.classes:,} classes, in the layer "
            f"scores-{summary.model}"
        )
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")
    elif summary.recordings:
        out.line(f"what sounds alike: curate similar RECORDING --model {summary.model}")
        if summary.classes:
            out.line(f"labels that it doubts: curate audit --model {summary.model}")


def _show_more(out: Output, summary: EmbedSummary) -> None:
    if summary.cut:
        of = "it" if summary.cut == 1 else "them"
        out.line(f"{count(summary.cut, 'window')} got none: less than half of {of} is kept")
    if summary.nothing_left:
        has, of = ("has", "it") if summary.nothing_left == 1 else ("have", "them")
        out.line(f"{count(summary.nothing_left, 'recording')} {has} none: nothing of {of} is kept")
    if summary.too_low:
        out.line(
            f"{count(summary.too_low, 'recording')} left out: too low a sample rate for "
            f"{summary.model} (curate show recordings)"
        )
    if summary.detected:
        out.line(
            f"{count(summary.detected, 'recording')} scanned by detectors in the same pass. "
            f"{summary.undetected:,} failed"
        )
    if summary.unreadable:
        ids = summary.unreadable
        some = ", ".join(ids[:_LISTED]) + (" ..." if len(ids) > _LISTED else "")
        out.line(
            f"{count(len(ids), 'recording')} left out, which could not be decoded at the import ({some}): "
            "curate status"
        )
