"""Objects of a real S3 server: listed, fetched and written as they are, whatever goes wrong meanwhile."""

from __future__ import annotations

import functools
import logging
import threading
import traceback
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from curate.errors import StorageError, UsageError
from curate.storage import copies, objects
from curate.storage.address import address_of
from curate.storage.publish import publishing
from tests.fakes import s3

ODD = ["a b.wav", "[1].wav", "star*.wav", "what?.wav", "ä#%20+&.wav", "x//y.wav"]


@pytest.fixture(scope="module")
def running():
    with s3.server() as door:
        s3.put(door, "set", b"")
        yield door


@pytest.fixture
def door(running, tmp_path):
    with s3.environment(running, tmp_path / "cache"):
        running.fault = s3.calm
        running.asked.clear()
        yield running


def once(fault, times, where="GET"):
    """A fault that happens so many times, and then no more."""
    left = [times]

    def happens(method, _path):
        if method == where and left[0]:
            left[0] -= 1
            return fault
        return None

    return happens


def test_names_are_taken_as_they_are(door):
    for number, name in enumerate(ODD):
        s3.put(door, f"set/odd/{name}", bytes([number]) * 10)
    found = list(objects.listing("s3://set/odd"))
    assert sorted(found) == sorted(f"s3://set/odd/{name}" for name in ODD)
    for number, name in enumerate(ODD):
        path = copies.local(f"s3://set/odd/{name}")
        with open(path, "rb") as file:
            assert file.read() == bytes([number]) * 10
    objects.remove("s3://set/odd/star*.wav")
    assert sorted(s3.names(door, "set")) == sorted(f"odd/{name}" for name in ODD if name != "star*.wav")


def test_listings_come_in_pages(door, monkeypatch):
    for number in range(7):
        s3.put(door, f"set/many/{number}.wav", b"x")
    page = objects._s3_page
    monkeypatch.setattr(objects, "_s3_page", lambda asked, files: page({**asked, "MaxKeys": 3}, files))
    found = objects.listing("s3://set/many")
    assert next(found) == "s3://set/many/0.wav"
    assert sum(method == "GET" for method, _, _ in door.asked) == 1
    assert len(list(found)) == 6
    assert sum(method == "GET" for method, _, _ in door.asked) == 3
    assert list(objects.listing("s3://set/many/3.wav")) == ["s3://set/many/3.wav"]
    with pytest.raises(StorageError, match="is missing"):
        list(objects.listing("s3://set/none"))


def test_what_others_write_meanwhile_is_listed(door):
    s3.put(door, "set/live/a.wav", b"a")
    assert len(list(objects.listing("s3://set/live"))) == 1
    s3.put(door, "set/live/b.wav", b"b")
    s3.put(door, "set/live/a.wav", b"longer")
    assert len(list(objects.listing("s3://set/live"))) == 2
    assert objects.listed_state("s3://set/live/a.wav").size == 6


def test_a_folder_that_a_web_server_lists_is_read(tmp_path, monkeypatch):
    """One that knows no ranges."""
    pytest.importorskip("aiohttp")
    monkeypatch.setenv("CURATE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "served" / "owl").mkdir(parents=True)
    (tmp_path / "served" / "owl" / "1 a.wav").write_bytes(b"one")
    (tmp_path / "served" / "2.wav").write_bytes(b"two")
    handler = functools.partial(Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        found = list(objects.listing(root))
        held = sorted(Path(copies.local(each)).read_bytes() for each in found)
        server.shutdown()
    assert [each.rpartition("/")[2] for each in found] == ["2.wav", "1%20a.wav"]
    assert held == [b"one", b"two"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


def test_what_is_large_is_read_in_ranges_and_once(door, monkeypatch):
    monkeypatch.setattr(copies, "_RANGE", 1000)
    data = bytes(range(256)) * 10
    s3.put(door, "set/large.wav", data)
    path, state = copies.fetch("s3://set/large.wav")
    assert Path(path).read_bytes() == data
    assert state.size == len(data)
    ranges = [said for method, _, said in door.asked if method == "GET"]
    assert ranges == ["bytes=0-999", "bytes=1000-1999", "bytes=2000-2559"]
    copies.fetch("s3://set/large.wav")
    assert sum(method == "GET" for method, _, _ in door.asked) == 3


@pytest.mark.parametrize("fault", ["slow", "reset", "cut"])
def test_what_passes_is_tried_again(door, fault):
    s3.put(door, "set/a.wav", b"0123456789")
    door.fault = once(fault, 2)
    with open(copies.local("s3://set/a.wav"), "rb") as file:
        assert file.read() == b"0123456789"


def test_what_does_not_pass_is_told_after_some_tries(door):
    s3.put(door, "set/a.wav", b"0123456789")
    door.fault = lambda *_: "slow"
    with pytest.raises(StorageError, match="was silent for 5 tries"):
        copies.local("s3://set/a.wav")


@pytest.mark.parametrize(("fault", "words"), [("expired", "have expired"), ("denied", "access is denied")])
def test_secrets_are_in_no_message_log_or_traceback(door, caplog, fault, words):
    s3.put(door, "set/a.wav", b"0123456789")
    door.fault = lambda method, _: fault if method == "GET" else None
    with caplog.at_level(logging.DEBUG, "curate"), pytest.raises(StorageError, match=words) as caught:
        copies.local("s3://set/a.wav")
    told = "".join(traceback.format_exception(caught.value)) + (caught.value.hint or "")
    told += "".join(record.getMessage() for record in caplog.records if record.name.startswith("curate"))
    for secret in (s3.KEY, s3.SECRET, s3.TOKEN):
        assert secret not in told


def test_addresses_with_secrets_are_refused_without_saying_them():
    for address in ("https://me:pass0rd@host/x.wav", "https://host/x.wav?X-Amz-Signature=pass0rd"):
        with pytest.raises(UsageError) as caught:
            address_of(address)
        assert "pass0rd" not in str(caught.value)


def test_an_object_that_is_replaced_while_it_is_read_is_read_again(door, monkeypatch):
    monkeypatch.setattr(copies, "_RANGE", 4)
    s3.put(door, "set/a.wav", b"old-old-old")
    replaced = []

    def replace(method, _path):
        if method == "GET" and len(door.asked) > 2 and not replaced:
            replaced.append(True)
            s3.put(door, "set/a.wav", b"new-new-new")

    door.fault = replace
    path, state = copies.fetch("s3://set/a.wav")
    assert replaced
    assert Path(path).read_bytes() == b"new-new-new"
    assert state == objects.state_of("s3://set/a.wav")


def test_copies_stay_within_their_bound(door, monkeypatch, tmp_path):
    monkeypatch.setenv("CURATE_CACHE_GB", "0.00001")  # 10 kB
    monkeypatch.setattr(copies, "_IN_USE", 0.0)
    for number in range(30):
        s3.put(door, f"set/bound/{number}.wav", bytes([number]) * 1000)
        copies.fetch(f"s3://set/bound/{number}.wav")
    held = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert 1000 <= held <= 10_000


def test_what_is_published_is_there_whole_or_not_at_all(door, tmp_path):
    def publish(text, fail=None):
        with publishing("s3://set/out/train", tmp_path) as target:
            target.mkdir()
            for name in ("a.txt", "b.txt", "c.txt"):
                (target / name).write_text(text)
            if fail:
                raise fail

    with pytest.raises(KeyError):
        publish("one", KeyError())
    assert [name for name in s3.names(door, "set") if name.startswith("out/")] == []
    door.fault = lambda method, path: "denied" if method == "PUT" and path.endswith("c.txt") else None
    with pytest.raises(StorageError, match="denied"):
        publish("one")
    assert [name for name in s3.names(door, "set") if name.startswith("out/")] == []
    door.fault = s3.calm
    publish("two")
    assert [name for name in s3.names(door, "set") if name.startswith("out/")] == [
        "out/train/a.txt",
        "out/train/b.txt",
        "out/train/c.txt",
    ]
    assert list(tmp_path.glob(".publishing-*")) == []
