"""`curate review export`: a queue as tables and audio, for Raven, Audacity or Label Studio."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal, get_args

from curate import speeds
from curate.audio.read import read
from curate.audio.write import beyond_full_scale, write
from curate.catalogue import recorders, reviewing
from curate.catalogue.dataset import Dataset
from curate.catalogue.reviewing import RecordingFacts
from curate.decisions.review_answers import UNLIKE
from curate.decisions.review_priority import ReviewItem
from curate.errors import AudioError, UsageError
from curate.formats.annotations import review_folder
from curate.formats.annotations.review_folder import PROGRAMS, AskedStretch, ExchangeFile, Index
from curate.formats.files.export_folder import Place, check_ours, link_folder
from curate.formats.files.unique_names import Keys
from curate.formatting import Displayed
from curate.lookup import check_local, suggestion
from curate.model import Problem, Row, Segment
from curate.progress import Progress, silent
from curate.steps.review.review_counts import keep_sample
from curate.web import queues

#: How audio comes into the folder: whole as a link or a copy, or a stretch around each item.
AudioChoice = Literal["copy", "cut", "link"]

#: Seconds before and behind an item that are cut out with it: what the page plays.
AROUND = 2.0


@dataclass(slots=True)
class ReviewExportSummary(Displayed):
    """What went out.

    Parameters
    ----------
    items
        Rows in the tables.
    files
        Of audio. `cut_outs` of them are stretches.
    seconds
        Of audio.
    bytes
        With ``dry_run``, about what the audio takes. Links take nothing.
    expected_s
        With ``dry_run``, about how long it would take. None where this machine has not done the like.
    problems
        Recordings whose file is not there, or cannot be decoded.
    """

    folder: str
    to: str
    queue: str
    items: int = 0
    files: int = 0
    cut_outs: int = 0
    seconds: float = 0.0
    bytes: int = 0
    expected_s: float | None = None
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0


@dataclass(slots=True)
class _Going:
    """A file on its way: what it is called, a stretch of which recording, and what is asked in it.

    It is written anew if it `is_made`, else it goes out as it is.
    """

    name: str
    facts: RecordingFacts
    path: str
    onset: float
    offset: float
    items: list[ReviewItem]
    is_made: bool = True


def review_export(
    dataset: Dataset,
    folder: str | os.PathLike[str],
    *,
    to: str,
    queue: str = "doubtful-speech",
    max_items: int = 300,
    reviewer: str | None = None,
    audio: AudioChoice | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ReviewExportSummary:
    """Write a queue as a folder of audio and tables that are edited elsewhere and come back.

    Parameters
    ----------
    folder
        Made, or replaced if it is an export that nobody has changed since.
    to
        One of `PROGRAMS`.
    queue, max_items, reviewer
        As of `review`.
    audio
        Whole recordings as links or copies, or a stretch of each, 2 s around what is asked, as WAV.
        None cuts for Label Studio, which shows only whole files, and else links.
    dry_run
        Say what would be written. Write nothing.

    Raises
    ------
    UsageError
        If there is no such program, queue or way, or something else stands in the folder.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    if to not in PROGRAMS:
        raise UsageError(f"unknown program for the export: '{to}'", hint=suggestion(to, PROGRAMS))
    how = audio or ("cut" if to == "label-studio" else "link")
    if how not in get_args(AudioChoice):
        raise UsageError(f"unknown value of --audio: '{how}'", hint=suggestion(how, get_args(AudioChoice)))
    if max_items < 1:
        raise UsageError(f"--max-items must be 1 or more: got {max_items}")
    check_local(folder)
    target = Path(os.path.abspath(folder))
    check_ours(target)
    summary = ReviewExportSummary(str(target), to, queue)
    with dataset.store.snapshot():
        items = queues.items(dataset.store, queue, n=max_items, reviewer=reviewer or getpass.getuser())
        going = list(_going(dataset, items, summary, cut=how == "cut"))
        asked = {item.key: _asked(dataset, queue, item, each.facts) for each in going for item in each.items}
        classes = tuple(sorted(reviewing.classes(dataset.store) - {""}))
        if queue == queues.SEARCH:
            classes = (UNLIKE, *classes)
    if not going:
        return summary
    if dry_run:
        _foresee(going, how, summary, started)
        return summary
    if queue == "sample":
        keep_sample(dataset, max_items, items)
    target.parent.mkdir(parents=True, exist_ok=True)
    with link_folder(target) as place, progress("audio", len(going), "files") as advance:
        sent = list(_sent(going, place, how, summary, advance))
        files = [
            ExchangeFile(
                each.name,
                each.facts.recording_id,
                each.onset,
                each.offset - each.onset,
                tuple(asked[item.key] for item in each.items),
                each.facts.duration,
            )
            for each in sent
        ]
        review_folder.write_tables(
            to, [_row(file, each, classes) for file, each in zip(files, sent, strict=True)], place.part
        )
        exported = datetime.now(UTC).isoformat(timespec="seconds")
        review_folder.save(Index(to, queue, exported, tuple(files)), place.part)
    summary.items = sum(len(file.asked) for file in files)
    summary.files, summary.seconds = len(files), sum(file.duration for file in files)
    summary.cut_outs = len(files) if how == "cut" else 0
    summary.elapsed_s = time.monotonic() - started
    if how != "link":
        speeds.note(f"review_export_{how}_s", summary.seconds, summary.elapsed_s)
    return summary


def _foresee(going: list[_Going], how: AudioChoice, summary: ReviewExportSummary, started: float) -> None:
    """Say what an export would hold, and how long it would take."""
    summary.items, summary.files = sum(len(each.items) for each in going), len(going)
    summary.seconds = sum(each.offset - each.onset for each in going)
    summary.cut_outs = len(going) if how == "cut" else 0
    took: float | None = time.monotonic() - started
    if how == "copy":
        summary.bytes = sum(os.path.getsize(each.path) for each in going)
    elif how == "cut":
        frames = sum(each.facts.channels * each.facts.sr * (each.offset - each.onset) for each in going)
        # Two bytes a sample: cut-outs are WAV of 16 bits, but for those beyond full scale.
        summary.bytes = round(2 * frames)
    if how != "link":
        took = speeds.seconds_for(f"review_export_{how}_s", summary.seconds)
    summary.expected_s = took


def _going(
    dataset: Dataset, items: list[ReviewItem], summary: ReviewExportSummary, *, cut: bool
) -> Iterator[_Going]:
    """Say which files there will be: one per recording, or one per item."""
    keys = Keys()
    by_place = sorted(items, key=lambda item: (item.recording, item.onset))
    for number, group in groupby(by_place, key=lambda item: item.recording):
        facts = reviewing.facts(dataset.store, number)
        assert facts is not None
        path = dataset.path(facts.path)
        if not os.path.isfile(path):
            summary.problems.append(Problem("row-without-file", path, "the file of a recording is missing"))
            continue
        key = keys.of(Row(facts.recording_id, path))
        if not cut:
            # Programs take the rate in a header for true, and so would show other seconds and Hz.
            is_slow = recorders.expansion_of(dataset.store, number) != 1
            name = key + (".wav" if is_slow else os.path.splitext(path)[1].lower())
            yield _Going(name, facts, path, 0.0, facts.duration, list(group), is_slow)
            continue
        for item in group:
            onset = max(0.0, item.onset - AROUND)
            offset = min(facts.duration, item.offset + AROUND)
            yield _Going(f"{key}_{round(item.onset * 1000):08d}.wav", facts, path, onset, offset, [item])


def _sent(
    going: list[_Going],
    place: Place,
    how: AudioChoice,
    summary: ReviewExportSummary,
    advance: Callable[[float], None],
) -> Iterator[_Going]:
    """Put the audio into the folder; what cannot be decoded stays out."""
    for each in going:
        advance(1)
        try:
            if each.is_made:
                y, sr = read(each.path, start=each.onset, duration=each.offset - each.onset)
                subtype = "FLOAT" if beyond_full_scale(y) else None
                write(place.part / each.name, [y], sr=sr, channels=len(y), format="wav", subtype=subtype)
            else:
                place(each.name, each.path, "copy" if how == "copy" else "symlink")
        except AudioError as error:
            summary.problems.append(Problem("failed", each.path, error.message))
        else:
            yield each


def _asked(dataset: Dataset, queue: str, item: ReviewItem, facts: RecordingFacts) -> AskedStretch:
    means, label = queues.asks(queue, item, facts.label)
    looked = reviewing.looked_at(dataset.store, item.recording, item.layer) if item.layer else None
    version, digest = looked or (None, None)
    return AskedStretch(
        item.key,
        round(item.onset, 6),
        round(item.offset, 6),
        label,
        means,
        item.why,
        item.layer,
        version,
        digest,
        item.score,
    )


def _row(file: ExchangeFile, each: _Going, classes: tuple[str, ...]) -> Row:
    """Make the row of a file; its other classes become the choices in Label Studio."""
    marks = tuple(
        Segment(
            round(asked.onset - file.onset, 6), round(asked.offset - file.onset, 6), asked.label, asked.score
        )
        for asked in file.asked
    )
    return Row(
        recording_id=file.recording_id,
        path=file.name,
        offset=file.duration,
        duration=file.duration,
        file_duration=file.duration,
        sr=each.facts.sr,
        label=each.facts.label,
        secondary_labels=("cut", "drop", "keep", *classes),
        scientific_name=each.facts.scientific_name,
        annotations=marks,
    )
