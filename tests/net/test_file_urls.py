"""file:// of a table: only below the allowed folder, only plain files, and verified like a download."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import quote

import pytest

from curate.errors import AddressRefused, BodyRefused, NotOnServer
from curate.net.http import Expectation, Http
from tests.fakes.sounds import sound
from tests.net.conftest import LOCAL


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a song.wav").write_bytes(sound(1))
    (tmp_path / "other.wav").write_bytes(sound(2))
    return folder


@pytest.fixture
def fetch(mine, tmp_path):
    def fetch(url, allowed=mine, **options):
        with Http(replace(LOCAL, allow_files=allowed)) as http:
            return http.download(url, tmp_path / "raw" / "x", **options)

    return fetch


def raw(tmp_path):
    return sorted(path.name for path in (tmp_path / "raw").glob("*"))


def test_a_file_of_the_allowed_folder_is_copied_under_its_true_extension(fetch, mine, tmp_path):
    (mine / "song.mp3").write_bytes(sound(1))
    for url in (
        f"file://{mine}/a%20song.wav",
        f"FILE://localhost{mine}/a song.wav",
        f"file://{mine}/../mine/song.mp3",
    ):
        moved = []
        found = fetch(url, progress=moved.append)
        assert found.path == tmp_path / "raw" / "x.wav"
        assert found.path.read_bytes() == sound(1)
        assert sum(moved) == found.bytes
    assert raw(tmp_path) == ["x.wav"]
    assert (mine / "a song.wav").exists()


def test_without_leave_no_file_is_read(fetch, mine):
    with pytest.raises(AddressRefused, match="is a file of this machine") as caught:
        fetch(f"file://{mine}/a%20song.wav", allowed=None)
    assert "--allow-files" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://{mine}/../other.wav",
        "file://{mine}/%2e%2e/other.wav",
        "file://{mine}/link.wav",
        "file://{mine}/linked/other.wav",
        "file://{mine}-other/a.wav",
        "file://server/share/a.wav",
        "file:other.wav",
        "file://{mine}/a%00.wav",
    ],
)
def test_what_lies_elsewhere_is_not_read_whatever_leads_there(fetch, mine, tmp_path, url):
    (mine / "link.wav").symlink_to(tmp_path / "other.wav")
    (mine / "linked").symlink_to(tmp_path)
    with pytest.raises(AddressRefused):
        fetch(url.format(mine=mine))
    assert raw(tmp_path) == []


def test_what_is_no_plain_file_is_not_waited_for(fetch, mine, tmp_path):
    os.mkfifo(mine / "pipe.wav")
    (mine / "folder.wav").mkdir()
    for name in ("pipe.wav", "folder.wav"):
        with pytest.raises(BodyRefused, match="plain file"):
            fetch(f"file://{mine}/{name}")
    with pytest.raises(NotOnServer, match="the file is missing"):
        fetch(f"file://{mine}/none.wav")
    assert raw(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "expect"),
    [
        (b"root:x:0:0:root:/root:/bin/bash\n" * 99, Expectation()),
        (b"", Expectation()),
        (sound(1), Expectation(size=5)),
        (sound(1), Expectation(checksum="sha256:" + "0" * 64)),
        (sound(1), Expectation(checksum="md5:" + "0" * 32)),
    ],
)
def test_what_is_not_as_expected_is_refused(fetch, mine, tmp_path, body, expect):
    (mine / "b.wav").write_bytes(body)
    with pytest.raises(BodyRefused):
        fetch(f"file://{quote(str(mine))}/b.wav", expect=expect)
    with pytest.raises(BodyRefused, match="too short"):
        fetch(f"file://{mine}/a%20song.wav", check=lambda path: "too short")  # noqa: ARG005
    assert raw(tmp_path) == []
