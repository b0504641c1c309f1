"""`curate config`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import Output

if TYPE_CHECKING:
    from curate.steps.inspect.config import Defaults


def config(dataset: DatasetOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Show your defaults, and where each comes from.

    An option overrides a variable. A variable overrides curate.toml in the dataset, and that overrides
    your own file.

    Examples
    --------
    Show your defaults:

        curate config

    Show those of a dataset, as JSON:

        curate config --dataset birds --json
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import config as step

    out = Output(json=json, quiet=quiet)
    found = step.config(None if dataset is None else Dataset(dataset))
    out.result(found, lambda: _show(out, found))


def _show(out: Output, found: Defaults) -> None:
    rows = [(each.key, "" if each.value is None else str(each.value), each.origin) for each in found.settings]
    out.table("defaults", ("setting", "value", "from"), rows)
    for path in found.files:
        out.line(f"{path}: {'read' if os.path.isfile(path) else 'missing. Make it to set defaults'}")
