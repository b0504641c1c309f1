"""`curate doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Exit

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.inspect.doctor import Diagnosis


def doctor(dataset: DatasetOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Check this installation, and say how to fix it.

    It checks Python, packages, decoders, the network, extras, the GPU, disks, the dataset and its lock.
    It only reads. The exit code is 1 if something is wrong.

    Examples
    --------
    Check the installation:

        curate doctor

    Check a dataset and its lock, too:

        curate doctor --dataset birds
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import doctor as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        found = step.doctor(birds)
    out.result(found, lambda: _show(out, found))
    if found.wrong:
        raise Exit(1)


def _show(out: Output, found: Diagnosis) -> None:
    rows = [(each.what, each.state, each.said, each.hint) for each in found.findings]
    out.table("doctor", ("what", "state", "found", "what to do"), rows)
    out.line(f"{count(found.wrong, 'thing')} wrong" if found.wrong else "nothing is wrong")
