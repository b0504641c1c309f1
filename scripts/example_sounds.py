"""The sounds of the example data set: animals and places, made of sines and noise.

Every function takes the sampling rate in Hz and returns a `Sound`; what is random comes from
the generator that it is given. The animals follow the shapes that field guides describe (a
trill, a bouncing hoot, a pulsed grunt, a rasp), not any one species.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.signal import butter, fftconvolve, sosfilt

Sound = NDArray[np.float64]  # shape (n,), full scale 1.0
Numbers = tuple[float, ...]

BED_DBFS = -46.0  # rms of the background of every recording
FRAME = 0.01  # seconds per frame when looking for what is audible
AUDIBLE_DB = 30.0  # a frame is audible if it is at most so far below the loudest one


# Animals: each function gives one call or song.


def glide(sr: int, seconds: float, contour: Numbers, harmonics: Numbers = (1.0,)) -> Sound:
    """Whistle along a contour of frequencies in Hz, fading in quickly and out slowly."""
    t = np.linspace(0, 1, round(sr * seconds), endpoint=False)
    freq = PchipInterpolator(np.linspace(0, 1, len(contour)), contour)(t)
    phase = 2 * np.pi * np.cumsum(freq) / sr
    tones = [gain * np.sin(k * phase) * (k * freq < 0.45 * sr) for k, gain in enumerate(harmonics, start=1)]
    return np.sum(tones, axis=0) * np.sin(np.pi * t**0.7) ** 0.8


def series(sr: int, notes: list[tuple[float, Sound]]) -> Sound:
    """Join notes, each with the gap in seconds that follows it."""
    return np.concatenate([part for gap, note in notes for part in (note, np.zeros(round(sr * gap)))])


def pulses(sr: int, seconds: float, rate: float, note: Sound) -> Sound:
    """Repeat a note `rate` times a second, swelling and falling."""
    y = np.zeros(round(sr * seconds) + len(note))
    for start in np.arange(0, seconds, 1 / rate):
        first = round(sr * start)
        y[first : first + len(note)] += note * (0.3 + np.sin(np.pi * (start / seconds) ** 0.8))
    return y


def ring(sr: int, freqs: Numbers, decay: float) -> Sound:
    """Make one pulse of a frog or insect: damped resonances, each weaker than the one before."""
    t = np.arange(round(sr * 5 * decay)) / sr
    attack = 1 - np.exp(-t / (decay / 6))
    tones = [0.6**k * np.sin(2 * np.pi * freq * t) for k, freq in enumerate(freqs) if freq < 0.45 * sr]
    return np.sum(tones, axis=0) * np.exp(-t / decay) * attack


def wren(sr: int, rng: np.random.Generator) -> Sound:
    """Sing two whistles, a hurried motif of two syllables, a closing trill."""
    shift, soft = rng.uniform(0.94, 1.06), (1.0, 0.18, 0.03)
    down = glide(sr, 0.075, (5600 * shift, 4200 * shift, 3100 * shift), soft)
    up = glide(sr, 0.06, (2700 * shift, 4500 * shift), soft)
    intro = [(0.08, glide(sr, 0.16, (3900 * shift, 4100 * shift, 3500 * shift), soft)) for _ in range(2)]
    motif = [(0.03, note) for _ in range(rng.integers(4, 7)) for note in (down, up)]
    trill = pulses(sr, rng.uniform(0.5, 0.8), 21, glide(sr, 0.035, (6000 * shift, 3600 * shift), (0.6, 0.1)))
    return series(sr, [*intro, *motif, (0, trill)])


def tanager(sr: int, rng: np.random.Generator) -> Sound:
    """Sing thin descending notes and a buzz."""
    top = rng.uniform(7400, 7900)
    thin = [(0.07, glide(sr, 0.13, (top * f, top * f * 1.05, top * f * 0.9))) for f in (1.0, 0.97, 0.94, 0.9)]
    buzz = glide(sr, 0.35, (5200.0, 6100.0, 5600.0))
    buzz *= 0.55 + 0.45 * np.sin(2 * np.pi * 95 * np.arange(len(buzz)) / sr)
    return series(sr, [*thin[: rng.integers(2, 5)], (0, 0.8 * buzz)])


def flycatcher(sr: int, rng: np.random.Generator) -> Sound:
    """Call dry notes, then a whistle that rises and falls."""
    pit = glide(sr, 0.045, (3800.0, 2600.0), (1.0, 0.5, 0.3))
    whistle = glide(sr, 0.5, (2100.0, 2900.0, 3500.0 * rng.uniform(0.95, 1.05), 2300.0), (1.0, 0.25, 0.06))
    return series(sr, [(0.14, pit) for _ in range(rng.integers(1, 4))] + [(0, whistle)])


def owl(sr: int, rng: np.random.Generator) -> Sound:
    """Hoot five times around 590 Hz, ever closer."""
    base = rng.uniform(570, 610)
    gaps = (0.8, 0.6, 0.5, 0.42, 0.0)
    hoot = glide(sr, 0.17, (base * 0.93, base, base, base * 0.92), (1.0, 0.05))
    return series(sr, [(gap, hoot) for gap in gaps])


def dove(sr: int, rng: np.random.Generator) -> Sound:
    """Coo three times, the second long and higher."""
    base, soft = rng.uniform(500, 530), (1.0, 0.03)
    first = glide(sr, 0.3, (base * 0.95, base), soft)
    second = 1.3 * glide(sr, 0.75, (base, base * 1.1, base * 1.08, base * 0.98), soft)
    return series(sr, [(0.12, first), (0.15, second), (0, 0.8 * glide(sr, 0.4, (base, base * 0.92), soft))])


def rain_frog(sr: int, rng: np.random.Generator) -> Sound:
    """Grunt two or three times, in pulses."""
    shift = rng.uniform(0.95, 1.05)
    grunt = pulses(sr, 0.22, rng.uniform(52, 60), ring(sr, (1150 * shift, 2250 * shift, 3300 * shift), 0.006))
    return series(sr, [(0.13, grunt) for _ in range(rng.integers(2, 4))])


def marsh_frog(sr: int, rng: np.random.Generator) -> Sound:
    """Roll a low drum."""
    return pulses(sr, rng.uniform(0.4, 0.7), rng.uniform(26, 30), ring(sr, (640.0, 1310.0, 2050.0), 0.009))


def katydid(sr: int, rng: np.random.Generator) -> Sound:
    """Rasp: many tooth strikes in a high band."""
    tooth = ring(sr, (9300.0, 10400.0, 11900.0), 0.0012)
    rasp = pulses(sr, 0.28, rng.uniform(90, 100), tooth)
    return series(sr, [(0.06, 0.6 * rasp[: len(rasp) // 3]), (0, rasp)])


def cricket(sr: int, rng: np.random.Generator) -> Sound:
    """Chirp in four pure pulses."""
    pulse = glide(sr, 0.022, (4750.0, 4600.0), (1.0, 0.04)) * rng.uniform(0.85, 1.0)
    return series(sr, [(0.016, pulse * gain) for gain in (0.5, 0.8, 1.0, 0.9)])


SONGS: dict[str, Callable[[int, np.random.Generator], Sound]] = {
    "ledfly9": flycatcher,
    "lanowl9": owl,
    "quetan9": tanager,
    "silwre9": wren,
    "sladov9": dove,
    "9000101": rain_frog,
    "9000102": marsh_frog,
    "9000201": katydid,
    "9000202": cricket,
}


# Places: backgrounds, distance and levels.


def coloured(n: int, sr: int, rng: np.random.Generator, *, slope: float, low: float, high: float) -> Sound:
    """Make noise whose power falls by `slope` * 3 dB per octave between two soft edges, rms 1."""
    freq = np.fft.rfftfreq(n, 1 / sr)
    shape = np.maximum(freq, 20) ** (-slope / 2)
    shape /= np.sqrt(1 + (low / np.maximum(freq, 1)) ** 6) * (1 + (freq / high) ** 4)
    y = np.fft.irfft(shape * np.fft.rfft(rng.standard_normal(n)), n)
    return y / np.sqrt(np.mean(y**2))


def wander(n: int, sr: int, rng: np.random.Generator, *, every: float, depth: float) -> Sound:
    """Make a gain that wanders around 1, with a new aim each `every` seconds."""
    knots = 1 + depth * rng.uniform(-1, 1, round(n / sr / every) + 3)
    return PchipInterpolator(np.arange(len(knots)) * every, knots)(np.arange(n) / sr)


def bed(n: int, sr: int, site: tuple[float, float, float], rng: np.random.Generator) -> Sound:
    """Make a background of wind, water and night insects, as loud as `site` says."""
    wind, stream, night = site
    y = 0.04 * rng.standard_normal(n)
    gusts = wander(n, sr, rng, every=1.7, depth=0.4)
    y += wind * gusts * coloured(n, sr, rng, slope=1.3, low=90, high=9000)
    water = wander(n, sr, rng, every=0.05, depth=0.25) * coloured(n, sr, rng, slope=0.8, low=450, high=4000)
    for start in rng.integers(0, n, int(25 * n / sr)):  # bubbles
        bubble = ring(sr, (rng.uniform(700, 2600),), rng.uniform(0.004, 0.012)) * rng.uniform(0.3, 1.2)
        water[start : start + len(bubble)] += bubble[: n - start]
    y += stream * water
    beat = 1 + 0.6 * np.sin(2 * np.pi * 14 * np.arange(n) / sr)
    y += 0.4 * night * beat * coloured(n, sr, rng, slope=0.0, low=5400, high=6600)
    return y / np.sqrt(np.mean(y**2)) * 10 ** (BED_DBFS / 20)


def far(y: Sound, sr: int, distance: float, rng: np.random.Generator) -> Sound:
    """Take a sound away: the air eats high frequencies, the forest answers."""
    dull = sosfilt(butter(1, min(14000 * 0.15**distance, 0.45 * sr), fs=sr, output="sos"), y)
    t = np.arange(round(sr * 0.45)) / sr
    tail = rng.standard_normal(len(t)) * np.exp(-t / (0.02 + 0.06 * distance))
    tail *= (0.1 + 0.6 * distance) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    return fftconvolve(dull, tail)


def splash(n: int, sr: int, rng: np.random.Generator) -> Sound:
    """Make water fall on a microphone."""
    return 0.15 * coloured(n, sr, rng, slope=1.0, low=80, high=6000) * np.exp(-np.arange(n) / (0.12 * sr))


def frames(y: Sound, sr: int) -> Sound:
    """Measure the energy per frame."""
    size = round(sr * FRAME)
    return np.mean(y[: len(y) // size * size].reshape(-1, size) ** 2, axis=1)


def audible(y: Sound, sr: int) -> NDArray[np.intp]:
    """List the frames that can be heard."""
    energy = frames(y, sr)
    return np.flatnonzero(energy > energy.max() * 10 ** (-AUDIBLE_DB / 10))


def at_level(y: Sound, sr: int, db: float) -> Sound:
    """Scale so that the audible part lies `db` over the bed."""
    rms = np.sqrt(np.mean(frames(y, sr)[audible(y, sr)]))
    return y / rms * 10 ** ((BED_DBFS + db) / 20)


def lay(y: Sound, sound: Sound, start: int) -> None:
    """Add a sound in place; what reaches beyond the end is lost."""
    if start < len(y):
        y[start : start + len(sound)] += sound[: len(y) - start]
