"""Networks in ONNX files, by onnxruntime (extra ``onnx``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curate.embedders.file_model import fitting, place
from curate.errors import UsageError
from curate.release import install_hint

#: Of onnxruntime's messages those that end a program: what it warns of concerns its own graph.
_FATAL = 4


class OnnxNetwork:
    """A network that onnxruntime runs on one thread of the CPU: workers share the cores.

    Raises
    ------
    UsageError
        If onnxruntime is not installed, or cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise UsageError(f"{path.name} needs onnxruntime", hint=install_hint("onnx")) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL
        self._path = path
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise UsageError(
                f"onnxruntime failed to read {path}: {error}",
                hint="is the file whole? Download or export it again",
            ) from error
        wanted = self._session.get_inputs()
        if len(wanted) != 1:
            raise UsageError(f"{path.name} takes {len(wanted)} inputs: one that takes sound is needed")
        self._input, self._shape = wanted[0].name, wanted[0].shape
        self._names = [each.name for each in self._session.get_outputs()]

    def outputs(self, windows: NDArray[np.float32], wanted: Sequence[str | int]) -> list[NDArray[Any]]:
        """Run the network. See `Network`."""
        names = [self._names[place(which, self._names, self._path)] for which in wanted]
        together = len(self._shape) > 1 and not isinstance(self._shape[0], int)
        parts = [windows] if together else [window[np.newaxis] for window in windows]
        found = [self._run(part, names) for part in parts]
        return [np.concatenate(each) for each in zip(*found, strict=True)]

    def _run(self, windows: NDArray[np.float32], names: list[str]) -> list[NDArray[Any]]:
        match self._shape:
            case [_]:
                shaped = windows[0]
            case [_, _]:
                shaped = windows
            case _:  # a channel between the two
                shaped = windows[:, np.newaxis]
        try:
            given = self._session.run(names, {self._input: shaped})
        except Exception as error:
            raise fitting(self._path, error, windows.shape[1]) from error
        return [each if len(self._shape) > 1 else each[np.newaxis] for each in map(np.asarray, given)]
