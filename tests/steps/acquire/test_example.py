"""The example data set holds what its tables say, and is written only where it may be."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import signal
import subprocess
import sys
import warnings
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import curate
from curate.errors import UsageError
from curate.intervals import clip, total
from curate.net.http import Expectation, Http, Limit, Manners
from curate.steps.acquire.example import ExampleSummary, example
from curate.steps.acquire.example_archive import ExampleArchive

DATA = Path(curate.__file__).parent / "example_data"
MEGABYTES_3 = 3_000_000


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


TRUTH = table("truth.csv")
TRAIN = table("train.csv")
FILES = sorted({row["file"] for row in TRUTH})


def facts(what: str) -> dict[str, list[dict[str, str]]]:
    """Rows of truth of one kind, by file."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in TRUTH:
        if row["what"] == what:
            found.setdefault(row["file"], []).append(row)
    return found


def voices(file: str) -> list[tuple[float, float]]:
    return [(float(row["onset"]), float(row["offset"])) for row in facts("voice").get(file, [])]


@cache
def sound(file: str) -> tuple[np.ndarray, int]:
    """What can be decoded, shape (n, channels): libsndfile block by block, PyAV for what it cannot read."""
    import av
    import soundfile

    if file.endswith(".m4a"):
        with av.open(str(DATA / file)) as container:
            planes = [frame.to_ndarray() for frame in container.decode(audio=0)]
            return np.concatenate(planes, axis=1).T, container.streams.audio[0].rate
    blocks = [np.zeros((0, soundfile.info(DATA / file).channels), np.float32)]
    with soundfile.SoundFile(DATA / file) as stream:
        try:
            while len(block := stream.read(4096, dtype="float32", always_2d=True)):
                blocks.append(block)
        except soundfile.LibsndfileError:
            assert file in facts("truncated")
        return np.concatenate(blocks), stream.samplerate


class Heard(NamedTuple):
    segments: list[tuple[float, float]]
    duration: float


@pytest.fixture(scope="module")
def heard() -> dict[str, Heard]:
    """What Silero VAD finds in each file, at its own default threshold."""
    import soxr
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        # The package's own call of torch.jit.load is deprecated since torch 2.13, louder since 2.14.
        for kind in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", kind)
        model = load_silero_vad()
    found = {}
    for file in FILES:
        y, sr = sound(file)
        mono = soxr.resample(y.mean(axis=1), sr, 16000).astype(np.float32)
        stamps = get_speech_timestamps(torch.from_numpy(mono), model, threshold=0.5)
        segments = [(stamp["start"] / 16000, stamp["end"] / 16000) for stamp in stamps]
        found[file] = Heard(segments, len(y) / sr)
    torch.set_num_threads(threads)
    return found


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


# What the data says of itself.


def test_data_is_small() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < MEGABYTES_3


def test_truth_speaks_of_every_audio_file_and_of_no_other() -> None:
    present = {str(path.relative_to(DATA)) for path in DATA.glob("train_*/**/*") if path.is_file()}
    assert set(FILES) == present


def test_every_file_either_has_a_voice_or_none() -> None:
    assert set(facts("voice")) ^ set(facts("no voice")) == set(FILES)
    assert set(facts("voice")) & set(facts("no voice")) == set()


def test_at_least_half_of_the_files_hold_no_voice() -> None:
    assert len(facts("no voice")) >= len(FILES) / 2


def test_voices_speak_five_languages() -> None:
    spoken = {row["language"] for rows in facts("voice").values() for row in rows}
    assert spoken == {"de", "en", "es", "pt", "ru"}


@pytest.mark.parametrize("file", sorted(facts("voice")))
def test_voice_intervals_are_in_order_and_inside_their_file(file: str) -> None:
    y, sr = sound(file)
    times = [0.0, *(time for interval in voices(file) for time in interval), len(y) / sr]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_one_recording_leaves_less_than_five_seconds_without_its_voice() -> None:
    left = {file: len(sound(file)[0]) / sound(file)[1] - total(voices(file)) for file in facts("voice")}
    assert [file for file, seconds in left.items() if seconds < 5] == ["train_audio/quetan9/XC90000021.ogg"]


def test_train_table_names_files_that_exist() -> None:
    present = {str(path.relative_to(DATA / "train_audio")) for path in (DATA / "train_audio").glob("*/*")}
    assert {row["filename"] for row in TRAIN} == present
    assert len(TRAIN) == len(present)


def test_train_table_holds_lists_numbers_and_known_labels() -> None:
    taxa = {row["primary_label"]: row for row in table("taxonomy.csv")}
    for row in TRAIN:
        label = row["primary_label"]
        assert row["filename"].startswith(f"{label}/{row['collection']}")
        assert (row["scientific_name"], row["common_name"]) == (
            taxa[label]["scientific_name"],
            taxa[label]["common_name"],
        )
        assert set(ast.literal_eval(row["secondary_labels"])) <= taxa.keys() - {label} | {""}
        assert all(isinstance(kind, str) for kind in ast.literal_eval(row["type"]))
        assert 0 <= float(row["rating"]) <= 5
        assert -90 <= float(row["latitude"]) <= 90
        assert -180 <= float(row["longitude"]) <= 180
    assert {row["primary_label"] for row in TRAIN} == set(taxa)


def test_train_table_has_what_licence_filters_and_rare_classes_need() -> None:
    labels = [row["primary_label"] for row in TRAIN]
    assert "cc-by-nc-nd 4.0" in {row["license"] for row in TRAIN}
    assert labels.count("ledfly9") == 2
    assert any(row["secondary_labels"] != "['']" for row in TRAIN)


def test_nothing_can_be_taken_for_a_real_record() -> None:
    assert all(row["url"].startswith("https://example.org/") for row in TRAIN)
    assert all(row["scientific_name"].split()[0].endswith("fictus") for row in table("taxonomy.csv"))
    assert "CC0" in (DATA / "README.txt").read_text(encoding="utf-8")


# What a detector and the decoders say of it.


@pytest.mark.parametrize("file", sorted(facts("voice")))
def test_detector_finds_the_voices_where_truth_says(file: str, heard: dict[str, Heard]) -> None:
    segments = heard[file].segments
    for onset, offset in voices(file):
        near = [segment for segment in segments if segment[0] < offset and onset < segment[1]]
        assert total(clip(near, onset, offset)) >= 0.8 * (offset - onset)
        assert near[0][0] == pytest.approx(onset, abs=0.35)
        assert near[-1][1] == pytest.approx(offset, abs=0.35)


@pytest.mark.parametrize("file", sorted(facts("voice")))
def test_detector_finds_nothing_beside_the_voices(file: str, heard: dict[str, Heard]) -> None:
    for onset, offset in heard[file].segments:
        assert total(clip(voices(file), onset, offset)) > 0


@pytest.mark.parametrize("file", sorted(facts("no voice")))
def test_detector_finds_no_voice_where_there_is_none(file: str, heard: dict[str, Heard]) -> None:
    assert heard[file].segments == []


def test_duplicates_have_the_same_bytes_under_another_label() -> None:
    pairs = [(file, rows[0]["note"]) for file, rows in facts("duplicate of").items()]
    assert len(pairs) == 1
    for copy, original in pairs:
        assert (DATA / copy).read_bytes() == (DATA / original).read_bytes()
        assert Path(copy).parent != Path(original).parent


def test_dead_microphone_ends_in_exact_zeros() -> None:
    (file,) = facts("dead microphone")
    y, sr = sound(file)
    assert len(y) == 12 * sr
    assert np.any(y[4 * sr - 1000 : 4 * sr])
    assert not np.any(y[4 * sr :])


def test_truncated_file_gives_less_than_its_header_promises() -> None:
    import soundfile

    (file,) = facts("truncated")
    y, sr = sound(file)
    promised = soundfile.info(DATA / file).frames
    assert promised == 8 * sr
    assert 0.4 * promised < len(y) < 0.65 * promised
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(DATA / file)


def test_formats_rates_and_channels_are_mixed() -> None:
    assert {Path(file).suffix for file in FILES} == {".flac", ".m4a", ".mp3", ".ogg", ".wav"}
    assert {sound(file)[1] for file in FILES} == {16000, 32000, 44100, 48000}
    assert sum(sound(file)[0].shape[1] == 2 for file in FILES) == 1


# Writing it.


def test_example_writes_the_data_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    summary = example(folder)
    assert digests(folder) == digests(DATA)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert summary == ExampleSummary(folder, len(FILES), size)


def test_second_time_changes_nothing(tmp_path: Path) -> None:
    first = example(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert example(tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_missing_and_changed_files_are_restored_and_others_stay(tmp_path: Path) -> None:
    example(tmp_path)
    (tmp_path / "train.csv").write_text("changed")
    (tmp_path / "train_audio/silwre9/XC90000011.ogg").unlink()
    (tmp_path / "curate.db").write_text("mine")
    example(tmp_path)
    assert digests(tmp_path) == digests(DATA) | {"curate.db": hashlib.sha256(b"mine").hexdigest()}


def test_run_killed_after_its_first_bytes_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "README.txt.part").write_text("A small ex")
    example(tmp_path)
    assert digests(tmp_path) == digests(DATA)


@pytest.mark.parametrize("name", ["notes.txt", "README.txt", "train.csv"])
def test_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match="holds other files") as caught:
        example(tmp_path)
    assert caught.value.hint is not None
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("mine")
    with pytest.raises(UsageError, match="expected a folder"):
        example(tmp_path / "here")


def test_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="failed to write the example"):
        example(tmp_path / "file" / "below")


# As an archive.


@pytest.fixture(scope="module")
def archive():
    with ExampleArchive() as archive:
        yield archive


@pytest.fixture
def http():
    with Http(Manners(allow_private=True, default_limit=Limit(requests=None))) as http:
        yield http


def ask(http, archive, query, **more):
    return http.get(f"{archive.url}/api/3/recordings", {"query": query, "per_page": "500", **more}).json()


def test_the_archive_lists_what_came_from_xeno_canto_and_gives_its_files(http, archive, tmp_path):
    listed = ask(http, archive, "grp:birds")["recordings"]
    expected = {row["filename"] for row in TRAIN if row["collection"] == "XC"}
    assert {record["file-name"] for record in listed} == {name.partition("/")[2] for name in expected}
    for record in listed:
        expect = Expectation(name_hint=record["file-name"])
        file = http.download(record["file"], tmp_path / record["id"], expect=expect)
        original = next(name for name in expected if name.endswith(record["file-name"]))
        assert file.path.read_bytes() == (DATA / "train_audio" / original).read_bytes()


def test_the_archive_answers_in_pages(http, archive):
    pages = [ask(http, archive, "grp:birds", per_page="4", page=str(page)) for page in (1, 2, 3, 4)]
    assert [len(page["recordings"]) for page in pages] == [4, 4, 3, 0]
    assert {(page["numRecordings"], page["numPages"]) for page in pages} == {("11", 3)}
    assert len({record["id"] for page in pages for record in page["recordings"]}) == 11


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('sp:"Thryofictus argentilinea"', 4),
        ("gen:Thryofictus sp:argentilinea", 4),
        ("gen:strigofictus cnt:Exemplia", 2),
        ("nr:90000011,90000012", 2),
        ('grp:birds q:">B"', 1),
        ("grp:frogs", 0),
        ("gen:Turdus", 0),
    ],
)
def test_the_archive_understands_the_tags_of_a_first_question(query, found, http, archive):
    assert ask(http, archive, query)["numRecordings"] == str(found)


def test_the_archive_says_what_is_wrong_as_the_real_one_does(http, archive):
    for query in ("", "wren"):
        answer = http.get(f"{archive.url}/api/3/recordings", {"query": query})
        assert (answer.status, answer.json()["error"]) == (400, "client_error")
    assert http.get(f"{archive.url}/1/download").status == 404
    assert http.get(f"{archive.url}/").status == 404


def test_without_a_folder_it_is_only_served():
    with pytest.raises(UsageError, match="nowhere to write"):
        example()
    with ExampleArchive() as taken, pytest.raises(UsageError, match="failed to listen on port"):
        example(serve=True, port=int(taken.url.rpartition(":")[2]))


def test_the_command_serves_until_ctrl_c():
    command = [sys.executable, "-m", "curate", "example", "--serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = json.loads(process.stdout.readline())["url"]
        with Http(Manners(allow_private=True)) as http:
            assert http.get(f"{url}/api/3/recordings", {"query": "grp:birds"}).ok
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk) == (0, "")
