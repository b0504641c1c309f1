"""How well likeness finds sounds of the same kind: of animals, and voices among what was taken for them.

Two stretches of one recording are never compared with each other.
"""

from __future__ import annotations

import csv
import warnings
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from shared.common import need_corpus, table

from curate.audio.read import read
from curate.web.likeness import ALIKE, Feature, feature

Heard = tuple[str, str, Feature]  # kind, file, feature

#: Kinds with so many recordings are compared; so many of each are taken.
LEAST, MOST = 4, 40


def kinds() -> Iterator[Heard]:
    """Give the first 5 s of animal recordings, by what their source says they hold."""
    corpus = need_corpus()
    found = defaultdict(list)
    with (corpus / "SOURCES.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["category"] == "animals":
                found[row["kind"]].append(row["file"])
    for kind, files in found.items():
        for name in files[:MOST] if len(files) >= LEAST else ():
            y, sr = read(corpus / name, mono=True, duration=5.0)
            yield kind, name, feature(y[0], sr)


def voices() -> Iterator[Heard]:
    """Give stretches in which silero-vad fires: voices seen in the spectrogram, and animals."""
    corpus = need_corpus()
    for table_name, column, kind in (
        ("mixed_speech_candidates", "silero_v6_segments_s", "voice"),
        ("silero_fires_on_nonspeech", "segments_s", "animal"),
    ):
        with (corpus / "labels" / f"{table_name}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if kind == "voice" and "voice harmonics clearly" not in row["spectrogram_look"]:
                    continue
                for span in filter(None, row[column].split(";")[:3]):
                    onset, offset = map(float, span.split("-"))
                    y, sr = read(
                        corpus / row["file"], start=onset, duration=min(5.0, offset - onset), mono=True
                    )
                    yield kind, row["file"], feature(y[0], sr)


def measured(heard: list[Heard]) -> list[str]:
    """Say how often the most alike one is of the same kind, and the same of pairs beyond a likeness."""
    kind, file = (np.array([each[k] for each in heard]) for k in (0, 1))
    x = np.stack([each[2] for each in heard])
    x /= np.linalg.norm(x, axis=1, keepdims=True) + 1e-9
    alike = x @ x.T
    same, apart = kind[:, None] == kind, file[:, None] != file
    nearest = np.argmax(np.where(apart, alike, -1), axis=1)
    pairs = np.triu(apart, 1)
    words = [
        f"{len(heard)}",
        f"{100 * np.mean(kind[nearest] == kind):.0f} %",
        f"{100 * same[pairs].mean():.0f} %",
    ]
    for least in (0.7, ALIKE):
        taken = pairs & (alike >= least)
        words.append(f"{100 * same[taken].mean():.0f} % of {taken.sum():,}")
    return words


def main() -> None:
    warnings.simplefilter("error")
    columns = "stretches, nearest of the same kind, any pair, pairs from 0.7, pairs from 0.8"
    rows = [
        (name, ", ".join(measured(list(heard())))) for name, heard in (("kinds", kinds), ("voices", voices))
    ]
    table(columns, rows)


if __name__ == "__main__":
    main()
