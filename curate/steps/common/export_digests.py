"""All that an export says of a recording as a few bytes, and how those of an export are kept.

A digest is made of a recording's cuts, labels, fold, copies and metadata, and of what the layer marks in it
that goes along.
"""

from __future__ import annotations

import hashlib
import marshal
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from curate.catalogue import cuts, layers, listings
from curate.catalogue.listings import WholeRecording
from curate.catalogue.store import Store
from curate.decisions.retention import Retention, retention
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retention_columns import Done, Ledger, retention_columns, what_is_done

#: A recording's number, and its digest.
_STATE = struct.Struct("<q8s")

#: Recordings that are held at a time.
SIZE = 8_192

#: The digest of a recording of which nothing is kept.
NOTHING = bytes(8)

#: The last fields of `WholeRecording` are about the clean copy: where it lies says nothing of what is in it.
_BUT_COPY = slice(1, -3)

#: What digests are made of: raise it when the same recordings would give others.
VERSION = 3


@dataclass(slots=True)
class Seen:
    """What an export is made of, gathered as its rows pass.

    Parameters
    ----------
    layer
        Which layer of annotations or soft labels goes along; None for none.
    states
        Packed, of every recording.
    copies
        Clean copies by their absolute path, with the number of rows that name each.
    """

    layer: LayerMarks | None = None
    states: bytearray = field(default_factory=bytearray)
    copies: Counter[str] = field(default_factory=Counter)

    def add_all(self, block: Sequence[tuple[Any, ...]], done: Mapping[int, Sequence[Done] | None]) -> None:
        """Take in a block of recordings, with the fields of `WholeRecording`, if layers are left out.

        Parameters
        ----------
        done
            What is done to recordings that have cuts, sorted, by number; None where nothing is kept.
        """
        for each in block:
            made = done.get(each[0], ())
            digest = NOTHING if made is None else _digest_of(each, made, "")
            self.states += _STATE.pack(each[0], digest)

    def add(self, recording: WholeRecording, end: Retention) -> None:
        """Take a recording in, and what is kept of it."""
        marks = "" if self.layer is None else self.layer.of(recording.number)
        self.states += _STATE.pack(recording.number, _digest(recording, end, marks))


class LayerMarks:
    """Tells what a layer marks in recordings that are asked for in rising order.

    A layer that is not there marks nothing.
    """

    def __init__(self, store: Store, name: str, members: Sequence[int] | None = None) -> None:
        number = layers.find_number(store, name)
        number = -1 if number is None else number
        self._found = MergeJoin(layers.segments_by_recording(store, number, members))
        self._looked = MergeJoin((each, True) for each in layers.looked_at(store, number))

    def of(self, recording: int) -> str:
        """Give all that is marked in a recording as a text, or empty before its scan."""
        found = self._found.get(recording)
        return repr(found or []) if self._looked.get(recording) else ""


def _digest(recording: tuple[Any, ...], end: Retention, marks: str) -> bytes:
    if not end.goes_out:
        return NOTHING
    return _digest_of(recording, sorted((cut.onset, cut.offset, cut.action) for cut in end.done), marks)


def _digest_of(recording: tuple[Any, ...], made: Sequence[Done], marks: str) -> bytes:
    # The second form of marshal is what all versions of Python write alike. In later ones the bytes also
    # depend on which objects are shared.
    return hashlib.blake2b(
        marshal.dumps((recording[_BUT_COPY], list(made), marks), 2), digest_size=8
    ).digest()


def digests(
    store: Store, along: Sequence[str | None], members: Sequence[int] | None = None
) -> Iterator[tuple[int, dict[str | None, bytes]]]:
    """Digest what there is to say of recordings with sound now, with each of the layers that go along."""
    marked = {name: LayerMarks(store, name, members) for name in along if name is not None}
    for block in listings.whole_blocks(store, SIZE, members):
        done = _done(store, block)
        for cells in block:
            number, made = cells[0], done.get(cells[0], ())
            marks = {name: layer.of(number) for name, layer in marked.items()}
            yield (
                number,
                {
                    name: NOTHING if made is None else _digest_of(cells, made, marks[name] if name else "")
                    for name in (None, *marks)
                },
            )


def _done(store: Store, block: Sequence[tuple[Any, ...]]) -> dict[int, Sequence[Done] | None]:
    """Tell what is done to each recording of a block that has cuts; None where nothing is kept."""
    number, duration, sr = (
        np.array([cells[WholeRecording._fields.index(name)] for cells in block], dtype=kind)
        for name, kind in (("number", np.int64), ("duration", float), ("sr", float))
    )
    ledger = Ledger.read(store, number)
    return what_is_done(retention_columns(store, number, duration, sr, ledger), ledger)


def digest_now(store: Store, recording: WholeRecording | None, marks: LayerMarks | None) -> bytes:
    """Digest what there is to say of a recording now."""
    if recording is None:
        return NOTHING
    made = [cut for _, of_step in cuts.by_step(store, recording.number) for cut in of_step]
    end = retention("ok", recording.duration, recording.sr, made)
    return _digest(recording, end, "" if marks is None else marks.of(recording.number))


def count_of(states: bytes) -> int:
    """Count the recordings of packed states."""
    return len(states) // _STATE.size


def state_in(states: bytes, recording: int) -> bytes | None:
    """Find the digest of a recording among packed states, which stand in rising order."""
    at = bisect_left(range(len(states) // _STATE.size), recording, key=lambda n: _unpacked(states, n)[0])
    if at * _STATE.size >= len(states):
        return None
    number, digest = _unpacked(states, at)
    return digest if number == recording else None


def _unpacked(states: bytes, at: int) -> tuple[int, bytes]:
    number, digest = _STATE.unpack_from(states, at * _STATE.size)
    return number, digest


class StateWalk:
    """Walks along packed states, each asked for in rising order."""

    def __init__(self, states: bytes) -> None:
        self._states: Iterator[tuple[int, bytes]] = _STATE.iter_unpack(states)
        self._next = next(self._states, None)
        self._gone = 0

    def of(self, recording: int) -> bytes | None:
        """Give the digest of a recording, `None` if it was not there."""
        while self._next is not None and self._next[0] < recording:
            self._gone += self._next[1] != NOTHING
            self._next = next(self._states, None)
        if self._next is None or self._next[0] != recording:
            return None
        digest = self._next[1]
        self._next = next(self._states, None)
        return digest

    def left(self) -> int:
        """Count the recordings that went out then, and are not there any more."""
        rest = [self._next, *self._states] if self._next is not None else []
        return self._gone + sum(digest != NOTHING for _, digest in rest)
