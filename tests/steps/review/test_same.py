"""A person says that two recordings are the same sound, or not: dedupe obeys, at once and later."""

from __future__ import annotations

import shutil

import pytest

from curate.audio.resample import resample
from curate.catalogue import cuts, duplicates
from curate.catalogue.dataset import Dataset
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.clean.dedupe import dedupe
from curate.steps.inspect.explain import explain
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.different import different
from curate.steps.review.keep import keep
from curate.steps.review.same import same
from curate.steps.review.undo import undo
from tests.archive import assigned
from tests.datasets import state
from tests.engines import in_a_thread
from tests.songs import song
from tests.steps.clean.test_dedupe import SR, dropped, put

OWL, FROG, TWIN, OTHER = "owl/0.wav", "frog/quiet.wav", "owl/twin.wav", "owl/1.wav"


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """An owl, the same one quieter as a frog, its bytes again, and another owl; heard and decided."""
    folder = tmp_path_factory.mktemp("pairs")
    owl = song(0, seconds=6.0)
    put(folder / "in" / OWL, owl)
    put(folder / "in" / TWIN, owl)
    put(folder / "in" / FROG, resample(0.2 * owl, SR, 22050), 22050)
    put(folder / "in" / OTHER, song(1, seconds=5.0))
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in")
        dedupe(dataset)
    return folder / "birds"


@pytest.fixture
def birds(heard, tmp_path):
    shutil.copytree(heard, tmp_path / "birds")
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        yield dataset


def now(dataset, folder):
    found = state(dataset.folder, folder)["tables"]
    return {name: found[name] for name in ("cuts", "clusters", "more_labels", "matches")}


def test_two_that_differ_both_stay_at_once_and_after_every_dedupe(birds):
    assert dropped(birds).keys() == {FROG, TWIN}
    summary = different(birds, FROG, OWL, reviewer="ada")
    different(birds, FROG, TWIN, reviewer="ada")
    assert (summary.number, summary.recording, summary.other) == (1, f"local:{FROG}", f"local:{OWL}")
    assert dropped(birds) == {TWIN: f"duplicate; same bytes as local:{OWL}"}
    again = dedupe(birds)
    assert dropped(birds) == {TWIN: f"duplicate; same bytes as local:{OWL}"}
    assert again.evidence == {"bytes": 1}
    assert birds.store.value("SELECT count(*) FROM more_labels") == 0


def test_a_pair_stays_apart_although_each_is_the_same_as_a_third(birds):
    different(birds, FROG, OWL)
    dedupe(birds)
    reasons = dropped(birds)
    assert not (FROG in reasons and reasons[FROG].endswith(OWL))


def test_two_that_are_the_same_become_one_at_once_and_after_every_dedupe(birds):
    summary = same(birds, OTHER, OWL, reviewer="ada")
    assert summary.dropped == {f"local:{OTHER}": f"duplicate; same as local:{OWL}, by a person"}
    assert OTHER in dropped(birds)
    before = dropped(birds)
    assert dedupe(birds).evidence["person"] == 1
    assert dropped(birds) == before


def test_what_is_taken_back_had_never_been_said(birds, tmp_path):
    before = now(birds, tmp_path / "before")
    different(birds, FROG, OWL)
    same(birds, OTHER, OWL)
    assert now(birds, tmp_path / "said") != before
    undo(birds, ["1", "2"])
    assert now(birds, tmp_path / "after") == before
    dedupe(birds)
    assert now(birds, tmp_path / "later") == before


def test_of_two_verdicts_on_a_pair_the_later_one_counts(birds, tmp_path):
    before = now(birds, tmp_path / "before")
    same(birds, OTHER, OWL)
    different(birds, OWL, OTHER)
    assert now(birds, tmp_path / "after") == before
    undo(birds, "last")
    assert OTHER in dropped(birds)


def test_a_verdict_counts_before_dedupe_ever_ran(tmp_path):
    put(tmp_path / "in" / OWL, song(0, seconds=6.0))
    put(tmp_path / "in" / OTHER, song(1, seconds=5.0))
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        same(dataset, OWL, OTHER)
        assert dropped(dataset).keys() == {OTHER}
        assert explain(dataset, OTHER).fate == "dropped: duplicate"


def test_a_verdict_decides_as_the_latest_dedupe_did(birds):
    dedupe(birds, label_conflict="review")
    assert FROG not in dropped(birds)
    same(birds, OTHER, OWL)
    assert dropped(birds) == {}  # three classes together: all are left to review
    flags = [made[0].action for _, made in cuts.by_recording(birds.store, "dedupe")]
    assert set(flags) == {"flag"}


def test_a_leak_stays_a_leak(birds, tmp_path):
    put(tmp_path / "test" / "a.wav", song(1, seconds=5.0))
    dedupe(birds, against=tmp_path / "test")
    leaks = dropped(birds)[OTHER]
    assert leaks.startswith("leak; ")
    same(birds, OTHER, OWL)
    assert dropped(birds)[OTHER] == leaks
    assert OWL not in dropped(birds)


def test_what_a_person_keeps_as_a_whole_is_not_dropped_for_another(birds):
    keep(birds, OTHER, 0, 5)
    same(birds, OTHER, OWL)
    assert OTHER not in dropped(birds)


def test_other_cuts_are_left_alone(birds):
    cut(birds, OWL, 1, 2)
    different(birds, OWL, FROG)
    ((_, (own,)),) = cuts.by_recording(birds.store, "review")
    assert (own.onset, own.offset) == (1, 2)


def test_folds_keep_together_what_a_person_calls_the_same(birds):
    same(birds, OTHER, OWL)
    keep(birds, OTHER, 0, 5)
    split(birds, folds=2)
    names = [row[0] for row in birds.store.rows("SELECT archive_id FROM recordings ORDER BY id")]
    folds = dict(zip(names, assigned(birds), strict=True))
    assert folds[OTHER] == folds[OWL] is not None


def test_the_story_of_both_tells_the_verdict(birds):
    different(birds, FROG, OWL, reviewer="ada")
    for name, other in ((FROG, OWL), (OWL, FROG)):
        (verdict,) = explain(birds, name).verdicts
        assert (verdict["judgement"], verdict["other"], verdict["reviewer"]) == (
            "different",
            f"local:{other}",
            "ada",
        )
    found = show(birds, "verdicts", recording=OWL)
    (row,) = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert row["other"] == f"local:{OWL}"


def test_nobody_is_asked_any_more_about_the_labels_of_two_that_differ(birds):
    assert list(duplicates.conflicts(birds.store))
    different(birds, FROG, OWL)
    different(birds, FROG, TWIN)
    assert not list(duplicates.conflicts(birds.store))


def test_one_file_cannot_differ_from_itself(birds, tmp_path):
    before = now(birds, tmp_path / "before")
    with pytest.raises(UsageError, match="byte for byte"):
        different(birds, OWL, TWIN)
    assert now(birds, tmp_path / "after") == before
    assert birds.store.value("SELECT count(*) FROM verdicts") == 0


def test_a_pair_is_of_two_that_are_known_and_hold_sound(birds):
    with pytest.raises(UsageError, match="are one recording"):
        same(birds, OWL, f"local:{OWL}")
    with pytest.raises(NotInCatalogue, match="unknown recording 'nothing'"):
        same(birds, OWL, "nothing")
    with birds.writing("test", {}):
        broken = "UPDATE recordings SET status = 'failed', duration = NULL WHERE archive_id = ?"
        birds.store.run(broken, (OTHER,))
    with pytest.raises(UsageError, match="is silent: failed to compare"):
        same(birds, OWL, OTHER)


def test_a_verdict_on_a_pair_goes_with_the_sound_of_either(birds, heard):
    """Its other recording is another sound now: nothing was said of that."""
    different(birds, OWL, FROG)
    put(heard.parent / "in" / "new" / FROG, song(3, seconds=7.0))
    with birds.writing("test", {}):
        path = str(heard.parent / "in" / "new" / FROG)
        birds.store.run("UPDATE recordings SET path = ? WHERE archive_id = ?", (path, FROG))
    import_(birds, heard.parent / "in" / "new", replace_changed=True)
    assert birds.store.value("SELECT count(*) FROM verdicts WHERE withdrawn IS NULL") == 0
