"""Licences, places, dates, lists and scores out in every format and in again: kept, or not in the format.

What is half kept, or comes back as something else, is a fault unless the command says so.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.formats import WRITERS
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.exports import name_of
from tests.roundtrip.cases import OF_RECORDINGS, layout_of
from tests.roundtrip.fields import FIELDS, MARKS, make
from tests.roundtrip.test_round_trip import DOCS, READ_AS, READABLE, check_table


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fields")
    with in_a_thread():
        make(folder)
    return folder


def _key(path):
    return re.search(r"r\d{3}", path.rpartition("/")[2])[0]


def said_of(dataset):
    """What a dataset says of its recordings, by field and the recording's number."""
    found = {field: {} for field in FIELDS}
    sql = "SELECT id, path, license, recordist, latitude, longitude, date FROM recordings"
    for number, path, license, recordist, latitude, longitude, date in dataset.store.rows(sql):
        key = _key(path)
        labels = list(
            dataset.store.rows(
                "SELECT label, role FROM labels WHERE recording = ? ORDER BY ordinal", (number,)
            )
        )
        found["label"][key] = "".join(label for label, role in labels if role == "primary")
        found["secondary labels"][key] = [label for label, role in labels if role == "secondary"]
        found["licence"][key] = license or ""
        found["recordist"][key] = recordist or ""
        found["place"][key] = latitude, longitude
        found["date"][key] = date or ""
    return found


def marks_of(dataset):
    number = layers.find_number(dataset.store, "annotations")
    paths = dict(dataset.store.rows("SELECT id, path FROM recordings"))
    return {
        _key(paths[recording]): [(m.onset, m.offset, m.score, m.note) for m in found]
        for recording, found in (
            [] if number is None else layers.segments_by_recording(dataset.store, number)
        )
    }


def trip(form, source, place, layer):
    out = place / name_of(form)
    with Dataset(source / "birds") as dataset:
        summary = manifest(dataset, out, format=form, layer=layer)
    path = out.parent if form == "birdclef" else out
    read_as = READ_AS if layer else READ_AS | {name: name for name in ("csv", "jsonl", "parquet")}
    with Dataset(place / "again") as again:
        where = None if layout_of(form).inside or form == "birdclef" else source / "in"
        import_(again, path, format=read_as.get(form, form), audio_folder=where)
        return said_of(again), marks_of(again), summary


#: Seconds by which formats round: milliseconds, samples, and the shortest interval that all readers keep.
APART = {"elan": 1e-3, "sonic-visualiser": 1 / 8000, "textgrid": 1e-5}

#: Formats that come back with the day alone where the date has a clock.
DAYS = frozenset({"darwin-core"})

#: Values that say nothing.
NOTHING = ("", None, [], (None, None))


def is_told(before, now, summary):
    """Whether an export says how it spells a label, or that its reader learns nothing from it."""
    if isinstance(before, list):
        return sorted(summary.respelt.get(name, name) for name in before) == sorted(now)
    return now == summary.respelt.get(before) or (now == "" and before in summary.not_learnt)


@pytest.fixture(scope="module")
def outcomes():
    return {}


@pytest.mark.parametrize("form", READABLE)
def test_what_is_said_of_recordings_comes_back_or_is_not_in_the_format(form, source, tmp_path, outcomes):
    with Dataset(source / "birds") as dataset:
        before = said_of(dataset)
    if form == "label-studio":
        pytest.skip("tasks in which nobody marked anything say nothing")
    with in_a_thread():
        after, _, summary = trip(form, source, tmp_path, None)
    missing = before["label"].keys() - after["label"].keys()
    unlabelled = {key for key, label in before["label"].items() if not label}
    assert missing <= unlabelled or summary.unplaced == len(missing), "a recording is lost"
    for field in FIELDS:
        came = after[field]
        outcomes[form, field] = "-"
        if all(value in NOTHING for value in came.values()):
            continue  # the format has no place for the field
        outcomes[form, field] = "kept"
        for key, now in came.items():
            if field == "date" and form in DAYS and now == before[field][key][:10] != before[field][key]:
                outcomes[form, field] = "changed"
            elif now != before[field][key]:
                assert field in ("label", "secondary labels")
                assert is_told(before[field][key], now, summary), (before[field][key], now)
                outcomes[form, field] = "told"


@pytest.mark.parametrize("form", [form for form in READABLE if form not in OF_RECORDINGS])
def test_what_is_marked_comes_back_or_is_told(form, source, tmp_path, outcomes):
    with Dataset(source / "birds") as dataset:
        before = marks_of(dataset)
    with in_a_thread():
        _, after, summary = trip(form, source, tmp_path, "annotations")
    outcomes[form, "score"] = "kept" if "score" in layout_of(form).keeps else "told"
    if form in ("birdnet", "folders", "opensoundscape"):
        return  # whose files are the stretches, or clips
    keeps = layout_of(form).keeps
    for number, what in enumerate(MARKS):
        key = f"r{number:03d}"
        shown = [
            (
                onset,
                offset,
                score if "score" in keeps else None,
                note if "note" in keeps else "",
            )
            for onset, offset, score, note in before[key]
        ]
        apart = APART.get(form, 0.0)
        assert [mark[2:] for mark in after[key]] == [mark[2:] for mark in shown], what
        assert np.allclose([m[:2] for m in after[key]], [m[:2] for m in shown], rtol=0, atol=apart), what
    assert bool(summary.not_written["score"]) != ("score" in keeps)
    assert bool(summary.not_written["note"]) != ("note" in keeps)


#: Columns of the table in docs/formats.md.
COLUMNS = ("secondary labels", "licence", "recordist", "place", "date", "score")
HEAD = "| format | " + " | ".join(COLUMNS) + " |\n|---|" + "---|" * len(COLUMNS) + "\n"

#: What the libraries did that the formats are for (tests/formats_real).
REAL = Path(__file__).with_name("real_fields.json")


def word(form, field, outcomes, real):
    theirs, ours = real.get(form, {}).get(field, "-"), outcomes.get((form, field), "-")
    part = {"score": "score", "secondary labels": "secondary label"}.get(field)
    if part and {ours, theirs} == {"-"} and (part != "score" or form not in OF_RECORDINGS):
        return "kept" if part in layout_of(form).keeps else "told"
    return theirs if theirs == "changed" or ours == "-" else ours


def test_the_table_in_the_documentation_is_what_was_found(outcomes):
    """Runs last in this module."""
    forms = {form for form, _ in outcomes}
    if forms != set(READABLE):
        pytest.skip("not all trips were made")
    real = json.loads(REAL.read_text(encoding="utf-8")) if REAL.is_file() else {}
    lines = (
        f"| {form} | " + " | ".join(word(form, field, outcomes, real) for field in COLUMNS) + " |\n"
        for form in WRITERS
        if form != "card"
    )
    check_table(DOCS, HEAD, "".join(lines))
