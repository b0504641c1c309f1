"""Defaults from files: who goes before whom, what the help says, and what a stranger's dataset may not do."""

from __future__ import annotations

import json

import pytest

from curate.steps.acquire import download as download_module
from curate.steps.clean import trim as trim_module

KEY = "0123456789abcdef0123456789abcdef"


class Called(Exception):
    """Ends the command once its step was called."""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's file."""
    path = tmp_path / "own" / "curate.toml"
    path.parent.mkdir()
    monkeypatch.setenv("CURATE_CONFIG", str(path))
    for name in ("CURATE_JOBS", "CURATE_ENGINE", "CURATE_CONTACT", "CURATE_XENO_CANTO_KEY", "XC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture
def called(curate, monkeypatch):
    """Call a command; gives the keywords that its step gets."""

    def called(*argv):
        keywords = {}

        def step(*values, **given):
            keywords.update(given, dataset=values[0].folder)
            raise Called

        monkeypatch.setattr(trim_module, "trim", step)
        monkeypatch.setattr(download_module, "download", step)
        with pytest.raises(Called):
            curate(*argv)
        return keywords

    return called


def test_an_option_goes_before_a_variable_and_that_before_the_files(called, own, tmp_path, monkeypatch):
    assert called("trim", "-d", tmp_path)["jobs"] is None
    own.write_text("jobs = 3\nengine = 'dask:2'\n", encoding="utf-8")
    assert called("trim", "-d", tmp_path)["jobs"] == 3
    (tmp_path / "curate.toml").write_text("jobs = 4\n", encoding="utf-8")
    found = called("trim", "-d", tmp_path)
    assert (found["jobs"], found["engine"]) == (4, "dask:2")
    monkeypatch.setenv("CURATE_JOBS", "5")
    assert called("trim", "-d", tmp_path)["jobs"] == 5
    assert called("trim", "-d", tmp_path, "--jobs", "6")["jobs"] == 6


def test_the_dataset_of_the_user_s_file_is_taken_with_the_defaults_in_it(called, own, tmp_path, monkeypatch):
    birds = own.parent / "birds"
    birds.mkdir()
    (birds / "curate.toml").write_text("jobs = 7\n", encoding="utf-8")
    own.write_text("dataset = 'birds'\njobs = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = called("trim")
    assert (found["dataset"], found["jobs"]) == (birds, 7)
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CURATE_DATASET", str(other))
    found = called("trim")
    assert (found["dataset"], found["jobs"]) == (other, 1)
    assert called("trim", "-d", tmp_path / "third")["dataset"] == tmp_path / "third"


def test_the_help_shows_a_default_and_its_file(curate, own, tmp_path, monkeypatch):
    own.write_text("jobs = 3\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "250")
    page = "".join(curate("trim", "-d", tmp_path, "--help").out.split())
    assert f"default:3,from{own}" in page
    own.unlink()
    assert "all cores" in curate("trim", "-d", tmp_path, "--help").out


def test_the_number_of_processes_is_not_that_of_downloads(called, own, tmp_path):
    own.write_text("jobs = 3\ncontact = 'me@example.org'\n", encoding="utf-8")
    found = called("download", "urls", tmp_path / "list.csv", "-d", tmp_path)
    assert (found["jobs"], found["contact"]) == (4, "me@example.org")


def test_a_key_s_file_is_for_its_archive_alone_and_behind_the_variable(called, own, tmp_path, monkeypatch):
    own.write_text("[key-files]\nxeno-canto = 'key.txt'\n", encoding="utf-8")
    asked = ("download", "xeno-canto", "--group", "birds", "-d", tmp_path)
    assert called(*asked)["key_file"] == own.parent / "key.txt"
    other = called(*asked, "--server", "http://127.0.0.1:1")
    assert "key_file" not in other
    monkeypatch.setenv("XC_API_KEY", KEY)
    assert "key_file" not in called(*asked)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("jbs = 1", "'jbs' is no option that a file can set"),
        ("jobs = 0", "jobs must be a whole number from 1 on"),
        ("jobs = true", "jobs must be a whole number from 1 on"),
        ("engine = 3", "engine must be text"),
        ("jobs = ", "expected TOML"),
        ("key-files = 'x'", "key-files must be a table"),
        ("[key-files]\ngbif = 'x'", "unknown archive with a key: 'gbif'"),
        (f"xeno-canto-key = '{KEY}'", "'xeno-canto-key' is no option that a file can set"),
        (f"[key-files]\nxeno-canto = ['{KEY}']", "key-files.xeno-canto must be the name of a file"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_file_and_never_repeated(curate, own, tmp_path, text, words):
    own.write_text(text, encoding="utf-8")
    for command in ("trim", "config"):
        said = curate(command, "-d", tmp_path)
        assert said.code == 2
        assert f"{own}: " in said.err
        assert words in said.err
        assert KEY not in said.err + said.out


@pytest.mark.parametrize("text", ["engine = 'dask:tcp://10.0.0.1:8786'", "dataset = '/somewhere'"])
def test_a_dataset_cannot_send_work_to_a_stranger_s_cluster_or_to_another_dataset(
    curate, own, tmp_path, text
):
    (tmp_path / "curate.toml").write_text(text, encoding="utf-8")
    said = curate("trim", "-d", tmp_path)
    assert said.code == 2
    assert "own file" in said.err
    assert not own.exists()


def test_an_empty_variable_stands_for_no_file_of_the_user(called, own, tmp_path, monkeypatch):
    own.write_text("jobs = 3\n", encoding="utf-8")
    monkeypatch.setenv("CURATE_CONFIG", "")
    assert called("trim", "-d", tmp_path)["jobs"] is None


def test_config_says_where_each_default_is_from_and_holds_no_secret(curate, own, tmp_path, monkeypatch):
    own.write_text(
        f"engine = 'dask:tcp://me:{KEY}@host:1'\n[key-files]\nxeno-canto = '{KEY}'\n", encoding="utf-8"
    )
    monkeypatch.setenv("CURATE_JOBS", "2")
    said = curate("config", "-d", tmp_path, "--json")
    assert KEY not in said.out + curate("config", "-d", tmp_path).out
    found = {each["key"]: (each["value"], each["origin"]) for each in json.loads(said.out)["settings"]}
    assert found["jobs"] == ("2", "CURATE_JOBS")
    assert found["engine"] == ("dask:tcp://***@host:1", str(own))
    assert found["contact"] == (None, "")
    assert found["key-files.xeno-canto"] == (None, f"{own}, which names no file")
    monkeypatch.setenv("XC_API_KEY", KEY)
    said = curate("config", "-d", tmp_path, "--json")
    assert "XC_API_KEY, which holds the key" in said.out
    assert KEY not in said.out
