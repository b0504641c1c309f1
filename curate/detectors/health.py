"""Whether networks can run here, and on what."""

from __future__ import annotations

import importlib.metadata
from typing import NamedTuple


class Health(NamedTuple):
    """What runs networks here. `gpu` is empty if missing."""

    network: str
    gpu: str


def look() -> Health:
    """Load the network that hears voices, on the CPU, and look for a GPU.

    Raises
    ------
    CurateError
        If the installed silero-vad holds another network.
    ImportError, OSError, RuntimeError
        If torch or silero-vad cannot be loaded.
    """
    import torch  # noqa: PLC0415 - whether it can be loaded is the question

    from curate.detectors.silero import load  # noqa: PLC0415 - it needs torch

    load("cpu")
    silero = importlib.metadata.version("silero-vad")
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
    return Health(f"silero-vad {silero}, torch {torch.__version__}", gpu)
