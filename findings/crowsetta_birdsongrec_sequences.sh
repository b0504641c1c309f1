#!/usr/bin/env bash
# crowsetta gives the notes of birdsong-recognition's XML without the place of their sequence, if sequences stay apart.
#
# In these files (Koumura's Bengalese finches, and what was labelled with the same tools) a note counts its samples from
# the start of its sequence, and the sequence has a place in the WAV. crowsetta adds the two only where it joins the sequences
# of a file. With `concat_seqs_into_songs=False`, for example to keep the bouts of a song apart, each sequence names the
# whole WAV, and has times as if it began it.
#
# Versions: crowsetta 5.1.2, pandas 3.0, Python 3.11.
# Seen:     two notes at 1.1 s and 3.1 s of one WAV, in two sequences: joined [1.1] and [3.1]; apart 0.1 and 0.1, both in that
#           WAV, in seconds and in samples. Nothing is said, and nothing of the place is left in what comes back.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet crowsetta==5.1.2 'pandas==3.0.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import numpy as np
import soundfile as sf
from crowsetta.formats.seq import BirdsongRec

SR = 32000
Path("Wave").mkdir()
sf.write("Wave/0.wav", np.zeros(5 * SR), SR)


def sequence(start: float, label: str) -> str:
    """Write a second of song with one note of 50 ms, a tenth of a second after its start."""
    note = f"<Note><Position>{SR // 10}</Position><Length>{SR // 20}</Length><Label>{label}</Label></Note>"
    head = f"<WaveFileName>0.wav</WaveFileName><Position>{int(start * SR)}</Position><Length>{SR}</Length>"
    return f"<Sequence>{head}<NumNote>1</NumNote>{note}</Sequence>"


content = "<NumSequence>2</NumSequence>" + sequence(1, "a") + sequence(3, "b")
Path("Annotation.xml").write_text(f'<?xml version="1.0"?><Sequences>{content}</Sequences>')


def read(joined: bool) -> list[tuple[str, str, float, int]]:
    found = BirdsongRec.from_file("Annotation.xml", concat_seqs_into_songs=joined).to_annot()
    rows = [
        (Path(each.notated_path).name, note.label, float(note.onset_s), int(note.onset_sample))
        for each in found
        for note in each.seq.segments
    ]
    print("joined" if joined else "apart", rows)
    return rows


assert read(joined=True) == [("0.wav", "a", 1.1, 35200), ("0.wav", "b", 3.1, 99200)]
assert read(joined=False) == [("0.wav", "a", 0.1, 3200), ("0.wav", "b", 0.1, 3200)], "the place is added now"
PYTHON
