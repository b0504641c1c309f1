"""Which known recordings another catalogue says something else of, or more."""

from __future__ import annotations

from curate.catalogue.recordings import EXTRA_COLUMNS, FIELDS


def _given(schema: str, recording: str) -> str:
    """Say in SQL what a recording was called before people were heard."""
    given, labels = (
        "(SELECT group_concat(role || ' ' || label, char(10)) "
        f"FROM {schema}.{table} WHERE recording = {recording} AND label <> '')"
        for table in ("given_labels", "labels")
    )
    is_given = f"EXISTS (SELECT 1 FROM {schema}.given_labels WHERE recording = {recording})"
    return f"CASE WHEN {is_given} THEN {given} ELSE {labels} END"


def _clock(schema: str, recording: str) -> str:
    return f"(SELECT started || ' ' || site FROM {schema}.recorders WHERE recording = {recording})"


_SAID = (*FIELDS, *EXTRA_COLUMNS, "extra")

#: Numbers here and there, and the id, of recordings of which another catalogue says something else or more.
#: That one is attached as `part`; the table `met` pairs the numbers.
SAID_OTHERWISE = f"""
    SELECT m.ours, m.theirs, o.archive || ':' || o.archive_id FROM met m
    JOIN part.recordings p ON p.id = m.theirs JOIN main.recordings o ON o.id = m.ours
    WHERE NOT m.is_new AND (
        ({", ".join(f"p.{name}" for name in _SAID)}) IS NOT ({", ".join(f"o.{name}" for name in _SAID)})
        OR {_given("part", "m.theirs")} IS NOT {_given("main", "m.ours")}
        OR {_clock("part", "m.theirs")} IS NOT {_clock("main", "m.ours")}
    ) ORDER BY m.ours
"""
