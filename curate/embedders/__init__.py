"""Embedders turn windows of sound into vectors, and say which classes they hear: what sounds alike lies near.

A new embedder is one module here and one line in `EMBEDDERS`. Networks in files need a card instead, see
`embedders.model_card`. Embedders know neither the catalogue
nor the network, so they travel to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

#: Name of each embedder and where its class is, for `curate.lookup.resolve`.
EMBEDDERS: dict[str, str] = {
    "batdetect2": "curate.embedders.batdetect2:Batdetect2Embedder",
    "birdnet": "curate.embedders.birdnet:BirdnetEmbedder",
    "spectral": "curate.embedders.spectral:SpectralEmbedder",
}


class Embedder(Protocol):
    """Gives each window of sound a vector, and each class a score where it knows any.

    It is made without arguments, in each worker process once. What a window gets must not depend on
    the other windows. One for ultrasound may have ``least_sr``, in Hz: recordings of a lower rate get no
    vectors.
    """

    #: The model's name, and the embedder's key in `EMBEDDERS`.
    name: ClassVar[str]

    #: Changes whenever the same sound could get another vector. Reading it loads nothing heavy.
    version: ClassVar[str]

    #: Rate of the windows, Hz.
    sr: ClassVar[int]

    #: Length of a window in seconds.
    window: ClassVar[float]

    #: Numbers of a vector.
    dimension: ClassVar[int]

    #: Terms on which the model may be used; empty where it is the project's own.
    license: ClassVar[str]

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Name its classes, in the order of the scores, or an empty list. Weights stay unloaded."""

    def embed(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Give the vectors of windows, and the scores of its classes in them.

        Parameters
        ----------
        windows : shape=(n, window * sr), full scale 1.0
            Finite, and none of them without a sound.

        Returns
        -------
        shape=(n, dimension), and 0 to 1, shape=(n, classes); None where it knows no classes
        """
