"""Write the example card: what comes out of a forest after three nights, with all that goes wrong there.

Three sites. At a pond stands an AudioMoth, whose clock was reset in between. A Song Meter at a mill lost a
night and recorded for an hour. A bat recorder at a cave has files that play ten times slower than the sound
was. People walk by. Sounds are those of the example dataset, and the same bytes come out each time.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.audio.read import read
from curate.audio.write import write
from curate.recorders import guano, info
from curate.recorders.carry import CarriedMetadata

#: By which a folder is known as an example card; written before all else.
README = """An example card, made by `curate example --card`: three nights at three sites. All is made up.

CARD/North pond   an AudioMoth; its clock was reset in between
CARD/Old mill     a Song Meter; a night is missing, one file is an hour long
CARD/Bat cave     a bat recorder; its files play ten times slower than the sound was
sites.csv         where the AudioMoth hung, which knows no place
annotations.csv   what a person marked: an owl and a wren
truth.csv         where people are heard

Begin with: curate import CARD --dataset forest
"""

_SR = 16000
_HOUR_SR = 8000
_BAT_SR, _EXPANSION = 19200, 10
_FIRST = datetime(2024, 3, 10)  # noqa: DTZ001 - the clock of a recorder
_ZONE = "-05:00"
_MOTH, _METER = "24F3190361DA4A1C", "S4A12345"
_PLACE, _POND = (6.1402, -74.6213), (6.1391, -74.6188)
_CLOCKS = ((0, 18, 0), (0, 21, 0), (1, 0, 0), (1, 5, 45))

#: Sounds of the example data set: file, and the seconds that are taken.
_OWL = ("lanowl9/XC90000041.ogg", 0.0, 4.0)
_WREN = ("silwre9/XC90000012.ogg", 0.0, 4.0)
_VOICES = (
    ("silwre9/XC90000011.ogg", 0.30, 3.17),
    ("quetan9/XC90000021.ogg", 0.40, 6.65),
    ("silwre9/XC90000013.mp3", 6.90, 10.38),
)

Sound = tuple[str, float, float]


@dataclass(slots=True)
class ExampleCard:
    """A card that is being written: its folder, and what is heard in its files."""

    folder: Path
    recordings: int = 0
    annotations: list[tuple[str, float, float, str]] = field(default_factory=list)
    voices: list[tuple[str, float, float]] = field(default_factory=list)


def write_card(folder: Path) -> int:
    """Write the card into a folder. Gives the number of recordings."""
    card = ExampleCard(folder)
    _write_pond(card)
    _write_mill(card)
    _write_cave(card)
    _table(folder / "sites.csv", ("site", "latitude", "longitude"), [("North pond", *_POND)])
    _table(folder / "annotations.csv", ("file", "onset", "offset", "label"), card.annotations)
    voices = [(file, "voice", onset, offset) for file, onset, offset in card.voices]
    _table(folder / "truth.csv", ("file", "what", "onset", "offset"), voices)
    return card.recordings


def _write_pond(card: ExampleCard) -> None:
    """Write an AudioMoth in local time; before the last night it lost its battery, and its clock."""
    for number, start in enumerate(_starts(3)):
        words = (
            f"Recorded at {start:%H:%M:%S %d/%m/%Y} (UTC-5) by AudioMoth {_MOTH} at medium gain while "
            f"battery was {4.4 - number / 20:.1f}V and temperature was {24 - number % 4 * 2}.0C."
        )
        voice = _VOICES[0] if number == 4 else None  # noqa: PLR2004 - the second evening
        _put(card, "North pond", f"{start:%Y%m%d_%H%M%S}.WAV", number, start, _moth(words), voice=voice)
    for number in range(2):
        start = datetime(1970, 1, 1) + timedelta(minutes=10 * number)  # noqa: DTZ001
        words = (
            f"Recorded at {start:%H:%M:%S %d/%m/%Y} (UTC) by AudioMoth {_MOTH} at medium gain while "
            "battery was less than 2.5V and temperature was 19.0C. Recording stopped due to low voltage."
        )
        _put(card, "North pond", f"{start:%Y%m%d_%H%M%S}.WAV", 90 + number, None, _moth(words))
    settings = "\r\n".join(
        (
            f"Device ID                       : {_MOTH}",
            "Firmware                        : AudioMoth-Firmware-Basic (1.8.1)",
            "",
            "Time zone                       : UTC-5",
            "Sample rate (Hz)                : 16000",
            "Gain                            : Medium",
            "",
        )
    )
    (card.folder / "CARD" / "North pond" / "CONFIG.TXT").write_bytes(settings.encode())


def _write_mill(card: ExampleCard) -> None:
    """Write a Song Meter with its summary; the second night is missing."""
    lines = ["DATE,TIME,LAT,,LON,,POWER(V),TEMP(C),#FILES,MIC0 TYPE,MIC1 TYPE"]
    for number, start in enumerate(_starts(3)):
        if 4 <= number < 8:  # noqa: PLR2004 - the second night
            continue
        volts = 6.2 - number / 50
        lines.append(f"{start:%Y-%b-%d,%H:%M:%S},6.1402,N,74.6213,W,{volts:.1f},21.50,1,INT,INT")
        voice = _VOICES[1] if number == 3 else None  # noqa: PLR2004 - the first morning
        _put(
            card,
            "Old mill/Data",
            f"{_METER}_{start:%Y%m%d_%H%M%S}.wav",
            20 + number,
            start,
            _meter(start),
            voice=voice,
        )
    start = _FIRST + timedelta(days=3, hours=3)
    name = f"Old mill/Data/{_METER}_{start:%Y%m%d_%H%M%S}.flac"
    y = _noise(_HOUR_SR, 3600.0, 99, level=2.0**-16)
    _mix(y, _sound(_VOICES[2], _HOUR_SR), 1200.0, _HOUR_SR)
    _mix(y, _sound(_OWL, _HOUR_SR), 2400.0, _HOUR_SR)
    card.annotations.append((f"CARD/{name}", 2400.0, 2404.0, "Lantern Owl"))
    card.voices.append((f"CARD/{name}", 1200.0, 1203.48))
    _save(card, name, y, _HOUR_SR, "flac", _meter(start))
    (card.folder / "CARD" / "Old mill" / f"{_METER}_A_Summary.txt").write_text("\n".join(lines) + "\n")


def _write_cave(card: ExampleCard) -> None:
    """Write bats that begin each file by themselves; ten seconds of playing are one of sound."""
    for number, seconds in enumerate((0, 47, 181, 1290, 5423, 9001)):
        start = _FIRST + timedelta(hours=18, minutes=40, seconds=seconds)
        sr = _BAT_SR * _EXPANSION
        y = _noise(sr, 1.0, 200 + number, level=0.002)
        times = np.arange(round(0.004 * sr)) / sr
        sweep = 0.4 * np.hanning(times.size) * np.sin(2 * np.pi * (62e3 * times - 4e6 * times**2))
        for pulse in range(8):
            _mix(y, sweep.astype(np.float32), 0.05 + 0.11 * pulse, sr)
        lines = [
            ("GUANO|Version", "1.0"), ("Timestamp", f"{start.isoformat()}{_ZONE}"), ("Make", "Example"),
            ("Model", "Bat 7"), ("Serial", "7"), ("TE", str(_EXPANSION)), ("Samplerate", str(sr)),
            ("Length", "1.0"), ("Filter HP", "15.0"), ("Note", ""),
            ("Loc Position", f"{_PLACE[0]} {_PLACE[1]}"),
        ]  # fmt: skip
        name = f"Bat cave/BAT7_{start:%Y%m%d_%H%M%S}.wav"
        _save(card, name, y, _BAT_SR, "wav", CarriedMetadata(guano.text_of(lines), (), ()))


def _put(  # noqa: PLR0917 - what a file is
    card: ExampleCard,
    place: str,
    name: str,
    seed: int,
    start: datetime | None,
    metadata: CarriedMetadata,
    voice: Sound | None = None,
) -> None:
    """Write ten seconds: an owl by night, a wren in the morning, and perhaps people."""
    y = _noise(_SR, 10.0, seed, level=0.003)
    file = f"CARD/{place}/{name}"
    animal = {21: (_OWL, "Lantern Owl"), 5: (_WREN, "Silverline Wren")}.get(start.hour if start else -1)
    if animal is not None:
        sound, label = animal
        _mix(y, _sound(sound, _SR), 0.5, _SR)
        card.annotations.append((file, 0.5, 4.5, label))
    if voice is not None:
        onset = 5.0 if voice[2] - voice[1] < 5 else 3.5  # noqa: PLR2004 - seconds that are left
        _mix(y, _sound(voice, _SR), onset, _SR)
        card.voices.append((file, onset, round(onset + min(voice[2] - voice[1], 10 - onset), 2)))
    _save(card, f"{place}/{name}", y, _SR, "wav", metadata)


def _save(  # noqa: PLR0917 - what a file is
    card: ExampleCard, name: str, y: NDArray[np.float32], sr: int, format: str, metadata: CarriedMetadata
) -> None:
    path = card.folder / "CARD" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, [y[np.newaxis]], sr=sr, channels=1, format=format, carried=metadata)
    card.recordings += 1


def _starts(nights: int) -> Iterator[datetime]:
    for night in range(nights):
        for days, hour, minute in _CLOCKS:
            yield _FIRST + timedelta(days=night + days, hours=hour, minutes=minute)


def _moth(comment: str) -> CarriedMetadata:
    chunk = info.chunk_of([("ICMT", comment), ("IART", f"AudioMoth {_MOTH}")])
    return CarriedMetadata(b"", ((b"LIST", chunk),), ())


def _meter(start: datetime) -> CarriedMetadata:
    """Chunk ``wamd`` of a Song Meter: entries of a number, a length and bytes."""
    said = {0x01: "SM4", 0x02: _METER, 0x04: _METER, 0x05: f"{start:%Y-%m-%d %H:%M:%S}{_ZONE}", 0x15: "21.5C"}
    data = struct.pack("<HIH", 0, 2, 1)
    data += b"".join(struct.pack("<HI", number, len(text)) + text.encode() for number, text in said.items())
    return CarriedMetadata(b"", ((b"wamd", data),), ())


def _noise(sr: int, seconds: float, seed: int, *, level: float) -> NDArray[np.float32]:
    y = np.random.default_rng(seed).standard_normal(round(sr * seconds), np.float32)
    y *= np.float32(level)
    return y


def _sound(sound: Sound, sr: int) -> NDArray[np.float32]:
    """Read a stretch of the example dataset."""
    name, onset, offset = sound
    with as_file(files("curate") / "example_data" / "train_audio" / name) as path:
        y, _ = read(path, start=onset, duration=offset - onset, sr=sr, mono=True)
    first: NDArray[np.float32] = y[0]
    return first


def _mix(y: NDArray[np.float32], sound: NDArray[np.float32], onset: float, sr: int) -> None:
    start = round(onset * sr)
    sound = sound[: max(0, y.size - start)]
    y[start : start + sound.size] += sound


def _table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    out = io.StringIO()
    made = csv.writer(out, lineterminator="\n")
    made.writerow(columns)
    made.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
