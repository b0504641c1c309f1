"""What files of vectors have in common: windows in batches, and how they are read and written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class VectorBatch:
    """Some windows, in the order of the file.

    Parameters
    ----------
    onsets, offsets : seconds
    vectors : shape=(n, dimension)
        Empty where only the windows were asked for.
    """

    names: list[str]
    onsets: NDArray[np.float64]
    offsets: NDArray[np.float64]
    vectors: NDArray[np.floating]


class VectorFile(Protocol):
    """A file or folder of vectors, open for reading."""

    #: Numbers of a vector.
    dimension: int

    #: What the file says of the model: model, version, window, hop, where it says anything.
    facts: Mapping[str, Any]

    def batches(self, *, vectors: bool) -> Iterator[VectorBatch]:
        """Read all windows, with their vectors or without."""


class VectorSink(Protocol):
    """A file or folder of vectors, open for writing."""

    def put(self, name: str, onsets: NDArray[np.float64], offsets: NDArray[np.float64], vectors: Any) -> None:  # noqa: ANN401 - any array
        """Write the windows of one recording, in order of time."""
