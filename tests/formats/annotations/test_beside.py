"""Files that speak of one recording each: Praat, ELAN, AviaNZ, Sonic Visualiser and JAMS."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate.errors import FormatError, UsageError
from curate.formats.annotations import avianz, elan, jams, sonic_visualiser, textgrid
from curate.formats.choose import format_of, read_folder
from curate.formats.files.export_folder import link_folder
from curate.model import Segment
from tests.formats import marked
from tests.formats.rows import touch

MODULES = {
    "AviaNZ": (avianz, ".wav.data"),
    "ELAN": (elan, ".eaf"),
    "JAMS": (jams, ".jams"),
    "Praat": (textgrid, ".TextGrid"),
    "Sonic Visualiser": (sonic_visualiser, ".svl"),
}


def said(rows):
    """Label and times of what is marked, by file, to the tenth of a millisecond."""
    return {
        Path(row.path).name: [(m.label, round(m.onset, 4), round(m.offset, 4)) for m in row.annotations]
        for row in rows
    }


@pytest.mark.parametrize("name", MODULES)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_marks_come_back_however_they_overlap(name, data, tmp_path_factory):
    module, _ = MODULES[name]
    folder = tmp_path_factory.mktemp("trip")
    touch(folder / "audio" / "a.wav")
    found = data.draw(marked.marks(bands=False))
    # On whole milliseconds, which all of them know.
    found = [
        replace(
            m, onset=round(m.onset, 3), offset=round(m.onset, 3) + max(1, round(1000 * m.duration)) / 1000
        )
        for m in found
    ]
    label = avianz.without_arrow if module is avianz else str
    wanted = sorted((label(m.label), round(m.onset, 3), round(m.offset, 3)) for m in set(found))
    (folder / "out").mkdir()
    module.write([marked.row(folder / "audio" / "a.wav", tuple(found), sr=48000)], folder / "out")
    problems = []
    back = list(module.read(folder / "out", report=problems.append, audio_folder=folder / "audio"))
    assert problems == []
    assert sorted(said(back)["a.wav"]) == wanted


@pytest.mark.parametrize("name", MODULES)
def test_a_recording_without_a_mark_was_looked_at(name, tmp_path):
    module, _ = MODULES[name]
    rows = marked.recordings(tmp_path / "audio", "a.wav", marks=())
    (tmp_path / "out").mkdir()
    assert module.write(rows, tmp_path / "out") == 0
    (back,) = module.read(tmp_path / "out", report=print, audio_folder=tmp_path / "audio")
    assert back.annotations == ()


@pytest.mark.parametrize("name", MODULES)
def test_a_broken_file_is_told_and_spoils_no_other(name, tmp_path, problems):
    module, ending = MODULES[name]
    rows = marked.recordings(tmp_path, "a.wav", "b.wav", marks=(Segment(1.0, 2.0, "owl"),))
    module.write(rows, tmp_path)
    touch(tmp_path / "c.wav")
    (tmp_path / f"c{ending}").write_text("no such thing")
    assert said(module.read(tmp_path, report=problems)) == {
        name: [("owl", 1.0, 2.0)] for name in ("a.wav", "b.wav")
    }
    assert [problem.kind for problem in problems] == ["unusable"]
    with pytest.raises(FormatError, match=rf"c{ending}"):
        list(module.read(tmp_path / f"c{ending}", report=problems))


@pytest.mark.parametrize("name", MODULES)
def test_a_folder_of_recordings_is_read_with_them_and_a_file_is_known_by_its_ending(name, tmp_path, problems):
    module, ending = MODULES[name]
    rows = marked.recordings(tmp_path / "owls" / "site", "a.wav", "b.wav", marks=(Segment(1.0, 2.0, "owl"),))
    module.write(rows[:1], tmp_path / "owls" / "site")
    found = {Path(row.path).name: row for row in read_folder(tmp_path, report=problems)}
    assert said([found["a.wav"]]) == {"a.wav": [("owl", 1.0, 2.0)]}
    assert found["b.wav"].annotations is None
    assert problems == []
    one = tmp_path / "owls" / "site" / f"a{ending}"
    assert format_of(one, "auto") == module.__name__.rpartition(".")[2].replace("_", "-")


def test_several_recordings_want_a_folder(tmp_path):
    rows = marked.recordings(tmp_path, "a.wav", "b.wav")
    for module, ending in MODULES.values():
        with pytest.raises(FormatError, match=r"for each recording|is about one recording"):
            module.write(rows, tmp_path / f"x{ending}")


def praat(*tiers, head='File type = "ooTextFile"\nObject class = "TextGrid"\n'):
    return f"{head}\n0\n10\n<exists>\n{len(tiers)}\n" + "".join(tiers)


def tier(name, *intervals):
    lines = "".join(f'{onset}\n{offset}\n"{text}"\n' for onset, offset, text in intervals)
    return f'"IntervalTier"\n"{name}"\n0\n10\n{len(intervals)}\n{lines}'


POINTS = '"TextTier"\n"peaks"\n0\n10\n2\n1.5\n"x"\n2.5\n"y"\n'


@pytest.fixture
def owl(tmp_path):
    touch(tmp_path / "owl.wav")
    return tmp_path / "owl.TextGrid"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_praat_writes_in_several_encodings(encoding, owl, problems):
    owl.write_bytes(praat(tier("song", (0, 1, ""), (1, 2, "mésange"))).encode(encoding))
    assert said(textgrid.read(owl, report=problems)) == {"owl.wav": [("mésange", 1.0, 2.0)]}
    assert problems == []


def test_the_short_form_of_old_versions_of_praat_is_read(owl, problems):
    owl.write_text(praat(tier("m", (1, 2, "owl")), head='File type = "ooTextFile short"\n"TextGrid"\n'))
    assert said(textgrid.read(owl, report=problems)) == {"owl.wav": [("owl", 1.0, 2.0)]}


def test_what_stands_in_texts_is_no_number_flag_or_comment_of_praat(owl, problems):
    texts = ('say ""x""', "a = b", "! 3 <exists> 7", 'intervals [1]: text = ""q""', "two\nlines")
    owl.write_text(praat(tier("song", *((n, n + 1, text) for n, text in enumerate(texts)))))
    (row,) = textgrid.read(owl, report=problems)
    assert [mark.label for mark in row.annotations] == [text.replace('""', '"') for text in texts]


def test_points_and_intervals_of_no_length_are_told(owl, problems):
    owl.write_text(praat(tier("song", (1, 1, "click"), (2, 3, "owl")), POINTS))
    assert said(textgrid.read(owl, report=problems)) == {"owl.wav": [("owl", 2.0, 3.0)]}
    assert problems.kinds == ["bad-row", "left-out"]
    assert any("2 points of tier 'peaks'" in problem.reason for problem in problems)


def test_tiers_of_one_name_are_read_both(owl, problems):
    owl.write_text(
        praat(tier("song", (1, 2, "owl"), (2, 3, '""tsip""')), tier("song", (1.0001, 1.0002, "wren")))
    )
    (row,) = textgrid.read(owl, report=problems.append)
    click = Segment(1.0001, 1.0002, "wren")
    assert row.annotations == (Segment(1, 2, "owl"), click, Segment(2, 3, '"tsip"'))


def test_a_tier_is_chosen_and_others_are_told(owl, problems):
    owl.write_text(praat(tier("song", (1, 2, "owl")), tier("weather", (0, 9, "rain"))))
    assert said(textgrid.read(owl, report=problems)) == {"owl.wav": [("rain", 0.0, 9.0), ("owl", 1.0, 2.0)]}
    assert said(textgrid.read(owl, report=problems, label_column="song")) == {"owl.wav": [("owl", 1.0, 2.0)]}
    assert [notice.reason for notice in problems.notices] == ["weather"]
    with pytest.raises(FormatError, match="lacks the tier 'wind'"):
        textgrid.read(owl, report=problems, label_column="wind")


@pytest.mark.parametrize(
    "text",
    [
        'File type = "ooTextFile"\nObject class = "Pitch"\n',
        praat(tier("s", (1, 2, "a")))[:70],
        "ooBinaryFile",
    ],
)
def test_other_files_of_praat_are_refused(text, owl, problems):
    owl.write_text(text)
    with pytest.raises(FormatError, match=r"TextGrid|binary"):
        textgrid.read(owl, report=problems)


def test_no_interval_is_so_short_that_a_reader_drops_it_or_its_neighbour(tmp_path, problems):
    found = (Segment(1.0, 1.000001, "a"), Segment(1.000003, 2.0, "b"), Segment(9.999998, 10.0, "c"))
    (row,) = marked.recordings(tmp_path, "a.wav", marks=found)
    textgrid.write([row], tmp_path / "a.TextGrid")
    lines = (tmp_path / "a.TextGrid").read_text().splitlines()
    ends = [
        (float(a), float(b))
        for a, b, text in zip(lines, lines[1:], lines[2:], strict=False)
        if text.startswith('"') and a[0].isdigit() and b[0].isdigit()
    ]
    assert min(b - a for a, b in ends) >= 9.9e-6
    assert max(b for _, b in ends) == 10
    assert [each[0] for each in said(textgrid.read(tmp_path, report=problems))["a.wav"]] == ["a", "b", "c"]


EAF = """<?xml version="1.0"?>
<ANNOTATION_DOCUMENT><HEADER>
<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/film.mp4" MIME_TYPE="video/mp4"/>
<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/site%201/owl.wav" TIME_ORIGIN="{origin}"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="2500"/>
<TIME_SLOT TIME_SLOT_ID="ts3"/></TIME_ORDER>
<TIER TIER_ID="species"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>owl</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
<ANNOTATION_VALUE>wren</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER TIER_ID="call" PARENT_REF="species"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1">
<ANNOTATION_VALUE>hoot</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>"""


def test_elan_names_its_media_and_dependent_tiers_have_the_times_of_others(tmp_path, problems):
    touch(tmp_path / "owl.wav")
    (tmp_path / "another name.eaf").write_text(EAF.format(origin=0))
    assert said(elan.read(tmp_path, report=problems)) == {"owl.wav": [("owl", 1.0, 2.5)]}
    assert [notice.reason for notice in problems.notices if notice.kind == "unused-column"] == ["call"]
    assert problems.kinds == ["bad-row"]  # a time that nobody set
    assert said(elan.read(tmp_path, report=problems, label_column="call")) == {
        "owl.wav": [("hoot", 1.0, 2.5)]
    }


def test_a_document_of_elan_may_begin_later_than_its_sound(tmp_path, problems):
    touch(tmp_path / "owl.wav")
    (tmp_path / "owl.eaf").write_text(EAF.format(origin=500))
    assert said(elan.read(tmp_path, report=problems)) == {"owl.wav": [("owl", 1.5, 3.0)]}


def test_xml_that_declares_entities_is_refused(tmp_path, problems):
    (tmp_path / "a.eaf").write_text(
        '<!DOCTYPE a [<!ENTITY x "y">]><ANNOTATION_DOCUMENT>&x;</ANNOTATION_DOCUMENT>'
    )
    with pytest.raises(FormatError, match=r"a\.eaf is no document of ELAN"):
        elan.read(tmp_path / "a.eaf", report=problems)


AVIANZ = [
    {"Operator": "Ana", "Reviewer": "Bo", "Duration": 60.0, "Noise": "windy"},
    [1.0, 19.0, 1200, 2500, [{"species": "Kiwi (Spotted)", "certainty": 100, "filter": "M", "loudness": 3}]],
    [21.0, 23.0, 800, 6000, [{"species": "Morepork", "certainty": 50, "filter": "ruru", "calltype": "cry"}]],
    [25.0, 26.0, 800, 6000, [{"species": "Morepork", "certainty": 100, "filter": "ruru", "calltype": "cry"}]],
    [
        35,
        45,
        0,
        0,
        [
            {"species": "Kiwi>Brown", "certainty": 50, "filter": "M"},
            {"species": "Don't Know", "certainty": 0, "filter": "M"},
        ],
    ],
]  # fmt: skip


def test_avianz_tells_what_people_marked_from_what_its_filters_found(tmp_path, problems):
    touch(tmp_path / "site" / "owl.WAV")
    (tmp_path / "site" / "owl.WAV.data").write_text(json.dumps(AVIANZ))
    (tmp_path / "other.data").write_text("somebody else's")
    people, filters = avianz.read(tmp_path, report=problems)
    assert problems == []
    assert (people.producer, filters.producer) == ("", "avianz")
    assert people.annotations == (
        Segment(1.0, 19.0, "Kiwi (Spotted)", None, 1200.0, 2500.0),
        Segment(25.0, 26.0, "Morepork", None, 800.0, 6000.0, note="cry"),
        Segment(35.0, 45.0, ""),
        Segment(35.0, 45.0, "Kiwi (Brown)", 0.5),
    )
    found = Segment(21.0, 23.0, "Morepork", 0.5, 800.0, 6000.0, note="cry; filter ruru")
    assert filters.annotations == (found,)


def test_old_versions_of_avianz_wrote_texts_and_shares_of_the_band(tmp_path, problems):
    touch(tmp_path / "owl.wav")
    (tmp_path / "owl.wav.data").write_text(json.dumps([[1, 2, 0.1, 0.9, ["Tui?", "Kiwi"]], "no segment"]))
    (row,) = avianz.read(tmp_path / "owl.wav.data", report=problems)
    assert row.annotations == (Segment(1.0, 2.0, "Kiwi"), Segment(1.0, 2.0, "Tui", 0.5))
    assert problems.kinds == ["bad-row"]


def test_what_old_versions_of_avianz_wrote_of_a_recording_is_no_mark(tmp_path, problems):
    touch(tmp_path / "a.wav")
    (tmp_path / "a.wav.data").write_text('[[-1, "05:00:00", "Ana", "Ben", -1], [1, 2, 0, 0, ["Kiwi"]]]')
    (row,) = avianz.read(tmp_path / "a.wav.data", report=problems)
    assert row.annotations == (Segment(1, 2, "Kiwi"),)
    assert problems == []


def test_scores_notes_and_bands_come_through_avianz(tmp_path):
    found = (
        Segment(1.0, 2.0, "owl", 1.0, 100.0, 200.5),
        Segment(1.0, 2.0, "wren", 0.123456789, note="far; off"),
    )
    rows = marked.recordings(tmp_path, "a.wav", "a.flac", marks=found)
    avianz.write(rows, tmp_path)
    assert (tmp_path / "a.wav.data").is_file()
    assert {row.annotations for row in avianz.read(tmp_path, report=print)} == {found}


def test_sonic_visualiser_tells_points_that_have_no_length(tmp_path, problems):
    touch(tmp_path / "owl.wav")
    (tmp_path / "owl.svl").write_text(
        '<sv><data><model sampleRate="100" dataset="7" subtype="box"/><dataset id="7">'
        '<point frame="50" value="1000" duration="100" extent="500.5" label="owl"/></dataset>'
        '<model sampleRate="100" dataset="8"/><dataset id="8"><point frame="1" label="x"/></dataset>'
        "</data></sv>"
    )
    (row,) = sonic_visualiser.read(tmp_path, report=problems)
    assert row.annotations == (Segment(0.5, 1.5, "owl", None, 1000.0, 1500.5),)
    assert problems.kinds == ["left-out"]


def test_jams_of_a_program_is_a_layer_of_its_own_and_values_that_name_nothing_are_told(tmp_path, problems):
    touch(tmp_path / "owl.wav")
    beats = {"namespace": "beat", "data": [{"time": 1.0, "duration": 0.0, "value": 2.0, "confidence": None}]}
    scene = {"label": "owl", "event_time": 1.0}
    made = {
        "namespace": "scaper",
        "annotation_metadata": {"data_source": "program", "annotation_tools": "scaper"},
        "data": {"time": [1.0], "duration": [0.5], "value": [scene], "confidence": [0.75]},
    }
    (tmp_path / "owl.jams").write_text(json.dumps({"annotations": [beats, made]}))
    (row,) = jams.read(tmp_path, report=problems)
    assert (row.producer, row.annotations) == ("scaper", (Segment(1.0, 1.5, "owl", 0.75),))
    assert problems.kinds == ["left-out"]


def test_a_tier_is_chosen_in_a_folder_of_recordings_too(owl, problems):
    owl.write_text(praat(tier("song", (1, 2, "owl")), tier("weather", (0, 9, "rain"))))
    (row,) = read_folder(owl.parent, report=problems, label_column="song")
    assert said([row]) == {"owl.wav": [("owl", 1.0, 2.0)]}
    owl.rename(owl.with_suffix(".txt"))
    with pytest.raises(UsageError, match="fixed columns"):
        list(read_folder(owl.parent, report=problems, label_column="song"))


@pytest.mark.parametrize("name", MODULES)
def test_what_a_person_did_in_another_program_is_not_replaced(name, tmp_path):
    module, ending = MODULES[name]
    rows = marked.recordings(tmp_path / "audio", "a.wav")
    for _ in range(2):  # its own files are
        with link_folder(tmp_path / "out") as place:
            module.write(rows, place.part)
    with (tmp_path / "out" / f"a{ending}").open("a") as file:
        file.write("\n")
    with pytest.raises(UsageError, match="was changed since curate wrote it"), link_folder(tmp_path / "out"):
        pass
