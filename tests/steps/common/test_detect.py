"""A detector that kills its process costs only the recordings that make it do so."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.engine.open import open_engine
from curate.steps.acquire.import_ import import_
from curate.steps.common.detect import run_detectors
from curate.steps.inspect.show import show
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.workers import KillerDetector

DETECTOR = "tests.workers:KillerDetector"


def look(dataset, engine, *, retry_failed=False):
    with dataset.writing("test", {}), open_engine(engine, jobs=2) as workers:
        return run_detectors(
            dataset,
            {DETECTOR: {}},
            workers=workers,
            device="cpu",
            retry_failed=retry_failed,
        )


@pytest.mark.parametrize("engine", ["local", pytest.param("dask:2", marks=pytest.mark.dask)])
def test_a_recording_that_kills_its_worker_is_marked_and_the_rest_is_done(tmp_path, engine):
    if engine != "local":
        pytest.importorskip("distributed")
    for number in range(12):
        rate = KillerDetector.DEADLY if number in (3, 8) else 16000
        write_tone(tmp_path / "data" / "owl" / f"{number:02d}.wav", sr=rate)
    with Dataset(tmp_path / "birds") as dataset:
        with in_a_thread():
            import_(dataset, [tmp_path / "data"])
        covered = look(dataset, engine)
        assert (covered.scanned, covered.failed) == (10, 2)
        coverage = dict(
            dataset.store.rows(
                "SELECT r.archive_id, c.reason FROM coverage c JOIN recordings r ON r.id = c.recording"
            )
        )
        assert len(coverage) == 12
        killed = {name for name, reason in coverage.items() if reason is not None}
        assert killed == {"owl/03.wav", "owl/08.wav"}
        assert "worker process died" in coverage["owl/03.wav"]
        shown = show(dataset, "segments", layer="killer")
        assert len(list(shown.rows)) == 10
        # Nothing is left to do; the same command tries the failed ones again on request.
        assert (look(dataset, engine).scanned, look(dataset, engine).failed) == (0, 0)
        assert look(dataset, engine, retry_failed=True).failed == 2
