"""`curate download`: one command per archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Exit, Option

from curate.cli._output import Output
from curate.cli.acquire.download_options import (
    BoxOption,
    DatasetKeyOption,
    FilesOption,
    ServerOption,
    TaxaOption,
    TaxonOption,
    with_common,
)
from curate.cli.acquire.download_show import show_download


def download(archive: str, query: dict[str, Any], common: dict[str, Any]) -> None:
    """Fetch recordings from public archives, with their licences; the same command goes on after a stop."""
    from curate.catalogue.dataset import Dataset
    from curate.steps.acquire import download as step

    out = Output(json=common.pop("json"), quiet=common.pop("quiet"))
    common["exclude"] = common["exclude"] or ()
    given = {name: value for name, value in query.items() if value is not None}
    with Dataset(common.pop("dataset")) as birds:
        summary = step.download(birds, archive, **common, progress=out.progress, **given)
        out.result(summary, lambda: show_download(out, summary, birds.folder, common))
    missing = summary.failed or summary.postponed or summary.problem_counts["unlisted"]
    if missing or (summary.imported is not None and summary.imported.failed):
        raise Exit(3)


def _xeno_canto(
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    group: Annotated[
        str | None,
        Option(metavar="GROUP", help="birds, frogs, grasshoppers, bats, land mammals or soundscape."),
    ] = None,
    country: Annotated[
        str | None, Option(metavar="NAME", help="Country, or the beginning of its name.")
    ] = None,
    box: BoxOption = None,
    quality: Annotated[str | None, Option(metavar="A..E", help="Rating, or better than one: '>C'.")] = None,
    since: Annotated[
        str | None, Option(metavar="DATE", help="Uploaded since then, or in so many days.")
    ] = None,
    length: Annotated[str | None, Option(metavar="SECONDS", help="'<30', '>5' or '5-30'.")] = None,
    query: Annotated[str | None, Option(metavar="TAGS", help="More tags, as Xeno-canto takes them.")] = None,
    key_file: Annotated[
        Path | None, Option(metavar="FILE", help="Your key; else CURATE_XENO_CANTO_KEY or XC_API_KEY.")
    ] = None,
    server: ServerOption = "https://xeno-canto.org",
) -> None:
    """Fetch from Xeno-canto: birds, frogs, insects, bats, soundscapes. Needs your key."""


def _inaturalist(
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    place: Annotated[
        str | None, Option(metavar="NUMBER", help="Place, by its number at iNaturalist.")
    ] = None,
    quality_grade: Annotated[
        str | None, Option(metavar="GRADE", help="research, needs_id or casual; several with commas.")
    ] = None,
    box: BoxOption = None,
    since: Annotated[str | None, Option(metavar="DATE", help="Uploaded on this date or later.")] = None,
    server: ServerOption = "https://api.inaturalist.org",
) -> None:
    """Fetch the sounds of iNaturalist's observations."""


def _gbif(
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    dataset_key: DatasetKeyOption = None,
    country: Annotated[str | None, Option(metavar="XX", help="Country, as two letters.")] = None,
    box: BoxOption = None,
    server: ServerOption = "https://api.gbif.org",
) -> None:
    """Fetch the sounds of any data set at GBIF."""


def _csa(
    table: Annotated[
        Path | None, Option(metavar="FILE", help="Table that names its files, such as BirdCLEF's train.csv.")
    ] = None,
    dataset_key: DatasetKeyOption = None,
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    server: ServerOption = "https://api.gbif.org",
    files: Annotated[str | None, Option(metavar="URL", help="Another server that has the files.")] = None,
) -> None:
    """Fetch from the Colombian Sound Archive, by a table or through GBIF."""


def _urls(
    file: Annotated[Path, Argument(metavar="FILE", help="CSV with a column of URLs.")],
    url_column: Annotated[str | None, Option(metavar="NAME", help="Column of the URL.")] = None,
    label_column: Annotated[str | None, Option(metavar="NAME", help="Column of the class.")] = None,
) -> None:
    """Fetch what a table lists: a BirdCLEF table, a manifest, a list of your own."""


def _kaggle(
    competition: Annotated[str, Argument(metavar="COMPETITION", help="Such as birdclef-2025.")],
) -> None:
    """Fetch and import a competition's data. Needs the kaggle extra, and that you accepted its rules."""


def _zenodo(
    record: Annotated[str, Argument(metavar="RECORD", help="Number, DOI or address of the record.")],
    files: FilesOption = None,
    server: ServerOption = "https://zenodo.org",
) -> None:
    """Fetch, unpack and import the files of a record."""


def _huggingface(
    repo: Annotated[str, Argument(metavar="REPO", help="Such as DBD-research-group/BirdSet.")],
    config: Annotated[
        str | None, Option(metavar="FOLDER", help="One folder of it, such as BirdSet's HSN.")
    ] = None,
    revision: Annotated[
        str | None, Option(metavar="NAME", show_default="main; BirdSet: data", help="Branch, tag or commit.")
    ] = None,
    files: FilesOption = None,
    server: Annotated[
        str | None,
        Option(
            metavar="URL",
            show_default="HF_ENDPOINT, or huggingface.co",
            help="Server with the same interface to use instead.",
        ),
    ] = None,
) -> None:
    """Fetch, unpack and import a data set, such as a configuration of BirdSet."""


# In the order of the help: recordings first, whole sets after.
_ARCHIVES: dict[str, Callable[..., None]] = {
    "xeno-canto": _xeno_canto,
    "inaturalist": _inaturalist,
    "gbif": _gbif,
    "csa": _csa,
    "urls": _urls,
    "kaggle": _kaggle,
    "zenodo": _zenodo,
    "huggingface": _huggingface,
}
COMMANDS = {name: with_common(download, name, own) for name, own in _ARCHIVES.items()}
