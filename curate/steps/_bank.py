"""The speech bank: cut voices as files of their own, for augmentation and for checking."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from curate.audio.read import read
from curate.audio.write import write
from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import safe_name
from curate.decisions.policy import removed
from curate.detectors.look import check_unchanged
from curate.engine import Engine
from curate.errors import CurateError
from curate.progress import Progress
from curate.steps._cover import failure_of

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
)


@dataclass(frozen=True, slots=True)
class _Job:
    raw: str
    size: int
    mtime_ns: int
    stretches: list[tuple[float, float]]
    targets: list[Path]


_RECORDINGS = """
    SELECT r.id, r.archive || ':' || r.archive_id, r.path, r.bytes, r.mtime_ns, r.sr,
           coalesce(l.label, ''), r.recordist, r.license, r.url
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.role = 'primary'
    WHERE r.status = 'ok' ORDER BY r.id
"""


def fill(dataset: Dataset, folder: Path, step: str, *, workers: Engine, progress: Progress) -> int:
    """Write the stretches that a step cut, one file each, and a table of them.

    Files that are there already stay; those of an earlier table whose cuts are gone are removed.

    Returns
    -------
    Number of files in the bank.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    ledger = dict(cuts.by_recording(dataset.store, step))
    work, table = [], []
    for number, name, path, size, mtime_ns, sr, *rest in dataset.store.rows(_RECORDINGS):
        stretches = removed(ledger.get(number, []))
        if not stretches:
            continue
        stem = safe_name(name.replace(":", "_"))
        targets = [folder / f"{stem}_{round(a * 1000)}-{round(b * 1000)}.flac" for a, b in stretches]
        raw = dataset.path(path)
        missing = [(s, t) for s, t in zip(stretches, targets, strict=True) if not t.exists()]
        if missing:
            work.append(_Job(raw, size, mtime_ns, [s for s, _ in missing], [t for _, t in missing]))
        label, *credit = rest
        table += [
            (target.name, name, onset, offset, sr, label, *credit, raw)
            for (onset, offset), target in zip(stretches, targets, strict=True)
        ]
    _forget(folder, {row[0] for row in table})
    with progress("banking voices", len(work), "recordings") as advance:
        for outcome in workers.map(_extract, work):
            failure = failure_of(outcome)
            if failure is not None:
                raise CurateError(f"cannot write the speech bank: {failure}")
            advance(1)
    beside = folder / (TABLE + ".part")
    with beside.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(table)
    os.replace(beside, folder / TABLE)
    return len(table)


def _forget(folder: Path, wanted: set[str]) -> None:
    """Remove files that an earlier table lists and this one will not."""
    table = folder / TABLE
    if not table.exists():
        return
    with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        for row in csv.DictReader(file):
            name = os.path.basename(row["path"])  # nothing outside the bank, whatever the table says
            if name not in wanted:
                (folder / name).unlink(missing_ok=True)


def _extract(job: _Job) -> None:
    check_unchanged(job.raw, size=job.size, mtime_ns=job.mtime_ns)
    for (onset, offset), target in zip(job.stretches, job.targets, strict=True):
        y, sr = read(job.raw, start=onset, duration=offset - onset)
        write(target, [y], sr=sr, channels=y.shape[0], format="flac", protect=[Path(job.raw)])
