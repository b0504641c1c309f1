"""Networks in TensorFlow Lite files, by ai-edge-litert (extra ``birdnet``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.embedders.file_model import fitting, place
from curate.embedders.litert import interpreter
from curate.errors import UsageError


class TfliteNetwork:
    """A network that LiteRT runs on one thread, window by window.

    Its outputs come first, by their names. Inner layers follow: many networks have classes alone as output.

    Raises
    ------
    UsageError
        If ai-edge-litert is not installed, or cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._network = interpreter(path, path.name)
        [self._input, *more] = self._network.get_input_details()
        if more:
            raise UsageError(f"{path.name} takes {1 + len(more)} inputs: one that takes sound is needed")
        outputs = self._network.get_output_details()
        own = {each["index"] for each in outputs}
        inner = [each for each in self._network.get_tensor_details() if each["index"] not in own]
        self._tensors = [*outputs, *inner]
        self._names = [each["name"] for each in self._tensors]

    def outputs(self, windows: NDArray[np.float32], wanted: Sequence[str | int]) -> list[NDArray[Any]]:
        """Run the network. See `Network`."""
        indices = [self._tensors[place(which, self._names, self._path)]["index"] for which in wanted]
        found: list[list[NDArray[Any]]] = [[] for _ in indices]
        shape = self._shape(windows.shape[1])
        for window in windows:
            self._network.set_tensor(self._input["index"], window.reshape(shape))
            self._network.invoke()
            for rows, index in zip(found, indices, strict=True):
                rows.append(self._network.get_tensor(index))
        # A window alone has a first axis of 1, unless the network knows no batches.
        return [
            np.stack([row[0] if row.ndim > 1 and len(row) == 1 else row for row in rows]) for rows in found
        ]

    def _shape(self, samples: int) -> tuple[int, ...]:
        """Give the shape of one window, and make the network take it if it leaves the length open."""
        shape = tuple(int(size) for size in self._input["shape"])
        if math.prod(shape) == samples:
            return shape
        signature = tuple(int(size) for size in self._input.get("shape_signature", shape))
        if signature[-1] != -1:
            raise fitting(self._path, ValueError(f"it takes {math.prod(shape):,}"), samples)
        shape = (*(1 for _ in signature[:-1]), samples)
        self._network.resize_tensor_input(self._input["index"], shape)
        self._network.allocate_tensors()
        [self._input] = self._network.get_input_details()
        return shape
