"""Whole sets: fetched, unpacked and imported, with what is said of them as a whole."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.catalogue.dataset import Dataset
from curate.catalogue.downloads import recordings_in
from curate.errors import UsageError
from curate.formats.tables.csv import read_manifest
from curate.net import unpack
from curate.net.loopback import LoopbackReply
from curate.steps.acquire.download import download
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.export.manifest import manifest
from curate.steps.inspect.show import show
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.fakes.huggingface import HuggingFace
from tests.fakes.sounds import sound


def zipped(files, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return out.getvalue()


class Host(FileHost):
    """A host of files that also answers with JSON."""

    def __init__(self):
        self.answers = {}
        super().__init__()

    def reply(self, question):
        if question.path in self.answers:
            return LoopbackReply(
                200, json.dumps(self.answers[question.path]).encode(), {"Content-Type": "application/json"}
            )
        return super().reply(question)


@pytest.fixture
def host():
    with Host() as server:
        yield server


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


def record(host, **files):
    """Publish a record of Zenodo."""
    host.files.update({f"/{name}": body for name, body in files.items()})
    host.answers["/api/records/7"] = {
        "id": 7,
        "doi": "10.5281/zenodo.7",
        "metadata": {"title": "Frogs", "license": {"id": "cc-by-4.0"}, "creators": [{"name": "Ann"}]},
        "files": [
            {
                "key": name,
                "size": len(body),
                "checksum": f"md5:{hashlib.md5(body, usedforsecurity=False).hexdigest()}",
                "links": {"self": f"{host.url}/{name}"},
            }
            for name, body in files.items()
        ],
    }


def zenodo(birds, host, **options):
    return download(birds, "zenodo", record="7", server=host.url, allow_private=True, patience=5, **options)


def rows(birds, table="recordings"):
    found = show(birds, table)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_a_record_with_folders_by_label_is_imported_with_its_licence_and_authors(birds, host):
    record(
        host,
        **{
            "frogs.zip": zipped(
                {"set/hyla/a.wav": sound(1), "set/rana/b.wav": sound(2), "set/readme.txt": b"hi"}
            )
        },
    )
    summary = zenodo(birds, host)
    assert summary.imported.added == 2
    assert (summary.found, summary.chosen, summary.downloaded, summary.known) == (2, 2, 2, 0)
    assert summary.bytes == len(host.files["/frogs.zip"])
    assert summary.audio_seconds == 1
    found = {row["recording_id"]: row for row in rows(birds)}
    assert sorted(found) == ["zenodo:7/hyla/a.wav", "zenodo:7/rana/b.wav"]
    frog = found["zenodo:7/hyla/a.wav"]
    assert (frog["label"], frog["license"], frog["recordist"]) == ("hyla", "CC-BY-4.0", "Ann")
    assert frog["url"] == "https://doi.org/10.5281/zenodo.7"
    with (birds.folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        assert {row["recordist"] for row in csv.DictReader(file)} == {"Ann"}


def test_a_table_beside_the_sound_gives_the_labels(birds, host):
    table = b"filename,species\nb.wav,Rana temporaria\na.wav,Hyla arborea\nlost.wav,Bufo bufo\n"
    record(host, **{"audio.zip": zipped({"x/a.wav": sound(1), "x/b.wav": sound(2)}), "labels.csv": table})
    zenodo(birds, host)
    assert {row["path"].rpartition("/")[2]: row["label"] for row in rows(birds)} == {
        "a.wav": "Hyla arborea",
        "b.wav": "Rana temporaria",
    }


def test_single_files_are_recordings_without_a_label(birds, host):
    record(host, **{"dawn.wav": sound(1), "notes.pdf": b"%PDF-1.4"})
    zenodo(birds, host)
    assert [(row["recording_id"], row["label"]) for row in rows(birds)] == [("zenodo:7/dawn.wav", None)]


def test_the_same_command_fetches_and_unpacks_nothing_again(birds, host):
    record(
        host, **{"frogs.zip": zipped({"hyla/a.wav": sound(1), "rana/b.wav": sound(2)}), "readme.txt": b"hi"}
    )
    zenodo(birds, host)
    before, expected = len(host.seen), rows(birds)
    summary = zenodo(birds, host)
    assert len(host.seen) == before
    assert (summary.imported.added, summary.imported.known) == (0, 2)
    assert rows(birds) == expected


def bytes_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "gone", ["frogs/hyla/a.wav", "frogs/one/rana/b.wav", "frogs", "c.wav", "frogs/list.csv"]
)
def test_what_was_removed_of_a_set_is_fetched_again_and_nothing_else_is_touched(birds, host, gone):
    inner = tarred({"rana/b.wav": sound(2)})
    files = {"hyla/a.wav": sound(1), "one.tar.gz": inner, "list.csv": b"x,y\n", "hyla/d.wav": sound(4)}
    record(host, **{"frogs.zip": zipped(files), "c.wav": sound(3)})
    zenodo(birds, host)
    folder = birds.raw / "zenodo" / "7"
    expected, known = bytes_below(folder), rows(birds)
    stays = {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav") if gone not in str(path)}
    path = folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    summary = zenodo(birds, host)
    [told] = summary.problems
    assert (told.kind, told.path) == ("gone", "c.wav" if gone == "c.wav" else "frogs.zip")
    assert told.reason.endswith("fetched again")
    assert bytes_below(folder) == expected
    assert {path: path.stat().st_mtime_ns for path in stays} == stays
    assert rows(birds) == known
    assert zenodo(birds, host).problems == []


def test_what_was_removed_of_a_set_that_its_archive_replaced_is_told(birds, host):
    record(host, **{"frogs.zip": zipped({"hyla/a.wav": sound(1), "hyla/b.wav": sound(2)})})
    zenodo(birds, host)
    (birds.raw / "zenodo" / "7" / "frogs" / "hyla" / "a.wav").unlink()
    record(host, **{"frogs.zip": zipped({"hyla/a.wav": sound(5)})})
    told = {each.kind: each.reason for each in zenodo(birds, host, refresh=True).problems}
    assert told["gone"] == (
        "1 file of it gone: frogs/hyla/a.wav; its archive has others now, so nothing is fetched again"
    )
    assert "other bytes at its archive now" in told["changed"]
    assert not (birds.raw / "zenodo" / "7" / "frogs" / "hyla" / "a.wav").exists()


@pytest.mark.parametrize("name", ["frogs.zip", "a.wav"])
def test_a_file_that_its_archive_replaced_is_told_and_the_set_stays(birds, host, name):
    """A branch of a hub goes on, and the set was made of what was there."""
    made = zipped({"hyla/a.wav": sound(1)}) if name == "frogs.zip" else sound(1)
    record(host, **{name: made, "readme.txt": b"hi"})
    zenodo(birds, host)
    assert zenodo(birds, host, refresh=True).problem_counts["changed"] == 0
    expected = rows(birds)
    record(
        host,
        **{name: zipped({"hyla/a.wav": sound(2)}) if name == "frogs.zip" else sound(2), "readme.txt": b"hi"},
    )
    summary = zenodo(birds, host, refresh=True)
    [told] = [each for each in summary.problems if each.kind == "changed"]
    assert (told.path, rows(birds)) == (name, expected)
    assert "other bytes at its archive now" in told.reason


def test_a_checksum_that_differs_is_told_and_nothing_is_unpacked(birds, host):
    record(host, **{"frogs.zip": zipped({"hyla/a.wav": sound(1)})})
    host.answers["/api/records/7"]["files"][0]["checksum"] = f"md5:{'0' * 32}"
    summary = zenodo(birds, host)
    assert [problem.kind for problem in summary.problems] == ["failed"]
    assert summary.failed == 1
    assert rows(birds) == []


def test_nothing_is_unpacked_outside_of_its_folder(birds, host, tmp_path):
    record(host, **{"frogs.zip": zipped({"../../../../escaped.wav": sound(1), "hyla/a.wav": sound(2)})})
    summary = zenodo(birds, host)
    assert [row["label"] for row in rows(birds)] == ["hyla"]
    assert any("escaped.wav" in problem.path for problem in summary.problems)
    assert not list(tmp_path.glob("escaped*"))


def test_a_name_of_a_file_that_leads_out_is_refused(birds, host):
    record(host, **{"a.wav": sound(1)})
    host.answers["/api/records/7"]["files"][0]["key"] = "../../a.wav"
    summary = zenodo(birds, host)
    assert "leads out" in summary.problems[0].reason
    assert rows(birds) == []


def test_a_preview_lists_the_files(birds, host):
    record(host, **{"a.wav": sound(1), "b.zip": b""})
    assert zenodo(birds, host, metadata_only=True).files == ["a.wav", "b.zip"]
    assert not host.asked("a.wav")


def parquet(columns, **features):
    """A Parquet table, with what the package `datasets` notes of its columns."""
    table = pa.table(columns)
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def hub(birds, server, **options):
    return download(
        birds, "huggingface", repo=server.repo, server=server.url, allow_private=True, patience=5, **options
    )


NO_NUMBERS = pa.array([None, None], pa.float64())
BIRDSET = {
    **{f"HSN/HSN_train_shard_000{n}.tar.gz": tarred({f"XC{n}.ogg": sound(n, "OGG")}) for n in (1, 2)},
    "HSN/HSN_test_shard_0001.tar.gz": tarred({"HSN_1.ogg": sound(3, "OGG", seconds=12)}),
    "HSN/HSN_test5s_shard_0001.tar.gz": tarred(
        {f"HSN_1_{at}.ogg": sound(4 + n, "OGG", seconds=5) for n, at in enumerate(("000_005", "005_010"))}
    ),
    "HSN/HSN_metadata_train.parquet": parquet(
        {
            "filepath": ["XC1.ogg", "XC2.ogg"],
            "start_time": NO_NUMBERS,
            "end_time": NO_NUMBERS,
            "ebird_code": ["eurbla", "fieldf"],
            "ebird_code_multilabel": [["eurbla"], ["fieldf"]],
            "ebird_code_secondary": [["fieldf"], []],
            "license": ["//creativecommons.org/licenses/by-nc/4.0/"] * 2,
            "recordist": ["Ann", "Ben"],
            "detected_events": [[[0.1, 0.4], [0.5, 0.9]], []],
            "event_cluster": [[0, 1], []],
        }
    ),
    "HSN/HSN_metadata_test.parquet": parquet(
        {
            "filepath": ["HSN_1.ogg", "HSN_1.ogg"],
            "start_time": [1.0, 6.5],
            "end_time": [2.0, 8.0],
            "low_freq": [500, 600],
            "high_freq": [4000, 5000],
            "ebird_code": ["eurbla", "fieldf"],
        }
    ),
    "HSN/HSN_metadata_test_5s.parquet": parquet(
        {
            "filepath": ["HSN_1_000_005.ogg", "HSN_1_005_010.ogg"],
            "start_time": [0.0, 5.0],
            "end_time": [5.0, 10.0],
            "ebird_code_multilabel": [["eurbla"], ["fieldf", "eurbla"]],
        }
    ),
}


@pytest.fixture(scope="module")
def birdset(tmp_path_factory):
    """The set, downloaded twice."""
    with (
        Dataset(tmp_path_factory.mktemp("hub") / "birds") as dataset,
        HuggingFace("DBD-research-group/BirdSet", "data", BIRDSET) as server,
    ):
        first = hub(dataset, server, config="HSN")
        asked = len(server.seen)
        second = hub(dataset, server, config="HSN")
        assert len(server.seen) == asked
        yield dataset, first, second


def test_a_part_of_birdset_is_imported_by_its_tables(birdset):
    birds, first, second = birdset
    assert (first.imported.added, second.imported.added, second.imported.known) == (5, 0, 5)
    assert first.problems == first.imported.problems == []
    assert first.imported.parts == {"train": 2, "test": 1, "test_5s": 2}
    found = {row["path"].rpartition("/")[2]: row for row in rows(birds)}
    assert {name: row["label"] for name, row in found.items()} == {
        "XC1.ogg": "eurbla",
        "XC2.ogg": "fieldf",
        "HSN_1.ogg": None,
        "HSN_1_000_005.ogg": "eurbla",
        "HSN_1_005_010.ogg": "fieldf",
    }
    assert (found["XC1.ogg"]["recording_id"], found["XC1.ogg"]["recordist"]) == ("xeno-canto:1", "Ann")
    assert found["HSN_1.ogg"]["recording_id"].startswith("huggingface:DBD-research-group/BirdSet/HSN/")
    second = [row["label"] for row in rows(birds, "labels") if row["role"] == "secondary"]
    assert sorted(second) == ["eurbla", "fieldf"]


def test_a_part_of_birdset_that_lies_on_disk_is_the_same(birdset, tmp_path):
    birds, *_ = birdset
    [place] = (birds.raw / "huggingface").iterdir()
    shutil.copytree(place, tmp_path / "set")
    with Dataset(tmp_path / "again") as again:
        summary = import_(again, tmp_path / "set" / "HSN")
        assert summary.parts == {"train": 2, "test": 1, "test_5s": 2}
        assert sorted(str(row["label"]) for row in rows(again)) == sorted(
            str(row["label"]) for row in rows(birds)
        )
        assert [row["layer"] for row in rows(again, "segments")].count("detected_events") == 2
        folds = again.store.rows("SELECT count(*) FROM assignments WHERE fold = -2")
        assert list(folds) == [(3,)]


def test_events_lie_in_their_soundscapes_with_their_bands(birdset):
    birds, *_ = birdset
    found = [row for row in rows(birds, "segments") if row["layer"] == "annotations"]
    assert [
        (row["path"].rpartition("/")[2], row["onset"], row["offset"], row["label"], row["low_freq"])
        for row in found
    ] == [("HSN_1.ogg", 1.0, 2.0, "eurbla", 500), ("HSN_1.ogg", 6.5, 8.0, "fieldf", 600)]


def test_what_the_makers_let_a_program_find_is_a_layer_and_no_label(birdset):
    birds, *_ = birdset
    found = [row for row in rows(birds, "segments") if row["layer"] == "detected_events"]
    assert [(row["onset"], row["offset"], row["label"]) for row in found] == [
        (0.1, 0.4, "cluster 0"),
        (0.5, 0.9, "cluster 1"),
    ]


def test_the_parts_of_a_set_stay_apart(birdset, tmp_path):
    birds, *_ = birdset
    split(birds, folds=2, group="")
    manifest(birds, tmp_path / "m.csv")
    folds = {row.path.rpartition("/")[2]: row.fold for row in read_manifest(tmp_path / "m.csv")}
    assert {name for name, fold in folds.items() if fold == -2} == {
        "HSN_1.ogg",
        "HSN_1_000_005.ogg",
        "HSN_1_005_010.ogg",
    }
    assert sorted(folds[f"XC{n}.ogg"] for n in (1, 2)) == [0, 1]
    parts = {path: extra["split"] for _, path, extra in recordings_in(birds.store, "raw")}
    assert {path.rpartition("/")[2]: part for path, part in parts.items()} == {
        "XC1.ogg": "train",
        "XC2.ogg": "train",
        "HSN_1.ogg": "test",
        "HSN_1_000_005.ogg": "test_5s",
        "HSN_1_005_010.ogg": "test_5s",
    }


AUDIO = {"_type": "Audio"}
CLASSES = {"names": ["frog", "owl"], "_type": "ClassLabel"}


def inside(*numbers, labels):
    """A table of the hub with the sound inside, as `datasets` pushes it."""
    return parquet(
        {
            "audio": [{"bytes": sound(n), "path": f"{n}.wav"} for n in numbers],
            "label": labels,
            "place": ["Pond"] * len(numbers),
        },
        audio=AUDIO,
        label=CLASSES,
    )


def test_parquet_with_the_sound_inside_is_taken_apart(birds):
    files = {
        "data/train-00000-of-00002.parquet": inside(1, 2, labels=[1, 0]),
        "data/train-00001-of-00002.parquet": inside(3, labels=[0]),
        "data/test-00000-of-00001.parquet": inside(1, labels=[1]),
    }
    with HuggingFace("a/birds", "main", files) as server:
        summary = hub(birds, server)
        asked = len(server.seen)
        assert hub(birds, server).imported.known == 4
        assert len(server.seen) == asked
    assert summary.imported.added == 4
    [folder] = (birds.raw / "huggingface").iterdir()
    assert [(str(Path(row["path"]).relative_to(folder)), row["label"]) for row in rows(birds)] == [
        ("data/test-00000-of-00001/1.wav", "owl"),
        ("data/train-00000-of-00002/1.wav", "owl"),
        ("data/train-00000-of-00002/2.wav", "frog"),
        ("data/train-00001-of-00002/3.wav", "frog"),
    ]
    assert [extra["split"] for *_, extra in recordings_in(birds.store, "raw")] == ["test", *3 * ["train"]]
    assert list(birds.raw.rglob("*.parquet")) == []


def test_events_and_clips_with_the_sound_inside_are_told_apart(birds):
    soundscape, clip = sound(1, seconds=12), sound(2, seconds=5)
    events = parquet(
        {
            "audio": [{"bytes": soundscape, "path": "S.wav"}] * 2,
            "start_time": [1.0, 6.0],
            "end_time": [2.0, 7.0],
            "ebird_code": [1, 0],
        },
        audio=AUDIO,
        ebird_code=CLASSES,
    )
    clips = parquet(
        {
            "audio": [{"bytes": clip, "path": "S_005_010.wav"}],
            "start_time": [5.0],
            "end_time": [10.0],
            "ebird_code_multilabel": [[1, 0]],
        },
        audio=AUDIO,
        ebird_code_multilabel={"feature": CLASSES, "_type": "Sequence"},
    )
    files = {"X/test-00000-of-00001.parquet": events, "X/test_5s-00000-of-00001.parquet": clips}
    with HuggingFace("a/birds", "main", files) as server:
        assert hub(birds, server).imported.problems == []
    assert {row["path"].rpartition("/")[2]: row["label"] for row in rows(birds)} == {
        "S.wav": None,
        "S_005_010.wav": "owl",
    }
    assert [(row["onset"], row["label"]) for row in rows(birds, "segments")] == [(1.0, "owl"), (6.0, "frog")]
    parts = [extra["split"] for *_, extra in recordings_in(birds.store, "raw")]
    assert sorted(parts) == ["test", "test_5s"]


def test_parquet_that_only_names_the_sound_is_a_table_of_the_files_beside_it(birds):
    table = parquet(
        {"audio": [{"bytes": None, "path": "audio/a.wav"}], "label": [1]}, audio=AUDIO, label=CLASSES
    )
    with HuggingFace("a/birds", "main", {"t.parquet": table, "audio/a.wav": sound(1)}) as server:
        hub(birds, server)
    assert [row["label"] for row in rows(birds)] == ["owl"]


def test_lists_of_files_are_read_to_their_end(birds):
    files = {f"data/{n}.txt": b"x" for n in range(11)} | {"data/z.wav": sound(1)}
    with HuggingFace("a/birds", "main", files, per_page=5) as server:
        summary = hub(birds, server, metadata_only=True)
        assert len(server.asked("tree")) == 3
        assert hub(birds, server, metadata_only=True).files == summary.files
        assert len(server.asked("tree")) == 3
    assert (summary.files, summary.problems) == (sorted(files, key=list(files).index), [])


def test_a_list_that_goes_on_elsewhere_is_not_followed(birds):
    with HuggingFace("a/birds", "main", {"data/z.wav": sound(1)}) as server:
        link = '<http://other.example.org/api?cursor=1>; rel="next"'
        server.arm(faults.headers(Link=link), path="tree")
        summary = hub(birds, server)
    assert summary.problem_counts == {"unlisted": 1}
    assert summary.imported.added == 1


def test_a_packed_file_in_a_packed_file_is_unpacked(birds, host):
    inner = zipped({"hyla/a.wav": sound(1)})
    other = tarred({"bufo/c.wav": sound(3)})
    record(host, **{"all.zip": zipped({"set/one.zip": inner, "set/two.tar.gz": other})})
    summary = zenodo(birds, host)
    assert summary.problems == []
    folder = birds.raw / "zenodo" / "7"
    assert sorted(str(Path(row["path"]).relative_to(folder)) for row in rows(birds)) == [
        "all/set/one/hyla/a.wav",
        "all/set/two/bufo/c.wav",
    ]


@pytest.mark.parametrize(
    ("files", "recordings"),
    [
        pytest.param(
            {
                "frogs.zip": zipped({"owl/a.wav": sound(1)}),
                "frogs.tar.gz": tarred({"owl/b.wav": sound(2)}),
                "frogs-tar-gz/owl/c.wav": sound(3),
            },
            "abc",
            id="two packed files",
        ),
        pytest.param(
            {"frogs/owl/a.wav": sound(1), "frogs.zip": zipped({"owl/b.wav": sound(2)})},
            "ab",
            id="a folder and a packed file",
        ),
        pytest.param(
            {"frogs.zip": zipped({"owl/a.wav": sound(2)}), "frogs/owl/a.wav": sound(1)},
            "aa",
            id="a packed file and a folder with other files of the same names",
        ),
        pytest.param(
            {"frogs.zip": zipped({"owl/b.wav": sound(2)}), "frogs": b"read me"},
            "b",
            id="a packed file and a file without ending",
        ),
        pytest.param(
            {"frogs": b"read me", "frogs.zip": zipped({"owl/b.wav": sound(2)})},
            "b",
            id="a file without ending and a packed file",
        ),
        pytest.param(
            {"all.zip": zipped({"frogs/owl/a.wav": sound(1), "frogs.zip": zipped({"owl/b.wav": sound(2)})})},
            "ab",
            id="both in a packed file",
        ),
    ],
)
def test_packed_files_of_one_name_are_all_unpacked(birds, host, files, recordings):
    record(host, **files)
    assert zenodo(birds, host).problems == []
    assert sorted(Path(row["path"]).stem for row in rows(birds)) == list(recordings)
    asked = len(host.seen)
    assert zenodo(birds, host).downloaded == 0
    assert len(host.seen) == asked


@pytest.mark.parametrize("killed_after", [None, "replace"])
def test_a_packed_file_whose_unpacking_was_stopped_is_unpacked_once(birds, host, monkeypatch, killed_after):
    record(host, **{"frogs.zip": zipped({"owl/a.wav": sound(1)})})
    real = os.replace

    def stopped(old, new):
        if str(old).endswith("frogs.part"):
            if killed_after:
                real(old, new)
            raise KeyboardInterrupt
        real(old, new)

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        zenodo(birds, host)
    monkeypatch.undo()
    assert zenodo(birds, host).downloaded == 1
    assert sorted(each.name for each in (birds.raw / "zenodo" / "7").iterdir()) == ["frogs", "frogs.zip.done"]


def test_packed_files_in_each_other_grow_no_more_than_one(birds, host, monkeypatch):
    # Each alone may grow to what all of them together may.
    monkeypatch.setattr(unpack, "_HARMLESS", 60_000)
    monkeypatch.setattr(unpack, "_GROWTH", 1)
    silence = zipped({"hyla/a.wav": bytes(40_000)}, zipfile.ZIP_DEFLATED)
    record(host, **{"all.zip": zipped({"owl/x.wav": sound(1), "1.zip": silence, "2.zip": silence})})
    summary = zenodo(birds, host)
    assert [(each.kind, each.path) for each in summary.problems] == [("failed", "all.zip: 2.zip")]
    assert "far more bytes than it should" in summary.problems[0].reason


def test_a_broken_file_in_a_packed_file_is_told_and_costs_the_others_nothing(birds, host):
    broken = zipped({"rana/b.wav": sound(2)})[:-40]
    record(host, **{"all.zip": zipped({"hyla/a.wav": sound(1), "more/two.zip": broken})})
    summary = zenodo(birds, host)
    assert summary.failed == 1
    assert summary.problems[0].path == "all.zip: more/two.zip"
    assert [row["label"] for row in rows(birds)] == ["hyla"]


def test_folders_of_parts_hold_folders_by_label(birds, host):
    names = ["set/train/hyla/a.wav", "set/train/rana/b.wav", "set/test/hyla/c.wav"]
    record(host, **{"set.zip": zipped({name: sound(n) for n, name in enumerate(names)})})
    zenodo(birds, host)
    assert sorted((row["label"], row["path"][-5]) for row in rows(birds)) == [
        ("hyla", "a"),
        ("hyla", "c"),
        ("rana", "b"),
    ]
    parts = {path[-5]: extra["split"] for _, path, extra in recordings_in(birds.store, "raw")}
    assert parts == {"a": "train", "b": "train", "c": "test"}


def test_recordings_that_no_table_names_are_told(birds, host):
    record(
        host,
        **{
            "audio.zip": zipped({"a.wav": sound(1), "b.wav": sound(2)}),
            "t.csv": b"filename,label\na.wav,owl\n",
        },
    )
    summary = zenodo(birds, host)
    assert [row["label"] for row in rows(birds)] == ["owl"]
    assert [(each.kind, each.path[-5:]) for each in summary.imported.problems] == [
        ("file-without-row", "b.wav")
    ]


def test_a_competition_is_unpacked_and_read_by_its_layout(birds, tmp_path, monkeypatch):
    train = (
        "primary_label,secondary_labels,type,filename,collection,rating,url,latitude,longitude,scientific_name,"
        "common_name,author,license\n"
        "eurbla,[''],['song'],eurbla/XC1.ogg,XC,4.0,https://xeno-canto.org/1,1,2,T merula,Bird,Ann,cc-by\n"
    )
    data = tmp_path / "data.zip"
    data.write_bytes(zipped({"train.csv": train, "train_audio/eurbla/XC1.ogg": sound(1, "OGG")}))
    program = tmp_path / "bin" / "kaggle"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport shutil, sys\nargs = sys.argv\n"
        f"shutil.copy({str(data)!r}, args[args.index('-p') + 1] + '/birdclef-2025.zip')\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    summary = download(birds, "kaggle", competition="birdclef-2025")
    assert summary.imported.added == 1
    [row] = rows(birds)
    assert (row["recording_id"], row["label"], row["recordist"]) == ("xeno-canto:1", "eurbla", "Ann")
    Path(row["path"]).unlink()
    [told] = download(birds, "kaggle", competition="birdclef-2025").problems
    assert (told.kind, told.path) == ("gone", "birdclef-2025.zip")
    assert Path(row["path"]).read_bytes() == sound(1, "OGG")
    program.unlink()  # it is not called again
    assert download(birds, "kaggle", competition="birdclef-2025").imported.known == 1


def test_a_record_that_is_not_there_is_told(birds, host):
    with pytest.raises(UsageError, match="unknown public record of Zenodo: 7"):
        zenodo(birds, host)
