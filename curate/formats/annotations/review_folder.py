"""The index of a folder that went out to be edited: which row asks what, of which recording.

One JSON file next to the tables. Tables hold seconds of the files that lie there. The index
knows where in the raw recording each file begins, and what was seen of each row: the item, the
layer that found it, and its version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from curate.errors import FormatError
from curate.formats import without_notices
from curate.formats.annotations import audacity, label_studio, raven
from curate.formats.files.output import text_file
from curate.model import Problem, Row

#: Name of the index, and of the table of tasks for Label Studio.
INDEX = "curate-review.json"
TASKS = "tasks.json"

#: Programs that are exchanged with.
PROGRAMS = ("audacity", "label-studio", "raven")

_VERSION = 1


@dataclass(frozen=True, slots=True)
class AskedStretch:
    """A row that went out, in seconds of the raw recording, and what is known of it."""

    key: str
    onset: float
    offset: float
    label: str
    means: str
    why: str = ""
    layer: str = ""
    version: str | None = None
    digest: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ExchangeFile:
    """A file of audio in the folder.

    Parameters
    ----------
    recording_id
        ``archive:archive_id``.
    onset, duration : seconds
        Where it begins in the raw recording, and its length.
    whole : seconds
        Length of the raw recording; 0 where an earlier version wrote the index.
    """

    name: str
    recording_id: str
    onset: float
    duration: float
    asked: tuple[AskedStretch, ...]
    whole: float = 0.0


@dataclass(frozen=True, slots=True)
class Index:
    """What went out, for which program, from which queue."""

    program: str
    queue: str
    exported: str
    files: tuple[ExchangeFile, ...]


def save(index: Index, folder: Path) -> None:
    """Write the index into a folder."""
    with text_file(folder / INDEX) as handle:
        json.dump({"curate_review": _VERSION, **asdict(index)}, handle, ensure_ascii=True, indent=1)
        handle.write("\n")


def load(folder: Path) -> Index:
    """Read the index of a folder.

    Raises
    ------
    FormatError
        If there is none, or it is not as it was written.
    """
    path = folder / INDEX
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("curate_review") != _VERSION or found["program"] not in PROGRAMS:
            raise FormatError(f"{path} was written by another version of curate")
        files = [
            ExchangeFile(**{**each, "asked": tuple(AskedStretch(**row) for row in each["asked"])})
            for each in found["files"]
        ]
        return Index(**{**found, "files": tuple(files)})
    except OSError as error:
        raise FormatError(
            f"no {INDEX} in {folder}", hint="name a folder that 'curate review export' made"
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{path} differs from what curate wrote: {error}",
            hint="put the file back as it was, or export again",
        ) from error


@dataclass(slots=True)
class ExchangeTable:
    """A table that came back: its rows by file name, and what could not be read in it."""

    path: Path
    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def write_tables(program: str, rows: list[Row], folder: Path) -> None:
    """Write the tables of a program into a folder."""
    if program == "label-studio":
        label_studio.write(rows, folder / TASKS)
    elif program == "raven":
        raven.write(rows, folder, file_offset=False)
    else:
        audacity.write(rows, folder)


def read_tables(program: str, folder: Path) -> Iterator[ExchangeTable]:
    """Read all tables of a program in a folder, each by itself: one that is broken spoils no other."""
    ending = ".json" if program == "label-studio" else ".txt"
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ending or path.name == INDEX or not path.is_file():
            continue
        table = ExchangeTable(path)
        reader = {"audacity": audacity.read, "label-studio": label_studio.read, "raven": raven.read}[program]
        try:
            report = without_notices(table.problems.append)
            table.rows = {Path(row.path).name: row for row in reader(path, report=report)}
        except FormatError as error:
            table.problems.append(Problem("bad-row", str(path), error.message))
        yield table
