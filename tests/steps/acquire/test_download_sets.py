"""Whole sets over HTTP: what the fault, what is registered in the end is what the set holds."""

from __future__ import annotations

import importlib.util
import io
import shutil
import tarfile
import zipfile

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import CurateError, FormatError, UsageError
from curate.steps.acquire.download import download
from curate.steps.inspect.show import show
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.fakes.huggingface import HuggingFace
from tests.fakes.kaggle import Kaggle
from tests.fakes.sounds import sound
from tests.fakes.zenodo import Zenodo

SOUNDS = {f"set/owl/{n}.wav": sound(n, seconds=6, sr=16000) for n in range(3)}


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in SOUNDS.items():
            archive.writestr(name, body)
        archive.writestr("../escaped.wav", sound(9))
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, body in SOUNDS.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return file.getvalue()


SETS = {
    "zenodo": lambda: (Zenodo(7, {"birds.zip": zipped()}), "zenodo", {"record": "7"}),
    "zenodo, older": lambda: (Zenodo(7, {"birds.zip": zipped()}, old=True), "zenodo", {"record": "7"}),
    "huggingface": lambda: (
        HuggingFace("a/birds", "main", {"HSN/HSN_train_shard_0001.tar.gz": tarred()}),
        "huggingface",
        {"repo": "a/birds"},
    ),
}


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


def fetch(dataset, name, server, **options):
    return download(dataset, name, server=server.url, allow_private=True, patience=60.0, **options)


@pytest.mark.parametrize("made", SETS)
def test_a_set_is_unpacked_and_imported_and_what_leads_out_of_it_is_told(made, birds, tmp_path):
    server, name, options = SETS[made]()
    with server:
        summary = fetch(birds, name, server, **options)
    found = sorted(path.read_bytes() for path in birds.raw.rglob("*.wav"))
    assert found == sorted(SOUNDS.values())
    assert len(list(show(birds, "recordings").rows)) == len(SOUNDS)
    assert list(tmp_path.rglob("escaped*")) == []
    assert [(each.kind, each.path, each.reason) for each in summary.problems] == [
        ("unavailable", f"{packed}: ../escaped.wav", "leads out of its folder")
        for packed in (["birds.zip"] if name == "zenodo" else [])
    ]


def test_a_set_whose_only_file_fails_names_it_and_says_why(birds):
    with Zenodo(7, {"birds.zip": zipped()}) as server:
        server.arm(faults.gone(), path="content")
        summary = fetch(birds, "zenodo", server, record="7")
        assert (summary.failed, summary.imported) == (1, None)
        [problem] = summary.problems
        assert (problem.kind, problem.path) == ("failed", "birds.zip")
        assert "answered 404: taken offline" in problem.reason
        server.disarm()
        assert fetch(birds, "zenodo", server, record="7").imported.added == len(SOUNDS)


def test_a_set_without_recordings_is_said_to_hold_none(birds):
    with (
        Zenodo(7, {"readme.txt": b"Nothing here."}) as server,
        pytest.raises(FormatError, match="zenodo 7 lacks recordings"),
    ):
        fetch(birds, "zenodo", server, record="7")


def test_a_wrong_checksum_is_reported_and_registers_nothing(birds):
    with Zenodo(7, {"birds.zip": zipped()}) as server:
        server.wrong_sums = {"birds.zip"}
        summary = fetch(birds, "zenodo", server, record="7")
    assert "md5" in str(summary)
    assert list(birds.raw.rglob("*.wav")) == []


def test_a_token_goes_to_the_hub_and_not_to_its_store(birds, monkeypatch):
    token = "hf_a-token-that-nobody-may-see"  # noqa: S105
    monkeypatch.setenv("HF_TOKEN", token)
    files = {"HSN/HSN_train_shard_0001.tar.gz": tarred()}
    with HuggingFace("a/birds", "main", files, token=token) as server:
        fetch(birds, "huggingface", server, repo="a/birds")
        assert server.store.seen
        assert all("authorization" not in question.headers for question in server.store.seen)
    for path in birds.folder.rglob("*"):
        if path.is_file():
            assert b"nobody-may-see" not in path.read_bytes()


def test_the_colombian_archive_has_wav_or_mp3(birds, tmp_path):
    """The WAV where there is one, else the MP3."""
    stem = "/rec/sonidos/IAvH-CSA-{0}/IAvH-CSA-{0}".format
    with FileHost({f"{stem(1)}.wav": sound(1), f"{stem(2)}.mp3": sound(2, "MP3")}) as host:
        table = tmp_path / "train.csv"
        rows = [
            f"a,a/CSA{n}.ogg,Aa aa,cc-by 4.0,http://colecciones.humboldt.org.co{stem(n)}.mp3" for n in (1, 2)
        ]
        table.write_text("\n".join(["primary_label,filename,scientific_name,license,url", *rows]))
        download(birds, "csa", table=table, files=host.url, allow_private=True, patience=30.0)
        assert not host.asked(r"CSA-1\.mp3")
    assert sorted(path.name for path in birds.raw.rglob("CSA*")) == ["CSA1.wav", "CSA2.mp3"]


# Kaggle's own package, where it is installed.


@pytest.fixture
def competition(monkeypatch, tmp_path):
    if shutil.which("kaggle") is None and importlib.util.find_spec("kaggle") is None:
        pytest.skip("needs the extra [kaggle]")
    with Kaggle("birdclef-2025", zipped()) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOME", str(tmp_path))
        yield server


def test_a_competition_is_fetched_by_kaggles_package_and_unpacked(competition, birds, tmp_path):
    download(birds, "kaggle", competition="birdclef-2025")
    assert competition.asked("storage")
    assert sorted(path.read_bytes() for path in birds.raw.rglob("*.wav")) == sorted(SOUNDS.values())
    assert list(tmp_path.rglob("escaped*")) == []


def test_rules_that_are_not_accepted_are_said_to_be(competition, birds):
    competition.accepted = False
    with pytest.raises(UsageError, match="accept the rules of birdclef-2025 first") as caught:
        download(birds, "kaggle", competition="birdclef-2025")
    assert "kaggle.com/competitions/birdclef-2025/rules" in caught.value.hint


@pytest.mark.usefixtures("competition")
def test_a_competition_that_is_not_there_is_said_not_to_be(birds):
    with pytest.raises(UsageError, match="must be the name of a competition"):
        download(birds, "kaggle", competition="birdclef-1999")


@pytest.mark.parametrize(
    "fault",
    [
        faults.busy(503, Retry_After="0"),
        faults.cut(100_000),
        faults.reset(100_000),
        faults.promise(5000),
        faults.page_instead(),
        faults.gone(),
        faults.says(403, b""),
    ],
    ids=["busy", "cut", "reset", "promise", "page", "gone", "forbidden"],
)
def test_a_competition_is_whole_in_the_end_whatever_happens_on_the_way(competition, birds, fault):
    competition.arm(fault, path="storage", times=1)
    for _ in range(3):
        try:
            summary = download(birds, "kaggle", competition="birdclef-2025")
        except CurateError:
            assert list(birds.raw.rglob("*.wav")) == []
            continue
        if summary.failed == 0:
            break
    assert sorted(path.read_bytes() for path in birds.raw.rglob("*.wav")) == sorted(SOUNDS.values())
    assert len(list(show(birds, "recordings").rows)) == len(SOUNDS)
