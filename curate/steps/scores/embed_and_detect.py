"""Decode a file once for a model and for detectors: what workers run for `curate embed --detector`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curate.audio.examine import check_unchanged
from curate.audio.read import open_audio
from curate.detectors.detect_file import Detection, DetectionJob, PartialDetection, finish_batch, listen
from curate.embedders.embed_file import Embedded, EmbedJob, WindowListener, embed_file


@dataclass(frozen=True, slots=True)
class SharedJob:
    """A file to embed, and to listen to where detectors lack that.

    Parameters
    ----------
    detect
        None where they lack nothing.
    """

    embed: EmbedJob
    detect: DetectionJob | None

    @property
    def duration(self) -> float:
        """Seconds of the file."""
        return self.embed.duration


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a pass gave; tracks may lack a last step that several files take together."""

    embedded: Embedded
    detection: PartialDetection | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a pass over a file gave."""

    embedded: Embedded
    detection: Detection | None


def embed_and_feed(job: SharedJob) -> _Heard:
    """Decode a file once, embed its windows and feed every detector. `finish_heard` takes the last step.

    Raises
    ------
    DecodeFailed, UsageError
        As `embed_file`. Detectors then still lack the file, and meet it again on their own.
    """
    if job.detect is None:
        return _Heard(embed_file(job.embed), None)
    file = job.embed
    check_unchanged(file.path, size=file.size, mtime_ns=file.mtime_ns, sha256=file.sha256)
    with open_audio(job.embed.path) as audio:
        listener = WindowListener(job.embed, audio.sr)
        heard = listen(job.detect, audio, listener.feed)
        return _Heard(listener.finish(), heard)


def finish_heard(heard: Sequence[_Heard]) -> list[Heard]:
    """Take the last step for several files. It is the same in any company."""
    found = iter(finish_batch([each.detection for each in heard if each.detection is not None]))
    return [Heard(each.embedded, None if each.detection is None else next(found)) for each in heard]
