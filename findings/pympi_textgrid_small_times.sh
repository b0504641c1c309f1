#!/usr/bin/env bash
# pympi and crowsetta read a time below 0.1 ms in a TextGrid as whole seconds.
#
# Praat writes such a time with an exponent, 5e-05. It comes from a click at the very start of a clip, and from arithmetic:
# a boundary at 0 that a script moved to and fro is at 2.7e-17. Both libraries take the digits at the end of the line.
#
# Versions: praat-parselmouth 0.4.7 (Praat 6.4), pympi-ling 1.71, crowsetta 5.1.2, TextGrid 1.6.1, tgt 1.5, Python 3.11.
# Seen:     of a TextGrid that Praat wrote, with a click from 0.00005 s to 0.00009 s and a point at 0.00005 s, pympi and
#           crowsetta give a click from 5 to 5 s; pympi has the point at 5 s, too. TextGrid and tgt are right.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet praat-parselmouth==0.4.7 pympi-ling==1.71 crowsetta==5.1.2 TextGrid==1.6.1 tgt==1.5 'pandas==3.0.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import crowsetta
import parselmouth
import pympi
import textgrid
import tgt
from parselmouth.praat import call

PATH, START, END = "a.TextGrid", 0.00005, 0.00009
grid = call("Create TextGrid", 0.0, 3.0, "species peak", "peak")
assert isinstance(grid, parselmouth.TextGrid)
call(grid, "Insert boundary", 1, START)
call(grid, "Insert boundary", 1, END)
call(grid, "Set interval text", 1, 2, "click")
call(grid, "Insert point", 2, START, "peak")
call(grid, "Save as text file", PATH)
assert "5e-05" in open(PATH).read()

tiers = pympi.Praat.TextGrid(file_path=PATH).get_tiers()
intervals, points = (list(tier.get_intervals()) for tier in tiers)
found = {
    "pympi": [row for row in intervals if row[2]],
    "crowsetta": [(each.xmin, each.xmax, each.text) for each in crowsetta.formats.seq.TextGrid.from_file(PATH)[0].intervals],
    "textgrid": [(each.minTime, each.maxTime, each.mark) for each in textgrid.TextGrid.fromFile(PATH)[0] if each.mark],
    "tgt": [(each.start_time, each.end_time, each.text) for each in tgt.io.read_textgrid(PATH).tiers[0]],
}
for library, rows in found.items():
    print(library, rows)
print("the point of pympi", points)
assert found["textgrid"] == found["tgt"] == [(START, END, "click")]
assert found["pympi"] == found["crowsetta"] == [(5.0, 5.0, "click")], "small times are read now"
assert points == [(5.0, "peak")]
PYTHON
