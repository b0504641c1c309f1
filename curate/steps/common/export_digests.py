"""All that an export says of a recording as a few bytes, and how those of an export are kept.

A digest is made of what is done to a recording's sound, of its labels, fold, copies and metadata, and of what
the layer marks in it that goes along. A flag is in no export, so it is in no digest. Of recordings that an
export leaves out, it says nothing.
"""

from __future__ import annotations

import marshal
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.catalogue import assignments, cuts, layers, listings
from curate.catalogue.listings import WholeRecording
from curate.catalogue.store import Store
from curate.decisions.retention import Retention, TakenOut, retention
from curate.formats.trainers.birdclef_years import is_of_soundscapes
from curate.steps.common.interval_columns import Flags
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retention_columns import retention_columns

#: A recording's number, and its digest.
_STATE = struct.Struct("<q8s")

#: The same as columns. A digest of `NOTHING` is the number 0.
_COLUMNS = np.dtype([("number", "<i8"), ("digest", "<u8")])

#: An array of `_COLUMNS`: states of recordings whose numbers rise.
States = npt.NDArray[np.void]

#: Recordings that are held at a time.
SIZE = 8_192

#: The digest of a recording of which nothing is kept.
NOTHING = bytes(8)

#: The last fields of `WholeRecording` are about the clean copy: where it lies says nothing of what is in it.
_BUT_COPY = slice(1, -3)

#: Where the fields stand that decide whether a recording is in an export.
_FOLD, _COPIES, _LABEL, _CELL = (
    WholeRecording._fields.index(name) for name in ("fold", "copies", "label", "cell")
)

#: What is done to a recording that is kept whole.
_WHOLE = TakenOut((), ())

#: What digests are made of: raise it when the same recordings would give others.
VERSION = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """Which recordings an export takes, by its options.

    Parameters
    ----------
    folds
        Only those in these; None for all.
    unflagged
        Only those without a flag.
    layer
        Only those that this layer has looked at; None for all.
    labelled
        Only those with a label, and soundscapes, as in the folder of a competition.
    """

    folds: frozenset[int] | None = None
    unflagged: bool = False
    layer: str | None = None
    labelled: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Scope:
        """Read the options with which an export was noted."""
        folds = options.get("in_folds")
        return cls(
            None if folds is None else frozenset(folds),
            bool(options.get("skip_flagged")),
            options.get("layer"),
            bool(options.get("labelled")),
        )

    @property
    def is_all(self) -> bool:
        """Whether it takes all recordings."""
        return self == Scope()

    def takes(self, recording: tuple[Any, ...], *, is_flagged: bool, marks: str) -> bool:
        """Whether it takes a recording, by the fields of `WholeRecording` and what its layer marks."""
        return (
            (self.folds is None or recording[_FOLD] in self.folds)
            and not (self.unflagged and is_flagged)
            and (self.layer is None or bool(marks))
            and (not self.labelled or bool(recording[_LABEL]) or is_of_soundscapes(recording[_CELL]))
        )

    def within(self, store: Store, states: States) -> States:
        """Say nothing of recordings that it leaves out now."""
        if self.is_all:
            return states
        found, numbers = states.copy(), states["number"]
        if self.folds is not None:
            found["digest"][~np.isin(numbers, assignments.in_folds(store, sorted(self.folds)))] = 0
        if self.unflagged:
            found["digest"][np.isin(numbers, cuts.flagged(store))] = 0
        if self.layer is not None:
            layer = layers.find_number(store, self.layer)
            looked = [] if layer is None else list(layers.looked_at(store, layer))
            found["digest"][~np.isin(numbers, looked)] = 0
        if self.labelled:
            left_out = [each for each, cell in listings.unlabelled(store) if not is_of_soundscapes(cell)]
            found["digest"][np.isin(numbers, left_out)] = 0
        return found


@dataclass(slots=True)
class Seen:
    """What an export is made of, gathered as its rows pass.

    Parameters
    ----------
    scope
        Which recordings it takes.
    layer
        Which layer of annotations or soft labels goes along; None for none.
    states
        Packed, of every recording.
    copies
        Clean copies by their absolute path, with the number of rows that name each.
    """

    scope: Scope = Scope()
    layer: LayerMarks | None = None
    states: bytearray = field(default_factory=bytearray)
    copies: Counter[str] = field(default_factory=Counter)

    def add_all(
        self, block: Sequence[tuple[Any, ...]], taken: Mapping[int, TakenOut | None], is_flagged: Flags
    ) -> None:
        """Take in a block of recordings, with the fields of `WholeRecording`, if layers are left out.

        Parameters
        ----------
        taken
            As `RetentionColumns` gives it.
        is_flagged
            Which of them have a flag.
        """
        if not self.scope.is_all:
            flagged = zip(block, is_flagged.tolist(), strict=True)
            left_out = [
                each[0] for each, flag in flagged if not self.scope.takes(each, is_flagged=flag, marks="")
            ]
            taken = {**taken, **dict.fromkeys(left_out)}
        self.states += _states(block, taken, None).tobytes()

    def add(self, recording: WholeRecording, end: Retention) -> None:
        """Take a recording in, and what is kept of it."""
        marks = "" if self.layer is None else self.layer.of(recording.number)
        self.states += _STATE.pack(recording.number, _digest(recording, end, marks, self.scope))


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


def _digest(recording: WholeRecording, end: Retention, marks: str, scope: Scope) -> bytes:
    is_flagged = any(cut.action == "flag" for cut in end.cuts)
    if not end.goes_out or not scope.takes(recording, is_flagged=is_flagged, marks=marks):
        return NOTHING
    return _digest_of(recording, end.taken(recording.duration), marks)


def _digest_of(recording: tuple[Any, ...], taken: TakenOut, marks: str) -> bytes:
    if not recording[_COPIES]:  # it trains in no epoch
        return NOTHING
    return _digest_told((recording[_BUT_COPY], [*map(list, taken)], marks))


def _digest_told(told: tuple[Any, ...]) -> bytes:
    # The second form of marshal is what all versions of Python write alike. In later ones the bytes also
    # depend on which objects are shared.
    return blake2b(marshal.dumps(told, 2), digest_size=8).digest()


def _states(
    block: Sequence[tuple[Any, ...]], taken: Mapping[int, TakenOut | None], layer: LayerMarks | None
) -> States:
    """Digest a block of recordings, with the fields of `WholeRecording`, and what a layer marks in them."""
    digests = []
    for each in block:
        made = taken.get(each[0], _WHOLE)
        marks = "" if layer is None else layer.of(each[0])
        if made is _WHOLE and each[_COPIES]:  # as of most: said without a call, which costs a fifth more
            digests.append(_digest_told((each[_BUT_COPY], [[], []], marks)))
        else:
            digests.append(NOTHING if made is None else _digest_of(each, made, marks))
    found = np.empty(len(block), dtype=_COLUMNS)
    found["number"] = [each[0] for each in block]
    found["digest"] = np.frombuffer(b"".join(digests), dtype="<u8")
    return found


def states_now(
    store: Store, along: Sequence[str | None], members: Sequence[int] | None = None
) -> dict[str | None, States]:
    """Digest what there is to say of recordings with sound now, with each of the layers that go along.

    Parameters
    ----------
    members
        Only these recordings. None stands for all.
    """
    marked = {name: None if name is None else LayerMarks(store, name, members) for name in along}
    found: dict[str | None, list[States]] = {name: [np.empty(0, dtype=_COLUMNS)] for name in along}
    for block in listings.whole_blocks(store, SIZE, members) if along else ():
        taken = _taken(store, block)
        for name, layer in marked.items():
            found[name].append(_states(block, taken, layer))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def updated(before: States, members: Sequence[int], now: States) -> States:
    """Put the states of some recordings in the place of earlier ones. Those without one now are gone."""
    others = before[~np.isin(before["number"], np.array(members, dtype=np.int64))]
    found = np.concatenate((others, now))
    return found[np.argsort(found["number"], kind="stable")]


def count_differences(then: States, now: States) -> tuple[int, int]:
    """Count the recordings of which something else is said now, and those that came since.

    Examples
    --------
    Recording 1 differs and 2 is gone. 3 came, and so did 4, of which nothing goes out.

    >>> then = np.array([(1, 9), (2, 9)], dtype=[("number", "<i8"), ("digest", "<u8")])
    >>> now = np.array([(1, 8), (3, 9), (4, 0)], dtype=then.dtype)
    >>> count_differences(then, now)
    (2, 1)
    """
    at = np.searchsorted(now["number"], then["number"])
    known = at < len(now)
    known[known] = now["number"][at[known]] == then["number"][known]
    found = np.zeros(len(then), dtype="<u8")
    found[known] = now["digest"][at[known]]
    came = np.count_nonzero(now["digest"]) - np.count_nonzero(found)
    return int(np.count_nonzero(then["digest"] != found)), int(came)


def unpacked(states: bytes) -> States:
    """Give packed states as columns."""
    return np.frombuffer(states, dtype=_COLUMNS)


def _taken(store: Store, block: Sequence[tuple[Any, ...]]) -> dict[int, TakenOut | None]:
    """Tell what is done to each recording of a block that has cuts; None where nothing is kept."""
    number, duration, sr = (
        np.array([cells[WholeRecording._fields.index(name)] for cells in block], dtype=kind)
        for name, kind in (("number", np.int64), ("duration", float), ("sr", float))
    )
    return retention_columns(store, number, duration, sr).taken(duration)


def digest_now(
    store: Store, recording: WholeRecording | None, marks: LayerMarks | None, scope: Scope
) -> bytes:
    """Digest what there is to say of a recording now."""
    if recording is None:
        return NOTHING
    made = [cut for _, of_step in cuts.by_step(store, recording.number) for cut in of_step]
    end = retention("ok", recording.duration, recording.sr, made)
    return _digest(recording, end, "" if marks is None else marks.of(recording.number), scope)


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
