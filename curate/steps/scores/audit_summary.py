"""What `curate audit` tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.formatting import Displayed
from curate.model import Problem, number_of_faults
from curate.scores.risk import Point
from curate.steps.scores.model_scores import ModelNames


@dataclass(slots=True)
class Doubt:
    """A recording whose label is doubted, with the reason.

    Parameters
    ----------
    label, other
        What it is called, and what it probably is.
    score, other_score : 0 to 1
        What the model says of the two. None where no model was asked, or does not know the class.
    margin : 0 to 1
        See `scores.suspicion.Suspicion`. The lowest are the worst. Of scores and neighbours the mean.
    suspect
        Whether the recording counts for the other class.
    consensus, probability
        What annotators say, and how likely that is; empty and None where nobody was asked.
    onset, offset : seconds
        The window in which the other class is heard best.
    neighbours, neighbour_share : 0 to 1
        The other class that what sounds alike is mostly called, and the share of its votes for the label;
        empty and None where neighbours were not asked, or too few may vote.
    doubted_by
        ``scores``, ``neighbours`` or ``both``, where both were asked and one doubts it.
    """

    number: int
    recording_id: str
    path: str
    label: str
    other: str
    score: float | None = None
    other_score: float | None = None
    margin: float | None = None
    suspect: bool = False
    consensus: str = ""
    probability: float | None = None
    onset: float = 0.0
    offset: float = 0.0
    neighbours: str = ""
    neighbour_share: float | None = None
    doubted_by: str = ""


@dataclass(slots=True)
class ClassNoise:
    """How much of a class is probably of another one.

    Parameters
    ----------
    noise : 0 to 1
        Estimated share of its recordings that are of another class.
    most
        The class that most of these count for. Empty where there are none.
    """

    label: str
    recordings: int
    suspects: int
    noise: float
    most: str


@dataclass(slots=True)
class Annotator:
    """How far one annotator is to be trusted.

    Parameters
    ----------
    right : 0 to 1
        Share of the answers, one for each recording, that are right, by the consensus of all.
    kappa
        Agreement with the consensus beyond chance. None where undefined.
    """

    name: str
    answers: int
    right: float
    kappa: float | None


@dataclass(slots=True)
class Conflict:
    """The same sound in two recordings with different labels."""

    recording_id: str
    label: str
    other: str
    other_label: str
    seconds: float


@dataclass(slots=True)
class AuditSummary(Displayed):
    """What an audit found.

    Parameters
    ----------
    model
        How the classes of the model and those of the dataset meet, if there was one.
    recordings
        With a label that the model knows, and a score. `unscored` have a label and no score for it, in
        `unscored_classes` that no table has.
    dropped
        Recordings with a label that are dropped: their labels are left out, and vote for nothing.
    suspects
        Recordings that count for another class.
    neighbours_of
        The model whose vectors say what sounds alike. Empty where neighbours were not asked.
    voted, unvoted
        Recordings whose neighbours voted about the label, and those with a label of which too few may vote.
    neighbour_suspects, agreed
        Recordings that count for another class by their neighbours, and those that the scores doubt, too.
    classes
        Those with recordings, the noisiest first.
    truth
        What the errors of `risk` are: ``estimated`` (suspects), or ``annotators`` (a consensus that is
        another than the label).
    risk, reject
        Risk and coverage at some thresholds of the margin; and the one that removes most errors for
        the fewest good labels, None if nothing is wrong.
    answered, repeated
        Recordings with answers of annotators; and rows beyond the first of one annotator on one recording.
    agreement
        Fleiss' kappa of the annotators. None where undefined.
    disputed
        Recordings with a consensus that is another than the label.
    conflicts
        Duplicates with different labels.
    worst
        The most doubtful recordings; in the file, if one was asked for.
    """

    files: int = 0
    model: ModelNames | None = None
    recordings: int = 0
    unscored: int = 0
    unscored_classes: list[str] = field(default_factory=list)
    dropped: int = 0
    suspects: int = 0
    neighbours_of: str = ""
    voted: int = 0
    unvoted: int = 0
    neighbour_suspects: int = 0
    agreed: int = 0
    classes: list[ClassNoise] = field(default_factory=list)
    truth: str = "estimated"
    risk: list[Point] = field(default_factory=list)
    reject: Point | None = None
    answered: int = 0
    repeated: int = 0
    agreement: float | None = None
    annotators: list[Annotator] = field(default_factory=list)
    disputed: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    worst: list[Doubt] = field(default_factory=list)
    path: str = ""
    problems: list[Problem] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def failed(self) -> int:
        """Rows that were left out."""
        return number_of_faults(self.problems)
