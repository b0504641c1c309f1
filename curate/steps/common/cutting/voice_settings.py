"""What is cut of voices, as somebody asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curate.decisions.voice_cuts import voice_cuts
from curate.decisions.voices import PROFILES
from curate.detectors.speech import check_settings
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.model import Action


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """What is cut of voices, with all that the profile leaves open filled in.

    Parameters
    ----------
    profile
        Key of `decisions.voices.PROFILES`.
    threshold, review : 0 to 1, both excluded
        Lowest score of what is cut, and of what is flagged for review.
    action, merge_gap, pad, min_keep, min_keep_share
        See `decisions.voice_cuts.voice_cuts`.
    min_speech : seconds
        Shortest voice.
    """

    profile: str
    threshold: float
    review: float
    action: Action
    min_speech: float
    merge_gap: float
    pad: float
    min_keep: float
    min_keep_share: float = 1.0  # as an earlier version decided, which kept no more than seconds

    @classmethod
    def of(
        cls,
        *,
        profile: str,
        threshold: float | None,
        review: float | None,
        action: Action | None,
        min_speech: float,
        **policy: float,
    ) -> VoiceSettings:
        """Fill in unset options from a profile. A low threshold leaves the review empty.

        Raises
        ------
        UsageError
            If there is no such profile, or a value is out of range.
        """
        if profile not in PROFILES:
            raise UsageError(f"unknown profile '{profile}'", hint=suggestion(profile, PROFILES))
        usual = PROFILES[profile]
        threshold = usual.threshold if threshold is None else threshold
        review = min(usual.review, threshold) if review is None else review
        made = cls(profile, threshold, review, action or usual.action, min_speech, **policy)
        if not 0 < threshold < 1:
            raise UsageError(f"threshold is {threshold}", hint="give a score between 0 and 1, such as 0.9")
        if not 0 < review <= threshold:
            raise UsageError(
                f"review is {review}, the threshold {threshold}",
                hint="give a score between 0 and the threshold: what reaches the threshold is cut",
            )
        check_settings(**made.layer)
        voice_cuts([], duration=1.0, action=made.action, **made.policy)
        return made

    @property
    def layer(self) -> dict[str, float]:
        """Settings of the detector: whatever is at least to be reviewed must be a segment."""
        return {"lowest_score": self.review, "min_speech": self.min_speech}

    @property
    def scores(self) -> dict[str, Any]:
        """Settings of `decisions.voices.judge`."""
        return {"threshold": self.threshold, "review": self.review, "min_speech": self.min_speech}

    @property
    def policy(self) -> dict[str, Any]:
        """Settings of `decisions.voice_cuts.voice_cuts`, but for the action."""
        return {
            "merge_gap": self.merge_gap,
            "pad": self.pad,
            "min_keep": self.min_keep,
            "min_keep_share": self.min_keep_share,
        }
