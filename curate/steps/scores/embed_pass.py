"""The pass of `curate embed`: what lacks vectors is decoded once, and what was heard is noted."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curate.catalogue import damage, layers, listings, recordings, vectors
from curate.catalogue.dataset import Dataset
from curate.catalogue.recordings import File
from curate.catalogue.store import Store
from curate.detectors.detect_file import DetectionJob, modules_of
from curate.embedders import Embedder
from curate.embedders.class_scores import FLOOR, MOST
from curate.embedders.embed_file import Embedded, EmbedJob
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.errors import OtherFile
from curate.progress import Progress
from curate.steps.clean.scan import settings_of
from curate.steps.common.detect import DetectionCounts, WantedLayer, batches, define, note
from curate.steps.common.failing import Failing
from curate.steps.common.kept_vectors import current_rows, kept_parts, parts_in
from curate.steps.common.model_kinds import digest_of, layer_name, parameters_of, scores_layer_name
from curate.steps.scores.embed_and_detect import SharedJob, embed_and_feed, finish_heard
from curate.steps.scores.embed_summary import EmbedSummary


@dataclass(frozen=True, slots=True)
class EmbedPass:
    """What is asked for.

    Parameters
    ----------
    model, kind
        As it was named, and what that is.
    hop : seconds
    kept
        Whether kept parts alone are listened to.
    detectors
        Who listens in the same pass, where it has not heard the recording yet.
    limit, retry_failed
        As of `embed`.
    """

    model: str
    kind: type[Embedder]
    hop: float
    kept: bool
    detectors: Sequence[str] = ()
    limit: int | None = None
    retry_failed: bool = False

    @property
    def digest(self) -> str:
        """Names the file of the vectors."""
        return digest_of(self.kind, self.hop)

    @property
    def of_scores(self) -> dict[str, Any]:
        """All that the scores of the model depend on, next to its version."""
        return {**parameters_of(self.kind, self.hop), "floor": FLOOR, "most": MOST}


def waiting(dataset: Dataset, asked: EmbedPass) -> list[int]:
    """List the recordings that lack vectors: of the model, its version and hop, and of what is kept now."""
    store, kind = dataset.store, asked.kind
    wanted = {layer_name(kind.name): asked.digest}
    if kind.classes():  # vectors may have been imported without scores
        wanted[scores_layer_name(kind.name)] = layers.digest(kind.version, asked.of_scores)
    lacking: set[int] = set()
    for name, digest in wanted.items():
        layer = layers.find_number(store, name)
        found = layers.waiting(
            store,
            -1 if layer is None else layer,
            version=kind.version,
            digest=digest,
            retry_failed=asked.retry_failed,
        )
        lacking.update(number for number, _ in found)
    layer = layers.find_number(store, layer_name(kind.name))
    if layer is not None:
        _, stale = current_rows(store, layer, asked.digest, kept=asked.kept)
        if stale:
            # But for those that failed since: these wait for `retry_failed`.
            lacking.update({row.recording for row in stale} & set(layers.looked_at(store, layer)))
    return sorted(lacking)[: asked.limit]


def too_low(store: Store, kind: type[Embedder]) -> set[int]:
    """List the recordings whose rate is too low to hold what the model listens for."""
    least = least_rate(kind)
    return {int(number) for number, _, sr in listings.lengths(store) if sr < least} if least else set()


def least_rate(kind: type[Embedder]) -> int:
    """Give the lowest rate, in Hz, of a recording that the model listens to; 0 where any will do."""
    return int(getattr(kind, "least_sr", 0))


def count(store: Store, layer: int, digest: str, summary: EmbedSummary) -> None:
    """Count what has vectors now."""
    current, _ = current_rows(store, layer, digest, kept=summary.kept)
    summary.recordings = sum(row.windows > 0 for row in current)
    summary.nothing_left = len(current) - summary.recordings
    summary.vectors = sum(row.windows for row in current)


def run_pass(
    dataset: Dataset, asked: EmbedPass, summary: EmbedSummary, *, workers: Engine, progress: Progress
) -> None:
    """Look at what lacks vectors, and note them about once a second."""
    store, kind = dataset.store, asked.kind
    parameters = parameters_of(kind, asked.hop) | ({vectors.KEPT: True} if asked.kept else {})
    layer = _define(store, layer_name(kind.name), asked, parameters)
    path = vectors.path_of(dataset.folder, kind.name, asked.digest)
    with vectors.VectorWriter(
        store, path, layer=layer, digest=asked.digest, dimension=kind.dimension
    ) as writer:
        # Inside the writer: opening it forgets rows that the file lost, and these must be made again.
        lacking = set(waiting(dataset, asked))
        parts = kept_parts(store) if asked.kept else {}
        notes = _Notes(store, asked, summary, layer=layer, writer=writer, parts=parts)
        gone = {number for number in lacking if parts_in(parts.get(number)) == ()}
        with store.transaction():
            for number in sorted(gone):  # nobody listens to what is cut as a whole
                notes.put(number, Embedded(np.empty((0, kind.dimension), np.float16), 0, 0.0), None)
            low = too_low(store, kind)
            for number in sorted((lacking & low) - gone):
                notes.pass_over(number, f"needs {least_rate(kind)} Hz or more")
        lacking -= gone | low
        summary.too_low = len(low)
        order, total = array("q"), 0.0
        for number, duration in recordings.longest_first(store):
            if number in lacking:
                order.append(number)
                total += duration
        silent = _unheard(store, asked, lacking)
        jobs = (
            SharedJob(
                EmbedJob(
                    *_facts(dataset, file),
                    asked.model,
                    asked.hop,
                    kind.version,
                    parts_in(parts.get(file.recording)),
                    file.sha256,
                ),
                _detection_job(dataset, file, silent.get(file.recording, ())),
            )
            for file in recordings.files(store, order)
        )
        failing, covered = Failing(), DetectionCounts()
        with progress("embedding", total, "s") as advance:
            if order:
                workers.check_paths(dataset.path(file.path) for file in recordings.files(store, order))
                workers.expect(modules_of({each.name for looked in silent.values() for each in looked}))
            mapped = workers.map_together(
                embed_and_feed, finish_heard, jobs, size=share_of_bundle(total, workers.workers)
            )
            for outcomes in batches(mapped):
                with store.transaction():
                    for outcome in outcomes:
                        number, failure = outcome.item.embed.recording, failing.failure_of(outcome)
                        found = outcome.result
                        is_unseen = isinstance(outcome.error, OtherFile)
                        embedded = None if found is None else found.embedded
                        notes.put(number, embedded, failure, is_unseen=is_unseen)
                        summary.embedded += failure is None
                        if found is not None and found.detection is not None:
                            note(
                                store,
                                number,
                                found.detection,
                                silent[number],
                                covered=covered,
                                failing=failing,
                            )
                    # Before the transaction ends: the catalogue must not name rows that a crash could lose.
                    writer.sync()
                advance(sum(outcome.item.duration for outcome in outcomes))
    summary.detected, summary.undetected = covered.scanned, covered.failed
    count(store, layer, asked.digest, summary)
    summary.failed = layers.count_failed(store, layer_name(kind.name))
    vectors.drop_others(store, path, layer, asked.digest)


def _unheard(store: Store, asked: EmbedPass, lacking: set[int]) -> dict[int, list[WantedLayer]]:
    """List, by recording, the detectors that would have to decode it as well."""
    found: dict[int, list[WantedLayer]] = {}
    for name in asked.detectors:
        layer = define(store, name, settings_of(store, name))
        for number, has_track in layers.waiting(
            store,
            layer.number,
            version=layer.version,
            digest=layer.digest,
            retry_failed=asked.retry_failed,
        ):
            if number in lacking and not has_track:
                found.setdefault(number, []).append(layer)
    return found


def _detection_job(dataset: Dataset, file: File, looked: Sequence[WantedLayer]) -> DetectionJob | None:
    """Say which detectors listen to a file; None where none does."""
    if not looked:
        return None
    settings = {layer.name: layer.settings for layer in looked}
    return DetectionJob(*_facts(dataset, file), settings, sha256=file.sha256)


def _facts(dataset: Dataset, file: File) -> tuple[int, str, float, int, int]:
    """Tell what a worker must know of a file, whoever listens."""
    return file.recording, dataset.path(file.path), file.duration, file.size, file.mtime_ns


class _Notes:
    """Writes down what was heard of recordings: vectors, scores, and that they were looked at."""

    def __init__(
        self,
        store: Store,
        asked: EmbedPass,
        summary: EmbedSummary,
        *,
        layer: int,
        writer: vectors.VectorWriter,
        parts: Mapping[int, str],
    ) -> None:
        self._store, self._summary, self._writer, self._parts = store, summary, writer, parts
        self._layers = {layer: asked.digest}
        self._heard: int | None = None
        if summary.classes:
            self._heard = _define(store, scores_layer_name(asked.kind.name), asked, asked.of_scores)
            self._layers[self._heard] = layers.digest(asked.kind.version, asked.of_scores)

    def pass_over(self, number: int, why: str) -> None:
        """Write down why nobody looks at a recording."""
        for layer, digest in self._layers.items():
            layers.put(self._store, number, layer, [], digest=digest, note=why)

    def put(
        self, number: int, found: Embedded | None, failure: str | None, *, is_unseen: bool = False
    ) -> None:
        """Write down what a look at a recording gave, or why it failed: perhaps nobody saw its file."""
        summary = self._summary
        for layer, digest in self._layers.items():
            scores = found.scores if found is not None and layer == self._heard else ()
            by = layers.UNSEEN if is_unseen else digest
            layers.put(self._store, number, layer, scores, digest=by, failure=failure)
        if found is None or failure is not None:
            return
        if found.decoded is not None:
            # A header may lie, and no window begins behind the end of its recording.
            recordings.set_length(self._store, number, found.decoded.frames, found.decoded.problem)
            damage.put(self._store, number, found.decoded.damage)
        silent = found.silent + found.cut
        self._writer.put(number, found.vectors, silent=silent, kept=self._parts.get(number))
        summary.windows += len(found.vectors)
        summary.silent += found.silent
        summary.cut += found.cut
        summary.scores += len(found.scores)
        summary.audio_seconds += found.duration


def _define(store: Store, name: str, asked: EmbedPass, parameters: Mapping[str, Any]) -> int:
    return layers.define(store, name, producer=asked.model, version=asked.kind.version, parameters=parameters)
