"""`curate show`."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from curate.cli import _complete
from curate.cli._help import COMMON, OUTPUT, SELECTION
from curate.cli._options import DatasetOption

if TYPE_CHECKING:
    from curate.steps.inspect.show import Shown


def show(
    table: Annotated[
        str,
        Argument(
            metavar="TABLE",
            autocompletion=_complete.tables,
            help="Table: agreement, cuts, drops, failures, folds, groups, labels, matches, recorders, "
            "recordings, runs, segments, timemap or verdicts.",
        ),
    ],
    dataset: DatasetOption = None,
    layer: Annotated[
        str | None,
        Option(
            metavar="NAME",
            autocompletion=_complete.layers,
            help="Only segments of this layer. For agreement, the first layer to compare.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    against: Annotated[
        str | None,
        Option(
            metavar="NAME",
            autocompletion=_complete.layers,
            help="For agreement, the layer to compare with --layer.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    recording: Annotated[
        str | None,
        Option(
            metavar="ID",
            autocompletion=_complete.recordings,
            help="Only this recording: its id, or the end of its path.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    clean: Annotated[
        bool,
        Option(
            "--clean", help="Show segments with path and times of the clean copy.", rich_help_panel=OUTPUT
        ),
    ] = False,
    limit: Annotated[
        int | None, Option(metavar="N", min=0, help="Print at most N rows.", rich_help_panel=OUTPUT)
    ] = None,
    csv: Annotated[
        bool, Option("--csv", help="Print all columns as CSV, the default in a pipe.", rich_help_panel=OUTPUT)
    ] = False,
    json: Annotated[bool, Option("--json", help="Print a JSON array.", rich_help_panel=COMMON)] = False,
) -> None:
    """Print a table of the catalogue.

    A terminal gets the main columns, and a pipe gets all columns as CSV.

    Examples
    --------
    List the cuts with their reasons:

        curate show cuts

    List the voices in one recording:

        curate show segments --layer speech --recording XC90000013.mp3
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import show as step

    with Dataset(dataset) as birds:
        shown = step.show(
            birds, table, layer=layer, against=against, recording=recording, clean=clean, limit=limit
        )
        if json:
            _print_json(shown)
        elif csv or not sys.stdout.isatty():
            _print_csv(shown)
        elif table == "verdicts":
            _print_verdicts(shown)
        else:
            _print_table(table, shown)


def _print_csv(shown: Shown) -> None:
    import csv

    sys.stdout.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(shown.columns)
    writer.writerows(shown.rows)


def _print_json(shown: Shown) -> None:
    import json

    sys.stdout.write("[")
    for number, row in enumerate(shown.rows):
        sys.stdout.write(",\n" if number else "\n")
        sys.stdout.write(json.dumps(dict(zip(shown.columns, row, strict=True))))
    sys.stdout.write("\n]\n")


#: Columns that make a terminal's table unreadable; --csv and --json have them.
_WIDE = frozenset(
    {
        "bytes",
        "clean_path",
        "codec",
        "counts",
        "latitude",
        "license",
        "longitude",
        "parameters",
        "path",
        "pid",
    }
    | {"problem", "producer", "sha256", "url"}
)


def _print_table(name: str, shown: Shown) -> None:
    from curate.cli._output import Output, say

    narrow = [index for index, column in enumerate(shown.columns) if column not in _WIDE]
    found = [[_cell(row[index]) for index in narrow] for row in shown.rows]
    if not found:
        say(f"{name}: no rows")
        return
    # What is empty in all rows only makes the others narrower.
    wanted = [place for place in range(len(narrow)) if any(row[place] for row in found)]
    rows = [[row[place] for place in wanted] for row in found]
    names = [shown.columns[narrow[place]] for place in wanted]
    Output(json=False, quiet=False).table(name, names, rows)
    if len(wanted) < len(shown.columns):
        say("all columns: --csv")


def _print_verdicts(shown: Shown) -> None:
    """Print a line for each, as `curate undo` says it: no terminal is as wide as the table."""
    from curate.cli._output import Output, say

    out = Output(json=False, quiet=False)
    for cells in shown.rows:
        row = dict(zip(shown.columns, cells, strict=True))
        about = f"{row['onset']:.2f}-{row['offset']:.2f} s of {row['recording_id']}"
        if row["other"]:
            about = f"{row['recording_id']} and {row['other']}"
        label = f" ({row['label']})" if row["label"] else ""
        back = f", undone {_cell(row['withdrawn'])}" if row["withdrawn"] else ""
        said = f"{row['judgement']} {about}{label}, {row['reviewer']}, {_cell(row['at'])}"
        out.line(f"{row['number']:4}  {said}{back}")
    say("take one back: curate undo NUMBER")


#: A time as the catalogue has it, of which a terminal shows the minutes.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*$")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = "" if value is None else str(value)
    return text[:16].replace("T", " ") if _MOMENT.match(text) else text
