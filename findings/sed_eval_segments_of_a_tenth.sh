#!/usr/bin/env bash
# sed_eval gives a third of the events on its grid of 0.1 s a segment too many; a shift of just the collar passes or not.
#
# It divides times by the step and rounds down and up: 0.3 / 0.1 is 2.9999999999999996. So an event from 0.3 to 0.7 s fills
# five segments, and begins before it begins. Labels made in whole tenths, of windows or frames, are where it happens. The
# collar compares floats, too: onsets 0.2 s apart are within 0.2 s at some places and not at others.
#
# Versions: sed_eval 0.2.1, dcase_util 0.2.20, numpy 2.4, Python 3.11.
# Seen:     100 events of 0.4 s that begin at 0.0, 0.1 ... 9.9 s, compared with themselves at 0.1 s: 33 count as five
#           segments, 67 as four. At 0.5 s all have their four. With a collar of 0.2 s an onset at 1.2 s is right for one
#           at 1.0 s, and one at 2.2 s wrong for one at 2.0 s.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sed_eval==0.2.1 dcase_util==0.2.20 'numpy==2.4.*' 'setuptools<81'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON' 2> "$folder/words" || { cat "$folder/words"; exit 1; }
from collections import Counter

import sed_eval
from dcase_util.containers import MetaDataContainer


def event(onset: float, offset: float) -> MetaDataContainer:
    return MetaDataContainer([{"filename": "a.wav", "event_label": "owl", "onset": onset, "offset": offset}])


def segments(step: float, place: int) -> int:
    metrics = sed_eval.sound_event.SegmentBasedMetrics(event_label_list=["owl"], time_resolution=step)
    marked = event(round(place * step, 6), round((place + 4) * step, 6))
    metrics.evaluate(reference_event_list=marked, estimated_event_list=marked)
    return int(metrics.overall["Nref"])


def hit(second: float) -> bool:
    metrics = sed_eval.sound_event.EventBasedMetrics(event_label_list=["owl"], t_collar=0.2, evaluate_offset=False)
    found = event(round(second + 0.2, 6), second + 1)
    metrics.evaluate(reference_event_list=event(second, second + 1), estimated_event_list=found)
    return bool(metrics.overall["Ntp"])


tenths, halves = (Counter(segments(step, place) for place in range(100)) for step in (0.1, 0.5))
hits = {second: hit(second) for second in (1.0, 2.0, 5.0, 10.0)}
print(dict(tenths), dict(halves), hits)
assert halves == {4: 100}
assert tenths == {4: 67, 5: 33}, "events on the grid have their length now"
assert hits == {1.0: True, 2.0: False, 5.0: False, 10.0: True}
PYTHON
