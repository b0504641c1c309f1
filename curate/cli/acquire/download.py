"""`curate download`: one command per archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Exit, Option

from curate.cli._help import INPUT, RUNNING, SELECTION
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
    """Download recordings from public archives, with their licences.

    Each file is checked and registered with all that its archive knows about it. After a stop, run the
    same command again: it continues.

    Examples
    --------
    Count what an archive has of a species:

        curate download inaturalist --taxon "Hyla arborea" --metadata-only

    Fetch bats of one country, 20 recordings of each species:

        curate download xeno-canto --group bats --country Spain --max-per-taxon 20
    """
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
        Option(
            metavar="GROUP",
            help="Group of animals: birds, frogs, grasshoppers, bats, land mammals or soundscape.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    country: Annotated[
        str | None,
        Option(metavar="NAME", help="Country, or the start of its name.", rich_help_panel=SELECTION),
    ] = None,
    box: BoxOption = None,
    quality: Annotated[
        str | None,
        Option(metavar="A..E", help="Rating from A to E. '>C' takes A and B.", rich_help_panel=SELECTION),
    ] = None,
    since: Annotated[
        str | None,
        Option(
            metavar="DATE",
            help="Uploaded since this date. A number means the last N days.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    length: Annotated[
        str | None,
        Option(
            metavar="SECONDS", help="Length in seconds: '<30', '>5' or '5-30'.", rich_help_panel=SELECTION
        ),
    ] = None,
    query: Annotated[
        str | None,
        Option(
            metavar="TAGS",
            help="More search tags of Xeno-canto, for example 'type:song'.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="File with your key. The variables CURATE_XENO_CANTO_KEY and XC_API_KEY may hold it, too.",
            rich_help_panel=RUNNING,
        ),
    ] = None,
    server: ServerOption = "https://xeno-canto.org",
) -> None:
    """Fetch from Xeno-canto: birds, frogs, insects, bats and soundscapes.

    It needs a key, which members of Xeno-canto find on their account page.

    Examples
    --------
    Fetch good recordings of all species in a table:

        curate download xeno-canto --taxa taxonomy.csv --quality '>C' --limit 500

    Count the recordings of a species:

        curate download xeno-canto --taxon "Strix varia" --metadata-only
    """


def _inaturalist(
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    place: Annotated[
        str | None,
        Option(metavar="NUMBER", help="Number of a place at iNaturalist.", rich_help_panel=SELECTION),
    ] = None,
    quality_grade: Annotated[
        str | None,
        Option(
            metavar="GRADE",
            help="Grade: research, needs_id or casual. Separate several with commas.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    box: BoxOption = None,
    since: Annotated[
        str | None,
        Option(
            metavar="DATE",
            help="Uploaded on this date or later, for example 2025-01-01.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    server: ServerOption = "https://api.inaturalist.org",
) -> None:
    """Fetch the sounds of iNaturalist's observations.

    A run stops at iNaturalist's limits, 5 GB per hour and 24 GB per day. Run it again later to continue.

    Examples
    --------
    Fetch a frog, 50 recordings at most:

        curate download inaturalist --taxon "Hyla arborea" --max-per-taxon 50

    Fetch verified observations of all species in a table:

        curate download inaturalist --taxa taxonomy.csv --quality-grade research
    """


def _gbif(
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    dataset_key: DatasetKeyOption = None,
    country: Annotated[
        str | None,
        Option(metavar="XX", help="Country as two letters, for example CO.", rich_help_panel=SELECTION),
    ] = None,
    box: BoxOption = None,
    server: ServerOption = "https://api.gbif.org",
) -> None:
    """Fetch the sounds of any dataset at GBIF.

    Examples
    --------
    Fetch an owl from one country:

        curate download gbif --taxon "Strix varia" --country US --max-per-taxon 20

    Fetch a frog inside a box of coordinates:

        curate download gbif --taxon "Boana boans" --box=-5,-75,12,-66 --limit 50
    """


def _csa(
    table: Annotated[
        Path | None,
        Option(
            metavar="FILE",
            help="Table with the names of its files, for example BirdCLEF's train.csv.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    dataset_key: DatasetKeyOption = None,
    taxon: TaxonOption = None,
    taxa: TaxaOption = None,
    server: ServerOption = "https://api.gbif.org",
    files: Annotated[
        str | None,
        Option(metavar="URL", help="Use another server for the audio files.", rich_help_panel=RUNNING),
    ] = None,
) -> None:
    """Fetch from the Colombian Sound Archive, by a table or through GBIF.

    Examples
    --------
    Fetch its files in a BirdCLEF table:

        curate download csa --table train.csv

    Find a species through GBIF:

        curate download csa --taxon "Boana boans" --max-per-taxon 20
    """


def _urls(
    file: Annotated[Path, Argument(metavar="FILE", help="CSV with a column of URLs.")],
    url_column: Annotated[
        str | None, Option(metavar="NAME", help="Column with the URLs.", rich_help_panel=INPUT)
    ] = None,
    label_column: Annotated[
        str | None, Option(metavar="NAME", help="Column with the labels.", rich_help_panel=INPUT)
    ] = None,
) -> None:
    """Fetch the URLs in a table: BirdCLEF's, a manifest, or one of your own.

    Examples
    --------
    Fetch all files of a table:

        curate download urls recordings.csv

    Name the columns of the table:

        curate download urls sounds.csv --url-column link --label-column species
    """


def _kaggle(
    competition: Annotated[
        str, Argument(metavar="COMPETITION", help="Name of the competition, for example birdclef-2025.")
    ],
) -> None:
    """Fetch and import the data of a Kaggle competition.

    It needs the kaggle extra and your credentials. Accept the rules of the competition in a browser
    first.

    Examples
    --------
    Fetch a competition into a new dataset:

        curate download kaggle birdclef-2025 --dataset birds

    Preview another year:

        curate download kaggle birdclef-2024 --dry-run
    """


def _zenodo(
    record: Annotated[str, Argument(metavar="RECORD", help="Number, DOI or address of the record.")],
    files: FilesOption = None,
    server: ServerOption = "https://zenodo.org",
) -> None:
    """Fetch, unpack and import the files of a record at Zenodo.

    Examples
    --------
    Fetch all files of a record:

        curate download zenodo 7079124

    Fetch only its ZIP files:

        curate download zenodo 10.5281/zenodo.7079124 --files '*.zip'
    """


def _huggingface(
    repo: Annotated[
        str, Argument(metavar="REPO", help="Name of the repository, for example DBD-research-group/BirdSet.")
    ],
    config: Annotated[
        str | None,
        Option(
            metavar="FOLDER",
            help="Only this folder of it, for example BirdSet's HSN.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    revision: Annotated[
        str | None,
        Option(
            metavar="NAME",
            show_default="main, or data for BirdSet",
            help="Branch, tag or commit.",
            rich_help_panel=SELECTION,
        ),
    ] = None,
    files: FilesOption = None,
    server: Annotated[
        str | None,
        Option(
            metavar="URL",
            show_default="HF_ENDPOINT, or huggingface.co",
            help="Use another server with the same interface.",
            rich_help_panel=RUNNING,
        ),
    ] = None,
) -> None:
    """Fetch, unpack and import a dataset of Hugging Face, such as BirdSet.

    For a gated repository, set HF_TOKEN to your token.

    Examples
    --------
    Fetch one part of BirdSet:

        curate download huggingface DBD-research-group/BirdSet --config HSN

    Preview a repository:

        curate download huggingface DBD-research-group/BirdSet --dry-run
    """


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
