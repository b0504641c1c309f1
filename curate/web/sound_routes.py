"""What a page sees and hears of a recording: spectrogram, outline and sound of a stretch."""

from __future__ import annotations

import os
from typing import Protocol

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from curate.catalogue.reviewing import RecordingFacts
from curate.detectors.speech import SpeechDetector
from curate.detectors.track import FULL, Track
from curate.errors import AudioError, UsageError
from curate.web import params
from curate.web.answers import KEEP, as_json
from curate.web.framing import SHORTEST
from curate.web.pictures import PALETTES, outline, png, spectrogram, thinned
from curate.web.queues import SPEECH
from curate.web.sounds import LONGEST, SoundReader, cleaned, playable

#: Least and greatest size of a picture, in pixels.
_WIDTH, _HEIGHT = (16, 4000), (16, 1200)


class RecordingDesk(Protocol):
    """Knows recordings by their numbers, as `ReviewSession` does."""

    def recording(self, number: int) -> tuple[RecordingFacts, str]:
        """Look a recording up, with the absolute path of its file."""

    def lost(self, number: int) -> list[tuple[float, float, str]]:
        """List what the ledger takes out of a recording: stretch and action."""

    def track(self, number: int, layer: str, version: str) -> bytes | None:
        """Read a detector's packed frame track."""


class SoundRoutes:
    """Answers for the stretches of recordings. Decodes each once.

    Parameters
    ----------
    desk
        Knows the recordings.
    """

    def __init__(self, desk: RecordingDesk) -> None:
        self._desk = desk
        self._sounds = SoundReader()

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            Route("/spectrogram/{recording}", self.spectrogram),
            Route("/shape/{recording}", self.shape),
            Route("/audio/{recording}", self.audio),
        ]

    def spectrogram(self, request: Request) -> Response:
        """Draw a stretch."""
        y, sr, _ = self._stretch(request)
        high = params.number(request, "high", sr / 2, low=100, high=1e6)
        palette = request.query_params.get("palette", "dark")
        if palette not in PALETTES:
            raise UsageError(f"a palette is one of: {', '.join(PALETTES)}")
        levels = spectrogram(
            y,
            sr,
            width=int(params.number(request, "width", 1000, low=_WIDTH[0], high=_WIDTH[1])),
            height=int(params.number(request, "height", 300, low=_HEIGHT[0], high=_HEIGHT[1])),
            low=params.number(request, "low", 0.0, low=0, high=high - 50),
            high=high,
        )
        return Response(png(levels, palette), media_type="image/png", headers=KEEP)

    def shape(self, request: Request) -> Response:
        """Outline of the waveform, and the probability of speech."""
        y, _, (start, duration) = self._stretch(request)
        width = int(params.number(request, "width", 1000, low=_WIDTH[0], high=_WIDTH[1]))
        probability: list[float] = []
        hop = 0.0
        packed = self._desk.track(params.recording(request), SPEECH, SpeechDetector.version)
        if packed is not None:
            track = Track.unpack(packed)
            first, last = round(start / track.hop), round((start + duration) / track.hop)
            found = track.probabilities[first:last]
            probability = thinned(found / np.float32(FULL), width)
            hop = track.hop * len(found) / max(1, len(probability))
        return as_json({"outline": outline(y, width), "probability": probability, "hop": hop}, keep=True)

    def audio(self, request: Request) -> Response:
        """Give the sound of a stretch, as it is or as it will be."""
        y, sr, (start, duration) = self._stretch(request)
        expand = int(params.number(request, "expand", 1, low=1, high=50))
        headers = dict(KEEP)
        if request.query_params.get("clean") == "1":
            lost = [
                (onset - start, offset - start, action)
                for onset, offset, action in self._desk.lost(params.recording(request))
                if onset < start + duration and offset > start
            ]
            onset = params.number(request, "cut", -1, low=0, high=1e7)
            offset = params.number(request, "until", -1, low=0, high=1e7)
            lost += [(onset - start, offset - start, "excise")] if 0 <= onset < offset else []
            gone, quiet = (
                [(low, high) for low, high, action in lost if action == wanted]
                for wanted in ("excise", "mute")
            )
            y, headers["x-pieces"] = cleaned(y, sr, gone, quiet)
            # Unlike the raw sound, this one changes with the cuts.
            headers["cache-control"] = "no-store"
        return Response(playable(y, sr, expand=expand), media_type="audio/wav", headers=headers)

    def _stretch(self, request: Request) -> tuple[np.ndarray, int, tuple[float, float]]:
        """Read the stretch that a request names: the sound, its rate, and where it really lies."""
        facts, path = self._desk.recording(params.recording(request))
        start = min(params.number(request, "start", 0.0, low=0, high=1e7), facts.duration)
        duration = params.number(request, "duration", SHORTEST, low=0.01, high=LONGEST)
        duration = min(duration, facts.duration - start)
        changed = os.stat(path).st_mtime_ns if os.path.isfile(path) else 0
        y, sr = self._sounds.stretch(path, start, duration, mtime_ns=changed, length=facts.duration)
        if not len(y):
            raise AudioError("this stretch is silent")
        return y, sr, (start, duration)
