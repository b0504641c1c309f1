"""The ledger of cuts, and the clean copies made of it."""

from __future__ import annotations

import pytest

from curate.catalogue import cuts
from curate.catalogue.cuts import CleanCopy
from curate.model import Cut, Piece

VOICE = Cut(1.0, 2.5, "excise", "voice", 0.9, "strip-voice/speech")
FLAG = Cut(4.0, 5.0, "flag", "voice; too much", None, "strip-voice/speech")


@pytest.fixture
def rendered(store, add):
    """A recording with a cut and a finished copy."""
    number = add()
    cuts.replace(store, number, "strip-voice", [VOICE])
    cuts.announce_copies(store, [(number, "clean/owl/a.flac")])
    cuts.put_copy(
        store, CleanCopy(number, "clean/owl/a.flac", "d", 850, 99), [Piece(0, 0, 100), Piece(100, 250, 750)]
    )
    return number


def test_cuts_come_back_as_they_were_put_in_the_order_of_import(store, add):
    first, second, _ = (add(f"/{name}.wav") for name in "abc")
    cuts.replace(store, second, "strip-voice", [VOICE, FLAG])
    cuts.replace(store, first, "strip-voice", [FLAG])
    assert list(cuts.by_recording(store)) == [(first, [FLAG]), (second, [VOICE, FLAG])]


def test_each_step_replaces_its_own_cuts_only(store, add):
    number = add()
    cuts.replace(store, number, "trim", [FLAG])
    cuts.replace(store, number, "strip-voice", [VOICE, VOICE])
    cuts.replace(store, number, "strip-voice", [VOICE])
    assert dict(cuts.by_recording(store, "strip-voice")) == {number: [VOICE]}
    assert dict(cuts.by_recording(store, "trim")) == {number: [FLAG]}
    assert dict(cuts.by_recording(store)) == {number: [VOICE, FLAG]}
    cuts.replace(store, number, "trim", [])
    assert list(cuts.by_recording(store, "trim")) == []


def test_a_finished_copy_has_its_time_map(store, rendered):
    assert dict(cuts.copies(store)) == {rendered: CleanCopy(rendered, "clean/owl/a.flac", "d", 850, 99)}
    assert cuts.pieces_of(store, rendered) == [Piece(0, 0, 100), Piece(100, 250, 750)]


def test_a_copy_that_is_announced_is_known_but_not_finished(store, add):
    number = add()
    cuts.announce_copies(store, [(number, "clean/a.flac")])
    assert dict(cuts.copies(store))[number] == CleanCopy(number, "clean/a.flac", None, None, None)
    assert cuts.pieces_of(store, number) == []


def test_a_copy_of_other_cuts_counts_as_unfinished(store, rendered, add):
    cuts.replace(store, add("/other.wav"), "strip-voice", [VOICE])
    assert dict(cuts.copies(store))[rendered].digest == "d"
    cuts.replace(store, rendered, "strip-voice", [FLAG])
    assert dict(cuts.copies(store))[rendered].digest is None


def test_a_flag_more_or_less_changes_no_sound(store, rendered):
    before = [
        cut
        for number, found in cuts.by_recording(store, "strip-voice")
        if number == rendered
        for cut in found
    ]
    cuts.replace(store, rendered, "strip-voice", [*before, FLAG])
    assert dict(cuts.copies(store))[rendered].digest == "d"


def test_two_recordings_may_exchange_the_paths_of_their_copies(store, add):
    first, second = add("/a.wav"), add("/b.wav")
    cuts.announce_copies(store, [(first, "clean/x.flac"), (second, "clean/x~2.flac")])
    cuts.announce_copies(store, [(first, "clean/x~2.flac"), (second, "clean/x.flac")])
    assert {number: copy.path for number, copy in cuts.copies(store)} == {
        first: "clean/x~2.flac",
        second: "clean/x.flac",
    }


def test_announcing_a_copy_anew_forgets_its_old_time_map(store, rendered):
    cuts.announce_copies(store, [(rendered, "clean/owl/a.wav")])
    assert cuts.pieces_of(store, rendered) == []


def test_a_forgotten_copy_takes_its_time_map_along_and_leaves_the_cuts(store, rendered):
    cuts.forget_copy(store, rendered)
    assert dict(cuts.copies(store)) == {}
    assert cuts.pieces_of(store, rendered) == []
    assert dict(cuts.by_recording(store)) == {rendered: [VOICE]}
