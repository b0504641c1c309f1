"""Take recordings from one catalogue into another, with all that is known of each.

What a detector heard, what people decided, and what was decided recording by recording is taken. What
depends on the whole set is not: folds, windows, copies for training, duplicates. A later run of the same
commands decides that, and listens to nothing again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from curate.catalogue.paths import restored, stored
from curate.catalogue.recordings import TAXON, free_id
from curate.catalogue.store import Store, among
from curate.catalogue.views.differing import SAID_OTHERWISE
from curate.errors import CatalogueError

#: Steps that decide on the whole set.
OF_THE_SET = ("dedupe", "split", "windows", "upsample")

#: Steps whose decisions go by other recordings, too, in the order in which they run.
IN_ORDER = ("strip-voice", "trim", *OF_THE_SET)


@dataclass(slots=True)
class Taken:
    """What was taken from a catalogue.

    Parameters
    ----------
    added, known
        Recordings that are new here, and those that were here already.
    same_bytes
        New ones whose bytes another recording here has, too: the id of each, and of the other.
    renamed
        New ones whose id another recording here has: its new id.
    changed
        Paths of those whose bytes here are others, each with its number of verdicts; nothing was taken of
        them.
    kept
        Layers without a detector, such as annotations, that differ: those here stay. By name, with how many
        recordings.
    otherwise
        Known ones of which other labels or facts were given there: number here, number there, and id. Nothing
        was taken of these.
    taxa
        Classes that are called otherwise there: the label, the name there, and the one here, which stays.
    verdicts
        That people gave there.
    again
        Commands that ran there, and should run on the whole.
    copies
        Clean copies that came along.
    """

    added: int = 0
    known: int = 0
    same_bytes: list[tuple[str, str]] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    changed: list[tuple[str, int]] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    otherwise: list[tuple[int, int, str]] = field(default_factory=list)
    taxa: list[tuple[str, str, str]] = field(default_factory=list)
    verdicts: int = 0
    again: list[str] = field(default_factory=list)
    copies: int = 0


def take(
    store: Store,
    folder: Path,
    source: Path,
    *,
    members: Sequence[int] | None = None,
    copies: bool = True,
    settle: Callable[[int], object] | None = None,
) -> Taken:
    """Take recordings from the catalogue of another dataset in one transaction.

    Parameters
    ----------
    store, folder
        Where to; the folder is absolute.
    source
        Folder of the other dataset, absolute.
    members
        Numbers there of the recordings to take; None for all.
    copies
        Whether clean copies come along.
    settle
        Called with each recording that both have or that is new, and about which people decided: cuts that
        were taken know nothing of what was decided elsewhere.

    Raises
    ------
    CatalogueError
        If the other catalogue is of another version.
    """
    taken = Taken()
    with _attached(store, source) as version:
        ours = store.value("PRAGMA main.user_version")
        if version != ours:
            raise CatalogueError(
                f"{source} was written by another version of curate (schema {version}, here {ours})",
                hint="bring it up to date: curate status --dataset, with this version",
            )
        with store.transaction():
            _match(store, folder, source, members, taken)
            _take_layers(store, taken)
            taken.otherwise = list(store.rows(SAID_OTHERWISE))
            _take_verdicts(store, taken)
            _take_cuts(store, taken)
            if copies:
                _take_copies(store, folder, source, taken)
            _take_rest(store, taken)
            if settle is not None:
                judged = (
                    "SELECT DISTINCT recording FROM main.verdicts WHERE recording IN (SELECT ours FROM met)"
                )
                for number in [row[0] for row in store.rows(judged)]:
                    settle(number)
    return taken


@contextmanager
def _attached(store: Store, source: Path) -> Iterator[int]:
    """Open the other catalogue next to ours as `part`, only to read."""
    store.run("ATTACH DATABASE ? AS part", (f"{(source / store.path.name).as_uri()}?mode=ro",))
    try:
        store.run("CREATE TEMP TABLE met (theirs INTEGER PRIMARY KEY, ours INTEGER UNIQUE, is_new INTEGER)")
        store.run("CREATE TEMP TABLE met_layers (theirs INTEGER PRIMARY KEY, ours INTEGER)")
        yield int(store.value("PRAGMA part.user_version"))
    finally:
        for table in ("met", "met_layers"):
            store.run(f"DROP TABLE IF EXISTS temp.{table}")
        store.run("DETACH DATABASE part")


def _match(store: Store, folder: Path, source: Path, members: Sequence[int] | None, taken: Taken) -> None:
    """Find or add each of their recordings here."""
    met: list[tuple[int, int, bool]] = []
    condition, values = among("id", members)
    columns, rows = store.table(f"SELECT * FROM part.recordings WHERE {condition} ORDER BY id", values)
    insert = f"INSERT INTO main.recordings ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    for cells in rows:
        row = dict(zip(columns, cells, strict=True))
        path = restored(row["path"], source)
        row["path"] = stored(path, folder)
        there = store.one("SELECT id, sha256 FROM main.recordings WHERE path = ?", (row["path"],))
        if there is not None and there[1] != row["sha256"]:
            said = "SELECT count(*) FROM part.verdicts WHERE ?1 IN (recording, other) AND withdrawn IS NULL"
            taken.changed.append((path, int(store.value(said, (row["id"],)))))
            continue
        name = (row["archive"], row["archive_id"])
        if there is None:
            same = "SELECT id, sha256 FROM main.recordings WHERE archive = ? AND archive_id = ?"
            there = store.one(same, name)
            # Where the hash is not known, nobody can tell that the sound is the same.
            if there is not None and (there[1] is None or there[1] != row["sha256"]):
                there = None
                row["archive_id"] = free_id(store, *name)
                taken.renamed.append(f"{name[0]}:{row['archive_id']}")
        theirs, is_new = row["id"], there is None
        if there is None:
            row["id"] = None
            number = store.run(insert, list(row.values()))
            taken.added += 1
        else:
            number = there[0]
            taken.known += 1
        met.append((theirs, number, is_new))
    # OR IGNORE: two of theirs may be one here, one found by its path and one by its id.
    store.many("INSERT OR IGNORE INTO met VALUES (?, ?, ?)", met)
    twins = """
        SELECT n.archive || ':' || n.archive_id, (
            SELECT o.archive || ':' || o.archive_id FROM main.recordings o
            WHERE o.sha256 = n.sha256 AND o.id < n.id ORDER BY o.id LIMIT 1) AS twin
        FROM met JOIN main.recordings n ON n.id = met.ours WHERE met.is_new AND twin IS NOT NULL ORDER BY n.id
    """
    taken.same_bytes = [(str(name), str(twin)) for name, twin in store.rows(twins)]


def _take_layers(store: Store, taken: Taken) -> None:
    """Take what was heard and marked, layer by layer, where it is newer than what is here."""
    store.run(
        # WHERE true: without it SQLite would read ON CONFLICT as part of a join
        # (https://sqlite.org/lang_upsert.html, "Parsing Ambiguity").
        "INSERT INTO main.layers (name, producer, version, parameters) "
        "SELECT name, producer, version, parameters FROM part.layers WHERE true ORDER BY id "
        "ON CONFLICT (name) DO NOTHING"
    )
    store.run(
        "INSERT INTO met_layers SELECT p.id, m.id FROM part.layers p JOIN main.layers m ON m.name = p.name"
    )
    # Taken is what is new, and what a detector looked at there and not, or otherwise, here. Vectors lie in
    # files of the other dataset: they stay there, and are made here when somebody asks for them.
    store.run("DROP TABLE IF EXISTS temp.wanted")
    store.run("CREATE TEMP TABLE wanted (theirs, layer, ours, our_layer, PRIMARY KEY (theirs, layer))")
    store.run("""
        INSERT INTO wanted
        SELECT m.theirs, y.theirs, m.ours, y.ours
        FROM part.coverage c
        JOIN met m ON m.theirs = c.recording
        JOIN met_layers y ON y.theirs = c.layer
        LEFT JOIN main.coverage o ON o.recording = m.ours AND o.layer = y.ours
        WHERE NOT EXISTS (SELECT 1 FROM part.vectors v WHERE v.recording = c.recording AND v.layer = c.layer)
        AND (o.recording IS NULL OR (
            (c.status, c.digest) IS NOT (o.status, o.digest) AND c.status = 'ok'
            AND EXISTS (SELECT 1 FROM part.tracks t WHERE t.recording = c.recording AND t.layer = c.layer)
            -- Versions begin with a number. What a later one found here stays.
            AND NOT EXISTS (SELECT 1 FROM part.tracks t JOIN main.tracks u ON u.recording = m.ours
                            AND u.layer = y.ours WHERE t.recording = c.recording AND t.layer = c.layer
                            AND CAST(t.version AS INTEGER) < CAST(u.version AS INTEGER))
        ))
    """)
    differing = """
        SELECT y.name, count(*) FROM part.coverage c
        JOIN met m ON m.theirs = c.recording JOIN met_layers l ON l.theirs = c.layer
        JOIN main.layers y ON y.id = l.ours
        WHERE NOT EXISTS (SELECT 1 FROM wanted w WHERE w.theirs = c.recording AND w.layer = c.layer)
        AND (SELECT group_concat(onset || ' ' || offset || ' ' || label) FROM part.segments
             WHERE recording = c.recording AND layer = c.layer)
        IS NOT (SELECT group_concat(onset || ' ' || offset || ' ' || label) FROM main.segments
             WHERE recording = m.ours AND layer = l.ours)
        GROUP BY y.name ORDER BY y.name
    """
    taken.kept = {str(name): int(number) for name, number in store.rows(differing)}
    for table in ("segments", "coverage", "tracks"):
        store.run(
            f"DELETE FROM main.{table} WHERE (recording, layer) IN (SELECT ours, our_layer FROM wanted)"
        )
        columns = _columns(store, table, without=("recording", "layer"))
        store.run(
            f"INSERT INTO main.{table} (recording, layer, {columns}) "
            f"SELECT w.ours, w.our_layer, {columns} FROM part.{table} p "
            "JOIN wanted w ON w.theirs = p.recording AND w.layer = p.layer"
        )
    # Who decodes a recording to its end knows its length.
    store.run("""
        UPDATE main.recordings SET (frames, duration, problem) = (
            SELECT p.frames, p.duration, p.problem FROM part.recordings p
            JOIN met m ON m.theirs = p.id WHERE m.ours = main.recordings.id)
        WHERE id IN (SELECT ours FROM wanted)
    """)
    store.run("DROP TABLE temp.wanted")


def _take_verdicts(store: Store, taken: Taken) -> None:
    """Take what people decided; what both have is there once, and withdrawn if it is there."""
    columns = _columns(store, "verdicts", without=("id", "recording", "other", "seen"))
    same = """
        o.recording = m.ours AND o.other IS n.ours AND o.onset = p.onset AND o.offset = p.offset
        AND o.judgement = p.judgement AND o.label = p.label AND o.reviewer = p.reviewer AND o.at = p.at
    """
    # The item that a verdict answers is named by the number of its recording, which is another one here.
    seen = "p.seen"
    for word in ("item", "beside"):
        named = f"""'"{word}": "' || %s || '-'"""
        seen = f"replace({seen}, {named % 'm.theirs'}, {named % 'm.ours'})"
    source = """
        FROM part.verdicts p JOIN met m ON m.theirs = p.recording LEFT JOIN met n ON n.theirs = p.other
    """
    store.run(f"""
        UPDATE main.verdicts AS o SET withdrawn = (SELECT p.withdrawn {source} WHERE {same})
        WHERE withdrawn IS NULL AND EXISTS (SELECT 1 {source} WHERE {same} AND p.withdrawn IS NOT NULL)
    """)
    before = store.value("SELECT count(*) FROM main.verdicts")
    store.run(f"""
        INSERT INTO main.verdicts (recording, other, seen, {columns})
        SELECT m.ours, n.ours, {seen}, {", ".join(f"p.{name}" for name in columns.split(", "))} {source}
        WHERE (p.other IS NULL OR n.ours IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM main.verdicts o WHERE {same}) ORDER BY p.id
    """)
    taken.verdicts = store.value("SELECT count(*) FROM main.verdicts") - before
    # What a known recording is called follows from the verdicts of both (`settle`).
    for table in ("labels", "given_labels"):
        _take_table(store, table, "m.is_new")


def _take_cuts(store: Store, taken: Taken) -> None:
    """Take cuts: of new recordings all, of others those of the steps that ran there.

    Where only people decided there, the cuts here stay: the verdicts that came along change them.
    """
    ran = [
        str(name) for (name,) in store.rows("SELECT DISTINCT command FROM part.runs WHERE outcome = 'done'")
    ]
    steps = """
        SELECT step FROM (SELECT step FROM part.cuts UNION SELECT step FROM main.cuts)
        WHERE step IN (SELECT command FROM part.runs WHERE outcome = 'done')
        OR step IN (SELECT w.value FROM part.runs r, json_each(r.parameters, '$.what') w
                    WHERE r.command = 'undo' AND r.outcome = 'done')
        OR (step IN (SELECT step FROM part.settings) AND step NOT IN (SELECT step FROM main.settings))
    """
    decided = [str(step) for (step,) in store.rows(steps) if step not in OF_THE_SET]
    taken.again = [name for name in IN_ORDER if name in ran]
    names = ", ".join(f"'{step}'" for step in decided)
    set_names = ", ".join(f"'{step}'" for step in OF_THE_SET)
    for table in ("cuts", "given_cuts"):
        store.run(f"DELETE FROM main.{table} WHERE step IN ({names}) AND recording IN (SELECT ours FROM met)")
        _take_table(store, table, f"step IN ({names}) OR (m.is_new AND step NOT IN ({set_names}))")
    # Standing choices of steps that decide by recording; where both have one, that of the latest counts.
    store.run(
        "INSERT OR REPLACE INTO main.settings SELECT step, parameters FROM part.settings "
        f"WHERE step IN ({names}) "
        f"OR step NOT IN ({set_names}) AND step NOT IN (SELECT step FROM main.settings)"
    )


def _take_copies(store: Store, folder: Path, source: Path, taken: Taken) -> None:
    """Bring clean copies of recordings along that have none here, where their place is free."""
    sql = """
        SELECT p.recording, m.ours, p.path FROM part.copies p JOIN met m ON m.theirs = p.recording
        WHERE p.digest IS NOT NULL AND p.path NOT IN (SELECT path FROM main.copies)
        AND m.ours NOT IN (SELECT recording FROM main.copies)
        AND p.path NOT IN (SELECT path FROM main.old_copies) ORDER BY m.ours
    """
    columns = _columns(store, "copies", without=("recording",))
    pieces = _columns(store, "pieces", without=("recording",))
    # A list first: each copy that is taken changes the tables that the query reads.
    for theirs, ours, path in list(store.rows(sql)):
        if not (source / path).is_file() or os.path.lexists(folder / path):
            continue
        _second_name(source / path, folder / path)
        for table, cells in (("copies", columns), ("pieces", pieces)):
            store.run(
                f"INSERT INTO main.{table} (recording, {cells}) "
                f"SELECT ?, {cells} FROM part.{table} WHERE recording = ?",
                (ours, theirs),
            )
        taken.copies += 1


def _take_rest(store: Store, taken: Taken) -> None:
    """Take taxa, what recorders said, where recordings come from, answers of archives, and other sets."""
    gaps = TAXON
    for name in gaps:
        taken.taxa += store.rows(
            f"SELECT label, t.{name}, o.{name} FROM part.taxa t JOIN main.taxa o USING (label) "
            f"WHERE t.{name} <> '' AND o.{name} <> '' AND t.{name} <> o.{name} ORDER BY label"
        )
    filled = ", ".join(f"{name} = iif({name} = '', excluded.{name}, {name})" for name in gaps)
    store.run(
        "INSERT INTO main.taxa SELECT * FROM part.taxa WHERE label IN (SELECT label FROM main.labels) "
        f"ON CONFLICT (label) DO UPDATE SET {filled}"
    )
    store.run(
        "INSERT OR IGNORE INTO main.sources (archive, archive_id, recording, url) "
        "SELECT p.archive, p.archive_id, m.ours, p.url FROM part.sources p "
        "JOIN met m ON m.theirs = p.recording"
    )
    _take_table(store, "recorders")
    for table, key in (("answers", ("id",)), ("misses", ())):
        columns = _columns(store, table, without=key)
        store.run(f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM part.{table}")
    columns = _columns(store, "outsiders", without=("id",))
    store.run(
        f"INSERT INTO main.outsiders ({columns}) SELECT {columns} FROM part.outsiders p WHERE NOT EXISTS ("
        "SELECT 1 FROM main.outsiders o WHERE (o.place, o.name, o.recording_id, o.sha256, o.duration) = "
        "(p.place, p.name, p.recording_id, p.sha256, p.duration))"
    )
    # Folds and weights that came with a table; those that `split` and `upsample` gave count in their set.
    if not set(taken.again) & {"split", "upsample"}:
        _take_table(store, "assignments", "m.is_new")


def _take_table(store: Store, table: str, where: str = "true") -> None:
    """Take rows of a table that are about recordings. What stands here of the same stays."""
    columns = _columns(store, table, without=("recording",))
    store.run(
        f"INSERT OR IGNORE INTO main.{table} (recording, {columns}) SELECT m.ours, {columns} "
        f"FROM part.{table} p JOIN met m ON m.theirs = p.recording WHERE {where}"
    )


def _columns(store: Store, table: str, *, without: tuple[str, ...]) -> str:
    names = (name for (name,) in store.rows("SELECT name FROM pragma_table_info(?)", (table,)))
    return ", ".join(f'"{name}"' for name in names if name not in without)


def _second_name(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be; whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(target.name + ".part")
        shutil.copyfile(source, part)
        part.replace(target)
