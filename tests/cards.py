"""Cards of recorders, as they come out of the forest."""

from __future__ import annotations

import numpy as np

from tests.recorder_bytes import info_chunk, wamd_chunk, wav

SERIAL = "24F3190361DA4A1C"


def tone(sr=32000, seconds=0.2, freq=3000.0, level=0.1, seed=0):
    noise = np.random.default_rng(seed).standard_normal(round(sr * seconds))
    return level * np.sin(2 * np.pi * freq * np.arange(round(sr * seconds)) / sr) + 0.001 * noise


def audiomoth(path, day, clock, zone="UTC+10", *, y=None, sr=32000, serial=SERIAL, battery="4.1V"):
    """Write ``YYYYMMDD_HHMMSS.WAV`` with AudioMoth's comment; `day` is YYYYMMDD, `clock` HHMMSS."""
    words = (
        f"Recorded at {clock[:2]}:{clock[2:4]}:{clock[4:]} {day[6:]}/{day[4:6]}/{day[:4]} ({zone}) "
        f"by AudioMoth {serial} "
        f"at medium gain while battery was {battery} and temperature was 14.2C."
    )
    path.mkdir(parents=True, exist_ok=True)
    file = path / f"{day}_{clock}.WAV"
    y = tone(sr, seed=int(day + clock)) if y is None else y
    file.write_bytes(wav([(b"LIST", info_chunk({"ICMT": words, "IART": f"AudioMoth {serial}"}))], y=y, sr=sr))
    return file


def song_meter(
    path, day, clock, zone="-03:30", *, serial="S4A12345", prefix="", y=None, sr=24000, entries=()
):
    """Write a Song Meter's file with ``wamd`` behind its sound."""
    path.mkdir(parents=True, exist_ok=True)
    name = f"{prefix or serial}_{day}_{clock}"
    when = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}{zone}"
    said = {0x01: "SM4", 0x02: serial, 0x04: prefix or serial, 0x05: when, **dict(entries)}
    y = tone(sr, seed=int(day + clock)) if y is None else y
    file = path / f"{name}.wav"
    file.write_bytes(wav(chunks_after=[(b"wamd", wamd_chunk(said))], y=y, sr=sr))
    return file


def bat(path, name, *, y, sr=25600, fields=()):
    """Write a bat recorder's file with GUANO behind its sound; `sr` is the header's."""
    path.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{key}: {value}\n" for key, value in {"GUANO|Version": "1.0", **dict(fields)}.items())
    file = path / f"{name}.wav"
    file.write_bytes(wav(chunks_after=[(b"guan", text.encode())], y=y, sr=sr))
    return file
