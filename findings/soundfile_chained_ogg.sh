#!/usr/bin/env bash
# soundfile reads the first link of a chained Ogg file and says nothing of the others.
#
# RFC 3533 (section 4) allows links one behind the other, as net radios, some recorders and `cat` leave them. The file
# is valid, and FFmpeg plays all of it.
#
# Versions: soundfile 0.14.0 (libsndfile 1.2.2), numpy 2.4.6, Python 3.11.
# Seen:     two links of 6 s at 32 kHz: soundfile reads 192000 frames of 384000, without an error.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder/packages" soundfile==0.14.0 numpy cffi
PYTHONPATH="$folder/packages" python3 - <<'PYTHON'
import io

import numpy as np
import soundfile as sf


def link(seed: int) -> bytes:
    out = io.BytesIO()
    sound = 0.1 * np.random.default_rng(seed).standard_normal(6 * 32000)
    sf.write(out, sound, 32000, format="OGG", subtype="VORBIS")
    return out.getvalue()


chained = io.BytesIO(link(1) + link(2))
frames = len(sf.read(chained)[0])
print(f"soundfile {sf.__version__} ({sf.__libsndfile_version__}): {frames} frames of {2 * 6 * 32000}")
assert frames == 6 * 32000, "soundfile reads something else now"
PYTHON
