"""Embedders turn windows of sound into vectors: what sounds alike lies near.

A new embedder is one module here and one line in `EMBEDDERS`. Embedders know neither the catalogue
nor the network, so they travel to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Name of each embedder and where its class is, for `curate.lookup.resolve`.
EMBEDDERS: dict[str, str] = {
    "birdnet": "curate.embedders.birdnet:BirdnetEmbedder",
    "spectral": "curate.embedders.spectral:SpectralEmbedder",
}


class Embedder(Protocol):
    """Gives each window of sound a vector.

    It is made without arguments, in each worker process once. What a window gets must not depend on
    the other windows.
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

    def embed(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give the vectors of windows.

        Parameters
        ----------
        windows : shape=(n, window * sr), full scale 1.0
            Finite, and none of them without a sound.

        Returns
        -------
        shape=(n, dimension)
        """
