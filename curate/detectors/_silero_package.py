"""The border to the package silero-vad: importing it, its model, and whether we know that model."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Mapping
from types import ModuleType

import torch

from curate.errors import CurateError

#: Version whose network is rebuilt here.
EXPECTED_VERSION = "6.2.3"

_WINDOW = 256
_SHAPES = {
    "stft.forward_basis_buffer": (258, 1, 256),
    "encoder.0.reparam_conv.weight": (128, 129, 3),
    "encoder.0.reparam_conv.bias": (128,),
    "encoder.1.reparam_conv.weight": (64, 128, 3),
    "encoder.1.reparam_conv.bias": (64,),
    "encoder.2.reparam_conv.weight": (64, 64, 3),
    "encoder.2.reparam_conv.bias": (64,),
    "encoder.3.reparam_conv.weight": (128, 64, 3),
    "encoder.3.reparam_conv.bias": (128,),
    "decoder.rnn.weight_ih": (512, 128),
    "decoder.rnn.weight_hh": (512, 128),
    "decoder.rnn.bias_ih": (512,),
    "decoder.rnn.bias_hh": (512,),
    "decoder.decoder.2.weight": (1, 128, 1),
    "decoder.decoder.2.bias": (1,),
}


def silero_package() -> ModuleType:
    """Import silero_vad, and take back that its import sets torch to one thread."""
    threads = torch.get_num_threads()
    import silero_vad  # noqa: PLC0415 - between reading and restoring the setting

    torch.set_num_threads(threads)
    package: ModuleType = silero_vad
    return package


def packaged_model() -> torch.jit.ScriptModule:
    """Load the model as silero-vad ships it, which must be called chunk by chunk."""
    package = silero_package()
    with warnings.catch_warnings():
        # The package's own call of torch.jit.load is deprecated since torch 2.13, louder since 2.14.
        for kind in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        model: torch.jit.ScriptModule = package.load_silero_vad()
    return model


def checked_weights(packaged: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Take the 16 kHz network's tensors, and make sure they are of the network rebuilt here.

    Raises
    ------
    CurateError
        If a tensor is missing, unknown or of another shape, or if the first layer is not a
        windowed Fourier transform.
    """
    prefix = "_model."
    weights = {name.removeprefix(prefix): w for name, w in packaged.items() if name.startswith(prefix)}
    shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    wrong = sorted(name for name in shapes.keys() | _SHAPES if shapes.get(name) != _SHAPES.get(name))
    if not wrong:
        basis = weights["stft.forward_basis_buffer"][:, 0].double()
        fourier = torch.fft.rfft(torch.eye(_WINDOW, dtype=torch.float64)).T
        if not torch.allclose(basis, torch.cat([fourier.real, fourier.imag]) * basis[0], atol=1e-4):
            wrong = ["stft.forward_basis_buffer"]
    if wrong:
        found = importlib.metadata.version("silero-vad")
        raise CurateError(
            f"the network of silero-vad {found} is another than that of {EXPECTED_VERSION}: "
            f"{', '.join(wrong)} differ",
            hint=f"install the version that curate knows: pip install silero-vad=={EXPECTED_VERSION}",
        )
    return weights
