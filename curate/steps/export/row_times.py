"""When a row of a manifest begins: by the clock of its recorder, and in which night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from curate.model import Row
from curate.recorders.nights import night_of
from curate.recorders.stamps import later
from curate.recorders.sun import events_of


def at_their_times(rows: Iterable[Row]) -> Iterator[Row]:
    """Give rows the time at which they begin, and the night of that time: a recording may cross noon."""
    for row in rows:
        started = row.extra.get("started", "")
        if not started:
            yield row
            continue
        begins = later(started, row.source_onset)
        told = {"begins": begins, "night": night_of(begins, row.longitude)}
        if told["night"] != row.extra.get("night"):
            sunset, sunrise = events_of(begins, told["night"], row.latitude, row.longitude)
            told |= {"sunset": sunset, "sunrise": sunrise}
        yield replace(row, extra=row.extra | told)
