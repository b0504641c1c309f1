"""What is known of files and tables, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from curate.model.recorder import RecorderClaim
from curate.model.stretch import Seconds


@dataclass(frozen=True, slots=True)
class Taxon:
    """A class of sounds as a table of the user names it.

    Parameters
    ----------
    label
        The class as it shall be written; empty where each recording's own name is its label.
    inat_taxon_id
        Number of the taxon at iNaturalist, as text.
    """

    label: str
    scientific_name: str
    common_name: str = ""
    class_name: str = ""
    inat_taxon_id: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file, row, recording or name that was left out and reported.

    Parameters
    ----------
    kind
        One of the stable words below, used to count and to group.
    path
        The file, folder or row concerned.
    reason
        What is wrong, in words.
    """

    kind: Literal[
        "row-without-file",
        "ambiguous",
        "file-without-row",
        "unreadable-directory",
        "symlink-loop",
        "not-a-file",
        "passed-over",
        "bad-row",
        "left-out",
        "read-as",
        "unusable",
        "unused-column",
        "changed",
        "clock",
        "damaged",
        "disagreement",
        "export",
        "failed",
        "gone",
        "no-sound",
        "not-asked-for",
        "nothing-found",
        "odd-metadata",
        "other-name",
        "other-site",
        "other-taxon",
        "postponed",
        "renamed-taxon",
        "restricted",
        "spelling",
        "still-here",
        "taken-back",
        "unavailable",
        "unknown-taxon",
        "unlabelled",
        "unlisted",
        "unsure-license",
        "unused-file",
        "kept-mark",
        "renamed-id",
    ]
    path: str
    reason: str


#: Kinds of problems that say how something was read, and cost nothing that a table means to tell.
NOTICES = frozenset({
    "clock", "disagreement", "gone", "odd-metadata", "other-name", "other-site", "passed-over", "read-as",
    "spelling", "still-here", "unused-column",
})  # fmt: skip


def number_of_faults(problems: Iterable[Problem]) -> int:
    """Count the problems because of which something was left out: all but notices."""
    return sum(problem.kind not in NOTICES for problem in problems)


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file holds, as found by opening it.

    Parameters
    ----------
    frames
        Samples per channel that can be decoded; 0 for an empty file.
    sr : Hz
    channels
    format
        Container, lower case (``wav``, ``flac``, ``mp3``, ``ogg``, ``mp4`` ...).
    codec
        Coding inside it, lower case (``pcm_16``, ``vorbis``, ``mpeg_layer_iii``, ``aac`` ...).
    problem
        What the decoder complained about although it gave audio (a truncated file, a header
        that promises more); None if nothing.
    damage : seconds
        Holes that were filled with silence, as far as counting the frames showed them.
    time_expansion
        How much slower the file plays than the sound was: `sr` is its header's, this many times.
    """

    frames: int
    sr: int
    channels: int
    format: str
    codec: str
    problem: str | None = None
    damage: tuple[tuple[Seconds, Seconds], ...] = ()
    time_expansion: float = 1.0

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.frames / self.sr if self.sr else 0.0


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one look at a file found: its bytes and the audio in them.

    Parameters
    ----------
    bytes, mtime_ns
        Size and time of last change, by which a later look tells that nothing changed.
    sha256
        Of all bytes, hexadecimal; None if the file could not be read at all.
    info
        The audio; None if it cannot be decoded.
    problem
        Why there is no `info`, or what the decoder complained about.
    claims
        What the file says of how it was recorded, source by source.
    """

    bytes: int
    mtime_ns: int
    sha256: str | None
    info: AudioInfo | None
    problem: str | None = None
    claims: tuple[RecorderClaim, ...] = ()
