"""Whole sets: fetched, unpacked and imported, with what is said of them as a whole."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import tarfile
import zipfile

import pandas as pd
import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.net.loopback import LoopbackReply
from curate.steps.acquire.download import download
from curate.steps.inspect.show import show
from tests.fakes.files import FileHost
from tests.fakes.sounds import sound


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
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


def test_a_part_of_birdset_is_imported_by_its_table(birds, host):
    table = io.BytesIO()
    pd.DataFrame(
        {
            "filepath": ["XC1.ogg", "XC2.ogg"],
            "ebird_code": ["eurbla", "fieldf"],
            "ebird_code_secondary": [["fieldf"], []],
            "license": ["//creativecommons.org/licenses/by-nc/4.0/"] * 2,
            "recordist": ["Ann", "Ben"],
        }
    ).to_parquet(table)
    shards = {f"HSN/HSN_train_shard_000{n}.tar.gz": tarred({f"XC{n}.ogg": sound(n, "OGG")}) for n in (1, 2)}
    files = {**shards, "HSN/HSN_metadata_train.parquet": table.getvalue()}
    root = "/datasets/DBD-research-group/BirdSet/resolve/data/"
    host.files.update({f"{root}{name}": body for name, body in files.items()})
    host.answers["/api/datasets/DBD-research-group/BirdSet"] = {
        "author": "DBD",
        "cardData": {"license": "cc-by-nc-4.0"},
    }
    host.answers["/api/datasets/DBD-research-group/BirdSet/tree/data/HSN"] = [
        {
            "type": "file",
            "path": name,
            "size": 1,
            "lfs": {"oid": hashlib.sha256(body).hexdigest(), "size": len(body)},
        }
        for name, body in files.items()
    ]
    download(
        birds,
        "huggingface",
        repo="DBD-research-group/BirdSet",
        config="HSN",
        server=host.url,
        allow_private=True,
        patience=5,
    )
    assert [(row["recording_id"], row["label"], row["recordist"]) for row in rows(birds)] == [
        ("xeno-canto:1", "eurbla", "Ann"),
        ("xeno-canto:2", "fieldf", "Ben"),
    ]
    second = [row["label"] for row in rows(birds, "labels") if row["role"] == "secondary"]
    assert second == ["fieldf"]


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
    program.unlink()  # it is not called again
    assert download(birds, "kaggle", competition="birdclef-2025").imported.known == 1


def test_a_record_that_is_not_there_is_told(birds, host):
    with pytest.raises(UsageError, match="no public record 7"):
        zenodo(birds, host)
