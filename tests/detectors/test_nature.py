"""The ear for nature: one level, no rumble, and a correction that is really added."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from curate.detectors import _nature
from curate.detectors._nature import Leveller, shipped
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.detectors._silero_stream import Stream, _in_time
from curate.detectors.silero import BLOCK, CHUNK, CONTEXT, load
from tests import signals

ROOT = Path(__file__).resolve().parents[2]


def spectra(level, windows=400):
    rng = np.random.default_rng(0)
    return np.abs(rng.standard_normal((windows, 129))).astype(np.float32) * np.float32(level)


def test_loud_and_quiet_come_to_the_same_level():
    loud, quiet = (spectra(level) * Leveller().gains([spectra(level)]) for level in (10, 0.1))
    np.testing.assert_allclose(loud, quiet, rtol=1e-4)


def test_the_loud_frames_of_the_voice_band_come_to_30_db_below_full_scale():
    y = signals.tone(1000, sr=16000, seconds=1.0)[0] * np.float32(0.01)
    window = np.hanning(257)[:-1]
    frames = np.abs(np.fft.rfft(y[: 128 * 120].reshape(-1, 256) * window)).astype(np.float32)
    levelled = frames * Leveller().gains([frames])
    rms = np.sqrt(2 * np.square(levelled).sum(axis=1) / (256 * 96))
    assert 20 * np.log10(rms).max() == pytest.approx(-30, abs=0.5)


def test_what_is_all_but_silent_stays_quiet():
    assert Leveller().gains([spectra(1e-9)]).max() == pytest.approx(100)
    assert Leveller().gains([np.zeros((4, 129), np.float32)]).max() == pytest.approx(100)


def test_rumble_neither_counts_nor_stays():
    windy = spectra(1)
    windy[:, :2] *= 1000
    gains = Leveller().gains([windy])
    np.testing.assert_array_equal(gains, Leveller().gains([spectra(1)]))
    assert gains[0] == gains[1] == pytest.approx(0.03 * gains[2])


def test_a_short_last_block_is_judged_with_the_one_before():
    leveller = Leveller()
    before = leveller.gains([spectra(1)])
    after = leveller.gains([spectra(0.001, windows=8)])
    assert after[5] == pytest.approx(before[5], rel=0.05)


def test_a_correction_of_nothing_changes_no_weight_and_the_shipped_one_does():
    weights = checked_weights(packaged_model().state_dict())
    correction = shipped()
    nothing = type(correction)(**{n: np.zeros_like(getattr(correction, n)) for n in correction.__slots__})
    assert all(torch.equal(w, weights[name]) for name, w in nothing.added_to(weights).items())
    changed = {name for name, w in correction.added_to(weights).items() if not torch.equal(w, weights[name])}
    assert changed == {
        "decoder.rnn.weight_ih",
        "decoder.rnn.weight_hh",
        "decoder.rnn.bias_ih",
        "decoder.decoder.2.weight",
        "decoder.decoder.2.bias",
    }


def test_the_correction_is_as_small_as_it_says():
    correction = shipped()
    assert sum(getattr(correction, name).size for name in correction.__slots__) == 41_601
    assert _nature._FILE.stat().st_size < 100_000


def test_the_same_recording_at_another_level_sounds_the_same():
    y = signals.noise(sr=16000, seconds=2.0)[0] * np.float32(0.3)
    answers = []
    for gain in (1.0, 0.1):
        stream = Stream(load("cpu", nature=True))
        stream.feed(y * np.float32(gain))
        answers.append(stream.finish())
    np.testing.assert_allclose(*answers, atol=1e-3)


def test_pieces_of_any_length_give_the_same_answers():
    y = np.tile(signals.noise(sr=16000, seconds=20.0)[0], 2)
    assert len(y) > BLOCK * CHUNK + CONTEXT
    whole, pieces = (Stream(load("cpu", nature=True)) for _ in range(2))
    whole.feed(y)
    for piece in np.split(y, [1, 511, 40_000, 600_000]):
        pieces.feed(piece)
    np.testing.assert_array_equal(whole.finish(), pieces.finish())


def test_the_weights_are_those_that_the_training_script_wrote():
    script = (ROOT / "bench" / "train_speech.py").read_text(encoding="utf-8")
    told = {
        file: digest for digest, file in re.findall(r"^ {4}([0-9a-f]{16}) (\S+\.npz)$", script, re.MULTILINE)
    }
    assert len(told) == 4
    assert told == {file: hashlib.sha256((ROOT / file).read_bytes()).hexdigest()[:16] for file in told}


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3))
def test_late_answers_are_put_in_time_and_the_last_one_stands_for_what_is_missing(before, rest, late):
    heard = np.arange(before + rest, dtype=np.float32)
    at = np.minimum(np.arange(len(heard)) + late, len(heard) - 1)
    assert _in_time(heard[:before], heard[before:], late=late).tolist() == at.tolist()
