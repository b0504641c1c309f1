"""`curate download` as people and programs see it."""

from __future__ import annotations

import json

import pytest

from tests.archives.servers import XenoCanto, xc_record
from tests.fakes import faults


@pytest.fixture
def xc():
    with XenoCanto(range(1, 5), changes={4: {"lic": "//creativecommons.org/licenses/by-nd/4.0/"}}) as server:
        yield server


@pytest.fixture
def fetch(curate, xc, tmp_path):
    """Call `curate download xeno-canto` on the server, with a key."""
    from tests.archives.servers import KEY

    key = tmp_path / "key"
    key.write_text(KEY)

    def fetch(*options):
        server = ("--server", xc.url, "--allow-private", "--key-file", key, "--patience", "5")
        return curate("download", "xeno-canto", *server, "-d", tmp_path / "birds", *options)

    return fetch


TAXON = ("--taxon", "Turdus merula")


def test_it_says_what_was_found_taken_left_out_and_fetched(fetch):
    said = fetch(*TAXON)
    assert said.code == 0
    *_, counts, done = said.out.splitlines()
    assert "Turdus merula       3      0           3       0" in said.out
    assert counts == (
        "xeno-canto: 4 recordings found by 1 question (1 page asked, 0 known), 3 chosen. "
        "Left out: 1 no derivatives"
    )
    assert done.startswith("3 downloaded (1.5 s, 0.0 MB), 0 known, 0 failed. Dataset: ")


def test_the_summary_has_its_keys(fetch):
    found = json.loads(fetch(*TAXON, "--json").out)
    assert (found["chosen"], found["downloaded"], found["excluded"]) == (3, 3, {"no_derivatives": 1})
    assert found["taxa"][0]["label"] == "Turdus merula"
    assert found["elapsed_s"] > 0


def test_what_failed_is_3_with_the_reason(fetch, xc):
    xc.arm(faults.gone(), path="^/2/")
    said = fetch(*TAXON)
    assert said.code == 3
    assert "https://xeno-canto.org/2: " in said.err
    said = fetch(*TAXON)
    assert said.code == 0
    assert "1 not to be had (--retry-failed)" in said.out


def test_names_that_the_archive_does_not_know_are_listed_on_stderr(fetch, xc):
    xc.records.append(xc_record(9, sp="pilaris"))
    said = fetch(*TAXON, "--taxon", "Turdus pilariz")
    assert said.code == 0
    assert "did you mean 'Turdus pilaris'?" in said.err
    said = fetch("--taxon", "Turdus pilariz")
    assert said.code == 2
    assert "did you mean 'Turdus pilaris'?" in said.err


def test_a_dry_run_prints_the_questions(fetch, xc):
    said = fetch(*TAXON, "--dry-run")
    assert said.out.splitlines()[0].startswith(f"{xc.url}/api/3/recordings?page=1&per_page=500&query=gen")
    assert "would ask xeno-canto 1 question" in said.out
    assert not xc.seen


def test_a_preview_counts_hours(fetch):
    said = fetch(*TAXON, "--metadata-only")
    assert "3 not fetched yet" in said.out


def test_without_a_key_it_is_told_where_to_get_one(curate, tmp_path, monkeypatch):
    for name in ("CURATE_XENO_CANTO_KEY", "XC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    said = curate("download", "xeno-canto", "--group", "birds", "-d", tmp_path / "birds")
    assert said.code == 2
    assert "https://xeno-canto.org/account" in said.err
    assert not (tmp_path / "birds").exists()


def test_a_private_address_is_asked_only_on_request(curate, xc, tmp_path):
    said = curate("download", "xeno-canto", "--server", xc.url, "--group", "birds", "-d", tmp_path / "birds")
    assert said.code == 1
    assert "--allow-private" in said.err
    assert not xc.seen


def test_a_group_alone_shows_its_help(curate):
    said = curate("download")
    assert said.code == 2
    assert "xeno-canto" in said.out + said.err


def test_status_tells_on_which_terms_the_set_may_be_passed_on(curate, fetch, tmp_path):
    fetch(*TAXON)
    out = curate("status", "-d", tmp_path / "birds").out
    assert "CC-BY-NC-SA-4.0" in out
    assert "This set may be passed on: name the recordists" in out
    fetch(*TAXON, "--allow-nd")
    found = json.loads(curate("status", "-d", tmp_path / "birds", "--json").out)
    assert found["redistribution"]["allowed"]
    assert "recordings under ND licences only as they are" in found["redistribution"]["terms"]
