#!/usr/bin/env bash
# jams reads the last word of a label only, and numbers in its place, from a .lab file with tabs.
#
# A .lab file has start, end and label, with tabs between them. `import_lab` describes it so, but parts it at all white
# space, which a name of a species has, too, and takes the last part. Rows of unequal numbers of words lose their labels.
#
# Versions: jams 0.3.5, pandas 2.3.3, Python 3.11.
# Seen:     "Tawny Owl" and "Great Grey Owl" both become "Owl". Of "song 2" and "wren" in one file there remain 2.0 and nan.
#           With sep="\t", which pandas gets, the labels are right.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet jams==0.3.5 pandas==2.3.3 'setuptools<81'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import jams


def read(*labels: str, **options: str) -> list[str]:
    rows = (f"{place}.0\t{place}.5\t{label}\n" for place, label in enumerate(labels))
    Path("calls.lab").write_text("".join(rows))
    found = [str(each.value) for each in jams.util.import_lab("segment_open", "calls.lab", **options).data]
    print(labels, options, found)
    return found


owls, songs = ("Tawny Owl", "Great Grey Owl"), ("song 2", "wren")
assert read(*owls, sep="\t") == [*owls]
assert read(*songs, sep="\t") == [*songs]
assert read("owl", "wren") == ["owl", "wren"]
assert read(*owls) == ["Owl", "Owl"], "labels of several words are kept now"
assert read(*songs) == ["2.0", "nan"]
PYTHON
