"""`curate manifest`: one row per kept stretch, for any trainer."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from curate.catalogue import listings
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, UsageError
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
    flagged
        Rows of recordings in which something was flagged, not cut; left out with `skip_flagged`.
    unused
        Rows left out since they never train: ``upsample --cap`` took others of their class.
    not_looked_at
        Recordings that nobody has searched for voices.
    """

    path: str = ""
    format: str = ""
    rows: int = 0
    recordings: int = 0
    labels: int = 0
    unlabelled: int = 0
    clean: int = 0
    flagged: int = 0
    unused: int = 0
    not_looked_at: int = 0
    seconds: float = 0.0
    elapsed_s: float = 0.0


def manifest(
    dataset: Dataset,
    out: str | os.PathLike[str],
    *,
    format: str | None = None,
    audio: AudioChoice = "auto",
    year: int | None = None,
    skip_flagged: bool = False,
    repeat: bool = False,
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
    skip_flagged
        Leave out recordings in which something was flagged instead of cut.
    repeat
        Write a row as often as it trains, with 1 as its number of copies.
    year
        For ``birdclef``: whose columns to write (2021 to 2026); None takes the writer's default.

    Raises
    ------
    UsageError
        If the format is unknown, an option does not fit it, or `out` is there and no manifest.
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
        if repeat:
            raise UsageError("a BirdCLEF table has every file once", hint="use --repeat with another format")
        audio = "clean"  # whole files, or an error that says what lacks its copy
    if year is not None:
        if name != "birdclef":
            raise UsageError("--year goes with --format birdclef only")
        options["year"] = year
    if not dry_run and name != "birdclef":  # whose writer knows its own folder
        _check_replaceable(target, name)
    write: Writer = resolve(name, WRITERS, kind="format")
    summary = ManifestSummary(path=str(target.absolute()), format=name)
    with dataset.store.snapshot():
        flagged = listings.flagged(dataset.store)
        summary.not_looked_at = listings.not_looked_at(dataset.store)
        stream = _unflagged(
            rows(dataset, audio=audio, whole=name == "birdclef"), flagged, summary, skip=skip_flagged
        )
        stream = _used(stream, summary, repeat=repeat)
        counted = _counted(_labelled(stream, summary) if name == "birdclef" else stream, summary)
        if dry_run:
            summary.rows = sum(1 for _ in counted)
        else:
            summary.rows = write(counted, target, **options)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _check_replaceable(target: Path, name: str) -> None:
    """Make sure that nothing but an earlier manifest is written over.

    Raises
    ------
    UsageError
        If there is a folder, or a file that does not read as a manifest of this format.
    """
    if not target.exists():
        return
    try:
        read_manifest = resolve(f"curate.formats.{name}:read_manifest", {}, kind="format")
        next(iter(read_manifest(target)), None)
    except (FormatError, OSError, ValueError) as error:
        raise UsageError(
            f"{target} exists and is not a {name} manifest of curate",
            hint="choose another name, or remove it first",
        ) from error


def _unflagged(
    stream: Iterator[Row], flagged: set[str], summary: ManifestSummary, *, skip: bool
) -> Iterator[Row]:
    for row in stream:
        if row.recording_id in flagged:
            summary.flagged += 1
            if skip:
                continue
        yield row


def _used(stream: Iterator[Row], summary: ManifestSummary, *, repeat: bool) -> Iterator[Row]:
    for row in stream:
        if row.copies == 1:
            yield row
        elif row.copies == 0:
            summary.unused += 1
        elif repeat:
            yield from itertools.repeat(replace(row, copies=1), row.copies)
        else:
            yield row


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
