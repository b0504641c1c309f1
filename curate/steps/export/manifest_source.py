"""The rows of a manifest as somebody asked for them, counted as they pass."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.catalogue import listings, recorders
from curate.catalogue.dataset import Dataset
from curate.decisions.row_labels import strong
from curate.decisions.windows import Windowing
from curate.formats.files.layout import ExportLayout, Taxa
from curate.intervals import Interval
from curate.model import Row
from curate.recorders.sun import SunFilter
from curate.steps.balance.window_rows import WindowRows, counts_recordings
from curate.steps.common.export_digests import Seen
from curate.steps.export import chosen_folds
from curate.steps.export.carried_annotations import Overlay, sourced
from curate.steps.export.convert_audio import is_part
from curate.steps.export.manifest_rows import AudioChoice, as_it_plays, is_slow, manifest_rows
from curate.steps.export.manifest_summary import ManifestSummary
from curate.steps.export.row_times import at_their_times
from curate.steps.scores.soft_labels import SoftLabels


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """Gives all rows of a manifest, the same each time. For its options see `manifest`.

    Parameters
    ----------
    big_endian
        Ids of recordings whose raw file is a WAV in big-endian byte order.
    plain
        Ids of recordings whose raw file is a WAV of 16-bit integers, where the format wants no other.
    holes : seconds
        What is lost of the raw files and not cut, by the recordings' ids.
    sun
        Part of the day in which rows begin; None for all.
    balanced
        Whether `upsample` had a say.
    relative_to
        Folder from which paths are written; None for absolute ones.
    whole
        Whether every row is a whole file, as in a BirdCLEF folder.
    timed
        Whether rows tell when they begin.
    taxa
        Names of species, by label.
    as_played
        Whether programs read the files as they are, by the rate in the header: in one that plays slower, they
        find other seconds and Hz.
    """

    dataset: Dataset
    big_endian: set[str]
    plain: set[str] | None
    balanced: bool
    holes: Mapping[str, Sequence[Interval]]
    audio: AudioChoice
    layer: str | None
    soft_labels: str | None
    windowing: Windowing | None
    min_label_overlap: float
    folds: chosen_folds.Folds | None
    repeat: bool
    skip_flagged: bool
    sun: SunFilter | None
    relative_to: Path | None
    whole: bool
    timed: bool
    shape: ExportLayout
    taxa: Taxa
    as_played: bool = False

    def is_plain(self, *, windows: Windowing | None) -> bool:
        """Whether a row comes from the ledger alone. Annotations, windows and soft labels add to it.

        Parameters
        ----------
        windows
            Those that were chosen for all exports.
        """
        given = (self.layer, self.soft_labels, self.windowing, windows, self.sun, self.relative_to)
        is_plain = not self.whole and all(each is None for each in given)
        # What plays slower than it sounded has rows, and counts, of its own.
        return is_plain and all(told.time_expansion == 1 for _, told in recorders.told(self.dataset.store))

    def rows(self, counts: ManifestSummary, seen: Seen | None = None) -> Iterator[Row]:
        """Give the rows. `counts` and `seen` take what is learnt on the way."""
        cutter = None if self.windowing is None else WindowRows(self.windowing, self.min_label_overlap)
        soft = None if self.soft_labels is None else SoftLabels(self.dataset, self.soft_labels, counts.soft)
        by_mark = self.windowing is None and self.layer is not None and self.shape.strong
        found: Iterable[Row] = manifest_rows(
            self.dataset,
            audio=self.audio,
            overlay=None if self.layer is None else Overlay(self.dataset, self.layer, counts.carried),
            cutter=cutter,
            whole=self.whole,
            soft=soft,
            shares=counts.shares if self.balanced and not by_mark else None,
            seen=seen,
            folds=self.folds,
        )
        # What lies in other folds is counted nowhere. What lies in none is told.
        chosen = chosen_folds.chosen(counts.folded(found), self.folds)
        if by_mark:  # a mark may be as short as a click, and lies in a part of the day of its own
            chosen = sourced(self.dataset, strong(counts.long_enough(chosen)))
        chosen = chosen if self.sun is None else counts.by_the_sun(chosen, self.sun)
        if not by_mark:
            chosen = counts.long_enough(chosen)
        elif counts_recordings(self.dataset.store):
            chosen = counts.shares.among(chosen)
        found = counts.used(chosen, repeat=self.repeat)
        found = counts.unflagged(found, listings.flagged(self.dataset.store), skip=self.skip_flagged)
        found = counts.fitted(found, self.shape, self.taxa, windows=self.windowing is not None)
        if self.whole:
            found = counts.labelled(found)
        found = counts.outside_windows(found, cutter)
        return at_their_times(found) if self.timed else found

    def counted(self, counts: ManifestSummary, seen: Seen, rows: Iterable[Row]) -> Iterator[Row]:
        """Count the rows that are in the export, and let their paths start at a folder where one is given."""
        found = _noted(counts.counted(rows, self.shape, self.holes), seen)
        found = self._swapped(found, counts) if self.big_endian else found
        found = (as_it_plays(row) if is_slow(row) else row for row in found) if self.as_played else found
        found = _unread(found, self.plain, counts) if self.plain is not None else found
        return found if self.relative_to is None else _from_folder(found, self.relative_to)

    def _swapped(self, rows: Iterable[Row], counts: ManifestSummary) -> Iterator[Row]:
        """Count the rows for which a big-endian file goes out as it is; stretches of it are cut out of it."""
        for row in rows:
            is_raw = row.path == row.source_path and row.recording_id in self.big_endian
            counts.big_endian += is_raw and not (self.shape.whole and (is_part(row) or is_slow(row)))
            yield row


def _noted(rows: Iterable[Row], seen: Seen) -> Iterator[Row]:
    """Count the rows that name a clean copy."""
    for row in rows:
        if row.path != row.source_path:
            seen.copies[row.path] += 1
        yield row


def _unread(rows: Iterable[Row], plain: set[str], counts: ManifestSummary) -> Iterator[Row]:
    """Count the rows of files that are no WAV of 16-bit integers, as they are or as copies."""
    for row in rows:
        is_wav = os.path.splitext(row.path)[1].lower() == ".wav"
        counts.unread += not (is_wav and row.recording_id in plain)
        yield row


def _from_folder(rows: Iterable[Row], folder: Path) -> Iterator[Row]:
    """Let the paths of rows start at a folder."""
    for row in rows:
        yield replace(
            row, path=os.path.relpath(row.path, folder), source_path=os.path.relpath(row.source_path, folder)
        )
