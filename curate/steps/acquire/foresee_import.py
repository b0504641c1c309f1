"""What an import would find: how many recordings are new, and about how long they are, from a sample."""

from __future__ import annotations

from collections.abc import Iterable

from curate import speeds
from curate.audio.probe import probe
from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.errors import AudioError
from curate.model import Row
from curate.steps.acquire.import_summary import ImportSummary
from curate.storage.files import size_and_version

#: Files that are opened for it, from all over the list; the length of the others follows from their bytes.
_SAMPLE = 30

#: Under what `curate.speeds` keeps how many bytes an import opens in which time.
SPEED = "import_s"


def foresee(dataset: Dataset, rows: Iterable[Row], summary: ImportSummary) -> None:
    """Count the rows of an import, and say how much sound they are and how long opening them takes."""
    store = dataset.store if dataset.exists else None
    sample: list[tuple[str, int]] = []
    step = 1
    for row in rows:
        known = None if store is None else recordings.known(store, row.path, dataset.folder)
        try:
            size, mtime_ns = size_and_version(row.path)
        except OSError:
            continue  # the import will say why
        if known is not None and known.looks_like(size, mtime_ns):
            summary.known += 1
            continue
        if summary.added % step == 0:
            sample.append((row.path, size))
        if len(sample) > 2 * _SAMPLE:
            sample, step = sample[::2], 2 * step
        summary.added += 1
        summary.bytes += size
    summary.audio_seconds = _seconds(sample[:: max(1, len(sample) // _SAMPLE)], summary.bytes)
    summary.expected_s = speeds.seconds_for(SPEED, summary.bytes) if summary.added else 0.0


def _seconds(sample: list[tuple[str, int]], size: int) -> float:
    """Tell about how long files of this many bytes are, by a sample of them."""
    heard, seconds = 0, 0.0
    for path, number in sample:
        try:
            seconds += probe(path).duration
        except (AudioError, OSError):
            continue
        heard += number
    return seconds * size / heard if heard else 0.0
