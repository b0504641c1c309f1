"""What is a voice, what may be one, and what speaks for it.

Pure. A score tells how much a stretch sounds like speech. Around it stands other evidence: the
profile says what an error costs, a recordist's remark may announce a voice, and a class that is
flagged far more often than the rest of its archive may be an animal that sounds like a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Literal

from curate import intervals
from curate.decisions.flag_rates import Lift, lift_table
from curate.intervals import Interval
from curate.model import Action, Segment
from curate.model.speech import LOWEST_SCORE, REACH

#: Seconds around a voice in which people go on talking, and the score from which that is believed.
#: Of 117 s of voices in real recordings, 5 s finds 0.4 s less than 10 s, and 3 s finds 11 s less. Of beds
#: 5 s cuts 0.95 %, and 10 s cuts 1.17 % (``bench/voices/beds.py``).
#: Of 0.3 to 0.5, 0.4 finds as many voices of real recordings as 0.3, and cuts an eighth less around a voice.
TALK, BELIEVED = 5.0, 0.4

#: Seconds of voice in one recording that no animal makes: people talk for seconds.
LONG = 3.0

#: Score from which even a class that sounds like a person is believed to hold one.
SURE = 0.87

#: Share of a class's flagged recordings with long speech from which it counts as narrated.
_NARRATED = 0.5


@dataclass(frozen=True, slots=True)
class Profile:
    """What is cut and what is listened to, by default.

    Parameters
    ----------
    threshold, review : 0 to 1
        Least score of what is cut, and of what somebody should listen to.
    action
        What is done to a voice.
    """

    threshold: float
    review: float
    action: Action


ProfileName = Literal["balanced", "careful", "privacy"]

#: Measured by ``bench/speech_accuracy.py``; docs/numbers.md shows the figures.
PROFILES: dict[str, Profile] = {
    "balanced": Profile(0.75, LOWEST_SCORE, "excise"),
    "careful": Profile(0.87, LOWEST_SCORE, "excise"),
    "privacy": Profile(0.1, 0.06, "mute"),
}


@dataclass(frozen=True, slots=True)
class Voices:
    """The segments of one recording, in order: voices, and what may be one."""

    sure: list[Segment]
    doubtful: list[Segment]

    @property
    def long(self) -> bool:
        """Whether people talk, rather than call once."""
        return sum(segment.duration for segment in self.sure) >= LONG


def separate_voices(segments: Sequence[Segment], *, threshold: float, min_speech: float = 0.0) -> Voices:
    """Part voices, and what belongs to them, from what only may be a voice.

    To a voice belongs what scores `BELIEVED` within `TALK` of it, and what lies within `REACH` of either.

    Parameters
    ----------
    segments
        Sorted and disjoint.
    threshold : 0 to 1
        Least score of a voice.
    min_speech : seconds
        Shortest voice.
    """
    spans = [(s.onset, s.offset) for s in segments]
    scores = [(s.score or 0.0) if s.duration >= min_speech else -1.0 for s in segments]
    voices = [score >= threshold for score in scores]
    if not any(voices):  # as in most recordings
        return Voices([], list(segments))
    # Two passes. A sure voice first lends belief to weaker speech around it, and only then does
    # all that touches either belong to it. In one pass, reach would grow from doubt to doubt.
    talk = intervals.pad(compress(spans, voices), TALK)
    spoken = intervals.overlaps(spans, talk)
    voices = [
        voice or (score >= BELIEVED and bool(parts))
        for voice, score, parts in zip(voices, scores, spoken, strict=True)
    ]
    if all(voices):
        return Voices(list(segments), [])
    near = intervals.pad(compress(spans, voices), REACH)
    inside = intervals.overlaps(spans, near)
    sure: list[Segment] = []
    doubtful: list[Segment] = []
    for segment, voice, parts in zip(segments, voices, inside, strict=True):
        if voice:
            sure.append(segment)
        else:
            sure += _parts(segment, parts)
            doubtful += _parts(segment, intervals.complement(parts, segment.onset, segment.offset))
    return Voices(sure, doubtful)


def _parts(segment: Segment, spans: Sequence[Interval]) -> list[Segment]:
    return [replace(segment, onset=onset, offset=offset) for onset, offset in spans]


#: What recordists write where somebody speaks, in the languages of the large archives. "Call" and
#: "song" are the animal's; so is a voice that is "of" something.
_SPOKEN = re.compile(
    r"\b(?:announc\w*|anunci\w*|ansage|commentary|habla\w*|human voices?|locuci[oó]n|narrat\w*|people"
    r"|personas|speaking|speech|spoken|sprecher\w*|stimmen?|talk(?:s|ing)?|vo[cz]es|voices?(?!\s+of)|voix|voz)\b",
    re.IGNORECASE,
)

#: ... unless it says that there is none, or that it was taken out.
_SILENT = re.compile(
    r"\b(?:no|without|sin|sans|ohne|sem)\s+(?:\w+\s+)?(?:announc|human|narrat|people|speech|stimm|talk|vo[cixz])\w*"
    r"|\b(?:announcement|speech|voices?)\s+(?:\w+\s+)?(?:removed|deleted|cut|edited)\b",
    re.IGNORECASE,
)


def announced(remarks: str | None) -> bool:
    """Tell whether a recordist's remark says that somebody speaks.

    Examples
    --------
    >>> announced("Voice announcement at the end"), announced("Voice removed"), announced("Two males")
    (True, False, False)
    """
    return bool(remarks and _SPOKEN.search(_SILENT.sub(" ", remarks)))


@dataclass(slots=True)
class Classes:
    """How many recordings of each class hold voices: counted first, decided by afterwards."""

    _flagged: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    _long: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, archive: str, label: str, *, has_voice: bool, is_long: bool, times: int = 1) -> None:
        """Count recordings of which it is known whether they hold a voice, and whether people talk."""
        self._flagged[archive, label, has_voice] += times
        self._long[archive, label] += is_long * times

    def lift(self) -> list[Lift]:
        """List the classes that stand out, most striking first."""
        return lift_table(self._flagged)

    def like_people(self) -> frozenset[tuple[str, str]]:
        """Find the classes, with their archives, that stand out though few recordings hold long speech.

        Those with long speech in many are narrated.
        """
        return frozenset(
            (row.archive, row.label)
            for row in self.lift()
            if self._long[row.archive, row.label] < _NARRATED * row.flagged
        )


def judge(
    segments: Sequence[Segment],
    *,
    threshold: float,
    review: float,
    min_speech: float = 0.0,
    remarks: str | None = None,
    like_people: bool = False,
) -> Voices:
    """Part voices from doubts by all that is known of a recording.

    A remark that somebody speaks makes every doubt a voice. In a class that sounds like people, a
    voice must be sure (`SURE`) or long (`LONG`); else it is doubted.

    Parameters
    ----------
    segments
        With scores from `review` up, and what belongs to them.
    like_people
        Whether the class is one of `Classes.like_people`.
    """
    if announced(remarks):
        return separate_voices(segments, threshold=review, min_speech=min_speech)
    voices = separate_voices(segments, threshold=threshold, min_speech=min_speech)
    if like_people and threshold < SURE and not voices.long:
        return separate_voices(segments, threshold=SURE, min_speech=min_speech)
    return voices
