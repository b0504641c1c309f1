"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from curate.audio.probe import probe
from curate.audio.read import read
from curate.audio.write import AUDIO_FORMATS, write
from curate.errors import AudioError, RawAudioProtected, UsageError
from tests import signals

SR = 16000


@pytest.mark.parametrize("name", AUDIO_FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_reads_back_as_the_same_sound(tmp_path: Path, name: str, channels: int) -> None:
    y = signals.tone(440, sr=SR, seconds=3, channels=channels)
    path = tmp_path / f"a{AUDIO_FORMATS[name].suffix}"
    assert write(path, [y[:, :20_000], y[:, 20_000:]], sr=SR, channels=channels, format=name) == y.shape[1]
    found, sr = read(path)
    assert (sr, found.shape) == (SR, y.shape)
    middle = slice(SR, 2 * SR)
    assert np.abs(found[:, middle] - y[:, middle]).max() < 0.05
    assert os.listdir(tmp_path) == [path.name]
    assert probe(path).problem is None


@pytest.mark.parametrize("name", ["flac", "wav"])
@pytest.mark.parametrize(("subtype", "bits"), [("PCM_16", 16), ("PCM_24", 24)])
@given(seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_integer_samples_keep_every_bit(
    tmp_path_factory: pytest.TempPathFactory, name: str, subtype: str, bits: int, seed: int
) -> None:
    full = 1 << (bits - 1)
    numbers = np.random.default_rng(seed).integers(-full, full, (2, 5000))
    numbers[:, :2] = [-full, full - 1]
    y = (numbers / full).astype(np.float32)
    path = tmp_path_factory.mktemp("bits") / f"a.{name}"
    write(path, [y], sr=SR, channels=2, format=name, subtype=subtype)
    assert sf.info(path).subtype == subtype
    np.testing.assert_array_equal(read(path)[0], y)


@pytest.mark.parametrize("name", AUDIO_FORMATS)
def test_what_is_too_loud_is_clipped_and_never_wrapped(tmp_path: Path, name: str) -> None:
    y = signals.tone(300, sr=SR, seconds=2, gain=4.0)
    path = tmp_path / "a.x"
    write(path, [y], sr=SR, channels=1, format=name)
    found = read(path)[0][0, SR // 2 : SR]
    wanted = np.clip(y, -1, 1)[0, SR // 2 : SR]
    stuck = np.abs(wanted) == 1
    assert (np.sign(found[stuck]) == np.sign(wanted[stuck])).all()
    assert np.corrcoef(found, wanted)[0, 1] > 0.99
    assert np.abs(found).max() < 1.4


def test_nan_is_written_as_silence_and_infinity_as_full_scale(tmp_path: Path) -> None:
    y = np.array([[0.5, np.nan, np.inf, -np.inf]], np.float32)
    write(tmp_path / "a.flac", [y], sr=SR, channels=1)
    np.testing.assert_array_equal(read(tmp_path / "a.flac")[0], [[0.5, 0, 32767 / 32768, -1]])


def test_the_callers_blocks_are_not_changed(tmp_path: Path) -> None:
    y = signals.tone(300, sr=SR, seconds=1, gain=4.0)
    before = y.copy()
    for name in AUDIO_FORMATS:
        write(tmp_path / "a.x", [y], sr=SR, channels=1, format=name)
    np.testing.assert_array_equal(y, before)


def test_one_huge_block_of_ogg_does_not_crash(tmp_path: Path) -> None:
    """libsndfile's Vorbis encoder overflows the stack on one long write."""
    y = signals.noise(sr=8000, seconds=240, channels=2)
    assert write(tmp_path / "a.ogg", [y], sr=8000, channels=2, format="ogg") == y.shape[1]


@pytest.mark.parametrize(
    ("name", "sr", "channels", "able"),
    [
        ("opus", 44_100, 2, "flac, mp3, ogg, wav"),
        ("mp3", 96_000, 2, "flac, ogg, wav"),
        ("mp3", 44_100, 3, "flac, wav"),
        ("ogg", 44_100, 6, "flac, wav"),
        ("opus", 48_000, 8, "flac, wav"),
        ("ogg", 384_000, 1, "flac, wav"),
        ("flac", 384_001, 1, "wav"),
        ("flac", 44_100, 9, "wav"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_with_those_that_can(
    tmp_path: Path, name: str, sr: int, channels: int, able: str
) -> None:
    with pytest.raises(
        UsageError, match=f"{name} is unable to hold {channels} channels at {sr} Hz"
    ) as caught:
        write(tmp_path / "a", [], sr=sr, channels=channels, format=name)
    assert caught.value.hint == f"formats that can: {able}"


@pytest.mark.parametrize("sr", [4000, 22_255, 384_000, 655_350])
def test_flac_holds_the_rates_that_recorders_have(tmp_path: Path, sr: int) -> None:
    y = signals.noise(sr=sr, seconds=0.1)
    write(tmp_path / "a.flac", [y], sr=sr, channels=1)
    assert (probe(tmp_path / "a.flac").sr, probe(tmp_path / "a.flac").frames) == (sr, y.shape[1])


def test_unknown_formats_and_subtypes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown audio format 'flca'") as caught:
        write(tmp_path / "a", [], sr=SR, channels=1, format="flca")
    assert caught.value.hint is not None
    assert "flac" in caught.value.hint
    with pytest.raises(UsageError, match="flac lacks the subtype 'VORBIS'"):
        write(tmp_path / "a", [], sr=SR, channels=1, subtype="VORBIS")


def test_an_error_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(b"old")

    def blocks() -> Iterator[NDArray[np.float32]]:
        yield signals.noise(sr=SR, seconds=1)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write(path, blocks(), sr=SR, channels=1)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.flac"]


def test_nothing_to_write_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"the sound is empty: failed to write .*a\.flac$"):
        write(tmp_path / "a.flac", [], sr=SR, channels=1)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"failed to write .*a\.flac: No such file"):
        write(tmp_path / "b" / "a.flac", [signals.noise(sr=SR, seconds=1)], sr=SR, channels=1)


@pytest.mark.parametrize("name", AUDIO_FORMATS)
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    """A limit on the size of files stands for the disk's end."""
    program = f"""
import resource, sys
from pathlib import Path
import numpy as np
from curate.audio.write import write
from curate.errors import AudioError
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
y = np.random.default_rng(0).uniform(-1, 1, (1, 400_000)).astype(np.float32)
try:
    write(Path(sys.argv[1]), [y], sr=16000, channels=1, format="{name}")
except AudioError as error:
    print("refused", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.x"], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("refused"), done.stderr
    assert os.listdir(tmp_path) == []


def test_raw_audio_is_never_written_over(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    recording = raw / "a.flac"
    recording.write_bytes(b"raw")
    link = tmp_path / "link.flac"
    link.symlink_to(recording)
    linked = tmp_path / "linked"
    linked.symlink_to(raw)
    y = signals.noise(sr=SR, seconds=0.1)
    for path in (recording, raw / "new.flac", link, linked / "a.flac", raw / ".." / "raw" / "a.flac"):
        with pytest.raises(RawAudioProtected, match="which curate only reads"):
            write(path, [y], sr=SR, channels=1, protect=[raw])
    with pytest.raises(RawAudioProtected):
        write(recording, [y], sr=SR, channels=1, protect=[recording])
    assert recording.read_bytes() == b"raw"
    write(tmp_path / "raw.flac", [y], sr=SR, channels=1, protect=[raw, recording])


@pytest.mark.parametrize("format", ["flac", "mp3", "ogg", "wav"])
def test_why_the_system_takes_no_more_is_told(tmp_path, format):
    """A full disk fails in the same way; a limit on files can be set without one."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    y = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 800_000)).astype(np.float32)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(AudioError, match="File too large"):
            write(tmp_path / "a", [y], sr=32_000, channels=1, format=format)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
