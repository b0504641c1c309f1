"""What archives answered, which recordings came from where, and failed downloads."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from curate.catalogue.store import Store

#: An archive and its id of a recording.
Identity = tuple[str, str]


def answer(store: Store, request: str) -> bytes | None:
    """Look up what an archive answered to a request, `None` before the first request."""
    body = store.value("SELECT body FROM answers WHERE request = ?", (request,))
    return None if body is None else zlib.decompress(body)


def answered_on(store: Store, request: str) -> str:
    """Look up the day on which a kept answer came, in UTC."""
    return str(store.value("SELECT substr(fetched, 1, 10) FROM answers WHERE request = ?", (request,)))


def keep_answer(store: Store, archive: str, request: str, body: bytes) -> None:
    """Keep an answer as it came. An earlier one to the same request is replaced."""
    store.run(
        "INSERT INTO answers (archive, request, fetched, body) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (request) DO UPDATE SET fetched = excluded.fetched, body = excluded.body",
        (archive, request, datetime.now(UTC).isoformat(timespec="seconds"), zlib.compress(body)),
    )


def forget_answers(store: Store, requests: Iterable[str]) -> None:
    """Remove kept answers, so that the archive is asked again."""
    store.many("DELETE FROM answers WHERE request = ?", [(request,) for request in requests])


def identities(store: Store) -> Iterator[tuple[str, str, int]]:
    """Stream archive, id and recording of all by which recordings are known."""
    return store.rows(
        "SELECT archive, archive_id, id FROM recordings "
        "UNION SELECT archive, archive_id, recording FROM sources"
    )


def license_of(store: Store, identity: Identity) -> str | None:
    """Look up the licence of a recording, `None` if it has none or is unknown here."""
    found = store.value("SELECT license FROM recordings WHERE archive = ? AND archive_id = ?", identity)
    return found or None


def number_of(store: Store, identity: Identity) -> int | None:
    """Look up the recording that an archive has under an id, `None` if it is unknown here."""
    own = "SELECT id FROM recordings WHERE archive = ? AND archive_id = ?"
    by_source = "SELECT recording FROM sources WHERE archive = ? AND archive_id = ?"
    found = next((row for sql in (own, by_source) if (row := store.one(sql, identity))), None)
    return None if found is None else int(found[0])


def sources(store: Store) -> set[Identity]:
    """List by which archives and ids recordings were reached by a download."""
    rows = store.rows("SELECT archive, archive_id FROM sources")
    return {(archive, archive_id) for archive, archive_id in rows}


def add_sources(store: Store, recording: int, sources: Iterable[tuple[str, str, str]]) -> None:
    """Note under which archive, id and page a recording is known. What is noted stays."""
    store.many(
        "INSERT OR IGNORE INTO sources (archive, archive_id, recording, url) VALUES (?, ?, ?, ?)",
        [(archive, archive_id, recording, url) for archive, archive_id, url in sources],
    )


def final_misses(store: Store, *, max_seconds: float | None) -> set[Identity]:
    """List failed downloads that are of no use to try again.

    Parameters
    ----------
    max_seconds
        Longest file that is wanted now: one that was too long for an earlier limit may pass.
    """
    sql = "SELECT archive, archive_id FROM misses WHERE final AND (seconds IS NULL OR seconds > ?)"
    return set(store.rows(sql, (math.inf if max_seconds is None else max_seconds,)))


def add_miss(
    store: Store, identity: Identity, url: str, reason: str, *, final: bool, seconds: float | None = None
) -> None:
    """Note that a download failed, and why. `seconds` is the length of a file that was too long."""
    store.run(
        "INSERT OR REPLACE INTO misses (archive, archive_id, url, reason, final, seconds) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (*identity, url, reason, final, seconds),
    )


def forget_misses(store: Store, found: Sequence[Identity]) -> None:
    """Remove what was fetched after all."""
    store.many("DELETE FROM misses WHERE archive = ? AND archive_id = ?", found)


def traffic(store: Store) -> dict[tuple[str, int], int]:
    """List the bytes that hosts sent, by host and hour since 1970."""
    return {(host, hour): size for host, hour, size in store.rows("SELECT host, hour, bytes FROM traffic")}


def add_traffic(store: Store, hours: Mapping[tuple[str, int], int]) -> None:
    """Note what hosts sent. What is noted of the same hour is added to."""
    store.many(
        "INSERT INTO traffic (host, hour, bytes) VALUES (?, ?, ?) "
        "ON CONFLICT (host, hour) DO UPDATE SET bytes = bytes + excluded.bytes",
        [(host, hour, size) for (host, hour), size in hours.items()],
    )


def second_files(store: Store, after: int) -> list[tuple[int, str, int, str, str | bytes]]:
    """List later recordings whose id their archive had already: number, id, those of the first, and path.

    Files of people's own are called alike on each of their disks, and are passed over.

    Parameters
    ----------
    after
        Number of the recording behind which they come.
    """
    rows = store.rows(
        "SELECT r.id, r.archive || ':' || r.archive_id, f.id, f.archive || ':' || f.archive_id, r.path "
        "FROM recordings r JOIN recordings f ON f.archive = r.archive "
        "AND f.archive_id = substr(r.archive_id, 1, instr(r.archive_id, '~') - 1) "
        "WHERE r.id > ? AND r.archive != 'local' AND r.archive_id GLOB '*~[0-9]*' ORDER BY r.id",
        (after,),
    )
    return list(rows)


_INSIDE = "substr(path, 1, length(?1) + 1) = ?1 || '/'"


def recordings_in(store: Store, folder: str) -> list[tuple[int, str | bytes, dict[str, str]]]:
    """List number, path and further cells of recordings in a folder, as the catalogue begins its paths."""
    rows = store.rows(f"SELECT id, path, coalesce(extra, '{{}}') FROM recordings WHERE {_INSIDE}", (folder,))
    return [(number, path, json.loads(extra)) for number, path, extra in rows]


def note(store: Store, cells: Mapping[int, Mapping[str, str | None]]) -> None:
    """Note further cells of recordings. What is `None` is taken out."""
    store.many(
        "UPDATE recordings SET extra = json_patch(coalesce(extra, '{}'), ?) WHERE id = ?",
        [(json.dumps(more), number) for number, more in cells.items()],
    )


def claim_folder(
    store: Store,
    folder: str,
    *,
    archive: str,
    number: str,
    license: str,
    license_url: str,
    recordist: str,
    url: str,
) -> int:
    """Say of the recordings that were imported from a folder which archive they came from.

    Parameters
    ----------
    folder
        Relative to the dataset, without a slash at its end.
    number
        The archive's id of the whole, which is put before each recording's own.
    license, license_url, recordist, url
        Of the whole; they fill what the recordings' own table left empty.

    Returns
    -------
    int
        How many recordings there are from the folder.
    """
    store.run(
        f"UPDATE recordings SET archive = ?2, archive_id = ?3 || '/' || archive_id "
        f"WHERE {_INSIDE} AND archive = 'local'",
        (folder, archive, number),
    )
    store.run(
        # SQL reads all old values before it sets any: `license_url` still sees an empty licence.
        "UPDATE recordings SET license = iif(coalesce(license, '') = '', ?2, license), "
        "license_url = iif(coalesce(license, '') = '', ?3, license_url), "
        "recordist = iif(coalesce(recordist, '') = '', ?4, recordist), "
        f"url = iif(coalesce(url, '') = '', ?5, url) WHERE {_INSIDE}",
        (folder, license, license_url, recordist, url),
    )
    return int(store.value(f"SELECT count(*) FROM recordings WHERE {_INSIDE}", (folder,)))
