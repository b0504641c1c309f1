"""Options that all archives share, and the way they are put behind each archive's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from curate.cli._help import RUNNING, SELECTION
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption

TaxonOption = Annotated[
    list[str] | None,
    Option(
        "--taxon",
        "-t",
        metavar="NAME",
        show_default=False,
        help="Scientific name. Repeat the option for more taxa.",
        rich_help_panel=SELECTION,
    ),
]
TaxaOption = Annotated[
    str | None,
    Option(
        metavar="FILE[:COLUMN]",
        help="Table of taxa: BirdCLEF, eBird, BirdNET labels, or a list. Recordings get its labels.",
        rich_help_panel=SELECTION,
    ),
]
BoxOption = Annotated[
    str | None,
    Option(
        metavar="S,W,N,E",
        help="Only inside these degrees: south, west, north, east, as in --box=-5,-75,12,-66.",
        rich_help_panel=SELECTION,
    ),
]
DatasetKeyOption = Annotated[
    str | None,
    Option(
        metavar="KEY",
        help="Only this dataset at GBIF: the key in the address of its page.",
        rich_help_panel=SELECTION,
    ),
]
FilesOption = Annotated[
    list[str] | None,
    Option(
        "--files",
        metavar="PATTERN",
        show_default=False,
        help="Only files whose name fits, for example '*.zip'. Repeat the option for more.",
        rich_help_panel=SELECTION,
    ),
]
ServerOption = Annotated[
    str,
    Option(metavar="URL", help="Use another server with the same interface.", rich_help_panel=RUNNING),
]


def _common(
    dataset: DatasetOption = None,
    max_per_taxon: Annotated[
        int | None,
        Option(
            metavar="N",
            min=1,
            help="Take at most N recordings of each label from this archive: the best rated, else the first.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    max_seconds: Annotated[
        float | None,
        Option(metavar="SECONDS", help="Longest recording to fetch, in seconds.", rich_help_panel=SELECTION),
    ] = None,
    license: Annotated[
        str | None,
        Option(
            metavar="LIST",
            help="Only these licences, for example by,by-nc,by-sa,cc0.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    allow_nd: Annotated[
        bool,
        Option(
            "--allow-nd",
            help="Also fetch recordings under ND licences. By default they are left out, "
            "as ND forbids trimmed copies.",
            rich_help_panel=SELECTION,
        ),
    ] = False,
    exclude: Annotated[
        list[Path] | None,
        Option(
            metavar="FILE|DATASET",
            show_default=False,
            help="Leave out the recordings of this table or dataset, for example a test set. "
            "Repeat the option for more.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    metadata_only: Annotated[
        bool,
        Option("--metadata-only", help="Only list counts, hours and bytes per taxon. Fetches no audio."),
    ] = False,
    limit: Annotated[
        int | None,
        Option(metavar="N", min=0, help="Fetch at most N recordings.", rich_help_panel=RUNNING),
    ] = None,
    jobs: Annotated[
        int,
        Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            help="Number of files to fetch at the same time.",
            rich_help_panel=RUNNING,
        ),
    ] = 4,
    refresh: Annotated[
        bool,
        Option(
            "--refresh",
            help="Ask the archive again instead of using stored answers.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    retry_failed: Annotated[
        bool,
        Option(
            "--retry-failed",
            help="Try recordings again that were offline, or whose file failed to decode.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    contact: Annotated[
        str | None,
        Option(
            metavar="ADDRESS",
            envvar="CURATE_CONTACT",
            help="Your e-mail address or web page, to send to the archive.",
            rich_help_panel=RUNNING,
        ),
    ] = None,
    patience: Annotated[
        float,
        Option(
            metavar="SECONDS",
            help="Longest time for one request and its retries, in seconds.",
            rich_help_panel=RUNNING,
        ),
    ] = 600.0,
    max_mb: Annotated[
        float,
        Option(
            metavar="MB",
            min=0,
            help="Largest file to fetch if the archive lists no size, in MB.",
            rich_help_panel=RUNNING,
        ),
    ] = 2000.0,
    allow_private: Annotated[
        bool,
        Option(
            "--allow-private",
            help="Allow requests to loopback and private addresses.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    allow_files: Annotated[
        Path | None,
        Option(
            metavar="FOLDER",
            help="Allow file:// URLs of a table that lead into this folder.",
            rich_help_panel=RUNNING,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold the signature."""


def with_common(
    run: Callable[[str, dict[str, Any], dict[str, Any]], None], archive: str, own: Callable[..., None]
) -> Callable[..., None]:
    """Make a command of an archive's own options and the common ones.

    Parameters
    ----------
    run
        Called with the archive, its own options, and the common ones.
    archive
        A key of `ARCHIVES`.
    own
        A function that is only a signature and a help text.
    """
    mine, shared = inspect.signature(own, eval_str=True), inspect.signature(_common, eval_str=True)

    def command(**options: Any) -> None:  # noqa: ANN401 - as the signature says
        common = {name: options.pop(name) for name in shared.parameters}
        run(archive, options, common)

    parameters = [*mine.parameters.values(), *shared.parameters.values()]
    command.__name__ = own.__name__
    command.__doc__ = own.__doc__
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    )
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command
