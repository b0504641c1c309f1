"""Fetch what was chosen and is new to the dataset, and register it."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from curate.archives import Archive
from curate.archives.choose import Choice
from curate.archives.remote import Identity, row_of
from curate.catalogue import downloads, layers, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.formatting import count
from curate.intervals import clip
from curate.model import Problem, Segment
from curate.net.http import Http
from curate.progress import Progress
from curate.steps.acquire.compare_rows import NamedClasses, complete
from curate.steps.acquire.transfer_recordings import Courier, Fetched, Meter, RawFolder
from curate.steps.common.detect import batches

#: Seconds of padding that some decoders drop: an annotation that ends in them loses nothing.
_PADDING = 0.1

#: What a person can do with a file that replaced another at its archive.
REPLACED = "It lies there unregistered: curate import --replace-changed takes it"

#: Layer of what an archive's members marked in its recordings.
LAYER = "annotations"


@dataclass(slots=True)
class Count:
    """What became of one label's recordings. Seconds and bytes as the archive says, or as fetched."""

    chosen: int = 0
    known: int = 0
    downloaded: int = 0
    failed: int = 0
    seconds: float = 0.0
    bytes: int = 0
    unknown_length: int = 0


@dataclass(slots=True)
class FetchTally:
    """What was chosen, and what became of it."""

    choices: list[Choice]
    known: int = 0
    linked: int = 0
    completed: int = 0
    missing: int = 0
    downloaded: int = 0
    failed: int = 0
    waiting: int = 0
    postponed: int = 0
    bytes: int = 0
    audio_seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    labels: dict[str, Count] = field(default_factory=dict)
    other_labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    restored: int = 0
    gone: dict[Identity, int] = field(default_factory=dict)
    named: NamedClasses = field(default_factory=NamedClasses)

    def count(self, choice: Choice) -> Count:
        """Find the counts of a choice's label."""
        return self.labels.setdefault(choice.label, Count())

    def by_label(self) -> list[dict[str, Any]]:
        """List the counts, sorted by label."""
        names = Count.__slots__  # in the order of the class
        return [
            {"label": label, **{name: getattr(count, name) for name in names}}
            for label, count in sorted(self.labels.items())
        ]

    def expect(self) -> None:
        """Count what the archive says of everything that was chosen."""
        for choice in self.choices:
            count, recording = self.count(choice), choice.recording
            count.chosen += 1
            count.bytes += recording.bytes or 0
            count.seconds += recording.duration or 0.0
            count.unknown_length += recording.duration is None

    def preview(self, store: Store, given_up: set[Identity]) -> None:
        """Count what would be fetched."""
        self.expect()
        there = _Registered(store)
        for choice in self.choices:
            if there.recording(choice) is not None:
                self.known += 1
                self.count(choice).known += 1
            elif choice.recording.identity in given_up:
                self.missing += 1
            else:
                self.waiting += 1

    def postpone(self, count: Counter[str]) -> None:
        """Count the recordings of servers that have reached their daily limit, by reason."""
        self.postponed = count.total()
        self.waiting += self.postponed
        for reason, number in count.items():
            self.problems.append(Problem("postponed", f"{number:,} of the recordings", reason))

    def tell_labels(self) -> None:
        """Report the known recordings that keep another label than they were asked for under now."""
        for (label, kept), number in self.other_labels.items():
            stays = f"'{kept}' stays the label of {count(number, 'known recording')}"
            words = f"{stays}; new ones get '{label}'"
            self.problems.append(Problem("disagreement", label, words))

    def fail(self, found: Fetched) -> None:
        """Count a recording that is gone from its server."""
        self.failed += 1
        self.count(found.choice).failed += 1
        self.problems.append(Problem("failed", found.choice.recording.url, found.reason))


class _Registered:
    """By which archives and ids the dataset knows its recordings."""

    def __init__(self, store: Store) -> None:
        self._numbers: dict[Identity, int] = {
            (archive, archive_id): number for archive, archive_id, number in downloads.identities(store)
        }
        self._sources = downloads.sources(store)

    def recording(self, choice: Choice) -> int | None:
        """Find the recording, whatever archive it was reached by."""
        names = choice.recording.identities
        return next((self._numbers[name] for name in names if name in self._numbers), None)

    def lacks(self, choice: Choice) -> bool:
        """Whether it was not reached by all of its names yet."""
        return not self._sources.issuperset(choice.recording.identities)


def fetch_and_register(
    dataset: Dataset,
    archive: Archive,
    tally: FetchTally,
    *,
    http: Http,
    labels: dict[str, str],
    limit: int | None,
    jobs: int,
    given_up: set[Identity],
    max_seconds: float | None,
    progress: Progress,
) -> None:
    """Fetch and register. What is in the dataset already only gets its new names."""
    tally.expect()
    # At once: the generator holds a transaction open while it runs.
    raw = RawFolder(dataset.raw)
    todo = list(_wanted(dataset, tally, given_up, raw, labels))
    tally.tell_labels()
    tally.waiting = max(0, len(todo) - limit) if limit is not None else 0
    todo = todo[:limit]
    if not todo:
        return
    label = todo[0].label
    started = time.monotonic()
    postponed: Counter[str] = Counter()

    def what() -> str:
        count = tally.labels[label]
        of_label = (
            f"{label or 'unlabelled'} ({count.known + count.downloaded + count.failed:,}/{count.chosen:,})"
        )
        speed = meter.bytes / 1e6 / max(time.monotonic() - started, 0.1)
        return f"{of_label}, {meter.bytes / 1e6:,.1f} MB, {speed:.1f} MB/s, {tally.failed:,} failed"

    meter = Meter(lambda amount: None)  # noqa: ARG005 - nobody watches yet
    with _charged(dataset.store, http), progress(what, len(todo), "files") as advance:
        meter.tick = advance
        courier = Courier(http, raw, meter, max_seconds)
        for batch in batches(courier.fetch_all(todo, jobs=jobs)):
            with dataset.store.transaction():
                for found in batch:
                    label = found.choice.label
                    if found.postponed:
                        postponed[found.reason] += 1
                    elif found.facts is None:
                        tally.fail(found)
                        recording = found.choice.recording
                        downloads.add_miss(
                            dataset.store,
                            recording.identity,
                            recording.url,
                            found.reason,
                            final=found.final,
                            seconds=found.seconds,
                        )
                    elif found.choice.recording.identity in tally.gone:
                        _put_back(dataset, tally, found)
                    else:
                        _register(dataset, archive, found, labels, tally)
                        _count(tally, found)
                downloads.add_traffic(dataset.store, http.volumes.fresh())
            advance(len(batch))
    tally.postpone(postponed)


@contextmanager
def _charged(store: Store, http: Http) -> Iterator[None]:
    """Note what limited hosts have sent also where the run is stopped on the way."""
    try:
        yield
    finally:
        downloads.add_traffic(store, http.volumes.fresh())


def _wanted(
    dataset: Dataset, tally: FetchTally, given_up: set[Identity], raw: RawFolder, labels: dict[str, str]
) -> Iterator[Choice]:
    """Pass on what the dataset lacks, also files that are gone; a known recording gets its new names."""
    store = dataset.store
    there = _Registered(store)
    with store.transaction():
        for choice in tally.choices:
            number = there.recording(choice)
            if number is not None:
                tally.known += 1
                tally.count(choice).known += 1
                kept = _other_label(store, number, choice)
                if kept is not None:
                    tally.other_labels[choice.label, kept] += 1
                if there.lacks(choice):
                    downloads.add_sources(store, number, _sources(choice))
                    tally.linked += 1
                    _complete(dataset, number, choice, labels, tally)
                if raw.lacks(dataset.path(recordings.path_of(store, number))):
                    tally.gone[choice.recording.identity] = number
                    yield choice
            elif choice.recording.identity in given_up:
                tally.missing += 1
            else:
                yield choice


def _complete(
    dataset: Dataset, number: int, choice: Choice, labels: dict[str, str], tally: FetchTally
) -> None:
    """Fill what a known recording lacks where an archive leads to it for the first time."""
    path = dataset.path(recordings.path_of(dataset.store, number))
    is_more, differ = complete(dataset, row_of(choice.recording, path, choice.taxon, labels), number)
    tally.completed += is_more
    tally.problems += [Problem("disagreement", choice.recording.url, words) for words in differ]


def _other_label(store: Store, number: int, choice: Choice) -> str | None:
    """Find the label that a known recording keeps although it was asked for under another now."""
    if choice.taxon is None or not choice.taxon.label:
        return None
    kept, others = verdicts.given_labels(store, number)
    return None if choice.label in (kept, *others) else kept or None


def _sources(choice: Choice) -> list[tuple[str, str, str]]:
    return [
        (archive, archive_id, choice.recording.url) for archive, archive_id in choice.recording.identities
    ]


def _count(tally: FetchTally, found: Fetched) -> None:
    assert found.facts is not None
    assert found.facts.info is not None
    count, recording = tally.count(found.choice), found.choice.recording
    tally.downloaded += 1
    tally.bytes += found.bytes
    tally.audio_seconds += found.facts.info.duration
    count.downloaded += 1
    if found.facts.problem:
        tally.problems.append(Problem("damaged", recording.url, found.facts.problem))
    # What was fetched is known better than the archive knows it.
    count.bytes += found.bytes - (recording.bytes or 0)
    count.seconds += found.facts.info.duration - (recording.duration or 0.0)
    count.unknown_length -= recording.duration is None


def _put_back(dataset: Dataset, tally: FetchTally, found: Fetched) -> None:
    """Take the file of a known recording whose own was gone, if it has the same bytes."""
    store, number = dataset.store, tally.gone[found.choice.recording.identity]
    assert found.facts is not None
    tally.bytes += found.bytes
    if number not in {each for each, _ in recordings.with_bytes(store, found.facts.sha256 or "")}:
        words = f"its file was gone, and its archive has another one now. {REPLACED}"
        tally.problems.append(Problem("changed", found.path, words))
        return
    recordings.move(store, number, found.path, dataset.folder)
    known = recordings.known(store, found.path, dataset.folder)
    assert known is not None
    # By size and time a file is known to be unchanged.
    os.utime(found.path, ns=(known.mtime_ns, known.mtime_ns))
    tally.restored += 1


def _register(
    dataset: Dataset, archive: Archive, found: Fetched, labels: dict[str, str], tally: FetchTally
) -> None:
    """Write one fetched recording into the catalogue, as an import would."""
    store, recording, facts = dataset.store, found.choice.recording, found.facts
    assert facts is not None
    row = row_of(recording, found.path, found.choice.taxon, labels)
    # Each archive has common names of its own.
    tally.named.note(replace(row, common_name="", class_name=""))
    known = recordings.known(store, found.path, dataset.folder)
    if known is not None:
        number = known.id  # imported from raw/ by hand; its name was not known
        _complete(dataset, number, found.choice, labels, tally)
    else:
        number = recordings.add(store, row, facts, archive_id=recording.archive_id, folder=dataset.folder)
    downloads.add_sources(store, number, _sources(found.choice))
    downloads.forget_misses(store, [recording.identity])
    if recording.annotations and facts.info is not None:
        layer = layers.define(store, LAYER, producer=archive.name, version="1", parameters={})
        found_in = [
            Segment(*inside[0], labels.get(box.label, box.label), box.score, box.low_freq, box.high_freq)
            for box in recording.annotations
            if (inside := clip([(box.onset, box.offset)], 0.0, facts.info.duration))
        ]
        layers.put(store, number, layer, found_in, digest=layers.digest("1", {}))
        beyond = sum(box.offset > facts.info.duration + _PADDING for box in recording.annotations)
        if beyond:
            words = (
                f"{beyond} of its {len(recording.annotations)} annotations reach beyond its end of "
                f"{facts.info.duration:g} s, {len(recording.annotations) - len(found_in)} lie behind it"
            )
            tally.problems.append(Problem("read-as", recording.url, f"{words}; what is beyond is left out"))
