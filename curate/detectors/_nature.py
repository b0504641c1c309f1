"""The ear for nature: one level for the voice band, and a correction of silero's last layers.

Animals are recorded at any level, under wind and traffic. The detector's copy is therefore
brought to one loudness in the band of voices, and rid of what lies below it; the recording
itself is never touched. The correction is 41,601 numbers in ``nature.npz`` next to this file; a
network with it answers `LATE` chunks late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

#: Where the voice band lies among the 129 bins of 62.5 Hz: 125 Hz to 4 kHz.
_BAND = slice(2, 65)

#: Level of the loud frames of the voice band after levelling, dB full scale. Of -36 to -18, -30
#: found most voices at the same rate of false alarms.
_TARGET = -30.0

#: Share of frames that are quieter than the loud ones.
_LOUD = 0.95

#: Greatest gain. Beyond it there is only the noise of the converter, which sounds like speech.
_MOST = 10 ** (40 / 20)

#: What is left of the two bins below 100 Hz: wind, and the hum of the mains.
_RUMBLE = 0.03

#: Sum of the squares of silero's window (256 samples, Hann).
_WINDOW_ENERGY = 96.0

#: Chunks (0.06 s) by which the corrected network answers late, as it was trained to: in noise, what
#: follows a sound tells as much of it as what came before. Of 0, 2 and 4, trained alike, 2 found most
#: voices at about the same rate of false alarms.
LATE = 2

_FILE = Path(__file__).with_name("nature.npz")


class Leveller:
    """Tells by how much to amplify each block of a recording, from it and the block before.

    So a short last block is not taken for loud or quiet by itself, and memory stays bounded.
    """

    def __init__(self) -> None:
        self._before = np.empty(0, np.float32)

    def gains(self, magnitudes: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Give the gain of each bin, shape=(129,).

        Parameters
        ----------
        magnitudes : each of shape=(windows, 129)
            The spectra of one block.
        """
        bands = [x[:, _BAND] for x in magnitudes]
        powers = np.concatenate([np.einsum("wb,wb->w", band, band) for band in bands])
        loud = float(np.quantile(np.concatenate([self._before, powers]), _LOUD))
        self._before = powers
        level = np.sqrt(2 * loud / (256 * _WINDOW_ENERGY))
        gains = np.full(129, min(10 ** (_TARGET / 20) / (level + 1e-9), _MOST), np.float32)
        gains[:2] *= _RUMBLE
        return gains


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the weights of the LSTM and of the output.

    Parameters
    ----------
    input_left, hidden_left : shape=(512, rank), and input_right, hidden_right : shape=(rank, 128)
        Their products are added to the LSTM's two matrices.
    bias : shape=(512,)
    output : shape=(128,)
    output_bias : shape=(1,)
    """

    input_left: NDArray[np.float32]
    input_right: NDArray[np.float32]
    hidden_left: NDArray[np.float32]
    hidden_right: NDArray[np.float32]
    bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def added_to(self, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Give the corrected weights, by silero's names."""
        sums = {
            "decoder.rnn.weight_ih": self.input_left @ self.input_right,
            "decoder.rnn.weight_hh": self.hidden_left @ self.hidden_right,
            "decoder.rnn.bias_ih": self.bias,
            "decoder.decoder.2.weight": self.output[np.newaxis, :, np.newaxis],
            "decoder.decoder.2.bias": self.output_bias,
        }
        return {**weights, **{name: weights[name] + torch.from_numpy(add) for name, add in sums.items()}}


def shipped() -> Correction:
    """Read the correction that comes with curate."""
    return read(_FILE)


def read(path: Path) -> Correction:
    """Read a correction."""
    with np.load(path) as file:
        return Correction(**{field.name: file[field.name].astype(np.float32) for field in fields(Correction)})
