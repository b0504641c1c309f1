"""What an export says of itself: what its format cannot hold, and what its readers change."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from curate.cli._app import main
from curate.errors import FormatError
from curate.formats.files.layout import LAYOUTS
from curate.model import Row, Segment
from curate.steps.export.manifest_summary import ManifestSummary
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.roundtrip.cases import CASES, make

MARKS = (
    Segment(0, 1, "Parus major", 0.5, 100, 200),
    Segment(1, 2, "007", None, 300, None, note="faint"),
    Segment(1, 2, "NA"),
)


def said(form, *rows, taxa=None):
    summary = ManifestSummary(format=form)
    assert list(summary.fitted(iter(rows), LAYOUTS[form], taxa or {})) == list(rows)
    return summary


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ("lhotse", {}),
        ("huggingface", {}),
        ("audacity", {"note": 1, "score": 1}),
        ("raven", {"note": 1, "open band": 1}),
        ("opensoundscape-boxes", {"note": 1, "score": 1}),
        ("csv", {"band": 2, "note": 1, "open band": 1, "score": 1}),
        ("kaldi", {"band": 2, "note": 1, "open band": 1, "score": 1}),
    ],
)
def test_what_a_format_cannot_say_of_annotations_is_counted(form, missing):
    assert said(form, Row(annotations=MARKS)).not_written == missing


def test_secondary_labels_count_where_a_row_has_one_label():
    row = Row(label="owl", secondary_labels=("wren", "jay"))
    assert said("raven", row).not_written == {"secondary label": 2}
    assert said("kaldi", row).not_written == {}


def test_classes_that_a_reader_takes_for_something_else_are_named():
    summary = said("raven", Row(annotations=MARKS))
    assert (summary.reader, summary.guessed) == (
        "crowsetta and OpenSoundscape",
        {"007": "a number", "NA": "an empty cell"},
    )
    assert said("parquet", Row(annotations=MARKS)).guessed == {}


def test_numbers_are_taken_for_numbers_where_the_column_holds_nothing_else():
    numbers = [Row(label="007"), Row(label="1139490"), Row()]
    assert said("csv", *numbers).guessed == {"007": "a number", "1139490": "a number"}
    assert said("csv", *numbers, Row(label="NA")).guessed.keys() == {"007", "1139490", "NA"}
    assert said("csv", *numbers, Row(label="NA"), Row(label="owl")).guessed == {"NA": "an empty cell"}


def test_a_track_for_each_recording_may_hold_one_class_so_numbers_are_named_next_to_texts():
    for form in ("audacity", "raven"):
        found = said(
            form, *(Row(annotations=(Segment(0, 1, name),)) for name in ("007", "owl", "NA"))
        ).guessed
        assert found == {"007": "a number", "NA": "an empty cell"}


def test_classes_that_a_format_spells_otherwise_are_named():
    assert said("kaldi", Row(annotations=MARKS)).respelt == {"Parus major": "Parus_major"}
    assert said("birdnet", Row(label="Thrush, Song")).respelt == {"Thrush, Song": "Thrush  Song"}
    assert said("csv", Row(label="Thrush, Song")).respelt == {}
    broken = Row(annotations=(replace(MARKS[0], label="song\tof a\nthrush"),))
    for form in ("raven", "audacity"):
        assert said(form, broken).respelt == {"song\tof a\nthrush": "song of a thrush"}
    assert said("textgrid", broken).respelt == {"song\tof a\nthrush": "song\tof a thrush"}
    assert said("elan", broken).respelt == {}


def test_secondary_labels_are_spelt_otherwise_where_they_are_classes_like_others():
    row = Row(label="owl", secondary_labels=("Parus major",))
    assert said("kaldi", row).respelt == {"Parus major": "Parus_major"}
    assert said("csv", row).respelt == {}


@pytest.mark.parametrize(
    ("form", "first", "second", "as_one"),
    [
        ("folders", "Corvus corax/song", "Corvus corax|song", "Corvus corax_song"),
        ("birdnet", "Thrush,Song", "Thrush Song", "Thrush Song"),
        ("kaldi", "Thrush Song", "Thrush_Song", "Thrush_Song"),
        ("perch-hoplite", "Thrush\tSong", "Thrush Song", "Thrush_Song"),
    ],
)
def test_classes_that_a_format_would_make_one_are_refused_by_name(form, first, second, as_one):
    message = rf"{form} would make one class of several: .* as '{re.escape(as_one)}'"
    with pytest.raises(FormatError, match=message) as caught:
        said(form, Row(label=second), Row(label="owl"), Row(label=first))
    assert repr(first) in caught.value.message
    assert repr(second) in caught.value.message
    with pytest.raises(FormatError, match=message):
        said(form, Row(annotations=(Segment(0, 1, first), Segment(1, 2, second))))
    said("csv", Row(label=first), Row(label=second))


def test_two_classes_of_one_species_are_refused_where_the_species_names_the_folder():
    taxa = dict.fromkeys(("owl1", "Strix aluco"), ("Strix aluco", "Tawny Owl")) | {
        "owl2": ("Strix aluco", "")
    }
    with pytest.raises(FormatError, match="'Strix aluco', 'owl1' as 'Strix aluco_Tawny Owl'"):
        said("birdnet", Row(label="owl1"), Row(label="owl2"), Row(label="Strix aluco"), taxa=taxa)
    said("birdnet", Row(label="owl1"), Row(label="owl2"), taxa=taxa)
    said("folders", Row(label="owl1"), Row(label="Strix aluco"), taxa=taxa)


@pytest.mark.parametrize(
    ("form", "guessed"),
    [("jsonl", {"007": "a number"}), ("ketos", {"NA": "an empty cell", "007": "a number"})],
)
def test_every_format_whose_readers_guess_names_the_classes(form, guessed):
    rows = [Row(label="007")] if form == "jsonl" else [Row(label="007"), Row(label="NA")]
    assert said(form, *rows).guessed == guessed


@pytest.mark.parametrize("form", ["birdnet", "kaldi", "perch-hoplite"])
def test_a_secondary_label_is_refused_too_where_it_would_become_another_class(form):
    first, second = ("a/b", "a|b") if form == "birdnet" else ("a b", "a_b")
    with pytest.raises(FormatError, match="would make one class of several"):
        said(form, Row(label=first, secondary_labels=(second,)))
    # Folders tell secondary labels in a table, as they are.
    said("folders", Row(label=first, secondary_labels=(second,)))


def test_annotations_for_which_a_library_refuses_an_export_are_counted():
    row = Row(annotations=(*MARKS, Segment(3, 4, "")))
    assert said("raven", row).refused == {"empty label, crowsetta": 1}
    found = said("audacity", row).refused
    assert found == {"open band, crowsetta": 1, "missing band, crowsetta and maad": 2}
    for same in ((Segment(3, 4, "a"), Segment(4, 5, "b")), (), None):
        assert said("audacity", Row(annotations=same)).refused == {}
    assert said("lhotse", row).refused == {}


@pytest.mark.parametrize(("label", "is_open"), [('"tsip', True), ('"tsip" call', False), ('ts"ip', False)])
def test_a_quote_that_opens_a_label_and_ends_nowhere_is_counted(label, is_open):
    row = Row(annotations=(Segment(0, 1, label, None, 1000, 2000),))
    refused = {"opening quote, crowsetta or maad": 1} if is_open else {}
    assert said("audacity", row).refused == refused
    assert said("jams", row).refused == {}


def test_stretches_with_several_labels_are_counted_for_audformat():
    assert said("audformat", Row(annotations=MARKS)).shared == 1
    assert said("audformat", Row(label="owl", secondary_labels=("wren",))).shared == 1


def test_the_command_says_it(tmp_path, capsys):
    with in_a_thread():
        make(tmp_path, CASES["digits"])
        command = ["manifest", "-d", str(tmp_path / "birds"), "-o", str(tmp_path / "t.csv")]
        assert main([*command, "--layer", "annotations"]) == 0
    told = capsys.readouterr().out
    assert "left out, as csv has no place for them: 2 bands, 1 score" in told
    assert "pandas takes the classes 007, 1139490 for a number: read the column as text" in told
    assert main([*command[:-1], str(tmp_path / "t.txt"), "--format", "raven", "--layer", "annotations"]) == 0
    assert (
        "crowsetta and OpenSoundscape take the classes 007, 1139490 for a number" in capsys.readouterr().out
    )


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_the_command_writes_nothing_that_would_merge_classes(dry, tmp_path, capsys):
    audio = tmp_path / "audio"
    for name in "ab":
        write_tone(audio / f"{name}.wav", seconds=1.0, sr=8000)
    table = tmp_path / "labels.csv"
    table.write_text("file,label\na.wav,Corvus corax/song\nb.wav,Corvus corax|song\n")
    data = str(tmp_path / "birds")
    with in_a_thread():
        assert main(["import", str(table), "--audio-folder", str(audio), "-d", data]) == 0
        out = tmp_path / "folders"
        assert main(["manifest", "-d", data, "--format", "folders", "-o", str(out), *dry]) == 1
    told = capsys.readouterr().err
    assert "'Corvus corax/song', 'Corvus corax|song' as 'Corvus corax_song'" in told
    assert not out.exists()
