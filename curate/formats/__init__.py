"""Tables and folders of recordings, in and out: one file per format.

A reader turns what is on disk into neutral rows (`curate.model.Row`) for the import; a
writer turns neutral rows into a file that trainers and notebooks read. Nothing here
decodes audio. The registries hold import strings for `curate.lookup.resolve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from curate.model import Problem, Row

#: Takes each problem as it is met.
Report = Callable[[Problem], None]

#: Formats that can be imported.
READERS: dict[str, str] = {
    "annotation-table": "curate.formats.annotation_table:read",
    "audacity": "curate.formats.audacity:read",
    "audiofolder": "curate.formats.audiofolder:read",
    "birdclef": "curate.formats.birdclef:read",
    "birdnet": "curate.formats.birdnet:read",
    "csv": "curate.formats.csv:read",
    "folders": "curate.formats.folders:read",
    "jsonl": "curate.formats.jsonl:read",
    "label-studio": "curate.formats.label_studio:read",
    "lhotse": "curate.formats.lhotse:read",
    "nemo": "curate.formats.nemo:read",
    "opensoundscape": "curate.formats.opensoundscape:read",
    "opensoundscape-boxes": "curate.formats.opensoundscape_boxes:read",
    "parquet": "curate.formats.parquet:read",
    "raven": "curate.formats.raven:read",
}

#: Formats that a manifest can be written in.
WRITERS: dict[str, str] = {
    "audacity": "curate.formats.audacity:write",
    "audformat": "curate.formats.audformat:write",
    "audiofolder": "curate.formats.audiofolder:write",
    "birdclef": "curate.formats.birdclef:write",
    "birdnet": "curate.formats.birdnet:write",
    "card": "curate.formats.card:write",
    "croissant": "curate.formats.croissant:write",
    "csv": "curate.formats.csv:write",
    "folders": "curate.formats.folders:write",
    "generic-seq": "curate.formats.generic_seq:write",
    "huggingface": "curate.formats.huggingface:write",
    "jsonl": "curate.formats.jsonl:write",
    "kaldi": "curate.formats.kaldi:write",
    "ketos": "curate.formats.ketos:write",
    "label-studio": "curate.formats.label_studio:write",
    "lhotse": "curate.formats.lhotse:write",
    "nemo": "curate.formats.nemo:write",
    "opensoundscape": "curate.formats.opensoundscape:write",
    "opensoundscape-boxes": "curate.formats.opensoundscape_boxes:write",
    "parquet": "curate.formats.parquet:write",
    "perch-hoplite": "curate.formats.perch_hoplite:write",
    "raven": "curate.formats.raven:write",
    "webdataset": "curate.formats.webdataset:write",
}


class Reader(Protocol):
    """Reads a table or folder, one row per recording, as a stream."""

    def __call__(
        self,
        path: Path,
        *,
        report: Report,
        label_column: str | None = None,
        path_column: str | None = None,
        audio_folder: Path | None = None,
    ) -> Iterator[Row]:
        """Read rows whose `path` is absolute (links are not resolved) and exists.

        Parameters
        ----------
        path
            The table or folder.
        report
            Called with each row or file that cannot be used; reading goes on.
        label_column, path_column
            Columns to use instead of those that the format looks for.
        audio_folder
            Where the audio lies that a table names, if not beside it.

        Raises
        ------
        FormatError
            If the whole input cannot be used: it is missing, or lacks a column.
        UsageError
            If a column is named for a format that has none to choose.
        """
        ...


class Writer(Protocol):
    """Writes rows to a file; further options are keywords with defaults."""

    def __call__(self, rows: Iterable[Row], out: Path) -> int:
        """Write `out` whole or not at all, the same bytes for the same rows.

        Returns
        -------
        int
            How many rows were written.

        Raises
        ------
        FormatError
            If a row cannot be said in the format.
        """
        ...
