"""What persons said and steps decided can be taken back, as though it had never been."""

from __future__ import annotations

import pytest

from curate.catalogue import assignments, cuts
from curate.errors import NotInCatalogue, UsageError
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.balance.windows import windows
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.render import render
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from curate.steps.review.undo_steps import UNDOING
from tests.datasets import shown, state

VOICE = "XC90000011.ogg"

#: What stays in any case: what was said and heard, and standing choices.
HISTORY = {"verdicts", "settings", "coverage", "layers", "segments"}


pytestmark = pytest.mark.usefixtures("thread")


def now(dataset, folder):
    """What the dataset holds but for its history."""
    found = state(dataset.folder, folder)
    found["tables"] = {name: rows for name, rows in found["tables"].items() if name not in HISTORY}
    return found


def ledger(dataset, step=None):
    return dict(cuts.by_recording(dataset.store, step))


# Verdicts.


def test_after_an_undo_later_runs_decide_as_though_nothing_had_been_said(scanned, tmp_path):
    strip_voice(scanned)
    trim(scanned)
    before = now(scanned, tmp_path / "before")
    kept = keep(scanned, VOICE, 0, 2)
    more = cut(scanned, VOICE, 4, 5)
    strip_voice(scanned)
    assert now(scanned, tmp_path / "said") != before
    summary = undo(scanned, [str(kept.number), str(more.number)])
    assert [each.number for each in summary.verdicts] == [kept.number, more.number]
    strip_voice(scanned)
    trim(scanned)
    assert now(scanned, tmp_path / "after") == before


def test_what_was_taken_back_stays_in_the_history(birds):
    cut(birds, VOICE, 1, 2, reviewer="ada")
    undo(birds, "1")
    (row,) = shown(birds, "verdicts")
    assert (row["number"], row["judgement"], row["reviewer"]) == (1, "cut", "ada")
    assert row["withdrawn"] > row["at"]
    assert ledger(birds) == {}


def test_the_last_one_of_a_reviewer_is_taken_back(birds):
    cut(birds, VOICE, 1, 2, reviewer="ada")
    cut(birds, VOICE, 3, 4, reviewer="ada")
    cut(birds, VOICE, 5, 6, reviewer="bob")
    assert [each.number for each in undo(birds, "last", reviewer="ada").verdicts] == [2]
    assert [each.number for each in undo(birds, "last", reviewer="ada").verdicts] == [1]
    with pytest.raises(UsageError, match="all verdicts of ada are undone already"):
        undo(birds, "last", reviewer="ada")
    assert [row["number"] for row in shown(birds, "verdicts") if row["withdrawn"] is None] == [3]
    with pytest.raises(UsageError, match="there is no verdict of eve"):
        undo(birds, "last", reviewer="eve")


def test_a_copy_follows_with_the_next_rendering(birds):
    cut(birds, VOICE, 1, 2)
    render(birds)
    undo(birds, "1")
    assert render(birds).removed == 1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("7", "verdict 7 does not exist"),
        ("1", "verdict 1 was taken back already"),
        ("trin", "unknown verdict or command to undo: 'trin'"),
        ("-2", "unknown verdict or command to undo"),
    ],
)
def test_what_cannot_be_taken_back_is_told_and_nothing_is_done(birds, what, words):
    cut(birds, VOICE, 1, 2)
    cut(birds, VOICE, 3, 4)
    undo(birds, "1")
    with pytest.raises(UsageError, match=words):
        undo(birds, ["2", what])
    assert [row["number"] for row in shown(birds, "verdicts") if row["withdrawn"] is None] == [2]


# Steps.


@pytest.fixture
def decided(scanned):
    """All steps have decided, and a person cut something."""
    cut(scanned, VOICE, 4, 4.5)
    strip_voice(scanned)
    trim(scanned)
    dedupe(scanned)
    windows(scanned, length=5)
    split(scanned, folds=2)
    upsample(scanned, below=9)
    return scanned


@pytest.mark.parametrize("step", ["dedupe", "strip-voice", "trim"])
def test_a_step_that_cuts_is_as_though_it_had_never_run(step, scanned, tmp_path):
    steps = {"dedupe": dedupe, "strip-voice": strip_voice, "trim": trim}
    cut(scanned, VOICE, 4, 4.5)
    render(scanned)
    for name, run in steps.items():
        if name != step:
            run(scanned)
    before = now(scanned, tmp_path / "before")
    steps[step](scanned)
    if step == "dedupe":
        trim(scanned)  # which leaves alone what is dropped
    assert now(scanned, tmp_path / "with") != before
    (back,) = undo(scanned, step).steps
    assert back.recordings > 0
    assert back.seconds > 0
    assert now(scanned, tmp_path / "after") == before


def test_nothing_is_heard_anew_after_an_undo(decided):
    was = ledger(decided)
    undo(decided, ["trim", "strip-voice"])
    assert set(ledger(decided)) < set(was)
    assert strip_voice(decided).scanned == trim(decided).scanned == 0
    assert ledger(decided) == was


def test_what_two_steps_cut_comes_back_with_the_second(scanned):
    strip_voice(scanned)
    ((number, made), *_) = ledger(scanned, "strip-voice").items()
    span = made[0]
    with scanned.writing("test", {}):
        cuts.replace(scanned.store, number, "trim", [span])
    alone = sum(
        each.duration
        for made in ledger(scanned, "strip-voice").values()
        for each in made
        if each.action == "excise"
    )
    (back,) = undo(scanned, "strip-voice", dry_run=True).steps
    assert back.seconds == pytest.approx(alone - span.duration)


def test_a_trim_that_was_taken_back_does_not_return_with_the_voices(decided):
    undo(decided, "trim")
    strip_voice(decided, threshold=0.5)
    assert ledger(decided, "trim") == {}


def test_folds_windows_and_shares_are_taken_back(decided):
    summary = undo(decided, "upsample")
    assert not summary.balance_lost
    assert not assignments.are_balanced(decided.store)
    upsample(decided, below=9)
    assert undo(decided, "windows").balance_lost
    assert assignments.settings_of(decided.store, "windows") is None
    assert undo(decided, "split").steps[0].recordings > 20
    assert assignments.settings_of(decided.store, "split") is None
    split(decided, folds=3)  # another division is no contradiction any more


def test_every_step_can_be_taken_back_before_it_ran(birds):
    assert list(UNDOING) == sorted(UNDOING)
    assert [each.recordings for each in undo(birds, list(UNDOING)).steps] == [0] * len(UNDOING)


def test_a_dry_run_says_the_same_and_writes_nothing(decided, tmp_path):
    before = state(decided.folder, tmp_path / "before")
    said = undo(decided, ["last", "trim", "dedupe", "split"], dry_run=True)
    assert state(decided.folder, tmp_path / "after") == before
    done = undo(decided, ["last", "trim", "dedupe", "split"])
    assert (said.verdicts, said.steps) == (done.verdicts, done.steps)


def test_copies_are_left_alone_where_nobody_wants_them(decided):
    files = sorted(decided.clean.rglob("*.flac"))
    summary = undo(decided, "strip-voice", render=False)
    assert (summary.rendered, summary.removed) == (0, 0)
    assert sorted(decided.clean.rglob("*.flac")) == files
    assert render(decided).removed > 0


def test_without_a_dataset_there_is_nothing_to_undo(birds, tmp_path):
    with pytest.raises(NotInCatalogue):
        undo(type(birds)(tmp_path / "none"), "trim")
