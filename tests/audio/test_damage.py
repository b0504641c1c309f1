"""Every byte is accounted for: holes where sound was lost, and all the parts of a file."""

from __future__ import annotations

import io
import itertools
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.audio._av import AvFile
from curate.audio._bytes import Bytes, ByteSpan
from curate.audio.probe import probe
from curate.audio.read import open_audio, read
from tests import signals
from tests.audio.test_read import save_by_av

SR = 32000
SECONDS = 6.0


def sound(seconds: float = SECONDS, sr: int = SR, seed: int = 0) -> NDArray[np.float32]:
    """Tones that change, over noise, so that every moment differs from every other; shape=(n,)."""
    y = (
        signals.chirp(300, 6000, sr=sr, seconds=seconds)[0]
        + signals.noise(sr=sr, seconds=seconds, seed=seed)[0]
    )
    return np.asarray(0.3 * y / np.abs(y).max(), np.float32)


def encoded(y: NDArray[np.float32], sr: int = SR, format: str = "WAV", subtype: str | None = None) -> bytes:
    out = io.BytesIO()
    sf.write(out, y.T, sr, format=format, subtype=subtype)
    return out.getvalue()


def drain(path: Path) -> tuple[NDArray[np.float32], list[tuple[int, int]], str | None]:
    with open_audio(path) as audio:
        parts = list(audio.blocks(1 << 14))
        return np.concatenate(parts, axis=1), audio.damage, audio.problem


def outside(holes: list[tuple[int, int]], frames: int, margin: int = 0) -> NDArray[np.bool_]:
    """Mark the frames outside of holes, and of a margin around them."""
    kept = np.ones(frames, bool)
    for start, stop in holes:
        kept[max(0, start - margin) : stop + margin] = False
    return kept


@pytest.mark.parametrize("harm", ["flip", "zeros", "gone"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_damaged_flac_frame_is_a_hole_and_all_else_is_as_it_was(
    tmp_path: Path, harm: str, subtype: str
) -> None:
    path = tmp_path / "a.flac"
    data = bytearray(encoded(np.stack([sound(), sound(seed=1)]), format="FLAC", subtype=subtype))
    path.write_bytes(data)
    whole, damage, problem = drain(path)
    assert (damage, problem) == ([], None)
    middle = len(data) // 2
    if harm == "flip":
        data[middle] ^= 0x10
    elif harm == "zeros":
        data[middle : middle + 3000] = bytes(3000)
    else:
        del data[middle : middle + 3000]
    path.write_bytes(data)
    y, damage, problem = drain(path)
    assert y.shape == whole.shape
    assert len(damage) == 1
    assert problem is not None
    assert f"s lost: a hole at {damage[0][0] / SR:.2f} s" in problem
    kept = outside(damage, y.shape[1])
    np.testing.assert_array_equal(y[:, kept], whole[:, kept])
    assert not y[:, ~kept].any()
    assert 0.02 < (~kept).mean() < 0.2
    late, _ = read(path, start=5.0, duration=0.5)
    np.testing.assert_array_equal(late, whole[:, 5 * SR : 5 * SR + SR // 2])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.02, 0.99), min_size=1, max_size=6), st.integers(1, 400))
def test_no_second_of_a_damaged_flac_is_lost_silently_or_moved(
    tmp_path_factory: pytest.TempPathFactory, places: list[float], length: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.flac"
    whole = sound(3.0)
    data = bytearray(encoded(whole, format="FLAC"))
    for at in {int(len(data) * place) // 400 * 400 for place in places}:
        data[at : at + length] = bytes(byte ^ 0x55 for byte in data[at : at + length])
    path.write_bytes(data)
    y, damage, problem = drain(path)
    assert problem is not None
    assert y.shape[1] <= len(whole)
    if y.shape[1] < len(whole):
        assert problem.startswith("truncated")
    kept = outside(damage, y.shape[1])
    np.testing.assert_allclose(y[0, kept], whole[: y.shape[1]][kept], atol=1 / 32768)


@pytest.mark.parametrize(("name", "subtype", "sr"), [("a.ogg", "VORBIS", SR), ("a.opus", "OPUS", 48000)])
def test_a_lost_page_of_ogg_is_a_hole_and_times_stay_true(
    tmp_path: Path, name: str, subtype: str, sr: int
) -> None:
    path = tmp_path / name
    data = bytearray(encoded(sound(sr=sr), sr, format="OGG", subtype=subtype))
    path.write_bytes(data)
    whole, _, problem = drain(path)
    assert problem is None
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)
    y, damage, problem = drain(path)
    assert y.shape[1] == whole.shape[1]
    assert len(damage) == 1
    assert problem is not None
    assert "outside all sound pages" in problem
    assert probe(path).frames == y.shape[1]
    # Codecs need a moment to find their way back.
    kept = outside(damage, y.shape[1], margin=sr // 5)
    assert np.sqrt(np.mean((y[:, kept] - whole[:, kept]) ** 2)) < 0.01


def test_damaged_packets_of_an_m4a_are_a_hole(tmp_path: Path) -> None:
    path = save_by_av(tmp_path / "a.m4a", sound()[np.newaxis], "aac", SR)
    whole, _, _ = drain(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 1500] = bytes(1500)
    path.write_bytes(data)
    y, damage, problem = drain(path)
    assert y.shape[1] == whole.shape[1]
    assert len(damage) == 1
    assert problem is not None
    assert problem.startswith("damaged packet left out at ")
    kept = outside(damage, y.shape[1], margin=4096)
    np.testing.assert_allclose(y[:, kept], whole[:, kept], atol=1e-3)


def test_what_is_no_frame_of_an_mp3_is_a_hole_of_about_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    data = bytearray(encoded(sound(), format="MP3"))
    path.write_bytes(data)
    whole, _, _ = drain(path)
    middle = len(data) // 2
    data[middle : middle + 1024] = bytes(1024)
    path.write_bytes(data)
    y, damage, problem = drain(path)
    assert abs(y.shape[1] - whole.shape[1]) <= 2 * 1152
    assert len(damage) == 1
    assert problem is not None
    end = slice(5 * SR, 5 * SR + SR // 4)
    lag = np.argmax(np.correlate(y[0, 5 * SR - 2304 : 5 * SR + SR // 4 + 2304], whole[0, end])) - 2304
    assert abs(lag) <= 2 * 1152


@pytest.mark.parametrize(
    ("format", "subtype", "sr"),
    [
        ("WAV", "PCM_16", SR), ("RF64", "PCM_24", SR), ("AIFF", "PCM_16", SR), ("W64", "PCM_24", SR),
        ("CAF", "PCM_16", SR), ("AU", "PCM_16", SR), ("FLAC", "PCM_16", SR), ("OGG", "VORBIS", SR),
        ("OGG", "OPUS", 48000),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seconds", [(1.0, 2.0), (2.0, 2.0), (1.5, 0.5, 1.0)])
def test_files_joined_by_bytes_are_read_to_the_last(
    tmp_path: Path, format: str, subtype: str, sr: int, seconds: tuple[float, ...]
) -> None:
    parts = [sound(each, sr, seed=k) for k, each in enumerate(seconds)]
    path = tmp_path / f"a.{format.lower()}"
    path.write_bytes(b"".join(encoded(part, sr, format=format, subtype=subtype) for part in parts))
    y, damage, problem = drain(path)
    assert (y.shape[1], damage, problem) == (sum(map(len, parts)), [], None)
    info = probe(path)
    assert (info.frames, info.problem) == (y.shape[1], None)
    if format != "OGG":
        np.testing.assert_allclose(y[0], np.concatenate(parts), atol=1 / 32768)
    late, _ = read(path, start=sum(seconds) - 0.4)
    np.testing.assert_array_equal(late, y[:, -round(0.4 * sr) :])


def test_joined_m4a_files_are_read_to_the_last(tmp_path: Path) -> None:
    one = save_by_av(tmp_path / "a.m4a", sound(2.0)[np.newaxis], "aac", SR).read_bytes()
    single = probe(tmp_path / "a.m4a").frames
    (tmp_path / "b.m4a").write_bytes(one + one)
    assert probe(tmp_path / "b.m4a").frames == 2 * single


@pytest.mark.parametrize("channels", [1, 2])
def test_a_part_of_another_rate_is_converted_and_told(tmp_path: Path, channels: int) -> None:
    other = np.stack([sound(1.0, 44100)] * 2)
    first = np.stack([sound(2.0)] * channels)
    path = tmp_path / "a.ogg"
    path.write_bytes(encoded(first, format="OGG") + encoded(other, 44100, format="OGG"))
    y, damage, problem = drain(path)
    assert y.shape == (channels, 3 * SR)
    assert damage == []
    assert problem == "stream changes to 2 channels at 44100 Hz at 2.00 s"


@pytest.mark.parametrize("first", [44100, 22050])
def test_an_mp3_whose_rate_changes_early_has_its_first_rate_and_all_of_its_sound(
    tmp_path: Path, first: int
) -> None:
    second = 66150 - first
    path = tmp_path / "a.mp3"
    path.write_bytes(
        encoded(sound(1.0, first), first, format="MP3") + encoded(sound(5.0, second), second, format="MP3")
    )
    info = probe(path)
    assert info.sr == first
    assert info.duration == pytest.approx(6.0, abs=0.25)
    assert info.problem is not None
    assert f"stream changes to 1 channels at {second} Hz" in info.problem


def counting_less(data: bytes, format: str, share: float) -> bytes:
    """Let the header count only a share of the sound, as when a recorder lost its power."""
    changed = bytearray(data)
    if format == "AU":
        struct.pack_into(">I", changed, 8, int(struct.unpack_from(">I", changed, 8)[0] * share) & ~1)
        return bytes(changed)
    name, at, code = {
        "WAV": (b"data", 4, "<I"), "AIFF": (b"SSND", 4, ">I"), "CAF": (b"data", 4, ">q"),
        "W64": (b"data", 16, "<q"),
    }[format]  # fmt: skip
    place = changed.index(name) + at
    size = int(struct.unpack_from(code, changed, place)[0] * share) & ~7
    struct.pack_into(code, changed, place, size)
    return bytes(changed)


@pytest.mark.parametrize("format", ["AIFF", "AU", "CAF", "W64", "WAV"])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_that_a_header_does_not_count_is_sound(tmp_path: Path, format: str, channels: int) -> None:
    y = np.stack([sound()] * channels)
    path = tmp_path / "a.bin"
    path.write_bytes(counting_less(encoded(y, format=format, subtype="PCM_16"), format, 0.3))
    found, damage, problem = drain(path)
    np.testing.assert_allclose(found, y, atol=1 / 32768)
    assert damage == []
    assert problem is not None
    assert "more follow" in problem
    assert probe(path).problem == problem


@pytest.mark.parametrize("behind", [b"LIST\x04\0\0\0abcd", b"guan\x05\0\0\0abcde\0", b"id3 \x04\0\0\0abcd"])
def test_chunks_behind_the_sound_of_a_wav_are_none(tmp_path: Path, behind: bytes) -> None:
    path = tmp_path / "a.wav"
    data = encoded(sound())
    path.write_bytes(data[:4] + struct.pack("<I", len(data) + len(behind) - 8) + data[8:] + behind)
    y, damage, problem = drain(path)
    assert (y.shape[1], damage, problem) == (round(SR * SECONDS), [], None)


@pytest.mark.parametrize("before", [b"LIST\x0d\0\0\0INFOICMT\1\0\0\0x", b"guan\x05\0\0\0TE: 1"])
@pytest.mark.parametrize("behind", [b"", b"LIST\x04\0\0\0abcd"])
@pytest.mark.parametrize("counts", ["all", "nothing"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_chunk_without_its_padding_before_the_sound_costs_none_of_it(
    tmp_path: Path, before: bytes, behind: bytes, counts: str, channels: int
) -> None:
    y = np.stack([(0.5 + n) * sound(1.0) for n in range(channels)])
    data = encoded(y, subtype="PCM_24")
    at = data.index(b"data")
    size = data[at + 4 : at + 8] if counts == "all" else bytes(4)
    behind = behind if counts == "all" else b""
    path = tmp_path / "a.wav"
    path.write_bytes(data[:at] + before + b"data" + size + data[at + 8 :] + behind)
    found, damage, problem = drain(path)
    np.testing.assert_allclose(found, y, atol=2.0**-23)
    assert (damage, problem, probe(path).frames) == ([], None, SR)


def test_tags_behind_the_sound_of_a_wav_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(sound()) + b"TAG" + b"dawn chorus".ljust(125))
    y, damage, problem = drain(path)
    assert (y.shape[1], damage, problem) == (round(SR * SECONDS), [], None)


def test_an_rf64_that_counts_less_is_read_to_its_end(tmp_path: Path) -> None:
    y = sound()
    data = bytearray(encoded(y, format="RF64", subtype="PCM_16"))
    at = data.index(b"ds64") + 16
    data[at : at + 8] = struct.pack("<Q", 64_000)
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    found, _, problem = drain(path)
    np.testing.assert_allclose(found[0], y, atol=1 / 32768)
    assert problem is not None
    assert "more follow" in problem


def test_empty_bytes_behind_a_wav_are_told_and_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(sound()) + bytes(4096))
    y, _, problem = drain(path)
    assert (y.shape[1], problem) == (round(SR * SECONDS), "4,096 empty bytes behind the sound")


@pytest.mark.parametrize(
    ("format", "subtype"),
    [
        ("WAV", "GSM610"), ("WAV", "G721_32"), ("WAV", "NMS_ADPCM_16"), ("WAV", "NMS_ADPCM_24"),
        ("WAV", "NMS_ADPCM_32"), ("W64", "GSM610"), ("AIFF", "GSM610"), ("AU", "G721_32"), ("AU", "G723_24"),
        ("AU", "G723_40"), ("XI", "DPCM_16"), ("XI", "DPCM_8"),
    ],
)  # fmt: skip
def test_codings_in_which_libsndfile_cannot_seek_are_read_to_their_end(
    tmp_path: Path, format: str, subtype: str
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(encoded(sound(1.0, 8000), 8000, format=format, subtype=subtype))
    y, damage, problem = drain(path)
    assert (damage, problem) == ([], None)
    assert 8000 <= y.shape[1] <= 8320
    assert probe(path).frames == y.shape[1]
    np.testing.assert_array_equal(read(path, start=0.5)[0], y[:, round(0.5 * probe(path).sr) :])


def test_a_truncated_ogg_and_caf_say_so(tmp_path: Path) -> None:
    for format, subtype in (("OGG", "VORBIS"), ("CAF", "PCM_16")):
        path = tmp_path / f"a.{format}"
        data = encoded(sound(), format=format, subtype=subtype)
        path.write_bytes(data[: len(data) // 2])
        problem = drain(path)[2]
        assert problem is not None
        assert problem.startswith("truncated: ")


def test_a_window_of_bytes_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    window = Bytes(path, ByteSpan(10, 20, patches=((3, b"\xff\xfe"),)))
    assert window.read() == bytes([10, 11, 12, 255, 254, 15, 16, 17, 18, 19])
    assert (window.seek(4), window.read(2), window.tell()) == (4, b"\xfe\x0f", 6)
    assert (window.seek(-1, 2), window.read(9), window.seek(-99), window.seek(5, 9)) == (9, b"\x13", -1, -1)
    window.close()


def test_a_lost_first_page_of_sound_is_a_hole_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    data = bytearray(encoded(sound(), format="OGG", subtype="VORBIS"))
    path.write_bytes(data)
    whole, _, _ = drain(path)
    first = data.index(b"OggS", data.index(b"vorbis", data.index(b"OggS", 10)) + 3000)
    data[first + 200] ^= 1
    path.write_bytes(data)
    y, damage, _ = drain(path)
    assert y.shape[1] == whole.shape[1]
    assert damage[0][0] == 0
    kept = outside(damage, y.shape[1], margin=SR // 5)
    assert np.sqrt(np.mean((y[:, kept] - whole[:, kept]) ** 2)) < 0.01


@pytest.mark.parametrize(("format", "subtype"), [("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("CAF", "FLOAT")])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_are_a_hole(
    tmp_path: Path, format: str, subtype: str, value: float
) -> None:
    y = np.stack([sound(), sound(seed=1)])
    y[1, SR : SR + SR // 2] = value
    y[0, 5 * SR] = value
    path = tmp_path / "a"
    path.write_bytes(encoded(y, format=format, subtype=subtype))
    found, damage, problem = drain(path)
    np.testing.assert_array_equal(found, y)
    assert damage == [(SR, SR + SR // 2), (5 * SR, 5 * SR + 1)]
    assert problem is not None
    assert problem.startswith("16,001 samples are no numbers, or larger than any sound; 0.50 s lost: 2 holes")
    info = probe(path)
    assert (info.problem, info.damage) == (problem, ((1.0, 1.5), (5.0, 5.0 + 1 / SR)))


def test_ffmpeg_s_floats_that_are_no_numbers_are_a_hole(tmp_path: Path) -> None:
    y = sound().copy()
    y[SR : 2 * SR] = np.nan
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(y, subtype="FLOAT"))
    with AvFile(path) as audio:
        audio.skip_all()
        assert audio.damage == [(SR, 2 * SR)]
        assert audio.problem == "32,000 samples are no numbers, or larger than any sound"


def test_many_short_runs_are_one_hole_and_loud_floats_are_none(tmp_path: Path) -> None:
    y = sound()
    y[SR : 2 * SR : 2] = np.nan
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(y, subtype="FLOAT"))
    assert probe(path).damage == ((1.0, 2.0 - 1 / SR),)
    path.write_bytes(encoded(sound() * np.float32(2**31), subtype="FLOAT"))
    assert (probe(path).damage, probe(path).problem) == ((), None)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 3999), max_size=40), st.integers(1, 5000))
def test_blocks_do_not_change_where_no_numbers_are(
    tmp_path_factory: pytest.TempPathFactory, places: set[int], frames: int
) -> None:
    y = sound(0.5, 8000)
    y[list(places)] = np.nan
    path = tmp_path_factory.getbasetemp() / "numbers.wav"
    path.write_bytes(encoded(y, 8000, subtype="FLOAT"))
    with open_audio(path) as audio:
        assert sum(block.shape[1] for block in audio.blocks(frames)) == 4000
        holes = audio.damage
    assert all(any(start <= k < stop for start, stop in holes) for k in places)
    assert all(start in places and stop - 1 in places for start, stop in holes)
    assert all(b[0] - a[1] >= 80 for a, b in itertools.pairwise(holes))


def test_a_length_that_no_recording_has_is_not_printed(tmp_path: Path) -> None:
    data = bytearray(encoded(sound(), format="W64", subtype="PCM_16"))
    at = data.index(b"data") + 16
    struct.pack_into("<Q", data, at, 1 << 60)
    path = tmp_path / "a.w64"
    path.write_bytes(data)
    y, _, problem = drain(path)
    assert y.shape[1] == SR * SECONDS
    assert problem is not None
    assert problem.startswith("truncated: decoder stopped at 6.00 s of a length that cannot be true")


@pytest.mark.parametrize("tail", ["id3v1", "ape", "zeros", "rubbish"])
def test_what_follows_a_flac_is_told_alike_whether_it_is_measured_or_read(tmp_path: Path, tail: str) -> None:
    y = sound()
    ape = b"APETAGEX" + struct.pack("<IIII8x", 2000, 32 + 40, 0, 0)
    behind, words = {
        "id3v1": (b"TAG" + b"x" * 125, None),
        "ape": (b"x" * 40 + ape + b"TAG" + b"x" * 125, None),
        "zeros": (bytes(50_000), "50,000 empty bytes behind the sound"),
        "rubbish": (np.random.default_rng(0).bytes(5000), "what follows its last frame is no sound"),
    }[tail]
    path = tmp_path / "a.flac"
    path.write_bytes(encoded(y, format="FLAC") + behind)
    read_, holes, problem = drain(path)
    assert (read_.shape, holes) == ((1, len(y)), [])
    # The checksum of a frame may end in a zero, which is none of the tail's.
    assert [problem, probe(path).problem] == [words, words]


@pytest.mark.parametrize("ending", ["mka", "m4a", "ogg"])
def test_further_streams_of_sound_are_told(tmp_path: Path, ending: str) -> None:
    codec = {"mka": "flac", "m4a": "aac", "ogg": "flac"}[ending]
    path = tmp_path / f"a.{ending}"
    with av.open(str(path), "w") as file:
        streams = [file.add_stream(codec, rate=SR, layout="mono") for _ in range(2)]
        for stream, seed in zip(streams, (0, 1), strict=True):
            frame = av.AudioFrame.from_ndarray(sound(1.0, seed=seed)[np.newaxis], "fltp", "mono")
            frame.sample_rate, frame.pts = SR, 0
            resampler = av.AudioResampler(stream.format, "mono", SR, frame_size=stream.frame_size or 1024)
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                file.mux(stream.encode(part))
            file.mux(stream.encode(None))
    words = "holds 2 streams of sound, and curate reads the first"
    assert [drain(path)[2], probe(path).problem] == [words, words]


def test_a_second_chunk_of_sound_is_told(tmp_path: Path) -> None:
    whole = encoded(sound(1.0))
    path = tmp_path / "a.wav"
    path.write_bytes(whole + b"data" + struct.pack("<I", 4000) + bytes(range(200)) * 20)
    words = "a second chunk of sound, 4,008 bytes, is not read"
    assert [drain(path)[2], probe(path).problem] == [words, words]
