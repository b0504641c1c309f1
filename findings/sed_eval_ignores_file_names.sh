#!/usr/bin/env bash
# sed_eval counts a detection as right if an event lies at the same seconds of another recording.
#
# Its lists of events carry `filename`, its reader fills it, and `evaluate` takes lists. It compares times and labels alone:
# whoever gives it the events of a whole test set in one call, and not file by file as its examples do, mixes all recordings.
#
# Versions: sed_eval 0.2.1, dcase_util 0.2.20, numpy 2.4, Python 3.11.
# Seen:     owls in a.wav and detections at the same seconds of b.wav alone: F-score 1.0, error rate 0.0, in
#           both metrics. File by file: F-score 0.0.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sed_eval==0.2.1 dcase_util==0.2.20 'numpy==2.4.*' 'setuptools<81'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON' 2> "$folder/words" || { cat "$folder/words"; exit 1; }
import sed_eval
from dcase_util.containers import MetaDataContainer


def marked(name: str) -> MetaDataContainer:
    rows = [{"filename": name, "event_label": "owl", "onset": time, "offset": time + 1.0} for time in (1.0, 4.0, 7.0)]
    return MetaDataContainer(rows)


METRICS = {
    "events": lambda: sed_eval.sound_event.EventBasedMetrics(event_label_list=["owl"]),
    "segments": lambda: sed_eval.sound_event.SegmentBasedMetrics(event_label_list=["owl"], time_resolution=1.0),
}
truth, found = marked("a.wav"), marked("b.wav")
for name, make in METRICS.items():
    at_once = make()
    at_once.evaluate(reference_event_list=truth, estimated_event_list=found)
    by_file = make()
    for file in ("a.wav", "b.wav"):
        by_file.evaluate(reference_event_list=truth.filter(filename=file), estimated_event_list=found.filter(filename=file))
    once, each = (metrics.results_overall_metrics() for metrics in (at_once, by_file))
    print(name, "at once", once["f_measure"], once["error_rate"]["error_rate"], "by file", each["f_measure"])
    assert each["f_measure"]["precision"] == each["f_measure"]["recall"] == 0.0
    assert once["f_measure"]["f_measure"] == 1.0 and once["error_rate"]["error_rate"] == 0.0, "files are told apart now"
PYTHON
