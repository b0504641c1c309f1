#!/usr/bin/env bash
# psds_eval forgets false positives in recordings that its table of lengths does not list, and of classes without events.
#
# Its metadata names each file and its length. People make such a table from the annotations, where recordings without
# an event do not stand. What a detector finds there is then no error, nor is what it finds of a class without annotations.
#
# Versions: psds_eval 0.5.3, pandas 2.3.3, numpy 2.4, Python 3.11.
# Seen:     an owl in a.wav, found, and a false owl in each of b.wav and c.wav, which are silent. With all three files in
#           the metadata the F-score is 0.5, with a.wav alone 1.0. It is 1.0, too, if the false ones are wrens. Nothing is said.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet psds_eval==0.5.3 pandas==2.3.3 'numpy==2.4.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import pandas as pd
from psds_eval import PSDSEval

warnings.simplefilter("error", UserWarning)
TRUTH = pd.DataFrame({"filename": ["a.wav"], "onset": [1.0], "offset": [2.0], "event_label": ["owl"]})


def score(*files: str, wrong: str) -> float:
    found = pd.DataFrame({"filename": ["a.wav", "b.wav", "c.wav"], "onset": 1.0, "offset": 2.0})
    found["event_label"] = ["owl", wrong, wrong]
    lengths = pd.DataFrame({"filename": files, "duration": 10.0})
    metric = PSDSEval(ground_truth=TRUTH, metadata=lengths, dtc_threshold=0.5, gtc_threshold=0.5, class_names=["owl"])
    f_score = float(metric.compute_macro_f_score(found)[0])
    print(files, wrong, f_score)
    return f_score


assert score("a.wav", "b.wav", "c.wav", wrong="owl") == 0.5
assert score("a.wav", wrong="owl") == 1.0, "files that are not listed count now"
assert score("a.wav", "b.wav", "c.wav", wrong="wren") == 1.0, "classes that are not known count now"
PYTHON
