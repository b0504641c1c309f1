"""Voices by columns: what `decisions.voices` and `decisions.voice_cuts` decide, for blocks of recordings.

Those functions are the definition. The tests compare both on random ledgers. Here are the same steps in the
same order over columns. What is rare stays with them: see `Block.is_plain`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from curate.decisions.voice_cuts import DOUBTFUL, PRODUCER, too_little
from curate.decisions.voices import BELIEVED, LONG, SURE, TALK
from curate.model.speech import REACH
from curate.steps.common import interval_columns as columns
from curate.steps.common.cutting.cut_columns import Told, ToldCuts
from curate.steps.common.interval_columns import Flags, Floats, Spans

#: Why a recording goes that is nothing but voice, as `voice_cuts` says it.
_ALL = "voice from end to end"


class ScoredSpans(NamedTuple):
    """Segments of voices, or of what may be one: where, and their scores, NaN if missing."""

    spans: Spans
    score: Floats

    def where(self, chosen: Flags) -> ScoredSpans:
        """Keep some."""
        return ScoredSpans(self.spans.where(chosen), self.score[chosen])


class VoiceColumns(NamedTuple):
    """The segments of a block of recordings, parted as in `decisions.voices.Voices`."""

    sure: ScoredSpans
    doubtful: ScoredSpans

    def seconds(self, rows: int) -> Floats:
        """Sum up by row how long there is a voice."""
        return columns.lengths(self.sure.spans, rows)


@dataclass(frozen=True, slots=True)
class Block:
    """Recordings with segments, a row each.

    Parameters
    ----------
    duration : seconds
    announced, like_people
        As `decisions.voices.judge` wants to know it.
    found
        The segments, in order.
    """

    duration: Floats
    announced: Flags
    like_people: Flags
    found: ScoredSpans

    @property
    def rows(self) -> int:
        """Number of recordings."""
        return len(self.duration)

    def is_plain(self) -> Flags:
        """Tell of each recording whether its segments are disjoint and in order, as detectors find them."""
        row, onset, offset = self.found.spans
        plain = np.ones(self.rows, dtype=bool)
        plain[row[offset <= onset]] = False
        plain[row[1:][(row[1:] == row[:-1]) & (onset[1:] < offset[:-1])]] = False
        return plain

    def judge(self, *, threshold: float, review: float, min_speech: float) -> VoiceColumns:
        """Part voices from doubts, as `decisions.voices.judge`."""
        least = np.where(self.announced, review, threshold)
        voices = _separate(self.found, least, min_speech)
        if not self.like_people.any() or threshold >= SURE:
            return voices
        again = self.like_people & ~self.announced & ~self.long(voices)
        if not again.any():
            return voices
        more = _separate(self.found.where(again[self.found.spans.row]), np.full(self.rows, SURE), min_speech)
        return VoiceColumns(
            *(_together(old.where(~again[old.spans.row]), new) for old, new in zip(voices, more, strict=True))
        )

    def long(self, voices: VoiceColumns) -> Flags:
        """Tell of each recording whether people talk, as `decisions.voices.Voices.long`."""
        return voices.seconds(self.rows) >= LONG

    def cuts(
        self,
        voices: VoiceColumns,
        *,
        action: str,
        merge_gap: float,
        pad: float,
        min_keep: float,
        min_keep_share: float,
    ) -> CutColumns:
        """Decide what is done, as `voice_cuts` and `review_flags` do. For all actions but ``drop``."""
        stretches = self._stretches(voices.sure.spans, merge_gap, pad)
        # Recordings that keep too little are flagged, those that keep nothing are dropped.
        kept = self.duration - columns.lengths(stretches, self.rows)
        spared = (kept < np.minimum(min_keep, min_keep_share * self.duration)) & (action != "flag")
        dropped = ~spared & (kept == 0) & (action != "flag")
        flags = self._stretches(voices.doubtful.spans, merge_gap, 0.0)
        parts = columns.complement(columns.overlaps(flags, stretches), flags.onset, flags.offset)
        whole = (parts.onset == flags.onset[parts.row]) & (parts.offset == flags.offset[parts.row])
        parts = parts.where(whole | (parts.offset - parts.onset >= merge_gap))
        doubts = Spans(flags.row[parts.row], parts.onset, parts.offset)
        row, onset, offset = (np.concatenate(pair) for pair in zip(stretches, doubts, strict=True))
        score = np.concatenate((_score(voices.sure, stretches), _score(voices.doubtful, doubts)))
        is_doubt = np.arange(len(row)) >= len(stretches.row)
        order = np.lexsort((onset, row))  # stable: what is cut stands before a doubt that begins with it
        return CutColumns(
            Spans(row[order], onset[order], offset[order]),
            score[order],
            is_doubt[order],
            kept,
            spared,
            dropped,
            action,
            self.duration,
            (min_keep, min_keep_share),
        )

    def _stretches(self, spans: Spans, merge_gap: float, pad: float) -> Spans:
        zeros = np.zeros(self.rows)
        padded = columns.pad(columns.union(spans, gap=merge_gap), pad)
        inside = np.zeros(self.rows, dtype=bool)
        inside[columns.clip(padded, zeros, self.duration).row] = True
        padded = padded.where(inside[padded.row])
        rest = columns.complement(padded, zeros, self.duration)
        splinters = rest.where((rest.offset - rest.onset < merge_gap) & inside[rest.row])
        row, onset, offset = columns.together(padded, splinters)
        whole = Spans(row, np.floor(onset * 1e6 + 5e-4) / 1e6, np.ceil(offset * 1e6 - 5e-4) / 1e6)
        return columns.clip(columns.union(whole), zeros, self.duration)


@dataclass(frozen=True, slots=True)
class CutColumns:
    """What is decided of a block, in order.

    Parameters
    ----------
    kept, duration : seconds
        By row, as `spared` and `dropped`.
    least
        What must be kept, in seconds and as a share.
    """

    spans: Spans
    score: Floats
    is_doubt: Flags
    kept: Floats
    spared: Flags
    dropped: Flags
    action: str
    duration: Floats
    least: tuple[float, float]

    def of_rows(self, chosen: Flags) -> CutColumns:
        """Keep those of some rows."""
        some = chosen[self.spans.row]
        return replace(
            self, spans=self.spans.where(some), score=self.score[some], is_doubt=self.is_doubt[some]
        )

    def told(self) -> ToldCuts:
        """Say it in the words of the ledger."""
        row = self.spans.row
        told: list[Told] = [
            ("flag", DOUBTFUL, PRODUCER, ""),
            (self.action, "voice", PRODUCER, ""),
            ("drop", _ALL, PRODUCER, ""),
        ]
        code = np.where(self.is_doubt, 0, np.where(self.dropped[row], 2, 1))
        stays = self.spared[row] & ~self.is_doubt
        spared, place = np.unique(row[stays], return_inverse=True)
        code[stays] = len(told) + place
        for each in spared.tolist():
            words = too_little(float(self.kept[each]), float(self.duration[each]), *self.least)
            told.append(("flag", "voice", PRODUCER, words))
        return ToldCuts(self.spans, self.score, code, told)

    def ends(self, rows: int) -> tuple[Floats, Floats, Floats]:
        """Sum up by row what is removed, muted and left in review, as `decisions.retention.of_voices`."""
        row = self.spans.row
        flagged = self.is_doubt | self.spared[row] | (self.action == "flag")
        is_mute = ~flagged & ~self.dropped[row] & (self.action == "mute")
        taken = columns.union(self.spans.where(~flagged & ~is_mute))
        removed = columns.lengths(taken, rows)
        taken = columns.union(columns.together(taken, self.spans.where(is_mute)))
        muted = columns.lengths(taken, rows)
        taken = columns.union(columns.together(taken, self.spans.where(flagged)))
        return removed, muted - removed, columns.lengths(taken, rows) - muted


def _separate(found: ScoredSpans, least: Floats, min_speech: float) -> VoiceColumns:
    """Part voices from doubts by the least score of each row, as `decisions.voices.separate_voices`."""
    spans, score = found
    known = np.where(np.isnan(score), 0.0, score)
    known = np.where(spans.offset - spans.onset >= min_speech, known, -1.0)
    voice = known >= least[spans.row]
    has_voice = np.zeros(len(least), dtype=bool)
    has_voice[spans.row[voice]] = True
    near_one = has_voice[spans.row]
    first, last = columns.overlapping(spans, columns.pad(spans.where(voice), TALK))
    voice |= (known >= BELIEVED) & (first < last)
    rest = found.where(near_one & ~voice)
    inside = columns.overlaps(rest.spans, columns.pad(spans.where(voice), REACH))
    outside = columns.complement(inside, rest.spans.onset, rest.spans.offset)
    return VoiceColumns(
        _together(found.where(voice), _parts(rest, inside)),
        _together(found.where(~near_one), _parts(rest, outside)),
    )


def _parts(found: ScoredSpans, parts: Spans) -> ScoredSpans:
    """Give parts of segments, whose rows are the segments, as segments of their own."""
    return ScoredSpans(Spans(found.spans.row[parts.row], parts.onset, parts.offset), found.score[parts.row])


def _together(one: ScoredSpans, other: ScoredSpans) -> ScoredSpans:
    """Put segments together, in order."""
    row, onset, offset = (np.concatenate(pair) for pair in zip(one.spans, other.spans, strict=True))
    order = np.lexsort((onset, row))
    return ScoredSpans(
        Spans(row[order], onset[order], offset[order]), np.concatenate((one.score, other.score))[order]
    )


def _score(found: ScoredSpans, spans: Spans) -> Floats:
    """Give the greatest score of the segments that overlap each span, NaN where none has any."""
    return columns.greatest(found.score, *columns.overlapping(spans, found.spans))
