#!/usr/bin/env bash
# Hugging Face's AudioFolder drops the recordings without a word such as "dev" or "test" in their path once one has it.
#
# A folder of class folders is its plainest input. But "train", "dev", "val", "eval", "test" and their like name a split,
# wherever they stand in the path between signs that are no letters: a site called Dev River, a card of a test set-up,
# the prefix val of a recorder. Then those files become that split, and the others are no part of the dataset.
#
# Versions: datasets 5.2.0, pyarrow 26.0.1, Python 3.11; as load_dataset sorts the files, without decoding them.
# Seen:     four recordings in owl/ and wren/: all are in "train". One of them renamed to dev-river_20240311_054500.wav:
#           a dataset of one row in "validation"; the three others are gone, and nothing is said.
#           So with val_20240311_054500.wav, and with the folder dev-river/. VAL_ and developed.wav are no such words.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==5.2.0 pyarrow==26.0.1
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" "$folder/venv/bin/python" - <<'PYTHON'
import wave
from pathlib import Path

import datasets

datasets.disable_progress_bars()
datasets.logging.set_verbosity_error()


def loaded(*names: str) -> dict[str, int]:
    folder = Path(names[-1]).stem
    for name in names:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16000, 1600, "NONE", ""))
            file.writeframes(bytes(3200))
    found = datasets.load_dataset_builder("audiofolder", data_dir=folder).config.data_files
    counts = {str(split): len(files) for split, files in found.items()}
    print(names[-1], counts)
    return counts


others = ["owl/hill_20240311_054500.wav", "owl/hill_20240311_055000.wav", "wren/hill_20240311_054500.wav"]
assert loaded(*others, "wren/river_20240311_054500.wav") == {"train": 4}
assert loaded(*others, "wren/developed.wav") == {"train": 4}
assert loaded(*others, "wren/VAL_20240311_054500.wav") == {"train": 4}
assert loaded(*others, "wren/val_20240311_054500.wav") == {"validation": 1}
assert loaded(*others, "dev-river/wren.wav") == {"validation": 1}
assert loaded(*others, "wren/dev-river_20240311_054500.wav") == {"validation": 1}, "the others are kept now"
PYTHON
