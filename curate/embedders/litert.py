"""LiteRT, the runtime of TensorFlow Lite: an interpreter that keeps inner layers, and keeps quiet."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from curate.errors import UsageError
from curate.release import install_hint


def interpreter(path: Path, model: str) -> Any:  # noqa: ANN401 - it has no types
    """Load a network, for one thread.

    Parameters
    ----------
    model
        What the network is called in messages.

    Raises
    ------
    UsageError
        If ai-edge-litert is not installed, or cannot read the file.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UsageError(f"the model {model} needs ai-edge-litert", hint=install_hint("birdnet")) from error
    with _without_greeting(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of its memory, 160 MB of BirdNET, which is meant
        try:
            # Without all tensors the interpreter gives the memory of inner layers away.
            network = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
            network.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise UsageError(
                f"ai-edge-litert failed to read {path}: {error}",
                hint="is the file whole? Download or export it again",
            ) from error
    return network


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
