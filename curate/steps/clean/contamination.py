"""Recordings that a dataset must not share sounds with: a test set, or what a model was trained on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from curate.audio.examine import examine
from curate.catalogue import duplicates
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.decisions.duplicates import Overlap
from curate.detectors.decode import DetectionJob, detect_file
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.formats.choose import reader_for
from curate.model import Problem
from curate.progress import Progress
from curate.steps.clean.same_sound import SoundIndex, equal_sound
from curate.steps.common.failing import Failing
from curate.steps.common.same_sound_groups import LAYER


@dataclass(slots=True)
class Others:
    """Recordings outside of the dataset.

    Parameters
    ----------
    names
        Of each, for people.
    ids, digests
        Place of the one with an id, and with a hash of its bytes.
    sounds
        Fingerprints, with places as numbers.
    """

    names: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)
    sounds: SoundIndex = field(default_factory=SoundIndex)
    problems: list[Problem] = field(default_factory=list)

    def add(self, name: str, recording_id: str, digest: str | None) -> int:
        """Take a recording in; gives its place."""
        place = len(self.names)
        self.names.append(name)
        if recording_id:
            self.ids.setdefault(recording_id, place)
        if digest:
            self.digests.setdefault(digest, place)
        return place


def outside(place: Path, *, listen: bool, workers: Engine, progress: Progress) -> Others:
    """Gather the recordings of another dataset, or of a table or folder that could be imported.

    Parameters
    ----------
    listen
        Whether to hear those whose fingerprint is not stored; they have bytes and ids alone else.

    Raises
    ------
    UsageError
        If there is nothing of the kind.
    """
    others = Others()
    dataset = Dataset(place)
    with dataset:
        jobs = list(_of_dataset(dataset, others) if dataset.exists else _of_table(place, others))
    if listen and jobs:
        total = sum(job.duration for job in jobs)
        failing = Failing()
        with progress("listening to the others", total, "s") as advance:
            workers.check_paths(job.path for job in jobs)
            for outcome in workers.map(detect_file, jobs, size=share_of_bundle(total, workers.workers)):
                failure = failing.failure_of(outcome)
                if failure is not None:
                    others.problems.append(Problem("failed", outcome.item.path, failure))
                elif outcome.result is not None and LAYER in outcome.result.findings:
                    track = outcome.result.findings[LAYER].track
                    others.sounds.add(outcome.item.recording, outcome.item.duration, track)
                advance(outcome.item.duration)
    return others


def _of_dataset(dataset: Dataset, others: Others) -> Iterator[DetectionJob]:
    """Take in all recordings of a dataset; gives what must still be heard."""
    heard = {number: (length, track) for number, length, track in duplicates.tracks(dataset.store, LAYER)}
    for number, name, digest, cell, length, size, mtime in duplicates.files(dataset.store):
        place = others.add(name, name, digest)
        if number in heard:
            others.sounds.add(place, *heard[number])
        else:
            yield DetectionJob(place, dataset.path(cell), length, size, mtime, {LAYER: {}}, "cpu")


def _of_table(table: Path, others: Others) -> Iterator[DetectionJob]:
    """Take in all recordings of a table or folder; gives what must be heard."""
    for row in reader_for(table, "auto")(table, report=others.problems.append):
        facts = examine(row.path)
        place = others.add(row.recording_id or os.path.basename(row.path), row.recording_id, facts.sha256)
        if facts.info is None:
            others.problems.append(Problem("failed", row.path, facts.problem or "no audio"))
        else:
            length = facts.info.duration
            yield DetectionJob(place, row.path, length, facts.bytes, facts.mtime_ns, {LAYER: {}}, "cpu")


def leaks(store: Store, sounds: SoundIndex, others: Others) -> list[Overlap]:
    """Pair recordings with those outside that they share anything with; `Overlap.other` is a place there."""
    found = []
    for number, name, digest, length in duplicates.hashes(store):
        whole = (0.0, length or 0.0, 0.0, length or 0.0)
        if digest in others.digests:
            found.append(Overlap(number, others.digests[digest], "bytes", *whole))
        elif name in others.ids:
            found.append(Overlap(number, others.ids[name], "id", *whole))
    return found + equal_sound(sounds, others.sounds)
