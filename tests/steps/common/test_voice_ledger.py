"""What an earlier version of the detector heard is of another scale: nothing is decided by it anew."""

from __future__ import annotations

import pytest

from curate.catalogue import assignments, cuts
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.voice_counts import voice_counts
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from curate.steps.run import run
from tests.datasets import shown
from tests.engines import in_a_thread

THRESHOLD = 0.5


def ledger(birds):
    return dict(cuts.by_recording(birds.store, "strip-voice"))


def age(birds):
    """Leave what an earlier version of the detector leaves behind: same settings, scores of another scale."""
    standing = assignments.settings_of(birds.store, "strip-voice")
    del standing["version"]
    with birds.writing("test", {}), birds.store.transaction():
        layer = "(SELECT id FROM layers WHERE name = 'speech')"
        birds.store.run("UPDATE layers SET version = '1' WHERE name = 'speech'")
        birds.store.run(f"UPDATE tracks SET version = '1' WHERE layer = {layer}")
        birds.store.run(f"UPDATE coverage SET digest = 'of then' WHERE layer = {layer}")
        birds.store.run(f"UPDATE segments SET score = 0.3 WHERE layer = {layer}")
        assignments.put_settings(birds.store, "strip-voice", standing)


@pytest.fixture
def aged(tmp_path):
    """A dataset in which an earlier version cut voices."""
    example(tmp_path / "audio")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "audio")
        strip_voice(birds, threshold=THRESHOLD, render=False)
        age(birds)
        yield birds


def test_scores_of_an_earlier_version_are_heard_again_and_foresee_nothing(aged):
    before = ledger(aged)
    for threshold in (THRESHOLD, 0.2):
        foreseen = strip_voice(aged, threshold=threshold, dry_run=True)
        assert (foreseen.waiting, foreseen.with_speech, foreseen.cut_seconds) == (26, 0, 0)
        assert foreseen.rescored
    assert not strip_voice(aged, dry_run=True).rescored  # a profile goes with its detector
    assert ledger(aged) == before


def test_what_an_earlier_version_cut_stays_until_its_recording_is_heard_again(aged):
    before = ledger(aged)
    summary = strip_voice(aged, threshold=0.2, limit=1, render=False)
    assert (summary.scanned, summary.waiting) == (1, 25)
    first = min(number for (number,) in aged.store.rows("SELECT id FROM recordings"))
    assert ledger(aged) | {first: []} == before | {first: []}
    strip_voice(aged, threshold=THRESHOLD, render=False)
    assert ledger(aged) == before


def test_a_verdict_spares_what_an_earlier_version_cut_and_an_undo_brings_it_back(aged):
    before = ledger(aged)
    (row, *_) = [row for row in shown(aged, "cuts") if row["action"] == "excise"]
    keep(aged, row["recording_id"], row["onset"] + 0.5, row["onset"] + 1.0)
    assert ledger(aged) != before
    undo(aged, ["last"], render=False)
    assert ledger(aged) == before


def test_status_tells_that_an_earlier_version_listened(aged):
    assert status(aged).privacy["outdated"]
    strip_voice(aged, threshold=THRESHOLD, render=False)
    assert not status(aged).privacy["outdated"]


def test_a_certificate_wants_the_detector_of_today(aged, tmp_path):
    assert voice_counts(aged.store) is None
    with pytest.raises(UsageError, match="this version of the detector"):
        report(aged, out=tmp_path / "page.html", certificate=True)


def test_a_recipe_with_a_threshold_of_then_is_told_to_check_it(aged, tmp_path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text(f'[[step]]\nrun = "strip-voice"\nthreshold = {THRESHOLD}\nrender = false\n')
    (done,) = [each for each in run(aged, str(recipe)).steps if each.run == "strip-voice"]
    assert done.summary.rescored
    (done,) = [each for each in run(aged, str(recipe)).steps if each.run == "strip-voice"]
    assert not done.summary.rescored


def test_a_part_of_an_earlier_version_replaces_nothing_that_a_later_one_heard(aged, tmp_path):
    with Dataset(tmp_path / "here") as here:
        import_(here, tmp_path / "audio")
        strip_voice(here, threshold=THRESHOLD, render=False)
        merge(here, [aged.folder])
        foreseen = strip_voice(here, threshold=THRESHOLD, dry_run=True)
        assert (foreseen.waiting, foreseen.with_speech > 0) == (0, True)
    merge(aged, [tmp_path / "here"])
    assert strip_voice(aged, threshold=THRESHOLD, dry_run=True).waiting == 0
