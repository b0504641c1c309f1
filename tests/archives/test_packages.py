"""Sets as a whole: records of Zenodo, data sets at Hugging Face, competitions at Kaggle."""

from __future__ import annotations

import json
import sys

import pytest

from curate.archives.huggingface import HuggingFace
from curate.archives.kaggle import Kaggle
from curate.archives.zenodo import Zenodo
from curate.errors import NetError, UsageError
from curate.net.records import HttpAnswer

NEW = {
    "id": 7050014,
    "doi": "10.5281/zenodo.7050014",
    "metadata": {
        "title": "Soundscapes",
        "license": {"id": "cc-by-4.0"},
        "creators": [{"name": "Ann"}, {"name": "Ben"}],
    },
    "files": [
        {
            "key": "annotations.csv",
            "size": 10,
            "checksum": "md5:00000000000000000000000000000001",
            "links": {"self": "https://zenodo.org/api/records/7050014/files/annotations.csv/content"},
        },
        {
            "key": "audio.zip",
            "size": 20,
            "checksum": f"md5:{2:032x}",
            "links": {"self": "https://zenodo.org/b"},
        },
    ],
}
OLD = {
    "id": 1,
    "metadata": {"license": "cc-zero"},
    "files": [{"filename": "a b.wav", "filesize": 5, "checksum": "AB" * 16}],
}


def zenodo(record, **options):
    archive = Zenodo(record=str(record["id"]), **options)
    [search] = archive.searches()
    return archive.read(search, search.ask, json.dumps(record).encode())


@pytest.mark.parametrize(
    "record",
    [
        "7050014",
        "10.5281/zenodo.7050014",
        "zenodo:7050014",
        "https://doi.org/10.5281/zenodo.7050014",
        "https://zenodo.org/records/7050014/",
        "https://zenodo.org/record/7050014#.Yx",
        "https://zenodo.org/records/7050014?preview=1",
        "https://zenodo.org/records/7050014/files/audio.zip",
    ],
)
def test_a_record_has_a_number_a_doi_and_an_address(record):
    [search] = Zenodo(record=record).searches()
    assert search.ask.url == "https://zenodo.org/api/records/7050014"


def test_a_record_lists_files_with_checksums_and_says_whose_they_are():
    page = zenodo(NEW)
    assert [(each.name, each.bytes, each.checksum) for each in page.files] == [
        ("annotations.csv", 10, "md5:00000000000000000000000000000001"),
        ("audio.zip", 20, f"md5:{2:032x}"),
    ]
    assert (page.origin.license.code, page.origin.authors) == ("CC-BY-4.0", "Ann; Ben")
    assert page.origin.url == "https://doi.org/10.5281/zenodo.7050014"


def test_a_record_of_the_older_form_is_read_too():
    page = zenodo(OLD)
    [file] = page.files
    assert (file.name, file.bytes, file.checksum) == ("a b.wav", 5, f"md5:{'ab' * 16}")
    assert file.url.endswith("/api/records/1/files/a%20b.wav/content")
    assert page.origin.license.code == "CC0-1.0"


@pytest.mark.parametrize("checksum", [f"sha512:{'ab' * 64}", "crc32:00000000", "md5:12"])
def test_a_checksum_of_another_kind_is_told_and_the_file_fetched_all_the_same(checksum):
    page = zenodo({**NEW, "files": [{"key": "a.wav", "size": 5, "checksum": checksum}]})
    assert [(each.name, each.checksum) for each in page.files] == [("a.wav", None)]
    assert [(each.kind, each.path) for each in page.problems] == [("bad-row", "a.wav")]


def test_an_error_with_status_200_is_no_record():
    archive = Zenodo(record="1")
    [search] = archive.searches()
    with pytest.raises(NetError, match="no record"):
        archive.read(search, search.ask, b'{"status": 500, "message": "Internal server error"}')


def test_files_can_be_chosen_by_name():
    assert [each.name for each in zenodo(NEW, files=["*.zip"]).files] == ["audio.zip"]
    page = zenodo(NEW, files=["*.flac"])
    assert page.files == []
    assert "annotations.csv" in page.problems[0].reason


def test_a_real_record_is_read(samples):
    archive = Zenodo(record="430905")
    [search] = archive.searches()
    page = archive.read(search, search.ask, (samples / "zenodo" / "record_430905_excerpt.json").read_bytes())
    assert page.files[0].url.startswith("https://sandbox.zenodo.org/api/files/")


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_record_that_is_not_there_is_told(status):
    assert (
        "unknown public record of Zenodo: 1"
        in Zenodo(record="1").refused(HttpAnswer(status, {}, b"", "")).message
    )
    with pytest.raises(UsageError):
        Zenodo(record="soundscapes")


# Hugging Face.


def hugging(**options):
    archive = HuggingFace(repo="DBD-research-group/BirdSet", **options)
    [search] = archive.searches()
    card = json.dumps({"author": "DBD", "cardData": {"license": "cc-by-nc-4.0"}}).encode()
    return archive, search, archive.read(search, search.ask, card)


def test_birdset_is_on_a_revision_of_its_own():
    _, _, page = hugging(config="HSN")
    assert page.following.url.endswith("/api/datasets/DBD-research-group/BirdSet/tree/data/HSN")
    assert (page.origin.license.code, page.origin.number) == (
        "CC-BY-NC-4.0",
        "DBD-research-group/BirdSet/HSN",
    )


def test_large_files_come_with_their_hash():
    archive, search, page = hugging(config="HSN", files=["*train*"])
    listed = [
        {"type": "directory", "path": "HSN"},
        {"type": "file", "path": "HSN/HSN_metadata_train.parquet", "size": 9, "oid": "1" * 40},
        {
            "type": "file",
            "path": "HSN/HSN_train_shard_0001.tar.gz",
            "size": 1,
            "lfs": {"oid": "a" * 64, "size": 99},
        },
        {"type": "file", "path": "HSN/HSN_test_shard_0001.tar.gz", "size": 1},
    ]
    files = archive.read(search, page.following, json.dumps(listed).encode()).files
    assert [(each.name, each.bytes, each.checksum) for each in files] == [
        ("HSN/HSN_metadata_train.parquet", 9, None),
        ("HSN/HSN_train_shard_0001.tar.gz", 99, f"sha256:{'a' * 64}"),
    ]
    assert files[1].url.endswith(
        "/datasets/DBD-research-group/BirdSet/resolve/data/HSN/HSN_train_shard_0001.tar.gz"
    )


@pytest.mark.parametrize(
    ("licences", "code", "is_open"),
    [
        ("cc-by-nc-4.0", "CC-BY-NC-4.0", True),
        (["cc0-1.0"], "CC0-1.0", True),
        (["cc-by-4.0", "cc-by-nc-4.0"], "CC-BY-NC-4.0", True),
        (["cc-by-sa-4.0", "cc-by-nc-4.0"], "cc-by-sa-4.0 and cc-by-nc-4.0", False),
        (["mit", "cc-by-4.0"], "mit and cc-by-4.0", False),
        ([], "unknown", False),
    ],
)
def test_of_several_licences_the_strictest_counts(licences, code, is_open):
    archive = HuggingFace(repo="a/b")
    [search] = archive.searches()
    card = json.dumps({"id": "a/b", "cardData": {"license": licences}}).encode()
    origin = archive.read(search, search.ask, card).origin
    assert (origin.license.code, origin.license.is_open) == (code, is_open)


def test_an_error_with_status_200_is_no_empty_list_of_files():
    archive = HuggingFace(repo="a/b")
    [search] = archive.searches()
    page = archive.read(search, search.ask, b'{"id": "a/b"}')
    with pytest.raises(NetError, match="lacks 'files': Internal Error"):
        archive.read(search, page.following, b'{"error": "Internal Error"}')


def test_a_token_travels_as_a_header_and_the_server_can_be_another(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1/")
    archive = HuggingFace(repo="a/b")
    assert archive.headers == {"Authorization": "Bearer hf_secret"}
    [search] = archive.searches()
    assert search.ask.url == "http://127.0.0.1:1/api/datasets/a/b"
    error = archive.refused(HttpAnswer(401, {}, b"", ""))
    assert "HF_TOKEN" in error.hint
    assert "hf_secret" not in f"{error.message}{error.hint}"


@pytest.mark.parametrize("options", [{"repo": "BirdSet"}, {"repo": "a/b", "config": "../x y"}])
def test_what_is_no_data_set_is_told(options):
    with pytest.raises(UsageError):
        HuggingFace(**options)


# Kaggle.


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program `kaggle` first on the path, which does what a test says."""

    def make(script):
        path = tmp_path / "bin" / "kaggle"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nimport sys\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(path.parent))

    return make


def test_the_package_is_called_and_the_files_that_came_are_listed(program, tmp_path):
    program("open(f'{sys.argv[sys.argv.index(\"-p\") + 1]}/{sys.argv[4]}.zip', 'w').close()")
    found = Kaggle(competition="https://www.kaggle.com/competitions/birdclef-2025").bring(tmp_path / "raw")
    assert found == [tmp_path / "raw" / "birdclef-2025.zip"]


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (
            "403 - You must accept this competition's rules before",
            "rules of birdclef-2025",
            "/birdclef-2025/rules",
        ),
        ("401 - Unauthorized", "needs your credentials", "credentials"),
        ("OSError: Could not find kaggle.json", "needs your credentials", "credentials"),
        ("404 Client Error: Not Found", "unknown competition at Kaggle: 'birdclef-2025'", ""),
    ],
)
def test_its_words_become_what_to_do_next(program, tmp_path, words, said, hint):
    program(f"sys.exit({words!r})")
    with pytest.raises(UsageError) as caught:
        Kaggle(competition="birdclef-2025").bring(tmp_path)
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "words",
    [
        "403 - Forbidden",
        "403 - Forbidden - Permission 'competitions.participate' was denied",
        "Reason: Forbidden\n403 Client Error",
        "Required permission 'competitions.get' was not satisfied",
    ],
)
def test_who_has_not_joined_a_competition_learns_where_to_join(words):
    error = Kaggle(competition="birdclef-2025")._explained(words)
    assert "https://www.kaggle.com/competitions/birdclef-2025/rules" in error.hint
    assert words.splitlines()[-1] in error.message
    local = Kaggle(competition="birdclef-2025")._explained(
        "PermissionError: [Errno 13] Permission denied: 'a.zip'"
    )
    assert isinstance(local, NetError)


@pytest.mark.parametrize(
    "address",
    [
        "birdclef-2025",
        "https://www.kaggle.com/competitions/birdclef-2025/data?select=train.csv",
        "http://kaggle.com/c/birdclef-2025/",
        "kaggle.com/competitions/birdclef-2025#rules",
    ],
)
def test_a_competition_may_be_given_as_its_address(address):
    assert Kaggle(competition=address).page == "https://www.kaggle.com/competitions/birdclef-2025"


def test_another_failure_is_told_by_its_last_line(program, tmp_path):
    program("sys.exit('Traceback\\n  File x\\nConnectionError: reset')")
    with pytest.raises(NetError, match="ConnectionError: reset"):
        Kaggle(competition="birdclef-2025").bring(tmp_path)


def test_without_the_package_it_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="package kaggle is missing") as caught:
        Kaggle(competition="birdclef-2025").bring(tmp_path)
    assert "[kaggle]'" in caught.value.hint
