"""What `probe` says must be what decoding finds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from curate.audio import _sndfile
from curate.audio._av import depth_of
from curate.audio.probe import probe
from curate.audio.read import open_audio
from curate.errors import DecodeFailed
from curate.model import AudioInfo
from tests import signals

SR = 16000


def save(path: Path, seconds: float = 2.0, channels: int = 1) -> Path:
    y = signals.noise(sr=SR, seconds=seconds, channels=channels)
    sf.write(path, y.T, SR)
    return path


def decoded(path: Path) -> tuple[int, str | None]:
    with open_audio(path) as audio:
        frames = sum(block.shape[1] for block in audio.blocks())
        return frames, audio.problem


@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [
        ("a.wav", "wav", "pcm_16"),
        ("a.flac", "flac", "pcm_16"),
        ("a.ogg", "ogg", "vorbis"),
        ("a.mp3", "mp3", "mpeg_layer_iii"),
        ("a.aiff", "aiff", "pcm_16"),
    ],
)
def test_a_sound_file_is_described(tmp_path: Path, name: str, container: str, codec: str) -> None:
    info = probe(save(tmp_path / name, channels=2))
    assert info == AudioInfo(2 * SR, SR, 2, container, codec, None)


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.5, 1.0, 2.0, 4.0])
def test_a_sound_vorbis_file_is_opened_once_however_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    path = save(tmp_path / "a.ogg", seconds)
    opened = []

    class Counted(_sndfile._Forward):
        def __init__(self, *args: object, **keywords: object) -> None:
            opened.append(args)
            super().__init__(*args, **keywords)

    monkeypatch.setattr(_sndfile, "_Forward", Counted)
    assert probe(path).frames == round(seconds * SR)
    assert len(opened) == 1


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_counted_by_decoding(tmp_path: Path, name: str, share: float) -> None:
    path = save(tmp_path / name, seconds=4)
    os.truncate(path, int(path.stat().st_size * share))
    try:
        info = probe(path)
    except DecodeFailed:
        with pytest.raises(DecodeFailed):
            decoded(path)
        return
    assert (info.frames, info.problem) == decoded(path)
    if share < 0.9 and name != "a.ogg":
        assert info.problem is not None
        assert info.problem.startswith("truncated")


def test_a_flac_that_promises_no_length_is_counted(tmp_path: Path) -> None:
    path = save(tmp_path / "a.flac")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # STREAMINFO: the number of samples is 36 bits that end at byte 26
    data[22:26] = bytes(4)
    path.write_bytes(data)
    with open_audio(path) as audio:
        assert audio.declared_frames is None
    assert (probe(path).frames, probe(path).problem) == (2 * SR, None)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg to write MP3 without a header")
def test_an_mp3_without_a_header_is_counted(tmp_path: Path) -> None:
    wav, mp3 = save(tmp_path / "a.wav", seconds=5), tmp_path / "a.mp3"
    command = ["ffmpeg", "-v", "error", "-i", wav, "-q:a", "2", "-write_xing", "0", mp3]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    assert (probe(mp3).frames, probe(mp3).problem) == decoded(mp3)
    assert abs(probe(mp3).frames - 5 * SR) < 3 * 1152


def test_a_recording_of_no_frames_lasts_no_time(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.empty((0, 1), np.float32), SR)
    info = probe(tmp_path / "a.wav")
    assert (info.frames, info.duration, info.problem) == (0, 0.0, "it holds no sound")


@pytest.mark.corpus
def test_odd_formats_decode_or_fail_with_a_reason_and_are_counted_right(corpus: Path) -> None:
    reasons = []
    for path in sorted((corpus / "formats").iterdir()):
        try:
            info = probe(path)
        except DecodeFailed as error:
            reasons.append(error.message)
        else:
            assert (info.frames, info.problem) == decoded(path), path.name
            assert info.frames > 0
    assert len(reasons) < 15
    assert all(re.search(r"formats/.+: libsndfile: .+; FFmpeg: .+", reason) for reason in reasons)


@pytest.mark.corpus
def test_a_flac_that_loses_channels_midway_keeps_those_that_it_began_with(corpus: Path) -> None:
    (path,) = (corpus / "formats").glob("*decreasing number of channels.flac")
    info = probe(path)
    assert (info.channels, info.frames) == (4, 375_226)
    assert info.problem is not None
    assert "stream changes to 2 channels" in info.problem


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["animals", "mixed", "noise"])
def test_real_recordings_are_counted_right(corpus: Path, folder: str) -> None:
    for path in sorted((corpus / folder).iterdir())[::12]:
        info = probe(path)
        assert (info.frames, info.problem) == decoded(path), path.name


@pytest.mark.parametrize(
    ("codec", "form", "depth"),
    [("dca", "fltp", ""), ("wavpack", "fltp", "_flt"), ("alac", "s32p", "_s32"), ("alac", "s16p", "")],
)
def test_the_name_of_a_lossless_coding_tells_its_depth(codec: str, form: str, depth: str) -> None:
    import av

    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, av.AudioCodecContext)
    assert depth_of(context, av.AudioFrame(form, "mono", 16)) == depth
