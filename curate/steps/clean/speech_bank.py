"""The speech bank: cut voices as files of their own, for augmentation and for checking.

A bank may serve several datasets: each row of its table names the dataset that it belongs to.
A dataset removes only files of its own rows. The table is written before the files, so a
run that is killed leaves none that it does not list. The next run writes those that lack.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curate.audio.examine import check_unchanged
from curate.audio.read import AudioFile, open_audio
from curate.audio.write import AUDIO_FORMATS, format_that_holds, to_full_scale, write
from curate.catalogue import cuts, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import safe_name
from curate.decisions.voice_cuts import withheld
from curate.engine.loop import Engine
from curate.errors import UsageError
from curate.formats.files.output import whole_file
from curate.model import Problem, is_float
from curate.progress import Progress
from curate.steps.common.failing import Failing
from curate.steps.common.merge_join import MergeJoin

TABLE = "speech_bank.csv"
COLUMNS = (
    "path",
    "recording_id",
    "onset",
    "offset",
    "sr",
    "label",
    "recordist",
    "license",
    "url",
    "source_path",
    "sha256",  # of the raw file
    "dataset",  # its folder
)

#: Frames that are decoded and written at once: a voice may go on for a day.
_BLOCK_FRAMES = 1 << 18

_Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Job:
    """Voices of one recording to write; stretches are in frames, in order."""

    raw: str
    size: int
    mtime_ns: int
    sha256: str | None
    format: str
    stretches: list[tuple[int, int]]
    targets: list[Path]


@dataclass(slots=True)
class _Plan:
    """Rows of our dataset, what to write for them, and the names that are taken by something else."""

    rows: _Rows = field(default_factory=list)
    work: list[_Job] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)


def check(dataset: Dataset, folder: Path) -> None:
    """Refuse a folder that is unfit for a speech bank of this dataset. Only reads.

    Raises
    ------
    UsageError
        If it is a file, lies in the clean or raw folder, or holds somebody else's table.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"the speech bank {folder} is a file", hint="name a folder")
    for place in (dataset.clean, dataset.raw):
        if folder.resolve().is_relative_to(place.resolve()):
            raise UsageError(
                f"the speech bank {folder} lies in {place}, which holds recordings of the dataset",
                hint="name another folder",
            )
    _listed(folder)


def fill(
    dataset: Dataset,
    folder: Path,
    step: str,
    *,
    workers: Engine,
    report: Callable[[Problem], None],
    progress: Progress,
) -> int:
    """Write the stretches that a step excised or muted, one file each, and a table of them.

    Files that are there already stay, unless their raw file was replaced. Those of an earlier
    run whose cuts are gone are removed.

    Parameters
    ----------
    report
        Takes what could not be written.

    Returns
    -------
    Number of files that this dataset has in the bank.

    Raises
    ------
    UsageError
        As `check`.
    """
    folder = folder.absolute()
    check(dataset, folder)
    mine = os.fspath(dataset.folder)
    listed = _listed(folder)
    others = [row for row in listed if row["dataset"] != mine]
    old = {row["path"]: row["sha256"] for row in listed if row["dataset"] == mine}
    # Datasets that share a recording share its voices.
    claimed = {row["path"]: row["sha256"] for row in others}
    plan = _plan(dataset, folder, step, old, claimed, report=report)
    # Before the table: a row without a file is mended, but a file without a row would count as foreign.
    _forget(folder, {name for name, sha256 in old.items() if claimed.get(name) != sha256} - plan.foreign)
    _write_table(folder, others + plan.rows)
    failing = Failing()
    with progress("banking voices", len(plan.work), "recordings") as advance:
        for outcome in workers.map(_extract, plan.work):
            failure = failing.failure_of(outcome)
            if failure is not None:
                report(Problem("failed", outcome.item.raw, f"left out of the speech bank: {failure}"))
            advance(1)
    written = [row for row in plan.rows if (folder / row["path"]).exists()]
    if len(written) < len(plan.rows):
        _write_table(folder, others + written)
    return len(written)


def _plan(
    dataset: Dataset,
    folder: Path,
    step: str,
    old: dict[str, str],
    claimed: dict[str, str],
    *,
    report: Callable[[Problem], None],
) -> _Plan:
    """Decide which rows there shall be, and which of their files must be written.

    Parameters
    ----------
    old, claimed
        Name of a file and sha256 of its raw file: of our earlier rows, and of those of other
        datasets, to which ours are added.
    """
    plan = _Plan()
    ledger = MergeJoin(cuts.by_recording(dataset.store, step))
    for number, name, cell, size, mtime_ns, sr, channels, sha256, *credit in listings.credited(dataset.store):
        voices = withheld([cut for cut in ledger.get(number) or [] if cut.action in ("excise", "mute")])
        raw = dataset.path(cell)
        format = format_that_holds("flac", sr=sr, channels=channels)
        stem, suffix = safe_name(name.replace(":", "_")), AUDIO_FORMATS[format].suffix
        job = _Job(raw, size, mtime_ns, sha256, format, [], [])
        for onset, offset in voices:
            target = folder / f"{stem}_{round(onset * 1000)}-{round(offset * 1000)}{suffix}"
            known = claimed.get(target.name, old.get(target.name))
            # A file that no row names is somebody else's, whatever its name.
            if claimed.get(target.name, sha256) != sha256 or (known is None and os.path.lexists(target)):
                reason = f"left out of the speech bank: refused to replace {target}, which is another sound"
                report(Problem("failed", raw, reason))
                plan.foreign.add(target.name)
                continue
            claimed[target.name] = sha256
            cells = (target.name, name, onset, offset, sr, *credit, raw, sha256, dataset.folder)
            texts = ("" if value is None else str(value) for value in cells)
            plan.rows.append(dict(zip(COLUMNS, texts, strict=True)))
            if known != sha256 or not target.exists():
                job.stretches.append((round(onset * sr), round(offset * sr)))
                job.targets.append(target)
        if job.targets:
            plan.work.append(job)
    return plan


def _listed(folder: Path) -> _Rows:
    """Read the table of earlier runs.

    Raises
    ------
    UsageError
        If it is not a table of a speech bank.
    """
    table = folder / TABLE
    if not os.path.lexists(table):
        return []
    foreign = UsageError(
        f"{table} is another file than the table of a speech bank",
        hint="name another folder, or move it away",
    )
    try:
        with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            lines = csv.reader(file)
            if tuple(next(lines, ())) != COLUMNS:
                raise foreign
            rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    except (OSError, ValueError, csv.Error) as error:
        raise foreign from error
    # Nothing outside the bank and nothing but audio, whatever the table says.
    endings = tuple(each.suffix for each in AUDIO_FORMATS.values())
    if any(os.path.basename(row["path"]) != row["path"] or not row["path"].endswith(endings) for row in rows):
        raise foreign
    return rows


def _write_table(folder: Path, rows: Iterable[dict[str, str]]) -> None:
    with (
        whole_file(folder / TABLE) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def _forget(folder: Path, names: Iterable[str]) -> None:
    """Remove files, and what a killed run began of them."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
        (folder / f"{name}.part").unlink(missing_ok=True)


def _extract(job: _Job) -> None:
    """Write the voices of one recording in one pass: what a worker does."""
    check_unchanged(job.raw, size=job.size, mtime_ns=job.mtime_ns, sha256=job.sha256)
    with open_audio(job.raw) as audio:
        position = 0
        for (start, stop), target in zip(job.stretches, job.targets, strict=True):
            audio.skip(start - position)
            position = stop
            blocks, comment = _take(audio, stop - start), ""
            if is_float(audio.codec):  # a voice is short enough to be held
                blocks, comment = to_full_scale(list(blocks))
            write(
                target,
                blocks,
                sr=audio.sr,
                channels=audio.channels,
                format=job.format,
                protect=[Path(job.raw)],
                comment=comment,
            )


def _take(audio: AudioFile, frames: int) -> Iterator[NDArray[np.float32]]:
    """Read this many frames from where the recording stands, or all that are left."""
    while frames > 0:
        block = next(audio.blocks(min(frames, _BLOCK_FRAMES)), None)
        if block is None:
            return
        yield block
        frames -= block.shape[1]
