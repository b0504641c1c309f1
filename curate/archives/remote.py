"""A recording as an archive describes it: one schema for all archives.

Text is plain (HTML entities decoded once, here), unknown is None, licences are codes. What
has no column goes to `extra`; the whole raw answer is kept next to it by the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from curate.archives.licenses import NO_LICENSE, License
from curate.model import Hertz, Row, Seconds, Segment, Taxon

#: An archive and its id of a recording.
Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RemoteRecording:
    """A recording that an archive has, before it is fetched.

    Parameters
    ----------
    archive, archive_id
        Its identity: of the archive that it comes from, also where another one led to it.
    url
        The page that people look at.
    file_urls
        Where its audio may be, the best first.
    file_name
        As uploaded. Tells the kind of file.
    scientific_name
        Genus and species. None where the recording has no one species.
    rank, class_name
        Of the taxon: ``species``; ``Aves``.
    background
        Scientific names of others that are heard.
    license
        See `licenses.normalise`.
    rating : 0 to 5
    date
        ISO 8601, as far as known: ``2024``, ``2024-05`` or ``2024-05-17``.
    time
        ``07:17``, or the archive's word (``morning``).
    latitude, longitude : degrees, WGS 84
    elevation : metres, as text
    checksum
        ``md5:<hex>`` or ``sha256:<hex>``.
    references
        The same recording in other archives.
    annotations
        What members marked in it.
    extra
        What else the archive says, by its own names.
    """

    archive: str
    archive_id: str
    url: str
    file_urls: tuple[str, ...]
    file_name: str | None = None
    scientific_name: str | None = None
    common_name: str | None = None
    rank: str | None = None
    class_name: str | None = None
    background: tuple[str, ...] = ()
    recordist: str | None = None
    license: License = NO_LICENSE
    rating: float | None = None
    sound_type: str | None = None
    sex: str | None = None
    stage: str | None = None
    date: str | None = None
    time: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    elevation: str | None = None
    locality: str | None = None
    country: str | None = None
    remarks: str | None = None
    device: str | None = None
    sr: Hertz | None = None
    duration: Seconds | None = None
    bytes: int | None = None
    checksum: str | None = None
    references: tuple[Identity, ...] = ()
    annotations: tuple[Segment, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """Archive and id."""
        return self.archive, self.archive_id

    @property
    def identities(self) -> tuple[Identity, ...]:
        """All names under which the recording may be known."""
        return (self.identity, *self.references)

    @property
    def recording_id(self) -> str:
        """Identity as the catalogue writes it."""
        return f"{self.archive}:{self.archive_id}"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that holds recordings, or a table of them.

    Parameters
    ----------
    name
        Path below the folder of the whole, with slashes.
    """

    name: str
    url: str
    bytes: int | None = None
    checksum: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a folder of files came from: what is said of all recordings in it.

    Parameters
    ----------
    number
        The archive's id of the whole: the Zenodo record, the repository.
    """

    archive: str
    number: str
    url: str
    title: str = ""
    authors: str = ""
    license: License = NO_LICENSE


def label_of(recording: RemoteRecording, taxon: Taxon | None) -> str:
    """Choose the label: the word of the user's table, else the scientific name."""
    return (taxon.label if taxon else "") or recording.scientific_name or ""


def row_of(recording: RemoteRecording, path: str, taxon: Taxon | None, labels: dict[str, str]) -> Row:
    """Say the recording as a row, to be registered as an import registers one.

    Parameters
    ----------
    path
        Where its file is now.
    taxon
        What was sought.
    labels
        The user's label for each scientific name. Others stay as they are.
    """
    label = label_of(recording, taxon)
    # Databases have 0, 0 where they know no place; it would be one site for many strangers.
    is_placed = (recording.latitude, recording.longitude) != (0, 0)
    others = dict.fromkeys(labels.get(name, name) for name in recording.background)
    extra = {
        "license_url": recording.license.url,
        "elevation": recording.elevation,
        "country": recording.country,
        "locality": recording.locality,
        "time": recording.time,
        "remarks": recording.remarks,
        "sound_type": recording.sound_type,
        "sex": recording.sex,
        "stage": recording.stage,
        "device": recording.device,
        "rank": recording.rank,
        "inat_taxon_id": taxon.inat_taxon_id if taxon else None,
        **recording.extra,
    }
    return Row(
        recording_id=recording.recording_id,
        path=path,
        label=label,
        secondary_labels=tuple(other for other in others if other != label),
        scientific_name=(taxon.scientific_name if taxon and taxon.label else "")
        or recording.scientific_name
        or "",
        common_name=(taxon.common_name if taxon else "") or recording.common_name or "",
        class_name=(taxon.class_name if taxon else "") or recording.class_name or "",
        rating=recording.rating,
        archive=recording.archive,
        recordist=recording.recordist or "",
        license=recording.license.words,
        url=recording.url,
        latitude=recording.latitude if is_placed else None,
        longitude=recording.longitude if is_placed else None,
        date=recording.date or "",
        extra={name: value for name, value in extra.items() if value},
    )
