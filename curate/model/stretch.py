"""Stretches of recordings: what was found in them, what is cut, and what people say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Seconds = float
Hertz = float

Action = Literal["excise", "mute", "flag", "drop"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one recording in which a detector, archive or person found something.

    Parameters
    ----------
    onset, offset : seconds from the start of the raw recording, 0 <= onset < offset
    label
        What was found.
    score : 0 to 1
        How sure the producer is; None where it gives no score.
    low_freq, high_freq : Hz
        The band; None where it is open.
    measured
        What the producer measured of it, by name with its unit (``snr_db``).
    note
        What somebody wrote next to it.
    """

    onset: Seconds
    offset: Seconds
    label: str
    score: float | None = None
    low_freq: Hertz | None = None
    high_freq: Hertz | None = None
    measured: Mapping[str, float] = field(default_factory=dict, hash=False)
    note: str = ""

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.offset - self.onset

    def slowed(self, factor: float) -> Segment:
        """Give the segment its seconds and Hz in a file that plays so many times slower."""
        low, high = self.low_freq, self.high_freq
        return replace(
            self,
            onset=round(self.onset * factor, 9),
            offset=round(self.offset * factor, 9),
            low_freq=None if low is None else round(low / factor, 6),
            high_freq=None if high is None else round(high / factor, 6),
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """A decision about a stretch of a recording, with its reason: a line of the ledger.

    Parameters
    ----------
    onset, offset : seconds from the start of the raw recording
    action
        `excise` removes the stretch, `mute` silences it, `flag` only marks it and
        `drop` leaves the whole recording out.
    reason
        Why, in a few fixed words by which cuts are counted, for example ``voice``.
    score : 0 to 1
        The strongest score of the evidence, None where there is none.
    producer
        Which command and which layer decided, for example ``strip-voice/speech``.
    detail
        What differs from cut to cut of one reason, for a person to read: ``3.2 s of it``.
    """

    onset: Seconds
    offset: Seconds
    action: Action
    reason: str
    score: float | None
    producer: str
    detail: str = ""

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.offset - self.onset

    @property
    def words(self) -> str:
        """Reason and detail, as a person reads them in a table."""
        return f"{self.reason}; {self.detail}" if self.detail else self.reason


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of raw audio and where it lies in the clean copy, in whole frames.

    Parameters
    ----------
    clean_start, raw_start : frames (samples per channel) at the recording's own rate
    frames
        Length of the piece, the same on both sides.
    """

    clean_start: int
    raw_start: int
    frames: int


#: What a person may decide: to cut a stretch, to keep it whatever a machine says, to drop it all;
#: that the recording is of another class, or that another one is heard in it, too; that another recording
#: holds the same sound, or another one; that it is what a search looks for, or not.
Judgement = Literal["cut", "keep", "drop", "relabel", "also", "same", "different", "like", "unlike"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision about a stretch of one recording, in seconds of the raw file.

    Parameters
    ----------
    reviewer, at, label
        Who decided, when (ISO 8601, UTC), and what is heard there; empty where nothing was said. Of
        ``relabel`` and ``also`` it is the class, of ``like`` and ``unlike`` the search.
    seen
        JSON: what the reviewer had before them.
    number
        In the catalogue; 0 before it is there.
    other
        Of ``same`` and ``different``, the number of the other recording; else 0.
    """

    onset: Seconds
    offset: Seconds
    judgement: Judgement
    reviewer: str
    at: str
    label: str = ""
    seen: str = ""
    number: int = 0
    other: int = 0
