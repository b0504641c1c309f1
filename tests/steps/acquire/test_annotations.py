"""Annotations that come with an import, and what becomes of them on the way to a trainer."""

from __future__ import annotations

import pytest

from curate.catalogue import cuts, layers
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, NotInCatalogue, UsageError
from curate.formats.annotations import raven
from curate.model import Cut, Piece, Segment
from curate.steps.acquire.import_ import import_
from curate.steps.export import manifest_rows
from curate.steps.export.carried_annotations import Carried, Overlay, sourced
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone
from tests.formats import marked

HEADER = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"


def table(path, *marks):
    lines = (f"{n}\tSpectrogram 1\t1\t{a}\t{b}\t100\t200\t{label}\n" for n, (a, b, label) in enumerate(marks))
    path.write_text(HEADER + "".join(lines))
    return path


pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def audio(tmp_path):
    folder = tmp_path / "audio"
    for name in "abc":
        write_tone(folder / f"{name}.wav", seconds=10.0, sr=8000)
    return folder


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


def layer(dataset, recording=1, name="annotations"):
    return layers.segments_of(dataset.store, recording, layers.find_number(dataset.store, name))


# In.


def test_a_table_of_raven_registers_its_recording_and_fills_a_layer(birds, audio):
    made = table(audio / "a.selections.txt", (1, 2, "owl"), (3, 4, "wren"))
    summary = import_(birds, made)
    assert (summary.added, summary.annotated, summary.annotations) == (1, 1, 2)
    assert layer(birds) == [Segment(1, 2, "owl", None, 100, 200), Segment(3, 4, "wren", None, 100, 200)]


def test_annotations_of_known_recordings_are_taken_and_again_they_change_nothing(birds, audio):
    import_(birds, audio)
    table(audio / "a.selections.txt", (1, 2, "owl"))
    for _ in range(2):
        summary = import_(birds, audio, format="raven")
        assert (summary.added, summary.known, summary.annotations) == (0, 1, 1)
        assert [mark.label for mark in layer(birds)] == ["owl"]


def test_a_later_table_replaces_and_tables_of_one_import_add_up(birds, audio):
    table(audio / "a.Table.1.selections.txt", (1, 2, "owl"))
    table(audio / "a.Table.2.selections.txt", (3, 4, "wren"))
    import_(birds, audio, format="raven")
    assert [mark.label for mark in layer(birds)] == ["owl", "wren"]
    import_(birds, table(audio / "a.selections.txt", (5, 6, "jay")))
    assert [mark.label for mark in layer(birds)] == ["jay"]


def test_what_a_later_table_replaces_and_what_it_leaves_is_counted(birds, audio):
    first = table(audio / "a.Table.1.selections.txt", (1, 2, "owl"), (3, 4, "wren"))
    other = table(audio / "b.selections.txt", (1, 2, "owl"))
    for sources in ([first, other], [first, other]):
        summary = import_(birds, sources)
        assert (summary.replaced_annotations, summary.left_alone) == (0, 0)
    second = table(audio / "a.Table.2.selections.txt", (3, 4, "wren"), (5, 6, "jay"))
    summary = import_(birds, second)
    assert (summary.replaced_annotations, summary.left_alone) == (1, 1)
    summary = import_(birds, [first, second])  # the jay is in the later of the two
    assert (summary.replaced_annotations, summary.left_alone) == (0, 1)
    summary = import_(birds, first, layer="experts")
    assert (summary.replaced_annotations, summary.left_alone) == (0, 0)


def test_marks_of_the_same_time_keep_an_order(birds, audio):
    """A set of them comes in another order in every process, and the catalogue must not."""
    bands = [(100 * n, 100 * n + 50) for n in range(1, 40)]
    first = [Segment(1, 2, "owl", None, *band) for band in bands[::2]]
    second = [Segment(1, 2, "owl", None, *band) for band in bands[1::2]]
    for name, marks in (("a.Table.1.selections.txt", first), ("a.Table.2.selections.txt", second)):
        raven.write([marked.row(str(audio / "a.wav"), tuple(reversed(marks)))], audio / name)
    import_(birds, [audio / "a.Table.1.selections.txt", audio / "a.Table.2.selections.txt"], format="raven")
    assert [(mark.low_freq, mark.high_freq) for mark in layer(birds)] == bands


def test_tables_on_the_command_line_add_up_too(birds, audio):
    one = table(audio / "a.Table.1.selections.txt", (1, 2, "owl"))
    two = table(audio / "a.Table.2.selections.txt", (3, 4, "wren"))
    summary = import_(birds, [one, two])
    assert [mark.label for mark in layer(birds)] == ["owl", "wren"]
    assert (summary.recordings, summary.annotated, summary.annotations) == (1, 1, 2)


def test_what_reaches_beyond_the_end_is_clipped_and_what_lies_behind_it_told(birds, audio):
    summary = import_(birds, table(audio / "a.selections.txt", (9, 11, "owl"), (12, 13, "wren")))
    assert layer(birds) == [Segment(9, 10, "owl", None, 100, 200)]
    assert summary.unused == 1
    assert "begins at 12 s, behind the end at 10 s of the recording" in summary.problems[0].reason


def test_two_people_fill_two_layers_and_a_detector_keeps_its_own(birds, audio):
    import_(birds, table(audio / "a.selections.txt", (1, 2, "owl")), layer="eva")
    import_(birds, table(audio / "a.selections.txt", (1, 3, "owl")), layer="jo")
    assert (layer(birds, name="eva")[0].offset, layer(birds, name="jo")[0].offset) == (2, 3)
    with pytest.raises(UsageError, match="which belongs to a detector"):
        import_(birds, audio / "a.selections.txt", layer="speech")


def test_new_bytes_take_new_annotations(birds, audio):
    made = table(audio / "a.selections.txt", (1, 2, "owl"))
    import_(birds, made)
    write_tone(audio / "a.wav", seconds=5.0, sr=8000)
    table(audio / "a.selections.txt", (4, 6, "wren"))
    assert import_(birds, made, replace_changed=True).replaced == 1
    assert layer(birds) == [Segment(4, 5, "wren", None, 100, 200)]


def test_the_folder_of_the_audio_must_be_there(birds, audio):
    with pytest.raises(UsageError, match="folder missing"):
        import_(birds, table(audio / "a.selections.txt"), audio_folder=audio / "none")


# Through the cuts.


@pytest.fixture
def cut(birds, audio):
    """Recording 1 loses 2 to 4 s and has a copy; 2 loses the same and has none; 3 is silenced there."""
    for name in "abc":
        marks = (0.5, 1, "before"), (2.5, 3.5, "inside"), (1, 3, "over"), (1, 5, "around"), (6, 7, "behind")
        table(audio / f"{name}.selections.txt", *marks)
    import_(birds, audio, format="raven")
    with birds.writing("test", {}):
        for number, action in ((1, "excise"), (2, "excise"), (3, "mute")):
            cuts.replace(birds.store, number, "test", [Cut(2.0, 4.0, action, "voice", None, "test")])
        cuts.announce_copies(birds.store, [(1, "clean/a.flac"), (3, "clean/c.flac")])
        pieces = [Piece(0, 0, 16000), Piece(16000, 32000, 48000)]
        cuts.put_copy(birds.store, CleanCopy(1, "clean/a.flac", "d", 64000, 9), pieces)
        cuts.put_copy(birds.store, CleanCopy(3, "clean/c.flac", "d", 80000, 9), [Piece(0, 0, 80000)])
    birds.clean.mkdir()
    for name in "ac":
        (birds.clean / f"{name}.flac").write_bytes(b"a copy")
    return birds


def overlaid(dataset, audio="auto"):
    carried = Carried()
    rows = list(
        manifest_rows.manifest_rows(dataset, audio=audio, overlay=Overlay(dataset, "annotations", carried))
    )
    found = {}
    for row in rows:
        marks = [(mark.onset, mark.offset, mark.label) for mark in row.annotations]
        found.setdefault(row.recording_id, []).append(marks)
    return found, carried


BEFORE, BEHIND = (0.5, 1.0, "before"), (6.0, 7.0, "behind")


def test_inside_a_cut_is_gone_and_straddling_one_is_clipped(cut):
    found, carried = overlaid(cut)
    assert found["local:a.wav"] == [
        [BEFORE, (1.0, 2.0, "over"), (1.0, 3.0, "around"), (4.0, 5.0, "behind")],
    ]
    assert found["local:b.wav"] == [
        [BEFORE, (1.0, 2.0, "over"), (1.0, 2.0, "around")],
        [(4.0, 5.0, "around"), BEHIND],
    ]
    assert found["local:c.wav"] == [[BEFORE, (1.0, 2.0, "over"), (1.0, 5.0, "around"), BEHIND]]
    assert (carried.annotations, carried.cut, carried.clipped) == (15, 3, 5)


def test_raw_audio_keeps_raw_times(cut):
    found, _ = overlaid(cut, audio="raw")
    assert found["local:a.wav"] == found["local:b.wav"] == found["local:c.wav"]


def test_only_recordings_that_were_looked_at_take_part(cut, audio):
    write_tone(audio / "d.wav", seconds=1.0)
    import_(cut, audio / "d.wav", format="folders")
    found, carried = overlaid(cut)
    assert len(found) == 3
    assert carried.unannotated == 1
    with pytest.raises(NotInCatalogue, match="unknown layer 'nobody'"):
        manifest(cut, audio / "m.csv", layer="nobody")


def test_what_is_marked_on_a_clean_copy_goes_back_to_the_raw_recording(cut, tmp_path):
    rows = list(manifest_rows.manifest_rows(cut, overlay=Overlay(cut, "annotations", Carried())))
    raven.write([row for row in rows if row.recording_id == "local:a.wav"], tmp_path / "a.txt")
    summary = import_(cut, tmp_path / "a.txt", format="raven", layer="back")
    assert (summary.recordings, summary.added, summary.annotations) == (1, 0, 4)
    back = {mark.label: (mark.onset, mark.offset) for mark in layer(cut, name="back")}
    assert back == {"before": (0.5, 1.0), "over": (1.0, 2.0), "around": (1.0, 5.0), "behind": (6.0, 7.0)}


def test_a_row_for_each_annotation_says_where_it_lies_in_the_raw_file(cut):
    from curate.decisions.row_labels import strong

    rows = strong(manifest_rows.manifest_rows(cut, overlay=Overlay(cut, "annotations", Carried())))
    found = {row.label: row for row in sourced(cut, rows) if row.recording_id == "local:a.wav"}
    assert {label: (row.source_onset, row.source_offset) for label, row in found.items()} == {
        "before": (0.5, 1.0), "over": (1.0, 2.0), "around": (1.0, 5.0), "behind": (6.0, 7.0),
    }  # fmt: skip


def test_a_manifest_has_a_row_for_each_annotation_or_for_each_window(cut, tmp_path):
    summary = manifest(cut, tmp_path / "m.csv", layer="annotations", audio="raw")
    assert (summary.rows, summary.carried.cut) == (15, 3)
    again = manifest(cut, tmp_path / "w.csv", layer="annotations", audio="raw", window=2, min_label_overlap=1)
    assert again.rows == 12
    assert again.unlabelled == 3  # 8 to 10 s of each


def test_an_exported_layer_is_imported_again_as_it_was(cut, tmp_path):
    manifest(cut, tmp_path / "tables", format="raven", layer="annotations", audio="raw")
    sounds = {row.path for row in manifest_rows.manifest_rows(cut, audio="raw")}
    assert len(sounds) == 3
    summary = import_(cut, tmp_path / "tables", format="raven", layer="again")
    assert summary.problems == []
    assert layer(cut, name="again")[0] == Segment(0.5, 1.0, "before", None, 100, 200)
    assert marked.found(list(raven.read(tmp_path / "tables", report=print))).keys() == {
        "a.wav",
        "b.wav",
        "c.wav",
    }


# Detections.

BIRDNET = "Start (s),End (s),Scientific name,Common name,Confidence,File\n"


@pytest.fixture
def detected(audio):
    """A table of BirdNET about a.wav, in which its first row is its least sure one."""
    (audio / "BirdNET_CombinedTable.csv").write_text(
        f"{BIRDNET}0,3,Strix aluco,Tawny Owl,0.31,a.wav\n3,6,Turdus merula,Blackbird,0.92,a.wav\n"
    )
    return audio / "BirdNET_CombinedTable.csv"


def named(dataset, name="a.wav"):
    rows = dataset.store.rows(
        "SELECT r.path, l.label, l.role FROM labels l JOIN recordings r ON r.id = l.recording "
        "WHERE r.path LIKE ? ORDER BY l.ordinal",
        (f"%{name}",),
    )
    return [tuple(row[1:]) for row in rows]


def test_detections_are_a_layer_of_their_producer_and_label_nothing(birds, detected):
    summary = import_(birds, detected)
    assert dict(summary.layers) == {"birdnet-analyzer": 2}
    found = layer(birds, name="birdnet-analyzer")
    assert [(mark.label, mark.score) for mark in found] == [("Strix aluco", 0.31), ("Turdus merula", 0.92)]
    assert layers.producer_of(birds.store, "birdnet-analyzer") == "birdnet-analyzer"
    assert named(birds) == []


def test_detections_label_a_recording_if_they_are_asked_to(tmp_path, detected):
    with Dataset(tmp_path / "new") as dataset:
        summary = import_(dataset, detected, as_labels=True, min_score=0.3, layer="mine")
        assert named(dataset) == [("Turdus merula", "primary"), ("Strix aluco", "secondary")]
        assert (summary.below_score, dict(summary.layers)) == (0, {"mine": 2})
    with Dataset(tmp_path / "sure") as dataset:
        summary = import_(dataset, detected, as_labels=True, min_score=0.5)
        assert named(dataset) == [("Turdus merula", "primary")]
        assert summary.below_score == 1


def test_a_known_recording_without_a_label_gets_one_and_another_keeps_its_own(tmp_path, audio, detected):
    with Dataset(tmp_path / "new") as dataset:
        import_(dataset, audio / "a.wav")
        assert named(dataset) == []
        import_(dataset, detected, as_labels=True)
        assert named(dataset)[0] == ("Turdus merula", "primary")
        assert import_(dataset, detected, as_labels=True).problem_counts["changed"] == 0


def test_a_least_score_lies_between_0_and_1(birds, detected):
    with pytest.raises(UsageError, match="--min-score must be from 0 to 1: got 30"):
        import_(birds, detected, min_score=30)


def test_tables_beside_the_recordings_are_read_with_them(tmp_path):
    folder = tmp_path / "data"
    write_tone(folder / "owl" / "x.wav", seconds=10.0, sr=8000)
    write_tone(folder / "owl" / "y.wav", seconds=10.0, sr=8000)
    table(folder / "owl" / "x.Table.1.selections.txt", (1, 2, "hoot"))
    (folder / "owl" / "notes.txt").write_text("windy")
    with Dataset(tmp_path / "new") as dataset:
        summary = import_(dataset, folder)
        assert (summary.recordings, summary.added, summary.unlabelled, summary.annotations) == (2, 2, 0, 1)
        assert (summary.not_used, summary.passed_over) == ({}, {".txt": 1})


def test_one_source_that_cannot_be_used_does_not_stop_the_others(birds, audio):
    good = table(audio / "a.selections.txt", (1, 2, "owl"))
    (audio / "bad.csv").write_text("nothing,here\n")
    summary = import_(birds, [audio / "bad.csv", good])
    assert summary.annotations == 1
    assert [(problem.kind, problem.path) for problem in summary.problems] == [
        ("unusable", str(audio / "bad.csv"))
    ]
    assert summary.unused == 1


def test_a_note_is_kept_in_the_catalogue(birds, audio):
    (audio / "t.csv").write_text("file,start,end,label,note\na.wav,1,2,owl,faint\n")
    import_(birds, audio / "t.csv")
    assert layer(birds) == [Segment(1, 2, "owl", note="faint")]


def test_tables_of_detectors_in_a_folder_are_read_with_its_recordings(tmp_path):
    folder = tmp_path / "data"
    for name in "xy":
        write_tone(folder / "owl" / f"{name}.wav", seconds=10.0, sr=8000)
        (folder / "owl" / f"{name}.BirdNET.results.csv").write_text(
            f"{BIRDNET.replace(',File', '')}0,3,Strix aluco,Tawny Owl,0.31\n"
        )
    table(folder / "owl" / "x.Table.1.selections.txt", (1, 2, "hoot"))
    with Dataset(tmp_path / "new") as dataset:
        summary = import_(dataset, folder)
        assert (summary.recordings, summary.unlabelled, summary.passed_over) == (2, 0, {})
        assert dict(summary.layers) == {"annotations": 1, "birdnet-analyzer": 2}


def test_a_folder_of_tables_alone_speaks_of_recordings_elsewhere(tmp_path, audio):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.BirdNET.results.csv").write_text(
        f"{BIRDNET.replace(',File', '')}0,3,Strix aluco,Tawny Owl,0.31\n"
    )
    with Dataset(tmp_path / "new") as dataset:
        summary = import_(dataset, tmp_path / "results", audio_folder=audio)
        assert (summary.recordings, dict(summary.layers)) == (1, {"birdnet-analyzer": 1})


def test_what_a_program_found_without_a_score_is_below_every_least_score_and_comes_last(tmp_path, audio):
    made = audio / "found.csv"
    made.write_text(f"{BIRDNET}0,3,Strix aluco,Tawny Owl,NA,a.wav\n3,6,Turdus merula,Blackbird,0.2,a.wav\n")
    with Dataset(tmp_path / "all") as dataset:
        import_(dataset, made, as_labels=True)
        assert named(dataset) == [("Turdus merula", "primary"), ("Strix aluco", "secondary")]
    with Dataset(tmp_path / "sure") as dataset:
        summary = import_(dataset, made, as_labels=True, min_score=0.1)
        assert (named(dataset), summary.below_score) == ([("Turdus merula", "primary")], 1)


def test_what_a_person_marked_without_a_score_is_never_below_the_least(birds, audio):
    import_(birds, table(audio / "a.selections.txt", (1, 2, "owl")), as_labels=True, min_score=0.9)
    assert named(birds) == [("owl", "primary")]


def test_a_person_labels_before_the_program_and_noise_labels_nothing(tmp_path, audio):
    made = audio / "id.csv"
    made.write_text(
        "INDIR,FOLDER,IN FILE,OFFSET,DURATION,AUTO ID,MATCH RATIO,MANUAL ID\n"
        ',,a.wav,0,2,MYOLUC,0.8,"MYOSEP,TADBRA"\n,,b.wav,0,2,NoID,0.9,\n,,c.wav,0,2,MYOLUC,0.8,Noise\n'
    )
    with Dataset(tmp_path / "bats") as dataset:
        summary = import_(dataset, made, as_labels=True)
        assert named(dataset) == [("MYOSEP", "primary"), ("TADBRA", "secondary")]
        assert (named(dataset, "b.wav"), named(dataset, "c.wav")) == ([], [])
        assert (summary.added, summary.known, summary.problems) == (3, 0, [])
        assert summary.not_used["labels"] == {
            "'MYOLUC' of kaleidoscope, labelled by a person": 2,
            "'NoID', which names no class": 1,
            "'Noise', which names no class": 1,
        }
        assert [mark.label for mark in layer(dataset, name="kaleidoscope")] == ["MYOLUC"]


def test_a_class_of_people_may_be_called_noise(birds, audio):
    import_(birds, table(audio / "a.selections.txt", (1, 2, "noise")), as_labels=True)
    assert named(birds) == [("noise", "primary")]


def test_the_first_stretch_of_a_recording_never_labels_all_of_it(birds, audio):
    (audio / "t.csv").write_text("file,start,duration,label\na.wav,0,2,owl\na.wav,4,2,wren\n")
    summary = import_(birds, audio / "t.csv")
    assert (summary.added, summary.annotations, named(birds)) == (1, 2, [])
    (audio / "ms.csv").write_text("file,start_ms,end_ms,label\nb.wav,0,2000,owl\nb.wav,4000,6000,wren\n")
    with pytest.raises(FormatError, match="column 'start_ms' holds times"):
        import_(birds, audio / "ms.csv")
    assert import_(birds, audio / "ms.csv", format="csv").added == 1


def test_what_people_and_a_program_say_of_a_labelled_recording_counts_it_once(tmp_path, audio):
    made = audio / "id.csv"
    made.write_text(
        "INDIR,FOLDER,IN FILE,OFFSET,DURATION,AUTO ID,MATCH RATIO,MANUAL ID\n"
        ",,a.wav,0,1,PIPPIP,0.8,NYCNOC\n,,b.wav,0,1,PIPPIP,0.7,NYCNOC\n",
        encoding="utf-8",
    )
    for name in ("a.wav", "b.wav"):
        if not (audio / name).exists():
            write_tone(audio / name, seconds=2.0)
    with Dataset(tmp_path / "bats") as dataset:
        import_(dataset, made, as_labels=True)
        for as_labels in (True, False):
            summary = import_(dataset, made, as_labels=as_labels)
            assert (summary.recordings, summary.known, summary.unlabelled) == (2, 2, 0)
