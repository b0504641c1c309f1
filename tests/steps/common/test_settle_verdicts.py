"""What a person decides stands in the ledger at once, and no later run takes it back."""

from __future__ import annotations

import pandas as pd
import pytest

from curate.catalogue import cuts, verdicts
from curate.catalogue.dataset import Dataset
from curate.model import Verdict
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.common.settle_verdicts import settle
from curate.steps.export.manifest import manifest
from tests.archive import dataset_of, row
from tests.datasets import write_tone
from tests.engines import in_a_thread


@pytest.fixture
def stripped(tmp_path):
    """A dataset in which voices are cut, and the number and cuts of one such recording."""
    example(tmp_path / "audio")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "audio")
        strip_voice(birds)
        made = next(
            (number, found)
            for number, found in cuts.by_recording(birds.store)
            if [cut.action for cut in found] == ["excise"]
        )
        yield birds, *made


def judge(dataset, recording, judgement, onset, offset):
    duration = dataset.store.value("SELECT duration FROM recordings WHERE id = ?", (recording,))
    verdict = Verdict(onset, offset, judgement, "ana", "2026-01-01T00:00:00+00:00")
    with dataset.writing("review", {}), dataset.store.transaction():
        number = verdicts.add(dataset.store, recording, verdict)
        settle(dataset.store, recording, duration=duration)
    return number


def test_what_is_kept_is_cut_no_more_now_or_later(stripped):
    birds, recording, (cut,) = stripped
    judge(birds, recording, "keep", cut.onset, cut.offset)
    assert recording not in dict(cuts.by_recording(birds.store))
    with in_a_thread():
        again = strip_voice(birds, threshold=0.4)
    assert again.removed == 1
    assert recording not in dict(cuts.by_recording(birds.store))


def test_what_is_no_voice_has_no_margin_whatever_it_is(stripped):
    birds, recording, _ = stripped
    voice = "SELECT min(onset), max(offset) FROM segments WHERE recording = ? AND label = 'speech'"
    onset, offset = birds.store.one(voice, (recording,))
    with in_a_thread():
        strip_voice(birds, pad=1.0, min_keep=0.0)
        assert dict(cuts.by_recording(birds.store))[recording]
        judge(birds, recording, "keep", onset, offset)
        assert recording not in dict(cuts.by_recording(birds.store))
        strip_voice(birds, pad=1.5, min_keep=0.0)
    assert recording not in dict(cuts.by_recording(birds.store))


def test_a_voice_beside_what_a_person_keeps_is_cut_where_its_recording_was_to_be_dropped(stripped):
    birds, recording, (cut,) = stripped
    onset = 0.0 if cut.onset > 1.0 else cut.offset + 0.5
    judge(birds, recording, "keep", onset, onset + 0.5)
    with in_a_thread():
        strip_voice(birds, action="drop")
    assert [each.action for each in dict(cuts.by_recording(birds.store))[recording]] == ["excise"]


def test_a_person_s_cut_stands_beside_the_machine_s_and_is_rendered_with_it(stripped):
    birds, recording, (cut,) = stripped
    judge(birds, recording, "cut", cut.offset + 0.5, cut.offset + 1.0)
    with in_a_thread():
        again = strip_voice(birds)
    assert again.rendered == 1
    found = dict(cuts.by_recording(birds.store))[recording]
    assert [each.producer for each in found] == ["review/ana", "strip-voice/speech"]


def test_a_verdict_that_is_withdrawn_gives_the_cut_back_to_the_machine(stripped):
    birds, recording, (cut,) = stripped
    number = judge(birds, recording, "keep", cut.onset, cut.offset)
    with birds.writing("review", {}):
        verdicts.withdraw(birds.store, number, at="2026-01-02T00:00:00+00:00")
    with in_a_thread():
        strip_voice(birds)
    assert dict(cuts.by_recording(birds.store))[recording] == [cut]


# Labels.


@pytest.fixture
def named(tmp_path):
    """Six recordings of owls, two of frogs and one of nobody knows what."""
    rows = [
        *(row(n, secondary_labels=("wind",)) for n in range(6)),
        *(row(n, "frog") for n in (6, 7)),
        row(8, ""),
    ]
    with dataset_of(tmp_path / "birds", rows) as birds:
        yield birds


def name(dataset, recording, judgement, label, *, reviewer="ana"):
    verdict = Verdict(0.0, 30.0, judgement, reviewer, "2026-01-01T00:00:00+00:00", label)
    with dataset.noting() as store:
        number = verdicts.add(store, recording, verdict)
        settle(store, recording, duration=30.0)
    return number


def labels(dataset, recording):
    sql = "SELECT label, role FROM labels WHERE recording = ? ORDER BY ordinal"
    return list(dataset.store.rows(sql, (recording,)))


def test_another_class_reaches_the_manifest_the_folds_and_the_copies(named, tmp_path):
    name(named, 1, "relabel", "frog")
    name(named, 9, "relabel", "toad")
    name(named, 2, "also", "cricket")
    split(named, folds=2)
    before = {each.label: each.before for each in upsample(named, below=4).classes}
    assert before == {"frog": 3, "owl": 5, "toad": 1}
    manifest(named, tmp_path / "train.csv", audio="raw")
    table = pd.read_csv(tmp_path / "train.csv", keep_default_na=False)
    assert list(table["label"]) == ["frog", *["owl"] * 5, "frog", "frog", "toad"]
    assert list(table["secondary_labels"])[:3] == ['["wind"]', '["wind", "cricket"]', '["wind"]']


def test_undoing_gives_the_archive_s_own_labels_back(named):
    first = [name(named, number, "relabel", "toad") for number in (1, 9)]
    name(named, 1, "relabel", "newt", reviewer="ben")
    with named.noting() as store:
        for number in first:
            recording = verdicts.withdraw(store, number, at="2026-01-02")
            settle(store, recording, duration=30.0)
    assert labels(named, 1) == [("newt", "primary"), ("wind", "secondary")]
    assert labels(named, 9) == []
    assert named.store.value("SELECT count(DISTINCT recording) FROM given_labels") == 1


def test_importing_again_does_not_undo_a_label_even_where_the_archive_has_a_new_one(tmp_path):
    source = tmp_path / "data"
    write_tone(source / "owl" / "a.wav", seconds=0.5)
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, source)
        number = name(birds, 1, "relabel", "toad")
        again = import_(birds, source)
        assert (again.known, again.problems) == (1, [])
        assert labels(birds, 1) == [("toad", "primary")]
        table = source / "table.csv"
        table.write_text("path,label\nowl/a.wav,frog\n")
        assert import_(birds, table, format="csv", replace_changed=True).relabelled == 1
        assert labels(birds, 1) == [("toad", "primary")]
        with birds.noting() as store:
            verdicts.withdraw(store, number, at="2026-01-02")
            settle(store, 1, duration=0.5)
        assert labels(birds, 1) == [("frog", "primary")]
