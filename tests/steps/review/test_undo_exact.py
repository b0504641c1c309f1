"""After any undo the ledger is the one that there would be had the verdict never been given."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.catalogue import cuts, listings, verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.verdicts import LABELS, PAIRS
from curate.model import Verdict
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.scan import scan
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.common.settle_verdicts import settle
from curate.steps.export.manifest import manifest
from curate.steps.review.undo import undo
from tests.datasets import write_tone
from tests.engines import in_a_thread

#: What the ledger says, table by table, but for the history.
LEDGER = ("cuts", "labels", "given_labels", "given_cuts", "more_labels", "clusters", "matches")


@pytest.fixture(scope="module")
def heard(scanned_once, tmp_path_factory):
    """A dataset with the example, heard by all detectors, to which its own files were added as copies."""
    folder = tmp_path_factory.mktemp("heard") / "birds"
    shutil.copytree(scanned_once, folder)
    return folder


def ledger(store):
    return {table: sorted(store.rows(f"SELECT * FROM {table}"), key=repr) for table in LEDGER}


def say(dataset, recording, judgement, onset=0.0, offset=1.0, *, label="", other=0):
    """Note a verdict as the page does; returns its number."""
    with dataset.noting() as store:
        duration = listings.duration_of(store, recording)
        if judgement in (*PAIRS, "drop"):
            onset, offset = 0.0, duration
        said = Verdict(onset, min(offset, duration), judgement, "ada", "2026", label, other=other)
        number = verdicts.add(store, recording, said)
        settle(store, recording, duration=duration)
    return number


def recordings():
    return st.integers(1, 26)


def spoken():
    stretch = st.tuples(st.sampled_from([0.0, 0.5, 2.0, 3.0]), st.sampled_from([3.2, 4.5, 30.0]))
    on_sound = st.tuples(
        st.just("say"),
        recordings(),
        st.sampled_from(["keep", "cut", "drop"]),
        stretch,
        st.just(""),
        st.just(0),
    )
    on_labels = st.tuples(
        st.just("say"),
        recordings(),
        st.sampled_from(LABELS),
        stretch,
        st.sampled_from(["quetan9", "new1"]),
        st.just(0),
    )
    on_pairs = st.tuples(
        st.just("say"), st.integers(1, 13), st.sampled_from(PAIRS), stretch, st.just(""), st.integers(14, 26)
    )
    return st.one_of(on_sound, on_sound, on_labels, on_pairs)


STEPS = {
    "strip-voice": strip_voice,
    "trim": trim,
    "dedupe": dedupe,
}


def steps():
    return st.one_of(
        st.tuples(
            st.just("strip-voice"),
            st.fixed_dictionaries(
                {
                    "threshold": st.sampled_from([0.5, 0.965]),
                    "action": st.sampled_from(["excise", "drop", "mute", "flag"]),
                    "min_keep": st.sampled_from([0.0, 5.0]),
                }
            ),
        ),
        st.tuples(
            st.just("trim"),
            st.fixed_dictionaries(
                {
                    "preset": st.sampled_from(["gentle", "strict"]),
                    "first_seconds": st.sampled_from([0.0, 4.0]),
                    "rare_below": st.sampled_from([0, 3]),
                }
            ),
        ),
        st.tuples(
            st.just("dedupe"),
            st.fixed_dictionaries(
                {
                    "label_conflict": st.sampled_from(["merge", "review"]),
                    "min_overlap": st.sampled_from([0.3, 0.8]),
                }
            ),
        ),
        st.tuples(st.just("undo"), st.sampled_from(["strip-voice", "trim", "dedupe"])),
    )


def run(dataset, act):
    if act[0] == "undo":
        undo(dataset, act[1], render=False)
    else:
        more = {} if act[0] == "dedupe" else {"render": False}
        STEPS[act[0]](dataset, **act[1], **more)


def copy_of(folder, where):
    shutil.rmtree(where, ignore_errors=True)
    shutil.copytree(folder, where)
    return where


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.one_of(spoken(), steps()), max_size=7), data=st.data())
def test_an_undo_gives_the_ledger_of_a_run_without_the_verdict(heard, tmp_path_factory, acts, data):
    base = tmp_path_factory.getbasetemp()
    said = [at for at, act in enumerate(acts) if act[0] == "say"]
    taken_back = data.draw(st.sets(st.sampled_from(said)) if said else st.just(set()))
    with in_a_thread():
        with Dataset(copy_of(heard, base / "with")) as dataset:
            numbers = {}
            for at, act in enumerate(acts):
                if act[0] == "say":
                    _, recording, judgement, stretch, label, other = act
                    numbers[at] = say(dataset, recording, judgement, *stretch, label=label, other=other)
                else:
                    run(dataset, act)
            if taken_back:
                undo(dataset, [str(numbers[at]) for at in sorted(taken_back)], render=False)
            found = ledger(dataset.store)
        with Dataset(copy_of(heard, base / "without")) as dataset:
            for at, act in enumerate(acts):
                if act[0] != "say":
                    run(dataset, act)
                elif at not in taken_back:
                    _, recording, judgement, stretch, label, other = act
                    say(dataset, recording, judgement, *stretch, label=label, other=other)
            wanted = ledger(dataset.store)
    assert found == wanted


def test_what_a_manifest_leaves_out_is_left_out_again_after_an_undo(tmp_path):
    write_tone(tmp_path / "in" / "owl" / "a.wav", seconds=6.0)
    with in_a_thread(), Dataset(tmp_path / "one") as dataset:
        import_(dataset, tmp_path / "in")
        say(dataset, 1, "cut", 3.0, 6.0)
        manifest(dataset, tmp_path / "some.csv", audio="raw")
    with in_a_thread(), Dataset(tmp_path / "two") as dataset:
        import_(dataset, tmp_path / "some.csv")
        before = ledger(dataset.store)
        assert [cut.words for _, made in cuts.by_recording(dataset.store) for cut in made] != []
        number = say(dataset, 1, "keep", 2.0, 5.0)
        more = say(dataset, 1, "cut", 4.0, 4.5)
        assert ledger(dataset.store)["cuts"] != before["cuts"]
        undo(dataset, [str(number), str(more)])
        assert ledger(dataset.store) == before


def test_where_an_earlier_version_decided_an_undo_gives_its_cuts_back(heard, tmp_path):
    with in_a_thread(), Dataset(copy_of(heard, tmp_path / "birds")) as dataset:
        strip_voice(dataset, render=False)
        with dataset.noting() as store:
            store.run("DELETE FROM settings")  # which an earlier version did not keep
        before = ledger(dataset.store)
        recording = before["cuts"][0][0]
        number = say(dataset, recording, "keep", 0.0, 30.0)
        assert ledger(dataset.store)["cuts"] != before["cuts"]
        undo(dataset, str(number), render=False)
        assert ledger(dataset.store) == before


def test_what_was_heard_after_a_step_decided_is_not_decided_by_an_undo(tmp_path):
    for number in range(2):
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", seconds=8.0, freq=2000 + 300 * number)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
        trim(dataset, first_seconds=3, rare_below=0, limit=1, render=False)
        scan(dataset)
        before = ledger(dataset.store)
        undo(dataset, str(say(dataset, 2, "keep", 0.0, 1.0)), render=False)
        assert ledger(dataset.store) == before
        trim(dataset, first_seconds=3, rare_below=0, render=False)
        assert len(ledger(dataset.store)["cuts"]) > len(before["cuts"])
