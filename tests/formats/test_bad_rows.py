"""Every reader tells what it cannot use with file, row, column and what was expected, and reads the rest."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.catalogue.dataset import Dataset
from curate.errors import FormatError
from curate.formats import READERS
from curate.lookup import resolve
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.formats.rows import touch
from tests.formats.sources import SOURCES

GOOD = [("a.wav", 0.5, 1.5, "owl"), ("b.wav", 1.0, 2.0, "owl")]
#: Formats whose library refuses the whole file for one wrong value.
WHOLE = frozenset({"aoef"})
WITH_TIMES = [name for name, source in SOURCES.items() if source.onset and name not in WHOLE]
OF_TEXT = [name for name, source in SOURCES.items() if source.delimiter]
#: XML says in which encoding it is, and what is in another one is none.
OF_XML = frozenset({"elan", "sonic-visualiser"})
WITH_ROWS = [name for name in SOURCES if name not in ("birdnet", "folders")]


def read(name, place, problems):
    """What is read, by file: the stretches that are marked, or kept."""
    found = {}
    for row in resolve(name, READERS, kind="format")(place, report=problems):
        spans = row.stretches or [(m.onset, m.offset) for m in row.annotations or ()]
        found[Path(row.path).name] = (row.label or next((m.label for m in row.annotations or ()), ""), *spans)
    return found


def expected(name, rows=GOOD):
    times = SOURCES[name].onset is not None
    return {file: (label, (onset, offset)) if times else (label,) for file, onset, offset, label in rows}


@pytest.fixture
def audio(tmp_path):
    touch(*(tmp_path / f"{name}.wav" for name in "abc"))
    return tmp_path


def test_no_reader_is_forgotten():
    # Clips of BirdNET and tables of NIPS4Bplus are known by names of their own.
    own = {"birdnet-segments", "nips4bplus"}
    assert list(SOURCES) == [name for name in READERS if name not in own]


@pytest.mark.parametrize("name", SOURCES)
def test_good_rows_are_read_whatever_else_stands_in_them(name, audio, problems):
    place = SOURCES[name].make(audio, GOOD)
    found = read(name, place, problems)
    for file, told in expected(name).items():
        assert found[file] == told
    assert {problem.kind for problem in problems} <= {"file-without-row"}


@pytest.mark.parametrize("name", WITH_TIMES)
@pytest.mark.parametrize(
    ("onset", "offset", "wrong", "words"),
    [
        (-1.0, 2.0, "onset", "expected seconds, 0 or more, found '-1"),
        (3.0, 2.0, "offset", "expected seconds after 3, found '"),
        ("soon", 2.0, "onset", "soon"),
        (1.0, "", "offset", "expected"),
    ],
    ids=["negative", "backwards", "a word", "empty"],
)
def test_wrong_times_are_told_with_file_row_and_column(name, onset, offset, wrong, words, audio, problems):
    if name == "textgrid" and not (isinstance(onset, float) and isinstance(offset, float)):
        pytest.skip("in a TextGrid what is no number in its place breaks the file")
    source = SOURCES[name]
    place = source.make(audio, [GOOD[0], ("a.wav", onset, offset, "owl"), GOOD[1]])
    found = read(name, place, problems)
    assert found == expected(name)
    (problem,) = problems
    assert problem.kind == "bad-row"
    assert re.fullmatch(
        r".+\.\w+: ?(task |entry |point |tier '\w+', (interval |annotation ))?\d+", problem.path
    )
    assert problem.path.startswith(str(audio))
    assert re.search(rf"\b{re.escape(getattr(source, wrong))}", problem.reason)
    assert words in problem.reason
    assert "expected" in problem.reason


@pytest.mark.parametrize("name", SOURCES)
def test_a_recording_that_is_not_there_is_told_with_the_row_that_names_it(name, audio, problems):
    place = SOURCES[name].make(audio, [GOOD[0], ("gone.wav", 1.0, 2.0, "owl"), GOOD[1]])
    if name == "audacity":  # in a folder of labels a text without a recording may be anything
        place = audio / "gone.txt"
        assert read(name, place, problems) == {}
    else:
        assert read(name, place, problems).keys() >= {"a.wav", "b.wav"}
    (problem,) = (each for each in problems if each.kind != "file-without-row")
    assert "gone" in problem.path
    if name in ("birdnet", "folders"):
        assert (problem.kind, problem.reason) == ("not-a-file", "a link to nothing")
    else:
        assert problem.kind == "row-without-file"
        assert str(audio) in problem.reason


@pytest.mark.parametrize("name", ["audiofolder", "birdclef"])
def test_a_cell_that_is_no_number_is_told_with_file_row_and_column(name, audio, problems):
    place = SOURCES[name].make(audio, [("a.wav", "north", 0, "owl"), GOOD[1]])
    assert read(name, place, problems).keys() >= {"a.wav", "b.wav"}
    (problem,) = (each for each in problems if each.kind == "bad-row")
    assert problem.path.endswith(".csv:2")
    assert problem.reason == "column latitude: expected a number, found 'north'"


def rewritten(place, source, change):
    """Rewrite the tables of a source, as bytes."""
    tables = list(place.rglob(source.tables)) if place.is_dir() else [place]
    assert tables
    for table in tables:
        table.write_bytes(change(table.read_bytes()))


@pytest.mark.parametrize(
    "name", [name for name in WITH_ROWS if name not in ("croissant", "parquet", "perch-hoplite")]
)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace("mésange".encode(), "mésange".encode("latin-1")),
    ],
    ids=["BOM", "CRLF", "latin-1"],
)
def test_other_programs_write_text_otherwise(name, change, audio, problems):
    if name in OF_XML and "mésange".encode() not in change("mésange".encode()):
        pytest.skip("it says in which encoding it is")
    label = "owl" if name == "opensoundscape" else "mésange"
    rows = [(file, onset, offset, label) for file, onset, offset, _ in GOOD]
    place = SOURCES[name].make(audio, rows)
    rewritten(place, SOURCES[name], change)
    assert read(name, place, problems) == expected(name, rows)
    assert {problem.kind for problem in problems} <= {"file-without-row"}


@pytest.mark.parametrize("name", [name for name in OF_TEXT if SOURCES[name].delimiter == ","])
def test_semicolons_and_decimal_commas_are_understood(name, audio, problems):
    place = SOURCES[name].make(audio, GOOD)
    rewritten(
        place,
        SOURCES[name],
        lambda text: text.replace(b",", b";").replace(b"0.5", b"0,5").replace(b"1.5", b"1,5"),
    )
    assert read(name, place, problems) == expected(name)
    assert {problem.kind for problem in problems} <= {"file-without-row"}


@pytest.mark.parametrize("name", [name for name in OF_TEXT if SOURCES[name].delimiter == "\t"])
def test_decimal_commas_between_tabs_are_understood(name, audio, problems):
    place = SOURCES[name].make(audio, GOOD)
    rewritten(place, SOURCES[name], lambda text: re.sub(rb"(\d)\.(\d)", rb"\1,\2", text))
    assert read(name, place, problems) == expected(name)
    assert problems == []


@pytest.mark.parametrize("name", [name for name in WITH_ROWS if name not in WHOLE])
def test_an_import_takes_the_good_rows_and_counts_the_bad_one(name, tmp_path):
    folder = tmp_path / "in"
    for letter in "ab":
        write_tone(folder / f"{letter}.wav", seconds=2.5, sr=8000)
    times = SOURCES[name].onset is not None
    bad = ("a.wav", -1.0, 2.0, "owl") if times else ("gone.wav", 1.0, 2.0, "owl")
    place = SOURCES[name].make(folder, [GOOD[0], bad, GOOD[1]])
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        summary = import_(dataset, place, format=name)
    assert (summary.added, summary.unused) == (2, 1)  # for which the command ends with 3


@pytest.mark.parametrize("name", ["jsonl", "lhotse", "nemo"])
@pytest.mark.parametrize("line", [b"[1]\n", b"{\n"])
def test_a_line_that_is_no_object_is_told_once(name, line, audio, problems):
    place = SOURCES[name].make(audio, GOOD)
    table = audio / "t.supervisions.jsonl" if name == "lhotse" else place
    first, rest = table.read_bytes().split(b"\n", 1)
    lines = (line, first + b"\n") if name == "nemo" else (first + b"\n", line)
    table.write_bytes(b"".join(lines) + rest)
    assert read(name, place, problems) == expected(name)
    (problem,) = problems
    assert (problem.kind, problem.path) == ("bad-row", f"{table}:{1 if name == 'nemo' else 2}")
    assert "JSON object" in problem.reason


KEYS = "annotations custom data id label meta offset path recording recording_id result source sources start"
ANYTHING = st.recursive(
    st.none() | st.integers(-2, 5) | st.sampled_from(["", "a.wav", "1.5"]),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inside, max_size=5)
    ),
    max_leaves=20,
)


@given(
    objects=st.lists(
        st.dictionaries(st.sampled_from([*KEYS.split(), "supervisions"]), ANYTHING, max_size=5), max_size=3
    )
)
def test_json_of_any_shape_is_read_or_told(objects, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    touch(folder / "a.wav")
    lines = "".join(json.dumps(each) + "\n" for each in objects)
    (folder / "tasks.json").write_text(json.dumps(objects))
    for name in ("cuts.jsonl", "recordings.jsonl", "supervisions.jsonl"):
        (folder / name).write_text(lines)
    for reader, place in (
        ("label-studio", folder / "tasks.json"),
        ("lhotse", folder / "cuts.jsonl"),
        ("lhotse", folder),
    ):
        told = []
        rows = resolve(reader, READERS, kind="format")(place, report=told.append)
        assert all(row.path == str(folder / "a.wav") for row in rows)
        assert all(problem.reason for problem in told)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_file_that_its_library_refuses_is_refused_with_its_words(name, audio, problems):
    place = SOURCES[name].make(audio, [GOOD[0], ("a.wav", "soon", 2.0, "owl")])
    with pytest.raises(FormatError, match=rf"{re.escape(str(place))} is no valid file of .*: .+"):
        read(name, place, problems)


def test_a_packed_manifest_that_breaks_off_is_told(audio):
    whole = gzip.compress(b"{}\n" * 1000)
    for broken in (whole[: len(whole) // 2], b"no gzip", whole[:20] + b"\xff" * 20):
        (audio / "cuts.jsonl.gz").write_bytes(broken)
        with pytest.raises(FormatError, match=r"failed to read .*cuts\.jsonl\.gz to its end"):
            list(resolve("lhotse", READERS, kind="format")(audio / "cuts.jsonl.gz", report=print))
