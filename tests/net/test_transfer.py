"""Files come in whole, whatever the server does; or not at all, and it is said why."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
from dataclasses import replace

import pytest

from curate.audio.examine import examine
from curate.errors import BodyRefused, NetError, NotOnServer, Unreachable
from curate.net.http import Expectation, Http
from tests.fakes import faults
from tests.fakes.files import about
from tests.fakes.sounds import sound
from tests.net.conftest import LOCAL

PATH = "/a/song.wav"
SHA = "sha256:{}".format


def decodes(path):
    """The check of a step: nothing that cannot be decoded, nothing damaged."""
    return examine(str(path)).problem


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def fetch(http, host, tmp_path):
    def fetch(path=PATH, stem="XC1", **options):
        options.setdefault("check", decodes)
        return http.download(host.url + path, tmp_path / "raw" / stem, **options)

    return fetch


# What gets through.


def test_a_file_comes_in_with_its_facts(fetch, song, tmp_path):
    file = fetch()
    assert file.path == tmp_path / "raw" / "XC1.wav"
    assert file.path.read_bytes() == song
    assert (file.bytes, file.sha256) == (len(song), hashlib.sha256(song).hexdigest())
    assert (file.content_type, file.resumed) == ("audio/x-wav", False)
    assert names(tmp_path / "raw") == ["XC1.wav"]


ONE_PIECE = {
    "chunked": [faults.chunked()],
    "without a length": [faults.unmeasured()],
    "compressed for the way": [faults.gzipped()],
    "compressed and chunked": [faults.gzipped(), faults.chunked()],
    "as bytes of any kind": [faults.headers(Content_Type="application/octet-stream")],
    "without a type": [faults.headers(Content_Type=None)],
    "as text": [faults.headers(Content_Type="text/plain")],
}


@pytest.mark.parametrize("way", ONE_PIECE.values(), ids=ONE_PIECE)
def test_a_file_comes_in_whole_however_it_is_sent(way, fetch, host, song):
    host.arm(*way)
    file = fetch()
    assert file.path.read_bytes() == song
    assert file.path.name == "XC1.wav"
    assert len(host.seen) == 1


PASSING = {
    "503 with a page": [faults.busy()],
    "503 with a wait": [faults.busy(503, Retry_After="7")],
    "429 with a wait": [faults.busy(429, Retry_After="7")],
    "500": [faults.says(500, b"")],
    "502": [faults.busy(502)],
    "504": [faults.busy(504)],
    "520 of a proxy": [faults.busy(520)],
    "reset before the first byte": [faults.reset(0)],
    "cut before the first byte": [faults.cut(0)],
    "cut in the first bytes": [faults.cut(100)],
    "cut in the middle": [faults.cut(150_000)],
    "cut before the last byte": [faults.cut(320_043)],
    "reset in the middle": [faults.reset(150_000)],
    "a length that is too large": [faults.promise(5000)],
    "cut in chunks": [faults.chunked(), faults.cut(150_000)],
    "cut without a length": [faults.unmeasured(), faults.cut(150_000)],
    "cut while compressed": [faults.gzipped(), faults.cut(100_000)],
    "cut, and no version": [faults.anonymous(), faults.cut(150_000)],
    "cut, and a weak version": [faults.weak_etag(), faults.cut(150_000)],
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("times", [1, 2])
def test_a_fault_that_passes_changes_nothing(fault, times, fetch, host, song, tmp_path):
    host.arm(*fault, times=times)
    # A cut that shows in nothing but the audio is found by decoding, and the file is fetched once more.
    if fault is PASSING["cut without a length"] and times == 2:
        host.disarm()
        host.arm(*fault, times=1)
    assert fetch().path.read_bytes() == song
    assert names(tmp_path / "raw") == ["XC1.wav"]


PACKED_BADLY = {
    "without its end": lambda packed: packed[:-1000],
    "without its checksum": lambda packed: packed[:-8],
    "with another checksum": lambda packed: packed[:-8] + bytes(4) + packed[-4:],
    "not packed at all": gzip.decompress,
}


@pytest.mark.parametrize("damage", PACKED_BADLY.values(), ids=PACKED_BADLY)
@pytest.mark.parametrize("times", [1, float("inf")])
def test_what_was_packed_badly_for_the_way_is_never_taken_for_whole(
    damage, times, fetch, host, song, tmp_path
):
    def fault(_, delivery):
        body = damage(gzip.compress(delivery.whole.body))
        return delivery.to(replace(delivery.whole, body=body)).headers(Content_Encoding="gzip")

    host.arm(fault, times=times)
    if times == 1:
        assert fetch().path.read_bytes() == song
    else:
        with pytest.raises(BodyRefused, match="damaged packed body, each time"):
            fetch()
        assert names(tmp_path / "raw") == []
        assert len(host.seen) <= 4  # the first of them was progress


AFTER_A_CUT = {
    "a range": ([], True),
    "everything again": ([faults.ignores_range()], False),
    "416": ([faults.refuses_range()], False),
    "a piece of another place": ([faults.wrong_piece(+1000)], None),
    "a piece of an earlier place": ([faults.wrong_piece(-1000)], None),
    "a range without naming the version": ([faults.anonymous()], True),
    "another version that it names": ([faults.headers(ETag='"new"')], None),
    "a piece of another file": ([faults.another_file()], None),
    "a range without saying which": ([faults.headers(Content_Range=None)], None),
}


@pytest.mark.parametrize(("second", "resumed"), AFTER_A_CUT.values(), ids=AFTER_A_CUT)
def test_after_a_cut_the_file_is_the_same_whatever_the_second_answer_is(
    second, resumed, fetch, host, song, tmp_path
):
    host.arm(faults.cut(150_000), times=1)
    host.arm(*second, skip=1, times=1)
    file = fetch()
    assert file.path.read_bytes() == song
    assert names(tmp_path / "raw") == ["XC1.wav"]
    if resumed is not None:
        assert file.resumed == resumed
    assert host.seen[1].headers["range"] == f"bytes={150_000 - 4096}-"


def test_a_server_that_always_cuts_still_delivers_in_pieces(fetch, host, song):
    host.arm(faults.cut(20_000))
    assert fetch().path.read_bytes() == song
    assert len(host.seen) >= len(song) / 20_000


def test_if_range_names_the_version_that_was_begun(fetch, host, song):
    host.arm(faults.cut(150_000), times=1)
    fetch()
    assert host.seen[1].headers["if-range"] == about(PATH, song)["ETag"]


def test_a_weak_version_is_never_used_to_join_pieces(fetch, host):
    host.arm(faults.weak_etag())
    host.arm(faults.cut(150_000), times=1)
    fetch()
    assert "range" in host.seen[1].headers
    assert "if-range" not in host.seen[1].headers


# Across runs.


def interrupted(fetch, host, at=150_000):
    """Leave a part as a killed run does."""
    host.arm(faults.cut(at), times=1)
    host.arm(faults.says(403, b""), skip=1)
    with pytest.raises(NetError):
        fetch()
    host.disarm()
    host.seen.clear()


def test_a_later_run_goes_on_where_an_earlier_one_stopped(fetch, host, song, tmp_path):
    interrupted(fetch, host)
    assert names(tmp_path / "raw") == ["XC1.part", "XC1.part.json"]
    amounts = []
    file = fetch(progress=amounts.append)
    assert file.path.read_bytes() == song
    assert file.resumed
    assert [question.headers["range"] for question in host.seen] == ["bytes=145904-"]
    assert amounts[0] == 150_000
    assert sum(amounts) == len(song)
    assert names(tmp_path / "raw") == ["XC1.wav"]


def test_a_file_that_changed_between_two_runs_is_not_joined(fetch, host):
    interrupted(fetch, host)
    new = sound(2, seconds=10, sr=16000)
    host.files[PATH] = new
    amounts = []
    assert fetch(progress=amounts.append).path.read_bytes() == new
    assert sum(amounts) == len(new)


def test_a_file_that_changed_is_not_joined_though_the_server_does_not_say_so(fetch, host):
    host.arm(faults.anonymous())
    interrupted(fetch, host)
    host.files[PATH] = sound(2, seconds=10, sr=16000)
    host.arm(faults.anonymous())
    assert fetch().path.read_bytes() == host.files[PATH]


def test_a_file_whose_end_changed_is_not_joined_though_the_server_sends_its_rest(fetch, host, song):
    """Only the name of the version tells: what comes once more is the same in both."""
    host.honours_if_range = False
    interrupted(fetch, host)
    new = song[:-1000] + song[-2000:-1000]
    host.files[PATH] = new
    assert fetch().path.read_bytes() == new
    assert "if-range" in host.seen[0].headers
    assert "range" not in host.seen[1].headers


def test_a_file_that_grew_is_not_joined_though_the_server_names_no_version(fetch, host, song):
    host.arm(faults.anonymous())
    interrupted(fetch, host)
    host.files[PATH] = song + bytes(2000)
    host.arm(faults.anonymous())
    assert fetch(check=None).path.read_bytes() == song + bytes(2000)
    assert "range" not in host.seen[1].headers


def test_a_part_that_a_power_cut_left_with_zeros_is_not_kept(fetch, host, song, tmp_path):
    interrupted(fetch, host)
    part = tmp_path / "raw" / "XC1.part"
    part.write_bytes(part.read_bytes()[:-2000] + bytes(2000))
    assert fetch().path.read_bytes() == song


def test_zeros_in_the_middle_of_a_part_are_found_by_the_checksum(fetch, host, song, tmp_path):
    interrupted(fetch, host)
    part = tmp_path / "raw" / "XC1.part"
    data = bytearray(part.read_bytes())
    data[50_000:60_000] = bytes(10_000)
    part.write_bytes(data)
    expect = Expectation(checksum=SHA(hashlib.sha256(song).hexdigest()))
    assert fetch(expect=expect).path.read_bytes() == song


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b'{"source": 3}', b'{"source": "other"}', b"\xff"])
def test_a_torn_or_foreign_note_only_costs_the_bytes(note, fetch, host, song, tmp_path):
    interrupted(fetch, host)
    (tmp_path / "raw" / "XC1.part.json").write_bytes(note)
    assert fetch().path.read_bytes() == song
    assert "range" not in host.seen[0].headers
    assert names(tmp_path / "raw") == ["XC1.wav"]


def test_a_part_of_another_address_is_not_resumed(fetch, host):
    interrupted(fetch, host)
    other = sound(3, seconds=10, sr=16000)
    host.files["/b.wav"] = other
    assert fetch("/b.wav").path.read_bytes() == other


def test_a_part_that_is_already_whole_needs_only_its_end(fetch, host, song, tmp_path):
    interrupted(fetch, host)
    (tmp_path / "raw" / "XC1.part").write_bytes(song)
    assert fetch().path.read_bytes() == song
    assert host.seen[0].headers["range"] == f"bytes={len(song) - 4096}-"


def test_a_part_longer_than_the_file_is_thrown_away(fetch, host, song, tmp_path):
    interrupted(fetch, host)
    (tmp_path / "raw" / "XC1.part").write_bytes(song + bytes(10_000))
    assert fetch().path.read_bytes() == song


def test_a_file_whose_checksum_is_there_already_is_not_asked_for(fetch, host, song):
    expect = Expectation(checksum=SHA(hashlib.sha256(song).hexdigest()), name_hint="song.wav")
    first = fetch(expect=expect)
    host.seen.clear()
    again = fetch(expect=expect)
    assert (again.path, again.sha256, again.bytes) == (first.path, first.sha256, first.bytes)
    assert host.seen == []


# What is refused.

REFUSED = {
    "a page with status 200": ([faults.page_instead()], "a web page instead of sound"),
    "a page that says it is sound": ([faults.page_instead("audio/mpeg")], "a web page instead of sound"),
    "an error object": ([faults.says(200, b'{"error":"restricted"}')], "a text instead of sound: restricted"),
    "an error object as sound": ([faults.says(200, b'{"error": 1}', "audio/wav")], "a text instead of sound"),
    "nothing": ([faults.says(200, b"", "audio/wav")], "an empty file instead of sound"),
    "a picture": (
        [faults.says(200, b"\x89PNG\r\n\x1a\n" + bytes(9), "audio/wav")],
        "an image instead of sound",
    ),
    "an archive": ([faults.says(200, b"PK\x03\x04" + bytes(99), "audio/wav")], "an archive instead of sound"),
    "noise that says it is a picture": (
        [faults.says(200, b"\x01\x80" * 999, "image/gif")],
        "'image/gif' instead",
    ),
    "noise that says it is sound": ([faults.says(200, b"\x01\x80" * 999, "audio/wav")], "cannot decode"),
    "half a file": ([faults.truncated(100_000)], "truncated: decoder stopped at 3.12 s"),
    "a length that is always too large": ([faults.promise(5000)], "before the promised end, each time"),
}


@pytest.mark.parametrize(("fault", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_whole_sound_file_is_refused_and_leaves_nothing(fault, words, fetch, host, tmp_path):
    host.arm(*fault)
    amounts = []
    with pytest.raises(BodyRefused, match=words) as caught:
        fetch(progress=amounts.append)
    assert host.url + PATH in caught.value.message
    assert names(tmp_path / "raw") == []
    assert sum(amounts) == 0


@pytest.mark.parametrize(
    "way", [faults.chunked(), faults.unmeasured(), None], ids=["chunked", "unmeasured", "promised"]
)
def test_a_file_of_unknown_size_has_a_limit(way, host, clock, tmp_path):
    if way is not None:
        host.arm(way)
    with (
        Http(replace(LOCAL, largest=100_000), clock=clock) as http,
        pytest.raises(BodyRefused, match="but the limit is 0 MB for files of unlisted size") as caught,
    ):
        http.download(host.url + PATH, tmp_path / "raw" / "XC1")
    assert "--max-mb" in caught.value.hint
    assert names(tmp_path / "raw") == []


def test_a_listed_size_may_be_larger_and_is_the_limit(host, clock, song, tmp_path):
    host.arm(faults.chunked())
    with Http(replace(LOCAL, largest=1000), clock=clock) as http:
        size = len(song)
        assert http.download(host.url + PATH, tmp_path / "XC1", expect=Expectation(size=size)).bytes == size
        with pytest.raises(BodyRefused, match="sent more than the 100000 bytes listed, each time"):
            http.download(host.url + PATH, tmp_path / "XC2", expect=Expectation(size=100_000))
    assert names(tmp_path) == ["XC1.wav"]


def test_a_refused_file_leaves_an_earlier_one_alone(fetch, host, song):
    path = fetch().path
    host.arm(faults.page_instead())
    with pytest.raises(BodyRefused):
        fetch()
    assert path.read_bytes() == song


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_checksum_is_verified(algorithm, fetch, host, song):
    right = hashlib.new(algorithm, song).hexdigest()
    assert fetch(expect=Expectation(checksum=f"{algorithm}:{right.upper()}")).bytes == len(song)
    host.arm(faults.flipped(200_000))
    with pytest.raises(BodyRefused, match=f"{algorithm} is .*, not {right}"):
        fetch(expect=Expectation(checksum=f"{algorithm}:{right}"))


def test_a_size_is_verified_before_the_body_is_fetched(fetch, song):
    assert fetch(expect=Expectation(size=len(song))).bytes == len(song)
    with pytest.raises(BodyRefused, match=f"promises {len(song)} bytes, not 5 as listed, each time"):
        fetch(expect=Expectation(size=5))


def test_a_length_that_is_too_small_is_found_by_the_size(fetch, host, song):
    host.arm(faults.promise(-100_000))
    with pytest.raises(BodyRefused, match="bytes, not"):
        fetch(expect=Expectation(size=len(song)))


@pytest.mark.parametrize("more", [-100_000, 5000])
def test_a_length_that_is_wrong_once_is_not_believed(more, fetch, host, song):
    host.arm(faults.promise(more), times=1)
    assert fetch(expect=Expectation(size=len(song))).path.read_bytes() == song


def test_a_length_that_is_too_small_does_not_spoil_the_next_answer(http, host, song, tmp_path):
    host.arm(faults.promise(-100_000), times=1)
    http.download(host.url + PATH, tmp_path / "one")
    assert http.download(host.url + PATH, tmp_path / "two").path.read_bytes() == song


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_was_taken_offline_is_said_to_be(status, fetch, host, tmp_path):
    host.arm(faults.cut(150_000), times=1)
    host.arm(faults.gone(status), skip=1)
    with pytest.raises(NotOnServer, match=f"answered {status}: taken offline"):
        fetch()
    assert len(host.seen) == 2
    assert names(tmp_path / "raw") == []


@pytest.mark.parametrize("status", [400, 401, 403, 451])
def test_a_file_that_is_not_given_is_not_asked_for_again(status, fetch, host, tmp_path):
    host.arm(faults.says(status, b'{"error": {"message": "No."}}'))
    with pytest.raises(NetError, match=f"answered {status}: No"):
        fetch()
    assert len(host.seen) == 1
    assert names(tmp_path / "raw") == []


# Patience.


def test_a_server_that_stays_busy_is_given_up_within_its_patience(fetch, host, clock):
    host.arm(faults.busy())
    with pytest.raises(Unreachable, match="answered 503: 503 Service Unavailable"):
        fetch()
    assert 300 < sum(clock.slept) <= LOCAL.patience
    asked = len(host.seen)
    with pytest.raises(Unreachable):
        fetch()
    assert len(host.seen) == asked + 1


def test_a_part_is_kept_when_a_server_is_given_up(fetch, host, song, tmp_path):
    host.arm(faults.cut(150_000), times=1)
    host.arm(faults.busy(), skip=1)
    with pytest.raises(Unreachable):
        fetch()
    assert names(tmp_path / "raw") == ["XC1.part", "XC1.part.json"]
    host.disarm()
    file = fetch()
    assert file.resumed
    assert file.path.read_bytes() == song


def test_a_body_that_drips_is_cut_off_and_resumed(host, song, tmp_path):
    host.arm(faults.drips(2000), times=1)
    manners = replace(LOCAL, read_timeout=0.4, min_speed=20_000.0)
    with Http(manners) as http:
        file = http.download(host.url + PATH, tmp_path / "XC1")
    assert file.path.read_bytes() == song
    assert len(host.seen) == 2


def test_a_server_that_only_drips_is_given_up(host, tmp_path):
    host.arm(faults.drips(2000))
    manners = replace(LOCAL, read_timeout=0.2, min_speed=20_000.0, patience=1.5)
    with Http(manners) as http, pytest.raises(Unreachable, match=r"sent only \d+ bytes per second"):
        http.download(host.url + PATH, tmp_path / "XC1")


def test_leaving_ends_what_other_threads_wait_for(host, tmp_path):
    host.arm(faults.drips(2000))
    caught = []

    def work():
        try:
            http.download(host.url + PATH, tmp_path / "XC1")
        except NetError as error:
            caught.append(error.message)

    with Http(replace(LOCAL, read_timeout=60.0)) as http:
        thread = threading.Thread(target=work)
        thread.start()
        while not (tmp_path / "XC1.part").exists():
            threading.Event().wait(0.01)
    thread.join(timeout=5)
    assert caught == ["stopped"]


# Names.


@pytest.mark.parametrize(
    ("format", "hint", "disposition", "expected"),
    [
        ("WAV", "Song.WAV", None, ".wav"),
        ("WAV", "wrong.mp3", None, ".wav"),
        ("WAV", None, 'attachment; filename="x.mp3"', ".wav"),
        ("OGG", "a.opus", None, ".opus"),
        ("OGG", None, None, ".ogg"),
        ("FLAC", "no extension", None, ".flac"),
        ("MP3", "x.mpga", None, ".mp3"),
        ("MP3", None, "attachment; filename*=UTF-8''a%20b.MP3", ".mp3"),
        ("FLAC", "../../etc/passwd.flac", None, ".flac"),
    ],
)
def test_the_extension_is_that_of_the_bytes(format, hint, disposition, expected, fetch, host, tmp_path):
    host.files["/1/download"] = sound(4, format)
    host.arm(faults.headers(Content_Disposition=disposition, Content_Type="audio/mpeg"))
    file = fetch("/1/download", expect=Expectation(name_hint=hint))
    assert file.path == tmp_path / "raw" / f"XC1{expected}"


def test_a_file_of_any_kind_keeps_the_extension_of_its_source(fetch, host, tmp_path):
    host.files["/x/content"] = b"label,url\n"
    expect = Expectation(kinds="any", name_hint="shard_0001.tar.gz")
    assert fetch("/x/content", expect=expect, check=None).path == tmp_path / "raw" / "XC1.tar.gz"


def test_a_page_is_no_archive(fetch, host):
    host.arm(faults.page_instead())
    with pytest.raises(BodyRefused, match="a web page instead of shard"):
        fetch(expect=Expectation(kinds="any", name_hint="shard.tar.gz"), check=None)


def test_a_note_holds_no_secret(http, host, tmp_path):
    host.arm(faults.cut(150_000), times=1)
    host.arm(faults.says(403, b""), skip=1)
    with pytest.raises(NetError):
        http.download(host.url + PATH, tmp_path / "a", secret={"key": "s3cret-s3cret"})
    note = (tmp_path / "a.part.json").read_text()
    assert set(json.loads(note)) == {"source", "etag", "last_modified", "total"}
    assert "s3cret" not in note


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(http, host, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        http.download(host.url + PATH, tmp_path / "a")
