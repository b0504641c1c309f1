"""Each export read by the library that it is for: what it makes of digits, NA, empty labels and the like.

The library runs in another folder than the export. What comes back stands in
tests/roundtrip/real_readers.json, which ``CURATE_TABLE=write`` writes anew, and in docs/formats.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.exports import name_of
from tests.roundtrip.cases import CASES, OF_ANNOTATIONS, OF_RECORDINGS, make

FOUND = Path(__file__).resolve().parents[1] / "roundtrip" / "real_readers.json"

#: What each library is asked: all labels that it finds, in any order, and bands where it has any.
READERS = {
    "aoef": """
import soundevent.io
events = [event for clip in soundevent.io.load(where).clip_annotations for event in clip.sound_events]
labels = [tag.value for event in events for tag in event.tags]
bands = [event.sound_event.geometry.coordinates[1::2] for event in events]
""",
    "audacity": """
import crowsetta
labels, bands = [], []
for track in sorted(Path(where).glob("*.txt")):
    boxes = crowsetta.formats.bbox.AudBBox.from_file(track).to_bbox()
    labels += [box.label for box in boxes]
    bands += [[box.low_freq, box.high_freq] for box in boxes]
""",
    "audformat": """
import audformat
db = audformat.Database.load(where)
table = db["segments"].get()
labels = [label for column in table for label in table[column].tolist()]
""",
    "audiofolder": """
from datasets import load_dataset
found = load_dataset("audiofolder", data_dir=where)["train"].remove_columns("audio")
labels = [mark["label"] for row in found for mark in row["annotations"]]
bands = [[mark["low_freq"], mark["high_freq"]] for row in found for mark in row["annotations"]]
""",
    "birdclef": """
import pandas
labels = pandas.read_csv(where)["primary_label"].tolist()
""",
    "camtrap-dp": """
import frictionless
told = json.loads(Path(where, "datapackage.json").read_text())
del told["profile"]  # it lies at an address, and there is no network here
Path(where, "offline.json").write_text(json.dumps(told))
package = frictionless.Package(where + "/offline.json")
report = frictionless.validate(where + "/offline.json")
assert report.valid, report.flatten(["message"])
rows = package.get_resource("observations").read_rows()
labels = [row["scientificName"] for row in rows]
plain_number = lambda number: None if number is None else float(number)
bands = [[plain_number(row["frequencyLow"]), plain_number(row["frequencyHigh"])] for row in rows]
""",
    "croissant": """
import mlcroissant
found = mlcroissant.Dataset(where + "/croissant.json").records("recordings")
labels = [record["recordings/label"] for record in found]
labels = [label.decode() if isinstance(label, bytes) else label for label in labels]
""",
    "csv": """
import pandas
labels = pandas.read_csv(where)["label"].tolist()
""",
    "darwin-core": """
from dwca.read import DwCAReader
terms, ac = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/ac/terms/"
with DwCAReader(where) as archive:
    rows = list(archive)
    labels = [row.data[terms + "verbatimIdentification"] for row in rows]
    sounds = [sound.data for row in rows for sound in row.extensions]
    bands = [[float(sound[ac + end]) if sound[ac + end] else None for end in ("freqLow", "freqHigh")]
             for sound in sounds]
""",
    "elan": """
from pympi.Elan import Eaf
labels = []
for document in sorted(Path(where).glob("*.eaf")):
    found = Eaf(str(document))
    for tier in found.get_tier_names():
        labels += [each[2] for each in found.get_annotation_data_for_tier(tier)]
""",
    "generic-seq": """
import crowsetta
found = crowsetta.formats.seq.GenericSeq.from_file(where).to_annot()
labels = [segment.label for each in found for segment in each.seq.segments]
""",
    "huggingface": """
from datasets import load_dataset
found = load_dataset(where)["train"].remove_columns("audio")
labels = [mark["label"] for row in found for mark in row["annotations"]]
bands = [[mark["low_freq"], mark["high_freq"]] for row in found for mark in row["annotations"]]
""",
    "jams": """
import jams
files = [jams.load(str(file), strict=True) for file in sorted(Path(where).glob("*.jams"))]
labels = [each.value for file in files for annotation in file.annotations for each in annotation.data]
""",
    "jsonl": """
import pandas
labels = pandas.read_json(where, lines=True)["label"].tolist()
""",
    "kaldi": """
from lhotse.kaldi import load_kaldi_data_dir
recordings, supervisions, _ = load_kaldi_data_dir(where, sampling_rate=8000)
assert all(each.load_audio().shape[1] == each.num_samples for each in recordings)
labels = [each.text for each in supervisions]
""",
    "ketos": """
alone("ketos.audio")  # its spectrograms
import csv
from ketos.data_handling import selection_table
found = selection_table.standardize(where, labels=None)
with open(where.replace(".csv", "_labels.csv"), newline="") as file:
    names = {row["label"]: row["name"] for row in csv.DictReader(file)}
labels = [names[str(number)] for number in found["label"]]
""",
    "lhotse": """
from lhotse import CutSet
cuts = list(CutSet.from_jsonl_lazy(where + "/cuts.jsonl.gz"))
assert all(cut.load_audio().shape[1] for cut in cuts)
said = [each for cut in cuts for each in cut.supervisions]
labels = [each.text for each in said]
bands = [[each.custom.get("low_freq"), each.custom.get("high_freq")] for each in said]
""",
    "nemo": """
for name in ("nemo", "nemo.collections", "nemo.collections.common", "nemo.collections.common.parts"):
    alone(name)  # they import lightning, and every network
from nemo.collections.common.parts.preprocessing.collections import ASRSpeechLabel
labels = [each.label for each in ASRSpeechLabel(where)]
""",
    "opensoundscape": """
import pandas
found = pandas.read_csv(where, index_col=[0, 1, 2])
labels = [label for _, row in found.iterrows() for label in found.columns if row[label]]
""",
    "opensoundscape-boxes": """
alone("opensoundscape")  # its own package imports all of its networks
from opensoundscape.annotations import BoxedAnnotations
found = BoxedAnnotations.from_csv(where).df
labels = found["annotation"].tolist()
bands = found[["low_f", "high_f"]].values.tolist()
""",
    "parquet": """
import pandas
labels = pandas.read_parquet(where)["label"].tolist()
""",
    "perch-hoplite": """
from etils import epath
from perch_hoplite.taxonomy.annotations import read_annotations_csv
labels = [label for each in read_annotations_csv(epath.Path(where), namespace="ours") for label in each.label]
""",
    "raven": """
import crowsetta
labels, bands = [], []
for table in sorted(Path(where).glob("*.txt")):
    boxes = crowsetta.formats.bbox.Raven.from_file(table).to_bbox()
    labels += [box.label for box in boxes]
    bands += [[box.low_freq, box.high_freq] for box in boxes]
""",
    "textgrid": """
import parselmouth
from parselmouth.praat import call
labels = []
for file in sorted(Path(where).glob("*.TextGrid")):
    grid = parselmouth.read(str(file))
    for tier in range(1, call(grid, "Get number of tiers") + 1):
        for number in range(1, call(grid, "Get number of intervals", tier) + 1):
            labels += filter(None, [call(grid, "Get label of interval", tier, number)])
""",
    "webdataset": """
import webdataset
shards = sorted(map(str, Path(where).glob("*.tar")))
told = [json.loads(sample["json"]) for sample in webdataset.WebDataset(shards, shardshuffle=False)]
labels = [mark["label"] for row in told for mark in row["annotations"]]
bands = [[mark["low_freq"], mark["high_freq"]] for row in told for mark in row["annotations"]]
""",
}

#: Runs what is asked; a library that refuses the export says so.
FRAME = """
import math
where, bands = sys.argv[1], None
def plain(value): return None if isinstance(value, float) and math.isnan(value) else value
try:
    exec(sys.argv[2])
    bands = bands and [list(map(plain, band)) for band in bands]
    show({"labels": [plain(each) for each in labels], "bands": bands})
except Exception as error:
    show({"refused": type(error).__name__})
"""


@pytest.fixture(scope="module")
def datasets(other_python, tmp_path_factory):
    del other_python  # nothing is made where nobody will read it
    made = {}

    def dataset(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("case")
            with in_a_thread():
                make(folder, CASES[name])
            made[name] = folder / "birds"
        return made[name]

    return dataset


def outcome(found, form, case):
    """Say what a library made of a case: kept, changed or refused; a dash where it is not asked."""
    if "refused" in found:
        return "refused"
    marks = CASES[case].marks
    if case == "open band":
        wanted = [mark.low_freq for mark in marks], [mark.high_freq for mark in marks]
        bands = found["bands"]
        kept = bands is not None and [wanted[0][0], wanted[1][0]] in bands
        return "kept" if kept else "-" if bands is None else "changed"
    read = sorted(str(label) for label in found["labels"] if label not in ("", None))
    names = [CASES[case].label] if form in OF_RECORDINGS else [mark.label for mark in marks]
    wanted = sorted([CASES[case].beside, *(name for name in names if name)])
    typed = all(isinstance(label, str) for label in found["labels"] if label is not None)
    return "kept" if read == wanted and typed else "changed"


@pytest.mark.parametrize("case", [case for case in CASES if case != "note"])
@pytest.mark.parametrize("form", READERS)
def test_a_library_reads_what_was_written_or_what_it_changes_is_known(
    form, case, datasets, real, tmp_path, monkeypatch
):
    if case in OF_ANNOTATIONS and form in OF_RECORDINGS:
        pytest.skip("it speaks of whole recordings")
    out = tmp_path / "out" / name_of(form)
    more = {"codec": "wav"} if form in ("kaldi", "lhotse", "opensoundscape-boxes", "generic-seq") else {}
    layer = None if form in OF_RECORDINGS else "annotations"
    with in_a_thread(), Dataset(datasets(case)) as dataset:
        summary = manifest(dataset, out, format=form, layer=layer, **more)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = real(FRAME, out, READERS[form], folder=tmp_path / "home")
    result = outcome(found, form, case)
    if result in ("changed", "refused"):
        assert summary.guessed or summary.respelt or summary.refused or summary.not_written, found
    known = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.is_file() else {}
    if os.environ.get("CURATE_TABLE") == "write":
        known.setdefault(form, {})[case] = result
        FOUND.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert known[form][case] == result, found
