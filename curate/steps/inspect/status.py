"""`curate status`: what a dataset holds, what was looked at, what failed, what was cut."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from curate.archives.terms import LicenseCount, Redistribution, redistribution
from curate.catalogue import (
    assignments,
    counts,
    exports,
    outsiders,
)
from curate.catalogue.dataset import Dataset
from curate.catalogue.store import Store
from curate.detectors.speech import SpeechDetector
from curate.errors import CatalogueError
from curate.formatting import Displayed
from curate.model import RecorderSchedule
from curate.reporting.facts import ReviewFacts
from curate.steps.common.credits import TABLE, has_credits, license_counts
from curate.steps.common.export_states import ExportDifferences, as_rows, judge
from curate.steps.common.voice_ledger import LAYER as SPEECH
from curate.steps.common.voice_ledger import STEP as STRIP_VOICE
from curate.steps.common.witness import Witness
from curate.steps.inspect.failures import failures
from curate.steps.inspect.recorder_nights import recorder_nights
from curate.steps.inspect.status_counts import StatusCounts
from curate.steps.review.review_counts import reviewed

#: Seconds of counting from which the counts are kept: then the set is large.
_LONG = 1.0


@dataclass(slots=True)
class StatusSummary(Displayed):
    """State of a dataset. Times in seconds.

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
        margins; `left`: of what was found, what is kept, flagged or not; `recordings_in_review` and
        `recordings_left`; whether `strip-voice` `decided`; `not_looked_at`: recordings that nobody
        searched; and `outdated`: whether an earlier version of the detector did. None before anybody did.
    review
        What people decided, how far they agree, and how much of a sample is right. None where nobody
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
        Of what is kept, silenced: it is in `kept_seconds`, since a muted recording keeps its length.
    dropped, dropped_seconds
        Recordings that are left out as a whole, and their length.
    too_short, too_short_seconds
        Recordings of which less is left than a trainer can use, and what that is.
    kept, kept_seconds
        Recordings that are kept, and what is kept of them.
    unfolded
        Recordings that are kept without a fold, where others have one.
    clean_copies, clean_bytes
        Rendered copies, as the cuts are now.
    waiting_copies
        Recordings that lose something and whose copy is still to be made, or to be made again.
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
    too_short_seconds: float = 0.0
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
    started = time.monotonic()
    with Witness(dataset) as witness, ExitStack() as stack:
        stack.enter_context(dataset.store.snapshot())
        found = StatusCounts.of(dataset)
        compared = ExportDifferences.of(dataset.store)
        privacy = _voices(dataset.store, found)
        held = license_counts(
            (each["license"], each["recordings"], each["changed"]) for each in found.rows("licenses")
        )
        summary = StatusSummary(
            **found.values(dataset.store), privacy=privacy, **_now(dataset, held, compared, found)
        )
        took = time.monotonic() - started
        # The snapshot ends first, as becoming the writer closes its connection.
        stack.close()
        if took >= _LONG:
            with suppress(CatalogueError), dataset.noting() as store:  # else the next one counts, too
                if witness.saw_nobody:
                    found.keep(store)
                    compared.keep(store)
    return summary


def _now(
    dataset: Dataset, held: list[LicenseCount], compared: ExportDifferences, found: StatusCounts
) -> dict[str, Any]:
    """List what changes without any recording: what was given out, what failed, what ran."""
    store = dataset.store
    old = [each.bytes for each in exports.old_copies(store)]
    unneeded = [each.bytes for each in exports.old_copies(store, unneeded=True)]
    return {
        "dataset": str(dataset.folder),
        "licenses": [
            {"license": each.license.code, "recordings": each.recordings, "changed": each.changed}
            for each in held
        ],
        "redistribution": redistribution(held, named_in=TABLE if has_credits(dataset) else ""),
        "review": reviewed(store),
        "failures": failures(dataset, found.rows("failures")),
        "exports": as_rows(judge(dataset, compared)),
        "old_copies": len(old),
        "old_bytes": sum(old),
        "unneeded_copies": len(unneeded),
        "unneeded_bytes": sum(unneeded),
        "against": [
            dict(zip(("place", "recordings", "heard", "leaks"), row, strict=True))
            for row in outsiders.places(store)
        ],
        "recorders": recorder_nights(store),
        "last_runs": list(dataset.store.dicts(counts.RUNS)),
    }


def _voices(store: Store, found: StatusCounts) -> dict[str, Any] | None:
    """Put together what the layer of voices found, and what became of it; None before anybody looked."""
    layer = next((layer for layer in found.layers(store) if layer["layer"] == SPEECH), None)
    if layer is None:
        return None
    return {
        "found": layer["seconds"],
        **asdict(found.goes_out.voices),
        "decided": assignments.settings_of(store, STRIP_VOICE) is not None,
        "not_looked_at": layer["waiting"] + layer["failed"],
        "outdated": layer["version"] != SpeechDetector.version,
    }
