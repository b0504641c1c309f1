"""All recordings against all: which pairs have a stretch in common.

Landmarks are sorted, so that equal ones lie side by side; each such pair is a vote for two
recordings at one shift, and votes are sorted in turn. Every landmark is compared with a few
neighbours only, so time and memory grow with the number of landmarks, also where a hum
has put the same one into every recording. What is sorted at once is bounded; the rest waits in
temporary files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import IO

import numpy as np
from numpy.typing import NDArray

from curate.errors import UsageError
from curate.matching.align import Alignment, Peaks, align
from curate.matching.landmarks import BITS, GAP, landmarks

#: Landmarks that are sorted at once: 128 MB.
_AT_ONCE = 16_000_000

#: Peaks that are turned into landmarks at once.
_PEAKS_AT_ONCE = 1_000_000

#: Landmarks with the same number that each is compared with.
_NEIGHBOURS = 8

#: Frames of a vote's shift that count as one.
_COARSE = 4

#: Votes by which a pair becomes worth a look.
_VOTES = 4

#: Least score of a believed stretch; see `align`. Of 4.7 million pairs of different recordings of the
#: corpus none reaches 15, and 97 of 100 true stretches of 3 s reach 30 as MP3.
LEAST = 25.0

_SHIFT_BITS = 22
_RECORDING_BITS = 21


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch that the recordings at two places of a list have in common. `one` < `other`."""

    one: int
    other: int
    alignment: Alignment


def matches(prints: Sequence[Peaks], lengths: Sequence[int], *, least: float = LEAST) -> list[Match]:
    """Find the stretches that any two recordings have in common.

    Parameters
    ----------
    prints
        Frames and bins of the peaks of each recording.
    lengths
        Frames of each recording.

    Returns
    -------
    In the order of `one` and `other`; several for two recordings if they share several stretches
    """
    found = []
    looked_at = candidates(prints)
    for (one, other), group in groupby(looked_at, key=lambda candidate: candidate[:2]):
        kept: list[Alignment] = []
        for _, _, shift in group:
            made = align(
                prints[one],
                prints[other],
                shift,
                lengths=(lengths[one], lengths[other]),
                least=least,
            )
            if made is not None:
                kept.append(made)
        found += [Match(one, other, alignment) for alignment in _apart(kept)]
    return found


def _apart(alignments: Sequence[Alignment]) -> list[Alignment]:
    """Keep the likeliest alignments of which no two share more than half in either recording."""
    kept: list[Alignment] = []
    for found in sorted(alignments, key=lambda one: -one.score):
        half = (found.stop - found.start) / 2
        if all(
            min(found.stop - by, other.stop - of) - max(found.start - by, other.start - of) <= half
            for other in kept
            for by, of in ((0, 0), (found.shift, other.shift))
        ):
            kept.append(found)
    return sorted(kept, key=lambda one: one.start)


def candidates(prints: Sequence[Peaks]) -> Iterator[tuple[int, int, int]]:
    """List the pairs of recordings that share landmarks at one shift: two places and the shift in frames."""
    if len(prints) > 1 << _RECORDING_BITS:
        raise UsageError(
            f"{len(prints):,} recordings are more than can be compared by sound at once",
            hint="use --no-sound, or divide the dataset",
        )
    counts = [len(frames) for frames, _ in prints]
    starts = np.cumsum([0, *counts])
    # More peaks than 30 bits can number leave fewer bits for landmarks: more votes, all looked at.
    bits = max(64 - BITS, int(starts[-1]).bit_length())
    votes = [np.empty(0, np.uint64)]
    with ExitStack() as stack:
        parts = int(starts[-1]) * 3 // _AT_ONCE + 1
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(parts)]
        _fill(prints, starts, files, bits)
        frames = np.concatenate([np.empty(0, np.uint32), *(print_[0].astype(np.uint32) for print_ in prints)])
        owners = np.repeat(np.arange(len(prints), dtype=np.uint32), counts)
        for file in files:
            file.seek(0)
            votes.append(_votes(np.fromfile(file, np.uint64), frames, owners, bits))
    return _elected(votes)


def _fill(prints: Sequence[Peaks], starts: NDArray[np.int64], files: Sequence[IO[bytes]], bits: int) -> None:
    """Write all landmarks to files by their number, each with the number of its anchor."""
    at = 0
    while at < len(prints):
        end = max(at + 1, int(np.searchsorted(starts, starts[at] + _PEAKS_AT_ONCE, side="right")) - 1)
        spans = [int(frames[-1]) + GAP if len(frames) else 0 for frames, _ in prints[at:end]]
        # On one time line, a gap apart, so that no landmark reaches from one into the next.
        lines = np.cumsum([0, *spans[:-1]])
        frames = [
            frames.astype(np.int64) + line for (frames, _), line in zip(prints[at:end], lines, strict=True)
        ]
        bins = [bins.astype(np.int64) for _, bins in prints[at:end]]
        number, anchor = landmarks(np.concatenate(frames), np.concatenate(bins))
        key = number << np.uint64(bits) | (anchor + starts[at]).astype(np.uint64)
        part = number % np.uint64(len(files))
        for place, file in enumerate(files):
            key[part == place].tofile(file)
        at = end


def _votes(
    keys: NDArray[np.uint64], frames: NDArray[np.uint32], owners: NDArray[np.uint32], bits: int
) -> NDArray[np.uint64]:
    """Let equal landmarks vote: one number for two recordings and a shift."""
    keys.sort()
    numbers = keys >> np.uint64(bits)
    anchors = np.uint64((1 << bits) - 1)
    found = [np.empty(0, np.uint64)]
    same = np.flatnonzero(numbers[1:] == numbers[:-1])
    for step in range(1, _NEIGHBOURS + 1):
        if step > 1:  # what equals the one so many places on equals all between
            same = same[: np.searchsorted(same, len(keys) - step)]
            same = same[numbers[same] == numbers[same + step]]
        one, other = keys[same] & anchors, keys[same + step] & anchors  # in the order of recordings
        who, whom = owners[one].astype(np.uint64), owners[other].astype(np.uint64)
        shift = (frames[one].astype(np.int64) - frames[other]) // _COARSE + (1 << _SHIFT_BITS - 1)
        vote = (who << np.uint64(_RECORDING_BITS) | whom) << np.uint64(_SHIFT_BITS) | shift.astype(np.uint64)
        found.append(vote[who != whom])
    return np.concatenate(found)


def _elected(ballots: list[NDArray[np.uint64]]) -> Iterator[tuple[int, int, int]]:
    """Give the pairs and shifts with enough votes, counting those of the next shift with each."""
    votes = np.concatenate(ballots)
    ballots.clear()
    votes.sort()
    # Nearly all are the only ones for their pair and shift: those go first, for the memory's sake.
    near = votes[1:] - votes[:-1] <= 1
    votes = votes[np.concatenate([near, [False]]) | np.concatenate([[False], near])] if len(votes) else votes
    kinds, counts = np.unique(votes, return_counts=True)
    with_next = counts.copy()
    beside = np.flatnonzero(kinds[1:] == kinds[:-1] + np.uint64(1))
    with_next[beside] += counts[beside + 1]
    for vote in kinds[with_next >= _VOTES].tolist():
        pair, shift = divmod(vote, 1 << _SHIFT_BITS)
        one, other = divmod(pair, 1 << _RECORDING_BITS)
        # The middle of the two coarse shifts.
        yield one, other, (shift - (1 << _SHIFT_BITS - 1)) * _COARSE + _COARSE
