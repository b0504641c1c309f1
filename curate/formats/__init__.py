"""Tables and folders of recordings, in and out: one file per format.

A reader turns what is on disk into neutral rows (`curate.model.Row`) for the import. A
writer turns neutral rows into a file that trainers and notebooks read. Nothing here
decodes audio. The registries hold import strings for `curate.lookup.resolve`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from curate.model import NOTICES, Problem, Row

#: Takes each problem as it is met.
Report = Callable[[Problem], None]

#: Formats that can be imported.
READERS: dict[str, str] = {
    "annotation-table": "curate.formats.annotations.annotation_table:read",
    "aoef": "curate.formats.annotations.aoef:read",
    "arbimon": "curate.formats.portals.arbimon:read",
    "audacity": "curate.formats.annotations.audacity:read",
    "audiofolder": "curate.formats.trainers.audiofolder:read",
    "avianz": "curate.formats.annotations.avianz:read",
    "birdclef": "curate.formats.trainers.birdclef:read",
    "birdclef-soundscapes": "curate.formats.trainers.birdclef_soundscapes:read",
    "birdnet": "curate.formats.trainers.birdnet:read",
    "birdnet-segments": "curate.formats.trainers.birdnet_segments:read",
    "boris": "curate.formats.events.boris:read",
    "camtrap-dp": "curate.formats.portals.camtrap_dp:read",
    "croissant": "curate.formats.trainers.croissant:read",
    "csv": "curate.formats.tables.csv:read",
    "darwin-core": "curate.formats.portals.darwin_core:read",
    "dcase-few-shot": "curate.formats.events.dcase_few_shot:read",
    "detections": "curate.formats.annotations.detections:read",
    "ecosounds": "curate.formats.portals.ecosounds:read",
    "elan": "curate.formats.annotations.elan:read",
    "folders": "curate.formats.trainers.folders:read",
    "jams": "curate.formats.annotations.jams:read",
    "jsonl": "curate.formats.tables.jsonl:read",
    "label-studio": "curate.formats.annotations.label_studio:read",
    "lhotse": "curate.formats.trainers.lhotse:read",
    "nemo": "curate.formats.trainers.nemo:read",
    "nips4bplus": "curate.formats.events.nips4bplus:read",
    "opensoundscape": "curate.formats.trainers.opensoundscape:read",
    "opensoundscape-boxes": "curate.formats.annotations.opensoundscape_boxes:read",
    "parquet": "curate.formats.tables.parquet:read",
    "perch-hoplite": "curate.formats.annotations.perch_hoplite:read",
    "raven": "curate.formats.annotations.raven:read",
    "sonic-visualiser": "curate.formats.annotations.sonic_visualiser:read",
    "textgrid": "curate.formats.annotations.textgrid:read",
    "whole-set": "curate.formats.trainers.whole_set:read",
    "wildtrax": "curate.formats.events.wildtrax:read",
}

#: What the columns of a table are taken for, by format; formats without columns are not in it.
COLUMNS: dict[str, str] = {
    "annotation-table": "curate.formats.annotations.annotation_table:taken",
    "arbimon": "curate.formats.portals.arbimon:taken",
    "birdclef": "curate.formats.trainers.birdclef:taken",
    "birdclef-soundscapes": "curate.formats.trainers.birdclef_soundscapes:taken",
    "csv": "curate.formats.tables.sheets:taken",
    "detections": "curate.formats.annotations.detections:taken",
    "ecosounds": "curate.formats.portals.ecosounds:taken",
    "jsonl": "curate.formats.tables.sheets:taken",
    "nemo": "curate.formats.trainers.nemo:taken",
    "opensoundscape": "curate.formats.trainers.opensoundscape:taken",
    "opensoundscape-boxes": "curate.formats.annotations.opensoundscape_boxes:taken",
    "parquet": "curate.formats.tables.sheets:taken",
    "raven": "curate.formats.annotations.raven:taken",
    "wildtrax": "curate.formats.events.wildtrax:taken",
}

#: Formats that a manifest can be written in.
WRITERS: dict[str, str] = {
    "aoef": "curate.formats.annotations.aoef:write",
    "audacity": "curate.formats.annotations.audacity:write",
    "audformat": "curate.formats.trainers.audformat:write",
    "audiofolder": "curate.formats.trainers.audiofolder:write",
    "avianz": "curate.formats.annotations.avianz:write",
    "birdclef": "curate.formats.trainers.birdclef:write",
    "birdnet": "curate.formats.trainers.birdnet:write",
    "camtrap-dp": "curate.formats.portals.camtrap_dp:write",
    "card": "curate.formats.trainers.card:write",
    "croissant": "curate.formats.trainers.croissant:write",
    "csv": "curate.formats.tables.csv:write",
    "darwin-core": "curate.formats.portals.darwin_core:write",
    "ecosounds": "curate.formats.portals.ecosounds:write",
    "elan": "curate.formats.annotations.elan:write",
    "folders": "curate.formats.trainers.folders:write",
    "generic-seq": "curate.formats.annotations.generic_seq:write",
    "huggingface": "curate.formats.trainers.huggingface:write",
    "jams": "curate.formats.annotations.jams:write",
    "jsonl": "curate.formats.tables.jsonl:write",
    "kaldi": "curate.formats.trainers.kaldi:write",
    "ketos": "curate.formats.annotations.ketos:write",
    "label-studio": "curate.formats.annotations.label_studio:write",
    "lhotse": "curate.formats.trainers.lhotse:write",
    "nemo": "curate.formats.trainers.nemo:write",
    "opensoundscape": "curate.formats.trainers.opensoundscape:write",
    "opensoundscape-boxes": "curate.formats.annotations.opensoundscape_boxes:write",
    "parquet": "curate.formats.tables.parquet:write",
    "perch-hoplite": "curate.formats.annotations.perch_hoplite:write",
    "raven": "curate.formats.annotations.raven:write",
    "sonic-visualiser": "curate.formats.annotations.sonic_visualiser:write",
    "textgrid": "curate.formats.annotations.textgrid:write",
    "webdataset": "curate.formats.trainers.webdataset:write",
}


def without_notices(report: Report) -> Report:
    """Report what could not be used, and nothing of how the rest was read."""
    return _without(NOTICES, report)


def without_labels(report: Report) -> Report:
    """Report what could not be used where files and times are all that is asked for."""
    return _without(NOTICES | {"unlabelled"}, report)


def _without(kinds: Collection[str], report: Report) -> Report:
    def told(problem: Problem) -> None:
        if problem.kind not in kinds:
            report(problem)

    return told


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
            Called with each row or file that cannot be used. Reading continues.
        label_column, path_column
            Columns to use instead of those that the format looks for.
        audio_folder
            Where the audio lies that a table names, if not next to it.

        Raises
        ------
        FormatError
            If the whole input cannot be used: it is missing, or lacks a column.
        UsageError
            If a column is named for a format that has none to choose.
        """
        ...


class Writer(Protocol):
    """Writes rows to a file. Further options are keywords with defaults."""

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
