"""The ledger of runs: what the commands of a machine counted."""

from __future__ import annotations

from collections.abc import Iterator

from curate.catalogue.store import Store


def counts_of(store: Store, host: str, key: str) -> Iterator[str]:
    """Stream what the runs of a machine counted, as JSON, the latest first, where a key is among it."""
    sql = "SELECT counts FROM runs WHERE host = ? AND instr(counts, ?) ORDER BY id DESC"
    for (text,) in store.rows(sql, (host, f'"{key}"')):
        yield str(text)
