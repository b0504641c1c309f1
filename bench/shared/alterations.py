"""What happens to a sound on its way from a mouth to a disk, drawn at random, for training.

Sounds are of shape=(n,), at 16 kHz, and keep their length but for `other_pitch`.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import soundfile
import soxr
from scipy import fft
from scipy.signal import fftconvolve, lfilter
from shared.speech_corpus import SR


def filtered(y: np.ndarray, *gains: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Multiply the spectrum by gains, each a function of the frequency in Hz, which is never 0."""
    n = fft.next_fast_len(len(y) + SR // 20, real=True)
    frequency = np.maximum(fft.rfftfreq(n, 1 / SR), 1.0).astype(np.float32)
    spectrum = fft.rfft(y.astype(np.float32), n)
    for gain in gains:
        spectrum *= gain(frequency)
    return fft.irfft(spectrum, n)[: len(y)]


def no_highs(edge: float, order: float) -> Callable[[np.ndarray], np.ndarray]:
    """Lose what lies above an edge in Hz, as through a Butterworth filter."""
    return lambda frequency: 1 / np.sqrt(1 + (frequency / edge) ** (2 * order))


def no_lows(edge: float, order: float) -> Callable[[np.ndarray], np.ndarray]:
    """Lose what lies below an edge in Hz, as recorders do against wind."""
    return lambda frequency: 1 / np.sqrt(1 + (edge / frequency) ** (2 * order))


def tilt(decibels: float) -> Callable[[np.ndarray], np.ndarray]:
    """Change the balance of lows and highs by so many dB an octave."""
    return lambda frequency: (np.maximum(frequency, 60) / 1000) ** (decibels / 6)


def other_microphone(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tilt the spectrum, and now and then lose the highs or the lows."""
    gains = [tilt(rng.uniform(-4, 4))]
    if rng.random() < 0.4:
        gains.append(no_highs(rng.uniform(1800, 5000), 2))
    if rng.random() < 0.3:
        gains.append(no_lows(rng.uniform(100, 350), 3))
    return filtered(y, *gains)


def thin(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lose the lows, and now and then the highs as well: a low cut, or a telephone."""
    gains = [no_lows(np.exp(rng.uniform(np.log(120), np.log(800))), rng.uniform(1, 6))]
    if rng.random() < 0.3:
        gains.append(no_highs(rng.uniform(2500, 3800), 4))
    return filtered(y, *gains)


def room(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add a tail of 0.1 to 0.5 s of decaying noise."""
    n = int(rng.uniform(0.1, 0.5) * SR)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail *= rng.uniform(0.2, 1.2) / np.linalg.norm(tail)
    tail[0] = 1
    return fftconvolve(y, tail.astype(np.float32))[: len(y)]


def distant(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Carry through a wood: echoes of stems, a diffuse tail, and air that takes the highs."""
    n = int(rng.uniform(0.3, 1.2) * SR)
    tail = np.zeros(n)
    at = np.minimum(rng.exponential(0.2 * n, rng.integers(5, 120)).astype(int) + SR // 100, n - 1)
    np.add.at(tail, at, rng.standard_normal(len(at)) * np.exp(-rng.uniform(2, 6) * at / n))
    tail += rng.uniform(0, 0.05) * rng.standard_normal(n) * np.exp(-rng.uniform(3, 8) * np.arange(n) / n)
    tail *= 10 ** (rng.uniform(-10, 8) / 20) / (np.linalg.norm(tail) + 1e-9)
    tail[0] = 1
    highs = no_highs(np.exp(rng.uniform(np.log(1200), np.log(6000))), rng.choice([1, 2, 4, 8]))
    return filtered(fftconvolve(y, tail.astype(np.float32))[: len(y)], highs)


def coded(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Store as an MP3 at a low rate, and read it again."""
    peak = np.max(np.abs(y)) + 1e-9
    file = io.BytesIO()
    soundfile.write(file, y / peak * 0.7, SR, format="MP3", compression_level=rng.uniform(0.6, 0.99))
    file.seek(0)
    heard = np.zeros(len(y) + 4096, np.float32)
    read = soundfile.read(file, dtype="float32")[0][: len(heard)]
    heard[: len(read)] = read
    # The coder answers late: by how much, the sounds themselves tell.
    late = int(np.argmax(fftconvolve(heard, y[::-1])[len(y) - 1 :][:4096]))
    return heard[late : late + len(y)] * np.float32(peak / 0.7)


def whispered(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Speak without the vocal cords: the envelope of the spectrum, filled with noise."""
    order, size, hop = 18, 512, 128
    window = np.hanning(size + 1)[:-1]
    said = np.zeros(len(y) + size)
    weight = np.full(len(said), 1e-6)
    for at in range(0, len(y) - size, hop):
        frame = y[at : at + size] * window
        power = np.correlate(frame, frame, "full")[size - 1 : size + order]
        if power[0] <= 0:
            continue
        matrix = power[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
        matrix += np.eye(order) * power[0] * 1e-3
        predictor = np.linalg.solve(matrix, power[1:])
        noise = lfilter([1], np.concatenate([[1], -predictor]), rng.standard_normal(size))
        noise *= np.sqrt(power[0]) / (np.linalg.norm(noise * window) + 1e-9)
        said[at : at + size] += noise * window**2
        weight[at : at + size] += window**2
    return filtered((said / np.maximum(weight, 0.1))[: len(y)], no_lows(rng.uniform(200, 600), 1))


def other_pitch(y: np.ndarray, rate: float) -> np.ndarray:
    """Play faster or slower."""
    return soxr.resample(y, SR, SR * rate).astype(np.float32)


def loudness(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Play louder or quieter."""
    return y * np.float32(10 ** (rng.uniform(-20, 10) / 20))


def travelled(y: np.ndarray, rng: np.random.Generator, *, far: float = 0.4) -> np.ndarray:
    """Send a sound on some of these ways, the long one through the wood with the chance `far`."""
    if rng.random() < far:
        y = distant(y, rng)
    elif rng.random() < 0.4:
        y = room(y, rng)
    if rng.random() < 0.5:
        y = other_microphone(y, rng)
    if rng.random() < 0.25:
        y = thin(y, rng)
    return y


def weathered(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hear it in rain, wind or by a brook, and now and then among insects."""
    n = len(y)
    low, high = np.exp(rng.uniform(np.log([50, 1500]), np.log([900, 7000])))
    edges = (no_lows(low, 1), no_highs(high, 1), tilt(rng.uniform(-4, 2)))
    parts = [filtered(rng.standard_normal(n), *edges)]
    if rng.random() < 0.5:  # drops, each of which rings
        hits = (rng.random(n) < np.exp(rng.uniform(np.log(5), np.log(200))) / SR) * rng.standard_normal(n)
        t = np.arange(SR // 25) / SR
        ringing = np.exp(-t / rng.uniform(0.0005, 0.006)) * np.sin(2 * np.pi * rng.uniform(500, 5000) * t)
        parts.append(fftconvolve(hits * rng.exponential(1, n), ringing)[:n])
    if rng.random() < 0.3:
        t = np.arange(n) / SR
        pulses = np.sin(np.pi * rng.uniform(5, 120) * t) ** 2
        trill = (t * rng.uniform(0.5, 5)) % 1 < rng.uniform(0.2, 1)
        parts.append(pulses * trill * np.sin(2 * np.pi * rng.uniform(2500, 7500) * t))
    weather = sum(part / (np.std(part) + 1e-9) * 10 ** (rng.uniform(-6, 0) / 20) for part in parts)
    gain = 10 ** (rng.uniform(-12, 6) / 20) * (np.std(y) + 1e-6) / (np.std(weather) + 1e-9)
    return (y + gain * weather).astype(np.float32)


def in_series(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Repeat a loud moment of an animal as a metronome does, over the rest of it; at most 12 s."""
    size = min(int(rng.uniform(0.12, 1.2) * SR), len(y))
    power = np.convolve(y**2, np.ones(SR // 20), mode="same")
    middle = int(rng.choice(np.flatnonzero(power >= np.quantile(power, 0.9))))
    start = int(np.clip(middle - size // 2, 0, len(y) - size))
    fade = np.minimum(1, np.minimum(np.arange(size), np.arange(size)[::-1]) / (SR // 50))
    call = (y[start : start + size] * fade).astype(np.float32)
    made = np.resize(y, 12 * SR) * np.float32(10 ** (rng.uniform(-40, -10) / 20))
    period, gain, at = size + int(rng.uniform(0.03, 0.8) * SR), 1.0, int(rng.uniform(0, 2) * SR)
    drift, rate = rng.uniform(0.97, 1.03), rng.uniform(0.97, 1.03)
    while at + size < len(made) and len(call) > SR // 20:
        made[at : at + len(call)] += np.float32(gain) * call[: len(made) - at]
        at += int(period * rng.uniform(0.98, 1.02))
        period, gain = period * drift, gain * rng.uniform(0.9, 1.1)
        if rng.random() < 0.3:
            call = other_pitch(call, rate)
        if rng.random() < 0.05:
            at += int(rng.uniform(0.5, 2) * SR)
    return made
