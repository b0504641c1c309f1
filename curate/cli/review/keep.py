"""`curate keep`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output, duration


def keep(
    recording: Annotated[
        str,
        Argument(
            metavar="RECORDING", help="Its id, as `curate show recordings` prints it, or the end of its path."
        ),
    ],
    onset: Annotated[float, Argument(metavar="ONSET", help="Seconds in the raw recording.")],
    offset: Annotated[float, Argument(metavar="OFFSET", help="Seconds in the raw recording.")],
    dataset: DatasetOption = None,
    label: Annotated[str, Option(metavar="WORD", help="What is heard there.")] = "",
    reviewer: Annotated[
        str | None, Option(metavar="NAME", show_default="the user's name", help="Who decides.")
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Keep a stretch: it is taken out of every step's cuts, now and in later runs.

    A later verdict beats an earlier one. Copies are written by render, or the next strip-voice or trim.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import keep as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.keep(birds, recording, onset, offset, label=label, reviewer=reviewer)
    out.result(
        summary,
        lambda: out.line(
            f"{summary.recording}: cut {duration(summary.cut_after)}, "
            f"before {duration(summary.cut_before)}; verdict {summary.number} of {summary.reviewer} "
            f"(curate undo {summary.number} takes it back)"
        ),
    )
