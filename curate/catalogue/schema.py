"""The tables of a catalogue, and how an older file becomes a newer one.

`MIGRATIONS` lists scripts in the folder ``migrations``. The file's ``user_version`` counts those
that have run. A change of schema is one more script at the end, never an edit of an earlier one.

Keys are integers and the big table is clustered by them: 3.2 million segments took 141 MB
so, against 245 MB with text keys and an index. Paths are TEXT, or BLOB where a file name is
not valid UTF-8, so that no file is lost to its name.
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files

MIGRATIONS: tuple[str, ...] = (
    "001_first",
    "002_balance",
    "003_verdicts",
    "004_downloads",
    "005_relabels",
    "006_traffic",
    "007_failures",
    "008_pairs",
    "009_reasons",
    "010_undo",
    "011_exports",
    "012_changes",
    "013_recorders",
    "014_recorder_changes",
    "015_vectors",
    "016_likeness",
    "017_kept_vectors",
    "018_long_downloads",
)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Run one script, inside the caller's transaction."""
    script = (files("curate.catalogue") / "migrations" / f"{name}.sql").read_text(encoding="utf-8")
    # Not executescript, which would commit first.
    for statement in script.split(";\n"):
        connection.execute(statement)


#: Tables in the order in which `curate dump` writes them.
TABLES: tuple[str, ...] = (
    "recordings",
    "recorders",
    "taxa",
    "labels",
    "given_labels",
    "layers",
    "coverage",
    "segments",
    "tracks",
    "vectors",
    "cuts",
    "given_cuts",
    "verdicts",
    "copies",
    "pieces",
    "exports",
    "export_copies",
    "old_copies",
    "unrendered",
    "clusters",
    "matches",
    "outsiders",
    "leaks",
    "more_labels",
    "assignments",
    "settings",
    "runs",
    "answers",
    "sources",
    "misses",
    "traffic",
)

#: Tables by which runs tell whether anything changed: they say nothing of recordings, and are not dumped.
BOOKKEEPING: tuple[str, ...] = ("changes", "clock", "outcomes")
