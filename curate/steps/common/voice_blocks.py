"""What the layer of voices knows, in blocks of recordings, ready to be decided about by columns."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from curate.catalogue import layers, listings
from curate.catalogue.store import Store
from curate.decisions.voices import announced
from curate.steps.common.detect import detector_class
from curate.steps.common.interval_columns import Flags, Spans
from curate.steps.common.voice_columns import Block, CutColumns, ScoredSpans, VoiceColumns

#: Recordings that are held at a time.
_SIZE = 16_384


class Counted(NamedTuple):
    """What there is to count of a recording, once it is decided about. Times in seconds.

    Parameters
    ----------
    failed, current, looked_at
        As `LayerState` has them.
    has_voice, speech
        Whether there is a voice, and how long.
    removed, muted, in_review
        As `decisions.retention.of_voices` tells them apart.
    is_flagged, is_dropped
        Whether voices are flagged since too little would be left, and whether all of it goes.
    """

    archive: str
    failed: bool
    current: bool
    looked_at: bool
    has_voice: bool = False
    speech: float = 0.0
    removed: float = 0.0
    muted: float = 0.0
    in_review: float = 0.0
    is_flagged: bool = False
    is_dropped: bool = False


class Recording(NamedTuple):
    """What is known of a recording, in the order of `listings.covered`."""

    number: int
    archive: str
    label: str
    given_label: str
    remarks: str | None
    status: str
    duration: float | None
    coverage: str | None
    current: int | None
    has_track: int

    @property
    def state(self) -> tuple[str, bool, bool, bool]:
        """Its archive, and whether the look failed, was the latest, and there was one."""
        failed = self.status == "failed" or self.coverage == "failed"
        return self.archive, failed, bool(self.current), self.status == self.coverage == "ok"


@dataclass(frozen=True, slots=True)
class HeardBlock:
    """A block of recordings.

    Parameters
    ----------
    recordings
        All of them, in the order of import.
    rows
        The row in `block` of each recording, by number, that has segments there.
    left
        Recordings that are left to the functions on one recording.
    """

    recordings: list[Recording]
    rows: Mapping[int, int]
    block: Block
    left: list[int]

    def has_voice(self, voices: VoiceColumns) -> Flags:
        """Tell of each row whether there is a voice."""
        return np.bincount(voices.sure.spans.row, minlength=self.block.rows) > 0

    def counts(self, voices: VoiceColumns, made: CutColumns) -> list[tuple[Any, ...]]:
        """Give the fields of `Counted` behind the state, of each row."""
        rows = self.block.rows
        row = made.spans.row
        has_flag, is_cut = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
        is_cut[row[~made.is_doubt]] = True
        has_flag[row[~made.is_doubt]] = made.action == "flag"
        columns = (
            self.has_voice(voices),
            voices.seconds(rows),
            *made.ends(rows),
            has_flag | (is_cut & made.spared),
            is_cut & made.dropped,
        )
        return list(zip(*(column.tolist() for column in columns), strict=True))


def heard_blocks(
    store: Store,
    layer: str,
    settings: Mapping[str, Any],
    *,
    like_people: Container[tuple[str, str]] = (),
    leave: Container[int] = (),
) -> Iterator[HeardBlock]:
    """Read all recordings in blocks, with the segments of a layer.

    Parameters
    ----------
    like_people
        Archives and labels of which `decisions.voices.judge` is to be careful.
    leave
        Recordings to be left to the functions on one recording.
    """
    kind = detector_class(layer)
    number = layers.find_number(store, kind.name)
    digest = layers.digest(kind.version, settings)
    found = listings.covered_blocks(store, kind.name, version=kind.version, digest=digest, size=_SIZE)
    for cells in found:
        recordings = [Recording._make(each) for each in cells]
        first, last = recordings[0].number, recordings[-1].number
        segments = layers.scores_between(store, -1 if number is None else number, first, last)
        # Segments of other settings must be found anew in the track.
        left = {
            each.number
            for each in recordings
            if each.coverage is not None
            and (each.number in leave or (each.has_track and each.coverage == "ok" and not each.current))
        }
        usable = [each for each in recordings if each.coverage is not None and each.number not in left]
        block, rows = _block(usable, segments, like_people)
        if not (plain := block.is_plain()).all():
            odd = {each for each, row in rows.items() if not plain[row]}
            left |= odd
            usable = [each for each in usable if each.number not in odd]
            block, rows = _block(usable, segments, like_people)
        yield HeardBlock(recordings, rows, block, sorted(left))


def _block(
    recordings: Sequence[Recording],
    segments: Sequence[tuple[int, float, float, Any]],
    like_people: Container[tuple[str, str]],
) -> tuple[Block, dict[int, int]]:
    """Put recordings that have segments into rows; those of other recordings are left out."""
    of, onset, offset, score = zip(*segments, strict=True) if segments else ((), (), (), ())
    numbers = np.array([each.number for each in recordings], dtype=np.int64)
    found = np.array(of, dtype=np.int64)
    is_wanted = np.isin(found, numbers, assume_unique=False)
    has_some = np.isin(numbers, found[is_wanted])
    row = np.searchsorted(numbers[has_some], found[is_wanted]).astype(np.int64)
    heard = [each for each, some in zip(recordings, has_some.tolist(), strict=True) if some]
    spans = Spans(row, np.array(onset, dtype=float)[is_wanted], np.array(offset, dtype=float)[is_wanted])
    block = Block(
        np.array([each.duration or 0.0 for each in heard], dtype=float),
        np.array([announced(each.remarks) for each in heard], dtype=bool),
        np.array([(each.archive, each.label) in like_people for each in heard], dtype=bool),
        ScoredSpans(spans, np.array(score, dtype=float)[is_wanted]),
    )
    return block, {each.number: row for row, each in enumerate(heard)}
