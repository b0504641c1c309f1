"""Folders of links: nothing of anybody else's is ever lost."""

from __future__ import annotations

import os

import pytest

from curate.errors import FormatError, UsageError
from curate.formats.files import export_folder
from curate.formats.files.export_folder import MARKER, link_folder
from tests.formats.rows import touch


@pytest.fixture
def audio(tmp_path):
    path = tmp_path / "raw" / "a.wav"
    path.parent.mkdir()
    path.write_bytes(b"sound")
    return path


def tree(folder) -> set[str]:
    return {os.path.relpath(path, folder) for path in folder.rglob("*")}


@pytest.fixture
def without_symlinks(monkeypatch):
    """A file system that knows no symbolic links."""

    def refuse(*_args, **_options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    return refuse


def test_a_folder_is_replaced_as_a_whole(tmp_path, audio):
    out = tmp_path / "out"
    with link_folder(out) as place:
        place("x/old.wav", str(audio))
    with link_folder(out) as place:
        place("y/new.wav", str(audio))
        assert tree(out) == {MARKER, "x", "x/old.wav"}
    assert tree(out) == {MARKER, "y", "y/new.wav"}
    assert (out / "y" / "new.wav").readlink() == audio
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]


def fill_and_fail(place, audio):
    place("new.wav", str(audio))
    raise FileNotFoundError


def test_after_an_error_the_old_folder_stands(tmp_path, audio):
    out = tmp_path / "out"
    with link_folder(out) as place:
        place("old.wav", str(audio))
    with pytest.raises(FileNotFoundError), link_folder(out) as place:
        fill_and_fail(place, audio)
    assert tree(out) == {MARKER, "old.wav"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]


@pytest.mark.parametrize("name", ["out", "out.part", "out.old"])
def test_a_folder_of_somebody_else_is_refused_untouched(tmp_path, name):
    touch(tmp_path / name / "precious.wav")
    with (
        pytest.raises(UsageError, match=f"{name}: it was made by something else"),
        link_folder(tmp_path / "out"),
    ):
        pytest.fail("the block must not run")
    assert (tmp_path / name / "precious.wav").exists()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_link_or_file_in_the_place_is_refused(tmp_path, kind):
    out = tmp_path / "out"
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        out.symlink_to(tmp_path / "elsewhere")
    else:
        out.touch()
    with pytest.raises(UsageError, match="it was made by something else"), link_folder(out):
        pytest.fail("the block must not run")
    assert os.path.lexists(out)


def test_a_file_put_into_our_folder_is_not_deleted(tmp_path, audio):
    out = tmp_path / "out"
    with link_folder(out) as place:
        place("x/a.wav", str(audio))
    touch(out / "x" / "mine.wav")
    with (
        pytest.raises(UsageError, match=r"x/mine\.wav was put there by another program"),
        link_folder(out),
    ):
        pytest.fail("the block must not run")
    assert tree(out) == {MARKER, "x", "x/a.wav", "x/mine.wav"}


def test_an_empty_folder_and_what_a_killed_run_left_are_replaced(tmp_path, audio):
    out = tmp_path / "out"
    out.mkdir()
    touch(tmp_path / "out.part" / MARKER, tmp_path / "out.old" / MARKER)
    (tmp_path / "out.part" / "half.wav").symlink_to(audio)
    with link_folder(out) as place:
        place("a.wav", str(audio))
    assert tree(out) == {MARKER, "a.wav"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw"]


@pytest.mark.usefixtures("without_symlinks")
def test_hard_links_stand_in_and_their_removal_leaves_the_audio(tmp_path, audio):
    out = tmp_path / "out"
    for _ in range(2):
        with link_folder(out) as place:
            place("x/ü.wav", str(audio))
        assert (out / "x" / "ü.wav").samefile(audio)
    assert audio.read_bytes() == b"sound"


def test_copies_stand_in_where_there_are_no_links_at_all(tmp_path, audio, without_symlinks, monkeypatch):
    monkeypatch.setattr(os, "link", without_symlinks)
    out = tmp_path / "out"
    for _ in range(2):
        with link_folder(out) as place:
            place("x/a.wav", str(audio))
        assert (out / "x" / "a.wav").read_bytes() == b"sound"
        assert not (out / "x" / "a.wav").samefile(audio)


def test_a_link_may_not_lead_into_the_folder_that_is_replaced(tmp_path, audio, without_symlinks, monkeypatch):
    monkeypatch.setattr(os, "link", without_symlinks)
    out = tmp_path / "out"
    with link_folder(out) as place:
        place("x/a.wav", str(audio))
    with pytest.raises(UsageError, match="which is replaced"), link_folder(out) as place:
        place("y/a.wav", str(out / "x" / "a.wav"))
    assert (out / "x" / "a.wav").read_bytes() == b"sound"


def test_two_files_of_one_name_are_refused_and_the_audio_is_untouched(tmp_path, audio):
    with link_folder(tmp_path / "out") as place:
        place("a.wav", str(audio))
        with pytest.raises(FormatError, match=r"both be a\.wav"):
            place("a.wav", str(audio))
    assert audio.read_bytes() == b"sound"


def test_a_marker_cut_short_by_a_full_disk_protects_rather_than_fails(tmp_path):
    out = tmp_path / "out"
    touch(out / "a.wav", out / "b.wav")
    (out / MARKER).write_text(export_folder._MARKER_HEAD + '"a.wav"\n"b.w')
    with pytest.raises(UsageError, match=r"b\.wav was put there"), link_folder(out):
        pytest.fail("the block must not run")


@pytest.mark.parametrize(
    "line", ['b.wav"\n', '["b.wav", 1]\n', '["b.wav"]\n', '{"b.wav": "]\n"}\n', '"b\xe9.wav"\n']
)
def test_a_marker_that_somebody_edited_protects_rather_than_fails(tmp_path, line):
    out = tmp_path / "out"
    touch(out / "a.wav", out / "b.wav")
    (out / MARKER).write_text(export_folder._MARKER_HEAD + '"a.wav"\n' + line, encoding="latin-1")
    with pytest.raises(UsageError, match=r"b\.wav was put there"), link_folder(out):
        pytest.fail("the block must not run")


def test_the_marker_is_the_last_to_go(tmp_path, audio, monkeypatch):
    out = tmp_path / "out"
    with link_folder(out) as place:
        place("x/a.wav", str(audio))
        place("b.wav", str(audio))
    whole = []
    remove = export_folder.shutil.rmtree

    def watched(path):
        if path.name.startswith("out"):
            whole.append(tree(path))
        remove(path)

    monkeypatch.setattr(export_folder.shutil, "rmtree", watched)
    with link_folder(out) as place:
        place("a.wav", str(audio))
    assert whole == [{MARKER}]
    assert tree(out) == {MARKER, "a.wav"}
