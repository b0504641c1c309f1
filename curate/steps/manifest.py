"""`curate manifest`: one row per kept stretch, for any trainer."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats import WRITERS, Writer
from curate.lookup import resolve
from curate.model import Row
from curate.steps._kept import AUDIO_CHOICES, AudioChoice, rows

#: What ``--format`` is when only the file's name is given.
_BY_ENDING = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


@dataclass(slots=True)
class ManifestSummary:
    """What a manifest holds; times in seconds.

    Parameters
    ----------
    rows, recordings, labels
        Rows written (or that would be, with ``dry_run``), and the recordings and classes in them.
    unlabelled
        Rows without a label; a BirdCLEF table leaves them out.
    clean
        Rows that point at a clean copy.
    """

    path: str = ""
    format: str = ""
    rows: int = 0
    recordings: int = 0
    labels: int = 0
    unlabelled: int = 0
    clean: int = 0
    seconds: float = 0.0
    elapsed_s: float = 0.0


def manifest(
    dataset: Dataset,
    out: str | os.PathLike[str],
    *,
    format: str | None = None,
    audio: AudioChoice = "auto",
    year: int | None = None,
    dry_run: bool = False,
) -> ManifestSummary:
    """Write a manifest.

    Parameters
    ----------
    out
        The file; it appears whole or not at all.
    format
        A key of `WRITERS`; None goes by the file's ending.
    audio
        ``auto`` points at clean copies where there are any, ``raw`` never does, ``clean``
        gives whole files only. BirdCLEF tables always hold whole files.
    year
        For ``birdclef``: whose columns to write (2021 to 2026); None takes the writer's default.

    Raises
    ------
    UsageError
        If the format is unknown or an option does not fit it.
    CatalogueError
        With ``clean``, if a recording has cuts but no clean copy.
    """
    started = time.monotonic()
    target = Path(out)
    name = format or _BY_ENDING.get(target.suffix.lower())
    if name is None:
        raise UsageError(
            f"cannot tell the format of {target} from its ending",
            hint=f"say --format with one of: {', '.join(sorted(WRITERS))}",
        )
    if audio not in AUDIO_CHOICES:
        raise UsageError(f"no audio choice '{audio}'", hint=f"there are: {', '.join(AUDIO_CHOICES)}")
    options = {}
    if name == "birdclef":
        if audio == "raw":
            raise UsageError(
                "a BirdCLEF table has no onsets: it cannot name the kept stretches of raw files",
                hint="use --audio auto, or another format",
            )
        audio = "clean"  # whole files, or an error that says what lacks its copy
    if year is not None:
        if name != "birdclef":
            raise UsageError("--year goes with --format birdclef only")
        options["year"] = year
    write: Writer = resolve(name, WRITERS, kind="format")
    summary = ManifestSummary(path=str(target.absolute()), format=name)
    with dataset.store.snapshot():
        stream = rows(dataset, audio=audio)
        counted = _counted(_labelled(stream, summary) if name == "birdclef" else stream, summary)
        if dry_run:
            summary.rows = sum(1 for _ in counted)
        else:
            summary.rows = write(counted, target, **options)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _labelled(stream: Iterator[Row], summary: ManifestSummary) -> Iterator[Row]:
    for row in stream:
        if row.label:
            yield row
        else:
            summary.unlabelled += 1


def _counted(stream: Iterator[Row], summary: ManifestSummary) -> Iterator[Row]:
    labels = set()
    last = None
    for row in stream:
        summary.recordings += row.recording_id != last
        last = row.recording_id
        summary.unlabelled += not row.label
        summary.clean += row.path != row.source_path
        summary.seconds += row.duration
        if row.label:
            labels.add(row.label)
        yield row
    summary.labels = len(labels)
