"""The numbers of a report, counted in one pass over the recordings and their cuts.

What goes out is what `curate manifest` would write without windows: recordings that decode and
are not dropped, less what is cut; what is muted goes out as silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from curate.archives.licenses import normalise
from curate.catalogue import assignments, counts, damage
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import overview
from curate.decisions.retention import Retention
from curate.decisions.split import TEST
from curate.reporting.facts import (
    Amount,
    ClassFacts,
    Duplicates,
    FlowPart,
    FoldFacts,
    ReportFacts,
    SourceFacts,
    VoiceFacts,
)
from curate.steps.balance.leakage import leakage
from curate.steps.balance.split import divided_items
from curate.steps.balance.split_summary import fold_name
from curate.steps.clean.voice_counts import voice_counts
from curate.steps.common.retentions import Retentions
from curate.steps.inspect.failures import failures, problems
from curate.steps.inspect.places import places
from curate.steps.inspect.recorder_nights import recorder_nights
from curate.steps.review.review_counts import reviewed


class _Row(NamedTuple):
    """A recording as `overview.recordings` lists it."""

    number: int
    archive: str
    license: str
    status: str
    duration: float
    sr: int
    label: str
    recordist: str
    latitude: float | None
    longitude: float | None
    fold: int | None
    copies: int
    cluster: int | None


def facts(dataset: Dataset, *, rare: int) -> ReportFacts:
    """Count all that a report says, but for the doubtful cuts.

    Parameters
    ----------
    rare
        Classes of which fewer recordings go out are rare.
    """
    store = dataset.store
    tally = _Tally()
    fates = Retentions(store)
    for cells in overview.recordings(store):
        row = _Row(*cells)
        tally.add(row, fates.of(row.number, row.status, row.duration, row.sr))
    result = tally.facts(overview.taxa(store), rare, assignments.settings_of(store, "split"))
    result.leakage = leakage([item for item in divided_items(store)[0] if item.fold is not None])
    voices = voice_counts(store)
    if voices is not None:
        counted, settings = voices
        result.voice_settings = asdict(settings)
        result.lift = [asdict(each) for each in counted.lift]
        result.voices = [
            VoiceFacts(row.archive, row.looked_at, row.with_speech, row.speech_seconds)
            for row in counted.archives
        ]
    result.dataset = dataset.folder.name
    result.state = next(iter(overview.table(store, "run")), {})
    result.cuts = list(_dicts(dataset, counts.CUTS))
    result.layers = counts.layers(dataset.store)
    result.found = overview.table(store, "labels")
    result.failures = failures(dataset)
    result.damaged, result.damaged_seconds = damage.totals(store)
    result.problems = problems(dataset)
    result.review = reviewed(store)
    result.recorders = recorder_nights(store)
    if result.duplicates is not None:
        result.duplicates.kinds = overview.table(store, "matches")
    return result


def _dicts(dataset: Dataset, sql: str) -> Iterator[dict[str, Any]]:
    names, rows = dataset.store.table(sql)
    for row in rows:
        yield dict(zip(names, row, strict=True))


class _Tally:
    """Counts recording by recording; memory grows with classes, groups and places."""

    def __init__(self) -> None:
        self._recordings: Counter[tuple[str, bool]] = Counter()
        self._seconds: defaultdict[tuple[str, bool], float] = defaultdict(float)
        self._classes: dict[str, ClassFacts] = {}
        self._archives: dict[str, tuple[SourceFacts, set[str]]] = {}
        self._licenses: dict[str, tuple[SourceFacts, set[str]]] = {}
        self._folds: dict[int | None, tuple[FoldFacts, set[str]]] = {}
        self._clusters: dict[int, list[str]] = {}
        self._points: Counter[tuple[float, float] | None] = Counter()

    def add(self, row: _Row, end: Retention) -> None:
        """Count one recording."""
        self._recordings[end.recording, end.goes_out] += 1
        self._seconds["goes out", True] += end.kept - sum(end.muted.values())
        for why, seconds in end.muted.items():
            self._seconds[f"goes out, {why}", True] += seconds
        for why, seconds in end.lost.items():
            self._seconds[why, False] += seconds
        if row.label:
            self._count(self._classes.setdefault(row.label, ClassFacts(row.label)), row, end)
        licence = normalise(row.license).code
        for name, sources in ((row.archive, self._archives), (licence, self._licenses)):
            source, labels = sources.setdefault(name, (SourceFacts(name), set()))
            self._count(source, row, end)
            source.failed += row.status != "ok"
            labels.update({row.label} - {""})
        if row.cluster is not None:
            self._clusters.setdefault(row.cluster, []).append(row.label)
        known = row.latitude is not None and row.longitude is not None
        self._points[(row.latitude, row.longitude) if known else None] += 1  # type: ignore[index]
        if end.goes_out:
            self._assigned(row, end)

    @staticmethod
    def _count(into: ClassFacts | SourceFacts, row: _Row, end: Retention) -> None:
        into.recordings_in += 1
        into.seconds_in += row.duration
        into.recordings_out += end.goes_out
        into.seconds_out += end.kept

    def _assigned(self, row: _Row, end: Retention) -> None:
        fold, labels = self._folds.setdefault(row.fold, (FoldFacts(row.fold, ""), set()))
        fold.recordings += 1
        fold.seconds += end.kept
        fold.copies += row.copies
        labels.update({row.label} - {""})

    def facts(
        self, taxa: Mapping[str, tuple[str, str, str]], rare: int, split: Mapping[str, Any] | None
    ) -> ReportFacts:
        """Put the counts together."""
        classes = sorted(self._classes.values(), key=lambda each: (-each.recordings_in, each.label))
        for each in classes:
            each.scientific_name, each.common_name, each.class_name = taxa.get(each.label, ("", "", ""))
            each.rare = each.recordings_out < rare
        left = sum(each.recordings_out > 0 for each in classes)
        scarce = sum(each.rare and each.recordings_out > 0 for each in classes)
        out = sum(number for (_, goes_out), number in self._recordings.items() if goes_out)
        seconds = sum(amount for (_, goes_out), amount in self._seconds.items() if goes_out)
        return ReportFacts(
            rare_below=rare,
            came_in=Amount(self._recordings.total(), sum(self._seconds.values()), len(classes)),
            goes_out=Amount(out, seconds, left),
            flow={
                "seconds": _streams(self._seconds),
                "recordings": _streams(self._recordings),
                "classes": _streams(
                    {
                        (f"common: {rare} recordings or more", True): left - scarce,
                        (f"rare: fewer than {rare} recordings", True): scarce,
                        ("lost: no recording goes out", False): len(classes) - left,
                    }
                ),
            },
            classes=classes,
            archives=_sources(self._archives),
            licenses=_sources(self._licenses),
            duplicates=_duplicates(self._clusters),
            folds=self._fold_facts(split),
            places=places(self._points),
        )

    def _fold_facts(self, split: Mapping[str, Any] | None) -> list[FoldFacts]:
        if set(self._folds) <= {None}:
            return []
        numbers = [fold for fold in self._folds if fold is not None]
        shares = {int(fold): 1.0 for fold in (split["shares"] if split else numbers)}
        for number, (fold, labels) in self._folds.items():
            fold.name = "none yet" if number is None else fold_name(number, shares)
            fold.classes = len(labels)
        order = sorted(self._folds, key=lambda fold: (fold is None, fold == TEST, fold or 0))
        return [self._folds[fold][0] for fold in order]


def _streams(amounts: Mapping[tuple[str, bool], float]) -> list[FlowPart]:
    """Order what goes out before what does not, the largest first; nothing of nothing."""
    streams = [FlowPart(name, amount, goes_out) for (name, goes_out), amount in amounts.items() if amount > 0]
    return sorted(streams, key=lambda each: (not each.goes_out, -each.amount, each.name))


def _sources(found: Mapping[str, tuple[SourceFacts, set[str]]]) -> list[SourceFacts]:
    for source, labels in found.values():
        source.classes = len(labels)
    return sorted((source for source, _ in found.values()), key=lambda each: (-each.recordings_in, each.name))


def _duplicates(clusters: Mapping[int, Sequence[str]]) -> Duplicates | None:
    several = [labels for labels in clusters.values() if len(labels) > 1]
    if not several:
        return None
    return Duplicates(len(several), sum(map(len, several)), sum(len(set(labels)) > 1 for labels in several))
