"""Evidence that recordings hold the same sound: equal bytes, samples, sounds, or metadata."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from curate.catalogue import duplicates
from curate.catalogue.store import Store
from curate.decisions.duplicates import Overlap
from curate.detectors.fingerprint import HOP, SR, Fingerprint
from curate.matching.align import Peaks
from curate.matching.index import Match, matches
from curate.steps.common.same_sound_groups import LAYER


@dataclass(slots=True)
class SoundIndex:
    """Recordings as they can be compared: one entry of each list for one of them.

    Parameters
    ----------
    numbers
        In the catalogue, or places in another list.
    """

    numbers: list[int] = field(default_factory=list)
    samples: list[bytes] = field(default_factory=list)
    prints: list[Peaks] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)

    def add(self, number: int, duration: float, track: bytes) -> None:
        """Take a recording in by its packed fingerprint."""
        found = Fingerprint.unpack(track)
        self.numbers.append(number)
        self.samples.append(found.samples)
        # As small as they are stored: forty thousand of them wait here.
        self.prints.append((found.frames, found.bins))
        self.durations.append(duration)


def stored_sounds(store: Store) -> SoundIndex:
    """Read the fingerprints of all recordings that have one."""
    sounds = SoundIndex()
    for number, duration, track in duplicates.tracks(store, LAYER):
        sounds.add(number, duration, track)
    return sounds


def equal_bytes(store: Store) -> list[Overlap]:
    """Pair each recording with the first of the same bytes."""
    first: dict[str, tuple[int, float]] = {}
    found = []
    for number, digest, duration in duplicates.same_bytes(store):
        one, length = first.setdefault(digest, (number, duration))
        if one != number:
            found.append(Overlap(one, number, "bytes", 0.0, length, 0.0, duration))
    return found


def equal_metadata(store: Store) -> list[Overlap]:
    """Pair recordings of different archives with the same recordist, date, time and place."""
    first: dict[object, tuple[int, str]] = {}
    found = []
    for number, archive, who, date, time, latitude, longitude in duplicates.dated(store):
        # Archives round coordinates; 0.001 degrees are 100 m.
        key = " ".join(who.casefold().split()), date[:10], time, round(latitude, 3), round(longitude, 3)
        one, other_archive = first.setdefault(key, (number, archive))
        if archive != other_archive:
            found.append(Overlap(one, number, "metadata", 0.0, 0.0, 0.0, 0.0))
    return found


def equal_sound(sounds: SoundIndex, others: SoundIndex | None = None) -> list[Overlap]:
    """Pair recordings with the same samples, and those with stretches of the same sound.

    Parameters
    ----------
    others
        If given, only pairs of one of `sounds` and one of these are reported; `Overlap.other` is then
        one of their numbers.
    """
    own = len(sounds.numbers)
    samples, prints, durations = sounds.samples, sounds.prints, sounds.durations
    numbers = sounds.numbers
    if others is not None:
        samples, prints = samples + others.samples, prints + others.prints
        durations, numbers = durations + others.durations, numbers + others.numbers
    same: dict[bytes, list[int]] = defaultdict(list)
    for place, digest in enumerate(samples):
        same[digest].append(place)
    found = []
    for places in same.values():
        if others is None:
            pairs = [(places[0], place) for place in places[1:]]
        else:
            pairs = [(one, place) for one in places if one < own for place in places if place >= own]
        found += [
            Overlap(numbers[a], numbers[b], "samples", 0.0, durations[a], 0.0, durations[b]) for a, b in pairs
        ]
    # Of equal samples one is compared with the rest, and one on the other side.
    keep = sorted({place for places in same.values() for place in _first_of_each_side(places, own)})
    lengths = [round(durations[place] * SR / HOP) for place in keep]
    for match in matches([prints[place] for place in keep], lengths):
        a, b = keep[match.one], keep[match.other]
        # Both sides may hold the same samples: such pairs are reported above, as surer evidence.
        if (others is None or a < own <= b) and samples[a] != samples[b]:
            found.append(_overlap(match, numbers[a], numbers[b], (durations[a], durations[b])))
    return found


def _first_of_each_side(places: Sequence[int], own: int) -> Iterator[int]:
    yield places[0]
    # Places rise: where the first is not below `own`, none is, and there is one side alone.
    yield from [place for place in places if place >= own > places[0]][:1]


def _overlap(match: Match, one: int, other: int, durations: tuple[float, float]) -> Overlap:
    found = match.alignment
    first, last = found.start * HOP / SR, found.stop * HOP / SR
    shift = found.shift * HOP / SR
    return Overlap(
        one,
        other,
        "sound",
        max(first, 0.0),
        min(last, durations[0]),
        max(first - shift, 0.0),
        min(last - shift, durations[1]),
        round(found.score, 1),
    )
