"""`curate audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli._help import INPUT, OUTPUT
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption, ScoresOfOption
from curate.cli._output import Output, count, share
from curate.cli.scores.model_names import show_names, some

if TYPE_CHECKING:
    from curate.steps.scores.audit_summary import AuditSummary


def audit(
    predictions: Annotated[
        list[Path] | None,
        Argument(
            metavar="PREDICTIONS...",
            help="Tables of scores, CSV or Parquet, or layer:NAME. Their models must be trained on "
            "other recordings.",
        ),
    ] = None,
    dataset: DatasetOption = None,
    model: ScoresOfOption = None,
    annotators: Annotated[
        Path | None,
        Option(
            metavar="CSV",
            help="Table with the answers of several people: annotator, recording, label.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    neighbours: Annotated[
        str | None,
        Option(
            metavar="MODEL",
            help="Also compare with the labels of similar recordings, by the vectors of this model.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Option(
            "--out",
            "-o",
            metavar="CSV",
            help="Write the most doubtful recordings to this table.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    max_items: Annotated[int, Option(metavar="N", help="List the N most doubtful labels.")] = 100,
    window: Annotated[
        float, Option(metavar="SECONDS", help="Length of the windows that a row_id names, in seconds.")
    ] = 5.0,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find labels that are probably wrong.

    It uses the scores of models, duplicates, similar recordings, and answers of several people. Labels
    stay as they are. 'curate review --queue labels' asks about the doubtful ones.

    Examples
    --------
    Compare labels with the scores of BirdNET:

        curate audit --model birdnet

    List the worst labels by your own scores:

        curate audit birds.csv --out worst.csv
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.scores import audit as step

    output = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.audit(
            birds,
            predictions or (),
            model=model,
            annotators=annotators,
            neighbours=neighbours,
            out=out,
            max_items=max_items,
            window=window,
            dry_run=dry_run,
        )
    output.result(summary, lambda: _show(output, summary, dry_run=dry_run))
    output.problems(summary.problems)
    if summary.failed:
        raise Exit(3)


#: Lines of a table for people; --json has all.
_LISTED = 12


def _show(out: Output, summary: AuditSummary, *, dry_run: bool) -> None:
    if summary.files or summary.voted:
        _show_model(out, summary)
    if summary.dropped:
        out.line(f"{count(summary.dropped, 'label')} of dropped recordings left out")
    show_names(out, summary.model)
    if summary.neighbours_of:
        _show_neighbours(out, summary)
    if summary.annotators:
        _show_persons(out, summary)
    if summary.conflicts:
        out.table(
            "the same sound with different labels",
            ("recording", "label", "other", "its label", "seconds"),
            [
                (each.recording_id, each.label, each.other, each.other_label, each.seconds)
                for each in summary.conflicts[:_LISTED]
            ],
        )
        out.line(f"{count(len(summary.conflicts), 'pair')} of duplicates with different labels")
    if not dry_run:
        where = f"the worst are in {summary.path}. " if summary.path else ""
        out.line(f"{where}Hear them: curate review --queue labels")


def _show_model(out: Output, summary: AuditSummary) -> None:
    doubted = [at for at in summary.worst if at.suspect or at.consensus not in ("", at.label)]
    out.table(
        "most doubtful labels",
        ("recording", "label", "score", "rather", "its score", "margin", "annotators", "doubted by"),
        [
            (
                *(at.recording_id, at.label, _two(at.score)),
                *(at.other, _two(at.other_score), _two(at.margin), at.consensus, at.doubted_by),
            )
            for at in doubted[:_LISTED]
        ],
    )
    noisy = [each for each in summary.classes if each.suspects][:_LISTED]
    out.table(
        "classes by estimated noise",
        ("class", "recordings", "suspect", "noise", "mostly"),
        [(each.label, each.recordings, each.suspects, share(each.noise, 1), each.most) for each in noisy],
    )
    out.table(
        f"rejecting margins below a threshold ({summary.truth} errors)",
        ("threshold", "kept", "share", "wrong in it", "errors removed"),
        [
            (
                f"{at.threshold:.3f}",
                at.kept,
                share(at.coverage, 1),
                share(at.risk, 1),
                share(at.errors_removed, 1),
            )
            for at in summary.risk
        ],
    )
    if summary.files:
        labels = count(summary.recordings, "label")
        unscored = f". {count(summary.unscored, 'label')} left without a score" if summary.unscored else ""
        out.line(f"{labels} compared with scores, {summary.suspects:,} suspect{unscored}")
        if summary.unscored_classes:
            out.line(f"classes that no table scores: {some(summary.unscored_classes)}")
    if summary.reject is not None:
        at = summary.reject
        out.line(
            f"a threshold of {at.threshold:.3f} removes {share(at.errors_removed, 1)} of the errors and "
            f"keeps {at.kept:,} recordings ({share(at.coverage, 1)}), {share(at.risk, 1)} of them wrong"
        )


def _show_neighbours(out: Output, summary: AuditSummary) -> None:
    agreed = f", {summary.agreed:,} of them by the scores, too" if summary.files else ""
    out.line(
        f"{count(summary.voted, 'label')} compared with those of neighbours by {summary.neighbours_of}, "
        f"{summary.neighbour_suspects:,} suspect{agreed}"
    )
    if summary.unvoted:
        out.line(
            f"{count(summary.unvoted, 'label')} left without a vote: too few recordings of "
            "others that are alike, "
            f"or vectors are missing (curate embed --model {summary.neighbours_of})"
        )


def _show_persons(out: Output, summary: AuditSummary) -> None:
    out.table(
        "annotators",
        ("annotator", "answers", "right", "kappa with all"),
        [(each.name, each.answers, share(each.right, 1), _two(each.kappa)) for each in summary.annotators],
    )
    if summary.repeated:
        out.line(
            f"{count(summary.repeated, 'row')} more by the same annotator on the same recording: "
            "the label given most often counts, once"
        )
    agreement = "undefined" if summary.agreement is None else f"{summary.agreement:.2f}"
    out.line(
        f"{count(summary.answered, 'recording')} answered, agreement (Fleiss' kappa) {agreement}. "
        f"{summary.disputed:,} have another label than theirs"
    )


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
