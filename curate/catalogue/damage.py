"""Damage: stretches of recordings that failed to decode, in the layer of this name.

Decoders fill them with silence of their length, so that times stay true. No detector finds them. Whoever
decodes a file to its end tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate import intervals
from curate.catalogue import layers
from curate.catalogue.ranges import ALL
from curate.catalogue.store import Store
from curate.intervals import Interval
from curate.model import Segment

#: Name of the layer, and label of what is in it.
LAYER = "damage"
LABEL = "lost"

#: Changes whenever the same file could show other holes.
_VERSION = "1"


def put(store: Store, recording: int, holes: Sequence[Interval]) -> None:
    """Note the holes of a recording that was decoded to its end, instead of what was known of them.

    Parameters
    ----------
    holes : seconds
        In order; none clears what an earlier decoder said.
    """
    layer = layers.find_number(store, LAYER)
    if not holes:
        if layer is not None:
            forget(store, recording)
        return
    if layer is None:
        layer = layers.define(store, LAYER, producer="curate.audio", version=_VERSION, parameters={})
    found = [Segment(onset, offset, LABEL) for onset, offset in holes]
    layers.put(store, recording, layer, found, digest=layers.digest(_VERSION, {}))


def forget(store: Store, recording: int) -> None:
    """Forget the holes of a recording whose bytes are others now."""
    for table in ("segments", "coverage"):
        sql = f"DELETE FROM {table} WHERE recording = ? AND layer = (SELECT id FROM layers WHERE name = ?)"
        store.run(sql, (recording, LAYER))


def by_recording(store: Store, members: Sequence[int] | None = None) -> Iterator[tuple[int, list[Segment]]]:
    """Stream the holes of all recordings that have any, or of some, in the order of import."""
    layer = layers.find_number(store, LAYER)
    return iter(()) if layer is None else layers.segments_by_recording(store, layer, members)


def uncut(store: Store) -> dict[str, list[Interval]]:
    """Look up, by the id of each recording with holes, what of them is not cut out or muted."""
    named = "SELECT archive || ':' || archive_id FROM recordings WHERE id = ?"
    cut = "SELECT onset, offset FROM cuts WHERE recording = ? AND action IN ('excise', 'mute')"
    found: dict[str, list[Interval]] = {}
    for number, holes in by_recording(store):
        gone = intervals.union(store.rows(cut, (number,)))
        kept = [part for hole in holes for part in intervals.complement(gone, hole.onset, hole.offset)]
        if kept:
            found[str(store.value(named, (number,)))] = kept
    return found


def totals(store: Store, first: int = ALL[0], last: int = ALL[1]) -> tuple[int, float]:
    """Count the recordings with holes, and the seconds of all holes. Of all recordings, or of a range."""
    sql = """
        SELECT count(DISTINCT s.recording), coalesce(sum(s.offset - s.onset), 0.0)
        FROM segments s JOIN layers y ON y.id = s.layer WHERE y.name = ? AND s.recording BETWEEN ? AND ?
    """
    row = store.one(sql, (LAYER, first, last))
    assert row is not None
    return int(row[0]), float(row[1])
