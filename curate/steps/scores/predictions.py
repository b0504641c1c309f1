"""Tables of model scores, laid onto the recordings of a dataset and averaged."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from curate.catalogue import layers, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.catalogue.views import tables
from curate.catalogue.views.names import all_labels
from curate.errors import UsageError
from curate.formats.annotations import predictions
from curate.formats.files.audio_paths import PathIndex
from curate.formats.files.named_files import place_names
from curate.formats.parse import printable
from curate.model import Problem
from curate.scores.average import ScoreTable, Window, average, renamed
from curate.scores.class_names import match
from curate.steps.common.retentions import kept

#: Length in seconds of the windows of BirdCLEF, whose ``row_id`` tells only where they end.
WINDOW = 5.0

#: What stands before the name of a layer that is read in place of a table.
LAYER = "layer:"


@dataclass(frozen=True, slots=True)
class Named:
    """What scores are compared with: a recording, and what people or archives say is heard in it."""

    number: int
    recording_id: str
    path: str
    duration: float
    label: str
    others: tuple[str, ...]


class Recordings:
    """The recordings of a dataset, found by whatever name a table gives them."""

    def __init__(self, dataset: Dataset) -> None:
        self.by_number: dict[int, Named] = {}
        self._numbers: dict[str, int] = {}
        self._exact: dict[str, str] = {}
        for number, name, cell, duration, label, others in listings.named(dataset.store):
            path = dataset.path(cell)
            each = Named(number, name, path, duration, label, tuple(json.loads(others)))
            self.by_number[number] = each
            self._numbers[path] = number
            self._exact[name] = self._exact[path] = path
        self._paths = PathIndex(self._numbers)
        self._taxa = listings.names_of_taxa(dataset.store)
        # A class that was renamed is none any more, although its scientific name is kept.
        self.classes = frozenset(all_labels(dataset.store))

    def ask_only_kept(self, store: Store) -> int:
        """Take the class off recordings that are dropped: it trains nobody. Count those that had one."""
        left = {each.number for each in kept(store)}
        dropped = [each for number, each in self.by_number.items() if each.label and number not in left]
        self.by_number |= {each.number: replace(each, label="") for each in dropped}
        return len(dropped)

    def meant(
        self, names: Iterable[str], source: str, report: Callable[[Problem], None]
    ) -> Mapping[str, str]:
        """Find the classes that names mean, as `scores.class_names.match` does, and tell of other names.

        Parameters
        ----------
        source
            What has the names, for the report.
        """
        found = match(names, self.classes, self._taxa)
        for name, label in found.label_of.items():
            if name != label:
                report(Problem("read-as", f"{source}: {printable(name)}", f"is the class {label}"))
        for name, labels in found.several.items():
            words = f"may be {' or '.join(labels)}: counts as a class of its own"
            report(Problem("read-as", f"{source}: {printable(name)}", words))
        return found.label_of

    def place(
        self, names: Iterable[tuple[str, str]], table: str, report: Callable[[Problem], None]
    ) -> dict[str, Named]:
        """Find the recordings of a table's names: by id, by path or by the longest matching end of it.

        A name without a recording is reported, and so are names of one file that cannot all mean it.

        Parameters
        ----------
        names
            Each with the row that has it first.
        table
            What has the names, for the report.
        """
        first: dict[str, str] = {}
        for name, here in names:
            first.setdefault(name, here)
        whole = {name: self._exact[path] for name in first if (path := os.path.abspath(name)) in self._exact}
        placed, lost = place_names(first.items(), ChainMap(self._exact, whole), self._paths, report)
        for name, found in lost.items():
            why = "the dataset has no recording of this name"
            if found.several:
                both = " and ".join(map(printable, found.several[:3]))
                why = f"several recordings have this name, {both}: give the recording_id or the path"
            report(Problem("row-without-file", f"{table}: {name or '(no name)'}", why))
        return {name: self.by_number[self._numbers[path]] for name, path in placed.items()}


def predicted(
    dataset: Dataset,
    files: Sequence[Path],
    recordings: Recordings,
    *,
    window: float,
    report: Callable[[Problem], None],
    more: Sequence[ScoreTable] = (),
) -> tuple[ScoreTable, int]:
    """Read tables of scores and average them.

    Parameters
    ----------
    more
        Scores that are averaged with them.
    window : seconds
        Of windows that a ``row_id`` names.
    report
        Takes rows that cannot be used: of unknown recordings, beyond the end, or twice.

    Returns
    -------
    The means by window, and how many windows some of the tables lack.

    Raises
    ------
    FormatError
        If a table cannot be read.
    UsageError
        If a table speaks of no recording of the dataset.
    """
    if window <= 0:
        raise UsageError(f"window must be more than 0 seconds: got {window:g}")
    return average(
        [
            *more,
            *(
                renamed(found, recordings.meant(found.classes, source, report))
                for file in files
                for source, found in [_read(dataset, file, recordings, window, report)]
            ),
        ]
    )


def _read(
    dataset: Dataset, file: Path, recordings: Recordings, window: float, report: Callable[[Problem], None]
) -> tuple[str, ScoreTable]:
    if file.name.startswith(LAYER):
        return file.name, _of_layer(dataset, file.name.removeprefix(LAYER), recordings, report)
    return str(file), _table(dataset, file, recordings, window, report)


def _of_layer(
    dataset: Dataset, name: str, recordings: Recordings, report: Callable[[Problem], None]
) -> ScoreTable:
    """Take the scores that a detector gave: a window for each stretch that it names.

    A class that it does not name there has no score to speak of: 0.
    """
    found: dict[Window, dict[str, float]] = {}
    unscored = 0
    number = tables.layer_number(dataset.store, name)
    for recording, segments in layers.segments_by_recording(dataset.store, number):
        for segment in segments if recording in recordings.by_number else ():
            if segment.score is None or not segment.label:
                unscored += 1
                continue
            window = recording, round(segment.onset * 1000), round(segment.offset * 1000)
            scores = found.setdefault(window, {})
            scores[segment.label] = max(segment.score, scores.get(segment.label, 0.0))
    if unscored:
        report(Problem("left-out", LAYER + name, f"{unscored:,} segments lack a class or a score"))
    if not found:
        raise UsageError(
            f"the layer '{name}' lacks scores",
            hint=f"see its segments: curate show segments --layer {name}",
        )
    windows = sorted(found)
    classes = sorted({label for scores in found.values() for label in scores})
    at = {label: column for column, label in enumerate(classes)}
    values = np.zeros((len(windows), len(classes)))
    for row, window in enumerate(windows):
        for label, score in found[window].items():
            values[row, at[label]] = score
    return ScoreTable(windows, tuple(classes), values)


def _table(
    dataset: Dataset, file: Path, recordings: Recordings, window: float, report: Callable[[Problem], None]
) -> ScoreTable:
    found = predictions.read_scores(file, window=window)
    windows: list[Window] = []
    rows: list[int] = []
    seen: set[Window] = set()
    for row, where in enumerate(_windows(found, recordings, f"{file}", report)):
        if where is None:
            continue
        if where in seen:
            # Lines count from 1, and the first holds the names of the columns.
            report(Problem("bad-row", f"{file}:{row + 2}", "the same window is there twice"))
            continue
        seen.add(where)
        windows.append(where)
        rows.append(row)
    if not windows:
        raise UsageError(
            f"{file} names only recordings outside {dataset.folder}",
            hint="rows name recordings by recording_id, by path or by the name of the file",
        )
    all_of_them = len(rows) == len(found.names)  # then they need not be copied
    return ScoreTable(windows, found.classes, found.scores if all_of_them else found.scores[rows])


def _windows(
    found: predictions.Predictions, recordings: Recordings, file: str, report: Callable[[Problem], None]
) -> Iterator[Window | None]:
    """Place each row; None for one that cannot be, of which an unknown recording is reported once."""
    here = ((name, f"{file}:{row + 2}") for row, name in enumerate(found.names))
    known = recordings.place(here, file, report)
    for row, (name, onset, offset) in enumerate(
        zip(found.names, found.onsets.tolist(), found.offsets.tolist(), strict=True)
    ):
        recording = known.get(name)
        if recording is None:
            yield None
            continue
        whole = math.isnan(onset) and math.isnan(offset)
        low, high = (0.0, recording.duration) if whole else (onset, min(offset, recording.duration))
        if not 0 <= low < high:
            words = f"expected a window in {recording.duration:g} s, found one of {onset:g} to {offset:g}"
            report(Problem("bad-row", f"{file}:{row + 2}", words))
            yield None
            continue
        yield recording.number, round(low * 1000), round(high * 1000)


def check_layer(dataset: Dataset, layer: str, step: str) -> None:
    """Make sure that a layer is a step's own before it is filled again.

    Raises
    ------
    UsageError
        If somebody else made it.
    """
    producer = layers.producer_of(dataset.store, layer)
    if producer not in (None, step):
        raise UsageError(
            f"the layer '{layer}' was made by {producer}: {step} would replace it",
            hint="name another layer, or see its segments: curate show segments --layer " + layer,
        )


def digest_of(files: Sequence[Path]) -> list[dict[str, str]]:
    """Name tables and their bytes, for the parameters of a layer: the same wherever they lie."""
    return [
        {"name": file.name}
        if file.name.startswith(LAYER)
        else {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()[:16]}
        for file in files
    ]


def listed(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Take one path or several. ``layer:NAME`` stands for a layer."""
    several = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [Path(path) if str(path).startswith(LAYER) else Path(os.path.abspath(path)) for path in several]
