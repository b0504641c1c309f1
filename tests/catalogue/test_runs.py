"""Outcomes stand until anything that they were made from changes, whoever writes it."""

from __future__ import annotations

import pytest

from curate.catalogue import assignments, cuts, duplicates, layers, recordings, runs, verdicts
from curate.catalogue.store import Store
from curate.model import Cut, Row, Segment, Verdict

#: Tables of which a writer may change rows by recording, each with the kinds that then changed.
WATCHED = {
    "assignments": {"assignments/folds", "assignments/shares"},
    "clusters": {"clusters"},
    "copies": {"copies"},
    "coverage": {"coverage/"},
    "cuts": {"cuts/"},
    "given_labels": {"given_labels"},
    "labels": {"labels"},
    "leaks": {"leaks"},
    "matches": {"matches"},
    "more_labels": {"more_labels"},
    "outsiders": {"outsiders"},
    "recorders": {"recorders"},
    "recordings": {"recordings"},
    "settings": {"settings/"},
    "taxa": {"taxa"},
    "verdicts": {"verdicts"},
}


def changes(store):
    return {(kind, recording) for kind, recording in store.rows("SELECT kind, recording FROM changes")}


@pytest.fixture
def one(store, add):
    """A recording of which a step has decided."""
    number = add(label="owl")
    runs.keep(store, "trim", {"preset": "standard"}, {"recordings": 1})
    return number


@pytest.mark.usefixtures("one")
def test_an_outcome_stands_for_the_same_settings_only(store):
    assert runs.standing(store, "trim", {"preset": "standard"}, ["labels"]) == {"recordings": 1}
    assert runs.standing(store, "trim", {"preset": "strict"}, ["labels"]) is None
    assert runs.standing(store, "split", {"preset": "standard"}, ["labels"]) is None
    runs.forget(store, "trim")
    assert runs.standing(store, "trim", {"preset": "standard"}, ["labels"]) is None


@pytest.mark.usefixtures("one")
def test_other_code_decides_anew(store, monkeypatch):
    monkeypatch.setattr(runs, "code_digest", lambda: "another")
    assert runs.standing(store, "trim", {"preset": "standard"}, ["labels"]) is None


@pytest.mark.usefixtures("one")
def test_a_new_recording_is_new_to_all(store, add):
    add("/data/owl/b.wav", sha256="01")
    assert runs.standing(store, "trim", {"preset": "standard"}, []) is None
    assert changes(store) == set()  # millions of new ones need no note of their own


def test_each_way_to_change_a_recording_is_noted(store, one):
    layer = layers.define(store, "speech", producer="speech", version="1", parameters={})
    written = {
        f"coverage/{layer}": lambda: layers.put(
            store, one, layer, [Segment(1, 2, "speech")], digest="d", failure=None
        ),
        "cuts/trim": lambda: cuts.replace(
            store, one, "trim", [Cut(1, 2, "excise", "silence", None, "trim/silence")]
        ),
        "labels": lambda: recordings.relabel(store, one, Row(path="a.wav", label="frog")),
        "given_labels": lambda: verdicts.put_labels(store, one, ("toad", ())),
        "verdicts": lambda: verdicts.add(store, one, Verdict(1, 2, "keep", "ada", "2024")),
        "recordings": lambda: recordings.set_length(store, one, 7, None),
        "assignments/folds": lambda: assignments.put_folds(store, [(one, 3)]),
        "assignments/shares": lambda: assignments.put_shares(store, [(2, None, 1.0, one)]),
        "copies": lambda: cuts.announce_copies(store, [(one, "clean/a.flac")]),
        "clusters": lambda: duplicates.regroup(store, [one], {one: one}, {}),
        "more_labels": lambda: duplicates.regroup(store, [one], {}, {one: ["frog"]}),
    }
    for kind, write in written.items():
        runs.keep(store, "trim", {}, {})
        write()
        assert runs.standing(store, "trim", {}, [kind]) is None, kind
        assert (kind, one) in changes(store), kind


def test_what_is_written_again_as_it_was_changes_nothing(store, one):
    assignments.put_folds(store, [(one, 3)])
    assignments.put_shares(store, [(2, None, 1.0, one)])
    runs.keep(store, "split", {}, {})
    assignments.put_folds(store, [(one, 3)])
    assignments.put_shares(store, [(2, None, 1.0, one)])
    assert runs.standing(store, "split", {}, ["assignments/"]) == {}
    assignments.put_shares(store, [(3, None, 1.0, one)])
    assert runs.standing(store, "split", {}, ["assignments/folds"]) == {}
    assert runs.standing(store, "split", {}, ["assignments/"]) is None


def test_a_step_may_leave_one_kind_out(store, one):
    cuts.replace(store, one, "dedupe", [Cut(0, 10, "drop", "duplicate", None, "dedupe/sound")])
    assert runs.standing(store, "trim", {"preset": "standard"}, ["cuts/"]) is None
    assert runs.standing(store, "trim", {"preset": "standard"}, ["cuts/"], but="cuts/dedupe") is not None


def test_changes_are_noted_in_a_replacing_statement_and_in_a_cascade(store, one):
    with store.transaction():
        store.run(
            "INSERT OR REPLACE INTO labels (recording, ordinal, label, role) VALUES (?, 0, 'x', 'primary')",
            (one,),
        )
    assert ("labels", one) in changes(store)
    store.run("DELETE FROM recordings WHERE id = ?", (one,))
    assert ("recordings", one) in changes(store)


def test_notes_that_no_outcome_needs_are_thrown_away(store, one):
    recordings.set_length(store, one, 7, None)
    assert changes(store)
    runs.keep(store, "trim", {}, {})
    assert not changes(store)


def test_every_watched_table_has_its_triggers(tmp_path):
    """A later migration that makes a table anew must make its triggers anew, too."""
    opened = Store(tmp_path / "curate.db", write=True)
    found = {
        row[0] for row in opened.rows("SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'")
    }
    assert found == set(WATCHED)
    for table, kinds in WATCHED.items():
        text = "".join(
            row[0]
            for row in opened.rows(
                "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
            )
        )
        for event in ("INSERT", "UPDATE", "DELETE")[1 if table == "recordings" else 0 :]:
            assert f"AFTER {event} ON {table}" in text, (table, event)
        assert all(f"'{kind}" in text for kind in kinds)
    opened.close()
