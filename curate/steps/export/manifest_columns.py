"""The plain manifest by columns: what `ManifestSource` gives row by row, for tables of a million rows.

A recording of which nothing is cut is a row as it stands, so blocks of them never become objects.
What is cut goes by the same functions as there. Annotations, windows and soft labels stay with the rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from curate import intervals
from curate.catalogue import listings
from curate.catalogue.listings import WholeRecording
from curate.catalogue.store import Store
from curate.decisions.windows import spread
from curate.model import MANIFEST_COLUMNS, Row
from curate.steps.common.export_digests import Seen
from curate.steps.common.retention_columns import Done, Ledger, retention_columns, what_is_done
from curate.steps.export.manifest_rows import check_raw
from curate.steps.export.manifest_source import ManifestSource
from curate.steps.export.manifest_summary import ManifestSummary

#: Recordings that are held at a time.
_BLOCK = 8_192

_AT = {name: place for place, name in enumerate(WholeRecording._fields)}
_DURATION, _SR, _COPIES, _WEIGHT, _FOLD = (
    _AT[name] for name in ("duration", "sr", "copies", "weight", "fold")
)
_COPY = slice(_AT["copy_path"], _AT["copy_digest"] + 1)

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
_CUT = ("path", "onset", "offset", "duration", "source_onset", "source_offset")
_AS_THEY_ARE = ("sr", "fold", "weight", "copies", "rating", "archive", "latitude", "longitude")


class _Stretch(NamedTuple):
    """A row of a recording of which something is cut; `path` is None where it reads the raw file."""

    path: str | None
    onset: float
    offset: float
    duration: float
    source_onset: float
    source_offset: float
    muted: float


#: Stands for a recording of which too little is left: whoever counts the rows leaves it out.
_TOO_SHORT = _Stretch(None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class _Rows:
    """Rows of a block: the place of each one's recording, and what sets it apart from the whole raw file."""

    places: list[int] = field(default_factory=list)
    cut: dict[int, _Stretch] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    weights: dict[int, float] = field(default_factory=dict)

    def take(self, place: int, stretch: _Stretch | None, copies: int, times: int) -> None:
        """Take a row in, this many times."""
        for at in range(len(self.places), len(self.places) + times):
            if stretch is not None:
                self.cut[at] = stretch
            self.copies[at] = copies
            self.places.append(place)


class _End(NamedTuple):
    """What becomes of a recording of which something is lost, as `Retention` has it; times in seconds."""

    is_too_short: bool
    muted: float
    extent: tuple[float, float]
    stretches: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Fates:
    """What becomes of the recordings of a block, by their places in it.

    Parameters
    ----------
    changed
        Those that are left out as they came, or not at all: then None.
    flagged
        Those in which something is flagged.
    done
        What is done to each that has cuts, by number, as `Seen.add_all` takes it.
    """

    changed: Mapping[int, _End | None]
    flagged: frozenset[int]
    done: Mapping[int, Sequence[Done] | None]

    @classmethod
    def read(cls, store: Store, block: Sequence[tuple[Any, ...]]) -> _Fates:
        number, duration, sr = (
            np.array([cells[at] for cells in block], dtype=kind)
            for at, kind in ((0, np.int64), (_DURATION, float), (_SR, float))
        )
        ledger = Ledger.read(store, number)
        ends = retention_columns(store, number, duration, sr, ledger)
        is_whole = ends.goes_out & (ends.lost == 0) & (ends.muted == 0)
        changed: dict[int, _End | None] = {}
        heard = list(zip(ends.stretches.onset.tolist(), ends.stretches.offset.tolist(), strict=True))
        first = np.searchsorted(ends.stretches.row, np.arange(len(block) + 1)).tolist()
        for row in np.flatnonzero(~is_whole).tolist():
            goes_out, is_short = bool(ends.goes_out[row]), bool(ends.is_too_short[row])
            extent = float(ends.onset[row]), float(ends.offset[row])
            end = _End(is_short, float(ends.muted[row]), extent, heard[first[row] : first[row + 1]])
            changed[row] = end if goes_out or is_short else None
        flagged = frozenset(np.flatnonzero(ledger.has("flag", len(block))).tolist())
        return cls(changed, flagged, what_is_done(ends, ledger))


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

    def blocks(self) -> Iterator[list[Sequence[Any]]]:
        """Give blocks of rows as the columns of `MANIFEST_COLUMNS`, in the order of import."""
        store = self.source.dataset.store
        for block in listings.whole_blocks(store, _BLOCK):
            fates = _Fates.read(store, block)
            rows = self._rows(block, fates)
            if self._is_choosy(block, fates):
                rows = self._chosen(block, rows, fates)
            elif fates.flagged:
                self.counts.flagged += sum(place in fates.flagged for place in rows.places)
            if rows.places:
                yield self._columns(block, rows)
        self._finish()

    def _rows(self, block: Sequence[tuple[Any, ...]], fates: _Fates) -> _Rows:
        """List the rows of a block."""
        rows = _Rows()
        if not fates.changed:
            rows.places = list(range(len(block)))
        for place, cells in enumerate(block if fates.changed else ()):
            if place not in fates.changed:
                rows.places.append(place)
                continue
            end = fates.changed[place]
            if end is None:
                continue
            if not self._is_in_fold(cells):  # see `manifest_rows`
                rows.places.append(place)
                continue
            stretches = list(self._stretches(cells, end))
            shares = self._shares(cells[_COPIES], cells[_WEIGHT], stretches)
            for (often, weight), stretch in zip(shares, stretches, strict=True):
                if weight != cells[_WEIGHT]:
                    rows.weights[len(rows.places)] = weight
                rows.take(place, stretch, often, 1)
        self.seen.add_all(block, fates.done)
        folds = [block[place][_FOLD] for place in dict.fromkeys(rows.places)]
        without = folds.count(None)
        self._unfolded += without
        self._has_folds = self._has_folds or without < len(folds)
        return rows

    def _is_choosy(self, block: Sequence[tuple[Any, ...]], fates: _Fates) -> bool:
        """Whether rows of a block may be left out, or given several times."""
        if self.source.folds is not None or (fates.flagged and self.source.skip_flagged):
            return True
        is_short = any(end is not None and end.is_too_short for end in fates.changed.values())
        return is_short or any(cells[_COPIES] != 1 for cells in block)

    def _is_in_fold(self, cells: tuple[Any, ...]) -> bool:
        """Whether a recording is in the folds that are asked for."""
        return self.source.folds is None or cells[_FOLD] in self.source.folds

    def _stretches(self, cells: tuple[Any, ...], end: _End) -> Iterator[_Stretch]:
        """Give the rows of a recording of which something is lost, as `manifest_rows` does."""
        if end.is_too_short:
            yield _TOO_SHORT
            return
        copy, frames, digest = cells[_COPY]
        if self.source.audio != "raw" and copy is not None and frames is not None and digest is not None:
            path = self.source.dataset.path(copy)
            if os.path.isfile(path):
                length = frames / cells[_SR]
                yield _Stretch(path, 0.0, length, length, *end.extent, end.muted)
                return
        check_raw(f"{cells[1]}:{cells[2]}", self.source.audio)
        for onset, offset in end.stretches:
            yield _Stretch(None, onset, offset, offset - onset, onset, offset, 0.0)

    def _shares(
        self, copies: int, weight: float, stretches: Sequence[_Stretch | None]
    ) -> list[tuple[int, float]]:
        """Share the copies and the weight of a recording out, as `manifest_rows.Shares` does."""
        if not self.source.balanced or len(stretches) == 1:
            return [(copies, weight)] * len(stretches)
        number = len(stretches)
        share = min(1.0, copies / number) if copies else 1.0
        self.counts.shares.surplus += max(0, number - copies) if copies else 0
        often = spread(copies, number) if share == 1 else [1] * number
        return [(each, round(weight * share, 6)) for each in often]

    def _chosen(self, block: Sequence[tuple[Any, ...]], rows: _Rows, fates: _Fates) -> _Rows:
        """Leave out the rows that are not asked for or never train, and count them, in that order."""
        kept = _Rows()
        counts, source = self.counts, self.source
        for at, place in enumerate(rows.places):
            cells = block[place]
            stretch = rows.cut.get(at)
            often = rows.copies.get(at, cells[_COPIES])
            if not self._is_in_fold(cells):
                continue
            if stretch is _TOO_SHORT:
                counts.too_short += 1
                continue
            if often == 0:
                counts.unused += 1
                continue
            times = often if source.repeat else 1
            if place in fates.flagged:
                counts.flagged += times
                if source.skip_flagged:
                    continue
            if at in rows.weights:
                last = len(kept.places)
                kept.weights |= dict.fromkeys(range(last, last + times), rows.weights[at])
            kept.take(place, stretch, 1 if source.repeat else often, times)
        return kept

    def _columns(self, block: Sequence[tuple[Any, ...]], rows: _Rows) -> list[Sequence[Any]]:
        """Make the columns of the rows of a block, and count them."""
        places = rows.places
        cells = block if places == list(range(len(block))) else [block[place] for place in places]
        by_name: dict[str, Sequence[Any]] = dict(
            zip(WholeRecording._fields, zip(*cells, strict=True), strict=True)
        )
        pairs = zip(by_name["archive"], by_name["archive_id"], strict=True)
        paths: Sequence[str] = [
            cell if type(cell) is str and cell[:1] == "/" else self.source.dataset.path(cell)
            for cell in by_name["cell"]
        ]
        found = {name: by_name[name] for name in _AS_THEY_ARE}
        found |= {name: [cell or "" for cell in by_name[name]] for name in _TEXTS}
        found |= {
            "recording_id": [f"{archive}:{name}" for archive, name in pairs],
            "secondary_labels": [
                () if cell == "[]" else tuple(json.loads(cell)) for cell in by_name["secondary"]
            ],
            "soft_labels": [None] * len(places),
            "path": paths,
            "source_path": paths,
        }
        # These columns share their cells, so each is copied before anything in it changes.
        found |= dict.fromkeys(("onset", "source_onset"), [0.0] * len(places))
        found |= dict.fromkeys(("offset", "duration", "source_offset"), by_name["duration"])
        if rows.cut:
            changed = {name: list(found[name]) for name in _CUT}
            for at, stretch in rows.cut.items():
                for name in _CUT[1:]:
                    changed[name][at] = getattr(stretch, name)
                if stretch.path is not None:
                    changed["path"][at] = stretch.path
            found |= changed
        others: tuple[tuple[str, Mapping[int, float]], ...] = (
            ("copies", rows.copies),
            ("weight", rows.weights),
        )
        for name, given in others:
            if given:
                found[name] = column = list(found[name])
                for at, value in given.items():
                    column[at] = value
        self._count(found, rows, by_name["number"])
        return [found[name] for name in MANIFEST_COLUMNS]

    def _count(self, found: Mapping[str, Sequence[Any]], rows: _Rows, numbers: Sequence[int]) -> None:
        """Count the rows of a block, as `ManifestSummary.counted` does."""
        counts = self.counts
        self._labels.update(dict.fromkeys(found["label"]))
        counts.unlabelled += found["label"].count("")
        # Backwards, so that the dict keeps the first row of each recording.
        first = dict(zip(reversed(rows.places), reversed(range(len(rows.places))), strict=True))
        counts.recordings += len(first)
        # One by one: sums that are made otherwise differ in the last digit.
        for seconds in found["duration"]:
            counts.seconds += seconds
        for stretch in rows.cut.values():
            if stretch.path is not None:
                counts.clean += 1
                counts.muted += stretch.muted
                self.seen.copies[stretch.path] += 1
        paths, raw = found["path"], found["source_path"]
        # The same object stands in both columns unless a copy replaced it, so `is` will do.
        files = [at for at in sorted(first.values()) if paths[at] is raw[at]]
        counts.missing += len(files) - sum(os.path.isfile(paths[at]) for at in files)
        for at in files:
            if self.raw and self.raw[-1][1] == numbers[at] - 1:
                self.raw[-1][1] = numbers[at]
            else:
                self.raw.append([numbers[at], numbers[at]])
        if (swapped := self.source.big_endian) and not swapped.isdisjoint(found["recording_id"]):
            named = zip(found["recording_id"], paths, raw, strict=True)
            counts.big_endian += sum(path is source and name in swapped for name, path, source in named)
        if self.source.holes:
            self._count_holes(found)

    def _count_holes(self, found: Mapping[str, Sequence[Any]]) -> None:
        """Count what is lost of the rows of a block."""
        damaged = set()
        ends = zip(found["recording_id"], found["source_onset"], found["source_offset"], strict=True)
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
