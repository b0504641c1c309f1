"""The numbers of a report, as `curate report --json` prints them and the page shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from curate.model import RecorderSchedule


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is: recordings, their seconds, and the classes they are of."""

    recordings: int = 0
    seconds: float = 0.0
    classes: int = 0


@dataclass(frozen=True, slots=True)
class FlowPart:
    """Where a part of what came in goes.

    Parameters
    ----------
    name
        ``whole``, or the reason in the words of the ledger.
    amount
        Recordings, seconds or classes.
    goes_out
        Whether a trainer gets it.
    """

    name: str
    amount: float
    goes_out: bool


@dataclass(slots=True)
class ClassFacts:
    """One class, before and after. `rare` if less is kept than a person wants."""

    label: str
    scientific_name: str = ""
    common_name: str = ""
    class_name: str = ""
    recordings_in: int = 0
    recordings_out: int = 0
    seconds_in: float = 0.0
    seconds_out: float = 0.0
    rare: bool = False


@dataclass(slots=True)
class SourceFacts:
    """One archive or licence, before and after."""

    name: str
    recordings_in: int = 0
    recordings_out: int = 0
    seconds_in: float = 0.0
    seconds_out: float = 0.0
    classes: int = 0
    failed: int = 0


@dataclass(slots=True)
class VoiceFacts:
    """How many recordings of an archive hold a voice, as `curate strip-voice` counts them."""

    archive: str
    looked_at: int = 0
    with_voice: int = 0
    voice_seconds: float = 0.0


@dataclass(slots=True)
class FoldFacts:
    """What is kept in one fold, or in none yet. `copies` counts each recording as often as it trains."""

    fold: int | None
    name: str
    recordings: int = 0
    seconds: float = 0.0
    classes: int = 0
    copies: int = 0


@dataclass(slots=True)
class Leakage:
    """How far what belongs together lies in more than one fold.

    Parameters
    ----------
    groups
        As `curate split` makes them by default: by recordist and site, and of the same sound.
    several, divided
        Those of two recordings or more, and those that lie in two folds or more.
    share : 0 to 1
        `divided` of `several`.
    recordings
        In the divided groups.
    worst
        The largest divided groups: recordist, site, folds, recordings.
    """

    groups: int = 0
    several: int = 0
    divided: int = 0
    share: float = 0.0
    recordings: int = 0
    worst: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Duplicates:
    """What holds the same sound: clusters, the recordings in them, and clusters of several labels."""

    clusters: int = 0
    recordings: int = 0
    several_labels: int = 0
    kinds: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class MapFacts:
    """What is on the map of all windows.

    Parameters
    ----------
    model
        Whose vectors are laid out; of several models the one with most windows.
    windows, drawn
        That have a vector, and that are drawn.
    missing
        Recordings without vectors of it.
    classes
        With their windows that are drawn, the most frequent first.
    problem
        Why there is no map although there are vectors; empty where there is one.
    """

    model: str = ""
    windows: int = 0
    drawn: int = 0
    missing: int = 0
    classes: list[tuple[str, int]] = field(default_factory=list)
    problem: str = ""


@dataclass(slots=True)
class Places:
    """Where recordings were made.

    Parameters
    ----------
    known, unknown
        Recordings with and without coordinates.
    cells
        Centre of a square in degrees, and the recordings in it.
    size : degrees
        Side of the squares.
    """

    known: int = 0
    unknown: int = 0
    size: float = 0.0
    cells: list[tuple[float, float, int]] = field(default_factory=list)


@dataclass(slots=True)
class DoubtfulCut:
    """A cut that is worth hearing (`worth`: doubt times seconds times rarity).

    `problem` says why it cannot be shown.
    """

    recording_id: str
    label: str
    onset: float
    offset: float
    action: str
    reason: str
    score: float
    producer: str
    recordist: str
    license: str
    url: str
    problem: str = ""
    worth: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """How many of the sampled windows of a group are right, with Wilson's interval of 95 %."""

    name: str
    right: int
    n: int
    low: float
    high: float


@dataclass(slots=True)
class ReviewFacts:
    """What people decided.

    Parameters
    ----------
    verdicts, recordings
        Verdicts that stand, and the recordings that they are about.
    reviewers
        Per reviewer: verdicts, recordings, cut, keep, drop, labels, first and latest (ISO 8601, UTC).
    compared, agreed, kappa
        Items that more than one of them answered, and how far they agree: Cohen's kappa for two
        reviewers, Fleiss' for more; None where it is not defined.
    sample
        Of the random sample of the result: what was heard so far, per taxonomic class and, last, of
        all; empty where none was drawn or heard.
    sample_of
        Windows in the sample.
    """

    verdicts: int = 0
    recordings: int = 0
    reviewers: list[dict[str, Any]] = field(default_factory=list)
    compared: int = 0
    agreed: int = 0
    kappa: float | None = None
    sample: list[SampleFacts] = field(default_factory=list)
    sample_of: int = 0


@dataclass(slots=True)
class ReportFacts:
    """All numbers of a report. Times in seconds.

    Parameters
    ----------
    dataset
        Name of its folder.
    state
        The latest command that was done, when, and the version of curate that did it.
    rare_below
        Classes of which fewer recordings are kept are rare.
    flow
        By ``seconds``, ``recordings`` and ``classes``: where it goes. Each second, recording and
        class is counted once.
    cuts
        By step, action and reason, as `curate status` counts them.
    layers
        What was looked at, as `curate status` counts it; `found` is by label.
    voices, lift
        As `curate strip-voice` counts them with the settings of its latest run, which are in
        `voice_settings`; empty before. `lift` lists classes in which voices are found far more often than in
        the rest of their archive.
    damaged, damaged_seconds
        Recordings of which something cannot be decoded, and how much.
    problems
        What decoders complain of, as `curate status` counts it.
    review
        What people decided; None where nobody did.
    map
        Of all windows that have a vector; None where none has.
    recorders
        What each recorder did, night by night; empty where none tells when it recorded.
    """

    dataset: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    rare_below: int = 0
    damaged: int = 0
    damaged_seconds: float = 0.0
    problems: list[dict[str, Any]] = field(default_factory=list)
    came_in: Amount = field(default_factory=Amount)
    goes_out: Amount = field(default_factory=Amount)
    flow: dict[str, list[FlowPart]] = field(default_factory=dict)
    classes: list[ClassFacts] = field(default_factory=list)
    archives: list[SourceFacts] = field(default_factory=list)
    licenses: list[SourceFacts] = field(default_factory=list)
    voices: list[VoiceFacts] = field(default_factory=list)
    voice_settings: dict[str, Any] = field(default_factory=dict)
    lift: list[dict[str, Any]] = field(default_factory=list)
    cuts: list[dict[str, Any]] = field(default_factory=list)
    layers: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    review: ReviewFacts | None = None
    duplicates: Duplicates | None = None
    folds: list[FoldFacts] = field(default_factory=list)
    leakage: Leakage | None = None
    places: Places | None = None
    map: MapFacts | None = None
    recorders: list[RecorderSchedule] = field(default_factory=list)
    doubtful: list[DoubtfulCut] = field(default_factory=list)
