"""What is decided about the voices of a range of recordings, kept until something in it changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from curate.decisions.voices import Classes, Voices
from curate.steps.common.cutting.voice_blocks import CountedVoices
from curate.steps.common.unheard import Unheard


class ClassVoices(NamedTuple):
    """How many recordings of a class that were looked at hold no voice, short ones, and people who talk."""

    without: int = 0
    short: int = 0
    long: int = 0

    @classmethod
    def one(cls, voices: Voices) -> ClassVoices:
        """Count one recording."""
        return cls(long=1) if voices.long else cls(short=1) if voices.sure else cls(without=1)

    def plus(self, more: Sequence[int]) -> ClassVoices:
        """Add recordings."""
        return ClassVoices(self.without + more[0], self.short + more[1], self.long + more[2])


#: By archive and class.
ByClass = dict[tuple[str, str], ClassVoices]


@dataclass(frozen=True, slots=True)
class VoiceRange:
    """What a range of recordings adds to the whole.

    Parameters
    ----------
    classes
        As they were called before people were heard, with how many of them hold voices.
    counts
        What there is to count of what the ledger says, an entry for each archive.
    unheard
        What has yet to be looked at.
    """

    classes: ByClass
    counts: Sequence[CountedVoices]
    unheard: Unheard

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> VoiceRange:
        """Read what `kept` gave."""
        classes = {
            (archive, label): ClassVoices(*numbers)
            for archive, by_label in kept["classes"].items()
            for label, numbers in by_label.items()
        }
        counts = [CountedVoices(*each) for each in kept["counts"]]
        return cls(classes, counts, Unheard.of(kept["unheard"]))

    @property
    def kept(self) -> dict[str, Any]:
        """Give what a catalogue keeps."""
        classes: defaultdict[str, dict[str, ClassVoices]] = defaultdict(dict)
        for (archive, label), numbers in self.classes.items():
            classes[archive][label] = numbers
        return {"classes": classes, "counts": self.counts, "unheard": self.unheard.kept}


def classes_of(parts: Iterable[ByClass]) -> Classes:
    """Say what the classes hold by what those of all ranges hold."""
    totals: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for part in parts:
        for kind, numbers in part.items():
            total = totals[kind]
            for place, number in enumerate(numbers):
                total[place] += number
    found = Classes()
    for (archive, label), (without, short, long) in totals.items():
        found.count(archive, label, has_voice=False, is_long=False, times=without)
        found.count(archive, label, has_voice=True, is_long=False, times=short)
        found.count(archive, label, has_voice=True, is_long=True, times=long)
    return found
