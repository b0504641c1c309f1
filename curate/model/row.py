"""One row of a table of recordings, and of the neutral manifest."""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.model.stretch import Seconds, Segment


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of recordings, in or out: the neutral form of every format.

    The fields up to `soft_labels` are the columns of the neutral manifest, in order.
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
    soft_labels : 0 to 1
        What a model hears in the stretch, by class; None where none was asked. `label` and
        `secondary_labels` are what people and archives say.
    extra
        What the table knows beyond these columns, by catalogue column name
        (``sound_type``, ``time``, ``locality`` ...).
    annotations
        What somebody marked in the stretch, in seconds of `path`; empty where they looked and
        found nothing, None where nobody looked.
    channels
        Of `path`; 0 where not known.
    file_duration : seconds
        Length of the whole file at `path`; 0 where not known.
    muted : seconds
        Of it, that are silent in a clean copy since they were muted.
    taken : seconds
        Of the whole recording, cut out or muted in what is exported of it.
    stretches : seconds
        What is to be kept of the file, in any order, as a reader of manifests found it; None for all.
    producer
        The program that made the annotations, such as ``birdnet-analyzer``; empty for people.
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
    soft_labels: dict[str, float] | None = None
    extra: dict[str, str] = field(default_factory=dict)
    annotations: tuple[Segment, ...] | None = None
    channels: int = 0
    file_duration: Seconds = 0.0
    muted: Seconds = 0.0
    taken: Seconds = 0.0
    stretches: tuple[tuple[Seconds, Seconds], ...] | None = None
    producer: str = ""


_BESIDE_THE_MANIFEST = frozenset({
    "extra", "annotations", "channels", "file_duration", "muted", "taken", "stretches", "producer",
})  # fmt: skip

#: Columns of the neutral manifest, in order: a row is a stretch that is kept.
MANIFEST_COLUMNS: tuple[str, ...] = tuple(
    name for name in Row.__dataclass_fields__ if name not in _BESIDE_THE_MANIFEST
)
