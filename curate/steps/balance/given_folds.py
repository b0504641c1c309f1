"""Folds that a table gives, for the recordings of a dataset."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Collection
from pathlib import Path

from curate.catalogue import assignments
from curate.catalogue.dataset import Dataset
from curate.decisions.split import TEST, TRAIN
from curate.errors import FormatError, UsageError
from curate.formats.files.audio_paths import PathIndex
from curate.formats.files.named_files import place_names
from curate.formats.files.origins import audio_name, file_stem
from curate.formats.tables.folds import read_folds
from curate.steps.balance.split_summary import SplitSummary

#: Rows without a recording that are named.
_NAMED = 5


def given_folds(
    dataset: Dataset, table: Path, folds: Collection[int], summary: SplitSummary
) -> dict[int, int]:
    """Look up the recordings that a table names: by id, by path, or by the longest matching end of a path.

    Names that an export gives to files, such as ``owl/local_owl_1.wav.wav``, mean the recording of that id.

    Raises
    ------
    FormatError
        If the table has a recording in two folds.
    UsageError
        If it names no recording of the dataset, or a fold that is not asked for.
    """
    exact: dict[str, str] = {}
    numbers: dict[str, int] = {}
    exported: dict[str, str] = {}
    alike: set[str] = set()
    for number, name, cell in assignments.names(dataset.store):
        path = dataset.path(cell)
        exact[name] = exact[path] = path
        numbers[path] = number
        stem = file_stem(name)
        if exported.setdefault(stem, path) != path:
            alike.add(stem)
    rows = read_folds(table)
    whole = {name: path for name, _ in rows if (path := os.path.abspath(table.parent / name)) in numbers}
    names = dict.fromkeys(name for name, _ in rows)
    report, index = summary.problems.append, PathIndex(numbers)
    of_export = {
        name: exported[stem]
        for name in names
        if (stem := audio_name(name)) in exported
        and stem not in alike
        and not index.called(os.path.basename(name))
    }
    placed, _ = place_names(
        ((name, str(table)) for name in names), ChainMap(exact, whole, of_export), index, report
    )
    given: dict[int, int] = {}
    for name, fold in rows:
        if name not in placed:
            summary.unmatched += 1
            if len(summary.unmatched_names) < _NAMED and name not in summary.unmatched_names:
                summary.unmatched_names.append(name)
        elif given.setdefault(numbers[placed[name]], fold) != fold:
            raise FormatError(
                f"{table} has {placed[name]} in two folds: {given[numbers[placed[name]]]} and {fold}",
                hint="leave one of the two rows",
            )
    if rows and not given:
        raise UsageError(
            f"{table} names only recordings outside {dataset.folder}",
            hint="rows name recordings by recording_id, by path or by the name of the file",
        )
    there = set(given.values()) - {TRAIN, TEST}
    if more := there.difference(folds):
        raise UsageError(
            f"{table} has fold {max(more)}, and the folds here are {', '.join(map(str, sorted(folds)))}",
            hint=f"give --folds {max(there) + 1}" if 0 in there else "count the folds of the table from 0",
        )
    return given
