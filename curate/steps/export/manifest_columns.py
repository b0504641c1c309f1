"""The plain manifest by columns: what `ManifestSource` gives row by row, for tables of a million rows.

Recordings pass in blocks, and stay columns on the whole way from the catalogue to the table. Annotations,
windows and soft labels stay with the rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curate import intervals
from curate.catalogue import cuts, listings
from curate.catalogue.listings import WholeRecording
from curate.decisions.windows import spread
from curate.formats.tables.manifest import Column, SharedCells
from curate.model import MANIFEST_COLUMNS, Row
from curate.steps.common.export_digests import Seen
from curate.steps.common.interval_columns import Flags, Floats, Ints
from curate.steps.common.retention_columns import RetentionColumns, retention_columns
from curate.steps.export.manifest_rows import check_raw
from curate.steps.export.manifest_source import ManifestSource
from curate.steps.export.manifest_summary import ManifestSummary, is_inside_mp3

#: Recordings that are held at a time.
_BLOCK = 8_192

#: Texts of the manifest that the catalogue has under the same name, and may lack.
_TEXTS = (
    "label",
    "scientific_name",
    "common_name",
    "class_name",
    "recordist",
    "license",
    "url",
    "date",
)
_AS_THEY_ARE = ("sr", "fold", "rating", "archive", "latitude", "longitude")

#: The columns of a block of recordings, by the names of the fields of `WholeRecording`.
_Block = Mapping[str, Sequence[Any]]


class _Rows(NamedTuple):
    """Rows of a block. Times in seconds.

    Parameters
    ----------
    place
        Of each one's recording in the block. They rise.
    onset, offset, duration
        In the file that it reads.
    muted
        What of it is silence.
    is_copy
        Whether it reads the clean copy.
    is_short
        Whether it stands for a recording of which too little is left.
    copies, weight
        How often it trains, and its weight as the catalogue has it.
    """

    place: Ints
    onset: Floats
    offset: Floats
    duration: Floats
    source_onset: Floats
    source_offset: Floats
    muted: Floats
    is_copy: Flags
    is_short: Flags
    copies: Ints
    weight: npt.NDArray[np.object_]

    def take(self, at: Ints) -> _Rows:
        """Take some of them, also several times."""
        return _Rows._make(column[at] for column in self)


@dataclass(slots=True)
class ManifestColumns:
    """Gives the columns of a manifest, and counts what its rows would have been counted for.

    Parameters
    ----------
    raw
        Takes first and last numbers of the recordings whose raw files are named.
    """

    source: ManifestSource
    counts: ManifestSummary
    seen: Seen
    raw: list[list[int]] = field(default_factory=list)
    _labels: dict[str, None] = field(default_factory=dict)
    _damaged: int = 0
    _unfolded: int = 0
    _has_folds: bool = False

    def blocks(self) -> Iterator[list[Column]]:
        """Give blocks of rows as the columns of `MANIFEST_COLUMNS`, in the order of import."""
        store = self.source.dataset.store
        for cells in listings.whole_blocks(store, _BLOCK):
            block = dict(zip(WholeRecording._fields, zip(*cells, strict=True), strict=True))
            number = np.array(block["number"], dtype=np.int64)
            duration, sr = (np.array(block[name], dtype=float) for name in ("duration", "sr"))
            ends = retention_columns(store, number, duration, sr)
            is_flagged = np.isin(number, cuts.flagged(store, int(number[0]), int(number[-1])))
            self.seen.add_all(cells, ends.taken(duration), is_flagged)
            is_asked = self._are_asked(block["fold"])
            copies = self._copies(block, ends, is_asked)
            rows = self._rows(block, ends, copies)
            self._count_folds(block, rows)
            # What lies in other folds is counted nowhere else.
            rows = self._shared(rows.take(np.flatnonzero(is_asked[rows.place])))
            rows = self._chosen(rows, is_flagged)
            if len(rows.place):
                yield self._columns(block, rows, copies)
        self._finish()

    def _are_asked(self, folds: Sequence[int | None]) -> Flags:
        """Tell which recordings are in the folds that are asked for."""
        asked = self.source.folds
        return np.array([asked is None or fold in asked for fold in folds])

    def _copies(self, block: _Block, ends: RetentionColumns, is_asked: Flags) -> dict[int, tuple[str, float]]:
        """Find path and seconds of the clean copies of recordings that lose something, by their places."""
        found = {}
        for place in np.flatnonzero(((ends.lost > 0) | (ends.muted > 0)) & is_asked).tolist():
            if not ends.goes_out[place] or ends.is_too_short[place]:
                continue
            copy, frames = block["copy_path"][place], block["copy_frames"][place]
            is_whole = copy is not None and frames is not None and block["copy_digest"][place] is not None
            if self.source.audio != "raw" and is_whole:
                path = self.source.dataset.path(copy)
                if os.path.isfile(path):
                    found[place] = path, frames / block["sr"][place]
                    continue
            check_raw(f"{block['archive'][place]}:{block['archive_id'][place]}", self.source.audio)
        return found

    def _rows(self, block: _Block, ends: RetentionColumns, copies: Mapping[int, tuple[str, float]]) -> _Rows:
        """List the rows of a block, as `manifest_rows` does."""
        whole = np.array(list(copies), dtype=np.int64)
        short = np.flatnonzero(ends.is_too_short)
        heard = ends.stretches
        heard = heard.where(~np.isin(heard.row, np.append(whole, short)))
        place = np.concatenate((heard.row, whole, short))
        order = np.argsort(place, kind="stable")
        place = place[order]
        length = np.array([seconds for _, seconds in copies.values()], dtype=float)

        def column(of_stretches: Floats, of_copies: Floats) -> Floats:
            return np.concatenate((of_stretches, of_copies, np.zeros(len(short))))[order]

        onset = column(heard.onset, np.zeros(len(whole)))
        offset = column(heard.offset, length)
        return _Rows(
            place,
            onset,
            offset,
            offset - onset,
            column(heard.onset, ends.onset[whole]),
            column(heard.offset, ends.offset[whole]),
            column(np.zeros(len(heard.row)), ends.muted[whole]),
            np.isin(place, whole),
            np.isin(place, short),
            np.array(block["copies"], dtype=np.int64)[place],
            np.array(block["weight"], dtype=object)[place],
        )

    def _shared(self, rows: _Rows) -> _Rows:
        """Share the copies and the weight of a recording out, as `manifest_rows.Shares` does."""
        if not self.source.balanced:
            return rows
        first = np.flatnonzero(np.append(True, rows.place[1:] != rows.place[:-1])[: len(rows.place)])
        number = np.diff(np.append(first, len(rows.place)))
        for at, several in zip(first[number > 1].tolist(), number[number > 1].tolist(), strict=True):
            copies, weight = int(rows.copies[at]), rows.weight[at]
            share = min(1.0, copies / several) if copies else 1.0
            self.counts.shares.surplus += max(0, several - copies) if copies else 0
            rows.copies[at : at + several] = spread(copies, several) if share == 1 else 1
            if (lighter := round(weight * share, 6)) != weight:
                rows.weight[at : at + several] = lighter
        return rows

    def _count_folds(self, block: _Block, rows: _Rows) -> None:
        folds = [block["fold"][place] for place in np.unique(rows.place[~rows.is_short]).tolist()]
        without = folds.count(None)
        self._unfolded += without
        self._has_folds = self._has_folds or without < len(folds)

    def _chosen(self, rows: _Rows, is_flagged: Flags) -> _Rows:
        """Leave out rows that are too short, never train, or are flagged, and count them in that order."""
        counts, source = self.counts, self.source
        counts.too_short += int(np.count_nonzero(rows.is_short))
        kept = ~rows.is_short
        counts.unused += int(np.count_nonzero(kept & (rows.copies == 0)))
        kept &= rows.copies != 0
        times = np.where(kept, rows.copies if source.repeat else 1, 0)
        flagged = is_flagged[rows.place]
        counts.flagged += int(times[flagged].sum())
        if source.skip_flagged:
            times[flagged] = 0
        found = rows.take(np.repeat(np.arange(len(times)), times))
        return found._replace(copies=np.ones_like(found.copies)) if source.repeat else found

    def _columns(self, block: _Block, rows: _Rows, copies: Mapping[int, tuple[str, float]]) -> list[Column]:
        """Make the columns of the rows of a block, and count them."""
        lists = {cell: tuple(json.loads(cell)) for cell in set(block["secondary"])}
        pairs = zip(block["archive"], block["archive_id"], strict=True)
        path = self.source.dataset.path
        raw = [cell if type(cell) is str and cell[:1] == "/" else path(cell) for cell in block["cell"]]
        paths = raw
        if copies:
            paths = list(raw)
            for place, (copy, _) in copies.items():
                paths[place] = copy
        of_recordings = {name: block[name] for name in _AS_THEY_ARE}
        of_recordings |= {name: _texts(block[name]) for name in _TEXTS}
        of_recordings |= {
            "recording_id": [f"{archive}:{name}" for archive, name in pairs],
            "secondary_labels": [lists[cell] for cell in block["secondary"]],
            "soft_labels": [None] * len(raw),
            "path": paths,
            "source_path": raw,
        }
        self._count(of_recordings, rows, block["number"])
        shared = _of_rows({id(column): column for column in of_recordings.values()}, rows.place)
        found: dict[str, Column] = {name: shared[id(column)] for name, column in of_recordings.items()}
        ends = ("onset", "offset", "duration", "copies", "weight")
        found |= {name: getattr(rows, name).tolist() for name in ends}
        found |= {"source_onset": found["onset"], "source_offset": found["offset"]}
        if copies:
            found |= {name: getattr(rows, name).tolist() for name in ("source_onset", "source_offset")}
        return [found[name] for name in MANIFEST_COLUMNS]

    def _count(self, found: Mapping[str, Sequence[Any]], rows: _Rows, numbers: Sequence[int]) -> None:
        """Count the rows of a block, as `ManifestSummary.counted` does, by what its recordings have."""
        counts = self.counts
        is_first = _are_first(rows.place)
        used = rows.place[is_first].tolist()
        self._labels.update(dict.fromkeys(map(found["label"].__getitem__, used)))
        is_unlabelled = np.array([not label for label in found["label"]])
        counts.unlabelled += int(np.count_nonzero(is_unlabelled[rows.place]))
        counts.recordings += int(np.count_nonzero(is_first))
        counts.seconds = _added(counts.seconds, rows.duration)
        counts.clean += int(np.count_nonzero(rows.is_copy))
        counts.muted = _added(counts.muted, rows.muted[rows.is_copy])
        paths = found["path"]
        self.seen.copies.update(paths[at] for at in rows.place[rows.is_copy].tolist())
        raw = rows.place[is_first & ~rows.is_copy].tolist()
        counts.missing += len(raw) - sum(map(os.path.isfile, map(paths.__getitem__, raw)))
        for at in raw:
            if self.raw and self.raw[-1][1] == numbers[at] - 1:
                self.raw[-1][1] = numbers[at]
            else:
                self.raw.append([numbers[at], numbers[at]])
        names = found["recording_id"]
        if (swapped := self.source.big_endian) and not swapped.isdisjoint(names):
            raw = rows.place[~rows.is_copy].tolist()
            counts.big_endian += sum(names[at] in swapped for at in raw)
        is_inside = rows.onset > 0
        inside = zip(rows.place[is_inside].tolist(), rows.onset[is_inside].tolist(), strict=True)
        counts.inside_mp3 += sum(is_inside_mp3(paths[at], onset) for at, onset in inside)
        if self.source.holes:
            self._count_holes(SharedCells(names, rows.place.tolist()), rows)

    def _count_holes(self, names: Iterable[str], rows: _Rows) -> None:
        """Count what is lost of the rows of a block."""
        damaged = set()
        ends = zip(names, rows.source_onset.tolist(), rows.source_offset.tolist(), strict=True)
        for name, onset, offset in ends:
            if spans := intervals.clip(self.source.holes.get(name, ()), onset, offset):
                self.counts.damaged_seconds += intervals.total(spans)
                damaged.add(name)
        self._damaged += len(damaged)

    def _finish(self) -> None:
        """Count what is known once all rows have passed."""
        counts = self.counts
        counts.unfolded = self._unfolded if self._has_folds else 0
        counts.labels, counts.damaged = len(self._labels.keys() - {""}), self._damaged
        source = self.source
        for _ in counts.fitted((Row(label=label) for label in self._labels), source.shape, source.taxa):
            pass  # what is counted of rows there hangs on their classes alone


def _are_first(place: Ints) -> Flags:
    """Tell which rows are the first of their recording."""
    return np.append(True, place[1:] != place[:-1])


def _of_rows(columns: Mapping[int, Sequence[Any]], place: Ints) -> dict[int, Column]:
    """Give columns of the recordings of a block as columns of rows."""
    is_first = _are_first(place)
    used, at = place[is_first].tolist(), (np.cumsum(is_first) - 1).tolist()
    is_whole = len(used) == len(next(iter(columns.values())))
    found = {
        key: column if is_whole else list(map(column.__getitem__, used)) for key, column in columns.items()
    }
    return {key: column if len(at) == len(used) else SharedCells(column, at) for key, column in found.items()}


def _texts(column: Sequence[str | None]) -> Sequence[str]:
    """Write what the catalogue lacks as empty text."""
    return [cell or "" for cell in column]


def _added(before: float, more: Floats) -> float:
    """Add numbers one by one: sums that are made otherwise differ in the last digit."""
    return float(np.cumsum(np.append(before, more))[-1])
