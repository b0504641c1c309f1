#!/usr/bin/env bash
# scikit-maad and crowsetta take a double quote at the start of an Audacity label for the quoting of CSV.
#
# Audacity quotes nothing in its label tracks: a tab parts the cells, and a quote is a sign like any other. People
# write calls as they sound, such as "tsip". pandas, which both libraries read tracks with, takes quotes for its own.
#
# Versions: scikit-maad 1.5.2, crowsetta 5.1.2, pandas 3.0, Python 3.11.
# Seen:     a label "tsip" call comes back without its quotes, from both.
#           A quote that nothing closes, on one label of three: maad.util.read_audacity_annot gives an empty table, as
#           for a recording in which nobody marked anything, without a word; crowsetta's aud-seq raises ParserError.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-maad==1.5.2 crowsetta==5.1.2 'pandas==3.0.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import crowsetta
from maad import util

track = Path("track.txt")


def read(first: str) -> tuple[list[str], list[str] | str]:
    track.write_text(f"1.0\t2.0\t{first}\n3.0\t4.0\towl\n5.0\t6.0\twren\n")
    found = util.read_audacity_annot(str(track))
    try:
        other = list(crowsetta.formats.seq.AudSeq.from_file(track).to_seq().labels)
    except Exception as error:
        other = type(error).__name__
    return list(found["label"]) if len(found) else [], other


for first in ('tsip "call"', '"tsip" call', '"tsip'):
    print(first, *read(first), sep=" | ")
assert read('tsip "call"') == (['tsip "call"', "owl", "wren"], ['tsip "call"', "owl", "wren"])
assert read('"tsip" call') == (["tsip call", "owl", "wren"], ["tsip call", "owl", "wren"]), "quotes stay now"
assert read('"tsip') == ([], "ParserError"), "a lone quote is read otherwise now"
PYTHON
