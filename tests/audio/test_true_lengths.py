"""Codings at which other readers lose samples, guess lengths or halve levels: here nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from curate.audio._av import AvFile
from curate.audio.probe import probe
from curate.audio.read import open_audio, read
from tests import signals
from tests.audio.test_read import save_by_av

SR = 32000
SECONDS = 12.0


def sound() -> np.ndarray:
    return signals.chirp(200, 9000, sr=SR, seconds=SECONDS, gain=0.5)


def decoded(path: Path) -> np.ndarray:
    """All of a file; what is measured without keeping it must be as long."""
    y, sr = read(path)
    assert sr == SR
    assert probe(path).frames == y.shape[1]
    return y


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
def test_adpcm_keeps_every_sample(tmp_path, subtype):
    path = tmp_path / "a.wav"
    sf.write(path, sound().T, SR, subtype=subtype)
    y = decoded(path)
    n = round(SECONDS * SR)
    assert 0 <= y.shape[1] - n < 2048, "the last block may be filled up"
    assert np.corrcoef(y[0, :n], sound()[0])[0, 1] > 0.98


def test_raw_aac_is_as_long_as_what_it_decodes_to_whatever_its_bit_rate(tmp_path):
    y = sound()
    y[:, : y.shape[1] // 2] *= 1e-4  # the bit rate of the first half says nothing of the second
    path = save_by_av(tmp_path / "a.aac", y, "aac", SR)
    with open_audio(path) as audio:
        assert audio.declared_frames is None
    assert abs(decoded(path).shape[1] - y.shape[1]) <= 3 * 1024


def box(kind: bytes, data: bytes) -> bytes:
    return (8 + len(data)).to_bytes(4) + kind + data


def noted_by_itunes(path: Path, *, before: int, behind: int, frames: int) -> None:
    """Put the note of iTunes into an MP4 whose index lies at its end, in the place of other metadata."""
    data = path.read_bytes()
    start = data.rindex(b"moov") - 4
    words = f" 00000000 {before:08X} {behind:08X} {frames:016X}" + " 00000000" * 8
    note = box(b"mean", bytes(4) + b"com.apple.iTunes") + box(b"name", bytes(4) + b"iTunSMPB")
    note += box(b"data", b"\0\0\0\1" + bytes(4) + words.encode())
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    tags = box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", box(b"----", note))))
    index = data[start + 8 :]
    path.write_bytes(data[:start] + box(b"moov", index[: index.rindex(b"udta") - 4] + tags))


@pytest.mark.parametrize("rest", [1, 123, 512, 1023])
@pytest.mark.parametrize("is_noted", [False, True], ids=["edit list", "iTunes"])
def test_an_m4a_is_as_long_as_its_container_says_and_its_sound_lies_where_it_was(tmp_path, rest, is_noted):
    """What fills the last packet made it up to 1,024 samples longer."""
    n = 2 * SR + rest
    y = np.zeros((1, n), np.float32)
    clicks = [50, SR, n - 150]
    y[0, clicks] = 0.9
    path = save_by_av(tmp_path / "a.m4a", y, "aac", SR)
    if is_noted:
        noted_by_itunes(path, before=1024, behind=-(n + 1024) % 1024, frames=n)
    made = decoded(path)
    # An edit list counts in milliseconds here.
    assert 0 <= made.shape[1] - n <= (0 if is_noted else SR // 1000)
    for click in clicks:
        assert abs(int(np.abs(made[0, click - 40 : click + 40]).argmax()) - 40) <= 1
    with open_audio(path) as audio:
        assert audio.problem is None


def test_sound_behind_the_length_that_an_m4a_declares_is_kept(tmp_path):
    """A recorder that lost its power may count less than it wrote: only what fills up packets goes."""
    path = save_by_av(tmp_path / "a.m4a", sound(), "aac", SR)
    whole = decoded(path)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"mdhd") + 4 + 4 + 8 + 4
    assert int.from_bytes(data[at : at + 4]) >= whole.shape[1]
    data[at : at + 4] = (SR * 5).to_bytes(4)
    path.write_bytes(data)
    np.testing.assert_array_equal(decoded(path)[:, : whole.shape[1]], whole)


@pytest.mark.parametrize("name", ["a.m4a", "a.mp3"])
def test_what_an_encoder_filled_up_with_does_not_count(tmp_path, name):
    if name == "a.m4a":
        path = save_by_av(tmp_path / name, sound(), "aac", SR)
    else:
        path = tmp_path / name
        sf.write(path, sound().T, SR)
    assert abs(decoded(path).shape[1] - round(SECONDS * SR)) <= 2 * 1152


def test_eight_bits_have_their_full_level_in_either_decoder(tmp_path):
    path = tmp_path / "a.wav"
    sf.write(path, sound().T, SR, subtype="PCM_U8")
    np.testing.assert_allclose(decoded(path), sound(), atol=1 / 127)
    with AvFile(path) as audio:
        np.testing.assert_array_equal(np.concatenate(list(audio.blocks()), axis=1), decoded(path))


@pytest.mark.parametrize("frames", [1, 777, 1 << 16, 1 << 18])
def test_what_ffmpeg_gathers_is_the_same_in_blocks_of_any_length(tmp_path, frames):
    path = save_by_av(tmp_path / "a.m4a", np.repeat(sound(), 2, axis=0), "aac", SR)
    with open_audio(path) as audio, open_audio(path) as again:
        n = 3000 if frames == 1 else SR * 20
        some = [block for block, _ in zip(audio.blocks(frames), range(n), strict=False)]
        whole = np.concatenate(list(again.blocks()), axis=1)
    joined = np.concatenate(some, axis=1)
    np.testing.assert_array_equal(joined, whole[:, : joined.shape[1]])
    assert frames == 1 or joined.shape == whole.shape


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "ULAW"])
@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_an_au_whose_size_was_never_filled_in_is_read_to_its_end(tmp_path, subtype, size):
    path = tmp_path / "a.au"
    sf.write(path, sound().T, SR, format="AU", subtype=subtype)
    whole = decoded(path)
    data = bytearray(path.read_bytes())
    data[8:12] = size.to_bytes(4)
    path.write_bytes(data)
    np.testing.assert_array_equal(decoded(path), whole)
    assert probe(path).problem is None
    path.write_bytes(data[: int.from_bytes(data[4:8])])
    assert probe(path).frames == 0, "a header alone stays an empty recording"


@pytest.mark.parametrize("wide", [False, True], ids=["narrow", "wide"])
def test_the_pauses_of_an_amr_keep_their_length(tmp_path, wide):
    """A phone sends frames of comfort noise and of nothing while nobody speaks: 20 ms each, as all others."""
    mark, spoken, size = (b"#!AMR-WB\n", 8, 60) if wide else (b"#!AMR\n", 7, 31)
    quiet, nothing = (9 if wide else 8), 15
    speech = bytes([spoken << 3 | 4]) + np.random.default_rng(0).bytes(size)
    comfort, none = bytes([quiet << 3 | 4]) + bytes(5), bytes([nothing << 3 | 4])
    path = tmp_path / "a.amr"
    path.write_bytes(mark + speech * 20 + comfort + none * 9 + speech * 30 + (comfort + none * 4) * 2)
    sr = 16000 if wide else 8000
    found = probe(path)
    assert (found.sr, found.frames) == (sr, round(70 * 0.02 * sr))
    if not wide:  # of wide ones FFmpeg gives the frames of nothing as silence
        assert found.damage == ((0.4, 0.6), (1.2, 1.4))
    y, _ = read(path)
    assert y.shape[1] == found.frames
    assert not y[:, round(0.4 * sr) : round(0.42 * sr)].any()
    assert y[:, round(0.3 * sr) : round(0.4 * sr)].any()
    assert y[:, round(0.6 * sr) : round(0.7 * sr)].any()
