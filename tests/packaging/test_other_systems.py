"""What Windows and macOS lack: named, guarded, and simulated here by taking it away."""

from __future__ import annotations

import ast
import os
import signal
import sys
from pathlib import Path

import filelock
import pytest

import curate
from curate.catalogue import disk_kind
from curate.engine import local
from curate.formats.files.export_folder import link_folder
from curate.net import partial_file
from curate.settings import cpu_count
from tests.datasets import write_tone
from tests.engines import in_a_thread

CODE = Path(curate.__file__).parent

#: What the standard library has on some systems only (its documentation: "Availability: Unix").
POSIX_ONLY = {
    "os": {
        "chown", "fchmod", "fork", "geteuid", "getpgid", "getuid", "kill", "killpg", "mkfifo", "nice",
        "sched_getaffinity", "setsid", "statvfs", "sync", "sysconf", "uname",
    },
    "signal": {"SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGSTOP", "SIGUSR1", "SIGUSR2", "alarm",
               "pthread_sigmask", "setitimer", "sigwait"},
}  # fmt: skip
POSIX_MODULES = {"fcntl", "grp", "posix", "pwd", "resource", "termios", "tty"}


def uses(tree):
    """Every use of what is POSIX only, with whether the function around it asks first."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            continue
        body = function.body if not isinstance(function, ast.Module) else []
        asked = {
            node.args[1].value
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hasattr"
            and isinstance(node.args[1], ast.Constant)
        }  # fmt: skip
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute) and node.attr in POSIX_ONLY.get(
                    getattr(node.value, "id", ""), ()
                ):
                    yield node.attr, node.attr in asked


def test_what_is_posix_only_is_asked_for_before_it_is_used():
    found = {}
    for path in sorted(CODE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [each.name for each in node.names] if isinstance(node, ast.Import) else
                [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )
        }  # fmt: skip
        assert imported & POSIX_MODULES == set(), path
        for name, is_asked in uses(tree):
            assert is_asked, f"{path.name}: {name}"
            found.setdefault(name, path.stem)
    assert found == {"sched_getaffinity": "settings", "pthread_sigmask": "local"}


def test_files_are_replaced_and_processes_started_in_the_way_that_every_system_and_python_has():
    """Windows renames over nothing that is there; how processes start by default differs, also by version."""
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert called not in {"os.rename", "os.renames", "os.fork", "os.forkpty"}, (
                f"{path.name}: {called}"
            )
            assert not called.startswith("multiprocessing.P"), f"{path.name}: {called} without a context"
            if called.endswith("ProcessPoolExecutor"):
                assert "mp_context" in {each.arg for each in node.keywords}, path.name


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_workers_of_other_systems_start_anew(monkeypatch, system):
    monkeypatch.setattr(local.sys, "platform", system)
    monkeypatch.setitem(sys.modules, "multiprocessing.forkserver", None)  # Windows has none
    assert local._context([]).get_start_method() == "spawn"


def test_workers_start_where_signals_cannot_be_held(monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    with local._interrupts_held():
        pass


def test_cores_are_counted_where_affinity_is_unknown(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cpu_count(tmp_path) == os.cpu_count()


def test_no_folder_is_opened_where_the_system_opens_none(monkeypatch, tmp_path):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(partial_file.os, "open", refused)
    with pytest.raises(PermissionError):
        partial_file.put_on_disk(tmp_path)
    monkeypatch.setattr(partial_file.os, "name", "nt")
    partial_file.put_on_disk(os.fspath(tmp_path))


@pytest.mark.parametrize("hard", [True, False])
def test_an_export_without_symbolic_links_holds_hard_links_or_copies(monkeypatch, tmp_path, hard):
    def refused(*_, **__):
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setattr(os, "symlink", refused)
    if not hard:
        monkeypatch.setattr(os, "link", refused)
    source = write_tone(tmp_path / "raw" / "a.wav", seconds=0.1)
    with link_folder(tmp_path / "out") as place:
        place("owl/a.wav", os.fspath(source))
    made = tmp_path / "out" / "owl" / "a.wav"
    assert made.read_bytes() == source.read_bytes()
    assert not made.is_symlink()
    assert made.samefile(source) is hard


def test_a_dataset_works_where_disks_are_not_told_apart_and_locks_are_other_ones(monkeypatch, tmp_path):
    """macOS has no /proc, and some disks no locks but the existence of a file."""
    monkeypatch.setattr(disk_kind.is_local, "__kwdefaults__", {"mounts": tmp_path / "no" / "proc"})
    monkeypatch.setattr(filelock, "FileLock", filelock.SoftFileLock)
    write_tone(tmp_path / "data" / "owl" / "a.wav", seconds=0.5)
    with in_a_thread(), curate.Dataset(tmp_path / "birds") as birds:
        assert curate.import_(birds, tmp_path / "data").added == 1
        assert birds.store.value("PRAGMA journal_mode") == "delete"
        assert not birds.is_being_written()
        assert curate.manifest(birds, tmp_path / "train.csv").rows == 1
