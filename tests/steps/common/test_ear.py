"""One pass at the import gives what importing first and listening later gives."""

from __future__ import annotations

import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.detectors.detect_file import default_settings
from curate.engine.bundles import bundles
from curate.engine.open import open_engine
from curate.model import Row
from curate.steps.acquire.import_ import import_
from curate.steps.clean.scan import scan
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.common.detect import run_detectors
from curate.steps.common.ear import Ear
from tests import signals
from tests.datasets import state, write_tone
from tests.engines import in_a_thread, thread_engine
from tests.workers import KillerDetector


@pytest.fixture
def audio(tmp_path):
    """Recordings of several kinds: whole and damaged, of one and two channels, too low a rate, no sound."""
    folder = tmp_path / "audio"
    for number in range(3):
        write_tone(folder / "owl" / f"{number}.wav", seconds=2 + number, freq=1000 + 500 * number)
    write_tone(folder / "owl" / "low.wav", sr=500, freq=100)
    y = signals.noise(sr=32000, seconds=6, channels=2)
    for name, options in (("a.flac", {}), ("b.mp3", {}), ("c.ogg", {}), ("cut.wav", {}), ("hole.flac", {})):
        path = folder / "frog" / name
        path.parent.mkdir(exist_ok=True)
        sf.write(path, y.T * 0.1, 32000, **options)
    data = bytearray((folder / "frog" / "hole.flac").read_bytes())
    data[len(data) // 2] ^= 4
    (folder / "frog" / "hole.flac").write_bytes(data)
    whole = (folder / "frog" / "cut.wav").read_bytes()
    (folder / "frog" / "cut.wav").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "frog" / "none.wav").write_bytes(b"no sound")
    return folder


def named(found):
    """All rows, with the names of layers for their numbers: which came first may differ."""
    names = {row[0]: row[1] for row in found["tables"]["layers"][1:]}
    tables = {}
    for name, (head, *rows) in found["tables"].items():
        column = "id" if name == "layers" else "layer"
        at = head.index(column) if column in head else None
        tables[name] = sorted([names.get(x, x) if k == at else x for k, x in enumerate(row)] for row in rows)
    return tables


@pytest.mark.parametrize("step", [scan, strip_voice])
def test_a_dataset_is_the_same_whether_its_files_were_heard_at_the_import_or_later(tmp_path, audio, step):
    with in_a_thread():
        with Dataset(tmp_path / "one" / "birds") as dataset:
            at_once = step(dataset, [audio])
        with Dataset(tmp_path / "two" / "birds") as dataset:
            import_(dataset, [audio])
            later = step(dataset)
    one = state(tmp_path / "one" / "birds", tmp_path / "dump-one")
    two = state(tmp_path / "two" / "birds", tmp_path / "dump-two")
    assert named(one) == named(two)
    assert one["files"] == two["files"]
    for count in ("scanned", "failed"):
        assert getattr(at_once, count) == getattr(later, count)
    assert at_once.audio_seconds == pytest.approx(later.audio_seconds)
    assert at_once.scan_s > 0
    assert at_once.imported.failed == 1


def test_each_file_is_opened_once(tmp_path, audio, monkeypatch):
    from curate.audio.read import open_audio

    opened = []

    def counted(path, **options):
        opened.append(path)
        return open_audio(path, **options)

    monkeypatch.setattr("curate.detectors.detect_file.open_audio", counted)
    monkeypatch.setattr("curate.audio.probe.open_audio", counted)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        scan(dataset, [audio], detectors=["silence"])
    assert len(opened) == len(set(opened)) == 10


def test_a_recording_that_kills_who_listens_is_registered_all_the_same(tmp_path):
    for number in range(5):
        rate = KillerDetector.DEADLY if number == 2 else 16000
        write_tone(tmp_path / "audio" / f"{number}.wav", sr=rate)
    wanted = {"tests.workers:KillerDetector": {}}
    with Dataset(tmp_path / "birds") as dataset, open_engine("local", jobs=1) as workers:
        ear = Ear.for_new(dataset, wanted, device="cpu")
        assert ear is not None
        assert import_(dataset, [tmp_path / "audio"], engine=workers, ear=ear).failed == 0
        assert (ear.counts.scanned, ear.counts.failed) == (4, 0)
        with dataset.writing("test", {}):
            covered = run_detectors(dataset, wanted, workers=workers, device="cpu", heard=ear.counts)
        assert (covered.scanned, covered.failed) == (4, 1)


def test_what_several_programs_looked_at_is_heard_once(tmp_path, audio):
    path = str(audio / "owl" / "0.wav")
    rows = [Row("", path, annotations=()) for _ in range(2)] + [Row("", str(audio / "frog" / "a.flac"))]
    ear = Ear.for_new(Dataset(tmp_path / "birds"), {"silence": default_settings("silence")})
    with thread_engine() as workers:
        opened = list(ear.open(workers, rows))
    assert [outcome.item for outcome in opened] == rows
    assert [outcome.result.found is not None for outcome in opened] == [True, False, True]
    assert opened[0].result.facts == opened[1].result.facts


def test_nobody_listens_at_the_import_where_some_may_be_known_or_only_some_are_wanted(tmp_path, audio):
    wanted = {"silence": default_settings("silence")}
    dataset = Dataset(tmp_path / "birds")
    assert Ear.for_new(dataset, wanted) is not None
    assert Ear.for_new(dataset, {}) is None
    assert Ear.for_new(dataset, wanted, limit=3) is None
    with in_a_thread(), dataset:
        import_(dataset, [audio])
        assert Ear.for_new(dataset, wanted) is None


class Listing:
    """Notes how many files would be sent to a worker at a time."""

    def __init__(self, workers):
        self.workers, self.sent = workers, []

    def expect(self, names):
        pass

    def map_together(self, _task, _finish, items, *, size, **_):
        self.sent = [len(bundle) for bundle in bundles(items, size)]
        return iter(())

    def map(self, *_, **__):
        return iter(())


@pytest.mark.parametrize("workers", [1, 8])
def test_bundles_grow_with_what_was_given_out_and_nobody_waits_long_for_the_last(workers):
    engine = Listing(workers)
    list(Ear({"speech": {}}).open(engine, (Row(f"gone/{number}.wav") for number in range(6000))))
    *sent, last = engine.sent
    assert sent[: 8 * workers] == [16] * 8 * workers
    assert sent == sorted(sent)
    assert last <= 6000 / 16 / workers
    assert sum(sent) + last == 6000
    assert max(sent) == (64 if workers == 1 else sent[-1])
    assert all(one <= max(16, sum(sent[: at + 1]) / 16 / workers + 1) for at, one in enumerate(sent))
