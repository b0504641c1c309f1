"""Each queue asks about what it is named after."""

from __future__ import annotations

import pytest

from curate.catalogue import cuts as ledger
from curate.catalogue import layers, reviewing
from curate.catalogue.dataset import Dataset
from curate.decisions.voice_cuts import withheld
from curate.errors import UsageError
from curate.model import Cut, Segment
from curate.steps.common.settle_verdicts import settle
from curate.web import queues
from curate.web.review_session import Decision, ReviewSession
from tests.archive import dataset_of, row


def of(folder, queue, n=300, reviewer="ana"):
    with Dataset(folder) as birds:
        return queues.items(birds.store, queue, n=n, reviewer=reviewer)


def answer(folder, queue, item, reviewer, judgement):
    desk = ReviewSession(folder, queue, [item], settle=settle)
    desk.decide([Decision(item.key, reviewer, judgement, item.onset, item.offset)])


def test_an_unknown_queue_is_told_with_the_nearest(folder):
    with pytest.raises(UsageError) as error:
        of(folder, "qualty")
    assert "'quality'" in error.value.hint


def test_queues_stand_in_alphabetical_order():
    assert list(queues.QUEUES) == sorted(queues.QUEUES) == list(queues.QUESTIONS)


def test_every_voice_is_asked_about_and_the_flagged_one_first(folder):
    items = of(folder, "doubtful-speech")
    assert items[0].why.endswith("flagged")
    with Dataset(folder) as birds:
        for recording, onset, offset, *_ in reviewing.found(birds.store, ["speech"]):
            assert any(
                item.recording == recording and item.onset <= onset and offset <= item.offset
                for item in items
            )
    assert of(folder, "doubtful-speech", n=3) == items[:3]


def test_what_i_decided_is_not_asked_again_and_what_others_decided_comes_last(folder):
    first, second, *rest = of(folder, "doubtful-speech")
    answer(folder, "doubtful-speech", first, "ana", "keep")
    assert of(folder, "doubtful-speech", reviewer="ana") == [second, *rest]
    assert of(folder, "doubtful-speech", reviewer="ben")[:-1] == [second, *rest]
    assert of(folder, "doubtful-speech", reviewer="ben")[-1].key == first.key


def test_quality_and_labels_ask_about_what_machines_doubt(folder):
    assert of(folder, "quality") == []
    with Dataset(folder) as birds, birds.noting() as store:
        number = layers.define(store, "hum", producer="hum", version="1", parameters={})
        layers.put(store, 3, number, [Segment(1.0, 2.0, "50 Hz", 0.6)], digest="x")
        ledger.replace(store, 2, "trim", [Cut(0.0, 1.0, "flag", "clipping", None, "trim/clipping")])
        ledger.replace(store, 4, "dedupe", [Cut(0.0, 9.0, "flag", "duplicate; also called toad", None, "x")])
    first, second = of(folder, "quality")
    assert (first.recording, first.onset, first.offset, first.why) == (2, 0.0, 1.0, "clipping")
    assert (second.recording, second.onset, second.offset, second.why) == (3, 1.0, 2.0, "hum: 50 Hz 0.60")
    assert "duplicate; also called toad" in {item.why for item in of(folder, "labels")}


def test_rare_classes_are_heard_as_a_whole_and_the_rarest_first(tmp_path):
    rows = (
        [row(n, "owl") for n in range(queues.RARE)]
        + [row(90 + n, "frog") for n in range(3)]
        + [row(99, "cat")]
    )
    with dataset_of(tmp_path / "birds", rows):
        pass
    items = of(tmp_path / "birds", "rare-classes")
    assert [item.why for item in items] == ["the only recording of cat"] + ["one of 3 recordings of frog"] * 3
    assert {(item.onset, item.offset) for item in items} == {(0.0, 30.0)}


def test_labels_asks_about_none_and_about_others(tmp_path):
    with (
        dataset_of(tmp_path / "birds", [row(0, "owl"), row(1, ""), row(2, "frog")]) as birds,
        birds.noting() as store,
    ):
        store.run("INSERT INTO more_labels (recording, label) VALUES (3, 'toad')")
    assert {item.why for item in of(tmp_path / "birds", "labels")} == {
        "has no label",
        "called toad elsewhere",
    }


def test_duplicates_asks_about_the_later_of_two_and_first_where_it_is_least_sure(tmp_path):
    with dataset_of(tmp_path / "birds", [row(n) for n in range(5)]) as birds, birds.noting() as store:
        store.many(
            "INSERT INTO matches (recording, other, ordinal, kind, onset, offset, other_onset, other_offset, "
            "score) VALUES (1, ?, 0, ?, 1, 4, 11, 14, ?)",
            [(2, "sound", 1000.0), (3, "sound", 25.0), (4, "bytes", None), (5, "metadata", None)],
        )
    told, unsure, sure, certain = sorted(
        of(tmp_path / "birds", "duplicates"), key=lambda item: (-item.worth, -item.recording)
    )
    assert [each.recording for each in (told, unsure, sure, certain)] == [5, 3, 2, 4]
    assert (sure.onset, sure.offset, sure.why) == (11.0, 14.0, "same sound as xeno-canto:0: 0.98")
    assert (unsure.score, certain.score, told.score) == (0.5, 1.0, None)


def test_disagreements_are_asked_again(folder):
    first, second, *_ = of(folder, "doubtful-speech")
    for item, words in ((first, ("cut", "keep")), (second, ("drop", "cut"))):
        for reviewer, judgement in zip(("ana", "ben"), words, strict=True):
            answer(folder, "doubtful-speech", item, reviewer, judgement)
    (item,) = of(folder, "disagreements")
    assert (item.key, item.why) == (first.key, "ana: cut, ben: keep")


def test_a_sample_is_of_what_is_kept_of_labelled_recordings(folder):
    items = of(folder, "sample", n=8)
    assert len({item.recording for item in items}) == 8
    with Dataset(folder) as birds:
        for item in items:
            for low, high in withheld(reviewing.cuts(birds.store, item.recording)):
                assert item.offset <= low + 1e-3 or high <= item.onset + 1e-3


def test_a_sample_holds_no_piece_that_is_too_short_to_go_out(tmp_path):
    with dataset_of(tmp_path / "birds", [row(0), row(1), row(2)]) as birds:
        number, *_ = reviewing.lengths(birds.store)
        seconds = number[1]
        everything = Cut(0.02, seconds, "excise", "voice", 0.9, "strip-voice/1")  # 20 ms are left of it
        beside = [
            Cut(1.0, 5.0, "excise", "voice", 0.9, "strip-voice/1"),
            Cut(5.02, seconds, "mute", "voice", 0.9, "strip-voice/1"),
        ]
        with birds.noting() as store:
            ledger.replace(store, 1, "strip-voice", [everything])
            ledger.replace(store, 2, "strip-voice", beside)
        items = queues.items(birds.store, "sample", n=8, reviewer="ana")
        assert sorted(item.recording for item in items) == [2, 3]
        (cut,) = (item for item in items if item.recording == 2)
        assert (cut.onset, cut.offset) == (0.0, 1.0)


def test_the_twins_of_a_stretch_are_those_that_hold_it_seen_from_either_side(tmp_path):
    with dataset_of(tmp_path / "birds", [row(0), row(1, "frog"), row(2)]) as birds:
        with birds.noting() as store:
            store.many(
                "INSERT INTO matches (recording, other, ordinal, kind, onset, offset, other_onset, "
                "other_offset, score) VALUES (?, ?, ?, 'sound', ?, ?, ?, ?, ?)",
                [(1, 2, 0, 1, 4, 11, 14, 0.8), (1, 2, 1, 20, 22, 25, 27, 0.9), (2, 3, 0, 12, 13, 0, 1, 0.9)],
            )
        (one,) = reviewing.twins(birds.store, 1, 0.0, 5.0, limit=5)
        assert (one.number, one.label, one.onset, one.offset, one.there) == (2, "frog", 1.0, 4.0, 11.0)
        third, first = reviewing.twins(birds.store, 2, 11.0, 14.0, limit=5)
        assert (first.number, first.onset, first.there) == (1, 11.0, 1.0)
        assert (third.number, third.onset, third.there) == (3, 12.0, 0.0)
        assert len(reviewing.twins(birds.store, 2, 0.0, 30.0, limit=2)) == 2
        assert reviewing.twins(birds.store, 3, 5.0, 9.0, limit=5) == []


def test_what_another_step_takes_away_anyway_is_not_asked_about(folder):
    first, second, *rest = of(folder, "doubtful-speech")
    assert first.recording != second.recording
    with Dataset(folder) as birds, birds.noting() as store:
        silence = Cut(first.onset - 0.1, first.offset + 0.1, "excise", "silence", None, "silence/1")
        ledger.replace(store, first.recording, "trim", [silence])
        part = Cut(second.onset, second.offset - 0.5, "excise", "silence", None, "silence/1")
        ledger.replace(store, second.recording, "trim", [part])
    asked = {item.recording for item in of(folder, "doubtful-speech")}
    assert asked == {item.recording for item in (second, *rest)}
    with Dataset(folder) as birds, birds.noting() as store:
        same = Cut(0.0, 99.0, "drop", "the same as another", None, "dedupe/1")
        ledger.replace(store, second.recording, "dedupe", [same])
    left = of(folder, "doubtful-speech")
    assert left
    assert not {item.recording for item in left} & {first.recording, second.recording}


def test_of_a_recording_that_a_person_dropped_nothing_more_is_asked_but_the_drop_itself_of_others(folder):
    items = of(folder, "doubtful-speech")
    with Dataset(folder) as birds, birds.noting() as store:  # one more candidate in the same recording
        layer = store.value("SELECT id FROM layers WHERE name = 'speech'")
        store.run(
            "INSERT INTO segments (recording, layer, ordinal, onset, offset, label, score) "
            "VALUES (?, ?, 99, ?, ?, 'speech', 0.7)",
            (items[-1].recording, layer, items[-1].offset + 2, items[-1].offset + 3),
        )
    asked = of(folder, "doubtful-speech")
    assert len(asked) == len(items) + 1
    one, other = (item for item in asked if item.recording == items[-1].recording)
    desk = ReviewSession(folder, "doubtful-speech", asked, settle=settle)
    desk.decide([Decision(one.key, "ana", "drop", one.onset, one.offset)])
    for who in ("ana", "ben"):
        keys = [key for key, _ in desk.queue_of(who)]
        assert one.key in keys
        assert other.key not in keys
    assert one.key in [item.key for item in of(folder, "doubtful-speech", reviewer="ben")]
    assert other.key not in [item.key for item in of(folder, "doubtful-speech", reviewer="ben")]
    desk.undo("ana", desk.latest("ana"))
    assert {one.key, other.key} <= {key for key, _ in desk.queue_of("ana")}
