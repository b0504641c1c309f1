"""Nothing is clipped without a word: floats stay floats, or are scaled and say so."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import soundfile as sf

from curate.audio.resample import resample
from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from tests import signals
from tests.engines import in_a_thread

SR = 16000


@pytest.fixture(scope="module", autouse=True)
def thread():
    with in_a_thread():
        yield


@pytest.fixture
def loud():
    y = 6 * signals.tone(3000, sr=SR, seconds=8, gain=1.0, channels=2)
    return y + signals.noise(sr=SR, seconds=8, channels=2)


@pytest.fixture
def dataset(tmp_path, loud):
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    sf.write(folder / "loud.wav", loud.T, SR, subtype="FLOAT")
    with Dataset(tmp_path / "birds") as opened:
        import_(opened, [folder.parent])
        yield opened


@pytest.mark.parametrize("audio_format", [None, "flac", "ogg"])
def test_the_copy_of_a_float_recording_holds_what_the_recording_holds(dataset, loud, audio_format):
    cut(dataset, "owl/loud.wav", 0.0, 1.0)
    summary = render(dataset, audio_format=audio_format)
    assert (summary.copies, summary.clipped) == (1, 0)
    (copy,) = dataset.clean.rglob("*.wav")
    assert sf.info(copy).subtype == "FLOAT"
    y, _ = sf.read(copy, dtype="float32")
    np.testing.assert_array_equal(y.T[:, SR:], loud[:, 2 * SR :])


@pytest.mark.parametrize("codec", ["flac", "ogg", "mp3"])
def test_an_export_that_holds_nothing_beyond_full_scale_is_scaled_and_says_so(dataset, tmp_path, loud, codec):
    out = tmp_path / "out"
    summary = manifest(dataset, out, format="audiofolder", audio="raw", audio_mode="copy", codec=codec)
    gain = 20 * np.log10(1 / np.abs(loud).max())
    assert [each["gain_db"] for each in summary.scaled] == [pytest.approx(gain, abs=0.02)]
    (file,) = out.rglob(f"*.{codec}")
    with sf.SoundFile(file) as sound:
        assert "scaled by -" in sound.comment
        y = sound.read(dtype="float32").T
    n = min(y.shape[1], loud.shape[1]) - 4000
    ratio = np.sqrt(np.mean(y[:, 4000:n] ** 2) / np.mean(loud[:, 4000:n] ** 2))
    assert 20 * np.log10(ratio) == pytest.approx(gain, abs=0.3)


def test_an_export_as_wav_keeps_floats(dataset, tmp_path):
    summary = manifest(
        dataset, tmp_path / "out", format="audiofolder", audio="raw", audio_mode="copy", codec="wav", sr=8000
    )
    assert summary.scaled == []
    (file,) = (tmp_path / "out").rglob("*.wav")
    assert sf.info(file).subtype == "FLOAT"
    assert np.abs(sf.read(file)[0]).max() > 5


def test_samples_that_a_coding_clips_are_counted(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    sf.write(folder / "full.wav", np.sign(signals.tone(100, sr=SR, seconds=3))[0], SR)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder])
        summary = manifest(dataset, tmp_path / "out", format="audiofolder", codec="flac", sr=22050)
    assert summary.clipped > 0


def test_a_folder_tells_what_of_it_is_passed_over(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    sf.write(folder / "a.wav", signals.noise(sr=SR, seconds=1)[0], SR)
    (folder / "44751.x-wav").write_bytes((folder / "a.wav").read_bytes())
    (folder / "dawn").write_bytes((folder / "a.wav").read_bytes())
    for name in ("b.wac", "c.WAC", "d.w4v", "e.txt"):
        (folder / name).write_bytes(b"WAac" + bytes(100))
    with Dataset(tmp_path / "birds") as dataset:
        summary = import_(dataset, [folder])
    assert (summary.added, summary.failed) == (3, 0)
    assert summary.passed_over == {".wac": 2, ".w4v": 1, ".txt": 1}
    assert summary.problems == []


def save_by_ffmpeg(path, y, codec, form):
    """Write one channel in a coding and with numbers that libsndfile does not write."""
    import av

    scaled = y if form.startswith("f") else np.round(y * 2.0**31).astype(np.int32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=SR, layout="mono")
        stream.codec_context.format = form
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(scaled), format=form, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SR, 0, Fraction(1, SR)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("a.m4a", "alac", "s32p"),
        ("a.wv", "wavpack", "s32p"),
        ("a.mka", "pcm_s24le", "s32"),
        ("a.mka", "flac", "s32"),
        ("a.wv", "wavpack", "fltp"),
    ],
)
def test_the_copy_of_a_lossless_recording_is_as_fine_whoever_decodes_it(tmp_path, name, codec, form):
    level = 3.0 if form.startswith("f") else 1e-4  # 3: beyond full scale; 1e-4: 3 steps of 16 bits
    y = level * signals.noise(sr=SR, seconds=4, channels=1)
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    save_by_ffmpeg(folder / name, y, codec, form)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder.parent])
        cut(dataset, f"owl/{name}", 0.0, 1.0)
        assert render(dataset).clipped == 0
        (copy,) = (each for each in dataset.clean.rglob("*.*") if each.is_file())
    copied, _ = sf.read(copy, dtype="float32")
    np.testing.assert_allclose(copied, y[0, SR:], atol=0 if form.startswith("f") else 2.0**-23)


@pytest.mark.parametrize(("coding", "codec"), [("PCM_24", "flac"), ("PCM_24", "wav"), ("FLOAT", "flac")])
def test_an_export_of_a_faint_recording_is_as_fine_as_the_recording(tmp_path, coding, codec):
    y = 3e-5 * signals.song(sr=2 * SR, seconds=4)  # below a step of 16 bits
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    sf.write(folder / "faint.wav", y.T, 2 * SR, subtype=coding)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder.parent])
        manifest(dataset, tmp_path / "out", format="audiofolder", audio_mode="copy", sr=SR, codec=codec)
    (file,) = (tmp_path / "out").rglob(f"*.{codec}")
    found, _ = sf.read(file, dtype="float32")
    np.testing.assert_allclose(found, resample(y, 2 * SR, SR)[0], atol=2.0**-22)


@pytest.mark.parametrize("audio_format", ["ogg", "opus", "mp3"])
def test_the_copy_of_a_recording_by_many_microphones_keeps_each_of_them(tmp_path, audio_format):
    y = np.concatenate([signals.tone(400 * (n + 1), sr=48000, seconds=4) for n in range(6)])
    folder = tmp_path / "data" / "owl"
    folder.mkdir(parents=True)
    sf.write(folder / "six.wav", y.T, 48000)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [folder.parent])
        cut(dataset, "owl/six.wav", 0.0, 1.0)
        summary = render(dataset, audio_format=audio_format)
        assert (summary.copies, summary.other_format) == (1, 1)
        (copy,) = dataset.clean.rglob("*.flac")
    copied, _ = sf.read(copy, dtype="float32")
    np.testing.assert_allclose(copied.T, y[:, 48000:], atol=2.0**-15)
