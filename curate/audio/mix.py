"""One channel from several: their mean, or, where that would lose a sound, a mix that keeps it.

A sound of opposite sign in two channels (a balanced cable in a stereo socket) is gone in their mean, and a
dead channel halves the other. Both are found by what the channels share, on a fixed grid of about a third
of a second, so that blocks do not matter. Constant offsets and rumble are set aside first: they may be far
louder than all sound, and hide that it is gone. Where the mean cannot be trusted, dead channels are left
out, and channels are turned so that none takes from the sum of the others.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curate.audio.resample import to_mono
from curate.audio.spectrum import hop_of

Block = NDArray[np.float32]

#: Frames of a stretch that is judged as one, in hops of `hop_of`: a third of a second. Blocks are multiples.
_HOPS = 16

#: Channels that have nothing in common leave 1 / channels of their energy in the mean. Less than half of that
#: is a clear contradiction: a correlation below -0.5 in stereo.
_CANCELLED = 0.5

#: A channel so far below the loudest is dead: 60 dB.
_DEAD = 1e-6

#: A stretch is judged without the straight line through each piece of a hop / this: 1.8 to 3.5 ms. What is
#: left of a sine is (2 pi f t)^4 / 720 of its energy: -27 dB or less at 50 Hz, nearly all from 400 Hz on.
_PIECES = 8

#: Offsets and rumble are set aside where they have this share of a channel's energy. From a quarter on they
#: could hide that all else is gone.
_DEEP = 0.1

#: Products in single precision are wrong by no more than this share: 512 sums in a row, 6e-8 each.
_ROUNDING = 1e-4

#: Channels that correlate less than this say nothing of their signs: those of before stay. Noises of
#: 8,192 frames correlate by 0.01.
_CLEAR = 0.1

#: Frames over which one choice fades into the next.
_RAMP = 256


class Mixer:
    """Mixes a stream of blocks down, shape=(channels, n) each.

    Parameters
    ----------
    sr : Hz
    """

    def __init__(self, sr: int) -> None:
        self._grid = _HOPS * hop_of(sr)
        self._piece = max(4, hop_of(sr) // _PIECES)
        self._held: Block | None = None
        self._weights: Block | None = None  # None is the mean

    def feed(self, block: Block) -> Iterator[tuple[Block, Block]]:
        """Mix the next block, finite. Gives sound and mix as far as judged, shape=(channels, m) and (m,)."""
        if len(block) == 1:
            yield block, block[0]
            return
        if self._held is not None:
            missing = self._grid - self._held.shape[1]
            self._held = np.concatenate([self._held, block[:, :missing]], axis=1)
            block = block[:, missing:]
            if self._held.shape[1] < self._grid:
                return
            held, self._held = self._held, None
            yield held, self._mixed(held)
        whole = block.shape[1] // self._grid * self._grid
        if whole:
            yield block[:, :whole], self._mixed(block[:, :whole])
        if whole < block.shape[1]:
            self._held = block[:, whole:].copy()

    def finish(self) -> Iterator[tuple[Block, Block]]:
        """Mix what is left at the end."""
        held, self._held = self._held, None
        if held is not None and held.shape[1]:
            yield held, self._mixed(held)

    def _mixed(self, block: Block) -> Block:
        mean = to_mono(block)
        count = max(1, block.shape[1] // self._grid)
        size = block.shape[1] // count
        parts = block[:, : count * size].reshape(len(block), count, size)
        shared = _shared(parts)
        odd = _is_odd(shared)
        slow = _slow(parts, self._piece)
        deep = (np.square(slow).sum(axis=(2, 3)) > _DEEP * np.diagonal(shared).T).any(axis=0)
        if deep.any() and not size % self._piece:
            # What is left is known nearly from the products alone; mostly that is enough to be sure.
            margin = _ROUNDING * len(block) * np.trace(shared)
            deep &= odd | _is_odd(shared - _shared(slow.reshape(len(block), count, -1)), margin)
        if deep.any():
            shared[:, :, deep] = _shared(_without(parts[:, deep], slow[:, deep], self._piece))
            odd |= _is_odd(shared)
        if self._weights is None and not odd.any():  # as nearly always
            return mean
        for k in range(count):
            part = slice(k * size, (k + 1) * size)
            before = self._weights
            self._weights = _weights(shared[:, :, k], before) if odd[k] else None
            if self._weights is not None:
                mean[part] = self._weights @ block[:, part]
            if not _is_same(before, self._weights):
                _fade(mean[part], block[:, part], before)
        return mean


def mix_down(y: Block, sr: int) -> Block:
    """Mix a whole waveform down, shape=(channels, n) to (n,). One channel is returned as a view."""
    if len(y) == 1:
        view: Block = y[0]
        return view
    mixer = Mixer(sr)
    parts = [mix for _, mix in (*mixer.feed(y), *mixer.finish())]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _lines(n: int) -> tuple[Block, Block]:
    """Give the constant and the rise over `n` frames, orthonormal, shape=(n,) each."""
    rise = np.arange(n) - (n - 1) / 2
    return np.full(n, n**-0.5, np.float32), (rise / np.linalg.norm(rise)).astype(np.float32)


def _slow(parts: Block, piece: int) -> Block:
    """Fit a line to each piece of stretches, (channels, count, size) to (channels, count, 2, pieces)."""
    channels, count, size = parts.shape
    pieces = parts[:, :, : size // piece * piece].reshape(-1, piece)
    # One direction at a time: OpenBLAS takes 100 times as long for both at once (2026-11).
    fitted = [(pieces @ line).reshape(channels, count, -1) for line in _lines(piece)]
    return np.stack(fitted, axis=2)


def _without(parts: Block, slow: Block, piece: int) -> Block:
    """Take the lines out of stretches; frames behind the last whole piece are left out."""
    channels, count, size = parts.shape
    rest = parts[:, :, : size // piece * piece].reshape(channels, count, -1, piece).copy()
    for k, line in enumerate(_lines(piece)):
        rest -= slow[:, :, k, :, np.newaxis] * line
    return rest.reshape(channels, count, -1)


def _shared(parts: Block) -> NDArray[np.float64]:
    """Sum the products of every two channels over each stretch, shape=(channels, channels, count)."""
    shared = np.empty((len(parts), *parts.shape[:2]))
    for i, one in enumerate(parts):
        for j in range(i, len(parts)):
            shared[i, j] = shared[j, i] = np.vecdot(one, parts[j])
    return shared


def _is_odd(shared: NDArray[np.float64], margin: NDArray[np.float64] | float = 0.0) -> NDArray[np.bool_]:
    """Whether the mean of a stretch loses a sound: a channel is dead, or two or all of them cancel.

    Parameters
    ----------
    margin : shape=(count,)
        How wrong the products may be; what is as near to a limit as that counts as odd.
    """
    energies = np.diagonal(shared).T
    total = energies.sum(axis=0)
    pairs = energies[:, np.newaxis] + energies[np.newaxis]
    odd = (energies < _DEAD * energies.max(axis=0) + margin).any(axis=0)
    odd |= shared.sum(axis=(0, 1)) < _CANCELLED * total + margin
    odd |= (pairs + 2 * shared < _CANCELLED * pairs + margin).any(axis=(0, 1))
    return np.asarray(odd)


def _weights(shared: NDArray[np.float64], before: Block | None) -> Block:
    """Weigh the channels of a stretch: dead ones by 0, the others alike, with signs that add up.

    From the loudest on, each takes the sign that adds to the sum of those before it: the mix keeps about
    the energy that channels have together where they share nothing, or more.
    """
    energies = np.diagonal(shared)
    live = energies >= _DEAD * energies.max()
    signs = np.ones(len(shared)) if before is None else np.where(before < 0, -1.0, 1.0)
    weights = np.zeros(len(shared))
    for k in np.argsort(-energies, kind="stable"):
        if live[k]:
            along = weights @ shared[k]
            # Between unrelated channels the sign is chance. The one from before saves a fade.
            is_clear = abs(along) > _CLEAR * np.sqrt(max(0.0, weights @ shared @ weights) * energies[k])
            weights[k] = np.sign(along) if is_clear else signs[k]
    return np.asarray(weights / live.sum(), np.float32)


def _is_same(one: Block | None, other: Block | None) -> bool:
    return one is other if one is None or other is None else np.array_equal(one, other)


def _fade(mixed: Block, block: Block, before: Block | None) -> None:
    """Let the start of a stretch come out of the mix that was made before it."""
    n = min(_RAMP, len(mixed))
    old = to_mono(block[:, :n]) if before is None else before @ block[:, :n]
    rise = np.linspace(0, 1, n, dtype=np.float32)
    mixed[:n] = old * (1 - rise) + mixed[:n] * rise
