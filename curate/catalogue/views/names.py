"""What things are called in a dataset, by how the names begin: what a shell completes."""

from __future__ import annotations

from collections.abc import Iterator

from curate.catalogue.store import Store

#: Names that are given at most: nobody reads more, and a shell asks before it lists them.
MOST = 200

#: Rows of labels that are looked through at most: a shell waits for the answer.
_ROWS = 100_000

#: What can be asked for, with its query. ``:begin`` is typed, ``:end`` is behind all that begin so.
_NAMES = {
    # From one archive to the next by the index, however many recordings each has.
    "archives": """
        WITH RECURSIVE found (name) AS (
            SELECT min(archive) FROM recordings WHERE archive >= :begin
            UNION ALL
            SELECT (SELECT min(archive) FROM recordings WHERE archive > name) FROM found
            WHERE name IS NOT NULL
        )
        SELECT name FROM found WHERE name < :end""",
    "labels": f"""
        SELECT DISTINCT label FROM (SELECT label FROM labels LIMIT {_ROWS})
        WHERE label >= :begin AND label < :end ORDER BY label""",
    "layers": "SELECT name FROM layers WHERE name >= :begin AND name < :end ORDER BY name",
}

_OF_ARCHIVE = f"""
    SELECT archive_id FROM recordings
    WHERE archive = :archive AND archive_id >= :begin AND archive_id < :end ORDER BY archive_id LIMIT {MOST}
"""

#: Behind every name that begins with what stands before it.
_LAST = "\U0010ffff"


def names(store: Store, what: str, begin: str) -> Iterator[str]:
    """Read the names that begin so, `MOST` of them at most.

    Parameters
    ----------
    what
        ``archives``, ``labels`` or ``layers``.
    """
    values = {"begin": begin, "end": begin + _LAST}
    return (str(name) for (name,) in store.rows(f"{_NAMES[what]} LIMIT {MOST}", values))


def all_labels(store: Store) -> Iterator[str]:
    """Read every label that a recording has, primary or secondary, once."""
    return (str(name) for (name,) in store.rows("SELECT DISTINCT label FROM labels"))


def recording_ids(store: Store, begin: str) -> Iterator[str]:
    """Read the ids of recordings (``xeno-canto:694038``) that begin so, `MOST` of each archive at most."""
    archive, colon, number = begin.partition(":")
    archives = [archive] if colon else list(names(store, "archives", archive))
    for each in archives:
        values = {"archive": each, "begin": number, "end": number + _LAST}
        for (found,) in store.rows(_OF_ARCHIVE, values):
            yield f"{each}:{found}"
