"""The ledger of runs: what the commands of a machine counted, and what of it still stands.

A step keeps its *outcome*: what it counted, the digest of its settings and code, and when. Triggers of the
catalogue note what changes of which recording, whoever writes it. An outcome stands as long as nothing
changed of the kinds that it was made from. Then a second run has nothing to do, and finds out in one query.
A *kind* is a table (``labels``), or a table and its layer or step (``coverage/3``, ``cuts/trim``). With a
slash at its end it is all of them (``cuts/``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from curate.catalogue.store import Store
from curate.release import code_digest


def counts_of(store: Store, host: str, key: str) -> Iterator[str]:
    """Stream what the runs of a machine counted, as JSON, the latest first, where a key is among it."""
    sql = "SELECT counts FROM runs WHERE host = ? AND instr(counts, ?) ORDER BY id DESC"
    for (text,) in store.rows(sql, (host, f'"{key}"')):
        yield str(text)


def digest_of(settings: Mapping[str, Any]) -> str:
    """Fingerprint of settings, and of the code that goes by them."""
    text = json.dumps([code_digest(), settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def standing(
    store: Store, step: str, settings: Mapping[str, Any], kinds: Sequence[str], *, but: str = ""
) -> dict[str, Any] | None:
    """Read what a step counted last, if a run with these settings would count the same, else `None`.

    Parameters
    ----------
    kinds
        What the outcome is made from.
    but
        One of them that a kind with a slash at its end does not mean.
    """
    return kept(store, step, settings) if is_unchanged(store, step, kinds, but=but) else None


def kept(store: Store, step: str, settings: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Read what a step counted last with these settings, or with any for `None`, whatever changed since."""
    row = store.one("SELECT made_of, summary FROM outcomes WHERE step = ?", (step,))
    if row is None or (settings is not None and row[0] != digest_of(settings)):
        return None
    found: dict[str, Any] = json.loads(row[1])
    return found


def is_unchanged(store: Store, step: str, kinds: Sequence[str], *, but: str = "") -> bool:
    """Whether a step kept an outcome, with whatever settings, while its sources are unchanged."""
    row = store.one("SELECT at, upto FROM outcomes WHERE step = ?", (step,))
    # No trigger notes a new recording. Its number tells: it is above all that the outcome knew.
    if row is None or last_recording(store) > row[1]:
        return False
    sql = "SELECT 1 FROM changes WHERE kind >= ? AND kind < ? AND at >= ? AND kind <> ? LIMIT 1"
    return all(store.one(sql, (*ends, row[0], but)) is None for ends in _spans(kinds))


def changed_since(
    store: Store,
    step: str,
    kinds: Sequence[str],
    *,
    per: int = 1,
    most: int | None = None,
    but: str = "",
) -> set[int] | None:
    """Find the recordings of which something changed, or that came, since a step kept its outcome.

    Parameters
    ----------
    kinds
        What the outcome is made from.
    per
        This many recordings that follow each other are one range. Ranges are numbered from 0. 1 stands for
        the recordings themselves.
    most
        More than this many are not listed.
    but
        As in `standing`.

    Returns
    -------
    None where there is no outcome, where something changed that is said of no single recording, or where
    they are more than `most`.
    """
    row = store.one("SELECT at, upto FROM outcomes WHERE step = ?", (step,))
    if row is None:
        return None
    # Recordings are numbered from 1, ranges from 0. In `changes`, recording 0 stands for the whole set.
    first = 1 if per > 1 else 0
    sql = f"""
        SELECT DISTINCT iif(recording = 0, -1, (recording - {first}) / {per}) FROM changes
        WHERE kind >= ? AND kind < ? AND at >= ? AND kind <> ?
    """
    changed = (store.rows(sql, (*ends, row[0], but)) for ends in _spans(kinds))
    new = store.rows(f"SELECT DISTINCT (id - {first}) / {per} FROM recordings WHERE id > ?", (row[1],))
    found: set[int] = set()
    for (number,) in chain.from_iterable((*changed, new)):
        found.add(number)
        if most is not None and len(found) > most:
            return None
    return None if -1 in found else found


def _spans(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the first name of each kind, and the first behind it."""
    # A slash is followed by a zero, as letters go.
    return ((kind, kind[:-1] + "0" if kind.endswith("/") else kind + "\0") for kind in kinds)


def ended_badly(store: Store, command: str) -> bool:
    """Whether the run of a command before this one was killed, interrupted or failed."""
    sql = "SELECT outcome FROM runs WHERE command = ? AND outcome IS NOT NULL ORDER BY id DESC LIMIT 1"
    return store.value(sql, (command,)) not in (None, "done")


def last_parameters(store: Store, command: str) -> dict[str, Any] | None:
    """Read with what a command ran last to its end, or `None` if it never did."""
    sql = "SELECT parameters FROM runs WHERE command = ? AND outcome = 'done' ORDER BY id DESC LIMIT 1"
    row = store.one(sql, (command,))
    return None if row is None else dict(json.loads(row[0]))


def keep(store: Store, step: str, settings: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """Keep the outcome of a step, inside the transaction that wrote what it decided."""
    # The clock moves first. Earlier changes are then older than this outcome, and later ones have its time,
    # so readers compare with `>=`.
    store.run("UPDATE clock SET now = now + 1, upto = max(upto, ?)", (last_recording(store),))
    store.run(
        "INSERT OR REPLACE INTO outcomes (step, made_of, at, upto, summary) "
        "SELECT ?, ?, now, ?, ? FROM clock",
        (step, digest_of(settings), last_recording(store), json.dumps(summary)),
    )
    store.run("DELETE FROM changes WHERE at < (SELECT min(at) FROM outcomes)")


def forget(store: Store, step: str) -> None:
    """Forget the outcome of a step: its next run decides again."""
    store.run("DELETE FROM outcomes WHERE step = ?", (step,))


def last_recording(store: Store) -> int:
    """Give the highest number of a recording, 0 if missing."""
    return int(store.value("SELECT coalesce(max(id), 0) FROM recordings"))
