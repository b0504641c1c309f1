"""`curate import`: register recordings where they lie. The files stay as they are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from curate import speeds
from curate.audio.examine import GONE
from curate.catalogue import assignments, recorders, recordings, runs
from curate.catalogue.dataset import Dataset
from curate.detectors.detect_file import NewFile
from curate.engine.bundles import Outcome
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.errors import FormatError
from curate.formats.choose import reader_for
from curate.formats.files import stored
from curate.formats.tables.sites import read_sites
from curate.lookup import check_local
from curate.model import NOTICES, FileFacts, Problem, Row
from curate.progress import Progress, silent
from curate.steps.acquire import changed_files
from curate.steps.acquire.annotations import AnnotationImport
from curate.steps.acquire.compare_rows import NamedClasses, compare, tell_classes
from curate.steps.acquire.foresee_import import SPEED, foresee
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.acquire.limit_to_manifest import limit
from curate.steps.acquire.parquet_sound import ParquetSound
from curate.steps.acquire.recorder_cards import CardOptions, RecorderCards
from curate.steps.acquire.recorder_facts import enriched, put, refill, settle, sited
from curate.steps.acquire.source_paths import identity, root_of, several, whole_path
from curate.steps.acquire.sources import SourceOptions, explained, open_sources, told
from curate.steps.common.credits import refresh_credits
from curate.steps.common.detect import batches
from curate.steps.common.ear import Ear, measure
from curate.steps.common.failing import Failing, unseen_by_worker
from curate.storage.address import is_remote
from curate.storage.files import size_and_version

#: Files that a worker opens at a time: opening one takes about a millisecond.
_BUNDLE = 16


def import_(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    format: str = "auto",
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: str | os.PathLike[str] | None = None,
    layer: str | None = None,
    as_labels: bool = False,
    min_score: float = 0.0,
    recorder: bool = False,
    folders: str = "auto",
    name_pattern: str | None = None,
    zone: str | None = None,
    sites: str | os.PathLike[str] | None = None,
    replace_changed: bool = False,
    retry_failed: bool = False,
    explain_table: bool = False,
    jobs: int | None = None,
    engine: str | Engine = "local",
    dry_run: bool = False,
    ear: Ear | None = None,
    progress: Progress = silent,
) -> ImportSummary:
    """Register the recordings under some folders or in some tables.

    Folders of object storage are given by their address, such as ``s3://bucket/birds``.

    Each file is opened once, to learn its true length, rate, channels and coding, and the
    hash of its bytes. Importing again adds nothing twice. A file at a new place may have the bytes of a
    recording whose file is gone. Then it is that recording, and all that is known of it stays.

    Parameters
    ----------
    dataset
        Where to register; made if it does not exist.
    paths
        Folders, audio files, or tables; one or several.
    format
        A key of `READERS`, or ``auto``. Then a table and an audio folder of a BirdCLEF year are
        read as such, and a table of stretches as annotations or a program's detections. Other files with
        the ending of a table are read as that table, all else as folders. The sound in
        Parquet with sound inside is written to ``raw/``.
    label_column, path_column
        Columns of a table whose names are not the usual ones.
    audio_folder
        Where the audio lies that a table names; None for next to the table.
    layer
        Where annotations go: what a table marks in a recording replaces what the layer said of it. None for
        ``annotations``, and for what a program detected the program's name.
    as_labels
        Label recordings by what is marked in them. Without it annotations and detections label nothing.
    min_score : 0 to 1
        Leave out annotations and detections with a lower score.
    recorder
        Take the sources for cards of recorders whatever their names are, and read again what files say that
        are known already.
    folders
        What a folder stands for: a ``label``, a ``site``, nothing (``ignore``), or ``auto``: a site where
        recorders named the files below it, else a label.
    name_pattern
        How files are named, such as ``{site}_{date}_{time}``: see `curate.recorders.pattern.FIELDS`.
    zone
        Time zone of clocks whose files name none: ``UTC``, ``+10:00`` or ``Australia/Brisbane``.
    sites
        Table of sites: their names, latitudes and longitudes; perhaps elevations, and zones of their clocks.
    replace_changed
        Accept other bytes, labels and fields of known recordings; otherwise they are reported and left
        alone. What is empty is filled without it.
    retry_failed
        Open once more the files that could not be decoded.
    explain_table
        Say what each column of the tables is taken for and how their rows are read; write nothing.
    dry_run
        Count, and say about how long the new recordings are, from a sample; write nothing.
    ear
        Listens to the recordings as they are opened; None if nobody does.

    Returns
    -------
    Counts, and every problem met.

    Raises
    ------
    UsageError
        If a path does not exist or a format is unknown.
    FormatError
        If a table is unusable as a whole.
    """
    started = time.monotonic()
    summary = ImportSummary()
    sources = several(paths)
    check_local(*(source for source in sources if not is_remote(source)), audio_folder, sites)
    where = None if audio_folder is None else Path(audio_folder)
    sound = ParquetSound(dataset, dry_run=dry_run or explain_table)
    options = SourceOptions(
        format,
        label_column,
        path_column,
        where,
        lambda path: (
            sound.reader(path, format, reader_for(path, format))
            if isinstance(path, Path)
            else stored.list_recordings
        ),
        dataset.clean,
    )
    options.check(sources)
    places = None if sites is None else read_sites(Path(sites), report=summary.report)
    chosen = CardOptions.of(
        recorder=recorder, folders=folders, name_pattern=name_pattern, zone=zone, sites=places
    )
    cards = RecorderCards(chosen, summary)
    if explain_table:
        summary.tables = [explained(path, options, summary) for path in sources]
        return summary
    annotator = AnnotationImport(dataset, layer, format, summary, as_labels=as_labels, min_score=min_score)
    # A table that is unusable as a whole says so here, before a dataset is made.
    named = NamedClasses()
    listings = [
        (path, _listed(cards.by_folder(path, rows, format), annotator, summary, named))
        for path, rows in open_sources(sources, options, summary)
    ]
    if dry_run:
        foresee(dataset, cards.preview(chain.from_iterable(listed for _, listed in listings)), summary)
        tell_classes(summary, named, dataset.store if dataset.exists else None)
        summary.elapsed_s = time.monotonic() - started
        return summary
    parameters: dict[str, Any] = {"paths": [whole_path(source) for source in sources], "format": format}
    parameters |= {"layer": layer, "as_labels": as_labels, "min_score": min_score}
    parameters |= {"label_column": label_column, "path_column": path_column}
    parameters |= {"recorder": recorder, "folders": folders, "name_pattern": name_pattern, "zone": zone}
    parameters |= {"sites": sites and os.path.abspath(sites), "replace_changed": replace_changed}
    parameters |= {"audio_folder": where and os.path.abspath(where), "retry_failed": retry_failed}
    with (
        dataset.writing("import", parameters) as run,
        open_engine(engine, jobs=jobs) as workers,
        progress("opening" if ear is None else "scanning", None, "files") as advance,
    ):
        failing, before = Failing(), runs.last_recording(dataset.store)
        cards.remember(recorders.sites(dataset.store))
        for path, listed in listings:
            root = root_of(path)
            # It opens transactions, which do not nest: `batches` pulls its rows only between those below.
            fresh = _fresh(
                dataset,
                listed,
                summary,
                annotator,
                replace_changed=replace_changed,
                retry_failed=retry_failed,
                again=partial(cards.reads_again, dataset.store),
            )
            seen = _seen_by(workers, fresh)
            for batch in batches(_opened(workers, seen) if ear is None else ear.open(workers, seen)):
                with dataset.store.transaction():
                    for outcome in batch:
                        added = _register(
                            dataset,
                            outcome,
                            root,
                            summary,
                            annotator,
                            cards=cards,
                            failure=failing.failure_of(outcome),
                            replace_changed=replace_changed,
                            retry_failed=retry_failed,
                        )
                        if ear is not None and added is not None and outcome.result is not None:
                            ear.note(dataset, added, outcome.result)
                advance(len(batch))
        if not summary.recordings:
            raise FormatError(
                f"no recordings found in {', '.join(map(str, sources))}" + told(summary),
                hint=_where_from(summary.problems),
            )
        summary.parts = sound.mark()
        cards.finish()
        changed_files.tell(dataset, sources, summary.report, after=before)
        tell_classes(summary, named, dataset.store, replace_changed=replace_changed)
        summary.elapsed_s = time.monotonic() - started
        if ear is None:
            speeds.note(SPEED, summary.bytes, summary.elapsed_s)
        refresh_credits(dataset, changed=summary.touched)
        run.counts.update(summary.counts)
    return summary


def _where_from(problems: Sequence[Problem]) -> str:
    """Say where recordings come from, if none was found."""
    kinds = {problem.kind for problem in problems} - NOTICES
    if "row-without-file" in kinds:
        return "paths count from the table's folder; name another with --audio-folder"
    return "name a folder with audio files, or a table of them"


def _seen_by(workers: Engine, rows: Iterator[Row]) -> Iterator[Row]:
    """Make sure that the workers see the files that we see."""
    first = list(islice(rows, 3))
    workers.check_paths(row.path for row in first if os.access(row.path, os.R_OK))
    return chain(first, rows)


def _opened(workers: Engine, rows: Iterator[Row]) -> Iterator[Outcome[Row, NewFile]]:
    """Open the files of rows, in their order."""
    workers.expect([measure.__module__])
    return workers.map(measure, rows, ordered=True, size=lambda _: 1 / _BUNDLE)


def _listed(
    rows: Iterator[Row], annotator: AnnotationImport, summary: ImportSummary, named: NamedClasses
) -> Iterator[Row]:
    """Count the rows and note how they name classes.

    What lies in the dataset's folder of clean copies is no recording of its own.
    """
    clean = os.path.join(os.path.realpath(annotator.dataset.clean), "")
    real_folder = lru_cache(maxsize=64)(os.path.realpath)
    seen = annotator.listed  # what several programs or tables speak of comes once for each
    for row in map(annotator.chosen, rows):
        is_clean = not is_remote(row.path) and os.path.join(
            real_folder(os.path.dirname(row.path)), ""
        ).startswith(clean)
        found = annotator.on_raw(row) if is_clean and row.annotations is not None else row
        if found is not None and (found is not row or not is_clean):
            if found.annotations is None or found.path not in seen:
                summary.recordings += 1
                summary.unlabelled += not found.label
                named.note(found)
            if found.annotations is not None:
                seen.add(found.path)
                named.labels.update(each.label for each in found.annotations if each.label)
            yield found


def _fresh(
    dataset: Dataset,
    rows: Iterator[Row],
    summary: ImportSummary,
    annotator: AnnotationImport,
    *,
    replace_changed: bool,
    retry_failed: bool,
    again: Callable[[int, Row], bool],
) -> Iterator[Row]:
    """Pass on the rows whose file must be opened: all but those that surely have not changed."""
    met: set[str] = set()  # what several programs found in a recording counts once
    for row in rows:
        known = recordings.known(dataset.store, row.path, dataset.folder)
        # A table of annotations need not say again what the catalogue knows.
        is_counted = not row.label and row.path not in met
        summary.unlabelled -= is_counted and known is not None and bool(known.label)
        met.update([row.path] if row.annotations is not None else [])
        if (
            known is None
            or again(known.id, row)
            or (known.status == "failed" and retry_failed)
            or not changed_files.unchanged(row.path, known)
        ):
            yield row
        else:
            summary.known += row.annotations is None or annotator.meets(known.id)
            with dataset.store.transaction():
                fill = annotator.as_labels
                compare(dataset, row, known, summary, replace_changed=replace_changed, fill=fill)
                settle(dataset, known.id, row, replace_changed=replace_changed)
                if row.annotations is not None and known.status == "ok":
                    annotator.put(known.id, row)


def _register(
    dataset: Dataset,
    outcome: Outcome[Row, NewFile],
    root: str,
    summary: ImportSummary,
    annotator: AnnotationImport,
    *,
    cards: RecorderCards,
    failure: str | None,
    replace_changed: bool,
    retry_failed: bool,
) -> int | None:
    """Write one opened file into the catalogue; gives the number of a recording that is new, or again."""
    store, row = dataset.store, outcome.item
    facts = _facts_of(outcome, failure)
    summary.bytes += facts.bytes
    known = recordings.known(store, row.path, dataset.folder)
    if known is None and changed_files.found_again(dataset, row.path, facts):
        known = recordings.known(store, row.path, dataset.folder)
        summary.moved += 1
    same = known is not None and known.sha256 == facts.sha256
    # Nothing was derived from a recording that failed: trying it again may take other bytes.
    again = known is not None and known.status == "failed" and retry_failed
    if known is not None and not same and not again and not replace_changed:
        summary.report(Problem("changed", row.path, changed_files.OTHER_BYTES))
        return None
    said = cards.facts(row, facts)
    if known is not None:
        recordings.touch(store, known.id, facts.mtime_ns)
        take = changed_files.measured_again if same and not again else changed_files.accept
        summary.take_back(row.path, take(store, known.id, facts))
        fill = annotator.as_labels
        compare(dataset, sited(row, said), known, summary, replace_changed=replace_changed, fill=fill)
    if known is not None and same and not again:
        summary.known += row.annotations is None or annotator.meets(known.id)
        if facts.info is not None:
            annotator.put(known.id, row)
            refill(dataset, known.id, said, row, same_bytes=True)
        return None
    if known is None:
        row = enriched(sited(row, said), said)
        archive_id = row.recording_id.partition(":")[2] or identity(row.path, root)
        number = recordings.add(store, row, facts, archive_id=archive_id, folder=dataset.folder)
        if row.fold is not None or (row.weight, row.copies) != (1.0, 1):
            assignments.put_imported(store, number, row.fold, row.weight, row.copies)
        put(dataset, number, said, outcome.item)
        summary.added += 1
    else:
        number = known.id
        refill(dataset, number, said, row, same_bytes=False)
        summary.replaced += 1
    annotator.meets(number)
    if facts.info is None:
        summary.failed += 1
        summary.report(Problem("failed", row.path, facts.problem or "cannot be decoded"))
    else:
        summary.audio_seconds += facts.info.duration
        if facts.problem is not None:
            summary.report(Problem("damaged", row.path, facts.problem))
        summary.limited += limit(store, number, row, facts.info.duration)
        annotator.put(number, row)
    return number


def _facts_of(outcome: Outcome[Row, NewFile], failure: str | None) -> FileFacts:
    """Give what opening a file showed, or that it could not be opened."""
    path = outcome.item.path
    if outcome.result is None:
        return FileFacts(*_size_and_time(path), None, None, failure)
    facts = outcome.result.facts
    if facts.problem == GONE and not is_remote(path) and os.path.exists(path):
        raise unseen_by_worker(path)
    return facts


def _size_and_time(path: str) -> tuple[int, int]:
    try:
        return size_and_version(path)
    except OSError:
        return 0, 0
