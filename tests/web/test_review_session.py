"""Verdicts are taken down at once, and undone in their order."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from curate.catalogue import reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.errors import CatalogueBusy, NotInCatalogue, UsageError
from curate.steps.common.export_states import ExportWatch, judge
from curate.steps.common.settle_verdicts import settle
from curate.steps.export.manifest import manifest
from curate.web import queues
from curate.web.review_session import Decision, ReviewSession
from tests.archive import dataset_of, row


@pytest.fixture
def item(items):
    """A question about voices that are cut."""
    return items[1]


def of(folder, recording):
    with Dataset(folder) as birds:
        return verdicts.of_recording(birds.store, recording)


def undo(desk, reviewer):
    """Take a reviewer's latest act back, as the page does."""
    act = desk.latest(reviewer)
    return (None, {}) if act is None else desk.undo(reviewer, act)


def done_by(desk, reviewer):
    return {key: said for key, said in desk.queue_of(reviewer) if said}


def cuts(folder, recording):
    with Dataset(folder) as birds:
        return [(cut.onset, cut.offset, cut.producer) for cut in reviewing.cuts(birds.store, recording)]


def test_a_verdict_says_who_when_and_what_was_seen(folder, desk, item):
    assert desk.decide([Decision(item.key, "ana", "keep", item.onset, item.offset, "owl")])[0] == 1
    (verdict,) = of(folder, item.recording)
    assert (verdict.onset, verdict.offset, verdict.judgement) == (item.onset, item.offset, "keep")
    assert (verdict.reviewer, verdict.label) == ("ana", "owl")
    assert verdict.at.endswith("+00:00")
    seen = json.loads(verdict.seen)
    assert (seen["item"], seen["queue"], seen["layer"]) == (item.key, "doubtful-speech", "speech")
    assert seen["version"]
    assert len(seen["digest"]) == 16
    assert cuts(folder, item.recording) == []
    assert done_by(desk, "ana") == {item.key: "keep"}
    assert done_by(desk, "ben") == {}


def test_a_narrowed_border_gives_back_what_it_leaves_out(folder, desk, item):
    onset, offset = item.onset + 0.7, item.offset - 0.8
    assert desk.decide([Decision(item.key, "ana", "cut", onset, offset, "voice")])[0] == 3
    made = cuts(folder, item.recording)
    assert made == [(onset, offset, "review/ana")] or {(a, b) for a, b, _ in made} == {(onset, offset)}
    undo(desk, "ana")
    assert of(folder, item.recording) == []


def test_a_widened_border_cuts_more(folder, desk, item):
    desk.decide([Decision(item.key, "ana", "cut", item.onset - 0.2, item.offset + 0.3)])
    assert (item.onset - 0.2, item.offset + 0.3, "review/ana") in cuts(folder, item.recording)


def test_another_stretch_of_the_recording_leaves_the_question_open(folder, desk, item):
    desk.decide([Decision(item.key, "ana", "cut", 0.0, 0.2, beside=True)])
    assert done_by(desk, "ana") == {}
    assert (0.0, 0.2, "review/ana") in cuts(folder, item.recording)
    assert undo(desk, "ana")[0] == item.key


def test_a_dropped_recording_is_dropped_whole(folder, desk, item):
    desk.decide([Decision(item.key, "ana", "drop", item.onset, item.offset)])
    (verdict,) = of(folder, item.recording)
    assert (verdict.onset, verdict.offset) == (0.0, desk.recording(item.recording)[0].duration)
    assert done_by(desk, "ana") == {item.key: "cut"}


def test_undo_goes_back_as_far_as_one_likes_but_only_over_ones_own(desk, items):
    for reviewer, item in (("ana", items[0]), ("ben", items[1]), ("ana", items[2])):
        desk.decide([Decision(item.key, reviewer, "keep", item.onset, item.offset)])
    assert [undo(desk, "ana")[0] for _ in range(3)] == [items[2].key, items[0].key, None]
    assert done_by(desk, "ben") == {items[1].key: "keep"}


def test_a_verdict_about_many_is_one_act(desk, items):
    alike = desk.alike(items[1].key, "ana")
    assert items[1] in alike
    rows, _ = desk.decide([Decision(each.key, "ana", "cut", each.onset, each.offset) for each in alike])
    assert rows == len(alike)
    assert desk.alike(items[1].key, "ana") == []
    assert undo(desk, "ana")[0] in {each.key for each in alike}
    assert done_by(desk, "ana") == {}


def test_of_an_act_that_cannot_be_taken_nothing_stays(folder, desk, items):
    good = Decision(items[0].key, "ana", "keep", items[0].onset, items[0].offset)
    with pytest.raises(NotInCatalogue):
        desk.decide([good, Decision("1-2-3", "ana", "keep", 0.0, 1.0)])
    assert of(folder, items[0].recording) == []


def test_a_stretch_behind_the_end_is_refused(folder, desk, item):
    """Else to cut there would mean to keep the stretch that was asked about."""
    with pytest.raises(UsageError, match="behind the end of the recording"):
        desk.decide([Decision(item.key, "ana", "cut", 1000.0, 1001.0, "voice")])
    assert of(folder, item.recording) == []


def test_while_a_command_writes_a_verdict_is_refused_with_its_name(folder, desk, item):
    with (
        Dataset(folder) as birds,
        birds.writing("strip-voice", {}),
        pytest.raises(CatalogueBusy, match="strip-voice"),
    ):
        desk.decide([Decision(item.key, "ana", "keep", item.onset, item.offset)])
    assert of(folder, item.recording) == []


def test_a_sheet_shows_what_all_layers_say(desk, item):
    sheet = desk.sheet(item.key)
    assert any(found["onset"] == item.onset and found["layer"] == "speech" for found in sheet.segments)
    assert sheet.cuts
    assert sheet.facts.recording_id
    with pytest.raises(NotInCatalogue):
        desk.recording(10**6)


def test_names_are_completed_by_any_word_of_them(desk):
    names = desk.names("tan")
    assert any("Tanager" in means for _, means in names)
    assert desk.names("anag") == []


def test_another_class_is_a_verdict_that_is_undone_like_any_other(folder, desk, item):
    with Dataset(folder) as birds:
        before = reviewing.facts(birds.store, item.recording)
    desk.decide([Decision(item.key, "ana", "also", item.onset, item.offset, "newt", beside=True)])
    desk.decide([Decision(item.key, "ana", "relabel", item.onset, item.offset, "toad")])
    with Dataset(folder) as birds:
        facts = reviewing.facts(birds.store, item.recording)
    assert (facts.label, facts.secondary.split(", ")[-1]) == ("toad", "newt")
    assert done_by(desk, "ana") == {item.key: "is toad"}
    assert cuts(folder, item.recording) != []  # a name says nothing about a voice
    assert [undo(desk, "ana")[0] for _ in range(2)] == [item.key, item.key]
    with Dataset(folder) as birds:
        assert reviewing.facts(birds.store, item.recording) == before


@pytest.fixture
def pairs(tmp_path):
    """The desk of the duplicates: four recordings, of which the first is like the second and the third."""
    folder = tmp_path / "pairs"
    with dataset_of(folder, [row(0), row(1, "frog"), row(2), row(3)]) as birds, birds.noting() as store:
        store.many(
            "INSERT INTO matches (recording, other, ordinal, kind, onset, offset, other_onset, other_offset, "
            "score) VALUES (1, ?, 0, 'sound', 0, 30, 0, 30, 90)",
            [(2,), (3,)],
        )
    with Dataset(folder) as birds:
        items = queues.items(birds.store, "duplicates", n=9, reviewer="ana")
    return ReviewSession(folder, "duplicates", items, settle=settle)


def dropped(desk):
    with Dataset(desk._folder) as birds:
        sql = "SELECT recording, reason FROM cuts WHERE action = 'drop' ORDER BY recording"
        return dict(birds.store.rows(sql))


def test_a_verdict_on_a_pair_decides_at_once_which_of_the_two_goes(pairs):
    about = {item.recording: item for item in pairs.items.values()}
    assert about.keys() == {2, 3}
    pairs.decide([Decision(about[2].key, "ana", "same", 0, 30, other=1)])
    assert 2 in dropped(pairs)
    pairs.decide([Decision(about[3].key, "ana", "different", 0, 30, other=1)])
    assert 3 not in dropped(pairs)
    assert done_by(pairs, "ana") == {about[2].key: "same", about[3].key: "different"}
    with Dataset(pairs._folder) as birds:
        asked = queues.items(birds.store, "duplicates", n=9, reviewer="ben")
    assert [item.recording for item in asked] == [2]  # nobody is asked again about two that differ
    undo(pairs, "ana")
    undo(pairs, "ana")
    assert done_by(pairs, "ana") == {}


def test_a_pair_needs_another_recording_that_is_there(pairs):
    (key, *_) = pairs.items
    with pytest.raises(NotInCatalogue, match="unknown recording with sound: 99"):
        pairs.decide([Decision(key, "ana", "same", 0, 30, other=99)])
    assert done_by(pairs, "ana") == {}


def test_what_is_sent_twice_is_noted_once_even_after_it_was_undone(desk, items):
    said = Decision(items[0].key, "ana", "keep", items[0].onset, items[0].offset, act="0a1b")
    assert desk.decide([said])[0] == 1
    assert desk.decide([said])[0] == 0
    undo(desk, "ana")
    assert desk.decide([said])[0] == 0
    assert done_by(desk, "ana") == {}
    many = [Decision(item.key, "ana", "keep", item.onset, item.offset, act="ff") for item in items]
    assert desk.decide(many)[0] == len(items)
    assert desk.decide(many)[0] == 0


def test_an_undo_that_is_sent_twice_takes_one_act_back(desk, items):
    for item in items[:2]:
        desk.decide([Decision(item.key, "ana", "keep", item.onset, item.offset)])
    act = desk.latest("ana")
    assert desk.undo("ana", act) == desk.undo("ana", act) == (items[1].key, {})
    assert done_by(desk, "ana") == {items[0].key: "keep"}


def test_an_act_of_somebody_else_is_not_taken_back(desk, items):
    desk.decide([Decision(items[0].key, "ben", "keep", items[0].onset, items[0].offset)])
    with pytest.raises(NotInCatalogue, match="unknown act of ana"):
        desk.undo("ana", desk.latest("ben"))
    assert desk.latest("ana") is None
    assert done_by(desk, "ben") == {items[0].key: "keep"}


def test_an_item_whose_file_is_gone_says_so(desk, items, folder):
    assert desk.sheet(items[0].key).gone == ""
    with Dataset(folder) as birds, birds.noting() as store:
        store.run("UPDATE recordings SET path = '/nowhere/x.wav' WHERE id = ?", (items[0].recording,))
    assert desk.sheet(items[0].key).gone == "failed to read /nowhere/x.wav: No such file or directory"


def test_a_verdict_says_which_exports_it_leaves_behind_and_an_undo_which_it_brings_back(
    folder, items, tmp_path
):
    with Dataset(folder) as birds:
        manifest(birds, folder / "inside.csv", audio="raw")
        manifest(birds, tmp_path / "outside.csv", audio="raw")
    desk = ReviewSession(folder, "quality", items, settle=settle, differing=ExportWatch().differing)
    item = items[0]
    outside = str(tmp_path / "outside.csv")
    said = Decision(item.key, "ana", "cut", item.onset, item.offset)
    assert desk.decide([said])[1] == {"inside.csv": 1, outside: 1}
    assert desk.decide([replace(said, onset=0.0, offset=0.1, beside=True)])[1] == {}  # known already
    assert undo(desk, "ana") == (item.key, {})
    assert undo(desk, "ana") == (item.key, {"inside.csv": -1, outside: -1})
    assert undo(desk, "ana") == (None, {})


def test_a_verdict_on_a_pair_counts_no_difference_that_was_there_before(folder, items):
    """One of the two differs already, and only the verdict ties them."""
    one = items[0]
    other = next(item for item in items if item.recording != one.recording)
    with Dataset(folder) as birds:
        manifest(birds, folder / "m.csv", audio="raw")
    desk = ReviewSession(folder, "quality", items, settle=settle, differing=ExportWatch().differing)

    def differ():
        with Dataset(folder) as birds:
            return judge(birds)[0].differ

    desk.decide([Decision(other.key, "ana", "cut", 0.0, 1.0, beside=True)])  # no step cuts there
    before = differ()
    assert before == 1
    _, change = desk.decide([Decision(one.key, "ana", "same", 0.0, 1.0, other=other.recording)])
    assert change.get("m.csv", 0) == differ() - before
