#!/usr/bin/env bash
# praat-textgrids keeps the last of several tiers with one name, and says nothing of the others.
#
# Praat lets tiers share a name, for example two called "species", the second for what overlaps the first. `textgrids`
# puts the tiers into a dictionary by name. parselmouth, textgrid and tgt give both, praatio refuses the file.
#
# Versions: praat-textgrids 1.4.0, TextGrid 1.6.1, tgt 1.5, Python 3.11.
# Seen:     of a TextGrid with "owl" in one tier and "wren" in the next, both called species, textgrids gives one tier
#           with "wren". TextGrid and tgt give both labels.
#           A label in quotes, which Praat writes doubled, loses them: "tsip" becomes tsip. Quotes inside a label stay
#           doubled: say "hoo" now becomes say ""hoo"" now.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet praat-textgrids==1.4.0 TextGrid==1.6.1 tgt==1.5 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from pathlib import Path

import textgrid
import textgrids
import tgt


def written(*tiers: tuple[str, str]) -> str:
    """Write a TextGrid as Praat does: ten seconds, and in each tier one label of a second."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 10 "]
    lines += ["tiers? <exists> ", f"size = {len(tiers)} ", "item []: "]
    for number, (name, label) in enumerate(tiers, 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier" ', f'        name = "{name}" ']
        lines += ["        xmin = 0 ", "        xmax = 10 ", "        intervals: size = 2 "]
        for place, (start, end, text) in enumerate(((0, 1, label), (1, 10, "")), 1):
            quoted = text.replace('"', '""')
            lines += [f"        intervals [{place}]:", f"            xmin = {start} ", f"            xmax = {end} "]
            lines += [f'            text = "{quoted}" ']
    Path("a.TextGrid").write_text("\n".join(lines) + "\n")
    return "a.TextGrid"


def read(*tiers: tuple[str, str]) -> dict[str, list[str]]:
    path = written(*tiers)
    found = {
        "textgrids": [str(each.text) for tier in textgrids.TextGrid(path).values() for each in tier],
        "textgrid": [each.mark for tier in textgrid.TextGrid.fromFile(path) for each in tier],
        "tgt": [each.text for tier in tgt.io.read_textgrid(path).tiers for each in tier],
    }
    found = {library: [label for label in labels if label] for library, labels in found.items()}
    print(tiers, found)
    return found


both = ["owl", "wren"]
assert read(("species", "owl"), ("calls", "wren")) == {"textgrids": both, "textgrid": both, "tgt": both}
same = read(("species", "owl"), ("species", "wren"))
assert same == {"textgrids": ["wren"], "textgrid": both, "tgt": both}, "tiers of one name are kept now"
for label, changed in (('"tsip"', "tsip"), ('say "hoo" now', 'say ""hoo"" now')):
    found = read(("species", label))
    assert found["textgrid"] == found["tgt"] == [label]
    assert found["textgrids"] == [changed], "quotes are read otherwise now"
PYTHON
