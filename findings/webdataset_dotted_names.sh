#!/usr/bin/env bash
# WebDataset makes one sample of all recordings of a SoundTrap, and finds no audio in it.
#
# SoundTraps name a file by their number, a dot and the time: 5146.240311054500.wav. WebDataset parts key and ending at
# the first dot of a name, as its documentation says. So all files of one device have one key, and endings of their own
# such as "240311054500.wav". What a file with a dot in its name means for a set is easy to miss: a whole deployment is
# one sample, and where samples without "wav" are passed over, as is usual with shards of the web, it is none.
#
# Versions: webdataset 1.0.2, Python 3.11.
# Seen:     three recordings of two devices, each with its label: 2 samples. Those that have "wav" and "cls": 0, with
#           a handler that passes over errors. With "_" in place of the dot: 3 and 3.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet webdataset==1.0.2 'numpy==2.4.*' soundfile==0.14.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import tarfile

import numpy as np
import soundfile as sf
import webdataset as wds

TIMES = [("5146", "240311054500"), ("5146", "240311055000"), ("6007", "240311054500")]


def samples(sign: str) -> tuple[int, int]:
    sound = io.BytesIO()
    sf.write(sound, np.zeros(1600), 16000, format="WAV")
    with tarfile.open("set.tar", "w") as tar:
        for device, time in TIMES:
            for ending, content in (("wav", sound.getvalue()), ("cls", b"3")):
                info = tarfile.TarInfo(f"{device}{sign}{time}.{ending}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    found = list(wds.WebDataset("set.tar", shardshuffle=False))
    whole = list(wds.WebDataset("set.tar", shardshuffle=False).to_tuple("wav", "cls", handler=wds.ignore_and_continue))
    print(repr(sign), [sorted(key for key in each if key[0] != "_") for each in found], len(whole))
    return len(found), len(whole)


assert samples("_") == (3, 3)
assert samples(".") == (2, 0), "names with dots are read otherwise now"
PYTHON
