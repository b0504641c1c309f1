"""Vectors and scores of BatDetect2, for ultrasound: what its network sees where it detects calls.

The package batdetect2 (extra ``batdetect2``) holds the weights, which were trained on British bats, under
CC BY-NC 4.0. It makes the spectrogram, too. Its network gives 32 features for each point of a spectrogram.
They are averaged in 8 bands of frequency, each point by how surely a call is there.

Mac Aodha et al. 2022, "Towards a General Approach for Bat Echolocation Detection and Classification",
bioRxiv 2022.12.14.520490.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from curate.errors import UsageError
from curate.release import install_hint

_SR = 256000
_FEATURES, _BANDS = 32, 8

#: Classes of the weights ``Net2DFast_UK_same``, in the order of their scores.
_CLASSES = (
    "Barbastellus barbastellus",
    "Eptesicus serotinus",
    "Myotis alcathoe",
    "Myotis bechsteinii",
    "Myotis brandtii",
    "Myotis daubentonii",
    "Myotis mystacinus",
    "Myotis nattereri",
    "Nyctalus leisleri",
    "Nyctalus noctula",
    "Pipistrellus nathusii",
    "Pipistrellus pipistrellus",
    "Pipistrellus pygmaeus",
    "Plecotus auritus",
    "Plecotus austriacus",
    "Rhinolophus ferrumequinum",
    "Rhinolophus hipposideros",
)

#: Below this a detector's output is silence: no window is divided by nothing.
_LEAST = 1e-12


class Batdetect2Embedder:
    """Describes half a second of ultrasound by 256 numbers, and 17 bats of Britain, at 256 kHz.

    The score of a species is the best that any point of the spectrogram has.

    Raises
    ------
    UsageError
        If the extra ``batdetect2`` is not installed, or its weights name other classes.
    """

    name: ClassVar[str] = "batdetect2"
    version: ClassVar[str] = "UK_same/1"
    sr: ClassVar[int] = _SR
    #: Below this rate a recording holds less than a third of what the network sees, 10 to 120 kHz.
    least_sr: ClassVar[int] = 96000
    window: ClassVar[float] = 0.5
    dimension: ClassVar[int] = _FEATURES * _BANDS
    license: ClassVar[str] = "CC BY-NC 4.0"

    def __init__(self) -> None:
        try:
            from batdetect2 import api  # noqa: PLC0415 - an optional extra, which loads its weights
        except ImportError as error:
            raise UsageError(
                "the model batdetect2 needs the package batdetect2", hint=install_hint("batdetect2")
            ) from error
        if tuple(api.CONFIG["class_names"]) != _CLASSES:
            raise UsageError(
                "this version of batdetect2 holds other weights", hint=install_hint("batdetect2")
            )
        self._api = api

    @classmethod
    def classes(cls) -> Sequence[str]:
        """Name the classes, species by their scientific names."""
        return _CLASSES

    def embed(self, windows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give vectors and scores of windows, shape=(n, 128000). See `Embedder`."""
        import torch  # noqa: PLC0415 - takes a second

        vectors = np.empty((len(windows), self.dimension), np.float32)
        scores = np.empty((len(windows), len(_CLASSES)), np.float32)
        with torch.no_grad():
            for row, window in enumerate(windows):
                found = self._api.model(self._api.generate_spectrogram(window, _SR))
                called = found.pred_det[0, 0].numpy() ** 2
                weighted = found.features[0].numpy() * (called / max(_LEAST, float(called.sum())))
                vectors[row] = weighted.reshape(_FEATURES, _BANDS, -1).sum(axis=2).ravel()
                # The last class is the background.
                scores[row] = found.pred_class[0, : len(_CLASSES)].numpy().max(axis=(1, 2))
        return vectors, scores
