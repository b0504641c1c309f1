#!/usr/bin/env bash
# scikit-maad's date_parser passes over what AudioMoth writes, and dates Song Meter files by the place in their names.
#
# AudioMoth's files end in .WAV. Song Meters put a prefix of the user's choice before the date, up to 12 signs
# long in the Song Meter Mini; AudioMoth can put its serial number there, and field workers put sites.
#
# Versions: scikit-maad 1.5.2, pandas 3.0, Python 3.11, on a file system that tells case apart.
# Seen:     20240311_054500.WAV: an empty table with the default extension, without a word.
#           dateformat='SM4': right for a prefix of eight signs, such as SMM01234. FOREST_20240311_054500.wav becomes
#           1900-01-01 00:00:00, without a word, as do serial numbers of AudioMoth.
#           The default format takes the first digits that fit: 20110512_20240311_054500.wav, the site named after the
#           day on which it was set up, becomes 2011-05-12 20:24:03.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-maad==1.5.2 'pandas==3.0.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
from maad.util import date_parser


def read(name: str, **options: str) -> list[str]:
    folder = Path(tempfile.mkdtemp(dir="."))
    (folder / name).touch()
    found = [str(date) for date in date_parser(str(folder), **options).index]
    print(name, options, found)
    return found


assert read("20240311_054500.wav") == ["2024-03-11 05:45:00"]
assert read("20240311_054500.WAV") == [], "the ending in capitals is found now"
assert read("SMM01234_20240311_054500.wav", dateformat="SM4") == ["2024-03-11 05:45:00"]
assert read("FOREST_20240311_054500.wav", dateformat="SM4") == ["1900-01-01 00:00:00"], "other prefixes are read now"
serial = "24E144085F256C6D_20240311_054500.wav"
assert read(serial, dateformat="SM4") == ["1900-01-01 00:00:00"], "serial numbers are read now"
assert read("20110512_20240311_054500.wav") == ["2011-05-12 20:24:03"], "the date behind the site is read now"
PYTHON
