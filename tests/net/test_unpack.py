"""Archives from the network are unpacked into their folder, and nowhere else."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import tarfile
import zipfile

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import BodyRefused
from curate.net import unpack as module
from curate.net.safe_names import inside
from curate.net.unpack import is_packed, unpack

FILES = {
    "train.csv": b"label,filename\n",
    "train_audio/rubthr1/XC1.ogg": b"OggS" * 999,
    "a/é ü,+@.WAV": b"RIFF",
}


def found(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_zip(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            member = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    "name", ["a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"]
)
def test_what_was_packed_comes_out(name, tmp_path):
    path = tmp_path / name
    assert is_packed(path)
    if name.lower().endswith(".zip"):
        write_zip(path, FILES)
    elif name.endswith(".zst"):
        plain = write_tar(tmp_path / "plain", FILES).read_bytes()
        with pa.output_stream(path, compression="zstd") as file:
            file.write(plain)
    else:
        write_tar(path, FILES, f"w:{'gz' if name.endswith('gz') else name.partition('.tar')[2].lstrip('.')}")
    done = unpack(path, tmp_path / "out")
    assert found(tmp_path / "out") == FILES
    assert (done.files, done.bytes, done.left_out) == (3, sum(map(len, FILES.values())), ())


@pytest.mark.parametrize("name", ["a.flac", "zip", "a.zip.part", "a.docx", "tar.gz.txt"])
def test_other_files_are_not_taken_for_archives(name):
    assert not is_packed(name)


ESCAPES = [
    "../out.txt",
    "a/../../out.txt",
    "/etc/out.txt",
    "..\\out.txt",
    "C:\\out.txt",
    "c:/out.txt",
    "\\\\host\\out",
]


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_left_out(name, kind, tmp_path):
    write = write_zip if kind == "zip" else write_tar
    path = write(tmp_path / f"a.{kind}", {"good.txt": b"1", name: b"2"})
    done = unpack(path, tmp_path / "deep" / "out")
    assert [str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.txt")] == ["deep/out/good.txt"]
    assert done.left_out == ((name, "leads out of its folder"),)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_a_tar_gives_nothing_but_plain_files(kind, tmp_path):
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "/etc"
    path = write_tar(tmp_path / "a.tar", {member: b"", "link/passwd": b"mine"})
    done = unpack(path, tmp_path / "out")
    assert found(tmp_path / "out") == {"link/passwd": b"mine"}
    assert not (tmp_path / "out" / "link").is_symlink()
    assert done.left_out == (("link", "is no plain file"),)


def test_a_zip_gives_no_links(tmp_path):
    member = zipfile.ZipInfo("link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    assert unpack(path, tmp_path / "out").left_out == (("link", "is no plain file"),)
    assert found(tmp_path) == {"a.zip": path.read_bytes()}


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_that_grows_beyond_measure_is_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_HARMLESS", 1 << 20)
    zeros = {"zeros": bytes(64 << 20)}
    path = (
        write_zip(tmp_path / "a.zip", zeros)
        if kind == "zip"
        else write_tar(tmp_path / "a.tar.gz", zeros, "w:gz")
    )
    with pytest.raises(BodyRefused, match="far more bytes"):
        unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "zeros").stat().st_size < 16 << 20


def test_an_archive_larger_than_the_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Usage(1000))
    with pytest.raises(BodyRefused, match="room"):
        unpack(write_zip(tmp_path / "a.zip", FILES), tmp_path / "out")


class Usage:
    def __init__(self, free):
        self.free = free


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_FILES", 2)
    with pytest.raises(BodyRefused, match="more than 2 files"):
        unpack(write_zip(tmp_path / "a.zip", FILES), tmp_path / "out")


def test_a_zip_whose_files_share_their_bytes_is_refused(tmp_path):
    """Quoting the same data many times is how a zip of kilobytes unpacks to terabytes."""
    data = random.Random(0).randbytes(5000)
    raw = write_zip(tmp_path / "a.zip", {"a": data}).read_bytes()
    end = raw.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<I", raw, end + 16)[0]
    entry = raw[start:end]
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, 3 * len(entry), start, 0)
    (tmp_path / "b.zip").write_bytes(raw[:start] + 3 * entry + tail)
    with pytest.raises(BodyRefused, match="overlapping files"):
        unpack(tmp_path / "b.zip", tmp_path / "out")


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.97])
def test_a_broken_archive_is_refused(kind, keep, tmp_path):
    files = {f"{n}.bin": random.Random(n).randbytes(50_000) for n in range(4)}
    mode = {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}
    path = tmp_path / f"a.{kind}"
    write_zip(path, files) if kind == "zip" else write_tar(path, files, mode[kind])
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    with pytest.raises(BodyRefused, match="cannot unpack"):
        unpack(path, tmp_path / "out")


def test_a_wrong_byte_in_a_zip_is_noticed(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a": bytes(range(256)) * 50})
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BodyRefused, match="cannot unpack"):
        unpack(path, tmp_path / "out")


def test_an_archive_with_a_password_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a": b"1"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(BodyRefused, match="password"):
        unpack(path, tmp_path / "out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_do_not_meet(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in [("a", "1"), ("a", "2"), ("a/b", "3")]:
            archive.writestr(name, data)
    done = unpack(path, tmp_path / "out")
    assert found(tmp_path / "out") == {"a": b"1"}
    assert [name for name, _ in done.left_out] == ["a", "a/b"]


@pytest.mark.parametrize(
    "name",
    [
        "a:b.ogg",
        "a?.ogg",
        "con",
        "AUX.wav",
        "a.",
        "a ",
        "a\x00b",
        "a\nb.ogg",
        "x" * 300 + ".ogg",
        "nul.tar.gz",
    ],
)
def test_a_name_that_some_file_system_does_not_take_is_changed(name):
    safe = inside(name)
    assert safe is not None
    assert safe != name
    assert os.path.splitext(safe)[1] == (
        "" if name in {"con", "a.", "a ", "a\x00b"} else os.path.splitext(name)[1]
    )


@given(st.text(max_size=300))
def test_every_name_ends_up_inside_and_is_taken(name):
    safe = inside(name)
    if safe is None:
        return
    assert not safe.startswith("/")
    for part in safe.split("/"):
        assert part not in {"", ".", ".."}
        assert len(part.encode("utf-8", "surrogatepass")) <= 255
        assert part == part.rstrip(" .")
        assert not set(part) & set('<>:"\\|?*\x00\n')
    assert inside(safe) == safe


@given(st.lists(st.text(alphabet='ab:?*<">. ', min_size=1, max_size=4), max_size=20, unique=True))
def test_two_names_never_become_one(names):
    kept = [(inside(name), name) for name in names if inside(name) is not None]
    same = {}
    for safe, name in kept:
        same.setdefault(safe, set()).add("/".join(part for part in name.split("/") if part not in {"", "."}))
    assert all(len(originals) == 1 for originals in same.values())


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
def test_a_tar_whose_names_would_fill_the_memory_is_refused(kind, tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, 1 << 40
    path = tmp_path / "a.tar"
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10240)
    with pytest.raises(BodyRefused, match="a header of 1099511627776 bytes"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_long_name_in_a_tar_is_read(form, tmp_path):
    name = "/".join(["folder"] * 30) + "/é.wav"
    with tarfile.open(tmp_path / "a.tar", "w", format=form) as archive:
        member = tarfile.TarInfo(name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b"RIFF"))
    assert unpack(tmp_path / "a.tar", tmp_path / "out").files == 1
    assert found(tmp_path / "out") == {name: b"RIFF"}


def test_every_file_and_folder_is_on_the_disk_afterwards(tmp_path, monkeypatch):
    flushed = set()

    def fsync(handle):
        flushed.add(os.fstat(handle).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    out = tmp_path / "out"
    unpack(write_zip(tmp_path / "a.zip", FILES), out)
    assert flushed == {path.stat().st_ino for path in [out, *out.rglob("*")]}
