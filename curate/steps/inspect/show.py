"""`curate show`: the catalogue's rows as a table, for people and for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, Any

from curate.catalogue import cuts, layers, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import tables
from curate.catalogue.views.tables import TABLES
from curate.errors import UsageError
from curate.formatting import SHOWN_ROWS, as_html
from curate.lookup import suggestion
from curate.steps.inspect.layer_agreement import COLUMNS, layer_agreement
from curate.timemap import TimeMap

if TYPE_CHECKING:
    import pandas as pd
#: The table that is no query: what two layers agree on.
AGREEMENT = "agreement"

_PATHS = frozenset({"path", "clean_path"})


@dataclass(slots=True)
class Shown:
    """A table: the names of its columns, and its rows as they are read, while the dataset is open."""

    columns: list[str]
    rows: Iterator[list[Any]]

    def to_pandas(self) -> pd.DataFrame:
        """Read all rows that are left into a data frame. Labels stay text, whatever they look like."""
        import pandas as pd  # noqa: PLC0415 - half a second that most callers do not need

        return pd.DataFrame(list(self.rows), columns=self.columns)

    def _repr_html_(self) -> str:
        """Show the first rows in a notebook; none of them is used up."""
        first = list(islice(self.rows, SHOWN_ROWS + 1))
        self.rows = chain(first, self.rows)
        more = f", the first {SHOWN_ROWS}" if len(first) > SHOWN_ROWS else ""
        return as_html(f"rows{more}", self.columns, first[:SHOWN_ROWS])


def show(
    dataset: Dataset,
    table: str,
    *,
    layer: str | None = None,
    against: str | None = None,
    recording: str | None = None,
    clean: bool = False,
    limit: int | None = None,
) -> Shown:
    """Read one table of the catalogue, with paths made absolute.

    Parameters
    ----------
    table
        A key of `TABLES`, or ``agreement``: what two layers say of the recordings that both looked at, a row
        per class.
    layer
        Only segments of this layer; of ``agreement``, the one of the two
    against
        that is compared with this one.
    recording
        Only rows of this recording: its id (``xeno-canto:694038``), or the end of its path.
    clean
        Give segments the path and times of the clean copy; what was cut vanishes.
    limit
        No more than this many rows of the catalogue; None for all.

    Raises
    ------
    UsageError
        If there is no such table, or `layer` or `clean` is given for another than ``segments``.
    NotInCatalogue
        If the layer or the recording is unknown.
    """
    _check(table, layer=layer, against=against, clean=clean, limit=limit)
    if table == AGREEMENT:
        return _agreement(dataset, layer, against, recording=recording, limit=limit)
    store = dataset.store
    columns, rows = tables.view(
        store,
        table,
        layer=None if layer is None else tables.layer_number(store, layer),
        recording=None if recording is None else tables.recording_number(store, recording, dataset.folder),
        limit=limit,
    )
    if clean:
        rows = _onto_copies(dataset, rows)
    paths = [index for index, name in enumerate(columns) if name in _PATHS]

    def absolute() -> Iterator[list[Any]]:
        for row in rows:
            cells = list(row)
            for index in paths:
                if cells[index] is not None:
                    cells[index] = dataset.path(cells[index])
            yield cells

    return Shown(columns, absolute())


def _check(table: str, *, layer: str | None, against: str | None, clean: bool, limit: int | None) -> None:
    """Refuse a table that there is not, and options that it does not have."""
    if table not in TABLES and table != AGREEMENT:
        one = "; all of one recording: curate explain RECORDING" if table == "recording" else ""
        raise UsageError(f"unknown table '{table}'", hint=suggestion(table, [*TABLES, AGREEMENT]) + one)
    if layer is not None and table not in ("segments", AGREEMENT):
        raise UsageError("--layer goes with segments and agreement only")
    if against is not None and table != AGREEMENT:
        raise UsageError("--against goes with agreement only")
    if clean and table != "segments":
        raise UsageError("--clean goes with segments only")
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more: got {limit}")


def _agreement(
    dataset: Dataset, layer: str | None, against: str | None, *, recording: str | None, limit: int | None
) -> Shown:
    """Compare two layers; both must be named."""
    store = dataset.store
    if layer is None or against is None:
        there = ", ".join(layers.names(store))
        raise UsageError(
            "agreement is that of two layers: name them with --layer and --against",
            hint=f"there are: {there or 'none'}",
        )
    number = None if recording is None else tables.recording_number(store, recording, dataset.folder)
    return Shown(COLUMNS, iter(layer_agreement(dataset, layer, against, recording=number)[:limit]))


def _onto_copies(dataset: Dataset, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Give rows the path and times of the clean copy, where their recording has one.

    A stretch that was cut as a whole vanishes. One that was cut in two and joined is one again,
    as long as it is in the copy.

    Parameters
    ----------
    rows
        Recording id, path, onset, offset, and anything else; together by recording.
    """
    for recording_id, group in groupby(rows, key=lambda row: row[0]):
        copy = listings.copy_of(dataset.store, recording_id)
        if copy is None:
            yield from group
            continue
        number, path, sr = copy
        times = TimeMap(cuts.pieces_of(dataset.store, number), sr)
        for _, _, onset, offset, *rest in group:
            for begin, end in times.interval_to_clean(onset, offset):
                yield (recording_id, path, begin, end, *rest)
