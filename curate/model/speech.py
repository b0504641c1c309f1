"""Numbers of speech that detectors and decisions must agree on."""

from __future__ import annotations

from typing import Final

#: Rate at which silero-vad hears, Hz, and samples of one of its answers (32 ms).
SPEECH_SR: Final = 16000
SPEECH_CHUNK: Final = 512

#: Seconds around a voice in which whatever is weaker belongs to it.
REACH: Final = 0.5

#: Lowest score of what is a segment of speech unless told otherwise, which is what the profile
#: ``balanced`` flags for review; and the shortest voice, seconds.
LOWEST_SCORE: Final = 0.25
MIN_SPEECH: Final = 0.25
