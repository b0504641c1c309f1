"""The bounded loop over executors, and what happens when workers die."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from curate.engine.open import open_engine
from curate.errors import DecodeFailed, EngineError, UsageError, WorkerDied
from tests import workers

ENGINES = ["local", pytest.param("dask:2", marks=pytest.mark.dask)]


@pytest.fixture
def engine(request):
    if request.param.startswith("dask"):
        pytest.importorskip("distributed")
    with open_engine(request.param, jobs=2) as opened:
        yield opened


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_every_item_has_its_result_or_its_error(engine):
    outcomes = list(engine.map(workers.square, [3, -1, 5, -2]))
    assert sorted(outcome.result for outcome in outcomes if outcome.error is None) == [9, 25]
    failed = {outcome.item: outcome.error for outcome in outcomes if outcome.error is not None}
    assert failed.keys() == {-1, -2}
    assert all(isinstance(error, DecodeFailed) for error in failed.values())
    assert failed[-1].message == "-1 has no root"


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_a_worker_that_dies_costs_only_the_item_it_was_at(engine):
    outcomes = list(engine.map(workers.square_or_die, range(30)))
    assert len(outcomes) == 30
    dead = [outcome for outcome in outcomes if outcome.error is not None]
    assert [outcome.item for outcome in dead] == [13]
    assert isinstance(dead[0].error, WorkerDied)
    assert {outcome.item: outcome.result for outcome in outcomes if outcome.error is None} == {
        number: number * number for number in range(30) if number != 13
    }


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_an_error_that_cannot_travel_arrives_in_words_with_its_own_item(engine):
    outcomes = list(engine.map(workers.raise_odd_errors, range(4), ordered=True))
    assert [outcome.result for outcome in outcomes] == [0, None, None, 3]
    assert [str(outcome.error) for outcome in outcomes[1:3]] == [
        "Unpackable: no device",
        "Unreturnable: no model in here",
    ]
    assert "raise_odd_errors" in outcomes[1].error.__notes__[0]


def tenth(_item):
    return 0.1


def quarter(_item):
    return 0.25


def test_items_sent_in_bundles_keep_their_own_results_errors_and_order():
    with open_engine("local", jobs=2) as engine:
        outcomes = list(engine.map(workers.square, [*range(25), -1, *range(4)], ordered=True, size=tenth))
    assert [outcome.item for outcome in outcomes] == [*range(25), -1, *range(4)]
    assert [outcome.item for outcome in outcomes if outcome.error is not None] == [-1]
    assert all(outcome.result == outcome.item**2 for outcome in outcomes if outcome.error is None)


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_what_is_left_of_a_bundle_is_finished_together(engine):
    items = [1, -1, 2, 3, 4, 9, 5, 6, 7, 8]  # the second four cannot be finished together, for one of them
    outcomes = list(engine.map_together(workers.square, workers.in_company, items, size=quarter))
    assert {o.item: o.result for o in outcomes if o.error is None} == {
        1: (1, 3),
        2: (4, 3),
        3: (9, 3),
        4: (16, 1),
        5: (25, 1),
        6: (36, 1),
        7: (49, 2),
        8: (64, 2),
    }
    failed = {outcome.item: str(outcome.error) for outcome in outcomes if outcome.error is not None}
    assert failed.keys() == {-1, 9}
    assert "no root" in failed[-1]
    assert "no company" in failed[9]


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_who_dies_before_the_end_of_a_bundle_leaves_the_others_finished(engine):
    items = range(10, 20)
    outcomes = list(engine.map_together(workers.square_or_die, workers.in_company, items, size=quarter))
    assert [outcome.item for outcome in outcomes if isinstance(outcome.error, WorkerDied)] == [13]
    results = {outcome.item: outcome.result[0] for outcome in outcomes if outcome.error is None}
    assert results == {item: item**2 for item in items if item != 13}


def test_of_a_bundle_only_the_item_that_kills_is_lost():
    with open_engine("local", jobs=2) as engine:
        outcomes = list(engine.map(workers.square_or_die, range(60), size=tenth))
    assert sorted(outcome.item for outcome in outcomes) == list(range(60))
    assert [outcome.item for outcome in outcomes if outcome.error is not None] == [13]


def test_results_can_keep_the_order_of_the_items():
    with open_engine("local", jobs=2) as engine:
        outcomes = list(engine.map(workers.slow_first, range(10), ordered=True))
    assert [outcome.result for outcome in outcomes] == list(range(10))


def test_items_are_read_only_as_fast_as_they_are_worked_on():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    with open_engine("local", jobs=1) as engine:
        stream = engine.map(workers.square, items())
        next(stream)
        assert len(taken) < 20
        stream.close()


def test_no_items_start_no_workers():
    with open_engine("local", jobs=2) as engine:
        assert list(engine.map(workers.square, [])) == []
        assert engine._executor is None


@pytest.mark.parametrize("interrupted", [False, True])
def test_no_worker_is_left_when_an_engine_is_closed(interrupted):
    """What still closes while Python ends makes it print a traceback."""

    def work() -> None:
        with open_engine("local", jobs=2) as engine:
            list(engine.map(workers.square, range(4)))
            if interrupted:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) if interrupted else contextlib.nullcontext():
        work()
    assert multiprocessing.active_children() == []
    assert not [thread for thread in threading.enumerate() if "Executor" in type(thread).__name__]


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path):
    """A killed run must not leave processes that go on decoding."""
    note = tmp_path / "pid"
    script = (
        "import os, signal, pathlib\n"
        "from curate.engine.open import open_engine\n"
        "from tests import workers\n"
        "if __name__ == '__main__':\n"
        "    with open_engine('local', jobs=1) as engine:\n"
        "        pid = next(iter(engine.map(workers.report_pid, range(1)))).result\n"
        f"        pathlib.Path({str(note)!r}).write_text(str(pid))\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    main = tmp_path / "main.py"
    main.write_text(script)
    _run_killed(main)
    pid = int(note.read_text())
    deadline = time.monotonic() + 10
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(pid)


def test_workers_have_the_environment_of_now(monkeypatch):
    """On Linux they are forked from a process that is as old as the first engine."""
    for value in ("one", "other"):
        monkeypatch.setenv("CURATE_TRIED", value)
        with open_engine("local", jobs=1) as engine:
            told = [
                outcome.result for outcome in engine.map(workers.variable_and_module, [("CURATE_TRIED", "")])
            ]
        assert told == [(value, False)]


@pytest.mark.skipif(sys.platform != "linux", reason="workers are spawned there")
def test_what_is_expected_is_loaded_once_for_all_workers_and_from_where_the_parent_finds_it(tmp_path):
    """What cannot be loaded, or lies in the current folder only by chance, is no worker's end."""
    (tmp_path / "wave.py").write_text("raise SystemExit('of the current folder')")
    (tmp_path / "broken.py").write_text("raise OSError('no such library')")
    (tmp_path / "main.py").write_text(
        "import sys\n"
        "from curate.engine.open import open_engine\n"
        "from tests import workers\n"
        "if __name__ == '__main__':\n"
        f"    sys.path = [each for each in sys.path if each != {str(tmp_path)!r}] + [{str(tmp_path)!r}]\n"
        "    with open_engine('local', jobs=2) as engine:\n"
        "        engine.expect(['broken', 'no.such.module', 'wave'])\n"
        "        asked = [('PYTHONSAFEPATH', 'wave')] * 4\n"
        "        print([o.result for o in engine.map(workers.variable_and_module, asked)])\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "main.py"], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == str([(None, True)] * 4)
    assert done.stderr == ""


def test_a_temporary_folder_with_a_long_name_keeps_no_worker_from_starting(tmp_path):
    """A socket's path has a hundred bytes at most."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    (tmp_path / "main.py").write_text(
        "from curate.engine.open import open_engine\n"
        "from tests import workers\n"
        "if __name__ == '__main__':\n"
        "    with open_engine('local', jobs=1) as engine:\n"
        "        print([outcome.result for outcome in engine.map(workers.square, [3])])\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "TMPDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, tmp_path / "main.py"], env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[9]"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no tracker is started by us")
def test_what_ends_at_once_leaves_no_warning_of_what_python_puts_away(tmp_path):
    (tmp_path / "main.py").write_text(
        "import multiprocessing, os\n"
        "from curate.engine.open import open_engine\n"
        "from tests import workers\n"
        "if __name__ == '__main__':\n"
        "    with open_engine('local', jobs=2) as engine:\n"
        "        print([outcome.result for outcome in engine.map(workers.square, [3])], flush=True)\n"
        "        kept = multiprocessing.get_context('forkserver').Semaphore()\n"
        "        os._exit(130)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "main.py"],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "[9]\n", "")


def _run_killed(script):
    import subprocess
    import sys

    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, script], env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == -9


def _is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("spec", ["lokal", "local:3", "dask", "dask:", "dask:0", "ray:auto"])
def test_an_unknown_engine_is_told_with_those_there_are(spec):
    if spec.startswith("dask"):
        pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="unknown engine") as caught, open_engine(spec):
        pass
    assert "dask:" in caught.value.hint


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("curate.engine.dask._ANSWER_WITHIN", 1.0)
    with (
        pytest.raises(EngineError, match="Dask scheduler is unreachable"),
        open_engine("dask:tcp://127.0.0.1:9"),
    ):
        pass


def test_a_server_of_another_kind_is_no_scheduler(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("curate.engine.dask._ANSWER_WITHIN", 1.0)
    with socketserver.TCPServer(("127.0.0.1", 0), _Greeter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"dask:tcp://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(EngineError, match="Dask scheduler is unreachable"), open_engine(address):
            pass
        server.shutdown()


def test_a_server_that_says_nothing_is_not_waited_for_without_an_end(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("curate.engine.dask._ANSWER_WITHIN", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"dask:tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EngineError, match="nothing came in 1 s"), open_engine(address):
            pass


def test_a_secured_address_without_a_certificate_is_told():
    pytest.importorskip("distributed")
    answers = pytest.raises(EngineError, match="the Dask scheduler is unreachable at tls://")
    with answers, open_engine("dask:tls://127.0.0.1:9"):
        pass


class _Greeter(socketserver.BaseRequestHandler):
    """Says a line of text to whoever comes."""

    def handle(self):
        self.request.sendall(b"220 mail.example.org is ready to take your letters\r\n")


@pytest.mark.dask
def test_audio_that_a_dask_worker_cannot_see_is_told_before_work_starts(tmp_path):
    pytest.importorskip("distributed")
    seen = tmp_path / "seen.wav"
    seen.write_bytes(b"")
    with open_engine("dask:1") as engine:
        engine.check_paths([str(seen)])
        with pytest.raises(EngineError, match=r"unable to see .*unseen\.wav"):
            engine.check_paths([*[str(seen)] * 1000, str(tmp_path / "elsewhere" / "unseen.wav")])


@pytest.mark.dask
def test_a_result_that_is_lost_with_its_worker_is_not_waited_for_forever(tmp_path):
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.comm.timeouts.connect": "2s"}
    outcomes = {}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        open_engine(f"dask:{cluster.scheduler_address}") as engine,
        # Dask may leave a worker that died as it began without another; then all may be gone, which is told.
        contextlib.suppress(EngineError),
    ):
        for outcome in engine.map(workers.square_and_die_soon, [tmp_path / str(n) for n in range(8)]):
            outcomes[int(outcome.item.name)] = outcome
        assert sorted(outcomes) == list(range(8))
    for number, outcome in outcomes.items():
        assert isinstance(outcome.error, WorkerDied) or outcome.result == number**2


@pytest.mark.dask
def test_a_cluster_that_lost_all_its_workers_is_told_instead_of_waited_for(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("curate.engine.loop._LOOK_EVERY", 0.5)
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster:
        address = cluster.scheduler_address
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            address,
            "--no-nanny",
            "--no-dashboard",
        ]
        with (
            subprocess.Popen([*command, "--nthreads", "1"], stderr=subprocess.DEVNULL) as worker,
            distributed.Client(address, set_as_default=False) as client,
        ):
            client.wait_for_workers(1, timeout=120)
            with open_engine(f"dask:{address}") as engine:
                outcomes = engine.map(workers.slow, itertools.repeat(0.1, 1000))
                next(outcomes)
                worker.kill()
                with pytest.raises(EngineError, match="all workers have stopped"):
                    list(outcomes)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signals of threads")
def test_ctrl_c_that_another_thread_takes_waits_until_workers_have_started():
    from curate.engine.local import _interrupts_held

    is_time = threading.Event()

    def take():
        is_time.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    other = threading.Thread(target=take)  # begun before, so it may hear what this one does not
    other.start()
    done = []

    def start():
        with _interrupts_held():
            is_time.set()
            other.join()
            done.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]
