"""The SQLite file: transactions, versions, and errors that a person can act on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from curate.catalogue import cuts
from curate.catalogue.schema import BOOKKEEPING, MIGRATIONS, TABLES, migrate
from curate.catalogue.store import Store
from curate.errors import CatalogueBusy, CatalogueError, CatalogueTooNew, NotInCatalogue


@pytest.fixture
def file(tmp_path):
    return tmp_path / "curate.db"


def test_a_new_file_has_every_table(file):
    store = Store(file, write=True)
    names = {row[0] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {*TABLES, *BOOKKEEPING}
    assert store.value("PRAGMA user_version") == len(MIGRATIONS)
    store.close()


def test_an_interrupted_transaction_leaves_nothing(file):
    store = Store(file, write=True)

    def half() -> None:
        with store.transaction():
            store.run("INSERT INTO taxa (label) VALUES ('owl')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert store.value("SELECT count(*) FROM taxa") == 0
    store.close()


def test_what_sqlite_rolled_back_by_itself_is_told_in_our_words(file):
    """As it does where the disk fails; the words about a second rollback must not hide why."""
    store = Store(file, write=True)
    store.run("INSERT INTO taxa (label) VALUES ('owl')")

    def twice() -> None:
        with store.transaction():
            store.run("INSERT INTO taxa (label) VALUES ('frog')")
            store.run("INSERT OR ROLLBACK INTO taxa (label) VALUES ('owl')")

    with pytest.raises(CatalogueError, match="UNIQUE"):
        twice()
    with store.transaction():
        store.run("INSERT INTO taxa (label) VALUES ('fly')")
    assert [row[0] for row in store.rows("SELECT label FROM taxa ORDER BY 1")] == ["fly", "owl"]
    store.close()


def test_a_commit_that_fails_leaves_nothing(file):
    store = Store(file, write=True)

    def orphan() -> None:
        with store.transaction():
            store.run("PRAGMA defer_foreign_keys = ON")
            store.run("INSERT INTO labels (recording, ordinal, label, role) VALUES (9, 0, 'owl', 'primary')")

    with pytest.raises(CatalogueError, match="FOREIGN KEY"):
        orphan()
    with store.transaction():
        store.run("INSERT INTO taxa (label) VALUES ('fly')")
    assert store.value("SELECT count(*) FROM labels") == 0
    store.close()


def test_a_catalogue_is_read_on_a_full_disk(file):
    store = Store(file, write=True)
    store.run("INSERT INTO taxa (label) VALUES ('owl')")
    store.close()
    script = (
        "import pathlib, resource, sys\n"
        "from curate.catalogue.store import Store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "print(Store(pathlib.Path(sys.argv[1])).value('SELECT label FROM taxa'))\n"
    )
    command = [sys.executable, "-c", script, str(file)]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("owl\n", "")


def test_what_goes_wrong_between_two_rows_is_told_in_our_words(file):
    store = Store(file, write=True)
    sql = "SELECT json(column1) FROM (VALUES ('1'), ('2'), ('{'))"
    for rows in (store.rows(sql), store.table(sql)[1]):
        with pytest.raises(CatalogueError, match="malformed"):
            list(rows)
    store.close()


def test_a_snapshot_shows_one_state_while_another_writes(file):
    writer = Store(file, write=True)
    reader = Store(file)
    with reader.snapshot():
        assert reader.value("SELECT count(*) FROM taxa") == 0
        writer.run("INSERT INTO taxa (label) VALUES ('owl')")
        assert reader.value("SELECT count(*) FROM taxa") == 0
    assert reader.value("SELECT count(*) FROM taxa") == 1
    reader.close()
    writer.close()


def test_a_catalogue_of_an_earlier_version_is_told_and_brought_up_to_date_by_who_writes(file):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[0])
        connection.execute("INSERT INTO taxa (label) VALUES ('owl')")
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(CatalogueError, match="earlier version") as caught:
        Store(file)
    assert "brings it up to date" in caught.value.hint
    Store(file, write=True).close()
    reader = Store(file)
    assert reader.value("SELECT count(*) FROM taxa") == 1
    assert reader.value("PRAGMA user_version") == len(MIGRATIONS)
    reader.close()


def test_verdicts_of_an_earlier_version_stand_as_they_were(file):
    insert = (
        "INSERT INTO verdicts (id, recording, onset, offset, judgement, reviewer, at, withdrawn) "
        "VALUES (?, 1, 0.5, 2, ?, 'ana', '2026-01-01', ?)"
    )
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for script in MIGRATIONS[:4]:
            migrate(connection, script)
        connection.execute(
            "INSERT INTO recordings (id, archive, archive_id, path, status) VALUES (1, '', '', '', 'ok')"
        )
        connection.execute(insert, (3, "keep", None))
        connection.execute(insert, (7, "cut", "2026-01-02"))
        connection.execute("PRAGMA user_version = 4")
    store = Store(file, write=True)
    columns = "id, onset, offset, judgement, reviewer, withdrawn"
    assert list(store.rows(f"SELECT {columns} FROM verdicts ORDER BY id")) == [
        (3, 0.5, 2.0, "keep", "ana", None),
        (7, 0.5, 2.0, "cut", "ana", "2026-01-02"),
    ]
    assert store.run(insert, (None, "relabel", None)) == 8
    store.close()


def test_cuts_of_an_earlier_version_are_counted_by_their_reason_and_read_as_before(file):
    insert = "INSERT INTO cuts VALUES (1, ?, 0, 0, 2, 'flag', ?, NULL, 'p')"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for script in MIGRATIONS[:8]:
            migrate(connection, script)
        connection.execute(
            "INSERT INTO recordings (id, archive, archive_id, path, status) VALUES (1, '', '', '', 'ok')"
        )
        connection.execute(insert, ("strip-voice", "voice; without it 2.0 s would be left; less than 5 s"))
        connection.execute(insert, ("trim", "silence"))
        connection.execute("PRAGMA user_version = 8")
    store = Store(file, write=True)
    (voice,), (silence,) = (made for _, made in cuts.by_step(store, 1))
    assert (voice.reason, silence.reason) == ("voice", "silence")
    assert voice.words == "voice; without it 2.0 s would be left; less than 5 s"
    assert silence.words == "silence"
    store.close()


def test_a_missing_dataset_is_told_with_the_next_step(file):
    with pytest.raises(NotInCatalogue, match="no dataset in") as caught:
        Store(file)
    assert "curate import" in caught.value.hint
    assert not file.exists()


def test_a_file_of_a_later_version_is_refused(file):
    Store(file, write=True).close()
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    for write in (False, True):
        with pytest.raises(CatalogueTooNew, match="later version"):
            Store(file, write=write)


def test_something_else_is_not_taken_for_a_catalogue(file):
    file.write_text("label,path\n" * 1000)
    with pytest.raises(CatalogueError, match="damaged or no catalogue"):
        Store(file)
    file.write_bytes(b"")
    with pytest.raises(CatalogueError, match="not a catalogue"):
        Store(file)


def test_a_file_locked_by_another_program_is_told(file):
    store = Store(file, write=True)
    store.run("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CatalogueBusy, match="locked by another program"):
        store.run("INSERT INTO taxa (label) VALUES ('owl')")
    other.execute("ROLLBACK")
    other.close()
    store.run("INSERT INTO taxa (label) VALUES ('owl')")
    store.close()


def test_deleting_a_recording_deletes_what_hangs_on_it(file):
    store = Store(file, write=True)
    store.run(
        "INSERT INTO recordings (archive, archive_id, path, status) VALUES ('local', 'a', 'a.wav', 'ok')"
    )
    store.run("INSERT INTO labels VALUES (1, 0, 'owl', 'primary')")
    store.run("DELETE FROM recordings")
    assert store.value("SELECT count(*) FROM labels") == 0
    store.close()


def test_who_may_only_read_is_seen_by_who_writes(file, monkeypatch):
    """On a shared disk others go on writing: without its lock, a reader would see halves of two states."""
    monkeypatch.setattr("curate.catalogue.store.is_local", lambda _folder: False)
    Store(file, write=True).close()
    monkeypatch.setattr("curate.catalogue.store._may_change", lambda _path: False)
    reader = Store(file)
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as writer, reader.snapshot():
        assert reader.value("SELECT count(*) FROM taxa") == 0
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO taxa (label) VALUES ('owl')")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.execute("COMMIT")
        assert reader.value("SELECT count(*) FROM taxa") == 0
    reader.close()


READ_ONLY = """
import os, sys, urllib.parse  # which pathlib loads late, when a home of root's is closed to us
from curate.catalogue.store import Store
if os.getuid() == 0:
    try:
        os.setgid(65534)
        os.setuid(65534)
    except OSError:
        sys.exit(77)
store = Store(__import__("pathlib").Path(sys.argv[1]))
print(store.value("SELECT count(*) FROM taxa"))
"""


@pytest.mark.parametrize("local", [True, False])
def test_a_catalogue_in_a_folder_of_somebody_else_is_read(local, monkeypatch):
    monkeypatch.setattr("curate.catalogue.store.is_local", lambda _folder: local)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        store = Store(Path(folder, "curate.db"), write=True)
        store.run("INSERT INTO taxa (label) VALUES ('owl')")
        store.close()
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(Path(folder, "curate.db"))],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
        Path(folder).chmod(0o755)
    if done.returncode == 77:
        pytest.skip("cannot become a user without permission here")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_transaction_that_was_killed_is_not_read_where_it_cannot_be_taken_back(file, monkeypatch):
    monkeypatch.setattr("curate.catalogue.store.is_local", lambda _folder: False)
    Store(file, write=True).close()
    kill = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN')\n"
        "c.executemany('INSERT INTO taxa (label) VALUES (?)', ((str(n) * 100,) for n in range(2000)))\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", kill, file], check=True)
    assert file.with_name("curate.db-journal").stat().st_size > 0
    before = file.read_bytes()
    monkeypatch.setattr("curate.catalogue.store._may_change", lambda _path: False)
    with pytest.raises(CatalogueError), closing(Store(file)) as store:
        store.value("SELECT count(*) FROM taxa")
    assert file.read_bytes() == before
    monkeypatch.undo()
    with closing(Store(file)) as store:
        assert store.value("SELECT count(*) FROM taxa") == 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("write", [False, True])
def test_a_file_that_is_refused_is_not_kept_open(file, write):
    Store(file, write=True).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(CatalogueTooNew) as caught:
        Store(file, write=write)
    assert caught.tb is not None  # which holds the failed attempt, and with it what it had opened
    assert not [link for link in Path("/proc/self/fd").iterdir() if os.path.realpath(link) == str(file)]
