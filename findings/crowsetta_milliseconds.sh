#!/usr/bin/env bash
# crowsetta moves the labels of Audacity and Praat to whole milliseconds, so clicks lose their length.
#
# Audacity writes microseconds, Praat all digits. A click of a porpoise lasts 0.1 ms, a buzz of a bat has a call each 5 ms.
# The same library keeps all digits of a label track that it reads with its bands, and of Raven's tables.
#
# Versions: crowsetta 5.1.2, pandas 3.0, Python 3.11.
# Seen:     labels from 1.000100 to 1.000200 s and from 2.000600 to 2.000700 s come back as 1.0 to 1.0 and 2.001 to 2.001,
#           from a track and from a TextGrid. With bands (AudBBox) the times are whole. `to_seq(round_times=False)` keeps them.
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
from crowsetta.formats.bbox import AudBBox
from crowsetta.formats.seq import AudSeq, TextGrid

CLICKS = [(1.0001, 1.0002), (2.0006, 2.0007)]


def times(found: object) -> list[tuple[float, float]]:
    return [(float(each.onset_s), float(each.offset_s)) for each in found.segments if each.label]


track, banded, grid = Path("track.txt"), Path("banded.txt"), Path("a.TextGrid")
track.write_text("".join(f"{onset:.6f}\t{offset:.6f}\tclick\n" for onset, offset in CLICKS))
band = "\\\t100000.000000\t150000.000000\n"
banded.write_text("".join(f"{onset:.6f}\t{offset:.6f}\tclick\n{band}" for onset, offset in CLICKS))
bounds = [0.0, *(time for click in CLICKS for time in click), 3.0]
intervals = [(a, b, "click" if n % 2 else "") for n, (a, b) in enumerate(zip(bounds, bounds[1:], strict=False))]
lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 3 ", "tiers? <exists> "]
lines += ["size = 1 ", "item []: ", "    item [1]:", '        class = "IntervalTier" ', '        name = "s" ']
lines += ["        xmin = 0 ", "        xmax = 3 ", f"        intervals: size = {len(intervals)} "]
for number, (start, end, text) in enumerate(intervals, 1):
    lines += [f"        intervals [{number}]:", f"            xmin = {start} ", f"            xmax = {end} "]
    lines += [f'            text = "{text}" ']
grid.write_text("\n".join(lines) + "\n")

boxes = [(float(each.onset), float(each.offset)) for each in AudBBox.from_file(banded).to_bbox()]
found = {"track": times(AudSeq.from_file(track).to_seq()), "TextGrid": times(TextGrid.from_file(grid).to_seq())}
print(f"with bands {boxes}, without {found}")
assert boxes == CLICKS
assert times(AudSeq.from_file(track).to_seq(round_times=False)) == CLICKS
for each in found.values():
    assert each == [(1.0, 1.0), (2.001, 2.001)], "times are no longer rounded"
PYTHON
