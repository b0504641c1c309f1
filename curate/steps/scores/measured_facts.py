"""What detectors measured of whole recordings, as one number each: level, clipping, rate, band and hum.

Vectors leave out the level, for a quiet owl is still an owl. So a recorder with another gain is invisible to
them. The tracks that detectors keep say it, without a second look at the sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curate.catalogue import layers
from curate.catalogue.recorders import RecordingOrigin
from curate.catalogue.store import Store
from curate.detectors.clipping import clipped_share
from curate.detectors.detect_file import detector
from curate.detectors.silence import mean_level
from curate.scores.batch_effects import Scale, bound, differences, strays


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that is measured of a recording.

    Parameters
    ----------
    layer
        Of the detector whose track says it. Empty where the file itself does.
    of
        The number, by the packed track (empty without a layer) and the origin of the recording.
    scale
        How fine it is, and what is far at least.
    words
        How a difference is told: ``30 dB softer``.
    question, next_step
        What may be wrong, and what to do.
    alone
        Whether it tells a fault without a common origin. What varies freely between recordings of a class
        tells one only where a recorder or recordist has it in common.
    said_by
        The kind of origin that is this number itself.
    """

    layer: str
    of: Callable[[bytes, RecordingOrigin], float]
    scale: Scale
    words: Callable[[float], str]
    question: str
    next_step: str
    alone: bool = False
    said_by: str = ""


def _more(difference: float, more: str, less: str) -> str:
    return more if difference > 0 else less


def _upper_limit(packed: bytes, origin: RecordingOrigin) -> float:
    """Give the octave in which the content of a recording ends."""
    found = detector("bandwidth").segments(packed)
    limit = found[0].high_freq if found else None
    return float(np.log2(limit or origin.sr / 2))


def _hum(packed: bytes, _: RecordingOrigin) -> float:
    """Give how far the mains stand out, in dB; 0 where they do not."""
    return max((each.measured["prominence_db"] for each in detector("hum").segments(packed)), default=0.0)


#: Facts, in the order in which they are told. Least differences are what a person would look into: twice
#: as loud, one sample in a hundred, a rate that is half of the other.
FACTS: dict[str, Fact] = {
    "level": Fact(
        "silence",
        lambda packed, _: mean_level(packed),
        Scale(2.0, 10.0),
        lambda off: f"{abs(off):.0f} dB {_more(off, 'louder', 'softer')}",
        "another gain?",
        "compare their gain with that of the others",
        alone=True,
    ),
    "clipping": Fact(
        "clipping",
        lambda packed, _: clipped_share(packed),
        Scale(0.0005, 0.01),
        lambda off: f"{100 * abs(off):.1f} % {_more(off, 'more', 'fewer')} of the samples clipped",
        "recorded too loud?",
        "cut or drop what is clipped: curate trim",
        alone=True,
    ),
    "sample rate": Fact(
        "",
        lambda _, origin: float(np.log2(origin.sr)),
        Scale(0.15, 0.6),
        lambda off: f"{2**off:.2g} times the sample rate",
        "resampled, or is the rate in the header wrong?",
        "open one and look at its highest frequencies",
        alone=True,
        said_by="sample rate",
    ),
    "band": Fact(
        "bandwidth",
        _upper_limit,
        Scale(0.15, 0.6),
        lambda off: (
            f"nothing above {2**off:.2g} times the usual frequency"
            if off < 0
            else f"sound up to {2**off:.2g} times the usual frequency"
        ),
        "filtered, or resampled?",
        "open one and look at its highest frequencies",
        said_by="sample rate",
    ),
    "hum": Fact(
        "hum",
        _hum,
        Scale(1.0, 6.0),
        lambda off: f"{abs(off):.0f} dB {_more(off, 'more', 'less')} hum",
        "a cable, or a transformer nearby?",
        "listen below 200 Hz",
    ),
}


def measured(
    store: Store, origins: Sequence[RecordingOrigin]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, int]]:
    """Read the facts of some recordings from the catalogue.

    Returns
    -------
    Each fact, shape=(n,), NaN where not known; and by detector how many it has yet to look at
    """
    place = {origin.number: at for at, origin in enumerate(origins)}
    found: dict[str, NDArray[np.float64]] = {}
    unknown: dict[str, int] = {}
    for name, fact in FACTS.items():
        values = np.full(len(origins), np.nan)
        if fact.layer:
            version = detector(fact.layer).version
            for number, packed in layers.tracks(store, fact.layer, version=version):
                at = place.get(number)
                if at is not None:
                    values[at] = fact.of(packed, origins[at])
            unknown[fact.layer] = int(np.isnan(values).sum())
        else:
            values[:] = [fact.of(b"", origin) for origin in origins]
        found[name] = values
    return found, {layer: many for layer, many in unknown.items() if many}


def far_off(facts: Mapping[str, NDArray[np.float64]], classes: NDArray[np.intp]) -> list[tuple[int, str]]:
    """List the rows that are far from their class by a fact that tells a fault alone, with words.

    Returns
    -------
    The farthest first, by how many times the bound it is off; one row may differ by several facts
    """
    words: dict[int, list[str]] = {}
    times: dict[int, float] = {}
    for name, values in facts.items():
        fact = FACTS[name]
        if not fact.alone:
            continue
        off = differences(values, classes)
        limit = bound(off, fact.scale)
        for at in np.concatenate(strays(off, fact.scale)).tolist():
            words.setdefault(at, []).append(fact.words(float(off[at])))
            times[at] = max(times.get(at, 0.0), abs(float(off[at])) / limit)
    return [(at, ", ".join(words[at])) for at in sorted(words, key=lambda at: (-times[at], at))]
