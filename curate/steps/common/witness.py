"""Whoever reads a dataset for long may keep what it counted, while the dataset stays the same."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store


class Witness:
    """Sees whether anybody writes to a dataset from now on: a context manager."""

    def __init__(self, dataset: Dataset) -> None:
        dataset.check_exists()
        # A connection of its own: inside the snapshot of another one, its version stands still.
        self._store = Store(dataset.store.path)
        self._version = self._store.version

    @property
    def saw_nobody(self) -> bool:
        """Whether the dataset is still the same."""
        return self._store.version == self._version

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
