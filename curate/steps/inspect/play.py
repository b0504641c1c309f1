"""`curate.play`: a stretch of a recording in a notebook, to hear and to see."""

from __future__ import annotations

import base64
import html
import math
import os
from dataclasses import dataclass
from pathlib import Path

from curate.audio.probe import probe
from curate.catalogue import recordings
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import tables
from curate.errors import UsageError
from curate.formatting import duration
from curate.model import Hertz, Seconds
from curate.web.pictures import png, spectrogram
from curate.web.sounds import LONGEST, SoundReader, playable

#: Size of the picture in pixels: what a notebook's column holds.
_WIDTH, _HEIGHT = 800, 200


@dataclass(frozen=True, slots=True)
class Player:
    """A stretch to hear and to see. A notebook shows it as a spectrogram above an audio element.

    Parameters
    ----------
    name
        What is played, as it was asked for.
    onset, offset
        Its ends in the recording.
    length
        Of the whole recording.
    top
        Upper edge of the picture; the lower one is 0.
    picture
        A PNG.
    sound
        A WAV of one channel.
    """

    name: str
    onset: Seconds
    offset: Seconds
    length: Seconds
    top: Hertz
    picture: bytes
    sound: bytes

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        picture, sound = (base64.b64encode(data).decode("ascii") for data in (self.picture, self.sound))
        stretch = f"{self.onset:.2f}-{self.offset:.2f} s of {duration(self.length)}"
        words = f"{self.name}, {stretch}, 0-{self.top / 1000:g} kHz"
        return (
            f'<figure style="margin:0;max-width:{_WIDTH}px"><figcaption>{html.escape(words)}</figcaption>'
            f'<img alt="spectrogram" style="width:100%" src="data:image/png;base64,{picture}">'
            f'<audio controls style="width:100%" src="data:audio/wav;base64,{sound}"></audio></figure>'
        )


def play(
    recording: str | os.PathLike[str],
    onset: Seconds = 0.0,
    offset: Seconds | None = None,
    *,
    dataset: Dataset | str | os.PathLike[str] | None = None,
) -> Player:
    """Hear and see a stretch of a recording in a notebook.

    Parameters
    ----------
    recording
        A sound file, or one of the dataset: its id (``xeno-canto:694038``), or the end of its path.
    onset, offset
        Ends of the stretch in the raw recording; without an offset, up to the end, or to 120 s.
    dataset
        Where it is looked up if it is no file; None takes ``CURATE_DATASET`` or the current folder.

    Raises
    ------
    UsageError
        If the stretch is empty, outside the recording, or longer than 120 s.
    NotInCatalogue
        If there is no such recording.
    DecodeFailed
        If the file cannot be decoded.
    """
    path = os.fspath(recording) if os.path.isfile(recording) else _path_of(os.fspath(recording), dataset)
    found = probe(Path(path))
    length = found.frames / found.sr
    end = min(length, onset + LONGEST) if offset is None else min(offset, length)
    if not (math.isfinite(onset) and 0 <= onset < end):
        raise UsageError(
            f"the stretch from {onset} to {end} s is outside the recording, which has {length:.2f} s"
        )
    if end - onset > LONGEST:
        raise UsageError(
            f"{end - onset:.0f} s is too long for a notebook", hint=f"play {LONGEST:.0f} s at most"
        )
    y, sr = SoundReader().stretch(path, onset, end - onset, length=length)
    levels = spectrogram(y, sr, width=_WIDTH, height=_HEIGHT, low=0.0, high=sr / 2)
    return Player(
        name=os.fspath(recording),
        onset=onset,
        offset=end,
        length=length,
        top=sr / 2,
        picture=png(levels, "light"),
        sound=playable(y, sr),
    )


def _path_of(name: str, dataset: Dataset | str | os.PathLike[str] | None) -> str:
    if isinstance(dataset, Dataset):
        number = tables.recording_number(dataset.store, name, dataset.folder)
        return dataset.path(recordings.path_of(dataset.store, number))
    with Dataset(dataset) as opened:
        return _path_of(name, opened)
