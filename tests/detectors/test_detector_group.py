"""All detectors of one recording hear the same sound, whatever the blocks it comes in."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.detectors import DETECTORS
from curate.detectors.detect_file import detector
from curate.detectors.detector_group import DetectorGroup
from tests import signals
from tests.detectors.heard import track

FRAMED = [name for name in DETECTORS if name != "speech"]


def everything(sr, seconds=6.0):
    """Song, hum, a fly, clipping, zeros and noise, one after the other and over each other."""
    y = signals.noise(sr=sr, seconds=seconds, gain=0.003) + signals.song(sr=sr, seconds=seconds)
    y += signals.hum(50, sr=sr, seconds=seconds)
    y = np.clip(y * 3, -0.4, 0.4)
    y[:, 2 * sr : 3 * sr] = 0
    return np.concatenate([y, y[:, ::-1] * np.float32(0.5)])


@pytest.mark.parametrize("name", FRAMED)
@settings(max_examples=8, deadline=None)
@given(blocks=st.lists(st.integers(1, 30_000), max_size=20))
def test_the_blocks_do_not_change_what_a_detector_hears(name, blocks):
    y = everything(8000)[:, :44_321]
    assert track(name, y, 8000, blocks) == track(name, y, 8000)


def test_detectors_hear_together_what_each_hears_alone():
    sr = 22050
    y = everything(sr)
    audience = DetectorGroup({name: detector(name) for name in DETECTORS}, sr)
    audience.feed(y)
    together = audience.finish()
    assert together.keys() == DETECTORS.keys()
    assert all(together[name] == track(name, y, sr) for name in DETECTORS)


@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("samples", [0, 1, 100, 333, 1024, 1025])
def test_a_recording_shorter_than_a_few_frames_is_heard_to_its_end(name, samples):
    y = signals.noise(sr=44100, seconds=1.0)[:, :samples]
    for segment in detector(name).segments(track(name, y, 44100)):
        assert 0 <= segment.onset < segment.offset <= samples / 44100


@pytest.mark.parametrize(
    "name", [name for name in FRAMED if name != "fingerprint"]
)  # which is of the samples
def test_what_is_no_sound_is_silence(name):
    sr = 8000
    y = everything(sr)
    broken, silent = y.copy(), y.copy()
    broken[:, 9000:9100] = np.nan
    broken[:, 9100:9200] = np.inf
    broken[:, 9200:9300] = 1e30
    silent[:, 9000:9300] = 0
    assert track(name, broken, sr) == track(name, silent, sr)


@pytest.mark.parametrize("name", FRAMED)
def test_segments_lie_in_order_inside_the_recording(name):
    sr = 16000
    y = everything(sr)
    found = detector(name).segments(track(name, y, sr))
    assert found == sorted(found, key=lambda s: s.onset)
    for label in {s.label for s in found}:
        ends = [time for s in found if s.label == label for time in (s.onset, s.offset)]
        assert ends == sorted(ends)
        assert ends[0] >= 0
        assert ends[-1] <= y.shape[1] / sr


def test_what_workers_are_forked_from_has_loaded_all_that_listening_needs():
    """What is missing there each worker would load by itself."""
    script = """if True:
        import importlib, sys
        import numpy as np
        from curate.detectors import DETECTORS
        from curate.detectors.detect_file import detector, modules_of
        from curate.detectors.detector_group import DetectorGroup
        for name in modules_of(DETECTORS):
            importlib.import_module(name)
        before = set(sys.modules)
        for name in DETECTORS:
            audience = DetectorGroup({name: detector(name, "cpu")}, 16000)
            audience.feed(np.random.default_rng(1).standard_normal((1, 48000), np.float32))
            detector(name, "cpu").segments(audience.finish()[name])
        late = {name.partition(".")[0] for name in set(sys.modules) - before}
        assert not late & {"curate", "scipy", "soxr"}, sorted(set(sys.modules) - before)
    """
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
