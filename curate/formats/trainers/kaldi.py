"""A Kaldi data directory: ``wav.scp``, ``segments``, ``text``, ``utt2spk`` and what belongs to them.

All files are sorted as ``LC_ALL=C sort`` does. Who sings is not known, so every recording is a
speaker of its own, and an utterance is named after its recording, as Kaldi wants.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curate.formats.annotations.annotations import heard
from curate.formats.files.layout import one_word
from curate.formats.files.output import text_file
from curate.formats.files.unique_names import Keys
from curate.model import Row


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the directory, which exists, and return how many utterances there are.

    Kaldi reads WAV only: convert other audio with ``--codec wav``, which also names the files here.
    """
    keys = Keys()
    recordings: dict[str, tuple[str, float]] = {}
    counts: dict[str, int] = {}
    utterances: list[str] = []
    for row in rows:
        key = keys.of(row)
        recordings[key] = row.path, row.file_duration or row.offset
        for mark, names in heard(row):
            number = counts[key] = counts.get(key, -1) + 1
            # A label is one word of the transcript, so that a "vocabulary" is the list of classes.
            words = " ".join(map(one_word, names))
            utterances.append(f"{key}-{number:06d} {key} {mark.onset:.6f} {mark.offset:.6f} {words}")
    utterances.sort()
    there = sorted(recordings)
    speakers = [name for name in there if name in counts]
    with (
        text_file(out / "segments") as segments,
        text_file(out / "text") as text,
        text_file(out / "utt2spk") as utt2spk,
        text_file(out / "utt2dur") as utt2dur,
    ):
        for line in utterances:
            name, key, onset, offset, words = line.split(" ", 4)
            segments.write(f"{name} {key} {onset} {offset}\n")
            text.write(f"{name} {words}\n")
            utt2spk.write(f"{name} {key}\n")
            utt2dur.write(f"{name} {float(offset) - float(onset):.6f}\n")
    with text_file(out / "wav.scp") as scp, text_file(out / "reco2dur") as reco2dur:
        for name in there:
            path, duration = recordings[name]
            scp.write(f"{name} {path}\n")
            reco2dur.write(f"{name} {duration:.6f}\n")
    with text_file(out / "spk2utt") as spk2utt:
        for name in speakers:
            said = " ".join(f"{name}-{number:06d}" for number in range(counts[name] + 1))
            spk2utt.write(f"{name} {said}\n")
    return len(utterances)
