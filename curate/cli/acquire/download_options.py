"""Options that all archives share, and the way they are put behind each archive's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption

TaxonOption = Annotated[
    list[str] | None,
    Option(
        "--taxon",
        "-t",
        metavar="NAME",
        show_default=False,
        help="Scientific name. Repeat the option for more taxa.",
    ),
]
TaxaOption = Annotated[
    str | None,
    Option(
        metavar="FILE[:COLUMN]",
        help="Table of taxa: BirdCLEF, eBird, BirdNET labels, or a list; its labels are written.",
    ),
]
BoxOption = Annotated[
    str | None, Option(metavar="S,W,N,E", help="Within these degrees, as in --box=-5,-75,12,-66.")
]
DatasetKeyOption = Annotated[
    str | None, Option(metavar="KEY", help="Of one data set at GBIF, as in the address of its page.")
]
FilesOption = Annotated[
    list[str] | None,
    Option(
        "--files", metavar="PATTERN", show_default=False, help="Only files of these names, such as '*.zip'."
    ),
]
ServerOption = Annotated[str, Option(metavar="URL", help="Server with the same interface to use instead.")]


def _common(
    dataset: DatasetOption = None,
    max_per_taxon: Annotated[
        int | None,
        Option(metavar="N", min=1, help="Most recordings of a label: the best rated, or the first."),
    ] = None,
    max_seconds: Annotated[
        float | None, Option(metavar="SECONDS", help="Longest recording to fetch.")
    ] = None,
    license: Annotated[
        str | None, Option(metavar="LIST", help="Only these licences, such as by,by-nc,by-sa,cc0.")
    ] = None,
    allow_nd: Annotated[
        bool,
        Option("--allow-nd", help="Also what may not be trimmed (ND licences); without, it is left out."),
    ] = False,
    exclude: Annotated[
        list[Path] | None,
        Option(
            metavar="FILE|DATASET",
            show_default=False,
            help="Leave out what this table or dataset has, such as a test set.",
        ),
    ] = None,
    metadata_only: Annotated[
        bool, Option("--metadata-only", help="Tell what there is per taxon; fetch no audio.")
    ] = False,
    limit: Annotated[int | None, Option(metavar="N", min=0, help="Fetch at most N recordings.")] = None,
    jobs: Annotated[
        int, Option("--jobs", "-j", metavar="N", min=1, help="Files fetched at the same time.")
    ] = 4,
    refresh: Annotated[
        bool, Option("--refresh", help="Ask the archive again, even for answers already stored.")
    ] = False,
    retry_failed: Annotated[
        bool, Option("--retry-failed", help="Try again what was taken offline or was no audio.")
    ] = False,
    contact: Annotated[
        str | None,
        Option(
            metavar="ADDRESS",
            envvar="CURATE_CONTACT",
            help="Your e-mail address or web page, sent to the archive.",
        ),
    ] = None,
    patience: Annotated[
        float, Option(metavar="SECONDS", help="How long one request may take, all tries together.")
    ] = 600.0,
    max_mb: Annotated[
        float, Option(metavar="MB", min=0, help="Largest file to fetch if the archive lists no size.")
    ] = 2000.0,
    allow_private: Annotated[
        bool, Option("--allow-private", help="Also ask loopback and private addresses.")
    ] = False,
    allow_files: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="Also read file:// URLs of a table, if they lie in this folder."),
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
