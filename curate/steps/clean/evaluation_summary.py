"""What `strip-voice --evaluate` tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.decisions.evaluation import Agreement
from curate.model import Problem


@dataclass(slots=True)
class Evaluation:
    """How found voices agree with a person's labels.

    Parameters
    ----------
    recordings
        Labelled ones that were listened to. `missing` counts the others.
    voice_seconds, voices
        What the labels hold.
    taken, heeded
        What the run would take away of the labelled recordings, margins and all; and that together with
        what it would flag: doubts, and voices without which too little would be left.
    threshold, agreement
        What scores as much, whatever else speaks for or against it, and without margins.
    wanted_recall, wanted_threshold, wanted_agreement
        The highest threshold that finds so large a share of the seconds. None where none does.
    """

    recordings: int = 0
    missing: int = 0
    voice_seconds: float = 0.0
    voices: int = 0
    taken: Agreement | None = None
    heeded: Agreement | None = None
    threshold: float = 0.0
    agreement: Agreement | None = None
    wanted_recall: float = 0.0
    wanted_threshold: float | None = None
    wanted_agreement: Agreement | None = None
    problems: list[Problem] = field(default_factory=list)
