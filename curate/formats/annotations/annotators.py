"""What several annotators say: a table with a row per answer, with columns annotator, recording and label."""

from __future__ import annotations

from pathlib import Path

from curate.errors import FormatError
from curate.formats import Report, parse, without_notices
from curate.formats.annotations.predictions import NAMES
from curate.formats.tables import table
from curate.formats.tables.blanks import survey
from curate.formats.tables.csv import Sheet
from curate.model import Problem

#: Columns that may name the annotator; crowd-kit says worker.
ANNOTATORS = ("annotator", "reviewer", "worker", "user")

#: Columns that may hold the recording besides those of scores; crowd-kit says task.
RECORDINGS = (*NAMES, "task", "item")


def read_answers(path: Path, *, report: Report) -> list[tuple[str, str, str]]:
    """Read answers: annotator, name of the recording, and label.

    Parameters
    ----------
    report
        Takes rows in which one of the three is missing.

    Raises
    ------
    FormatError
        If the table cannot be read or lacks one of the columns.
    """
    sheet = Sheet.open(path)
    wanted = {"annotator": ANNOTATORS, "recording": RECORDINGS, "label": table.LABEL_COLUMNS}
    columns = []
    for what, names in wanted.items():
        column = table.find(sheet.columns, names)
        if column is None:
            raise FormatError(
                f"{path} lacks a column for the {what}: expected one of {', '.join(names)}",
                hint=f"columns there: {', '.join(sheet.columns)}",
            )
        columns.append(column)
    annotator_in, recording_in, label_in = columns
    plain = [annotator_in, recording_in]
    blanks = survey(
        path, sheet.records, coded=[label_in], plain=plain, typed=[], names=[], report=without_notices(report)
    )
    answers = []
    for line, record in sheet.records(report):
        annotator, recording = (parse.known(record[column]) for column in plain)
        label = parse.text(blanks.cell(record, label_in))
        if annotator and recording and label:
            answers.append((annotator, recording, label))
        else:
            report(Problem("bad-row", f"{path}:{line}", "annotator, recording or label is empty"))
    return answers
