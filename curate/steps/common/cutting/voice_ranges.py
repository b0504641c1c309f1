"""What is decided about the voices of narrow ranges of recordings, kept until something in one changes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.decisions.voices import Classes, Voices
from curate.steps.common.cutting.voice_blocks import CountedVoices
from curate.steps.common.interval_columns import Ints
from curate.steps.common.unheard import Unheard

#: What a recording holds: no voice, a short one, or people who talk.
HOLDS = 3

#: How the columns of `HeardClasses` are kept.
_KEPT = ("<i4", "<i4", "<i2")


def holds(voices: Voices) -> int:
    """Say which of `HOLDS` it is, by the voices of a recording."""
    return 2 if voices.long else 1 if voices.sure else 0


@dataclass(frozen=True, slots=True)
class VoiceRange:
    """What a narrow range of recordings adds to the whole.

    Parameters
    ----------
    counts
        What there is to count of what the ledger says, an entry for each archive.
    unheard
        What has yet to be looked at.
    """

    counts: Sequence[CountedVoices]
    unheard: Unheard

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> VoiceRange:
        """Read what `kept` gave."""
        return cls([CountedVoices(*each) for each in kept["counts"]], Unheard.of(kept["unheard"]))

    @property
    def kept(self) -> dict[str, Any]:
        """Give what a catalogue keeps."""
        return {"counts": self.counts, "unheard": self.unheard.kept}


@dataclass(frozen=True, slots=True)
class HeardClasses:
    """How many recordings of each class hold voices, by narrow range, as columns.

    A class is called as it was before people were heard.

    Parameters
    ----------
    names
        Archive and label of each class.
    place
        The range.
    kind
        The place of the class in `names`, times `HOLDS`, and what the recordings hold.
    times
        How many recordings do.
    """

    names: Sequence[tuple[str, str]]
    place: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int32]
    times: npt.NDArray[np.int32]

    @classmethod
    def none(cls) -> HeardClasses:
        """Give one without any recording."""
        return cls([], *np.zeros((3, 0), dtype=np.int32))

    @classmethod
    def count(cls, names: Sequence[tuple[str, str]], place: Ints, kind: Ints) -> HeardClasses:
        """Count recordings by the range and the kind of each."""
        width = len(names) * HOLDS
        alike, times = np.unique(place * width + kind, return_counts=True)
        return cls(names, *np.stack((alike // width, alike % width, times)).astype(np.int32))

    @classmethod
    def joined(cls, parts: Iterable[HeardClasses]) -> HeardClasses:
        """Put several together."""
        codes: dict[tuple[str, str], int] = {}
        columns = [np.zeros((3, 0), dtype=np.int32)]
        for each in parts:
            used, at = np.unique(each.kind // HOLDS, return_inverse=True)
            new = [codes.setdefault(each.names[place], len(codes)) for place in used.tolist()]
            kind = np.array(new, dtype=np.int32)[at] * HOLDS + each.kind % HOLDS
            columns.append(np.stack((each.place, kind, each.times)))
        return cls(list(codes), *np.concatenate(columns, axis=1))

    @classmethod
    def of(cls, kept: Mapping[str, Any], places: Iterable[int]) -> HeardClasses:
        """Read what `kept` gave of some ranges."""
        place, kind, times = (
            np.frombuffer(b64decode(text), dtype=form).astype(np.int32)
            for text, form in zip(kept["columns"], _KEPT, strict=True)
        )
        some = np.isin(place, list(places))
        names = [(archive, label) for archive, label in kept["names"]]
        return cls(names, place[some], kind[some], times[some])

    @property
    def kept(self) -> dict[str, Any]:
        """Give what a catalogue keeps."""
        columns = zip((self.place, self.kind, self.times), _KEPT, strict=True)
        packed = [b64encode(column.astype(form).tobytes()).decode() for column, form in columns]
        return {"names": self.names, "columns": packed}

    @property
    def totals(self) -> Classes:
        """Say what the classes hold in all ranges together."""
        found = Classes()
        sums = np.bincount(self.kind, weights=self.times, minlength=len(self.names) * HOLDS)
        counts = sums.astype(np.int64).reshape(-1, HOLDS).tolist()
        for name, (without, short, long) in sorted(zip(self.names, counts, strict=True)):
            found.count(*name, has_voice=False, is_long=False, times=without)
            found.count(*name, has_voice=True, is_long=False, times=short)
            found.count(*name, has_voice=True, is_long=True, times=long)
        return found
