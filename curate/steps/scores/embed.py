"""`curate embed`: a vector for every window of every recording, by a model that knows sounds.

What the model hears there, class by class, becomes a layer of its own: one invocation gives both.
"""

from __future__ import annotations

import math
import os
import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate import speeds
from curate.catalogue import layers, listings, recordings, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.embedders import Embedder
from curate.embedders.class_scores import FLOOR, MOST
from curate.embedders.embed_file import EmbedJob, embed_file, embedder, model_class
from curate.embedders.file_model import absolute
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.lookup import check_local
from curate.model import Problem
from curate.progress import Progress, silent
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.detect import batches
from curate.steps.common.failing import Failing
from curate.steps.common.model_kinds import (
    digest_of,
    is_made_here,
    layer_name,
    parameters_of,
    scores_layer_name,
)
from curate.steps.common.work import Work
from curate.steps.scores.exchange_vectors import TakenVectors, check_target, take_vectors, write_vectors
from curate.steps.scores.held_vectors import held_vectors
from curate.steps.scores.near_rows import keep_quick_rows

STEP = "embed"

#: The shortest hop in seconds: less only repeats what the window before holds.
_LEAST_HOP = 0.05


@dataclass(slots=True)
class EmbedSummary:
    """What a run did; times in seconds.

    Parameters
    ----------
    model, version, license
        Whose vectors they are; the licence of the weights is empty where they are the project's own.
    window, hop
        Length of a window, and from the start of one to that of the next.
    dimension
        Numbers of a vector.
    embedded, audio_seconds, windows, silent
        Recordings decoded in this run, their length, their windows and those without sound; `failed` could
        not be decoded.
    classes
        That the model knows.
    scores
        Scores of windows for classes that this run kept, in the layer ``scores-MODEL``.
    recordings, vectors
        That have vectors now, and how many.
    same, holes, problems
        Of vectors that were made elsewhere: recordings that had the same ones before, windows that the file
        does not have between others, and rows that cannot be used.
    path
        The file or folder that was written.
    work
        With ``dry_run``, what would be listened to.
    """

    model: str
    version: str
    license: str
    window: float
    hop: float
    dimension: int
    classes: int = 0
    scores: int = 0
    embedded: int = 0
    failed: int = 0
    windows: int = 0
    silent: int = 0
    audio_seconds: float = 0.0
    recordings: int = 0
    vectors: int = 0
    same: int = 0
    holes: int = 0
    problems: list[Problem] = field(default_factory=list)
    path: str | None = None
    elapsed_s: float = 0.0
    work: Work | None = None
    imported: ImportSummary | None = None


def embed(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    *,
    model: str = "spectral",
    hop: float | None = None,
    vectors_from: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    engine: str = "local",
    limit: int | None = None,
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> EmbedSummary:
    """Give every window of every recording a vector, where it has none of this model, version and hop.

    Parameters
    ----------
    paths
        Imported first.
    model
        A key of `EMBEDDERS`, ``onnx:FILE``, ``tflite:FILE`` or ``torchscript:FILE`` with a card beside the
        file, or ``package.module:attribute``.
    hop : seconds
        From the start of one window to that of the next; the length of a window where None. Another hop than
        before makes all vectors anew.
    vectors_from
        Make none: take those of a Parquet file or the folder of a Hoplite database. `model` is then any name.
    out
        Write all vectors of the model in the end: a Parquet file by its ending, else a new Hoplite database.
    jobs, engine
        Worker processes, and where they run.
    limit
        Look at no more than so many recordings.
    retry_failed
        Look again where an earlier look failed.
    dry_run
        Say what would be listened to; listen to nothing, write nothing.

    Raises
    ------
    UsageError
        If there is no such model, or what it needs is not installed.
    NotInCatalogue
        If there is no dataset and nothing to import.
    """
    started = time.monotonic()
    check(model=model, hop=hop, vectors_from=vectors_from, out=out, limit=limit)
    model = absolute(model)
    target = None if out is None else Path(os.path.abspath(out))
    if vectors_from is not None or not is_made_here(model):  # of the latter, vectors are all there is
        summary = _exchange(dataset, paths, model, vectors_from, target, dry_run=dry_run)
        summary.elapsed_s = time.monotonic() - started
        return summary
    kind = model_class(model)
    step = kind.window if hop is None else hop
    summary = EmbedSummary(kind.name, kind.version, kind.license, kind.window, step, kind.dimension)
    if dry_run:
        if paths:
            summary.imported = import_(dataset, paths, dry_run=True)
        if summary.imported is None or dataset.exists:
            waiting = _waiting(dataset, kind, summary.hop, limit=limit, retry_failed=retry_failed)
            held = set(waiting)
            seconds = sum(length for number, length, _ in listings.lengths(dataset.store) if number in held)
            took = speeds.seconds_for(_speed_of(kind), seconds * kind.window / step) if seconds else 0.0
            summary.work = Work(len(held), seconds, elapsed_s=took)
        return summary
    embedder(model)  # what is missing for it is told before anything is imported
    summary.classes = len(kind.classes())
    with open_engine(engine, jobs=jobs) as workers:
        if paths:
            summary.imported = import_(dataset, paths, engine=workers, progress=progress)
        dataset.check_exists()
        with dataset.writing(STEP, {"model": model, "hop": step}) as run:
            began = time.monotonic()
            _embed(
                dataset,
                kind,
                model,
                summary,
                workers=workers,
                limit=limit,
                retry_failed=retry_failed,
                progress=progress,
            )
            speeds.note(_speed_of(kind), summary.audio_seconds * kind.window / step, time.monotonic() - began)
            summary.elapsed_s = time.monotonic() - started
            run.counts.update(embedded=summary.embedded, failed=summary.failed)
    if target is not None:
        write_vectors(dataset, model, target)
        summary.path = str(target)
    return summary


def _exchange(
    dataset: Dataset,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    model: str,
    source: str | os.PathLike[str] | None,
    target: Path | None,
    *,
    dry_run: bool,
) -> EmbedSummary:
    """Take vectors from a file, write them to another, or both; nobody listens."""
    imported = import_(dataset, paths, dry_run=dry_run) if paths else None
    dataset.check_exists()
    problems: list[Problem] = []
    if source is not None and dry_run:
        taken = take_vectors(dataset, Path(os.path.abspath(source)), model, problems.append, dry_run=True)
    elif source is not None:
        with dataset.writing(STEP, {"model": model, "vectors_from": os.path.abspath(source)}) as run:
            taken = take_vectors(dataset, Path(os.path.abspath(source)), model, problems.append)
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
        _count(dataset.store, layer, digest_of(kind, taken.hop), summary)
    if target is not None and not dry_run:
        write_vectors(dataset, model, target)
        summary.path = str(target)
    return summary


def _count(store: Store, layer: int, digest: str, summary: EmbedSummary) -> None:
    """Count what has vectors now."""
    for each in vectors.rows(store, layer, digest):
        summary.recordings += 1
        summary.vectors += each.windows


def check(
    *,
    model: str,
    hop: float | None = None,
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
        raise UsageError("the file of --vectors-from says its hop itself", hint="leave --hop out")
    if vectors_from is None and (is_made_here(model) or out is None):
        model_class(model)
    if hop is not None and not (_LEAST_HOP <= hop < math.inf):
        raise UsageError(f"hop must be {_LEAST_HOP} s or more, not {hop}")
    if limit is not None and limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")


def _speed_of(kind: type[Embedder]) -> str:
    """Say under what `curate.speeds` keeps how long a model takes for seconds of windows."""
    return f"embed_{kind.name}_s"


def _define(store: Store, name: str, kind: type[Embedder], model: str, parameters: Mapping[str, Any]) -> int:
    return layers.define(store, name, producer=model, version=kind.version, parameters=parameters)


def _waiting(
    dataset: Dataset, kind: type[Embedder], hop: float, *, limit: int | None, retry_failed: bool
) -> list[int]:
    wanted = {layer_name(kind.name): digest_of(kind, hop)}
    if kind.classes():  # vectors may have been imported without scores
        wanted[scores_layer_name(kind.name)] = layers.digest(kind.version, _kept(kind, hop))
    lacking: set[int] = set()
    for name, of_it in wanted.items():
        layer = layers.find_number(dataset.store, name)
        waiting = layers.waiting(
            dataset.store,
            -1 if layer is None else layer,
            version=kind.version,
            digest=of_it,
            retry_failed=retry_failed,
        )
        lacking.update(number for number, _ in waiting)
    return sorted(lacking)[:limit]


def _kept(kind: type[Embedder], hop: float) -> dict[str, Any]:
    """List all that the scores of a model depend on, beside its version."""
    return {**parameters_of(kind, hop), "floor": FLOOR, "most": MOST}


def _embed(
    dataset: Dataset,
    kind: type[Embedder],
    model: str,
    summary: EmbedSummary,
    *,
    workers: Engine,
    limit: int | None,
    retry_failed: bool,
    progress: Progress,
) -> None:
    """Look at what lacks vectors, and note them about once a second."""
    store = dataset.store
    digest = digest_of(kind, summary.hop)
    layer = _define(store, layer_name(kind.name), kind, model, parameters_of(kind, summary.hop))
    heard, heard_digest = None, ""
    if summary.classes:
        kept = _kept(kind, summary.hop)
        heard = _define(store, scores_layer_name(kind.name), kind, model, kept)
        heard_digest = layers.digest(kind.version, kept)
    path = vectors.path_of(dataset.folder, kind.name, digest)
    with vectors.VectorWriter(store, path, layer=layer, digest=digest, dimension=kind.dimension) as writer:
        lacking = set(_waiting(dataset, kind, summary.hop, limit=limit, retry_failed=retry_failed))
        order, total = array("q"), 0.0
        for number, duration in recordings.longest_first(store):
            if number in lacking:
                order.append(number)
                total += duration
        jobs = (
            EmbedJob(
                file.recording,
                dataset.path(file.path),
                file.duration,
                file.size,
                file.mtime_ns,
                model,
                summary.hop,
                kind.version,
            )
            for file in recordings.files(store, order)
        )
        failing = Failing()
        with progress("embedding", total, "s") as advance:
            if order:
                workers.check_paths(dataset.path(file.path) for file in recordings.files(store, order))
            mapped = workers.map(embed_file, jobs, size=share_of_bundle(total, workers.workers))
            for outcomes in batches(mapped):
                with store.transaction():
                    for outcome in outcomes:
                        number, found = outcome.item.recording, outcome.result
                        failure = failing.failure_of(outcome)
                        layers.put(store, number, layer, [], digest=digest, failure=failure)
                        if heard is not None:
                            scores = () if found is None else found.scores
                            layers.put(store, number, heard, scores, digest=heard_digest, failure=failure)
                        if found is None or failure is not None:
                            summary.failed += 1
                            continue
                        writer.put(number, found.vectors, silent=found.silent)
                        summary.embedded += 1
                        summary.windows += len(found.vectors)
                        summary.silent += found.silent
                        summary.scores += len(found.scores)
                        summary.audio_seconds += found.duration
                    writer.sync()
                advance(sum(outcome.item.duration for outcome in outcomes))
    _count(store, layer, digest, summary)
    keep_quick_rows(store, path, layer, digest, kind.dimension)
    vectors.drop_others(store, path, layer, digest)
