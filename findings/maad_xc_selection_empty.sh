#!/usr/bin/env bash
# scikit-maad selects nothing under a minute from Xeno-canto once pandas 3 is installed, and takes an hour for a minute or so.
#
# `xc_selection` compares lengths as text, "00:10" to "01:00". `xc_query` therefore writes "0:45" as "00:45", by an
# assignment in place that pandas 3 does not carry out. pandas warns of that, in words about copies; that nothing fits any
# more, nobody says. And "1:02:03", an hour, is between "00:10" and "20:00" as text, with any version.
#
# Versions: scikit-maad 1.5.2 with pandas 3.0 and pandas 2.3.3, Python 3.11. The answer of the archive is made up.
# Seen:     of 0:45, 0:12, 0:59 and 12:10 the default selection (10 s to a minute, quality A or B) is empty with pandas 3.0;
#           with 2.3.3 it is the first three. With max_length="20:00", 1:02:03 is selected, by both.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/lengths.py" <<'PYTHON'
import io
import json
import sys
import urllib.request
import warnings

warnings.simplefilter("ignore")
import pandas as pd
from maad.util import xc_query, xc_selection

LENGTHS = ["0:45", "0:12", "0:59", "12:10", "1:02:03"]
WHERE = {"gen": "Strix", "sp": "aluco", "q": "A", "lat": "51.0", "lon": "8.0", "time": "05:45", "date": "2024-03-11"}
page = {"numPages": 1, "recordings": [{"id": str(1 + n), "length": length, **WHERE} for n, length in enumerate(LENGTHS)]}
urllib.request.urlopen = lambda _: io.BytesIO(json.dumps(page).encode())


def selected(**options: str) -> set[str]:
    found = xc_selection(xc_query(["gen:Strix"], key="none"), **options)
    return set(found["id"]) if len(found) else set()


usual, longer = selected(), selected(max_length="20:00")
print("pandas", pd.__version__, [LENGTHS[int(n) - 1] for n in sorted(usual)], [LENGTHS[int(n) - 1] for n in sorted(longer)])
new = pd.__version__.startswith("3.")
assert usual == (set() if new else {"1", "2", "3"}), "the selection is another now"
assert "5" in longer, "an hour is longer than twenty minutes now"
PYTHON
for pandas in 3.0.* 2.3.3; do
    rm -rf "$folder/venv"
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet scikit-maad==1.5.2 "pandas==$pandas"
    (cd "$folder" && venv/bin/python lengths.py)
done
