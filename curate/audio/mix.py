"""One channel from several: their mean, or, where that would lose a sound, the loudest of them.

A sound of opposite sign in two channels (a balanced cable in a stereo socket) is gone in their mean, and a
dead channel halves the other. Both are told from the energies of the channels and of their mean, on a
fixed grid of about a third of a second, so that blocks do not matter.
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

#: A channel stays chosen while it has this share of the loudest one's energy.
_STAYS = 0.5

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
        self._held: Block | None = None
        self._choice: int | None = None  # None is the mean

    def feed(self, block: Block) -> Iterator[tuple[Block, Block]]:
        """Mix the next block, finite; gives sound and mix as far as judged, shape=(channels, m) and (m,)."""
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
        energies = np.stack([_energies(channel, count, size) for channel in block])
        total, loudest = energies.sum(axis=0), energies.max(axis=0)
        odd = _energies(mean, count, size) * len(block) ** 2 < _CANCELLED * total
        odd |= (energies < _DEAD * loudest).any(axis=0)
        if self._choice is None and not odd.any():  # as nearly always
            return mean
        for k in range(count):
            part = slice(k * size, (k + 1) * size)
            before, self._choice = self._choice, self._chosen(energies[:, k], odd=bool(odd[k]))
            if self._choice is not None:
                mean[part] = block[self._choice, part]
            if before != self._choice:
                _fade(mean[part], block[:, part], before)
        return mean

    def _chosen(self, energies: NDArray[np.float64], *, odd: bool) -> int | None:
        if not odd:
            return None
        if self._choice is not None and energies[self._choice] >= _STAYS * energies.max():
            return self._choice
        return int(energies.argmax())


def mix_down(y: Block, sr: int) -> Block:
    """Mix a whole waveform down, shape=(channels, n) to (n,); one channel is returned as a view."""
    if len(y) == 1:
        view: Block = y[0]
        return view
    mixer = Mixer(sr)
    parts = [mix for _, mix in (*mixer.feed(y), *mixer.finish())]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _energies(channel: Block, count: int, size: int) -> NDArray[np.float64]:
    parts = channel[: count * size].reshape(count, size)
    return np.asarray(np.vecdot(parts, parts), np.float64)


def _fade(mixed: Block, block: Block, before: int | None) -> None:
    """Let the start of a stretch come out of the choice that was made before it."""
    n = min(_RAMP, len(mixed))
    old = to_mono(block[:, :n]) if before is None else block[before, :n]
    rise = np.linspace(0, 1, n, dtype=np.float32)
    mixed[:n] = old * (1 - rise) + mixed[:n] * rise
