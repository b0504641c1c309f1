"""Recordings on their way through the silero network, in pieces of any length, and their ends in company.

The LSTM takes much less time for several recordings side by side. So it hears what it can only when they
have come to their ends.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from curate.detectors._nature import LATE, Leveller
from curate.detectors.silero import BLOCK, CHUNK, CONTEXT, SileroNet, State

#: Blocks (2.2 min, 2 MB) of a recording for which the LSTM waits. One that is longer is heard as it
#: comes: there is little company for it in four minutes of sound, and memory stays bounded.
_HELD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """A recording that has come to its end, and has yet to be heard.

    Parameters
    ----------
    n_samples
        Of the recording, at 16 kHz.
    answers
        What was answered about its blocks, if it is long.
    features : shape=(chunks, 128) each
        What the LSTM has yet to hear: of the last block, and if the recording is not long, of all.
    state
        Before them.
    """

    net: SileroNet
    n_samples: int
    answers: array[float]
    features: list[torch.Tensor]
    state: State


class Stream:
    """One recording on its way through the network.

    The network always hears whole blocks, and in company or not by the recording's own length. So its
    answers depend neither on the pieces nor on the company, not even in the last bit, and memory
    stays bounded.
    """

    def __init__(self, net: SileroNet) -> None:
        self._net = net
        self._state = net.initial_state()
        self._leveller = Leveller() if net.levelled else None
        self._buffer = np.empty(CONTEXT + BLOCK * CHUNK, np.float32)
        self._buffer[:CONTEXT] = 0
        self._filled = CONTEXT
        self._features: list[torch.Tensor] = []
        # One array that grows: thousands of small ones would lie scattered among what is let go, and a day
        # of sound would take 200 MB more.
        self._answers = array("f")
        self._n_samples = 0

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Hear the next samples, shape=(n,), at 16 kHz, finite."""
        self._n_samples += len(samples)
        while len(samples):
            taken = samples[: len(self._buffer) - self._filled]
            self._buffer[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            samples = samples[len(taken) :]
            if self._filled == len(self._buffer):
                self._take_block()
                self._buffer[:CONTEXT] = self._buffer[-CONTEXT:]
                self._filled = CONTEXT

    def _take_block(self) -> None:
        self._take(self._buffer)
        if self._answers or len(self._features) > _HELD:
            for features in self._features:
                answers, self._state = self._net.alone(features, self._state)
                self._answers.frombytes(answers.tobytes())
            self._features.clear()

    def _take(self, samples: NDArray[np.float32]) -> None:
        with torch.inference_mode():
            self._features.append(self._net.features(samples, self._leveller))

    def end(self) -> Ended:
        """Fill the last chunk with zeros, as silero does. `probabilities` hears what is left. Call once."""
        end = CONTEXT - (CONTEXT - self._filled) // CHUNK * CHUNK  # rounded up to whole chunks
        self._buffer[self._filled : end] = 0
        # Not later with the others: samples take four times the memory, and are in the cache now.
        self._take(self._buffer[:end])
        return Ended(self._net, self._n_samples, self._answers, self._features, self._state)

    def finish(self) -> NDArray[np.float32]:
        """Give all probabilities of a recording alone, shape=(chunks,)."""
        return probabilities([self.end()])[0]


def probabilities(ended: Sequence[Ended]) -> list[NDArray[np.float32]]:
    """Give all probabilities of recordings that one network has heard, shape=(chunks,) each.

    A network with a correction is trained to answer `LATE` chunks late; that is undone here. Its
    last answer also stands for those that would come after the end. Asked again, as after a failure, it
    gives the same.
    """
    if not ended:
        return []
    net = ended[0].net
    with torch.inference_mode():
        features = [torch.cat(each.features) for each in ended]
    rests = net.side_by_side(features, [each.state for each in ended])
    return [
        _in_time(np.frombuffer(each.answers, np.float32), rest, late=LATE if net.levelled else 0)
        for each, rest in zip(ended, rests, strict=True)
    ]


def _in_time(before: NDArray[np.float32], rest: NDArray[np.float32], *, late: int) -> NDArray[np.float32]:
    """Put answers together that came late, and let the last one stand for those that never came."""
    last = rest[-1:] if len(rest) else before[-1:]
    # One copy: all that is kept of a day of sound is as long.
    return np.concatenate([before, rest, np.repeat(last, late)])[late:]
