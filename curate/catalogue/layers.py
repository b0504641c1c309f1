"""Layers: what a detector found in each recording, and that it looked at all.

A layer has one row per name. Coverage says, recording by recording, with which version and
settings it was last looked at (the *digest*), and whether that failed. "Found nothing" is a
coverage row without segments. "Not looked at" is no coverage row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from curate.catalogue.store import Store, among
from curate.model import Segment


def digest(version: str, settings: Mapping[str, Any]) -> str:
    """Short fingerprint of a version and settings: equal if and only if they are."""
    text = json.dumps([version, settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def define(store: Store, name: str, *, producer: str, version: str, parameters: Mapping[str, Any]) -> int:
    """Note who fills a layer and how, and return its number."""
    store.run(
        "INSERT INTO layers (name, producer, version, parameters) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET producer = excluded.producer, version = excluded.version, "
        "parameters = excluded.parameters",
        (name, producer, version, json.dumps(parameters, sort_keys=True)),
    )
    return int(store.value("SELECT id FROM layers WHERE name = ?", (name,)))


def refill(
    store: Store, name: str, *, producer: str, version: str, parameters: Mapping[str, Any]
) -> tuple[int, str]:
    """Empty a layer, note who fills it and how, and return its number and the digest for its coverage."""
    number = define(store, name, producer=producer, version=version, parameters=parameters)
    for table in ("segments", "coverage"):
        store.run(f"DELETE FROM {table} WHERE layer = ?", (number,))
    return number, digest(version, parameters)


def producer_of(store: Store, name: str) -> str | None:
    """Say who fills a layer, `None` if missing."""
    row = store.one("SELECT producer FROM layers WHERE name = ?", (name,))
    return None if row is None else str(row[0])


def version_of(store: Store, name: str) -> str:
    """Say which version of its producer last filled a layer, or empty if it is missing."""
    row = store.one("SELECT version FROM layers WHERE name = ?", (name,))
    return "" if row is None else str(row[0])


def imported(store: Store) -> list[tuple[str, int]]:
    """List the layers of annotations that were imported, each with how many there are."""
    sql = """
        SELECT name, (SELECT count(*) FROM segments WHERE layer = y.id) AS number FROM layers y
        WHERE producer = 'import' AND number > 0 ORDER BY name
    """
    return [(str(name), int(number)) for name, number in store.rows(sql)]


def names(store: Store) -> list[str]:
    """List the layers, in the order of the alphabet."""
    return [str(name) for (name,) in store.rows("SELECT name FROM layers ORDER BY name")]


def find_number(store: Store, name: str) -> int | None:
    """Find the number of a layer, `None` before the first scan."""
    row = store.one("SELECT id FROM layers WHERE name = ?", (name,))
    return None if row is None else int(row[0])


#: Digest of a look that found no file, or another one: nothing has looked at the recording.
UNSEEN = ""

# A failed look waits only on request: the same file mostly fails in the same way.
_WAITING = """
    SELECT r.id, t.recording IS NOT NULL
    FROM recordings r
    LEFT JOIN coverage c ON c.recording = r.id AND c.layer = :layer
    LEFT JOIN tracks t ON t.recording = r.id AND t.layer = :layer AND t.version = :version
    WHERE r.status = 'ok' AND (
        c.recording IS NULL
        OR (c.status = 'ok' AND c.digest <> :digest)
        OR (c.status = 'failed' AND (:retry OR c.digest = :unseen))
    ) AND {some}
    ORDER BY r.id
"""


def waiting(
    store: Store,
    layer: int,
    *,
    version: str,
    digest: str,
    retry_failed: bool,
    members: Sequence[int] | None = None,
) -> Iterator[tuple[int, bool]]:
    """List the recordings that lack coverage with this digest, in the order of import.

    Parameters
    ----------
    members
        Only these recordings; None for all.

    Yields
    ------
    Number of a recording, and whether a current frame track of the detector is stored: then no
    decoding is needed.
    """
    some, members_of = among("r.id", members)
    values = {"layer": layer, "version": version, "digest": digest, "retry": retry_failed, "unseen": UNSEEN}
    yield from store.rows(_WAITING.format(some=some), values | members_of)


def track_of(store: Store, recording: int, layer: int) -> bytes:
    """Read a detector's packed frame track of one recording, which must have one."""
    return bytes(store.value("SELECT data FROM tracks WHERE recording = ? AND layer = ?", (recording, layer)))


def track_if_any(store: Store, recording: int, layer: int, *, version: str) -> bytes | None:
    """Read a packed frame track that this version of the detector made, `None` if missing."""
    row = store.one(
        "SELECT data FROM tracks WHERE recording = ? AND layer = ? AND version = ?",
        (recording, layer, version),
    )
    return None if row is None else bytes(row[0])


def tracks(store: Store, layer: str, *, version: str) -> Iterator[tuple[int, bytes]]:
    """Stream the packed frame tracks that this version of a detector made, by recording."""
    sql = """
        SELECT recording, data FROM tracks
        WHERE layer = (SELECT id FROM layers WHERE name = ?) AND version = ? ORDER BY recording
    """
    for recording, data in store.rows(sql, (layer, version)):
        yield int(recording), bytes(data)


def put(
    store: Store,
    recording: int,
    layer: int,
    segments: Sequence[Segment],
    *,
    digest: str,
    failure: str | None = None,
    note: str | None = None,
) -> None:
    """Replace what a layer says of one recording.

    Parameters
    ----------
    failure
        Why the look failed; what an earlier look found then stays.
    note
        Why a look that did not fail has nothing to say.
    """
    if failure is None:
        store.run("DELETE FROM segments WHERE recording = ? AND layer = ?", (recording, layer))
    store.many(
        "INSERT INTO segments (recording, layer, ordinal, onset, offset, label, score, low_freq, high_freq, "
        "extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(recording, layer, ordinal, *_cells(segment)) for ordinal, segment in enumerate(segments)],
    )
    # A failure that stands already is no change: steps need not run again for a disk that is still missing.
    store.run(
        "INSERT INTO coverage (recording, layer, status, reason, digest) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT "
        "DO UPDATE SET status = excluded.status, reason = excluded.reason, digest = excluded.digest "
        "WHERE excluded.status = 'ok' "
        "OR (status, reason, digest) IS NOT (excluded.status, excluded.reason, excluded.digest)",
        (recording, layer, "ok" if failure is None else "failed", failure or note, digest),
    )


def put_track(store: Store, recording: int, layer: int, version: str, data: bytes) -> None:
    """Keep a detector's packed frame track of one recording."""
    store.run(
        "INSERT OR REPLACE INTO tracks (recording, layer, version, data) VALUES (?, ?, ?, ?)",
        (recording, layer, version, data),
    )


def segments_by_recording(
    store: Store, layer: int, members: Sequence[int] | None = None
) -> Iterator[tuple[int, list[Segment]]]:
    """Stream the segments of a layer, one list per recording that has any. Of some recordings, or of all."""
    some, values = among("recording", members)
    rows = store.rows(
        "SELECT recording, onset, offset, label, score, low_freq, high_freq, extra FROM segments "
        f"WHERE layer = :layer AND {some} ORDER BY recording, ordinal",
        {"layer": layer, **values},
    )
    for recording, group in groupby(rows, key=lambda row: int(row[0])):
        yield recording, [_segment(row[1:]) for row in group]


def scores_between(store: Store, layer: int, first: int, last: int) -> list[tuple[int, float, float, Any]]:
    """List recording, onset, offset and score of segments of a layer, in recordings from one to another."""
    sql = (
        "SELECT recording, onset, offset, score FROM segments "
        "WHERE layer = ? AND recording BETWEEN ? AND ? ORDER BY recording, ordinal"
    )
    return store.every(sql, (layer, first, last))


def spans_between(store: Store, layer: int, first: int, last: int) -> list[tuple[int, float, float]]:
    """List recording, onset and offset of segments of a layer, in recordings from one to another."""
    sql = (
        "SELECT recording, onset, offset FROM segments "
        "WHERE layer = ? AND recording BETWEEN ? AND ? ORDER BY recording, ordinal"
    )
    found: list[Any] = store.every(sql, (layer, first, last))
    return found


def segments_of(store: Store, recording: int, layer: int) -> list[Segment]:
    """Read what a layer found in one recording."""
    sql = (
        "SELECT onset, offset, label, score, low_freq, high_freq, extra FROM segments "
        "WHERE recording = ? AND layer = ? ORDER BY ordinal"
    )
    return [_segment(row) for row in store.rows(sql, (recording, layer))]


def count_failed(store: Store, *names: str) -> int:
    """Count the recordings with sound at which the last look of one of these layers failed."""
    sql = """
        SELECT count(DISTINCT c.recording) FROM coverage c JOIN recordings r ON r.id = c.recording
        WHERE c.layer IN (SELECT id FROM layers WHERE name IN (SELECT value FROM json_each(?)))
        AND c.status = 'failed' AND r.status = 'ok'
    """
    return int(store.value(sql, (json.dumps(names),)))


def looked_at(store: Store, layer: int) -> Iterator[int]:
    """Stream the numbers of the recordings that a layer has looked at, in rising order."""
    sql = "SELECT recording FROM coverage WHERE layer = ? AND status = 'ok' ORDER BY recording"
    yield from (int(row[0]) for row in store.rows(sql, (layer,)))


def _cells(s: Segment) -> tuple[object, ...]:
    more = {**s.measured, "note": s.note} if s.note else s.measured
    extra = json.dumps(more, sort_keys=True) if more else None
    return s.onset, s.offset, s.label, s.score, s.low_freq, s.high_freq, extra


def _segment(cells: tuple[Any, ...]) -> Segment:
    *plain, extra = cells
    more = json.loads(extra) if extra else {}
    note = more.pop("note", "")
    return replace(Segment(*plain), measured=more, note=note) if extra else Segment(*plain)


def parameters_of(store: Store, name: str) -> dict[str, Any] | None:
    """Read the settings with which a layer was last filled, `None` before the first scan."""
    row = store.one("SELECT parameters FROM layers WHERE name = ?", (name,))
    return None if row is None else dict(json.loads(row[0]))


def usual(
    store: Store, *, heard: Mapping[int, str], rare: Sequence[int], first: int, last: int
) -> list[tuple[int, float]]:
    """List recordings, from one number to another, that all of some layers have heard, with their seconds.

    Parameters
    ----------
    heard
        The layers, each with the digest of its look.
    rare
        Layers that found nothing in them. The file is faultless, and nobody judged it.
    """
    # Every layer must have looked with the settings of today. One other digest, and the step
    # decides about the recording again.
    digests = " ".join(f"WHEN {layer} THEN '{each}'" for layer, each in heard.items())
    sql = f"""
        SELECT r.id, r.duration FROM recordings r
        WHERE r.id BETWEEN :first AND :last AND r.status = 'ok' AND r.frames > 0 AND r.problem IS NULL
          AND (SELECT count(*) FROM coverage WHERE recording = r.id AND status = 'ok'
               AND digest = CASE layer {digests} END) = {len(heard)}
          AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.recording = r.id
                          AND s.layer IN ({", ".join(map(str, rare))}))
          AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.recording = r.id AND v.withdrawn IS NULL)
        ORDER BY r.id
    """
    found: list[Any] = store.every(sql, {"first": first, "last": last})
    return found


def marked_between(
    store: Store, layers: Sequence[int], first: int, last: int, *, shares: int
) -> list[tuple[int, int, float, float, str, float | None, float | None]]:
    """List recording, layer, onset, offset, label and score of segments in recordings from one to another.

    Last comes the share that was measured, in the layer `shares`.
    """
    sql = f"""
        SELECT recording, layer, onset, offset, label, score,
               CASE WHEN layer = ? THEN json_extract(extra, '$.share') END FROM segments
        WHERE layer IN ({", ".join(map(str, layers))}) AND recording BETWEEN ? AND ?
        ORDER BY recording, layer, ordinal
    """
    found: list[Any] = store.every(sql, (shares, first, last))
    return found


def spans_among(store: Store, layer: int, members: Sequence[int]) -> list[tuple[int, float, float]]:
    """List recording, onset and offset of the segments of a layer in some recordings."""
    some, values = among("recording", members)
    sql = (
        "SELECT recording, onset, offset FROM segments "
        f"WHERE layer = :layer AND {some} ORDER BY recording, ordinal"
    )
    found: list[Any] = store.every(sql, {"layer": layer, **values})
    return found
