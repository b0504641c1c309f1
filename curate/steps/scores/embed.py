"""`curate embed`: a vector for every window of every recording, by a model that knows sounds.

What the model hears there, class by class, becomes a layer of its own: one invocation gives both.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from curate import speeds
from curate.catalogue import layers, listings, recordings, vectors
from curate.catalogue.dataset import Dataset
from curate.embedders import Embedder
from curate.embedders.embed_file import embedder, model_class
from curate.embedders.file_model import absolute
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.lookup import check_local
from curate.model import Problem
from curate.progress import Progress, silent
from curate.steps.acquire.import_ import import_
from curate.steps.clean import scan
from curate.steps.common.model_kinds import asked_by, digest_of, is_made_here, layer_name
from curate.steps.common.work import Work
from curate.steps.scores.embed_pass import EmbedPass, count, run_pass, too_low, waiting
from curate.steps.scores.embed_summary import EmbedSummary
from curate.steps.scores.exchange_vectors import TakenVectors, check_target, take_vectors, write_vectors
from curate.steps.scores.held_vectors import held_vectors

STEP = "embed"

#: The shortest hop in seconds: less only repeats what the window before holds.
_LEAST_HOP = 0.05


def embed(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    model: str = "spectral",
    hop: float | None = None,
    kept: bool | None = None,
    detectors: Sequence[str] = (),
    vectors_from: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    engine: str = "local",
    limit: int | None = None,
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> EmbedSummary:
    """Give every window of every recording a vector, if it lacks one of this model, version and hop.

    Parameters
    ----------
    paths
        Imported first.
    model
        A key of `EMBEDDERS`, ``onnx:FILE``, ``tflite:FILE`` or ``torchscript:FILE`` with a card next to the
        file, or ``package.module:attribute``.
    hop : seconds
        From the start of one window to that of the next. None takes that of the model's vectors here, else
        the length of a window. Another hop than before makes all vectors again.
    kept
        Listen to the kept parts of each recording. Cut parts count as silence. A window has no vector if less
        than half of it is kept. False listens to whole recordings. None continues as before.
    detectors
        Keys of `DETECTORS`: they listen in the same pass, to what lacks vectors and was not heard by them.
    vectors_from
        Make none: take those of a Parquet file or the folder of a Hoplite database. `model` is then any name.
    out
        Write all vectors of the model in the end: a Parquet file by its ending, else a new Hoplite database.
    jobs, engine
        Worker processes, and where they run.
    limit
        Look at no more than this many recordings.
    retry_failed
        Look again where an earlier look failed.
    dry_run
        Say what would be listened to. Listen to nothing, write nothing.

    Raises
    ------
    UsageError
        If there is no such model, or what it needs is not installed.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    started = time.monotonic()
    if vectors_from is None and dataset.exists:
        model = asked_by(dataset.store, model)
    check(
        model=model, hop=hop, kept=kept, detectors=detectors, vectors_from=vectors_from, out=out, limit=limit
    )
    model = absolute(model)
    target = None if out is None else Path(os.path.abspath(out))
    if vectors_from is not None or not is_made_here(model):  # of the latter, vectors are all there is
        summary = _exchange(dataset, paths, model, vectors_from, target, whole=kept is False, dry_run=dry_run)
        summary.elapsed_s = time.monotonic() - started
        return summary
    kind = model_class(model)
    asked = replace(
        _asked(dataset, model, hop, kept),
        detectors=sorted(set(detectors)),
        limit=limit,
        retry_failed=retry_failed,
    )
    summary = EmbedSummary(kind.name, kind.version, kind.license, kind.window, asked.hop, kind.dimension)
    summary.kept = asked.kept
    longer = kind.window / asked.hop
    if dry_run:
        if paths:
            summary.imported = import_(dataset, paths, dry_run=True)
        if summary.imported is None or dataset.exists:
            held = set(waiting(dataset, asked)) - too_low(dataset.store, kind)
            seconds = sum(length for number, length, _ in listings.lengths(dataset.store) if number in held)
            took = speeds.seconds_for(_speed_of(kind), seconds * longer) if seconds else 0.0
            summary.work = Work(len(held), seconds, elapsed_s=took)
        return summary
    embedder(model)  # what is missing for it is told before anything is imported
    summary.classes = len(kind.classes())
    with open_engine(engine, jobs=jobs) as workers:
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, progress=progress)
        dataset.check_exists()
        with dataset.writing(STEP, {"model": model, "hop": asked.hop, "kept": asked.kept}) as run:
            began = time.monotonic()
            run_pass(dataset, asked, summary, workers=workers, progress=progress)
            summary.unreadable = recordings.failed_names(dataset.store)
            speeds.note(_speed_of(kind), summary.audio_seconds * longer, time.monotonic() - began)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(embedded=summary.embedded, failed=summary.failed)
    if target is not None:
        write_vectors(dataset, model, target)
        summary.path = str(target)
    return summary


def _asked(dataset: Dataset, model: str, hop: float | None, kept: bool | None) -> EmbedPass:
    """Say what is meant: what is not said stays as the vectors of the model are."""
    kind = model_class(model)
    name = layer_name(kind.name)
    before = (layers.parameters_of(dataset.store, name) or {}) if dataset.exists else {}
    hop = float(before.get("hop", kind.window)) if hop is None else hop
    kept = bool(before.get(vectors.KEPT)) if kept is None else kept
    return EmbedPass(model, kind, hop, kept)


def _exchange(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    model: str,
    source: str | os.PathLike[str] | None,
    target: Path | None,
    *,
    whole: bool,
    dry_run: bool,
) -> EmbedSummary:
    """Take vectors from a file, write them to another, or both; nobody listens."""
    imported = import_(dataset, paths, dry_run=dry_run) if paths else None
    dataset.check_exists()
    problems: list[Problem] = []
    if source is not None and dry_run:
        taken = take_vectors(
            dataset, Path(os.path.abspath(source)), model, problems.append, whole=whole, dry_run=True
        )
    elif source is not None:
        with dataset.writing(STEP, {"model": model, "vectors_from": os.path.abspath(source)}) as run:
            taken = take_vectors(dataset, Path(os.path.abspath(source)), model, problems.append, whole=whole)
            run.counts.update(embedded=taken.recordings)
    else:
        held = held_vectors(dataset, model)
        taken = TakenVectors(held.kind, held.hop)
    kind = taken.kind
    summary = EmbedSummary(kind.name, kind.version, kind.license, kind.window, taken.hop, kind.dimension)
    summary.imported, summary.problems = imported, problems
    summary.embedded, summary.windows = taken.recordings, taken.windows
    summary.same, summary.holes = taken.same, taken.holes
    layer = layers.find_number(dataset.store, layer_name(kind.name))
    if layer is not None:
        count(dataset.store, layer, digest_of(kind, taken.hop), summary)
    if target is not None and not dry_run:
        write_vectors(dataset, model, target)
        summary.path = str(target)
    return summary


def check(
    *,
    model: str,
    hop: float | None = None,
    kept: bool | None = None,
    detectors: Sequence[str] = (),
    vectors_from: object = None,
    out: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    **_: object,
) -> None:
    """Look at the options of a run before hours of listening.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    check_local(out)
    if out is not None:
        check_target(Path(os.path.abspath(out)))
    if vectors_from is not None and hop is not None:
        raise UsageError("the file of --vectors-from has its own hop", hint="leave --hop out")
    if kept and (vectors_from is not None or not is_made_here(model)):
        raise UsageError("vectors of kept parts are made here", hint="leave --vectors-from or --kept out")
    if vectors_from is None and (is_made_here(model) or out is None):
        model_class(model)
    if hop is not None and not (_LEAST_HOP <= hop < math.inf):
        raise UsageError(f"hop must be {_LEAST_HOP} s or more: got {hop}")
    scan.check(detectors=detectors, limit=limit)
    if detectors and (vectors_from is not None or not is_made_here(model)):
        raise UsageError(
            "detectors scan where vectors are made", hint="leave --detector out, then: curate scan"
        )


def _speed_of(kind: type[Embedder]) -> str:
    """Say under what `curate.speeds` keeps how long a model takes for seconds of windows."""
    return f"embed_{kind.name}_s"
