"""`curate strip-voice --evaluate`: how well voices are found in recordings that a person labelled.

The stored tracks are asked, so nothing is decoded and nothing is written. Two things are reported: what the
run would do, by all that is known of a dataset, and what the score alone finds at one threshold or another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.catalogue import layers, recordings
from curate.catalogue.dataset import Dataset
from curate.decisions.evaluation import Compared, agreement, compare, recall
from curate.decisions.voice_cuts import withheld
from curate.decisions.voices import separate_voices
from curate.detectors.detect_file import detector
from curate.detectors.speech import SpeechDetector
from curate.errors import UsageError
from curate.formats import without_labels
from curate.formats.choose import format_of, reader_for
from curate.intervals import Interval
from curate.model import Segment
from curate.steps.clean.evaluation_summary import Evaluation
from curate.steps.common.voice_ledger import LAYER, Decider, intended

#: Thresholds that are tried, the highest first.
_TRIED = tuple(round(0.99 - 0.01 * step, 2) for step in range(98))


def evaluate(
    dataset: Dataset,
    labels: Path,
    decider: Decider,
    *,
    target_recall: float,
) -> Evaluation:
    """Compare the voices of a dataset with labels.

    Parameters
    ----------
    labels
        A table with the columns path, onset and offset, or annotations in any format that is read:
        all marks count as voices. A recording in it without marks holds none.
    decider
        Tells what the run would do.
    target_recall : 0 to 1
        A threshold is sought that finds so large a share of the true seconds.

    Raises
    ------
    UsageError
        If no labelled recording was listened to, or `target_recall` is out of range.
    """
    if not 0 < target_recall <= 1:
        raise UsageError(
            f"target_recall is {target_recall}", hint="give a share between 0 and 1, such as 0.95"
        )
    threshold, min_speech = decider.settings.threshold, decider.settings.min_speech
    result = Evaluation(threshold=threshold, wanted_recall=target_recall)
    # At the lowest score that any threshold below asks for, so that each can be tried on the same segments.
    tracks = list(_labelled(dataset, labels, min(threshold, _TRIED[-1]), min_speech, result))
    if not tracks:
        raise UsageError(
            f"{labels} lacks the recordings that strip-voice scanned",
            hint="import them and run curate strip-voice first. Paths are relative to the table's folder",
        )

    def with_threshold(score: float) -> list[Compared]:
        found = (separate_voices(each.heard, threshold=score, min_speech=min_speech).sure for each in tracks)
        return [
            compare(each.truth, [(segment.onset, segment.offset) for segment in sure])
            for each, sure in zip(tracks, found, strict=True)
        ]

    cuts = intended(dataset.store, decider, {each.recording for each in tracks})
    made = [(each.truth, cuts.get(each.recording, [])) for each in tracks]
    result.taken = agreement([compare(truth, withheld(of)) for truth, of in made])
    result.heeded = agreement([compare(truth, [(cut.onset, cut.offset) for cut in of]) for truth, of in made])

    compared = with_threshold(threshold)
    result.recordings = len(tracks)
    result.voice_seconds = sum(each.true for each in compared)
    result.voices = sum(each.events for each in compared)
    result.agreement = agreement(compared)
    for score in _TRIED:
        compared = with_threshold(score)
        if (recall(compared) or 0.0) >= target_recall:
            result.wanted_threshold, result.wanted_agreement = score, agreement(compared)
            break
    return result


@dataclass(frozen=True, slots=True)
class _Labelled:
    """The true voices of a recording, and what was heard in it."""

    recording: int
    truth: list[Interval]
    heard: list[Segment]


def _labelled(
    dataset: Dataset, labels: Path, least: float, min_speech: float, result: Evaluation
) -> Iterator[_Labelled]:
    """Give each labelled recording that was listened to."""
    layer = layers.find_number(dataset.store, LAYER)
    tracks: Mapping[str, Any] = {"lowest_score": least, "min_speech": min_speech}
    # A table of path, onset and offset has no labels, and may be taken for one of recordings.
    format = "annotation-table" if format_of(labels, "auto") == "csv" else "auto"
    for row in reader_for(labels, format)(labels, report=without_labels(result.problems.append)):
        if row.annotations is None:
            continue
        known = recordings.known(dataset.store, row.path, dataset.folder)
        track = None
        if known is not None and layer is not None:
            track = layers.track_if_any(dataset.store, known.id, layer, version=SpeechDetector.version)
        if known is None or track is None:
            result.missing += 1
            continue
        truth = [(mark.onset, mark.offset) for mark in row.annotations]
        yield _Labelled(known.id, truth, detector(LAYER).segments(track, **tracks))
