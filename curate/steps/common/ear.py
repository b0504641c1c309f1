"""Listen to recordings while they are imported: one pass over each file instead of two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Self

from curate.audio.examine import examine
from curate.catalogue.dataset import Dataset
from curate.detectors.detect_file import NewFile, finish_new, measure_and_feed, modules_of
from curate.engine.bundles import Outcome
from curate.engine.loop import Engine
from curate.errors import WorkerDied
from curate.model import Row
from curate.steps.common.detect import DetectionCounts, WantedLayer, define, note
from curate.steps.common.failing import Failing
from curate.storage.files import size_and_version

#: Files and bytes in a first bundle, at most: recordings are quicker together. As FLAC or MP3 that is one to
#: four minutes of sound, which a worker looks at in a third of a second.
_FILES, _BYTES = 16, 4_000_000

#: So many times as much is in a late one: of 16 files in company most end long before the others, and of 64
#: the LSTM finds more of like length. It takes a fifth less for them.
_GROWS = 4.0

#: So many times as much is given out to each worker before bundles grow, and for each time that they do: the
#: last is a small share of all, as in `engine.bundles`, and nobody waits long for it.
_EACH = 16


class Ear:
    """What listens to new recordings at their import.

    What it did not hear, or failed at, still lacks coverage, and `run_detectors` looks at it as always.

    Parameters
    ----------
    wanted
        Settings for each detector, as for `run_detectors`.
    device
        Where networks run.
    """

    def __init__(self, wanted: Mapping[str, Mapping[str, Any]], device: str = "auto") -> None:
        self._wanted, self._device = wanted, device
        self._layers: list[WantedLayer] = []
        self._failing = Failing()
        self._started = time.monotonic()
        self.counts = DetectionCounts()

    @classmethod
    def for_new(
        cls,
        dataset: Dataset,
        wanted: Mapping[str, Mapping[str, Any]],
        *,
        device: str = "auto",
        limit: int | None = None,
    ) -> Self | None:
        """Give an ear where each file that will be imported must be listened to, else `None`.

        In a dataset that is there some of the files may be known, perhaps at another place. Listening to
        those again would cost more than two passes over the others.
        """
        return None if not wanted or limit is not None or dataset.exists else cls(wanted, device)

    def open(self, workers: Engine, rows: Iterable[Row]) -> Iterator[Outcome[Row, NewFile]]:
        """Measure and listen to the files of rows, in their order but for those that kill a worker."""
        listen = partial(_listen, self._wanted, self._device)
        workers.expect([__name__, *modules_of(self._wanted)])
        deadly: list[Row] = []
        for outcome in workers.map_together(
            listen, finish_new, _told(rows), ordered=True, size=_shares(lambda: workers.workers)
        ):
            row = outcome.item.row
            if isinstance(outcome.error, WorkerDied):
                deadly.append(row)
            else:
                yield Outcome(row, outcome.result, outcome.error)
        # Listening may kill a worker where measuring alone does not; they come last.
        yield from workers.map(measure, deadly, ordered=True)

    def note(self, dataset: Dataset, number: int, file: NewFile) -> None:
        """Write down what was heard of a recording that has just been registered."""
        if file.found is None or file.facts.info is None:
            return
        if not self._layers:
            self._layers = [define(dataset.store, *each) for each in self._wanted.items()]
        note(dataset.store, number, file.found, self._layers, covered=self.counts, failing=self._failing)
        self.counts.audio_seconds += file.facts.info.duration
        self.counts.scan_s = time.monotonic() - self._started


def measure(row: Row) -> NewFile:
    """Measure the file of a row: what a worker does if detectors are idle."""
    return NewFile(examine(row.path))


class _Told(NamedTuple):
    """A row, and whether its file has come before."""

    row: Row
    again: bool


def _told(rows: Iterable[Row]) -> Iterator[_Told]:
    """Tell which files come again: what several programs looked at has a row for each of them."""
    seen: set[str] = set()
    for row in rows:
        yield _Told(row, row.path in seen)
        if row.annotations is not None:
            seen.add(row.path)


def _listen(detectors: Mapping[str, Mapping[str, Any]], device: str, told: _Told) -> NewFile:
    """Measure and listen to the file of a row: what a worker does."""
    return measure(told.row) if told.again else measure_and_feed(told.row.path, detectors, device=device)


def _shares(workers: Callable[[], int]) -> Callable[[_Told], float]:
    """Tell how much of a bundle a file fills. Bundles grow: how many files follow is not known."""
    given = 0.0

    def share(told: _Told) -> float:
        nonlocal given
        try:
            size, _ = size_and_version(told.row.path)
        except OSError:
            size = 0  # opening it will say why
        first = max(1 / _FILES, size / _BYTES)
        given += first
        return first / min(_GROWS, max(1.0, given / (_EACH * workers())))

    return share
