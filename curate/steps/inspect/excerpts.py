"""The most doubtful cuts of a dataset, with the seconds around them to see and to hear."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from curate.audio.examine import check_unchanged
from curate.audio.read import read
from curate.audio.resample import resample
from curate.audio.write import AUDIO_FORMATS, write
from curate.catalogue import reviewing
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import overview
from curate.decisions.review_priority import worth
from curate.errors import AudioError
from curate.model import Seconds
from curate.progress import Progress
from curate.reporting.excerpt import Excerpt, spectrogram
from curate.reporting.facts import DoubtfulCut

#: Seconds that are shown before and after a cut: enough to know what it was cut from.
_AROUND: Seconds = 2.0

#: Seconds that are shown at most, of a cut that goes on for longer its beginning.
_LONGEST: Seconds = 12.0

#: Highest rate of a sound in the page, Hz: up to 16 kHz is what most loudspeakers give.
_TOP_RATE = 32000

#: Peak to which a sound is raised, and by how much at most: quiet archives must be heard, and
#: digital silence must not become noise.
_PEAK, _MOST_GAIN = 0.7, 30.0

#: Bytes of pictures and sounds: a third more in the page, which shall stay below 5 MB.
_BUDGET = 2_700_000

#: About what an excerpt takes in the page, and all of them at most: in base64, which takes a third more.
USUAL_BYTES = 100_000
MOST_BYTES = _BUDGET * 4 // 3


@dataclass(frozen=True, slots=True)
class Found:
    """A doubtful cut, and the file that it is in."""

    cut: DoubtfulCut
    path: str
    size: int
    mtime_ns: int
    sha256: str | None
    duration: Seconds


def doubtful(dataset: Dataset, limit: int) -> list[Found]:
    """Find the cuts that are most worth hearing: by doubt, seconds and rarity, one of each recording.

    Only what takes sound away counts: what is flagged can be heard in the result.

    Parameters
    ----------
    limit
        No more than this many.
    """
    store = dataset.store
    labels = reviewing.labels(store)
    alike = Counter(labels.values())

    def ranked() -> Iterator[tuple[float, int, tuple[Any, ...]]]:
        for number, cuts in groupby(overview.scored_cuts(store), key=itemgetter(0)):
            of_class = alike[labels[number]] if labels.get(number) else len(labels)
            # The number settles ties, and so rows themselves are never compared.
            yield max(
                ((worth(row[5], row[2] - row[1], of_class), -number, row) for row in cuts), key=itemgetter(0)
            )

    found = []
    for value, _, row in nlargest(limit, ranked()):
        number, onset, offset, action, reason, score, producer = row
        name, cell, size, mtime_ns, sha256, duration, recordist, license, url = overview.heard(store, number)
        listed = DoubtfulCut(
            name,
            labels.get(number, ""),
            onset,
            min(offset, duration),
            action,
            reason,
            score,
            producer,
            recordist,
            license,
            url,
            worth=value,
        )
        found.append(Found(listed, dataset.path(cell), size, mtime_ns, sha256, duration))
    return found


def excerpts(found: Sequence[Found], *, progress: Progress) -> list[Excerpt]:
    """Make an excerpt of each cut whose file can be read. Another one gets a `problem`."""
    made: list[Excerpt] = []
    used = 0
    with progress("reading cuts", len(found), "cuts") as advance:
        for each in found:
            try:
                if used > _BUDGET:
                    each.cut.problem = "left out: the page would grow beyond 5 MB"
                else:
                    check_unchanged(each.path, size=each.size, mtime_ns=each.mtime_ns, sha256=each.sha256)
                    made.append(_excerpt(each.cut, each.path, each.duration))
                    used += len(made[-1].picture) + len(made[-1].sound)
            except AudioError as error:
                each.cut.problem = error.message
            advance(1)
    return made


def _excerpt(cut: DoubtfulCut, path: str, duration: Seconds) -> Excerpt:
    start = max(0.0, cut.onset - _AROUND)
    seconds = min(cut.offset + _AROUND, duration, start + _LONGEST) - start
    y, sr = read(path, start=start, duration=seconds, mono=True)
    if not y.shape[1]:
        raise AudioError(f"{os.path.basename(path)} ends before {start:.1f} s")
    y, sr = resample(y, sr, rate_of_player(sr)), rate_of_player(sr)
    peak = float(np.abs(np.nan_to_num(y)).max())
    y = y * np.float32(min(_PEAK / peak, _MOST_GAIN) if peak else 1.0)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "excerpt.mp3")
        # MP3 plays in every browser, and the same samples give the same bytes.
        write(target, [y], sr=sr, channels=1, format="mp3")
        sound = target.read_bytes()
    return Excerpt(cut, start, y.shape[1] / sr, sr / 2, spectrogram(y[0], sr), sound)


def rate_of_player(sr: int) -> int:
    """Choose the rate of a sound in the page: the recording's own if MP3 has it, else one below.

    Examples
    --------
    >>> rate_of_player(44100), rate_of_player(22050), rate_of_player(250000), rate_of_player(6000)
    (32000, 22050, 32000, 8000)
    """
    rates = [rate for each in AUDIO_FORMATS["mp3"].rates or () for rate in each if rate <= _TOP_RATE]
    return max((rate for rate in rates if rate <= sr), default=min(rates))
