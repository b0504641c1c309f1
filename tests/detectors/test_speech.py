"""Speech is found where somebody speaks, however the audio arrives."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate import intervals
from curate.audio.read import read
from curate.audio.resample import resample
from curate.decisions.voices import BELIEVED, separate_voices
from curate.detectors import DETECTORS, silero
from curate.detectors.detector_group import DetectorGroup
from curate.detectors.speech import SpeechDetector, calibrated, segments
from curate.detectors.track import FULL, Track
from curate.errors import UsageError
from curate.lookup import resolve
from tests import signals

THRESHOLDS = [0.05, 0.3, 0.5, 0.9]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Sentences with pauses, shape=(1, n), and their rate."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    path = tmp_path_factory.mktemp("speech") / "spoken.wav"
    text = "The frog calls from the pond. <break time='2s'/> Recorded on the third of May, at dawn."
    subprocess.run(["espeak-ng", "-m", "-v", "en", "-w", path, text], check=True)
    y, sr = read(path)
    return y, sr


def heard(y, sr, blocks=()):
    """The packed track of `y`, fed in blocks of the given lengths and then the rest."""
    audience = DetectorGroup({"speech": SpeechDetector(device="cpu")}, sr)
    for block in np.split(y, np.cumsum(blocks).astype(int), axis=1):
        audience.feed(block)
    return audience.finish()["speech"]


def track_of(probabilities, n_samples=None):
    probabilities = np.asarray(probabilities, np.float32)
    n_samples = len(probabilities) * 512 if n_samples is None else n_samples
    return Track.quantised(probabilities, hop=0.032, n_samples=n_samples)


def test_the_detector_is_found_by_name_and_says_which_silero_it_uses():
    assert resolve("speech", DETECTORS, kind="detector") is SpeechDetector
    assert SpeechDetector.name == "speech"
    assert "silero-vad 6." in SpeechDetector.version


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.05, 0.3, 0.8, 1.0]), min_size=4, max_size=60), st.integers(1, 20))
def test_a_voice_has_its_score_wherever_it_is(probabilities, silence):
    alone = segments(track_of(probabilities), lowest_score=0.001, min_speech=0)
    silent = [0.0] * silence
    between = segments(track_of([*silent, *probabilities, *silent]), lowest_score=0.001, min_speech=0)
    assert [each.score for each in between] == [each.score for each in alone]


def test_finding_segments_needs_no_torch_where_there_is_no_speech():
    code = (
        "import sys, numpy as np; from curate.detectors.speech import segments; "
        "from curate.detectors.track import Track; "
        "assert segments(Track(0.032, np.zeros(9, np.uint16), 9)) == []; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_spoken_sentences_are_found_and_the_pause_between_them_is_not(spoken):
    y, sr = spoken
    quiet = np.zeros((1, 2 * sr), np.float32)
    found = segments(Track.unpack(heard(np.concatenate([quiet, y, quiet], axis=1), sr)))
    assert len(found) >= 2
    assert max(b.onset - a.offset for a, b in itertools.pairwise(found)) > 1.5
    assert found[0].onset == pytest.approx(2, abs=0.2)
    assert found[-1].offset < (y.shape[1] / sr) + 2.2
    assert all(segment.label == "speech" and 0.5 < segment.score <= 1 for segment in found)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.lists(st.integers(0, 40_000), max_size=8))
def test_any_division_into_blocks_gives_the_same_track(spoken, blocks):
    y, sr = spoken
    assert heard(y, sr, blocks) == heard(y, sr)


def test_blocks_longer_than_the_networks_own_give_the_same_track(spoken):
    y, sr = resample(*spoken, silero.SR), silero.SR
    y = np.tile(y, -(-2 * silero.BLOCK * silero.CHUNK // y.shape[1]))
    assert y.shape[1] > 1.5 * silero.BLOCK * silero.CHUNK
    assert heard(y, sr, [silero.BLOCK * silero.CHUNK, 1, 511]) == heard(y, sr, [1000] * 1200)


def test_channels_are_averaged(spoken):
    y, sr = spoken
    assert heard(np.concatenate([2 * y, 0 * y]), sr) == heard(y, sr)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_what_is_no_sound_counts_as_silence(spoken, value):
    y, sr = spoken
    broken, silenced = y.copy(), y.copy()
    broken[0, 5000:5100], silenced[0, 5000:5100] = value, 0
    given_away = broken.copy()
    assert heard(broken, sr) == heard(silenced, sr)
    np.testing.assert_array_equal(broken, given_away)  # another detector hears the same block


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 44100, 384000])
def test_the_track_covers_the_recording_at_any_rate(sr):
    y = signals.noise(sr=sr, seconds=1.5, channels=2)
    track = Track.unpack(heard(y, sr))
    assert track.n_samples == pytest.approx(24_000, abs=1)
    assert len(track.probabilities) == -(-track.n_samples // 512)
    assert segments(track) == []


def ends(y, sr):
    return np.ravel([(s.onset, s.offset) for s in segments(Track.unpack(heard(y, sr)))])


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("bits", [16, 24])
def test_speech_is_found_at_any_level_and_depth(spoken, gain, bits):
    y, sr = spoken
    made_quiet = signals.quantised(y * np.float32(gain), bits)
    assert ends(made_quiet, sr)[[0, -1]] == pytest.approx(ends(y, sr)[[0, -1]], abs=0.1)


def test_speech_is_found_beside_a_dead_channel(spoken):
    y, sr = spoken
    assert ends(np.concatenate([np.zeros_like(y), y]), sr) == pytest.approx(ends(y, sr), abs=0.05)


@pytest.mark.parametrize(
    "case",
    ["rumble and dead", "offset and dead", "turned with an offset", "turned with rumble",
     "turned beside noise"],
)  # fmt: skip
def test_speech_is_found_whatever_another_channel_holds(spoken, case):
    y, sr = spoken
    y = y * np.float32(0.3 / np.abs(y).max())
    rumble = 0.3 * np.sin(2 * np.pi * 50 * np.arange(y.shape[1]) / sr)[np.newaxis]
    noise = 0.15 * np.random.default_rng(5).standard_normal(y.shape)
    channels = {
        "rumble and dead": [y, y, rumble, 0 * y],
        "offset and dead": [y, 0 * y + 0.5, 0 * y],
        "turned with an offset": [0.1 * y, 0.03 - 0.1 * y],
        "turned with rumble": [y, rumble / 2 - y],
        "turned beside noise": [y, -y, noise],
    }[case]
    sure = [(s.onset, s.offset) for s in segments(Track.unpack(heard(y, sr))) if s.score > 0.8]
    track = Track.unpack(heard(np.concatenate(channels).astype(np.float32), sr))
    found = [(s.onset, s.offset) for s in segments(track)]
    missed = sum(intervals.total(intervals.complement(found, *span)) for span in sure)
    assert missed < 0.1 * intervals.total(sure)


@pytest.mark.parametrize("sr", [8000, 96000, 192000])
def test_speech_is_found_at_other_rates(spoken, sr):
    y, own = spoken
    here = segments(Track.unpack(heard(y, own)))
    there = segments(Track.unpack(heard(resample(y, own, sr), sr)))
    assert there[0].onset == pytest.approx(here[0].onset, abs=0.1)
    assert there[-1].offset == pytest.approx(here[-1].offset, abs=0.1)


@pytest.mark.parametrize("sr", [16000, 44100])
@pytest.mark.parametrize("n", [0, 2, 100, 511])
def test_less_than_a_chunk_is_one_frame_and_nothing_is_none(sr, n):
    track = Track.unpack(heard(np.zeros((2, n), np.float32), sr))
    assert len(track.probabilities) == (n > 0)
    assert segments(track) == []


def test_a_recording_without_any_block_is_empty():
    track = Track.unpack(SpeechDetector(device="cpu").open(44100).finish(0.0))
    assert (len(track.probabilities), track.n_samples) == (0, 0)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_new_threshold_needs_no_second_listening(spoken, threshold):
    y, sr = spoken
    detector = SpeechDetector(device="cpu")
    kept = heard(y, sr)
    assert detector.segments(kept, lowest_score=0.5)
    again = detector.segments(heard(y, sr, [777, 9999]), lowest_score=threshold)
    assert detector.segments(kept, lowest_score=threshold) == again


@given(
    probabilities=st.lists(st.sampled_from([0, 0.05, 0.1, 0.15, 0.2, 0.5, 0.89, 0.9, 1]), max_size=120),
    tail=st.integers(1, 512),
    threshold=st.sampled_from(THRESHOLDS),
    min_speech=st.sampled_from([0.0, 0.1, 0.25, 1.0]),
)
def test_segments_are_in_order_inside_the_recording_and_fewer_at_a_higher_threshold(
    probabilities, tail, threshold, min_speech
):
    n_samples = max(0, len(probabilities) - 1) * 512 + tail if probabilities else 0
    track = track_of(probabilities, n_samples)
    found = segments(track, lowest_score=threshold, min_speech=min_speech)
    assert all(0 <= a.onset < a.offset <= n_samples / 16000 and 0 <= a.score <= 1 for a in found)
    assert all(a.offset <= b.onset for a, b in itertools.pairwise(found))
    strict = segments(track, lowest_score=(1 + threshold) / 2, min_speech=min_speech)
    both = intervals.union((a.onset, a.offset) for a in [*found, *strict])
    assert intervals.total(both) == pytest.approx(sum(a.duration for a in found))
    assert not found or max(a.score for a in found) >= threshold


def test_the_score_multiplies_the_odds_of_the_best_quarter_of_a_second_and_of_the_whole():
    (found,) = segments(track_of([0.0] * 20 + [0.5] * 8 + [0.9] * 8 + [0.4] * 8 + [0.0] * 20))
    assert (found.onset, found.offset) == pytest.approx((20 * 0.032 - 0.15, 44 * 0.032 + 0.03))
    odds = (0.9 / 0.1) * (0.6 / 0.4)
    assert found.score == pytest.approx(calibrated(odds / (1 + odds)), abs=1e-4)


def test_what_convinces_for_a_moment_only_scores_less_than_what_does_all_along():
    (moment,) = segments(track_of([0.2] * 100 + [0.9] * 8), lowest_score=0.1)
    (all_along,) = segments(track_of([0.9] * 108), lowest_score=0.1)
    assert moment.score < calibrated(0.8)
    assert all_along.score > calibrated(0.98)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_calibrated_score_is_a_share_that_grows_with_what_the_witnesses_say(agreed):
    shares = [calibrated(each) for each in sorted(agreed)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert (calibrated(0.0), calibrated(1.0)) == (0.0, 1.0)


def test_a_score_that_equals_the_threshold_is_a_voice():
    odds = (0.6 / 0.4) ** 2
    score = round(calibrated(odds / (1 + odds)), 4)
    assert segments(track_of([0.6] * 20), lowest_score=score)
    assert segments(track_of([0.6 - 8 / FULL] * 20), lowest_score=score) == []


def test_a_weak_stretch_belongs_to_a_voice_as_far_as_half_a_second_from_it():
    weak, voice, pause = [0.3] * 40, [1.0] * 20, [0.0] * 10
    near = segments(track_of(pause + voice + pause + weak + pause))
    odds = (0.3 / 0.7) ** 2
    assert [s.score for s in near] == pytest.approx([1, calibrated(odds / (1 + odds))], abs=1e-4)
    assert near[1].onset - near[0].offset == pytest.approx(10 * 0.032 - 0.18)
    assert near[1].offset - near[0].offset == pytest.approx(0.5)
    assert len(segments(track_of(pause + voice + pause * 3 + weak + pause))) == 1
    assert segments(track_of(pause + weak + pause)) == []


def test_a_weak_stretch_does_not_lead_to_the_next():
    weak, voice, pause = [0.3] * 4, [1.0] * 20, [0.0] * 12
    assert len(segments(track_of(voice + (pause + weak) * 4))) == 2


def test_stretches_are_not_widened_into_each_other():
    first, second = segments(track_of([1.0] * 20 + [0.0] * 7 + [1.0] * 20))
    assert first.offset == pytest.approx(20 * 0.032 + 0.03)
    assert second.onset == pytest.approx(27 * 0.032 - 0.15)


@given(
    probabilities=st.lists(st.sampled_from([0, 0.05, 0.15, 0.3, 0.7, 0.95]), max_size=120),
    threshold=st.sampled_from([0.5, 0.6, BELIEVED]),
)
def test_voices_above_a_threshold_are_the_same_from_the_track_and_from_segments_below_it(
    probabilities, threshold
):
    track = track_of(np.repeat(probabilities, 4))
    held = segments(track, lowest_score=0.3)
    direct = segments(track, lowest_score=threshold)
    sure = separate_voices(held, threshold=threshold, min_speech=0.25).sure
    here, there = ([(s.onset, s.offset) for s in found] for found in (sure, direct))
    np.testing.assert_allclose(intervals.union(here), intervals.union(there))


def test_short_speech_counts_only_where_it_is_asked_for():
    track = track_of([0.0] * 20 + [1.0] * 5 + [0.0] * 20)
    assert segments(track, lowest_score=0.5, min_speech=0.5) == []
    assert segments(track, lowest_score=0.5)


@pytest.mark.parametrize("threshold", [0, 1, -0.5, 50, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(threshold):
    with pytest.raises(UsageError, match=f"lowest_score is {threshold}"):
        segments(track_of([0.1]), lowest_score=threshold)


@pytest.mark.parametrize("min_speech", [-1, float("nan"), float("inf")])
def test_a_length_of_speech_that_is_no_time_is_refused(min_speech):
    with pytest.raises(UsageError, match="min_speech is"):
        segments(track_of([0.1]), min_speech=min_speech)
