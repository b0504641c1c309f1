"""Workers of a cluster: another curate is refused; those that die, join, crawl or see nothing cost little."""

from __future__ import annotations

import itertools
import logging
import os
import re
import signal
import time

import pytest

from curate.engine import worker_facts
from curate.engine.dask_workers import difference
from curate.engine.open import open_engine
from curate.errors import EngineError, WorkerDied
from tests import workers
from tests.fakes import clusters

pytestmark = pytest.mark.dask


@pytest.fixture(scope="module")
def address():
    with clusters.scheduler() as there:
        yield there


def said(caplog):
    """What curate told; dask.distributed talks, too."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("curate")]


def test_what_a_machine_runs_is_told_apart_by_bytes(tmp_path, monkeypatch):
    ours = worker_facts.facts()
    assert ours["weights"] != "none"
    assert ours["curate"] != "none"
    monkeypatch.syspath_prepend(clusters.another_curate(tmp_path))
    import sys

    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "curate"}
    for name in kept:
        monkeypatch.delitem(sys.modules, name)
    theirs = worker_facts.facts()
    said = difference(ours, theirs)
    assert said.startswith("has the code of curate ")
    assert "silero" not in said


def test_a_worker_with_another_curate_is_refused_with_the_remedy(address, tmp_path):
    other = clusters.worker(address, "other", code=clusters.another_curate(tmp_path))
    with clusters.crew(clusters.worker(address, "same"), other):
        clusters.wait_for(address, 2)
        with (
            pytest.raises(
                EngineError, match=r"Dask worker tcp://.* has the code of curate \w{12}, here"
            ) as caught,
            open_engine(f"dask:{address}"),
        ):
            pass
    assert "install the same" in caught.value.hint


def test_a_worker_without_curate_is_refused_and_not_waited_for(address, tmp_path):
    bare = clusters.worker(address, "bare")
    bare[1]["PYTHONPATH"] = str(tmp_path)
    (tmp_path / "curate.py").write_text("")  # of that name, but not ours
    with clusters.crew(bare):
        clusters.wait_for(address, 1)
        with pytest.raises(EngineError, match="has the code of curate none"), open_engine(f"dask:{address}"):
            pass


def test_workers_that_join_get_work_if_they_run_the_same_and_see_the_files(address, tmp_path, caplog):
    audio = tmp_path / "audio"
    audio.mkdir()
    (audio / "1.wav").write_bytes(b"sound")
    blind = clusters.without(audio)
    old = clusters.another_curate(tmp_path / "old")
    late = [clusters.worker(address, "late", WORKER="late")]
    late += [clusters.worker(address, "other", code=old, WORKER="other")]
    if blind:
        late += [clusters.worker(address, "blind", prefix=blind, WORKER="blind")]
    with clusters.crew(clusters.worker(address, "first", WORKER="first")):
        clusters.wait_for(address, 1)
        with caplog.at_level(logging.WARNING, "curate"), open_engine(f"dask:{address}") as engine:
            engine.check_paths([str(audio / "1.wav")])
            assert engine.workers == 1
            outcomes = engine.map(workers.read_bytes, itertools.repeat(str(audio / "1.wav")))
            next(outcomes)
            with clusters.crew(*late):
                clusters.wait_for(address, 1 + len(late))
                seen = {next(outcomes).result for _ in range(30)}
                while len(said(caplog)) < len(late) - 1 or len(seen) < 2:
                    seen.add(next(outcomes).result)
                seen |= {next(outcomes).result for _ in range(30)}
                assert engine.workers == 2
            # The late one is gone again; the first goes on.
            for _ in range(30):
                outcome = next(outcomes)
                assert outcome.error is None
            outcomes.close()
    assert seen == {(b"sound", "first"), (b"sound", "late")}
    told = " ".join(said(caplog))
    assert "the code of curate" in told
    assert not blind or re.search(r"cannot see .*1\.wav", told)


def test_an_item_that_kills_costs_seconds_and_no_other_item(address):
    crew = [clusters.worker(address, str(number), nanny=True) for number in range(2)]
    with clusters.crew(*crew):
        clusters.wait_for(address, 2)
        with open_engine(f"dask:{address}") as engine:
            started = time.monotonic()
            outcomes = list(engine.map(workers.square_or_die, range(200), size=lambda _: 0.1))
            took = time.monotonic() - started
    assert sorted(outcome.item for outcome in outcomes) == list(range(200))
    assert [outcome.item for outcome in outcomes if isinstance(outcome.error, WorkerDied)] == [13]
    assert all(outcome.result == outcome.item**2 for outcome in outcomes if outcome.error is None)
    assert took < 30


def test_workers_that_are_taken_away_lose_no_item(address):
    crew = [clusters.worker(address, str(number)) for number in range(3)]
    with clusters.crew(*crew) as processes:
        clusters.wait_for(address, 3)
        with open_engine(f"dask:{address}") as engine:
            results = []
            for outcome in engine.map(workers.slow_first, range(1, 400)):
                results.append(outcome)
                if len(results) in (50, 150):
                    os.kill(processes[len(results) // 100].pid, signal.SIGKILL)
    assert sorted(outcome.result for outcome in results) == list(range(1, 400))


def test_equal_items_are_each_done_and_a_failed_one_is_done_again(address, tmp_path):
    """Dask by itself runs equal calls once, and believes the first answer."""
    mark = tmp_path / "3"
    with clusters.crew(clusters.worker(address, "1")):
        clusters.wait_for(address, 1)
        with open_engine(f"dask:{address}") as engine:
            times = [outcome.result for outcome in engine.map(workers.clock, [0] * 5)]
            [failed] = engine.map(workers.read_bytes, [str(mark)])
            mark.write_bytes(b"there now")
            [again] = engine.map(workers.read_bytes, [str(mark)])
    assert len(set(times)) == 5
    assert isinstance(failed.error, FileNotFoundError)
    assert again.result[0] == b"there now"


def test_a_slow_worker_does_not_hold_the_others_up(address):
    crew = [clusters.worker(address, name, WORKER=name) for name in ("slow", "quick")]
    with clusters.crew(*crew):
        clusters.wait_for(address, 2)
        with open_engine(f"dask:{address}") as engine:
            done = [outcome.result for outcome in engine.map(workers.slow_by_name, [0.5] * 60)]
    assert done.count("slow") < 15
    assert done.count("quick") > 45
