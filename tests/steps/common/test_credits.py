"""Credits are for people, who open them in a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from curate.steps.common.credits import write_credits
from curate.steps.inspect.status import status
from tests.archive import dataset_of, row

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", [*FORMULAS, '=HYPERLINK("http://x.invalid";"y")'])
def test_no_cell_begins_like_a_formula(tmp_path, text):
    made = row(1, text, recordist=text, license=text, url=text, common_name=text, scientific_name=text)
    made = replace(made, path=f"{text.replace('/', '_')}.wav")
    with dataset_of(tmp_path / "birds", [made]) as dataset:
        table = write_credits(dataset)
    with table.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == 1
    for name, cell in zip(header, rows[0], strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name
    assert rows[0][header.index("recordist")] == f"'{text}"


def test_a_status_names_the_credits_where_there_are_any(tmp_path):
    with dataset_of(tmp_path / "birds", [row(1, license="CC-BY-4.0")]) as dataset:
        assert "ATTRIBUTION" not in " ".join(status(dataset).redistribution.terms)
        write_credits(dataset)
        assert "(ATTRIBUTION.csv)" in " ".join(status(dataset).redistribution.terms)
