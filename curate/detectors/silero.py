"""The silero voice detector, many chunks at a time: as it is, or with an ear for nature.

As it is, it answers with its own weights. With an ear for nature, three things differ: the voice
band is brought to one level first (silero hears nothing in quiet recordings, and phantoms in
loud ones), the last two layers carry a correction of low rank that was trained on voices in
animal recordings (``bench/train_speech.py``, which also says on what), and what is answered
about a chunk is said after two more have been heard.

The packaged model is called once for every 32 ms of audio, and most of that time goes into
calling it. Only its last layer (an LSTM) depends on what came before, so all else is done
here for a block of chunks in a handful of matrix products. The probabilities equal those of
the packaged model within 1e-4 (``bench/speech_equality.py`` compares them on real recordings).

The number of threads is left to the caller. This module imports torch: import it late.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from curate.detectors._nature import Correction, Leveller, shipped
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.errors import UsageError
from curate.model.speech import SPEECH_CHUNK, SPEECH_SR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Rate at which the network listens, Hz, and samples for which it gives one probability.
SR, CHUNK = SPEECH_SR, SPEECH_CHUNK

#: Samples before a chunk that the network also hears: the end of the chunk before.
CONTEXT = 64

#: Chunks whose features are computed at once: their matrices mostly stay in a core's cache.
#: 128 takes a tenth longer, 512 is no quicker when all cores work.
_FEATURES = 256

#: Chunks (33 s) that are brought to one level, and that one call of the LSTM hears of a recording
#: alone: a call has a fixed cost of 0.1 to 0.4 ms, and a step one of 4.8 us.
BLOCK = 1024

#: Recordings that the LSTM hears side by side at least and at most. A step for one of them waits for
#: the weights to come from the cache, 4.8 us; of sixteen, each takes 2.8 us, and of more no less. On a
#: CPU what is answered about one does not depend on how many others there are, unless there is none. cuDNN
#: promises nothing of the kind, so that on a GPU the last bits may differ. It has room for 64.
LANES = {"cpu": (2, 16), "cuda": (1, 64)}

#: Chunks (4 s) that one call hears of recordings side by side; then those that have ended are left out. With
#: 512 the LSTM takes a sixth longer over recordings of 5 to 30 s, with 64 its calls cost as much again.
_STEPS = 128

_DEVICES = ("auto", "cpu", "cuda")
_WINDOW, _HOP, _BINS = 256, 128, 129
_FRAMES = 4  # windows in a chunk
State = tuple[torch.Tensor, torch.Tensor]


class SileroNet:
    """The network for 16 kHz. It is stateless, so threads may share it.

    Parameters
    ----------
    weights
        The packaged model's tensors, as `checked_weights` gives them.
    device
        ``cpu`` or ``cuda``.
    correction
        What to add to the last layers; a network with one wants to be fed through a `Leveller`.
    """

    def __init__(
        self, weights: Mapping[str, torch.Tensor], device: str, correction: Correction | None = None
    ) -> None:
        corrected = dict(weights) if correction is None else correction.added_to(weights)
        w = {name: tensor.to(device) for name, tensor in corrected.items()}
        self.device = device
        self.levelled = correction is not None
        self._window = w["stft.forward_basis_buffer"][0, 0].contiguous()
        # The last window reaches 64 samples beyond its chunk, which is mirrored at its end.
        self._mirrored = torch.arange(CONTEXT + CHUNK - 2, CHUNK - 2, -1, device=device)
        # One (in, out) matrix for each of a kernel's three taps.
        self._taps = [
            w[f"encoder.{layer}.reparam_conv.weight"].permute(2, 1, 0).contiguous() for layer in range(4)
        ]
        self._biases = [w[f"encoder.{layer}.reparam_conv.bias"] for layer in range(4)]
        with torch.device("meta"):  # so that no random weights are drawn
            self._lstm = torch.nn.LSTM(128, 128)
        parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        self._lstm.load_state_dict({f"{part}_l0": w[f"decoder.rnn.{part}"] for part in parts}, assign=True)
        self._lstm.flatten_parameters()
        self._output = w["decoder.decoder.2.weight"][0, :, 0].contiguous()
        self._output_bias = w["decoder.decoder.2.bias"]

    def last_layers(self) -> tuple[torch.nn.LSTM, torch.Tensor, torch.Tensor]:
        """Give what hears the features: the LSTM, the output's weights and its bias."""
        return self._lstm, self._output, self._output_bias

    def initial_state(self) -> State:
        """State of the LSTM at the start of a recording."""
        return torch.zeros(1, 1, 128, device=self.device), torch.zeros(1, 1, 128, device=self.device)

    def alone(self, features: torch.Tensor, state: State) -> tuple[NDArray[np.float32], State]:
        """Give the probability of speech in each chunk.

        Parameters
        ----------
        features : shape=(chunks, 128)
            As `features` gives it.
        state
            What the call before returned, or `initial_state`.

        Returns
        -------
        shape=(chunks,), 0 to 1, and the state after the last chunk
        """
        with torch.inference_mode(), _full_precision(self.device):
            hidden, state = self._lstm(features[:, None], state)
            return self._answers(hidden[:, 0]).cpu().numpy(), state

    def side_by_side(
        self, features: Sequence[torch.Tensor], states: Sequence[State]
    ) -> list[NDArray[np.float32]]:
        """Give what `alone` gives of several recordings, but for the last bits.

        Those do not depend on the company.

        Parameters
        ----------
        features : shape=(chunks, 128) each
            Any number of chunks.
        states
            As in `alone`, one for each.

        Returns
        -------
        shape=(chunks,) each, 0 to 1
        """
        answers = [np.empty(len(each), np.float32) for each in features]
        # Neighbours of like length, so that few steps are wasted on who has ended.
        order = sorted(range(len(features)), key=lambda i: -len(features[i]))
        most = LANES[self.device][1]
        with torch.inference_mode(), _full_precision(self.device):
            for first in range(0, len(order), most):
                group = order[first : first + most]
                self._hear(
                    [features[i] for i in group], [states[i] for i in group], [answers[i] for i in group]
                )
        return answers

    def _hear(
        self,
        features: Sequence[torch.Tensor],
        states: Sequence[State],
        answers: Sequence[NDArray[np.float32]],
    ) -> None:
        """Fill the answers about recordings side by side, the longest first."""
        least = LANES[self.device][0]
        states = [*states, *[self.initial_state()] * (least - len(states))]
        h, c = (torch.cat([state[k] for state in states], dim=1) for k in (0, 1))
        for start in range(0, len(features[0]), _STEPS):
            alive = [each[start : start + _STEPS] for each in features if len(each) > start]
            lanes = max(least, len(alive))
            x = torch.zeros(len(alive[0]), lanes, 128, device=self.device)
            for lane, each in enumerate(alive):
                x[: len(each), lane] = each
            hidden, (h, c) = self._lstm(x, (h[:, :lanes].contiguous(), c[:, :lanes].contiguous()))
            for lane, each in enumerate(alive):
                heard = self._answers(hidden[: len(each), lane])
                answers[lane][start : start + len(each)] = heard.cpu().numpy()

    def _answers(self, hidden: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(hidden.relu() @ self._output + self._output_bias)

    def features(self, samples: NDArray[np.float32], leveller: Leveller | None = None) -> torch.Tensor:
        """Compute what the LSTM hears.

        Parameters
        ----------
        samples : shape=(64 + 512 * chunks,), 16 kHz, full scale 1.0, finite
            The 64 samples before the first chunk (zeros at the start of a recording), then the
            chunks: at most `BLOCK`, or none.
        leveller
            Brings them to one level; None leaves them as they are.

        Returns
        -------
        shape=(chunks, 128)
        """
        given = torch.from_numpy(samples)
        chunks = (len(samples) - CONTEXT) // CHUNK
        features = torch.empty(chunks, 128, device=self.device)
        pieces = range(0, chunks, _FEATURES)
        spectra = (
            self._magnitudes(given[k * CHUNK : min(k + _FEATURES, chunks) * CHUNK + CONTEXT].to(self.device))
            for k in pieces
        )
        if leveller is not None and chunks:
            # Only the whole block tells how loud it is.
            kept = list(spectra)
            gains = torch.from_numpy(leveller.gains([x.cpu().numpy() for x in kept])).to(self.device)
            spectra = (x.mul_(gains) for x in kept)
        for k, magnitudes in zip(pieces, spectra, strict=True):
            features[k : k + _FEATURES] = self._encoded(magnitudes)
        return features

    def _encoded(self, x: torch.Tensor) -> torch.Tensor:
        """Send the spectra of chunks through the convolutions, shape=(chunks, 128).

        They run over the four windows of a chunk. With windows first, all that
        meets one tap of a kernel lies side by side, so each tap is one matrix product. The
        zeros around a chunk add nothing and are left out.
        """
        n = len(x) // _FRAMES
        before, at, after = self._taps[0]
        y = torch.addmm(self._biases[0], x, at)
        y[n:].addmm_(x[:-n], before)
        y[:-n].addmm_(x[n:], after)
        x = y.relu_()

        # A stride of 2: the outputs are centred on windows 0 and 2.
        before, at, after = self._taps[1]
        first = torch.addmm(self._biases[1], x[:n], at).addmm_(x[n : 2 * n], after).relu_()
        second = torch.addmm(self._biases[1], x[n : 2 * n], before)
        second = second.addmm_(x[2 * n : 3 * n], at).addmm_(x[3 * n :], after).relu_()

        # Again a stride of 2: one output remains, of which the last kernel sees only that.
        _, at, after = self._taps[2]
        x = torch.addmm(self._biases[2], first, at).addmm_(second, after).relu_()
        return torch.addmm(self._biases[3], x, self._taps[3][1]).relu_()

    def _magnitudes(self, block: torch.Tensor) -> torch.Tensor:
        """Compute the spectra of all chunks, shape=(4 windows * chunks, 129 bins)."""
        heard = block.unfold(0, CONTEXT + CHUNK, CHUNK)
        windows = block.new_empty(_FRAMES, len(heard), _WINDOW)
        for index in range(_FRAMES - 1):
            begin = index * _HOP
            torch.mul(heard[:, begin : begin + _WINDOW], self._window, out=windows[index])
        inside = CONTEXT + CHUNK - (_FRAMES - 1) * _HOP
        torch.mul(heard[:, -inside:], self._window[:inside], out=windows[-1, :, :inside])
        mirrored = heard.index_select(1, self._mirrored)
        torch.mul(mirrored, self._window[inside:], out=windows[-1, :, inside:])
        spectra = torch.fft.rfft(windows).view(-1, _BINS)
        # Numpy uses vector instructions for this, torch on a CPU does not: ten times as fast.
        return torch.abs(spectra) if spectra.is_cuda else torch.from_numpy(np.abs(spectra.numpy()))


def _full_precision(device: str) -> contextlib.AbstractContextManager[None]:
    """Keep cuDNN from rounding the LSTM to TF32, which it does by default."""
    if device == "cpu":
        return contextlib.nullcontext()
    flags: contextlib.AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, allow_tf32=False
    )
    return flags


def choose_device(device: str) -> str:
    """Check a device's name, and settle ``auto``: cuda where there is one, else cpu.

    Raises
    ------
    UsageError
        If the name is unknown, or ``cuda`` is asked for and absent.
    """
    if device not in _DEVICES:
        raise UsageError(f"unknown device '{device}'", hint=f"there are: {', '.join(_DEVICES)}")
    available = device != "cpu" and torch.cuda.is_available()
    if device == "cuda" and not available:
        raise UsageError("torch finds no CUDA device here", hint="choose the device cpu or auto")
    return "cuda" if available else "cpu"


def load(device: str = "auto", *, nature: bool = False) -> SileroNet:
    """Load the network, as it is or with an ear for nature, once per process and device.

    Raises
    ------
    UsageError
        If there is no such device here.
    CurateError
        If the installed silero-vad holds another network.
    """
    return _load(choose_device(device), nature)


@functools.cache
def _load(device: str, nature: bool) -> SileroNet:
    weights = checked_weights(packaged_model().state_dict())
    return SileroNet(weights, device, shipped() if nature else None)
