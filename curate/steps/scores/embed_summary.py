"""What a run of `curate embed` did."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.model import Problem
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.work import Work


@dataclass(slots=True)
class EmbedSummary:
    """What a run did. Times in seconds.

    Parameters
    ----------
    model, version, license
        Whose vectors they are. The licence of the weights is empty where they are the project's own.
    window, hop
        Length of a window, and from the start of one to that of the next.
    dimension
        Numbers of a vector.
    kept
        Whether they are of kept parts.
    embedded, audio_seconds, windows, silent, cut
        Recordings decoded in this run, their length, their windows, those without sound, and those of which
        too little is kept. `failed` could not be decoded.
    classes
        That the model knows.
    scores
        Scores of windows for classes that this run kept, in the layer ``scores-MODEL``.
    recordings, vectors
        That have vectors now, and how many.
    detected, undetected
        Recordings that detectors heard in the same pass, and those at which one of them failed.
    unreadable
        Ids of recordings that could not be decoded at their import: nobody listens to them.
    too_low
        Recordings whose rate is too low for the model, such as sound up to 22 kHz for one of bats.
    nothing_left
        Recordings of which nothing is kept: they have no vector.
    same, holes, problems
        Of vectors that were made elsewhere: recordings that had the same ones before, windows that the file
        does not have between others, and rows that cannot be used.
    path
        The file or folder that was written.
    work
        With ``dry_run``, what would be listened to.
    """

    model: str
    version: str
    license: str
    window: float
    hop: float
    dimension: int
    kept: bool = False
    classes: int = 0
    scores: int = 0
    embedded: int = 0
    failed: int = 0
    windows: int = 0
    silent: int = 0
    cut: int = 0
    audio_seconds: float = 0.0
    recordings: int = 0
    vectors: int = 0
    detected: int = 0
    undetected: int = 0
    unreadable: list[str] = field(default_factory=list)
    too_low: int = 0
    nothing_left: int = 0
    same: int = 0
    holes: int = 0
    problems: list[Problem] = field(default_factory=list)
    path: str | None = None
    elapsed_s: float = 0.0
    work: Work | None = None
    imported: ImportSummary | None = None
