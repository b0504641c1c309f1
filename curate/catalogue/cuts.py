"""Cuts in the catalogue: the ledger of what each step decided, and the clean copies made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from curate.catalogue import exports
from curate.catalogue.store import Store, among
from curate.model import Cut, Piece

#: Reason and detail as `Cut.words` gives them, in a query; of a table called ``x`` there.
WORDS = "x.reason || iif(x.detail = '', '', '; ' || x.detail)"


#: The highest number that any recording can have.
LAST = 2**63 - 1

_COLUMNS = "recording, step, ordinal, onset, offset, action, reason, score, producer, detail"


def by_recording(
    store: Store, step: str | None = None, members: Sequence[int] | None = None
) -> Iterator[tuple[int, list[Cut]]]:
    """Stream the cuts of one step, or of all, one list per recording that has any.

    Parameters
    ----------
    members
        Only these recordings; None for all.
    """
    some, values = among("recording", members)
    yield from _grouped(store, f"(:step IS NULL OR step = :step) AND {some}", {"step": step, **values})


def by_others(
    store: Store, *steps: str, members: Sequence[int] | None = None
) -> Iterator[tuple[int, list[Cut]]]:
    """Stream the cuts of all steps but some, one list per recording that has any."""
    some, values = among("recording", members)
    but = "step NOT IN (SELECT value FROM json_each(:steps))"
    yield from _grouped(store, f"{but} AND {some}", {"steps": json.dumps(steps), **values})


def _grouped(store: Store, where: str, values: Mapping[str, object]) -> Iterator[tuple[int, list[Cut]]]:
    rows = store.rows(
        "SELECT recording, onset, offset, action, reason, score, producer, detail FROM cuts "
        f"WHERE {where} ORDER BY recording, step, ordinal",
        values,
    )
    for recording, group in groupby(rows, key=lambda row: int(row[0])):
        yield recording, [Cut(*row[1:]) for row in group]


def by_step(store: Store, recording: int) -> list[tuple[str, list[Cut]]]:
    """List what each step decided about one recording."""
    rows = store.rows(
        "SELECT step, onset, offset, action, reason, score, producer, detail FROM cuts "
        "WHERE recording = ? ORDER BY step, ordinal",
        (recording,),
    )
    return [(step, [Cut(*row[1:]) for row in group]) for step, group in groupby(rows, key=lambda row: row[0])]


def replace(store: Store, recording: int, step: str, cuts: Sequence[Cut]) -> None:
    """Replace what one step decided about one recording.

    A clean copy made of other cuts counts as unfinished from then on, until it is rendered again.
    Another score or reason changes no sound, and neither does a flag.
    """
    old = (
        "SELECT onset, offset, action FROM cuts "
        "WHERE recording = ? AND step = ? AND action <> 'flag' ORDER BY ordinal"
    )
    new = [(cut.onset, cut.offset, cut.action) for cut in cuts if cut.action != "flag"]
    if list(store.rows(old, (recording, step))) != new:
        exports.outdate(store, "recording = ?", (recording,))
    _put(store, "cuts", recording, step, cuts)
    store.run("DELETE FROM given_cuts WHERE recording = ? AND step = ?", (recording, step))


#: A cut as its recording and the fields of `Cut`.
Cells = tuple[int, float, float, str, str, float | None, str, str]

#: Parts the words of a cut where they are one text.
_PART = "\x1f"


def told(action: str, reason: str, producer: str, detail: str) -> str:
    """Give what a cut says in words, as one text."""
    return _PART.join((action, reason, producer, detail))


def action_told(text: str) -> str:
    """Read the action out of what `told` gave."""
    return text.partition(_PART)[0]


def told_between(
    store: Store, step: str, first: int, last: int
) -> list[tuple[int, float, float, float | None, str]]:
    """List the same with recording, onset, offset, score, and the words as `told` gives them."""
    words = f" || '{_PART}' || ".join(("action", "reason", "producer", "detail"))
    sql = (
        f"SELECT recording, onset, offset, score, {words} FROM cuts "
        "WHERE step = ? AND recording BETWEEN ? AND ? ORDER BY recording, ordinal"
    )
    found: list[Any] = store.every(sql, (step, first, last))
    return found


def sound_between(
    store: Store, first: int, last: int, *, but: Sequence[str]
) -> list[tuple[int, float, float, int]]:
    """List recording, onset, offset, and whether all of it goes, of cuts that change the sound.

    They are those of all steps but some, in recordings from one to another.
    """
    sql = """
        SELECT recording, onset, offset, action = 'drop' FROM cuts
        WHERE recording BETWEEN ? AND ? AND action <> 'flag' AND step NOT IN (SELECT value FROM json_each(?))
        ORDER BY recording, step, ordinal
    """
    found: list[Any] = store.every(sql, (first, last, json.dumps(list(but))))
    return found


#: What a cut does as a number, in columns: by their order as words.
#: Codes must sort as the words do: exports are compared by sorted cuts, made of either.
ACTION_CODES: dict[str, int] = {"drop": 0, "excise": 1, "flag": 2, "mute": 3}

_CODE = " ".join(f"WHEN '{action}' THEN {code}" for action, code in ACTION_CODES.items())


def spans_between(
    store: Store,
    first: int,
    last: int,
    *,
    but: str = "",
    told: bool = True,
    members: Sequence[int] | None = None,
) -> list[tuple[int, float, float, int, str, str]]:
    """List recording, onset, offset, action, producer and reason of cuts in recordings from one to another.

    They are those of all steps `but` one, in the order of the ledger. Actions are numbers of `ACTION_CODES`.

    Parameters
    ----------
    told
        Whether flags, producers and reasons belong to it, which change no sound.
    members
        Only these of the recordings. None stands for all.
    """
    some, values = among("recording", members)
    words, those = ("producer, reason", "TRUE") if told else ("'', ''", "action <> 'flag'")
    sql = f"""
        SELECT recording, onset, offset, CASE action {_CODE} END, {words} FROM cuts
        WHERE recording BETWEEN :first AND :last AND step <> :but AND {those} AND {some}
        ORDER BY recording, step, ordinal
    """
    given = {"first": first, "last": last, "but": but}
    found: list[Any] = store.every(sql, given | values)
    return found


def flagged(store: Store, first: int = 1, last: int = LAST) -> list[int]:
    """List the recordings from one to another in which something is flagged."""
    sql = "SELECT DISTINCT recording FROM cuts WHERE recording BETWEEN ? AND ? AND action = 'flag'"
    return [number for (number,) in store.every(sql, (first, last))]


def replace_all(
    store: Store, step: str, cells: Sequence[Cells], *, of: Sequence[int], sounds: Sequence[int]
) -> None:
    """Replace what one step decided about many recordings, as `replace` does about one.

    Parameters
    ----------
    cells
        All its cuts of these recordings. Those of one recording in order.
    of
        The recordings.
    sounds
        Those of them of which other sound is kept than before.
    """
    exports.outdate(store, "recording IN (SELECT value FROM json_each(?))", (json.dumps(list(sounds)),))
    found = dict.fromkeys(of, 0)
    rows = []
    for recording, *cut in cells:
        rows.append((recording, step, found[recording], *cut))
        found[recording] += 1
    # A new cut takes the place of the old one of its number, which costs half of deleting all first.
    store.many(f"INSERT OR REPLACE INTO cuts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    rest = [(recording, step, number) for recording, number in found.items()]
    store.many("DELETE FROM cuts WHERE recording = ? AND step = ? AND ordinal >= ?", rest)
    store.run(
        "DELETE FROM given_cuts WHERE recording IN (SELECT value FROM json_each(?)) AND step = ?",
        (json.dumps(list(of)), step),
    )


def spare(store: Store, recording: int, step: str, given: Sequence[Cut], spared: Sequence[Cut]) -> None:
    """Replace the cuts of a step by what people leave of them. Its own are kept as well, to be had back.

    Parameters
    ----------
    given, spared
        What the step decided, and what is left of it.
    """
    replace(store, recording, step, spared)
    # Equal lists leave nothing to restore, and `replace` has forgotten the earlier ones.
    if list(given) != list(spared):
        _put(store, "given_cuts", recording, step, given)


def given(store: Store, recording: int) -> dict[str, list[Cut]]:
    """Read, by step, what was decided of a recording before people were heard, where that is kept."""
    rows = store.rows(
        "SELECT step, onset, offset, action, reason, score, producer, detail FROM given_cuts "
        "WHERE recording = ? ORDER BY step, ordinal",
        (recording,),
    )
    return {step: [Cut(*row[1:]) for row in group] for step, group in groupby(rows, key=lambda row: row[0])}


def _put(store: Store, table: str, recording: int, step: str, cuts: Sequence[Cut]) -> None:
    store.run(f"DELETE FROM {table} WHERE recording = ? AND step = ?", (recording, step))
    store.many(
        f"INSERT INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                recording,
                step,
                ordinal,
                cut.onset,
                cut.offset,
                cut.action,
                cut.reason,
                cut.score,
                cut.producer,
                cut.detail,
            )
            for ordinal, cut in enumerate(cuts)
        ],
    )


def clear(store: Store, step: str) -> None:
    """Take back all that one step decided. Copies made of it count as unfinished until they are rendered."""
    exports.outdate(
        store, "recording IN (SELECT recording FROM cuts WHERE step = ? AND action <> 'flag')", (step,)
    )
    for table in ("cuts", "given_cuts"):
        store.run(f"DELETE FROM {table} WHERE step = ?", (step,))


@dataclass(frozen=True, slots=True)
class CleanCopy:
    """A rendered clean copy. `digest` is `None` while it is being written, or made of other cuts."""

    recording: int
    path: str
    digest: str | None
    frames: int | None
    bytes: int | None
    sha256: str | None = None


def copies(store: Store, members: Sequence[int] | None = None) -> Iterator[tuple[int, CleanCopy]]:
    """Stream all clean copies, or those of some recordings, by recording."""
    some, values = among("recording", members)
    sql = f"SELECT recording, path, digest, frames, bytes, sha256 FROM copies WHERE {some} ORDER BY recording"
    for row in store.rows(sql, values):
        yield row[0], CleanCopy(*row)


def sizes_of_copies(store: Store) -> Iterator[tuple[int, str, int | None]]:
    """Stream recording, path and bytes of all clean copies. An unfinished one lacks a size."""
    yield from store.rows("SELECT recording, path, iif(digest IS NULL, NULL, bytes) FROM copies")


def announce_copies(store: Store, targets: Sequence[tuple[int, str]]) -> None:
    """Note where copies are about to be written, so that files of a killed run are known."""
    # All old rows go first: a path may pass from one recording to another.
    store.many("DELETE FROM copies WHERE recording = ?", [(recording,) for recording, _ in targets])
    store.many("INSERT INTO copies (recording, path) VALUES (?, ?)", targets)


def put_copy(store: Store, copy: CleanCopy, pieces: Sequence[Piece]) -> None:
    """Note a finished copy and its time map."""
    store.run(
        "UPDATE copies SET path = ?, digest = ?, frames = ?, bytes = ?, sha256 = ? WHERE recording = ?",
        (copy.path, copy.digest, copy.frames, copy.bytes, copy.sha256, copy.recording),
    )
    store.run("DELETE FROM pieces WHERE recording = ?", (copy.recording,))
    store.many(
        "INSERT INTO pieces (recording, ordinal, clean_start, raw_start, frames) VALUES (?, ?, ?, ?, ?)",
        [(copy.recording, ordinal, p.clean_start, p.raw_start, p.frames) for ordinal, p in enumerate(pieces)],
    )


def forget_copy(store: Store, recording: int) -> None:
    """Remove the note of a copy whose file is gone."""
    store.run("DELETE FROM copies WHERE recording = ?", (recording,))


def forget_failures(store: Store) -> None:
    """Forget the failed copies of an earlier rendering."""
    store.run("DELETE FROM unrendered")


def has_failures(store: Store) -> bool:
    """Whether the latest rendering failed to make a copy."""
    return store.one("SELECT 1 FROM unrendered LIMIT 1") is not None


def put_failure(store: Store, recording: int, reason: str) -> None:
    """Note why a copy failed."""
    store.run("INSERT OR REPLACE INTO unrendered (recording, reason) VALUES (?, ?)", (recording, reason))


def pieces_at(store: Store, path: str) -> list[Piece]:
    """Time map of the clean copy at a path, of now or of earlier cuts, or empty if missing."""
    row = store.one("SELECT recording FROM copies WHERE path = ?", (path,))
    if row is not None:
        return pieces_of(store, row[0])
    text = store.value("SELECT pieces FROM old_copies WHERE path = ?", (path,))
    return [Piece(*cells) for cells in json.loads(text or "[]")]


def pieces_of(store: Store, recording: int) -> list[Piece]:
    """Time map of one clean copy, empty if missing."""
    return [
        Piece(*row)
        for row in store.rows(
            "SELECT clean_start, raw_start, frames FROM pieces WHERE recording = ? ORDER BY ordinal",
            (recording,),
        )
    ]
