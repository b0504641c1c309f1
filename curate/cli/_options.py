"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

DatasetOption = Annotated[
    Path | None,
    Option(
        "--dataset",
        "-d",
        metavar="DIR",
        envvar="CURATE_DATASET",
        show_default="the current folder",
        help="Dataset folder.",
    ),
]
JsonOption = Annotated[
    bool, Option("--json", help="Print one JSON object on stdout, and nothing else there.")
]
QuietOption = Annotated[bool, Option("--quiet", "-q", help="Print errors only.")]
DryRunOption = Annotated[bool, Option("--dry-run", "-n", help="Say what would be done; write nothing.")]
JobsOption = Annotated[
    int | None, Option("--jobs", "-j", metavar="N", min=1, show_default="all cores", help="Worker processes.")
]
EngineOption = Annotated[
    str,
    Option(
        metavar="ENGINE",
        help="Where workers run: local, dask:N, or dask:tcp://host:port (needs the dask extra).",
    ),
]
DeviceOption = Annotated[str, Option(help="Where networks run: auto, cpu or cuda.", metavar="DEVICE")]
RetryOption = Annotated[bool, Option("--retry-failed", help="Try the failed recordings once more.")]
