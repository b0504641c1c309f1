"""Licences, recordists, places and dates of each export, as the library that it is for reads them.

What comes back stands in tests/roundtrip/real_fields.json, which ``CURATE_TABLE=write`` writes anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.exports import name_of
from tests.roundtrip.fields import FIELDS, make

FOUND = Path(__file__).resolve().parents[1] / "roundtrip" / "real_fields.json"

#: What each library is asked: a row per recording, with the fields that the format has.
READERS = {
    "audformat": """
import audformat
db = audformat.Database.load(where)
table = db["files"].get()[["recordist", "license"]]
rows = [{"file": file, **told} for file, told in zip(table.index, table.to_dict("records"))]
""",
    "audiofolder": """
from datasets import load_dataset
found = load_dataset("audiofolder", data_dir=where)["train"].remove_columns("audio")
rows = [dict(row, file=row["recording_id"]) for row in found]
""",
    "birdclef": """
import ast, pandas
rows = pandas.read_csv(where).to_dict("records")
def listed(cell): return [name for name in ast.literal_eval(cell) if name]
rows = [dict(row, file=row["filename"], recordist=row["author"]) for row in rows]
rows = [dict(row, secondary_labels=listed(row["secondary_labels"])) for row in rows]
""",
    "croissant": """
import mlcroissant
def listed(cell): return json.loads(cell) if cell.startswith("[") else cell.split(";") if cell else []
found = mlcroissant.Dataset(where + "/croissant.json").records("recordings")
def text(cell): return cell.decode() if isinstance(cell, bytes) else cell
rows = [{key.partition("/")[2]: text(cell) for key, cell in row.items()} for row in found]
rows = [dict(row, file=row["recording_id"], secondary_labels=listed(row["secondary_labels"] or ""))
        for row in rows]
""",
    "csv": """
import pandas
rows = pandas.read_csv(where).to_dict("records")
rows = [dict(row, file=row["path"], secondary_labels=json.loads(row["secondary_labels"])
             if isinstance(row["secondary_labels"], str) else []) for row in rows]
""",
    "huggingface": """
from datasets import load_dataset
found = load_dataset(where)["train"].remove_columns("audio")
rows = [dict(row, file=row["recording_id"]) for row in found]
""",
    "jsonl": """
import pandas
rows = [dict(row, file=row["path"]) for row in pandas.read_json(where, lines=True).to_dict("records")]
""",
    "lhotse": """
from lhotse import CutSet
cuts = CutSet.from_jsonl_lazy(where + "/cuts.jsonl.gz")
rows = [dict(each.custom, file=cut.id) for cut in cuts for each in cut.supervisions]
""",
    "parquet": """
import pandas
rows = [dict(row, file=row["path"], secondary_labels=list(row["secondary_labels"]))
        for row in pandas.read_parquet(where).to_dict("records")]
""",
    "webdataset": """
import webdataset
shards = sorted(map(str, Path(where).glob("*.tar")))
rows = [json.loads(sample["json"]) for sample in webdataset.WebDataset(shards, shardshuffle=False)]
rows = [dict(row, file=row["recording_id"]) for row in rows]
""",
}

FRAME = """
import math
where = sys.argv[1]
def plain(value):
    if value is None or isinstance(value, float) and math.isnan(value): return None
    if isinstance(value, (list, tuple)): return [plain(each) for each in value]
    if hasattr(value, "item"): value = value.item()
    return value if isinstance(value, (int, float, str)) else str(value)
exec(sys.argv[2])
wanted = ("file", "secondary_labels", "license", "recordist", "latitude", "longitude", "date")
show([{name: plain(row[name]) for name in wanted if name in row} for row in rows])
"""


@pytest.fixture(scope="module")
def source(other_python, tmp_path_factory):
    del other_python  # nothing is made where nobody will read it
    folder = tmp_path_factory.mktemp("fields")
    with in_a_thread():
        make(folder)
    return folder


NO_COLUMN = object()


def written():
    """Say what was written, by field and number of the recording."""
    numbers = [(field, value) for field, values in FIELDS.items() for value in values]
    return {f"r{number:03d}": said for number, said in enumerate(numbers)}


def value_of(row, field):
    """Take a field of a row as the library gave it; ``NO_COLUMN`` where the format has none."""
    if field == "place":
        return (row["latitude"], row["longitude"]) if "latitude" in row else NO_COLUMN
    column = {"secondary labels": "secondary_labels", "licence": "license"}.get(field, field)
    return row.get(column, NO_COLUMN)


@pytest.mark.parametrize("form", READERS)
def test_a_library_reads_the_fields_or_what_it_changes_is_known(form, source, real, tmp_path, monkeypatch):
    out = tmp_path / "out" / name_of(form)
    with in_a_thread(), Dataset(source / "birds") as dataset:
        manifest(dataset, out, format=form, **({"codec": "wav"} if form == "lhotse" else {}))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    rows = {
        re.search(r"r\d{3}", row["file"])[0]: row for row in real(FRAME, out, READERS[form], folder=tmp_path)
    }
    result = {}
    for number, (field, value) in written().items():
        if field == "label" or number not in rows or value_of(rows[number], field) is NO_COLUMN:
            continue
        same = value_of(rows[number], field) == value
        result[field] = "kept" if same and result.get(field, "kept") == "kept" else "changed"
    known = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.is_file() else {}
    if os.environ.get("CURATE_TABLE") == "write":
        known[form] = result
        FOUND.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert known[form] == result
