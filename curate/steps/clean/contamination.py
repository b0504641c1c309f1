"""Recordings that a dataset must keep apart from: a test set, or what a model was trained on."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from curate.audio.examine import examine
from curate.catalogue import duplicates, outsiders
from curate.catalogue.dataset import Dataset
from curate.catalogue.outsiders import Outsider
from curate.catalogue.store import Store
from curate.decisions.duplicates import Overlap
from curate.detectors.detect_file import DetectionJob, detect_file
from curate.engine.bundles import share_of_bundle
from curate.engine.loop import Engine
from curate.errors import UsageError
from curate.formats import without_labels
from curate.formats.choose import reader_for
from curate.model import Problem
from curate.progress import Progress
from curate.steps.clean.same_sound import SoundIndex, equal_sound
from curate.steps.common.failing import Failing
from curate.steps.common.same_sound_groups import LAYER, stored_leaks

#: Where an error is told.
Problems = list[Problem]


@dataclass(slots=True)
class Others:
    """Recordings outside of the dataset, with what they can be compared by.

    Parameters
    ----------
    members
        All of them.
    ids, digests
        Place in `members` of the one with an id, and with a hash of its bytes.
    sounds
        Fingerprints, with places as numbers.
    """

    members: list[Outsider] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)
    sounds: SoundIndex = field(default_factory=SoundIndex)

    @classmethod
    def of(cls, members: Iterable[Outsider]) -> Others:
        """Take recordings in."""
        others = cls(list(members))
        for place, each in enumerate(others.members):
            if each.recording_id:
                others.ids.setdefault(each.recording_id, place)
            if each.sha256:
                others.digests.setdefault(each.sha256, place)
            if each.track is not None:
                others.sounds.add(place, each.duration, each.track)
        return others

    @property
    def names(self) -> list[str]:
        """Of each, for people."""
        return [each.name for each in self.members]


def gathered(
    store: Store,
    against: str | os.PathLike[str] | None,
    *,
    listen: bool,
    workers: Engine,
    report: Problems,
    progress: Progress,
) -> tuple[list[Outsider], list[str]]:
    """Gather all recordings that the dataset was ever to be kept apart from, and those of another place.

    A place that was not heard before is heard now, where it still is.

    Parameters
    ----------
    listen
        Whether to hear those whose fingerprint is not stored; they have bytes and ids alone else.

    Returns
    -------
    The recordings, and the places that were looked through in this run.

    Raises
    ------
    UsageError
        If nothing is in `against`.
    """
    known = outsiders.all_of(store)
    unheard = {each.place for each in known if each.track is None} if listen else set()
    wanted = sorted(place for place in unheard if os.path.exists(place))
    if against is not None:
        wanted = [*(place for place in wanted if place != os.path.abspath(against)), os.path.abspath(against)]
    found = [each for each in known if each.place not in wanted]
    looked_through = []
    for place in wanted:
        members = outside(Path(place), listen=listen, workers=workers, report=report, progress=progress)
        if not members and against is not None and place == os.path.abspath(against):
            raise UsageError(
                f"{against} lacks recordings: it is empty",
                hint="name another dataset, a folder with recordings, or a table of them",
            )
        if members:
            looked_through.append(place)
        # What is known of a place that is empty by now stays out all the same.
        found += members or [each for each in known if each.place == place]
    return found, looked_through


def outside(
    place: Path, *, listen: bool, workers: Engine, report: Problems, progress: Progress
) -> list[Outsider]:
    """Gather the recordings of another dataset, or of a table or folder that could be imported.

    Raises
    ------
    UsageError
        If there is nothing of the kind.
    """
    with Dataset(place) as dataset:
        found = list(_of_dataset(dataset, place) if dataset.exists else _of_table(place, report))
    members = [each for each, _ in found]
    jobs = [
        replace(job, recording=number)
        for number, (each, job) in enumerate(found)
        if each.track is None and job is not None
    ]
    if listen and jobs:
        total = sum(job.duration for job in jobs)
        failing = Failing()
        with progress("scanning the others", total, "s") as advance:
            workers.check_paths(job.path for job in jobs)
            for outcome in workers.map(detect_file, jobs, size=share_of_bundle(total, workers.workers)):
                failure = failing.failure_of(outcome)
                at = outcome.item.recording
                if failure is not None:
                    report.append(Problem("failed", outcome.item.path, failure))
                elif outcome.result is not None and LAYER in outcome.result.findings:
                    members[at] = replace(members[at], track=outcome.result.findings[LAYER].track)
                advance(outcome.item.duration)
    return members


def _of_dataset(dataset: Dataset, place: Path) -> Iterator[tuple[Outsider, DetectionJob]]:
    """Take in all recordings of a dataset, each with what hears it."""
    heard = {number: track for number, _, track in duplicates.tracks(dataset.store, LAYER)}
    for number, name, digest, cell, length, size, mtime in duplicates.files(dataset.store):
        # 0 stands until `outside` knows the place of the recording in its list.
        job = DetectionJob(0, dataset.path(cell), length, size, mtime, {LAYER: {}}, "cpu", digest)
        yield Outsider(str(place), name, name, digest or "", length, heard.get(number)), job


def _of_table(table: Path, report: Problems) -> Iterator[tuple[Outsider, DetectionJob | None]]:
    """Take in all recordings of a table or folder, each with what hears it, if it can be heard."""
    for row in reader_for(table, "auto")(table, report=without_labels(report.append)):
        facts = examine(row.path)
        name = row.recording_id or os.path.basename(row.path)
        length = 0.0 if facts.info is None else facts.info.duration
        job = None
        if facts.info is None:
            report.append(Problem("failed", row.path, facts.problem or "no audio"))
        else:
            job = DetectionJob(
                0, row.path, length, facts.bytes, facts.mtime_ns, {LAYER: {}}, "cpu", facts.sha256
            )
        yield Outsider(str(table), name, row.recording_id, facts.sha256 or "", length, None), job


def leaks(store: Store, sounds: SoundIndex, others: Others) -> list[Overlap]:
    """Pair recordings with those outside that they share anything with. `Overlap.other` is a place there."""
    found = []
    for number, name, digest, length in duplicates.hashes(store):
        whole = (0.0, length or 0.0, 0.0, length or 0.0)
        if digest in others.digests:
            found.append(Overlap(number, others.digests[digest], "bytes", *whole))
        elif name in others.ids:
            found.append(Overlap(number, others.ids[name], "id", *whole))
    return found + equal_sound(sounds, others.sounds)


def leaking_now(
    store: Store, numbers: Collection[int], shared: Iterable[Overlap], members: Sequence[Outsider]
) -> tuple[list[Overlap], list[str]]:
    """Choose what leaks of some recordings; each of it names the other by its place in the second list."""
    leaking, names = stored_leaks(store, numbers, place="")  # of an earlier version of curate
    for found in shared:
        if found.one in numbers:
            leaking.append(replace(found, other=len(names)))
            names.append(members[found.other].name)
    return leaking, names


def rows_of(leaking: Sequence[Overlap], members: Sequence[Outsider]) -> Iterator[tuple[object, ...]]:
    """Give what leaks as the catalogue keeps it."""
    for ordinal, found in enumerate(leaking):
        other = members[found.other]
        ends = found.onset, found.offset, found.other_onset, found.other_offset
        yield found.one, ordinal, other.place, other.name, found.kind, *ends, found.score
