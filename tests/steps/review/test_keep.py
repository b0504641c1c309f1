"""A person keeps a stretch: no machine cuts it, now or later."""

from __future__ import annotations

import getpass

import pytest

from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.intervals import clip, total
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from tests.datasets import shown

VOICE = "XC90000011.ogg"


pytestmark = pytest.mark.usefixtures("thread")


def spans(dataset, name=VOICE):
    found = show(dataset, "cuts", recording=name)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return [(row["onset"], row["offset"]) for row in rows]


def test_what_is_kept_leaves_every_cut_at_once_and_for_good(scanned):
    strip_voice(scanned)
    ((onset, offset), *_) = spans(scanned)
    middle = (onset + offset) / 2
    summary = keep(scanned, VOICE, onset, middle)
    assert summary.cut_before - summary.cut_after == pytest.approx(middle - onset, abs=1e-3)
    again = strip_voice(scanned)
    assert again.rendered == 1
    assert total(clip(spans(scanned), onset, middle)) == 0


def test_a_later_cut_beats_a_keep(birds):
    keep(birds, VOICE, 1, 2, reviewer="ada")
    summary = cut(birds, VOICE, 1.5, 2, reviewer="bob")
    assert summary.cut_after == pytest.approx(0.5)


def test_the_later_word_counts_although_the_clock_was_set_back(birds):
    """Or although the earlier word came from a machine whose clock is ahead."""
    cut(birds, VOICE, 1, 4, reviewer="ada")
    with birds.noting() as store:
        store.run("UPDATE verdicts SET at = '2999-01-01T00:00:00.000000+00:00'")
    assert keep(birds, VOICE, 2, 3, reviewer="bob").cut_after == pytest.approx(2.0)
    cut(birds, "XC90000012.ogg", 1, 2, reviewer="ada")
    assert [each.number for each in undo(birds, "last", reviewer="ada").verdicts] == [3]
    at = [row["at"] for row in shown(birds, "verdicts")]
    assert at == sorted(at)


def test_a_clock_that_is_ahead_moves_no_time_of_what_others_say_elsewhere(birds):
    cut(birds, VOICE, 1, 4, reviewer="ada")
    with birds.noting() as store:
        store.run("UPDATE verdicts SET at = '2999-01-01T00:00:00.000000+00:00'")
    cut(birds, "XC90000012.ogg", 1, 2, reviewer="bob")
    assert shown(birds, "verdicts")[1]["at"] < "2999"


def test_the_reviewer_is_the_user_unless_named(birds):
    assert keep(birds, VOICE, 1, 2).reviewer == getpass.getuser()
    assert keep(birds, VOICE, 1, 2, reviewer="ada").reviewer == "ada"


@pytest.mark.parametrize(("onset", "offset"), [(-1, 2), (2, 2), (3, 2), (1000, 1001)])
def test_a_stretch_outside_of_the_recording_is_refused(birds, onset, offset):
    with pytest.raises(UsageError, match="is outside"):
        keep(birds, VOICE, onset, offset)


def test_an_unknown_recording_is_named(birds):
    with pytest.raises(NotInCatalogue, match="nothing"):
        keep(birds, "nothing", 1, 2)


@pytest.mark.parametrize("judge", ["keep", "cut"])
def test_a_stretch_that_reaches_beyond_the_end_is_told_with_the_part_that_counts(birds, capsys, judge):
    length = birds.store.value("SELECT duration FROM recordings WHERE path LIKE '%' || ?", (VOICE,))
    assert keep(birds, VOICE, 1, length).beyond == 0
    assert keep(birds, VOICE, 1, length + 5).beyond == pytest.approx(5)
    folder = str(birds.folder)
    birds.close()
    assert main([judge, VOICE, "1", f"{length + 5}", "-d", folder]) == 0
    assert f"it ends at {length:g} s: the verdict is on 1 to {length:g} s\n" in capsys.readouterr().out
