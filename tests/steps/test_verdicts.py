"""What a person decides stands in the ledger at once, and no later run takes it back."""

from __future__ import annotations

import pytest

from curate.catalogue import cuts, verdicts
from curate.catalogue.dataset import Dataset
from curate.model import Verdict
from curate.steps._verdicts import settle
from curate.steps.example import example
from curate.steps.import_ import import_
from curate.steps.strip_voice import strip_voice
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
