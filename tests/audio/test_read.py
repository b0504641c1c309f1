"""Opening and reading sound files, whole ones and damaged ones."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from curate.audio._av import AvFile
from curate.audio._mp3 import mp3_header
from curate.audio._sndfile import SndFile
from curate.audio.read import open_audio, read
from curate.errors import DecodeFailed, UsageError
from tests import signals

SR = 16000
SECONDS = 4.0


def save(path: Path, y: NDArray[np.float32], sr: int = SR, **options: str) -> Path:
    """Write by soundfile in short blocks: libsndfile crashes on a long write of Ogg."""
    with sf.SoundFile(path, "w", sr, len(y), **options) as sound:
        for start in range(0, y.shape[1], 1 << 15):
            sound.write(y.T[start : start + (1 << 15)])
    return path


def save_by_av(path: Path, y: NDArray[np.float32], codec: str, sr: int = SR) -> Path:
    """Encode one channel with PyAV, for what libsndfile cannot write."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=sr, layout="mono")
        if codec == "aac":
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y[:1]), format="fltp", layout="mono")
        else:
            numbers = np.round(y[:1] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(numbers, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sr, 0, Fraction(1, sr)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def cut_bytes(path: Path, share: float) -> Path:
    """Leave only the first `share` of a file's bytes."""
    os.truncate(path, int(path.stat().st_size * share))
    return path


def drain(path: Path, frames: int = 1 << 18) -> tuple[NDArray[np.float32], str | None]:
    with open_audio(path) as audio:
        parts = list(audio.blocks(frames))
        empty = np.empty((audio.channels, 0), np.float32)
        return np.concatenate([empty, *parts], axis=1), audio.problem


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("sr", [8000, 48000, 384_000])
def test_samples_arrive_as_written_at_the_files_own_rate(tmp_path: Path, sr: int, channels: int) -> None:
    y = signals.noise(sr=sr, seconds=0.3, channels=channels)
    path = save(tmp_path / "a.wav", y, sr, subtype="FLOAT")
    found, problem = drain(path)
    assert problem is None
    np.testing.assert_array_equal(found, y)
    with open_audio(path) as audio:
        assert (audio.sr, audio.channels, audio.format, audio.codec) == (sr, channels, "wav", "float")
        assert audio.declared_frames == y.shape[1]


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3", "a.m4a"])
@pytest.mark.parametrize("frames", [1, 1000, 1 << 13, 1 << 18])
def test_block_length_does_not_change_the_samples(tmp_path: Path, name: str, frames: int) -> None:
    y = signals.chirp(100, 6000, sr=SR, seconds=0.5)
    path = tmp_path / name
    if path.suffix == ".m4a":
        save_by_av(path, y, "aac")
    else:
        save(path, np.vstack([y, -y]))
    whole, _ = drain(path)
    with open_audio(path) as audio:
        blocks = list(audio.blocks(frames))
    assert {block.shape[1] for block in blocks[:-1]} <= {frames}
    assert all(block.flags.c_contiguous and block.dtype == np.float32 for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)


def test_blocks_of_an_mp3_whose_frames_lie_in_earlier_ones_are_those_of_the_whole(tmp_path: Path) -> None:
    """Where soundfile reads such blocks itself, the start of each is wrong."""
    y = signals.noise(sr=SR, seconds=4, gain=0.2)
    y[:, SR : 2 * SR] *= 0.001
    path = tmp_path / "a.mp3"
    sf.write(path, y.T, SR, bitrate_mode="VARIABLE", compression_level=0.9)
    whole, _ = sf.read(path, dtype="float32", always_2d=True)
    found, _ = drain(path, 1024)
    np.testing.assert_allclose(found, whole.T, atol=1e-6)
    later, _ = read(path, start=3, duration=0.5, exact=False)
    np.testing.assert_allclose(later, whole.T[:, 3 * SR : 3 * SR + later.shape[1]], atol=1e-6)


def test_blocks_are_the_callers_to_change(tmp_path: Path) -> None:
    y = signals.noise(sr=SR, seconds=1, channels=2)
    kept = []
    with open_audio(save(tmp_path / "a.wav", y, subtype="FLOAT")) as audio:
        for block in audio.blocks(1000):
            kept.append(block.copy())
            block[:] = 9
    np.testing.assert_array_equal(np.concatenate(kept, axis=1), y)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.flac", None), ("a.ogg", None), ("a.m4a", "aac"), ("a.mka", "flac")]
)
def test_the_sound_that_went_in_comes_out(tmp_path: Path, name: str, codec: str | None) -> None:
    y = signals.tone(440, sr=SR, seconds=1)
    path = tmp_path / name
    save_by_av(path, y, codec) if codec else save(path, y)
    decoder = AvFile if codec else SndFile
    with open_audio(path) as audio:
        assert isinstance(audio, decoder)
        found = np.concatenate(list(audio.blocks()), axis=1)
        assert audio.problem is None
    middle = slice(SR // 4, 3 * SR // 4)
    assert np.abs(found[0, middle] - y[0, middle]).max() < 0.05


def test_integer_coding_has_full_scale_one_in_both_decoders(tmp_path: Path) -> None:
    y = np.array([[-1.0, -0.5, 0.0, 0.5, 32767 / 32768]], np.float32).repeat(400, axis=1)
    path = save(tmp_path / "a.wav", y)
    for decoder in (SndFile, AvFile):
        with decoder(path) as audio:
            np.testing.assert_array_equal(np.concatenate(list(audio.blocks()), axis=1), y)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_both_decoders_agree_on_every_kind_of_number(tmp_path: Path, subtype: str) -> None:
    path = save(tmp_path / "a.wav", signals.noise(sr=SR, seconds=0.2, channels=2), subtype=subtype)
    with SndFile(path) as one, AvFile(path) as other:
        for left, right in zip(one.blocks(), other.blocks(), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-7)


def test_more_channels_than_ffmpeg_lists_planes_for(tmp_path: Path) -> None:
    y = signals.noise(sr=SR, seconds=0.2, channels=8)
    with AvFile(save(tmp_path / "a.wav", y, subtype="FLOAT")) as audio:
        np.testing.assert_array_equal(np.concatenate(list(audio.blocks()), axis=1), y)


@pytest.mark.parametrize(
    ("name", "share"), [("a.flac", 0.4), ("a.wav", 0.4), ("a.aiff", 0.4), ("a.mp3", 0.4), ("a.mka", 0.6)]
)
def test_a_truncated_file_gives_what_it_holds_and_says_so(tmp_path: Path, name: str, share: float) -> None:
    y = signals.noise(sr=SR, seconds=SECONDS)
    path = tmp_path / name
    save_by_av(path, y, "flac") if name == "a.mka" else save(path, y)
    whole, problem = drain(path)
    assert problem is None
    part, problem = drain(cut_bytes(path, share))
    assert problem is not None
    assert problem.startswith("truncated: decoder stopped at ")
    assert " s of 4." in problem
    assert 0.2 * whole.shape[1] < part.shape[1] < 0.8 * whole.shape[1]
    n = part.shape[1] - 3000  # the last packet of a lossy file may be damaged
    np.testing.assert_allclose(part[:, :n], whole[:, :n], atol=1e-5)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("form", ["RF64", "W64"])
def test_a_truncated_file_of_the_long_kinds_says_so(tmp_path: Path, form: str, subtype: str) -> None:
    y = signals.noise(sr=SR, seconds=SECONDS, channels=2)
    path = tmp_path / "a.wav"
    sf.write(path, y.T, SR, format=form, subtype=subtype)
    assert drain(path)[1] is None
    part, problem = drain(cut_bytes(path, 0.5))
    assert problem is not None
    assert problem.startswith("truncated: decoder stopped at ")
    assert problem.endswith(f" s of {SECONDS:.2f} s")
    assert 0.4 * SR * SECONDS < part.shape[1] < 0.6 * SR * SECONDS


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1])
@pytest.mark.parametrize("kind", [b"RF64", b"BW64"])
def test_an_rf64_whose_size_was_never_filled_in_is_read_to_its_end(
    tmp_path: Path, kind: bytes, size: int
) -> None:
    y = signals.noise(sr=SR, seconds=1)
    path = tmp_path / "a.wav"
    sf.write(path, y.T, SR, format="RF64", subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"ds64") + 16
    data[at : at + 16] = struct.pack("<Q", size) + bytes(8)  # bytes of sound, and frames
    data[:4] = kind
    path.write_bytes(data)
    found, problem = drain(path)
    assert problem is None
    np.testing.assert_allclose(found, y, atol=1 / 32768)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("size", [None, 0, 0xFFFFFFFF, 5000])
def test_a_wav_with_the_big_end_first_is_read_to_its_end_and_is_no_noise(
    tmp_path: Path, subtype: str, size: int | None
) -> None:
    """FFmpeg swaps its bytes; libsndfile reads it, if the size of its sound is there."""
    y = signals.noise(sr=SR, seconds=1)
    path = tmp_path / "a.wav"
    sf.write(path, y.T, SR, format="WAV", subtype=subtype, endian="BIG")
    data = bytearray(path.read_bytes())
    assert data.startswith(b"RIFX")
    if size is not None:
        at = data.index(b"data") + 4
        data[at : at + 4] = size.to_bytes(4)
        path.write_bytes(data)
    found, problem = drain(path)
    assert (problem is not None) == (size == 5000)
    np.testing.assert_allclose(found, y, atol=1 / 32768)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_a_caf_that_does_not_say_its_length_is_whole(tmp_path: Path, subtype: str) -> None:
    """The chunk of sound may have the size -1 if it is the last (Apple Core Audio Format 1.0)."""
    y = signals.noise(sr=SR, seconds=1)
    path = tmp_path / "a.caf"
    sf.write(path, y.T, SR, format="CAF", subtype=subtype)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    found, problem = drain(path)
    assert problem is None
    np.testing.assert_allclose(found, y, atol=1 / 32768)


def test_a_truncated_ogg_gives_what_it_holds(tmp_path: Path) -> None:
    """Ogg counts no frames ahead, so nothing tells that some are missing."""
    path = save(tmp_path / "a.ogg", signals.noise(sr=SR, seconds=SECONDS))
    whole, _ = drain(path)
    part, _ = drain(cut_bytes(path, 0.5))
    assert 0.2 * whole.shape[1] < part.shape[1] < 0.8 * whole.shape[1]


def test_a_truncated_m4a_has_lost_its_index(tmp_path: Path) -> None:
    path = save_by_av(tmp_path / "a.m4a", signals.noise(sr=SR, seconds=SECONDS), "aac")
    with pytest.raises(DecodeFailed, match=r"libsndfile: .*; FFmpeg: "):
        drain(cut_bytes(path, 0.5))


def test_damage_in_the_middle_of_a_flac_is_a_hole_with_the_decoders_words(tmp_path: Path) -> None:
    y = signals.noise(sr=SR, seconds=SECONDS)
    path = save(tmp_path / "a.flac", y)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    found, problem = drain(path)
    assert found.shape[1] == SR * SECONDS
    assert problem is not None
    assert "s lost: a hole at " in problem


def test_damaged_packets_are_left_out_and_reported(tmp_path: Path) -> None:
    path = save_by_av(tmp_path / "a.aac", signals.noise(sr=SR, seconds=SECONDS), "aac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 900] = b"\x55" * 900
    path.write_bytes(data)
    found, problem = drain(path)
    assert 0.7 * SR * SECONDS < found.shape[1] < 1.1 * SR * SECONDS
    assert problem is not None
    assert problem.startswith("damaged packet left out at ")


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_whose_size_was_never_filled_in_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    y = signals.noise(sr=SR, seconds=1)
    path = save(tmp_path / "a.wav", y)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", size)
    path.write_bytes(data)
    found, problem = drain(path)
    assert problem is None
    assert found.shape == y.shape
    np.testing.assert_allclose(found, y, atol=1 / 32768)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg to write MP3 without a header")
@pytest.mark.parametrize("quality", ["-b:a 64k", "-q:a 2"])
def test_an_mp3_without_a_header_is_read_to_its_end(tmp_path: Path, quality: str) -> None:
    """libsndfile guesses the length from the first frames and would stop there."""
    quiet = signals.noise(sr=44100, seconds=2, gain=0.0001, channels=2)
    loud = signals.noise(sr=44100, seconds=6, gain=0.3, channels=2)
    y = np.concatenate([loud, quiet], axis=1)
    wav, mp3 = save(tmp_path / "a.wav", y, 44100), tmp_path / "a.mp3"
    command = ["ffmpeg", "-v", "error", "-i", wav, *quality.split(), "-write_xing", "0", mp3]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    assert mp3_header(mp3) is None
    found, problem = drain(mp3)
    assert problem is None
    assert abs(found.shape[1] - y.shape[1]) < 3 * 1152


def test_only_an_mp3_header_that_accounts_for_the_file_is_complete(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mp3", signals.noise(sr=SR, seconds=SECONDS))
    header = mp3_header(path)
    assert header is not None
    assert header.complete
    assert abs(header.frames - SR * SECONDS) < 4 * 1152
    doubled = tmp_path / "b.mp3"
    doubled.write_bytes(path.read_bytes() * 2)
    header = mp3_header(doubled)
    assert header is not None
    assert not header.complete
    assert drain(doubled)[0].shape[1] > 1.9 * SR * SECONDS, "two files in one are read to the end"


def test_an_mp3_header_is_found_behind_tags(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mp3", signals.noise(sr=SR, seconds=1))
    plain = mp3_header(path)
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 0]) + bytes(256)
    path.write_bytes(tag + tag + path.read_bytes())
    assert mp3_header(path) == plain
    assert plain is not None


def test_nan_and_infinity_are_passed_on(tmp_path: Path) -> None:
    y = signals.noise(sr=SR, seconds=0.1)
    y[0, 10], y[0, 20] = np.nan, np.inf
    found, _ = drain(save(tmp_path / "a.wav", y, subtype="FLOAT"))
    np.testing.assert_array_equal(found, y)


@pytest.mark.parametrize("name", [b"with spaces.flac", b"bad \xff\xfe name.flac", "ünïcode.flac".encode()])
@pytest.mark.parametrize("decoder", [SndFile, AvFile])
def test_any_file_name_can_be_read_by_both_decoders(tmp_path: Path, name: bytes, decoder: type) -> None:
    made = save(tmp_path / "a.flac", signals.noise(sr=SR, seconds=0.1))
    path = tmp_path / os.fsdecode(name)
    try:
        made.rename(path)
    except OSError:
        pytest.skip("this file system takes no such name")
    with decoder(path) as audio:
        assert sum(block.shape[1] for block in audio.blocks()) == SR // 10
    assert read(str(path))[0].shape == (1, SR // 10)


def test_a_wav_without_frames_is_an_empty_recording(tmp_path: Path) -> None:
    found, problem = drain(save(tmp_path / "a.wav", np.empty((2, 0), np.float32)))
    assert found.shape == (2, 0)
    assert problem is None


@pytest.mark.parametrize(
    "content", [b"x", b"RIFF", b"not audio at all" * 99, b"\xff\xfb\x90\x00" + bytes(500)]
)
def test_what_no_decoder_reads_fails_with_the_words_of_both(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(DecodeFailed, match=r"a\.mp3: libsndfile: .+; FFmpeg: .+"):
        open_audio(path)


def test_a_file_without_bytes_a_folder_and_no_file_at_all_fail_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    with pytest.raises(DecodeFailed, match=r"a\.wav: it is empty \(0 bytes\)"):
        open_audio(tmp_path / "a.wav")
    with pytest.raises(DecodeFailed, match="expected a file"):
        open_audio(tmp_path)
    with pytest.raises(DecodeFailed, match=r"b\.wav: No such file"):
        open_audio(tmp_path / "b.wav")
    (tmp_path / "c.wav").write_bytes(bytes(1 << 17))
    with pytest.raises(DecodeFailed, match=r"c\.wav: it holds only zeros: the recorder reserved the file"):
        open_audio(tmp_path / "c.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(DecodeFailed, match="expected a file"):
        open_audio(tmp_path / "pipe.wav")


def test_a_message_about_a_strange_name_can_be_stored(tmp_path: Path) -> None:
    with pytest.raises(DecodeFailed) as caught:
        open_audio(str(tmp_path / os.fsdecode(b"\xff.wav")))
    caught.value.message.encode()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.m4a"])
@pytest.mark.parametrize(
    ("start", "duration"), [(0, 1), (0.5, None), (1.2345, 0.25), (1.9, 5), (7, 1), (0, 0)]
)
def test_a_stretch_equals_that_stretch_of_the_whole(
    tmp_path: Path, name: str, start: float, duration: float | None
) -> None:
    path = tmp_path / name
    y = signals.chirp(100, 7000, sr=SR, seconds=2)
    save_by_av(path, y, "aac") if name == "a.m4a" else save(path, np.vstack([y, y / 2]))
    whole, sr = read(path)
    found, _ = read(path, start=start, duration=duration)
    first = round(start * sr)
    last = None if duration is None else first + round(duration * sr)
    np.testing.assert_array_equal(found, whole[:, first:last])


def test_a_stretch_can_be_converted_and_mixed_down(tmp_path: Path) -> None:
    y = signals.tone(440, sr=SR, seconds=1, channels=2)
    found, sr = read(save(tmp_path / "a.wav", y, subtype="FLOAT"), sr=8000, mono=True)
    assert (sr, found.shape) == (8000, (1, 8000))
    expected = y.mean(axis=0)[::2]
    assert np.abs(found[0] - expected)[200:-200].max() < 1e-3


@pytest.mark.parametrize(("start", "duration"), [(-0.1, None), (0, -1)])
def test_negative_times_are_refused(tmp_path: Path, start: float, duration: float | None) -> None:
    with pytest.raises(UsageError, match="0 or more"):
        read(tmp_path / "a.wav", start=start, duration=duration)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_stretch_for_the_ear_is_at_its_place(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    y = signals.chirp(500, 8000, sr=32000, seconds=20.0) + signals.noise(sr=32000, seconds=20.0)
    sf.write(path, y.T, 32000)
    whole, _ = read(path)
    for start in (0.0, 0.3, 7.123, 19.9, 30.0):
        part, _ = read(path, start=start, duration=1.0, exact=False)
        first = round(start * 32000)
        np.testing.assert_allclose(part, whole[:, first : first + 32000], atol=1e-6)


@pytest.mark.corpus
def test_a_stretch_for_the_ear_is_that_of_the_whole_mp3(corpus: Path) -> None:
    for path in sorted((corpus / "animals").glob("*.mp3"))[:12]:
        whole, sr = read(path)
        start = round(0.7 * whole.shape[1]) / sr
        part, _ = read(path, start=start, duration=0.5, exact=False)
        first = round(start * sr)
        np.testing.assert_allclose(
            part, whole[:, first : first + part.shape[1]], atol=1e-5, err_msg=path.name
        )


@pytest.mark.corpus
def test_mp3_from_both_decoders_is_the_same_recording(corpus: Path) -> None:
    """Which decoder reads an MP3 depends on its header; times must not."""
    for path in sorted((corpus / "animals").glob("*.mp3"))[:6]:
        with SndFile(path) as one, AvFile(path) as other:
            for left, right in zip(one.blocks(), other.blocks(), strict=True):
                np.testing.assert_allclose(left, right, atol=1e-4)


@pytest.mark.parametrize("quiet", [slice(None, 4 * SR), slice(4 * SR, None)])
def test_an_mp3_of_varying_rate_inside_of_a_wav_is_whole(tmp_path: Path, quiet: slice) -> None:
    import av

    y = signals.noise(sr=SR, seconds=8.0, gain=0.2)
    y[:, quiet] *= 1e-3  # libsndfile estimates the whole length from the first frames
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("libmp3lame", rate=SR, layout="mono", options={"abr": "1"})
        stream.codec_context.format, stream.codec_context.bit_rate = "fltp", 64_000
        frame = av.AudioFrame.from_ndarray(y, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SR, 0, Fraction(1, SR)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    found, problem = drain(tmp_path / "a.wav")
    assert problem is None
    assert y.shape[1] <= found.shape[1] <= y.shape[1] + 3 * 1152


def test_the_blocks_of_a_voc_are_joined_without_their_headers(tmp_path: Path) -> None:
    y = signals.quantised(signals.chirp(300, 3000, sr=SR, seconds=1.0), 16)
    numbers = np.round(y[0] * 32768).astype("<i2")
    form = struct.pack("<IBBHI", SR, 16, 1, 4, 0)
    blocks = b"".join(
        b"\x09" + (len(form) + 2 * len(part)).to_bytes(3, "little") + form + part.tobytes()
        for part in np.array_split(numbers, 3)
    )
    (tmp_path / "a.voc").write_bytes(
        b"Creative Voice File\x1a" + struct.pack("<HHH", 26, 0x0114, 0x111F) + blocks + b"\0"
    )
    found, problem = drain(tmp_path / "a.voc")
    assert problem is None
    np.testing.assert_array_equal(found[0], y[0])
