"""The numbers of a report, counted in one pass over the recordings and their cuts."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from curate.catalogue import assignments
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import overview
from curate.reporting.facts import ReportFacts, VoiceFacts
from curate.steps.balance.leakage import leakage
from curate.steps.balance.split import order_of
from curate.steps.clean.voice_counts import voice_counts
from curate.steps.inspect.failures import failures
from curate.steps.inspect.recorder_nights import recorder_nights
from curate.steps.inspect.report_tally import ReportBlock, ReportTally
from curate.steps.inspect.status_counts import StatusCounts
from curate.steps.review.review_counts import reviewed

#: Recordings that are held at a time.
_SIZE = 16_384


def facts(dataset: Dataset, *, rare: int) -> ReportFacts:
    """Count all that a report says, but for the doubtful cuts.

    Parameters
    ----------
    rare
        Classes of which fewer recordings are kept are rare.
    """
    store = dataset.store
    tally = ReportTally()
    for cells in overview.recordings(store, size=_SIZE):
        tally.add(store, ReportBlock.of(cells))
    result = tally.facts(overview.taxa(store), rare, assignments.settings_of(store, "split"))
    result.leakage = leakage(tally.divided, partial(order_of, store))
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
    found = StatusCounts.of(dataset, ("cuts", "failures", "holes", "layers", "problems", "totals"))
    result.cuts = found.rows("cuts")
    result.layers = found.layers(store)
    result.found = overview.table(store, "labels")
    result.failures = failures(dataset, found.rows("failures"))
    result.damaged, result.damaged_seconds = found.holes["damaged"], found.holes["damaged_seconds"]
    result.problems = found.problems
    result.review = reviewed(store)
    result.recorders = recorder_nights(store)
    if result.duplicates is not None:
        result.duplicates.kinds = overview.table(store, "matches")
    return result
