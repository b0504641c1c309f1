"""Where a few recordings changed, steps read only their ranges, and say what a walk along all says."""

from __future__ import annotations

import random
import shutil
from dataclasses import asdict

import pytest

from curate.catalogue import assignments, counts, cuts, layers, ranges, recorders, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.voices import PROFILES
from curate.model import AudioInfo, Cut, FileFacts, RecorderFacts, Row, Segment, Verdict
from curate.steps.balance import upsample as upsample_step
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.balance.upsample_standing import counted_otherwise
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.common import trim_ledger
from curate.steps.common.cutting import voice_blocks
from curate.steps.common.detect import detector_class
from curate.steps.common.settle_verdicts import settle
from curate.steps.inspect import status as status_step
from curate.steps.inspect import status_counts
from curate.steps.inspect.status import status
from tests.fakes import ledgers

SPEECH = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(ranges, "SIZE", 10)
    monkeypatch.setattr(ranges, "FINE", 5)
    monkeypatch.setattr(ranges, "NARROW", 5)


@pytest.fixture
def read(monkeypatch):
    """The ranges that steps read."""
    found = []
    plain_voices, plain_trims = voice_blocks.Hearing.read, trim_ledger._decided

    def voices(self, block):
        found.extend(block)
        return plain_voices(self, block)

    def trims(store, block, *rest):
        found.extend(block)
        return plain_trims(store, block, *rest)

    monkeypatch.setattr(voice_blocks.Hearing, "read", voices)
    monkeypatch.setattr(trim_ledger, "_decided", trims)
    return found


def said(summary):
    left_out = ("elapsed_s", "scan_s", "realtime")
    return {name: value for name, value in asdict(summary).items() if name not in left_out}


def decided(dataset):
    return [sorted(dataset.store.every(f"SELECT * FROM {table}"), key=repr) for table in ("cuts", "settings")]


def anew(dataset, run, folder):
    """Say what a run decides about all, in a copy."""
    shutil.copytree(dataset.folder, folder)
    with Dataset(folder) as copy:
        with copy.noting() as store:
            store.run("DELETE FROM outcomes")
        summary = run(copy)
        found = said(summary), decided(copy)
    shutil.rmtree(folder)
    return found


def hear(dataset, number, segments, name="speech"):
    with dataset.noting() as store:
        layer = layers.find_number(store, name)
        digest = layers.digest(detector_class(name).version, SPEECH)
        layers.put(store, number, layer, segments, digest=digest)


def strip(dataset):
    return strip_voice(dataset, render=False)


def heads(dataset):
    return trim(dataset, render=False, first_seconds=5.0, rare_below=12, rare_first_seconds=8.0)


def change(dataset, draw, lengths):
    """Let something happen to one recording; gives its number."""
    number = draw.randrange(1, len(lengths))
    length = lengths[number] or 1.0
    span = sorted((draw.uniform(0, length), draw.uniform(0, length)))
    what = draw.randrange(5)
    if what == 0:
        hear(dataset, number, [Segment(*span, "speech", draw.choice([0.3, 0.8, 0.99]))])
    with dataset.noting() as store:
        if what == 1:
            recordings.relabel(store, number, Row(path="", label=draw.choice(["owl", "frog", "crake", ""])))
        if what == 2:
            said_of_it = Verdict(*span, draw.choice(["keep", "cut", "drop"]), "ada", "2024-05-17T00:00:00")
            verdicts.add(store, number, said_of_it)
            settle(store, number, duration=length)
        if what == 3:
            cuts.replace(store, number, "review", [Cut(*span, "excise", "cut", None, "review/ada")])
        if what == 4:
            store.run("DELETE FROM recordings WHERE id = ?", (number,))
            lengths[number] = 0.0
    return number


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("run", [strip, lambda birds: trim(birds, render=False), heads])
def test_a_few_changes_end_as_if_all_were_decided_anew(tmp_path, seed, run):
    draw = random.Random(seed)
    with Dataset(tmp_path / "birds") as birds:
        with birds.writing("test", {}), birds.store.transaction():
            lengths = ledgers.register(birds, draw, 43)
            ledgers.listen(birds, draw, lengths, ledgers.all_layers(SPEECH), quiet=0.3)
            ledgers.judge(birds, draw, lengths, 0.1)
        strip(birds)
        run(birds)
        for _ in range(4):
            for _ in range(draw.choice([1, 1, 2])):
                change(birds, draw, lengths)
            wanted = anew(birds, run, tmp_path / "copy")
            assert (said(run(birds)), decided(birds)) == wanted


def a_set(folder, labels):
    birds = Dataset(folder)
    with birds.writing("test", {}), birds.store.transaction():
        for number, label in enumerate(labels, start=1):
            info = AudioInfo(30 * ledgers.SR, ledgers.SR, 1, "ogg", "vorbis")
            row = Row(path=f"/a/{number}.ogg", label=label, archive="xeno-canto")
            recordings.add(
                birds.store,
                row,
                FileFacts(9, 9, f"{number:064x}", info),
                archive_id=str(number),
                folder=folder,
            )
        lengths = [0.0] + [30.0] * len(labels)
        ledgers.listen(birds, random.Random(1), lengths, ledgers.all_layers(SPEECH))
    for number in range(1, len(labels) + 1):
        hear(birds, number, [])
    return birds


def test_one_change_reads_one_range(tmp_path, read):
    with a_set(tmp_path / "birds", ["owl"] * 23) as birds:
        strip(birds)
        trim(birds, render=False)
        for run in (strip, lambda each: trim(each, render=False)):
            read.clear()
            run(birds)
            assert read == []
        hear(birds, 12, [Segment(4.0, 9.0, "speech", 0.99)])
        strip(birds)
        assert read == [2]
        read.clear()
        trim(birds, render=False)  # next to what was cut now
        assert read == [2]


def test_a_class_that_sounds_like_people_since_is_decided_again_wherever_it_stands(tmp_path, read):
    labels = ["owl" if number % 4 == 0 else f"other{number % 3}" for number in range(1, 49)]
    with a_set(tmp_path / "birds", labels) as birds:
        strip(birds)
        turned = []
        for number in range(4, 49, 4):
            hear(birds, number, [Segment(4.0, 5.0, "speech", 0.8)])  # doubted if owls sound like people
            read.clear()
            wanted = anew(birds, strip, tmp_path / "copy")
            read.clear()
            assert (said(strip(birds)), decided(birds)) == wanted
            turned.append(assignments.settings_of(birds.store, "strip-voice")["like_people"] != [])
            first = len(turned) > 1 and turned[-1] != turned[-2]
            assert (len(read) > 1) == first
        assert turned[0] is False
        assert turned[-1] is True


def test_a_class_that_is_rare_no_more_is_decided_again_wherever_it_stands(tmp_path, read):
    with a_set(
        tmp_path / "birds", ["owl" if number % 4 == 0 else "other" for number in range(1, 45)]
    ) as birds:
        heads(birds)
        with birds.noting() as store:
            recordings.relabel(store, 1, Row(path="", label="owl"))
        wanted = anew(birds, heads, tmp_path / "copy")
        read.clear()
        assert (said(heads(birds)), decided(birds)) == wanted
        assert sorted(read) == list(range(9))  # owls stand in each of them


def test_status_counts_only_ranges_in_which_something_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(status_step, "_LONG", 0.0)
    counted = []
    plain = counts.layers_between
    monkeypatch.setattr(
        counts, "layers_between", lambda store, *ends: (counted.append(ends), plain(store, *ends))[1]
    )
    with a_set(tmp_path / "birds", ["owl"] * 23) as birds:
        before = status(birds)
        counted.clear()
        assert said(status(birds)) == said(before)
        assert counted == []
        kind = detector_class("bandwidth")
        with birds.noting() as store:  # a layer that is newer than what is kept
            layer = layers.define(store, kind.name, producer="x", version="1", parameters={})
            layers.put(store, 12, layer, [Segment(1.0, 3.0, "narrow")], digest="d")
        found = status(birds)
        assert counted == [(11, 15)]
        (row,) = [each for each in found.layers if each["layer"] == kind.name]
        assert (row["looked_at"], row["waiting"], row["segments"], row["seconds"]) == (1, 22, 1, 2.0)
        wanted = anew(birds, status, tmp_path / "copy")[0]
        assert said(found) | {"dataset": ""} == wanted | {"dataset": ""}


def test_upsample_counts_again_only_if_cuts_leave_other_recordings(tmp_path, monkeypatch):
    def cut(birds, number, onset, offset):
        with birds.noting() as store:
            cuts.replace(store, number, "review", [Cut(onset, offset, "excise", "cut", None, "review/ada")])

    with a_set(tmp_path / "birds", ["owl"] * 16 + ["frog", "frog", "frog", "crake"] * 2) as birds:
        split(birds, folds=2, group="")
        before = upsample(birds, below=9, fold=0)
        assert before.raised
        monkeypatch.setattr(upsample_step, "_trainees", None)
        for number in (3, 17, 20):
            cut(birds, number, 1.0, 2.0)
            assert said(upsample(birds, below=9, fold=0)) == said(before)
            assert counted_otherwise(birds) == []
        monkeypatch.undo()
        shares = birds.store.every("SELECT * FROM assignments")
        for number in range(17, 25):
            cut(birds, number, 0.0, 30.0)
        assert {"crake", "frog"} <= set(counted_otherwise(birds))
        assert [each.label for each in upsample(birds, below=9, fold=0).classes] == ["owl"]
        for number in range(17, 25):
            cut(birds, number, 1.0, 2.0)
        assert said(upsample(birds, below=9, fold=0)) == said(before)
        assert birds.store.every("SELECT * FROM assignments") == shares


def test_status_adds_up_no_range_where_nothing_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(status_step, "_LONG", 0.0)
    with a_set(tmp_path / "birds", ["owl", "frog", ""] * 7) as birds:
        before = status(birds)
        monkeypatch.setattr(status_counts._Counted, "renewed", None)
        assert said(status(birds)) == said(before)
        monkeypatch.undo()
        monkeypatch.setattr(status_step, "_LONG", 0.0)
        with birds.noting() as store:
            recordings.relabel(store, 12, Row(path="", label="crake"))
        wanted = anew(birds, status, tmp_path / "copy")[0]
        assert said(status(birds)) | {"dataset": ""} == wanted | {"dataset": ""}


def test_copies_wait_once_a_recorder_tells_that_files_play_slower(tmp_path, monkeypatch):
    monkeypatch.setattr(status_step, "_LONG", 0.0)
    with a_set(tmp_path / "birds", ["bat"] * 7) as birds:
        assert status(birds).waiting_copies == 0
        with birds.noting() as store:
            told = RecorderFacts(time_expansion=10.0)
            recorders.put(store, 6, told, recorders.Start())
        assert status(birds).waiting_copies == 1
