"""From the catalogue to the neutral manifest: one row per kept stretch."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Literal

from curate.catalogue import cuts, listings, recorders
from curate.catalogue.dataset import Dataset
from curate.catalogue.listings import WholeRecording
from curate.decisions.retention import Retention
from curate.decisions.windows import spread
from curate.errors import CatalogueError
from curate.intervals import Interval
from curate.model import Row
from curate.steps.balance.window_rows import WindowRows, load_windowing
from curate.steps.common.export_digests import Seen
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retentions import Retentions
from curate.steps.export.carried_annotations import Overlay
from curate.steps.scores.soft_labels import SoftLabels
from curate.timemap import TimeMap

AudioChoice = Literal["auto", "raw", "clean"]
AUDIO_CHOICES: tuple[AudioChoice, ...] = ("auto", "raw", "clean")


@dataclass(slots=True)
class Shares:
    """Shares the copies of a recording out among its rows.

    These are its stretches, if a whole copy is missing, or its annotations. Where it has more rows than
    copies, each is a row all the same, and they share its weight: no sound is lost, and the recording counts
    as much as `upsample` wanted.

    Parameters
    ----------
    surplus
        Rows more than the recordings have copies.
    """

    surplus: int = 0

    def of(self, rows: Iterable[Row], copies: int) -> Iterator[Row]:
        """Give the rows of one recording that train so often, all together."""
        every = list(rows)
        if len(every) == 1:  # as by far the most
            yield every[0]
            return
        number = len(every)
        share = min(1.0, copies / number) if copies and number else 1.0
        self.surplus += max(0, number - copies) if copies else 0
        often = spread(copies, number) if share == 1 else [1] * number
        for row, times in zip(every, often, strict=True):
            yield replace(row, copies=times, weight=round(row.weight * share, 6))

    def among(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Give the rows of all recordings, each of which says how often its recording trains."""
        for _, group in groupby(rows, key=attrgetter("recording_id")):
            every = list(group)
            yield from self.of(every, every[0].copies)


def manifest_rows(
    dataset: Dataset,
    *,
    audio: AudioChoice = "auto",
    overlay: Overlay | None = None,
    cutter: WindowRows | None = None,
    whole: bool = False,
    soft: SoftLabels | None = None,
    shares: Shares | None = None,
    seen: Seen | None = None,
    folds: Container[int | None] | None = None,
) -> Iterator[Row]:
    """Stream the manifest, in the order of import.

    Parameters
    ----------
    audio
        ``auto`` points at the clean copy if there is one, else at the raw file, with one row
        per stretch that no cut touches, muted ones neither: a raw file holds their sound. ``raw``
        never points at copies. ``clean`` gives whole files only: copies, and raw files that lose
        nothing.
    overlay
        Gives the rows their annotations, and leaves out recordings that it does not know.
    cutter
        Cuts recordings into windows, instead of those that `curate windows` chose.
    whole
        Give whole recordings also where `curate windows` chose windows, of which otherwise each
        has a row; so do annotations.
    soft
        Recordings of this round have a row for each window with soft labels instead.
    shares
        Shares copies out among the stretches of a recording; None gives each stretch those of all.
    seen
        Takes what there is to say of every recording.
    folds
        Folds that somebody chooses afterwards, None for all. A recording of another fold is one row as it
        stands: its annotations, windows and stretches are counted nowhere, and it needs no copy.

    Raises
    ------
    CatalogueError
        With ``clean``, if a recording has cuts but no copy.
    """
    fates = Retentions(dataset.store)
    told = MergeJoin(recorders.told(dataset.store))
    chosen = load_windowing(dataset.store)
    if cutter is None and chosen is not None and overlay is None and not whole:
        cutter = WindowRows(chosen)
    # Only for the windows that it counted did upsample say how often they train.
    shared = cutter is not None and cutter.windowing == chosen
    for recording in listings.whole(dataset.store):
        number = recording.number
        end = fates.of(number, "ok", recording.duration, recording.sr)
        if seen is not None:
            seen.add(recording, end)
        is_chosen = folds is None or recording.fold in folds
        if end.is_dropped or not is_chosen:
            yield from _left_out(dataset, recording, end, overlay if is_chosen else None)
            continue
        row, copy = _raw_row(dataset, recording, told.get(number))
        kept = _kept(row, end, copy, audio)
        kept = kept if shares is None or cutter is not None else shares.of(kept, row.copies)
        found = kept if overlay is None else overlay.onto(number, kept, end.done)
        heard = soft.of(number, label=row.label) if soft is not None and end.goes_out else None
        if (heard is None and cutter is None) or end.is_too_short:
            yield from found
            continue
        # The recording's own number of windows, where `upsample` counted just these windows.
        wanted = recording.windows if shared else None
        for file, stretches, times in _files(dataset, number, row, end, list(found)):
            if soft is not None and heard is not None:
                yield from soft.rows(file, heard, stretches, times)
            elif cutter is not None:
                yield from cutter.rows(
                    file, stretches, identity=recording.identity, wanted=wanted, times=times
                )


def _left_out(
    dataset: Dataset, recording: WholeRecording, end: Retention, overlay: Overlay | None
) -> Iterator[Row]:
    """Count annotations of a dropped recording, or give the row that tells of a recording without a fold."""
    if end.is_dropped:
        if overlay is not None:
            overlay.leave_out(recording.number)
    elif end.goes_out and not end.is_too_short:
        yield _raw_row(dataset, recording, None)[0]


def _raw_row(
    dataset: Dataset, recording: WholeRecording, told: recorders.Told | None
) -> tuple[Row, tuple[str, int] | None]:
    """Make the row of a whole raw file, and find the path and frames of its copy."""
    more = json.loads(recording.extra) if recording.extra else {}
    further = {
        "time": recording.time,
        "sound_type": recording.sound_type,
        "inat_taxon_id": recording.inat_taxon_id,
    }
    if told is not None:
        further |= told._asdict()
        further["time_expansion"] = "" if told.time_expansion == 1 else f"{told.time_expansion:g}"
    more |= {name: value for name, value in further.items() if value}
    path = dataset.path(recording.cell)
    row = Row(
        recording_id=f"{recording.archive}:{recording.archive_id}",
        path=path,
        offset=recording.duration,
        duration=recording.duration,
        sr=recording.sr,
        label=recording.label or "",
        secondary_labels=() if recording.secondary == "[]" else tuple(json.loads(recording.secondary)),
        scientific_name=recording.scientific_name or "",
        common_name=recording.common_name or "",
        class_name=recording.class_name or "",
        fold=recording.fold,
        weight=recording.weight,
        copies=recording.copies,
        rating=recording.rating,
        archive=recording.archive,
        recordist=recording.recordist or "",
        license=recording.license or "",
        url=recording.url or "",
        latitude=recording.latitude,
        longitude=recording.longitude,
        date=recording.date or "",
        source_path=path,
        source_offset=recording.duration,
        extra=more,
        channels=recording.channels,
        file_duration=recording.duration,
    )
    if recording.copy_digest is None or recording.copy_path is None or recording.copy_frames is None:
        return row, None
    copy = dataset.path(recording.copy_path)
    return row, (copy, recording.copy_frames) if os.path.isfile(copy) else None


def is_slow(row: Row) -> bool:
    """Whether a row names a raw file that plays slower than the sound was: readers take its header's rate."""
    return "time_expansion" in row.extra and row.path == row.source_path


def as_it_plays(row: Row) -> Row:
    """Give a row of a file that plays slower the seconds and Hz that a program finds in the file."""
    slower = float(row.extra["time_expansion"])
    marks = row.annotations
    return replace(
        row,
        onset=row.onset * slower,
        offset=row.offset * slower,
        duration=row.duration * slower,
        file_duration=row.file_duration * slower,
        sr=round(row.sr / slower),
        annotations=None if marks is None else tuple(mark.slowed(slower) for mark in marks),
    )


def _kept(row: Row, end: Retention, copy: tuple[str, int] | None, audio: AudioChoice) -> Iterator[Row]:
    if end.is_too_short:
        yield replace(row, duration=0.0)  # whoever counts the rows leaves it out
    if not end.goes_out:
        return
    taken = sum(end.lost.values()) + sum(end.muted.values())
    is_expanded = is_slow(row) and audio != "raw" and copy is not None
    if not end.lost and not end.muted and not is_expanded:
        yield row  # by far the most, and a million of them should not be copied
        return
    if audio != "raw" and copy is not None:
        path, frames = copy
        # Muting loses no time: the copy covers the recording from end to end.
        onset, offset = end.extent(row.duration)
        duration = frames / row.sr
        yield replace(
            row,
            path=path,
            offset=duration,
            duration=duration,
            file_duration=duration,
            muted=sum(end.muted.values()),
            taken=taken,
            source_onset=onset,
            source_offset=offset,
        )
        return
    check_raw(row.recording_id, audio)
    for onset, offset in end.stretches:
        yield replace(
            row,
            onset=onset,
            offset=offset,
            duration=offset - onset,
            taken=taken,
            source_onset=onset,
            source_offset=offset,
        )


def check_raw(recording_id: str, audio: AudioChoice) -> None:
    """Make sure that a recording of which something is cut may be read from its raw file.

    Raises
    ------
    CatalogueError
        If only whole files are wanted.
    """
    if audio == "clean":
        raise CatalogueError(
            f"{recording_id} has cuts but lacks a clean copy",
            hint="run 'curate render', which writes what is missing",
        )


def _files(
    dataset: Dataset, number: int, raw: Row, end: Retention, files: list[Row]
) -> Iterator[tuple[Row, Sequence[Interval], TimeMap | None]]:
    """Give the row of the whole file to read, what is kept of the raw one, and the time map of a copy.

    Parameters
    ----------
    files
        Rows of what is kept, with annotations where there are any: one of the copy, or one for
        each stretch of the raw file; none if the recording does not take part.
    """
    if not files:
        return
    row, times = raw, None
    if files[0].path != raw.path:
        row, times = files[0], TimeMap(cuts.pieces_of(dataset.store, number), raw.sr)
    elif files[0].annotations is not None or files[0].taken:
        marks = [each.annotations for each in files if each.annotations is not None]
        found = tuple(mark for each in marks for mark in each) if marks else None
        row = replace(raw, annotations=found, taken=files[0].taken)
    yield row, end.stretches, times
