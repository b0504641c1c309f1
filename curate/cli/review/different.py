"""`curate different`."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output
from curate.cli.review.same import told


def different(
    recording: Annotated[str, Argument(metavar="RECORDING", help="Its id, or the end of its path.")],
    other: Annotated[str, Argument(metavar="OTHER", help="Likewise.")],
    dataset: DatasetOption = None,
    reviewer: Annotated[
        str | None, Option(metavar="NAME", show_default="the user's name", help="Who decides.")
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say that two recordings are not the same sound: neither goes for the other, now and later.

    It beats what dedupe finds until it is taken back; a later verdict beats an earlier one.
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.review import different as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.different(birds, recording, other, reviewer=reviewer)
    out.result(summary, lambda: told(out, summary))
