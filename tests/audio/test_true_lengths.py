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
