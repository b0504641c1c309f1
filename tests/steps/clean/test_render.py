"""Clean copies follow the ledger, and the ledger stays as it is."""

from __future__ import annotations

import pytest
import soundfile as sf

from curate.catalogue import cuts, exports
from curate.errors import NotInCatalogue, UsageError
from curate.steps.clean.render import render
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from tests.datasets import state

VOICE = "XC90000011.ogg"


pytestmark = pytest.mark.usefixtures("thread")


def ledger(dataset):
    return list(cuts.by_recording(dataset.store))


def test_what_a_step_left_to_do_is_written_and_nothing_is_decided_anew(scanned):
    """A plain strip-voice would cut by its own threshold again."""
    strip_voice(scanned, threshold=0.99, render=False)
    before = ledger(scanned)
    summary = render(scanned)
    assert summary.rendered == summary.copies > 0
    assert ledger(scanned) == before
    assert render(scanned).rendered == 0


def test_a_verdict_is_heard_in_the_copy(birds):
    summary = cut(birds, VOICE, 1, 2)
    assert (render(birds).rendered, summary.cut_after) == (1, 1)
    ((_, copy),) = cuts.copies(birds.store)
    raw = birds.store.value("SELECT frames FROM recordings WHERE id = ?", (copy.recording,))
    info = sf.info(birds.folder / copy.path)
    assert info.frames == raw - info.samplerate
    keep(birds, VOICE, 1, 2)
    assert (render(birds).removed, list(birds.clean.rglob("*.flac"))) == (1, [])


def test_a_copy_that_somebody_removed_comes_back_as_it_was(scanned, tmp_path):
    strip_voice(scanned)
    before = state(scanned.folder, tmp_path / "before")
    gone, short, *_ = sorted(scanned.clean.rglob("*.flac"))
    gone.unlink()
    short.write_bytes(short.read_bytes()[:-100])
    assert render(scanned).rendered == 2
    assert state(scanned.folder, tmp_path / "after") == before


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_dry_run_foresees_the_copies_that_are_made(birds, tmp_path, forgotten):
    """The first copy is set aside for an export, and is wanted again when nobody needs the second."""
    cut(birds, VOICE, 1, 2)
    render(birds)
    manifest(birds, tmp_path / "m.csv")
    cut(birds, VOICE, 3, 4)
    assert (render(birds, dry_run=True).work.copies, render(birds).rendered) == (1, 1)
    if forgotten:
        with birds.writing("test", {}):
            for number in exports.numbers(birds.store):
                exports.forget(birds.store, number)
    keep(birds, VOICE, 3, 4)
    assert (render(birds, dry_run=True).work.copies, render(birds).rendered) == (0, 0)


def test_another_format_stands_from_then_on(birds):
    cut(birds, VOICE, 1, 2)
    render(birds, audio_format="wav")
    cut(birds, VOICE, 3, 4)
    render(birds)
    assert [path.suffix for path in birds.clean.rglob("*.*")] == [".wav"]


def test_a_copy_that_cannot_be_made_is_told(birds):
    cut(birds, VOICE, 1, 2)
    with birds.writing("test", {}):
        birds.store.run("UPDATE recordings SET path = ? WHERE path LIKE ?", ("/gone.ogg", f"%{VOICE}"))
    summary = render(birds)
    assert (summary.failed, summary.copies) == (1, 0)
    assert "gone.ogg" in summary.problems[0].reason


def test_an_unknown_format_and_a_missing_dataset_are_told(birds, tmp_path):
    with pytest.raises(UsageError, match="unknown audio format"):
        render(birds, audio_format="flak")
    with pytest.raises(NotInCatalogue):
        render(type(birds)(tmp_path / "none"))
