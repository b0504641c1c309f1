"""What decoder libraries raise on broken files: one file fails, or ends early, and says why."""

from __future__ import annotations

import shutil
import subprocess

import av
import numpy as np
import pytest
import soundfile as sf

from curate.audio._decoder import border
from curate.audio._sndfile import SndFile
from curate.audio.examine import examine
from curate.audio.read import open_audio
from curate.detectors.detect_file import DetectionJob, check_unchanged, detect_file
from curate.errors import DecodeFailed
from tests import signals

SR = 16000
SECONDS = 3.0
LATIN_1 = "Grenouille verte, for\u00eat".encode("latin-1")


def encode(folder, name, *options):
    """Encode three seconds of a tone by FFmpeg, for what libsndfile cannot write."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg")
    sf.write(folder / "tone.wav", signals.tone(440.0, sr=SR, seconds=SECONDS).T, SR)
    path = folder / name
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", folder / "tone.wav", *options, path]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def m4a(tmp_path):
    return encode(tmp_path, "a.m4a")


def test_an_old_mp3_with_a_latin_1_tag_is_read_whole(tmp_path):
    path = encode(tmp_path, "a.mp3", "-write_xing", "0", "-id3v2_version", "0")
    tag = b"TAG" + LATIN_1.ljust(30, b"\0") + LATIN_1.ljust(30, b"\0") + bytes(65)
    path.write_bytes(path.read_bytes() + tag)
    facts = examine(str(path))
    assert facts.info is not None
    assert facts.info.duration == pytest.approx(SECONDS, abs=0.15)
    assert facts.problem is None


def test_an_m4a_with_a_tag_that_is_not_utf_8_is_read_whole(tmp_path):
    path = encode(tmp_path, "a.m4a", "-metadata", "title=Grenouille verte")
    data = path.read_bytes()
    assert data.count(b"Grenouille") == 1
    path.write_bytes(data.replace(b"Grenouille", b"Gren\xe9uille"))
    facts = examine(str(path))
    assert facts.info is not None
    assert facts.info.duration == pytest.approx(SECONDS, abs=0.15)
    assert facts.problem is None


def breaking(monkeypatch, error, *, after):
    """Let `av.open` give packets whose decoder raises from the one numbered `after` on."""
    real = av.open

    class Packet:
        def __init__(self, packet, number):
            self._packet, self._number = packet, number

        def decode(self):
            if self._number >= after:
                raise error
            return self._packet.decode()

    class Container:
        def __init__(self, *values, **options):
            self._real = real(*values, **options)
            self.streams, self.format, self.duration = self._real.streams, self._real.format, None
            self.metadata = self._real.metadata

        def demux(self, stream):
            return (Packet(packet, number) for number, packet in enumerate(self._real.demux(stream)))

        def close(self):
            self._real.close()

    monkeypatch.setattr(av, "open", Container)


def job(path):
    now = path.stat()
    return DetectionJob(1, str(path), SECONDS, now.st_size, now.st_mtime_ns, {"speech": {}})


def test_a_decoder_that_raises_from_the_start_fails_this_file_with_its_words(m4a, monkeypatch):
    breaking(monkeypatch, ValueError("no such table: 7"), after=0)
    with pytest.raises(DecodeFailed, match=r"FFmpeg: .*no such table: 7"):
        open_audio(m4a)
    facts = examine(str(m4a))
    assert facts.info is None
    assert "no such table: 7" in facts.problem
    with pytest.raises(DecodeFailed, match="no such table: 7"):
        detect_file(job(m4a))


@pytest.mark.parametrize(
    "error", [ValueError("no such table: 7"), av.error.MemoryError(12, "no such table: 7")]
)
def test_a_decoder_that_raises_in_the_middle_ends_the_sound_and_says_why(m4a, monkeypatch, error):
    with open_audio(m4a) as audio:
        whole = np.concatenate(list(audio.blocks()), axis=1)
    breaking(monkeypatch, error, after=20)
    with open_audio(m4a) as audio:
        y = np.concatenate(list(audio.blocks()), axis=1)
        problem = audio.problem
    assert 0 < y.shape[1] < whole.shape[1]
    np.testing.assert_array_equal(y, whole[:, : y.shape[1]])
    assert problem.startswith("truncated: decoder stopped at ")
    assert problem.endswith("no such table: 7")
    looked = detect_file(job(m4a))
    assert (looked.frames, looked.problem) == (y.shape[1], problem)


def test_where_libsndfile_raises_ffmpeg_goes_on_at_the_same_frame(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    sf.write(path, signals.tone(440.0, sr=SR, seconds=SECONDS).T, SR)
    with open_audio(path) as audio:
        assert isinstance(audio, SndFile)
        read = audio._sound.read

        def broken(*, out):
            if audio._sound.tell() > SR:
                raise ValueError("no such table: 7")
            return read(out=out)

        monkeypatch.setattr(audio._sound, "read", broken)
        y = np.concatenate(list(audio.blocks(SR)), axis=1)
        assert (audio.problem, audio.damage) == (None, [])
    np.testing.assert_array_equal(y[0], sf.read(path, dtype="float32")[0])


def test_memory_that_runs_out_and_an_interruption_are_no_faults_of_the_file():
    for error in (MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), border(str):
            raise error


def test_an_error_without_words_is_named_by_its_type():
    with pytest.raises(DecodeFailed, match="AssertionError"), border(str):
        raise AssertionError


def test_a_file_that_is_gone_is_told_in_words_that_utf_8_can_hold(tmp_path):
    with pytest.raises(DecodeFailed, match=r"caf\\udce9") as caught:
        check_unchanged(str(tmp_path / "caf\udce9.wav"), size=1, mtime_ns=1, sha256=None)
    caught.value.message.encode()


def test_a_pyav_that_knows_no_word_for_broken_tags_is_opened_without(m4a, monkeypatch):
    real = av.open

    def later(file):
        return real(file)

    monkeypatch.setattr(av, "open", later)
    assert examine(str(m4a)).info.duration == pytest.approx(SECONDS, abs=0.15)
