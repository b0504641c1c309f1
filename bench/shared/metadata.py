"""Metadata of a made-up archive: long tails as in public ones, seeded.

Recordists, sites and classes follow Zipf's law; a recordist has a home and some places to
travel to, popular sites are visited by many, and a tape gives several recordings of what
sings at one place on one day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from curate.model import AudioInfo, FileFacts, Row


def archive(count: int, classes: int, *, seed: int = 0) -> Iterator[tuple[Row, FileFacts]]:
    """Rows and file facts of `count` recordings in `classes` classes."""
    rng = np.random.default_rng(seed)
    recordists = max(count // 14, 1)  # BirdCLEF 2025: 28,564 recordings of some 2,000 people
    sites = max(count // 8, 1)
    latitude, longitude = rng.uniform(-35, 60, sites), rng.uniform(-120, 150, sites)
    who = _zipf(rng, recordists, count, 0.9)
    label = _zipf(rng, classes, count, 0.8)
    home = rng.integers(0, sites, recordists)
    where = np.where(rng.random(count) < 0.5, home[who], _zipf(rng, sites, count, 0.7))
    day = rng.integers(0, 3650, count)
    # Every third recording goes on where the one before it stopped: same tape, another class.
    for number in np.flatnonzero(rng.random(count) < 0.33):
        if number:
            for column in (who, where, day):
                column[number] = column[number - 1]
    background = _zipf(rng, classes, count, 0.8)
    has_background = rng.random(count) < 0.1
    seconds = np.round(np.exp(rng.normal(3.2, 0.8, count)), 2) + 1
    rating = rng.integers(0, 11, count) / 2
    known = rng.random(count) > 0.03
    dates = (np.datetime64("2014-01-01") + day).astype(str)
    hours = rng.integers(4, 20, count)
    for n in range(count):
        row = Row(
            recording_id=f"xeno-canto:{n}",
            path=f"/audio/species{label[n]:04d}/XC{n}.ogg",
            label=f"species{label[n]:04d}",
            secondary_labels=(f"species{background[n]:04d}",) if has_background[n] else (),
            rating=float(rating[n]) or None,
            archive=("xeno-canto", "inaturalist", "csa")[who[n] % 7 // 3],
            recordist=f"Recordist {who[n]}" if known[n] else "",
            license="cc-by-nc-sa 4.0",
            latitude=float(latitude[where[n]]),
            longitude=float(longitude[where[n]]),
            date=str(dates[n]),
            extra={"time": f"{hours[n]:02d}:{n % 60:02d}"},
        )
        info = AudioInfo(int(seconds[n] * 32000), 32000, 1, "ogg", "vorbis")
        yield row, FileFacts(300_000, n, f"{n:064x}", info)


def _zipf(rng: np.random.Generator, kinds: int, count: int, power: float) -> np.ndarray:
    chance = np.arange(1, kinds + 1) ** -power
    return rng.choice(kinds, count, p=chance / chance.sum())
