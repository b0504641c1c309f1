"""The nouns that all other modules share, as plain frozen records.

They hold no behaviour beyond small derived values, import nothing heavy and pickle,
so they travel to worker processes as they are. Times are seconds as `float`, with
`onset` and `offset` for the two ends; frequencies are hertz.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Seconds = float
Hertz = float

Action = Literal["excise", "mute", "flag", "drop"]
Status = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one recording in which a detector, archive or person found something.

    Parameters
    ----------
    onset, offset : seconds from the start of the raw recording, 0 <= onset < offset
    label
        What was found.
    score : 0 to 1
        How sure the producer is; None where it gives no score.
    low_freq, high_freq : Hz
        The band, None where the segment spans all of it.
    measured
        What the producer measured of it, by name with its unit (``snr_db``).
    """

    onset: Seconds
    offset: Seconds
    label: str
    score: float | None = None
    low_freq: Hertz | None = None
    high_freq: Hertz | None = None
    measured: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.offset - self.onset


@dataclass(frozen=True, slots=True)
class Cut:
    """A decision about a stretch of a recording, with its reason: a line of the ledger.

    Parameters
    ----------
    onset, offset : seconds from the start of the raw recording
    action
        `excise` removes the stretch, `mute` silences it, `flag` only marks it and
        `drop` leaves the whole recording out.
    reason
        Why, in words that a person reads in a table.
    score : 0 to 1
        The strongest score of the evidence, None where there is none.
    producer
        Which command and which layer decided, for example ``strip-voice/speech``.
    """

    onset: Seconds
    offset: Seconds
    action: Action
    reason: str
    score: float | None
    producer: str

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.offset - self.onset


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of raw audio and where it lies in the clean copy, in whole frames.

    Parameters
    ----------
    clean_start, raw_start : frames (samples per channel) at the recording's own rate
    frames
        Length of the piece, the same on both sides.
    """

    clean_start: int
    raw_start: int
    frames: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of recordings, in or out: the neutral form of every format.

    The fields up to `source_offset` are the columns of the neutral manifest, in order.
    A reader fills what its table knows and leaves the rest at the default.

    Parameters
    ----------
    recording_id
        ``archive:archive_id``, for example ``xeno-canto:694038``; empty if the reader
        knows none (the catalogue then makes one from the path).
    path
        The audio file; absolute when it comes from a reader.
    onset, offset, duration : seconds within `path`
        A reader of whole files leaves them at 0.
    sr : Hz
    label
        The class, always text; empty for an unlabelled recording.
    secondary_labels
        Other classes heard in the background.
    class_name
        The taxon's class, such as Aves.
    copies
        How often a trainer should see the row (upsampling of rare classes).
    rating : 0 to 5
        As the archive gives it; None where unrated.
    archive
        Where the recording came from: ``xeno-canto``, ``inaturalist``, ``csa``, ``local``.
    license
        The licence's code or words.
    latitude, longitude : degrees, WGS 84
    date
        ISO 8601, as far as known (``2024``, ``2024-05`` or ``2024-05-17``).
    source_path, source_onset, source_offset
        The same stretch in the raw file.
    extra
        What the table knows beyond these columns, by catalogue column name
        (``sound_type``, ``time``, ``locality`` ...).
    """

    recording_id: str = ""
    path: str = ""
    onset: Seconds = 0.0
    offset: Seconds = 0.0
    duration: Seconds = 0.0
    sr: int = 0
    label: str = ""
    secondary_labels: tuple[str, ...] = ()
    scientific_name: str = ""
    common_name: str = ""
    class_name: str = ""
    fold: int | None = None
    weight: float = 1.0
    copies: int = 1
    rating: float | None = None
    archive: str = ""
    recordist: str = ""
    license: str = ""
    url: str = ""
    latitude: float | None = None
    longitude: float | None = None
    date: str = ""
    source_path: str = ""
    source_onset: Seconds = 0.0
    source_offset: Seconds = 0.0
    extra: dict[str, str] = field(default_factory=dict)


#: Columns of the neutral manifest, in order (DESIGN: one row per kept stretch).
MANIFEST_COLUMNS: tuple[str, ...] = tuple(name for name in Row.__dataclass_fields__ if name != "extra")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file or row that a reader could not use, but reports.

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
        "file-without-row",
        "unreadable-directory",
        "symlink-loop",
        "not-a-file",
        "bad-row",
        "changed",
        "failed",
    ]
    path: str
    reason: str


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
    """

    frames: int
    sr: int
    channels: int
    format: str
    codec: str
    problem: str | None = None

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
    """

    bytes: int
    mtime_ns: int
    sha256: str | None
    info: AudioInfo | None
    problem: str | None = None


#: What a person may decide about a stretch: cut it, keep it whatever a machine says, or drop the
#: whole recording.
Judgement = Literal["cut", "keep", "drop"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision about a stretch of one recording, in seconds of the raw file.

    Parameters
    ----------
    judgement
    reviewer
        Who decided.
    at
        When: ISO 8601, UTC.
    label
        What is heard there, in the reviewer's word; empty where nothing was said.
    seen
        What the reviewer had before them, such as the layer's version; JSON, empty where unknown.
    number
        In the catalogue; 0 before it is there.
    """

    onset: Seconds
    offset: Seconds
    judgement: Judgement
    reviewer: str
    at: str
    label: str = ""
    seen: str = ""
    number: int = 0
