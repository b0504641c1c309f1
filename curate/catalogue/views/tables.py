"""The catalogue's tables as people see them, and whole as they are."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curate.catalogue.cuts import WORDS
from curate.catalogue.paths import printable, stored
from curate.catalogue.store import Store
from curate.errors import NotInCatalogue
from curate.lookup import suggestion

Table = tuple[list[str], Iterator[tuple[Any, ...]]]  # names of the columns, rows as they are read

_WHICH = "r.archive || ':' || r.archive_id AS recording_id, r.path AS path"

#: What can be shown, with the query behind each. ``:layer`` and ``:recording`` may be NULL.
TABLES: dict[str, str] = {
    "cuts": f"""
        SELECT {_WHICH}, x.onset, x.offset, x.action, {WORDS} AS reason, x.score, x.producer
        FROM cuts x JOIN recordings r ON r.id = x.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id, x.onset""",
    "folds": f"""
        SELECT {_WHICH}, l.label, a.fold, a.weight, a.copies, a.windows
        FROM assignments a JOIN recordings r ON r.id = a.recording
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id""",
    "drops": f"""
        SELECT {_WHICH}, x.step, {WORDS} AS reason, r.duration, x.producer
        FROM cuts x JOIN recordings r ON r.id = x.recording
        WHERE x.action = 'drop' AND (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        UNION ALL
        SELECT {_WHICH}, 'import', r.problem, r.duration, 'import'
        FROM recordings r
        WHERE r.status = 'failed' AND (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
          AND NOT EXISTS (SELECT 1 FROM cuts WHERE recording = r.id AND action = 'drop')
        ORDER BY 1""",
    "failures": f"""
        SELECT {_WHICH}, 'import' AS step, r.problem AS reason, NULL AS url FROM recordings r
        WHERE r.status = 'failed' AND (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        UNION ALL
        SELECT {_WHICH}, y.name, x.reason, NULL
        FROM coverage x JOIN recordings r ON r.id = x.recording JOIN layers y ON y.id = x.layer
        WHERE x.status = 'failed' AND (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        UNION ALL
        SELECT {_WHICH}, 'render', x.reason, NULL FROM unrendered x JOIN recordings r ON r.id = x.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        UNION ALL
        SELECT archive || ':' || archive_id, NULL, 'download', reason, url FROM misses
        WHERE :recording IS NULL AND :layer IS NULL""",
    "groups": f"""
        SELECT {_WHICH}, l.label, g.label AS "group", g.score AS sure, c.label AS class_group,
               o.label AS outlier_near, json_extract(o.extra, '$.note') AS differs, f.label AS fault_group,
               json_extract(f.extra, '$.note') AS fault
        FROM coverage v JOIN layers y ON y.id = v.layer AND y.name = 'groups'
        JOIN recordings r ON r.id = v.recording
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        LEFT JOIN segments g ON g.recording = r.id AND g.layer = y.id
        LEFT JOIN segments c ON c.recording = r.id
             AND c.layer = (SELECT id FROM layers WHERE name = 'class-groups')
        LEFT JOIN segments o ON o.recording = r.id
             AND o.layer = (SELECT id FROM layers WHERE name = 'outliers')
        LEFT JOIN segments f ON f.recording = r.id
             AND f.layer = (SELECT id FROM layers WHERE name = 'fault-groups')
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id""",
    "labels": f"""
        SELECT {_WHICH}, x.label, x.role, t.scientific_name, t.common_name, t.class_name
        FROM labels x JOIN recordings r ON r.id = x.recording LEFT JOIN taxa t ON t.label = x.label
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id, x.ordinal""",
    "matches": """
        SELECT r.archive || ':' || r.archive_id AS recording_id, x.onset, x.offset,
               o.archive || ':' || o.archive_id AS other, x.other_onset, x.other_offset, x.kind, x.score
        FROM matches x JOIN recordings r ON r.id = x.recording JOIN recordings o ON o.id = x.other
        WHERE (:recording IS NULL OR :recording IN (r.id, o.id)) AND :layer IS NULL
        ORDER BY r.id, o.id, x.ordinal""",
    "recordings": f"""
        SELECT {_WHICH}, r.status, r.duration, r.sr, r.channels, r.format, r.codec,
               (SELECT label FROM labels WHERE recording = r.id AND role = 'primary') AS label,
               r.recordist, r.license, r.url, r.latitude, r.longitude, r.date, r.rating, r.bytes, r.sha256,
               r.problem
        FROM recordings r
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id""",
    "recorders": f"""
        SELECT {_WHICH}, k.started, k.zone, k.night, k.sunset, k.sunrise, k.site, r.latitude, r.longitude,
        k.device, k.serial, k.gain,
               k.battery, k.temperature, k.filter, k.time_expansion, k.clock, k.doubts
        FROM recorders k JOIN recordings r ON r.id = k.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL
        ORDER BY r.id""",
    "runs": """
        SELECT id AS run, command, started, ended, outcome, parameters, counts, version, host, pid
        FROM runs WHERE :recording IS NULL AND :layer IS NULL ORDER BY id""",
    "segments": f"""
        SELECT {_WHICH}, x.onset, x.offset, x.label, x.score, x.low_freq, x.high_freq, y.name AS layer,
               x.extra AS measured
        FROM segments x JOIN recordings r ON r.id = x.recording JOIN layers y ON y.id = x.layer
        WHERE (:recording IS NULL OR r.id = :recording) AND (:layer IS NULL OR y.id = :layer)
        ORDER BY r.id, x.onset, y.name""",
    "timemap": f"""
        SELECT {_WHICH}, c.path AS clean_path,
               1.0 * x.clean_start / r.sr AS clean_onset,
               1.0 * (x.clean_start + x.frames) / r.sr AS clean_offset,
               1.0 * x.raw_start / r.sr AS raw_onset,
               1.0 * (x.raw_start + x.frames) / r.sr AS raw_offset
        FROM pieces x JOIN recordings r ON r.id = x.recording JOIN copies c ON c.recording = x.recording
        WHERE (:recording IS NULL OR r.id = :recording) AND :layer IS NULL AND c.digest IS NOT NULL
        ORDER BY r.id, x.ordinal""",
    "verdicts": f"""
        SELECT x.id AS number, {_WHICH}, x.onset, x.offset, x.judgement, x.label,
               o.archive || ':' || o.archive_id AS other, x.reviewer, x.at, x.withdrawn
        FROM verdicts x JOIN recordings r ON r.id = x.recording LEFT JOIN recordings o ON o.id = x.other
        WHERE (:recording IS NULL OR :recording IN (r.id, o.id)) AND :layer IS NULL ORDER BY x.id""",
}


def view(store: Store, name: str, *, layer: int | None, recording: int | None, limit: int | None) -> Table:
    """Open one of `TABLES`, or `None` asks for all."""
    values = {"layer": layer, "recording": recording, "limit": -1 if limit is None else limit}
    return store.table(f"{TABLES[name]} LIMIT :limit", values)


def whole(store: Store, table: str) -> Table:
    """Open a table of the schema with all its columns, in the order of its keys."""
    columns, _ = store.table(f"SELECT * FROM {table} LIMIT 0")
    keys = range(1, min(len(columns), 3) + 1)  # no key has more than three columns
    return store.table(f"SELECT * FROM {table} ORDER BY {', '.join(map(str, keys))}")


def size(store: Store, table: str) -> int:
    """Count the rows of a table of the schema."""
    return int(store.value(f"SELECT count(*) FROM {table}"))


def layer_number(store: Store, name: str) -> int:
    """Find a layer by its name.

    Raises
    ------
    NotInCatalogue
        If there is none; names those there are.
    """
    numbers = dict(store.rows("SELECT name, id FROM layers"))
    if name not in numbers:
        raise NotInCatalogue(f"unknown layer '{name}'", hint=suggestion(name, numbers))
    return int(numbers[name])


def recording_number(store: Store, name: str, folder: Path) -> int:
    """Find a recording by its id, or by the end of its path.

    Raises
    ------
    NotInCatalogue
        If there is none, or more than one.
    """
    by_id = "SELECT id FROM recordings WHERE archive = ? AND archive_id = ?"
    # Byte by byte: names that are not UTF-8 are kept as bytes.
    by_path = (
        "SELECT id FROM recordings WHERE CAST(path AS BLOB) = ?1 "
        "OR substr(CAST(path AS BLOB), -length(?1) - 1) = CAST('/' || ?1 AS BLOB) LIMIT 2"
    )
    found: list[tuple[int]] = []
    # Names of files from a Mac part letters and accents, which nobody types so.
    for form in dict.fromkeys((name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD")))):
        archive, _, archive_id = printable(form).partition(":")
        cell = os.fsencode(stored(form, folder) if os.path.isabs(form) else form)
        found = list(store.rows(by_id, (archive, archive_id))) or list(store.rows(by_path, (cell,)))
        if found:
            break
    if not found:
        near = _near(store, printable(name))
        hint = f"did you mean '{near}'?" if near else "name it as 'curate show recordings' does"
        raise NotInCatalogue(f"unknown recording '{name}'", hint=hint)
    if len(found) > 1:
        raise NotInCatalogue(
            f"more than one recording '{name}'",
            hint="name its folder, too, or its id as 'curate show recordings' does",
        )
    return int(found[0][0])


def _near(store: Store, name: str) -> str | None:
    """Find the id or the file name that is most like a name; they share the first half of its last part."""
    last = os.path.basename(name)
    stem = last.partition(":")[2] or last
    rows = store.rows(
        "SELECT archive || ':' || archive_id, path FROM recordings "
        "WHERE instr(archive_id, ?1) OR instr(path, ?1) LIMIT 10000",
        (stem[: (len(stem) + 1) // 2],),
    )
    names = {each for row in rows for each in (row[0], os.path.basename(printable(os.fsdecode(row[1]))))}
    return next(iter(difflib.get_close_matches(last, sorted(names), n=1)), None)
