"""How the tables and folders of BirdCLEF differ from year to year.

Known from notebooks and data-set code of each year. That empty lists of 2026 are ``[]`` is
an assumption.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

TABLES = ("train.csv", "train_metadata.csv")
AUDIO = ("train_audio", "train_short_audio")
SOUNDSCAPES = ("train_soundscapes", "unlabeled_soundscapes", "test_soundscapes")
TAXONOMY_COLUMNS = ("primary_label", "inat_taxon_id", "scientific_name", "common_name", "class_name")


def is_of_soundscapes(path: str | bytes) -> bool:
    """Whether a file lies in a folder of soundscapes.

    Examples
    --------
    >>> is_of_soundscapes("/data/train_soundscapes/a.ogg"), is_of_soundscapes(b"owl/a.ogg")
    (True, False)
    """
    return os.path.basename(os.path.dirname(os.fsdecode(path))) in SOUNDSCAPES


@dataclass(frozen=True)
class Layout:
    """What a year's table looks like, and what stands next to it.

    Parameters
    ----------
    columns
        Of the table, in order.
    audio
        The audio folder.
    bare
        Whether `filename` leaves out the folder of the label.
    empty
        How an empty list is written.
    taxonomy
        Whether there is a ``taxonomy.csv``.
    """

    columns: tuple[str, ...]
    audio: str = "train_audio"
    bare: bool = False
    empty: str = "[]"
    taxonomy: bool = False


_LABELS = ("primary_label", "secondary_labels", "type")
_PLACE = ("latitude", "longitude")
_NAMES = ("scientific_name", "common_name")
_TAXON = ("class_name", "inat_taxon_id")
_2023 = Layout((*_LABELS, *_PLACE, *_NAMES, "author", "license", "rating", "url", "filename"))

YEARS: dict[int, Layout] = {
    2021: Layout(
        (*_LABELS, *_PLACE, *_NAMES, "author", "date", "filename", "license", "rating", "time", "url"),
        audio="train_short_audio",
        bare=True,
    ),
    2022: Layout((*_LABELS, *_PLACE, *_NAMES, "author", "license", "rating", "time", "url", "filename")),
    2023: _2023,
    2024: _2023,
    2025: Layout(
        (*_LABELS, "filename", "collection", "rating", "url", *_PLACE, *_NAMES, "author", "license"),
        empty="['']",
        taxonomy=True,
    ),
    2026: Layout(
        (*_LABELS, *_PLACE, *_NAMES, *_TAXON, "author", "license", "rating", "url", "filename", "collection"),
        taxonomy=True,
    ),
}
