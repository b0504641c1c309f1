"""One recording's whole story agrees with what the steps did and the manifest says."""

from __future__ import annotations

import pytest

from curate.errors import NotInCatalogue
from curate.formats.tables.csv import read_manifest
from curate.steps.balance.split import split
from curate.steps.balance.windows import windows
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.render import render
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.export.manifest import manifest
from curate.steps.inspect.explain import explain
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep

VOICE = "silwre9/XC90000011.ogg"
TWINS = ("csa:90000111", "csa:90000122")


pytestmark = pytest.mark.usefixtures("thread")


def listed(dataset, path, **options):
    """Seconds of each recording in a manifest."""
    manifest(dataset, path, **options)
    found = {}
    for row in read_manifest(path):
        found[row.recording_id] = found.get(row.recording_id, 0.0) + row.duration
    return found


def test_it_says_where_a_recording_came_from_and_what_it_holds(birds):
    told = explain(birds, VOICE)
    assert told.recording == "xeno-canto:90000011"
    assert told.present
    assert told.facts["license"] == "cc-by-nc-sa 4.0"
    assert told.facts["recordist"] == "Marta Ejemplo"
    assert (told.facts["sr"], told.facts["channels"], told.facts["codec"]) == (32000, 1, "vorbis")
    (label,) = told.labels
    assert (label["label"], label["origin"], label["common_name"]) == (
        "silwre9",
        "archive",
        "Silverline Wren",
    )
    assert (told.fate, told.kept_seconds, told.lost) == ("kept whole", told.seconds, {})
    assert told.layers == told.cuts == told.verdicts == []


def test_what_goes_out_of_each_recording_is_what_the_manifest_lists(scanned, tmp_path):
    strip_voice(scanned)
    trim(scanned)
    dedupe(scanned)
    seconds = listed(scanned, tmp_path / "train.csv")
    ids = [row[0] for row in scanned.store.rows("SELECT archive || ':' || archive_id FROM recordings")]
    for name in ids:
        told = explain(scanned, name)
        assert told.goes_out == (name in seconds), name
        assert told.kept_seconds == pytest.approx(seconds.get(name, 0.0), abs=1e-3), name
        assert told.kept_seconds + sum(told.lost.values()) == pytest.approx(told.seconds), name


def test_every_cut_has_its_reason_and_its_step(scanned):
    strip_voice(scanned)
    trim(scanned)
    told = explain(scanned, VOICE)
    assert {each["step"] for each in told.cuts} == {"strip-voice", "trim"}
    assert told.lost.keys() == {"cut out: voice", "cut out: silence"}
    assert {each["layer"] for each in told.segments} >= {"speech", "silence"}
    assert all(each["current"] and each["status"] == "ok" for each in told.layers)
    assert told.clean_state == "whole"
    assert told.timemap[-1]["clean_offset"] == pytest.approx(told.clean_seconds)
    assert told.clean_seconds == pytest.approx(told.kept_seconds, abs=1e-3)
    assert [each["command"] for each in told.runs][-2:] == ["strip-voice", "trim"]


def test_a_layer_that_looked_with_other_settings_is_told(scanned):
    strip_voice(scanned)
    strip_voice(scanned, review=0.3, limit=0)
    with scanned.writing("test", {}):
        scanned.store.run("UPDATE layers SET parameters = '{}' WHERE name = 'speech'")
    assert [each["layer"] for each in explain(scanned, VOICE).layers if not each["current"]] == ["speech"]


def test_verdicts_stand_with_what_they_did(birds):
    cut(birds, VOICE, 1, 3, label="rooster", reviewer="ada")
    keep(birds, VOICE, 2, 3, reviewer="bob")
    told = explain(birds, VOICE)
    assert [(each["number"], each["judgement"], each["reviewer"]) for each in told.verdicts] == [
        (1, "cut", "ada"),
        (2, "keep", "bob"),
    ]
    assert told.lost == {"cut out: rooster, says ada": 1.0}
    assert told.clean_state == "to be made"
    render(birds)
    told = explain(birds, VOICE)
    assert told.clean_state == "whole"
    birds.clean.joinpath("silwre9", "XC90000011.flac").unlink()
    assert explain(birds, VOICE).clean_state == "gone"


def test_a_label_says_who_gave_it(birds):
    from curate.catalogue import verdicts

    with birds.writing("test", {}):
        number = birds.store.value("SELECT id FROM recordings WHERE archive_id = '90000011'")
        verdicts.put_labels(birds.store, number, ("quetan9", ("silwre9",)))
    told = explain(birds, VOICE)
    assert [(each["label"], each["role"], each["origin"]) for each in told.labels] == [
        ("quetan9", "primary", "person"),
        ("silwre9", "secondary", "person"),
    ]
    assert [each["label"] for each in told.given_labels] == ["silwre9"]


def test_duplicates_are_told_from_both_sides(scanned):
    dedupe(scanned)
    stays, goes = (explain(scanned, name) for name in TWINS)
    assert [each["recording_id"] for each in stays.group] == list(TWINS)
    assert stays.group == goes.group
    assert (stays.goes_out, goes.goes_out) == (True, False)
    assert (goes.fate, goes.kept_seconds) == ("dropped: duplicate", 0.0)
    assert [each["other"] for each in stays.matches] == [TWINS[1]]
    assert [each["other"] for each in goes.matches] == [TWINS[0]]


def test_windows_and_folds_are_told(birds, tmp_path):
    cut(birds, VOICE, 0, 5.5)
    windows(birds, length=5)
    split(birds, folds=2)
    told = explain(birds, VOICE)
    assert told.windows["number"] == len(
        [row for row in _rows(birds, tmp_path) if row.recording_id == told.recording]
    )
    assert told.fold in {"0", "1"}
    assert told.kept_seconds + sum(told.lost.values()) == pytest.approx(told.seconds)


def _rows(dataset, tmp_path):
    manifest(dataset, tmp_path / "w.csv")
    return list(read_manifest(tmp_path / "w.csv"))


def test_a_file_that_is_gone_and_a_recording_that_failed_have_a_story_too(birds):
    with birds.writing("test", {}):
        birds.store.run(
            "UPDATE recordings SET path = '/gone.ogg', status = 'failed', duration = NULL, sr = NULL, "
            "problem = 'no sound' WHERE archive_id = '90000011'"
        )
    told = explain(birds, "xeno-canto:90000011")
    assert (told.present, told.fate, told.goes_out, told.kept_seconds) == (
        False,
        "cannot be decoded",
        False,
        0,
    )


def test_an_unknown_recording_is_named(birds):
    with pytest.raises(NotInCatalogue, match="unknown recording 'nothing'"):
        explain(birds, "nothing")
