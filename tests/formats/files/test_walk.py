"""Walking folders as they are found on real disks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from curate.formats.files.walk import DELETED, audio_files, folders_in, is_audio, walked
from tests.formats.rows import touch


def below(root: Path, problems) -> list[str]:
    return [os.path.relpath(path, root) for path in audio_files(str(root), problems)]


def test_order_does_not_depend_on_the_disk(tmp_path, problems):
    names = ["b/2.wav", "b/10.wav", "a.wav", "B/x.wav", "b/c/1.wav", "z.wav"]
    touch(*(tmp_path / name for name in names))
    assert below(tmp_path, problems) == ["a.wav", "z.wav", "B/x.wav", "b/10.wav", "b/2.wav", "b/c/1.wav"]
    assert problems == []


@pytest.mark.parametrize(
    "name", ["a.WAV", "a.ogg", "a.m4a", "a.Amr", "a.3gp", "a.webm", "a.flac", "a.b.opus"]
)
def test_endings_of_audio_are_known_in_any_case(name):
    assert is_audio(name)


def test_other_files_and_hidden_ones_are_passed_over_in_silence(tmp_path, problems):
    touch(
        *(
            tmp_path / name
            for name in ["train.csv", "a.jpg", "wav", ".a.wav", "._b.wav", ".cache/c.wav", "d.wav.part"]
        ),
        tmp_path / "__MACOSX" / "e.wav",
        tmp_path / "sub.wav" / "f.wav",
    )
    assert below(tmp_path, problems) == ["sub.wav/f.wav"]
    assert problems == []


def test_who_asks_is_told_of_what_is_passed_over_by_its_ending(tmp_path, problems):
    touch(*(tmp_path / name for name in ["a.wav", "S1.WAC", "b.zc", "c.txt", "notes", ".hidden"]))
    touch(tmp_path / ".d.WAV", tmp_path / "._a.wav", tmp_path / ".notes.txt")
    told = []
    found = list(audio_files(str(tmp_path), problems.append, passed_over=told.append))
    assert [os.path.basename(path) for path in found] == ["a.wav"]
    assert [(problem.kind, problem.reason) for problem in told] == [
        ("passed-over", "hidden"),
        ("passed-over", ".wac"),
        ("passed-over", ".zc"),
        ("passed-over", ".txt"),
        ("passed-over", "without an ending"),
    ]


def test_what_was_deleted_and_what_systems_keep_is_no_recording_and_is_counted(tmp_path, problems):
    trash = tmp_path / "$RECYCLE.BIN" / "S-1-5-21"
    touch(trash / "$RAB12C.WAV", trash / "$IAB12C.WAV", trash / "desktop.ini", tmp_path / "a.wav")
    touch(
        tmp_path / "#recycle" / "b.wav",
        tmp_path / "pond" / "@eaDir" / "c.wav",
        tmp_path / "Recycled" / "d.wav",
    )
    touch(tmp_path / "System Volume Information" / "IndexerVolumeGuid", tmp_path / "recycled tapes" / "e.wav")
    told = []
    found = list(audio_files(str(tmp_path), problems.append, passed_over=told.append))
    assert sorted(map(os.path.basename, found)) == ["a.wav", "e.wav"]
    assert [problem.reason for problem in told] == [DELETED] * 5
    assert problems == []


def test_walks_for_tables_pass_over_what_is_hidden(tmp_path):
    touch(tmp_path / "a.txt", tmp_path / "._a.txt", tmp_path / ".Trashes" / "b.txt", tmp_path / "x" / "c.txt")
    touch(tmp_path / "$Recycle.Bin" / "d.txt", tmp_path / "__MACOSX" / "e.txt")
    assert [names for _, names in walked(tmp_path)] == [["a.txt"], ["c.txt"]]


def test_folders_are_named_with_links_to_them_and_none_of_what_cannot_be_read(tmp_path):
    for name in ("robin", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "a_link").symlink_to(tmp_path / "robin")
    (tmp_path / "broken").symlink_to(tmp_path / "gone")
    (tmp_path / "XC1.wav").touch()
    assert folders_in(tmp_path) == [".hidden", "a_link", "robin"]
    assert folders_in(tmp_path / "gone") == folders_in(tmp_path / "XC1.wav") == []


def test_a_file_without_an_ending_is_known_by_its_first_bytes(tmp_path, problems):
    for name, head in (
        ("dawn", b"RIFF0000WAVE"),
        ("noon", b"OggS"),
        ("film", b"0000ftypM4A "),
        ("text", b"dear"),
    ):
        (tmp_path / name).write_bytes(head + bytes(50))
    assert below(tmp_path, problems) == ["dawn", "film", "noon"]


def test_empty_files_pass(tmp_path, problems):
    touch(tmp_path / "empty.wav")
    assert below(tmp_path, problems) == ["empty.wav"]


def test_links_to_folders_are_followed_and_keep_their_name(tmp_path, problems):
    touch(tmp_path / "elsewhere" / "a.wav")
    (tmp_path / "root").mkdir()
    for name in ("one", "two"):
        (tmp_path / "root" / name).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "file.wav").symlink_to(tmp_path / "elsewhere" / "a.wav")
    assert below(tmp_path / "root", problems) == ["file.wav", "one/a.wav", "two/a.wav"]
    assert problems == []


def test_circles_are_walked_once_and_reported(tmp_path, problems):
    touch(tmp_path / "a" / "b" / "x.wav")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert below(tmp_path, problems) == ["a/b/x.wav"]
    assert problems.kinds == ["symlink-loop", "symlink-loop"]
    assert {problem.path for problem in problems} == {f"{tmp_path}/self", f"{tmp_path}/a/b/up"}


def test_what_is_neither_file_nor_folder_is_reported(tmp_path, problems):
    touch(tmp_path / "ok.wav")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "socket.wav"))
        assert below(tmp_path, problems) == ["ok.wav"]
    assert problems.kinds == ["not-a-file"] * 3
    assert {problem.reason for problem in problems} == {"a link to nothing", "neither a file nor a folder"}


def test_names_that_are_not_utf8_lead_to_their_file(tmp_path, problems):
    name = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    try:
        Path(os.fsdecode(name)).touch()
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    (found,) = audio_files(str(tmp_path), problems)
    assert os.fsencode(found) == name
    assert os.path.isfile(found)


def test_a_deep_folder_is_no_trouble(tmp_path, problems):
    deep = tmp_path.joinpath(*["d"] * 300)
    touch(deep / "x.wav")
    assert below(tmp_path, problems) == ["d/" * 300 + "x.wav"]


AS_NOBODY = """
import os, sys
from curate.formats.files.walk import audio_files
os.chdir(sys.argv[1])
if os.getuid() == 0:
    try:
        os.setuid(65534)
    except OSError:
        sys.exit(77)
for path in audio_files(".", lambda problem: print(problem.kind, problem.path)):
    print("found", path)
"""


def test_a_folder_without_permission_is_reported_and_the_others_are_read(tmp_path):
    """In a process of its own, since root may enter any folder."""
    touch(tmp_path / "closed" / "a.wav", tmp_path / "open" / "b.wav")
    tmp_path.chmod(0o755)
    (tmp_path / "closed").chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(tmp_path)], capture_output=True, text=True, check=False
    )
    (tmp_path / "closed").chmod(0o755)
    if done.returncode == 77:
        pytest.skip("cannot become a user without permission here")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["unreadable-directory ./closed", "found ./open/b.wav"]
