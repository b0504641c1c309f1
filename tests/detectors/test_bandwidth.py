"""The real upper limit: of resampled phones and of lossy coders."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf

from curate.audio.resample import resample
from tests import signals
from tests.detectors.heard import heard


@pytest.mark.parametrize(
    ("real", "sr"), [(8000, 48000), (8000, 16000), (16000, 44100), (22050, 96000), (48000, 192000)]
)
def test_a_recording_at_a_higher_rate_than_its_sound_is_told(real, sr):
    y = resample(signals.noise(sr=real, seconds=6), real, sr)
    (segment,) = heard("bandwidth", y, sr)
    assert segment.high_freq == pytest.approx(real / 2, rel=0.1)
    assert (segment.onset, segment.offset) == (0, y.shape[1] / sr)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("gain", [0.5, 0.05, 0.005])
def test_the_level_does_not_matter_while_the_converter_resolves_it(gain, bits):
    y = signals.quantised(resample(signals.noise(sr=16000, seconds=6, gain=gain / 3), 16000, 48000), bits)
    (segment,) = heard("bandwidth", y, 48000)
    assert segment.high_freq == pytest.approx(8000, rel=0.1)


def test_an_mp3_of_low_quality_is_told():
    file = io.BytesIO()
    # The lowest quality that libsndfile offers encodes noise up to about 11 kHz.
    sf.write(
        file, signals.noise(sr=44100, seconds=6, gain=0.1)[0], 44100, format="MP3", compression_level=0.99
    )
    file.seek(0)
    y, sr = sf.read(file, dtype="float32")
    (segment,) = heard("bandwidth", y[np.newaxis], sr)
    assert segment.high_freq < 17000


@pytest.mark.parametrize("sr", [8000, 44100, 192000])
@pytest.mark.parametrize("kind", ["white", "brown", "song"])
def test_a_spectrum_that_only_sinks_has_no_limit(sr, kind):
    y = signals.noise(sr=sr, seconds=6, gain=0.01)
    if kind == "brown":
        y = np.cumsum(y, axis=1) * np.float32(0.05)
    if kind == "song":
        y = y * np.float32(0.1) + signals.song(sr=sr, seconds=6, low=1500)
    assert heard("bandwidth", y, sr) == []


def test_silence_has_no_limit():
    assert heard("bandwidth", np.zeros((1, 32000), np.float32), 16000) == []
