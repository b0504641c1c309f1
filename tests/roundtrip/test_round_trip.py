"""Out in every format and in again: what comes back is what went out, or the command says what does not.

The results are the table in docs/formats.md. ``CURATE_TABLE=write`` writes it anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.formats import WRITERS
from curate.model import NOTICES
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.exports import name_of
from tests.roundtrip.cases import CASES, OF_ANNOTATIONS, OF_RECORDINGS, layout_of, make

DOCS = Path(__file__).resolve().parents[2] / "docs" / "formats.md"

#: How exports are read again: by their own format, unless another one reads them.
READ_AS = {
    "csv": "annotation-table",
    "generic-seq": "annotation-table",
    "jsonl": "annotation-table",
    "ketos": "annotation-table",
    "parquet": "annotation-table",
    "perch-hoplite": "annotation-table",
}

#: Formats that nothing here reads.
WRITTEN_ONLY = frozenset({"audformat", "card", "huggingface", "kaldi", "webdataset"})

#: Formats whose files are the annotated stretches themselves, in folders by label, or clips without times.
BY_LABEL = frozenset({"birdnet", "folders", "opensoundscape"})

READABLE = [form for form in WRITERS if form not in WRITTEN_ONLY]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """A dataset for each case, made when it is asked for."""
    made = {}

    def dataset(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("case")
            with in_a_thread():
                make(folder, CASES[name])
            made[name] = folder
        return made[name]

    return dataset


def told(summary):
    """Whether an export says that it does not hold all of something."""
    return bool(summary.not_written or summary.guessed or summary.respelt or summary.unlabelled)


def said_of(dataset):
    """What a dataset says of its recordings: labels, and what is marked in them."""
    store = dataset.store
    labels = sorted(
        row[0] for row in store.rows("SELECT label FROM labels UNION ALL SELECT label FROM more_labels")
    )
    number = layers.find_number(store, "annotations")
    marks = (
        []
        if number is None
        else [m for _, found in layers.segments_by_recording(store, number) for m in found]
    )
    return labels, sorted((m.label, m.onset, m.offset, m.low_freq, m.high_freq, m.note) for m in marks)


def parts(case, form, said):
    """What of a dataset a case is about."""
    labels, marks = said
    if form in OF_RECORDINGS:
        return labels
    if form in BY_LABEL and case not in OF_ANNOTATIONS:
        return sorted({*labels, *(mark[0] for mark in marks)} - {""})
    if case == "open band":
        return [(mark[0], mark[3], mark[4]) for mark in marks]
    if case == "note":
        return [(mark[0], mark[5]) for mark in marks]
    return [mark[0] for mark in marks]


def trip(form, case, source, place):
    """Export a dataset and import what was written; gives what is said on both sides, and what was told."""
    layer = None if form in OF_RECORDINGS else "annotations"
    out = place / name_of(form)
    with Dataset(source / "birds") as dataset:
        before = parts(case, form, said_of(dataset))
        summary = manifest(dataset, out, format=form, layer=layer)
    path = out.parent if form == "birdclef" else out
    with Dataset(place / "again") as again:
        where = None if layout_of(form).inside or form == "birdclef" else source / "in"
        came = import_(again, path, format=READ_AS.get(form, form), audio_folder=where)
        after = parts(case, form, said_of(again))
    was_told = told(summary) or any(kind not in NOTICES for kind in came.problem_counts)
    return before, after, was_told


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("form", READABLE)
def test_nothing_is_lost_on_the_way_out_and_in_without_a_word(form, case, datasets, tmp_path, outcomes):
    if case in OF_ANNOTATIONS and form in OF_RECORDINGS:
        pytest.skip("it speaks of whole recordings")
    with in_a_thread():
        before, after, was_told = trip(form, case, datasets(case), tmp_path)
    if after != before:
        assert was_told, (before, after)
    outcomes[form, case] = "kept" if after == before else "told"


@pytest.fixture(scope="module")
def outcomes():
    return {}


HEAD = "| format | " + " | ".join(CASES) + " |\n|---|" + "---|" * len(CASES) + "\n"

#: What the libraries did that the formats are for (tests/formats_real).
REAL = Path(__file__).with_name("real_readers.json")


def word(form, case, outcomes, real):
    """What becomes of a case in a format; what its library changes or refuses counts first."""
    theirs = real.get(form, {}).get(case, "-")
    ours = outcomes.get((form, case), "-")
    if ours == "-" and case in OF_ANNOTATIONS and form not in OF_RECORDINGS and theirs != "kept":
        return "kept" if case in layout_of(form).keeps else "told"  # nothing here reads it
    return theirs if theirs in ("changed", "refused") or ours == "-" else ours


def test_the_table_in_the_documentation_is_what_was_found(outcomes):
    """Runs last in this module."""
    wanted = {(form, case) for form in READABLE for case in CASES}
    known = {key for key in wanted if key[0] not in OF_RECORDINGS or key[1] not in OF_ANNOTATIONS}
    if set(outcomes) != known:
        pytest.skip("not all trips were made")
    real = json.loads(REAL.read_text(encoding="utf-8"))
    lines = (
        f"| {form} | " + " | ".join(word(form, case, outcomes, real) for case in CASES) + " |\n"
        for form in WRITERS
        if form != "card"
    )
    check_table(DOCS, HEAD, "".join(lines))


def check_table(page, head, lines):
    """Compare a table of a page with what was found, or write it anew."""
    table = head + lines
    text = page.read_text(encoding="utf-8")
    found = re.search(re.escape(head.split("\n")[0]) + r"\n(\|.*\n)+", text)
    assert found, f"{page} has no such table:\n{table}"
    if os.environ.get("CURATE_TABLE") == "write":
        page.write_text(text.replace(found[0], table), encoding="utf-8")
    else:
        assert found[0] == table, "CURATE_TABLE=write python -m pytest tests/roundtrip writes it anew"
