"""`curate status`: what a dataset holds, what was looked at, what failed, what was cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from curate import intervals
from curate.archives.terms import Redistribution, redistribution
from curate.catalogue import assignments, counts, damage, exports, layers, listings, outsiders
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.decisions.retention import SHORTEST, TOO_SHORT, VoicesEnd, of_voices
from curate.model import RecorderSchedule
from curate.reporting.facts import ReviewFacts
from curate.steps.common.credits import TABLE, has_credits, license_counts
from curate.steps.common.export_states import as_rows, judge
from curate.steps.common.merge_join import MergeJoin
from curate.steps.common.retentions import Retentions
from curate.steps.common.voice_ledger import LAYER as SPEECH
from curate.steps.common.voice_ledger import STEP as STRIP_VOICE
from curate.steps.inspect.failures import failures, problems
from curate.steps.inspect.recorder_nights import recorder_nights
from curate.steps.review.review_counts import reviewed


@dataclass(slots=True)
class StatusSummary:
    """State of a dataset; times in seconds.

    Parameters
    ----------
    damaged, damaged_seconds
        Recordings in which sound is lost, and how much: decoders leave silence in its place.
    problems
        What decoders complain of in recordings that they decode: reason, recordings, path of the first.
    archives
        Per archive: recordings, failed, labels, seconds.
    layers
        Per layer: version, recordings looked at, failed, segments, their seconds, waiting; `too_low` of those
        looked at have a rate at which the layer has nothing to say.
    cuts
        Per step, action and reason: recordings, cuts, seconds.
    privacy
        Seconds of speech found (sure or not), and of what was removed, muted and left in review, with
        margins; `left`: of what was found, what goes out, flagged or not; `recordings_in_review` and
        `recordings_left`; whether `strip-voice` `decided`; and `not_looked_at`: recordings that nobody
        searched. None before anybody did.
    review
        What persons decided, how far they agree, and how much of a sample is right. None where nobody
        decided anything.
    failures
        Per step and reason: step, reason, recordings, and the path of the first (or its URL, of what
        could not be fetched). `curate show failures` lists all.
    licenses
        Per licence: its code, recordings, and those of them with changed copies.
    redistribution
        Whether the set may be passed on, on which terms, and what stands against it.
    cut_seconds
        Excised in recordings that are not dropped; where cuts overlap, once.
    muted_seconds
        Of what goes out, silenced: it is in `kept_seconds`, since a muted recording keeps its length.
    dropped, dropped_seconds
        Recordings that are left out as a whole, and their length.
    too_short
        Recordings of which less is left than a trainer can use.
    kept, kept_seconds
        Recordings that go out, and what is kept of them.
    unfolded
        Recordings that go out without a fold, where others have one.
    clean_copies, clean_bytes
        Rendered copies, as the cuts are now.
    waiting_copies
        Recordings that lose something and whose copy is still to be made, or to be made anew.
    exports
        What was given out: path, format, rows, at, state (``current``, ``stale``, ``gone``), reason.
    old_copies, old_bytes
        Clean copies of earlier cuts; `unneeded_copies` and `unneeded_bytes` are those that no export names.
    against
        What the set is kept apart from (`dedupe --against`): place, recordings, heard, leaks.
    recorders
        Per recorder and site: its schedule, nights, gaps and clock, as `decisions.schedule.RecorderSchedule`.
    last_runs
        The five latest commands: command, started, ended, outcome, counts.
    """

    dataset: str = ""
    recordings: int = 0
    failed: int = 0
    damaged: int = 0
    damaged_seconds: float = 0.0
    labels: int = 0
    unlabelled: int = 0
    seconds: float = 0.0
    bytes: int = 0
    cut_seconds: float = 0.0
    muted_seconds: float = 0.0
    dropped: int = 0
    dropped_seconds: float = 0.0
    too_short: int = 0
    kept: int = 0
    kept_seconds: float = 0.0
    unfolded: int = 0
    waiting_copies: int = 0
    clean_copies: int = 0
    clean_bytes: int = 0
    archives: list[dict[str, Any]] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    cuts: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    privacy: dict[str, Any] | None = None
    review: ReviewFacts | None = None
    failures: list[dict[str, Any]] = field(default_factory=list)
    licenses: list[dict[str, Any]] = field(default_factory=list)
    redistribution: Redistribution | None = None
    exports: list[dict[str, Any]] = field(default_factory=list)
    old_copies: int = 0
    old_bytes: int = 0
    unneeded_copies: int = 0
    unneeded_bytes: int = 0
    against: list[dict[str, Any]] = field(default_factory=list)
    recorders: list[RecorderSchedule] = field(default_factory=list)
    last_runs: list[dict[str, Any]] = field(default_factory=list)


def status(dataset: Dataset) -> StatusSummary:
    """Describe a dataset, at one moment even while another process writes to it.

    Raises
    ------
    NotInCatalogue
        If there is no dataset.
    """
    summary = StatusSummary(dataset=str(dataset.folder))
    with dataset.store.snapshot():
        totals = dataset.store.one(counts.TOTALS)
        assert totals is not None
        (
            summary.recordings,
            summary.failed,
            summary.seconds,
            summary.bytes,
            summary.labels,
            summary.unlabelled,
            summary.clean_copies,
            summary.clean_bytes,
            summary.kept,
            folded,
        ) = totals
        summary.kept_seconds = summary.seconds
        summary.damaged, summary.damaged_seconds = damage.totals(dataset.store)
        summary.problems = problems(dataset)
        voices, folded_away = _take_away(dataset, summary)
        if folded > folded_away:
            summary.unfolded = summary.kept - (folded - folded_away)
        summary.archives = list(_dicts(dataset, counts.ARCHIVES))
        summary.layers = list(_dicts(dataset, counts.LAYERS))
        summary.cuts = list(_dicts(dataset, counts.CUTS))
        summary.privacy = next(
            (voices.found(dataset.store, layer) for layer in summary.layers if layer["layer"] == SPEECH), None
        )
        summary.review = reviewed(dataset.store)
        summary.failures = failures(dataset)
        held = license_counts(dataset.store)
        summary.licenses = [
            {"license": each.license.code, "recordings": each.recordings, "changed": each.changed}
            for each in held
        ]
        summary.redistribution = redistribution(held, named_in=TABLE if has_credits(dataset) else "")
        summary.exports = as_rows(judge(dataset))
        old = [each.bytes for each in exports.old_copies(dataset.store)]
        unneeded = [each.bytes for each in exports.old_copies(dataset.store, unneeded=True)]
        summary.old_copies, summary.old_bytes = len(old), sum(old)
        summary.unneeded_copies, summary.unneeded_bytes = len(unneeded), sum(unneeded)
        summary.against = [
            dict(zip(("place", "recordings", "heard", "leaks"), row, strict=True))
            for row in outsiders.places(dataset.store)
        ]
        summary.recorders = recorder_nights(dataset.store)
        summary.last_runs = list(_dicts(dataset, counts.RUNS))
    return summary


def _take_away(dataset: Dataset, summary: StatusSummary) -> tuple[_Voices, int]:
    """Count what the cuts of all steps take away, of voices and of recordings with a fold, in one walk."""
    voices = _Voices()
    fates = Retentions(dataset.store)
    folded = 0
    for number, status, seconds, sr, has_copy, has_fold in dataset.store.rows(counts.WITH_CUTS, (SHORTEST,)):
        end = fates.of(number, status, seconds, sr)
        voices.add(of_voices(end.cuts))
        lost = sum(end.lost.values())
        if end.is_dropped:
            summary.dropped += 1
            summary.dropped_seconds += lost
        else:
            summary.cut_seconds += lost - end.lost.get(TOO_SHORT, 0.0)
            summary.too_short += end.is_too_short
            summary.muted_seconds += sum(end.muted.values())
            changes = bool(end.lost or end.muted)
            summary.waiting_copies += changes and end.goes_out and not has_copy
        summary.kept_seconds -= lost
        is_gone = status == "ok" and seconds > 0 and not end.goes_out
        summary.kept -= is_gone
        folded += is_gone and has_fold
    return voices, folded


@dataclass(slots=True)
class _Voices:
    """Sums up what became of the voices."""

    removed: float = 0.0
    muted: float = 0.0
    in_review: float = 0.0
    recordings_in_review: int = 0

    def add(self, end: VoicesEnd) -> None:
        self.removed += end.removed
        self.muted += end.muted
        self.in_review += end.in_review
        self.recordings_in_review += end.in_review > 0

    def found(self, store: Store, layer: dict[str, Any]) -> dict[str, Any]:
        """Put together what a layer of voices found, and what became of it."""
        left = [seconds for seconds in _left(store, layer["layer"]) if seconds > 0]
        return {
            "found": layer["seconds"],
            **asdict(self),
            "left": sum(left),
            "recordings_left": len(left),
            "decided": assignments.settings_of(store, STRIP_VOICE) is not None,
            "not_looked_at": layer["waiting"] + layer["failed"],
        }


def _left(store: Store, layer: str) -> Iterator[float]:
    """Give, for each recording in which a layer found something, how much of that goes out, in seconds."""
    number = layers.find_number(store, layer)
    assert number is not None
    found = MergeJoin(layers.segments_by_recording(store, number))
    fates = Retentions(store)
    for recording, seconds, sr in listings.lengths(store):
        segments = found.get(recording)
        if segments:
            heard = fates.of(recording, "ok", seconds, sr).stretches
            spans = intervals.union((each.onset, each.offset) for each in segments)
            yield sum(intervals.total(intervals.clip(spans, *stretch)) for stretch in heard)


def _dicts(dataset: Dataset, sql: str) -> Iterator[dict[str, Any]]:
    names, rows = dataset.store.table(sql)
    for row in rows:
        yield dict(zip(names, row, strict=True))
