#!/usr/bin/env bash
# OpenSoundscape hands no annotation to crowsetta if one of two paths is unknown, and keeps a box that ends where a clip begins.
#
# `to_crowsetta` groups annotations by audio file and annotation file, and pandas leaves groups out whose key is
# empty. A table made by hand or of a CSV has no annotation file; `from_raven_files` without `audio_files` has no audio file.
# `trim` counts a box as within a clip that begins where the box ends.
#
# Versions: opensoundscape 0.13.2 (its module of annotations; the package as a whole asks for gigabytes), crowsetta 5.1.2,
#           pandas 2.3.3, Python 3.11.
# Seen:     three boxes with audio_file alone, or with annotation_file alone: []. With both: one annotation of three boxes. Two
#           boxes of one file with both paths, and one without: two boxes arrive. Nothing is said.
#           A box from 0 to 5 s, trimmed to 5 to 10 s, is a box from 0.0 to 0.0, and its class counts as present in the clip.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet crowsetta==5.1.2 pandas==2.3.3 torch==2.13.0 librosa==0.11.0 matplotlib==3.11.2
"$folder/venv/bin/pip" install --quiet --no-deps opensoundscape==0.13.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.util
import sys
import types
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import pandas as pd

# The package without what it imports at its top: networks, plots and audio.
package = types.ModuleType("opensoundscape")
package.__path__ = importlib.util.find_spec("opensoundscape").submodule_search_locations
sys.modules["opensoundscape"] = package
from opensoundscape.annotations import BoxedAnnotations

BOXES = pd.DataFrame({"annotation": ["owl", "wren", "owl"], "start_time": [0.0, 6.0, 8.0], "end_time": [5.0, 7.0, 9.0]})
BOXES = BOXES.assign(low_f=400.0, high_f=9000.0)


def handed(**columns: list[str | None]) -> list[int]:
    counts = [len(each.bboxes) for each in BoxedAnnotations(BOXES.assign(**columns)).to_crowsetta(mode="bbox")]
    print(columns, counts)
    return counts


audio, table, gap = ["a.wav"] * 3, ["a.txt"] * 3, ["a.txt", "a.txt", None]
assert handed(audio_file=audio, annotation_file=table) == [3]
assert handed(audio_file=audio) == [], "the boxes arrive now"
assert handed(annotation_file=table) == []
assert handed(audio_file=audio, annotation_file=gap) == [2]

header = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies"
Path("a.txt").write_text(f"{header}\n1\tSpectrogram 1\t1\t0.5\t1.5\t400.0\t900.0\towl\n")
read = BoxedAnnotations.from_raven_files(["a.txt"], "Species")
assert len(read.df) == 1 and read.to_crowsetta() == []

clip = BoxedAnnotations(BOXES.head(1)).trim(5, 10)
rows = clip.df[["annotation", "start_time", "end_time"]].values.tolist()
print("5 to 10 s:", rows, clip.global_multi_hot_labels(["owl"]))
assert rows == [["owl", 0.0, 0.0]] and clip.global_multi_hot_labels(["owl"]) == [1], "a box that only touches is left out now"
PYTHON
