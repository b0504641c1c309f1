"""Networks in TorchScript files, by PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.embedders.file_model import fitting, place
from curate.errors import UsageError


class TorchscriptNetwork:
    """A network that PyTorch runs on the CPU. Its outputs are called by their keys, or 0, 1 ...

    Raises
    ------
    UsageError
        If PyTorch cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        import torch  # noqa: PLC0415 - takes a second

        torch.set_num_threads(1)  # workers share the cores
        self._path, self._torch = path, torch
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that TorchScript grows old; files of it remain
                load: Any = torch.jit.load
                self._network = load(str(path), map_location="cpu").eval()
        except Exception as error:
            first = str(error).strip().splitlines()[0]
            raise UsageError(
                f"PyTorch failed to read {path} as TorchScript: {first}",
                hint="is the file whole? Download or export it again",
            ) from error

    def outputs(self, windows: NDArray[np.float32], wanted: Sequence[str | int]) -> list[NDArray[Any]]:
        """Run the network. See `Network`."""
        try:
            with self._torch.inference_mode():
                given = self._network(self._torch.from_numpy(np.ascontiguousarray(windows)))
        except Exception as error:
            last = RuntimeError(str(error).strip().splitlines()[-1])  # the first lines are its own code
            raise fitting(self._path, last, windows.shape[1]) from error
        if isinstance(given, Mapping):
            names, values = [str(name) for name in given], list(given.values())
        else:
            values = list(given) if isinstance(given, tuple | list) else [given]
            names = [str(number) for number in range(len(values))]
        return [values[place(which, names, self._path)].numpy() for which in wanted]
