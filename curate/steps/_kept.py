"""From the catalogue to the neutral manifest: one row per kept stretch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from curate import intervals
from curate.catalogue import cuts, listings
from curate.catalogue.dataset import Dataset
from curate.decisions.policy import removed
from curate.errors import CatalogueError
from curate.intervals import Interval
from curate.model import Cut, Row
from curate.steps._annotated import Overlay

AudioChoice = Literal["auto", "raw", "clean"]
AUDIO_CHOICES: tuple[AudioChoice, ...] = ("auto", "raw", "clean")


def rows(dataset: Dataset, *, audio: AudioChoice = "auto", overlay: Overlay | None = None) -> Iterator[Row]:
    """Stream the manifest, in the order of import.

    Parameters
    ----------
    audio
        ``auto`` points at the clean copy if there is one, else at the raw file, with one row
        per stretch that no cut touches. ``raw`` never points at copies. ``clean`` gives whole
        files only: copies, and raw files that lose nothing.
    overlay
        Gives the rows their annotations, and leaves out recordings that it does not know.

    Raises
    ------
    CatalogueError
        With ``clean``, if a recording has cuts but no copy.
    """
    ledger = _Ledger(dataset)
    for cells in listings.whole(dataset.store):
        made = ledger.of(cells[0])
        if not any(cut.action == "drop" for cut in made):
            row, copy = _row(dataset, cells)
            kept = _kept(row, made, copy, audio)
            yield from kept if overlay is None else overlay.onto(cells[0], kept, made)


def _row(dataset: Dataset, cells: tuple[Any, ...]) -> tuple[Row, tuple[str, int] | None]:
    """Make the row of a whole raw file, and find the path and frames of its copy."""
    (
        _,
        archive,
        archive_id,
        cell,
        duration,
        sr,
        recordist,
        license,
        url,
        latitude,
        longitude,
        date,
        rating,
    ) = cells[:13]
    time, sound_type, extra, label, scientific_name, common_name, class_name, inat_taxon_id = cells[13:21]
    fold, weight, copies, channels, copy_path, copy_frames, copy_digest, secondary = cells[21:]
    more = json.loads(extra) if extra else {}
    more |= {
        name: value
        for name, value in (("time", time), ("sound_type", sound_type), ("inat_taxon_id", inat_taxon_id))
        if value
    }
    path = dataset.path(cell)
    row = Row(
        recording_id=f"{archive}:{archive_id}",
        path=path,
        offset=duration,
        duration=duration,
        sr=sr,
        label=label or "",
        secondary_labels=() if secondary == "[]" else tuple(json.loads(secondary)),
        scientific_name=scientific_name or "",
        common_name=common_name or "",
        class_name=class_name or "",
        fold=fold,
        weight=weight,
        copies=copies,
        rating=rating,
        archive=archive,
        recordist=recordist or "",
        license=license or "",
        url=url or "",
        latitude=latitude,
        longitude=longitude,
        date=date or "",
        source_path=path,
        source_offset=duration,
        extra=more,
        channels=channels,
        file_duration=duration,
    )
    if copy_digest is None or not os.path.isfile(copy := dataset.path(copy_path)):
        return row, None
    return row, (copy, copy_frames)


def _kept(row: Row, made: list[Cut], copy: tuple[str, int] | None, audio: AudioChoice) -> Iterator[Row]:
    lost = removed(made)
    if not lost:
        yield row  # by far the most, and a million of them should not be copied
        return
    kept = _left(lost, row)
    if audio != "raw" and copy is not None:
        path, frames = copy
        # Muting loses no time: the copy covers the recording from end to end.
        ends = _left([(cut.onset, cut.offset) for cut in made if cut.action == "excise"], row)
        duration = frames / row.sr
        yield replace(
            row,
            path=path,
            offset=duration,
            duration=duration,
            file_duration=duration,
            source_onset=ends[0][0],
            source_offset=ends[-1][1],
        )
        return
    if audio == "clean" and kept:
        raise CatalogueError(
            f"{row.recording_id} has cuts but no clean copy",
            hint="run 'curate strip-voice' (without --no-render), or use --audio auto",
        )
    for onset, offset in kept:
        yield replace(
            row, onset=onset, offset=offset, duration=offset - onset, source_onset=onset, source_offset=offset
        )


def _left(lost: list[Interval], row: Row) -> list[Interval]:
    """List what is left of a recording; less than a frame, from rounded ends, is nothing."""
    left = intervals.complement(lost, 0.0, row.duration)
    return [(onset, offset) for onset, offset in left if round(onset * row.sr) < round(offset * row.sr)]


class _Ledger:
    """The cuts, walked beside the recordings: both come in the order of their numbers."""

    def __init__(self, dataset: Dataset) -> None:
        self._stream = cuts.by_recording(dataset.store)
        self._next = next(self._stream, None)

    def of(self, recording: int) -> list[Cut]:
        while self._next is not None and self._next[0] < recording:
            self._next = next(self._stream, None)
        return self._next[1] if self._next is not None and self._next[0] == recording else []
