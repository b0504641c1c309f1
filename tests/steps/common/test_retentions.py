"""`status`, `report` and `manifest` tell the same of every recording, whoever decided about it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings

from curate.audio.splice import pieces
from curate.catalogue import cuts
from curate.catalogue.cuts import CleanCopy
from curate.decisions.voice_cuts import ACTIONS
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.clean.wanted_copies import wanted
from curate.steps.export.manifest import manifest
from curate.steps.inspect.explain import explain
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from tests.archive import SR, dataset_of, row
from tests.engines import in_a_thread
from tests.fakes.retained import LENGTHS, ledgers

IDS = "SELECT archive || ':' || archive_id FROM recordings"

#: A frame for each end of a cut, and of the recordings.
NEARLY = 40 / SR


def agree(dataset, folder):
    """Look at the seconds and recordings of all three, with and without clean copies; gives the status."""
    told = status(dataset)
    facts = report(dataset, cuts=0).facts
    with_copies, raw = (written(dataset, folder / f"{audio}.csv", audio) for audio in ("auto", "raw"))
    assert facts.goes_out.recordings == told.kept == with_copies.recordings == raw.recordings
    assert facts.goes_out.seconds == pytest.approx(told.kept_seconds, abs=NEARLY)
    assert with_copies.seconds == pytest.approx(told.kept_seconds, abs=NEARLY)
    assert with_copies.muted == pytest.approx(told.muted_seconds, abs=NEARLY)
    assert raw.seconds == pytest.approx(told.kept_seconds - told.muted_seconds, abs=NEARLY)
    assert raw.muted == 0
    lost = told.cut_seconds + told.dropped_seconds + told.too_short_seconds
    assert told.kept_seconds + lost == pytest.approx(told.seconds, abs=NEARLY)
    assert with_copies.too_short == raw.too_short == told.too_short
    each = [explain(dataset, recording) for (recording,) in dataset.store.rows(IDS)]
    assert sum(of.goes_out for of in each) == told.kept
    assert sum(of.kept_seconds for of in each) == pytest.approx(told.kept_seconds, abs=NEARLY)
    flow = Counter()
    for stream in facts.flow["seconds"]:
        flow["muted" if "muted" in stream.name and stream.goes_out else stream.goes_out] += stream.amount
    assert flow["muted"] == pytest.approx(told.muted_seconds, abs=NEARLY)
    assert flow[False] == pytest.approx(lost, abs=NEARLY)
    assert sum(flow.values()) == pytest.approx(facts.came_in.seconds, abs=NEARLY)
    return told


def written(dataset, out, audio):
    """Write a manifest, by columns, and count it row by row: both say the same."""
    by_columns = manifest(dataset, out, audio=audio)
    by_rows = manifest(dataset, out, audio=audio, dry_run=True)
    for name in ("rows", "recordings", "seconds", "muted", "too_short", "clean"):
        assert getattr(by_columns, name) == pytest.approx(getattr(by_rows, name), abs=1e-9), name
    return by_columns


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """A dataset of four recordings without files, open for writing."""
    rows = [row(number) for number in range(len(LENGTHS))]
    with dataset_of(tmp_path_factory.mktemp("four") / "birds", rows, seconds=LENGTHS) as dataset:
        dataset.clean.mkdir()
        with dataset.writing("test", {}):
            yield dataset


@given(ledger=ledgers())
@settings(max_examples=60, deadline=None)
def test_whatever_was_decided_all_three_agree(four, tmp_path_factory, ledger):
    for (number, step), made in ledger.items():
        cuts.replace(four.store, number, step, made)
    copies_as_rendered(four)
    agree(four, tmp_path_factory.getbasetemp())


def copies_as_rendered(dataset):
    """Note the copies that a rendering would make, each of as many frames."""
    for number, _ in list(cuts.copies(dataset.store)):
        cuts.forget_copy(dataset.store, number)
    for job in wanted(dataset, "flac"):
        (dataset.folder / job.target).parent.mkdir(exist_ok=True)
        (dataset.folder / job.target).touch()
        kept = pieces(job.excised, job.frames)
        frames = sum(piece.frames for piece in kept)
        assert frames > 0
        cuts.announce_copies(dataset.store, [(job.recording, job.target)])
        cuts.put_copy(dataset.store, CleanCopy(job.recording, job.target, job.digest, frames, 0), kept)


@pytest.mark.parametrize("action", ACTIONS)
def test_after_all_steps_and_a_person_they_agree_for_every_action(scanned, tmp_path, action):
    with in_a_thread():
        stripped = strip_voice(scanned, action=action)
        trim(scanned, damage="mute")
        dedupe(scanned)
    keep(scanned, "xeno-canto:90000031", 0.0, 2.0)
    cut(scanned, "xeno-canto:90000032", 1.0, 3.0)
    with in_a_thread():
        strip_voice(scanned, action=action)
    told = agree(scanned, tmp_path)
    assert told.waiting_copies == 0
    assert (stripped.muted_seconds > 0) == (action == "mute")
    assert (stripped.cut_seconds > 0) == (action in ("excise", "drop"))
    if action == "mute":
        assert told.privacy["removed"] == pytest.approx(2.0)  # by the person
        assert told.muted_seconds > 30
