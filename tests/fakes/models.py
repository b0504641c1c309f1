"""Embedders for tests: small, and with known answers."""

from __future__ import annotations

import numpy as np


class Ear:
    """Hears how high the loudest tone of a second is, and calls it an owl's, a wren's or a cricket's."""

    name = "ear"
    version = "1"
    sr = 16000
    window = 1.0
    dimension = 2
    license = ""

    #: Upper end of each voice, Hz.
    edges = (1000.0, 5000.0)

    @classmethod
    def classes(cls):
        return ("Strix aluco", "Troglodytes troglodytes", "Gryllus campestris")

    def embed(self, windows):
        loudest = np.abs(np.fft.rfft(windows)).argmax(axis=1).astype(np.float32)
        scores = np.full((len(windows), 3), 0.02, np.float32)
        scores[np.arange(len(windows)), np.searchsorted(self.edges, loudest)] = 0.9
        return np.stack([np.cos(loudest / 1e4), np.sin(loudest / 1e4)], axis=1), scores


class HighEar(Ear):
    """Listens to recordings of 30 kHz and more."""

    name = "high-ear"
    least_sr = 30000
