"""Darwin Core archives with Audubon Core: occurrences, and the sound of each as an extension.

``meta.xml`` says what the columns of the two tables mean, ``eml.xml`` what the dataset is. An occurrence is
a mark, or a recording that is labelled as a whole. Audubon Core names its file, and where in it the
occurrence is heard (``startTime``, ``endTime``, ``freqLow``, ``freqHigh``). Times are those of the recording:
what was cut leaves stretches, each with a file of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.origins import species
from curate.formats.files.output import text_file
from curate.formats.files.whereabouts import media_type, site_of, start_of
from curate.formats.files.xml import content, root_of
from curate.formats.portals.archive_table import TEXT, ArchiveTable
from curate.formats.tables import table
from curate.formats.tables.csv import writer_to
from curate.formatting import count
from curate.license_words import freedom
from curate.model import Problem, Row, Segment

META = "meta.xml"

_DWC, _AC = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/ac/terms/"
_DCTERMS, _DC = "http://purl.org/dc/terms/", "http://purl.org/dc/elements/1.1/"
_OWNER = "http://ns.adobe.com/xap/1.0/rights/Owner"

#: Kinds of the rows of the two tables.
_OCCURRENCE, _MULTIMEDIA = f"{_DWC}Occurrence", f"{_AC}Multimedia"

#: Kinds of extensions that are read: Audubon Core, and GBIF's simple multimedia.
_SOUNDS = frozenset({_MULTIMEDIA, "http://rs.gbif.org/terms/1.0/Multimedia"})

#: Terms of an occurrence; the first is its id.
OCCURRENCE = tuple(
    _DWC + name
    for name in (
        "occurrenceID", "basisOfRecord", "occurrenceStatus", "scientificName", "vernacularName", "class",
        "verbatimIdentification", "eventDate", "decimalLatitude", "decimalLongitude", "geodeticDatum",
        "locality", "recordedBy", "identificationRemarks", "occurrenceRemarks",
    )
)  # fmt: skip

#: Terms of a sound; before them stands the id of its occurrence.
SOUND = (
    f"{_DCTERMS}identifier", f"{_DC}type", f"{_DCTERMS}format", f"{_AC}accessURI", f"{_AC}startTime",
    f"{_AC}endTime", f"{_AC}freqLow", f"{_AC}freqHigh", f"{_AC}mediaDuration", f"{_DC}creator",
    f"{_DCTERMS}rights", f"{_AC}furtherInformationURL", _OWNER,
)  # fmt: skip

#: Terms that others use, and that are read beside those that are written.
_OF_NAMES = tuple(
    _DWC + name for name in ("genus", "specificEpithet", "infraspecificEpithet", "scientificNameAuthorship")
)
_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
#: Where a licence stands, the likeliest first: rights may be no more than a name behind a copyright sign.
_LICENSES = (f"{_DCTERMS}license", f"{_RIGHTS}UsageTerms", f"{_RIGHTS}WebStatement", f"{_DCTERMS}rights")
_CREATORS = (f"{_DC}creator", f"{_DCTERMS}creator")
_PAGES = (f"{_AC}furtherInformationURL", f"{_DCTERMS}references")

#: A scientific name with its author and year, as GBIF writes it: ``Parus major Linnaeus, 1758``.
_AUTHORED = re.compile(
    r"(?P<name>[A-Z][a-z]+(?: [a-z]+(?:-[a-z]+)*){1,2}) \(?[A-Z\u00c0-\u00de].*\b1[789]\d\d\)?"
)

#: How a score is spelt in remarks of an identification.
_SCORE = re.compile(r"score (\d[\d.e-]*)")


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the archive into a folder that has its audio, and return the number of occurrences."""
    count = 0
    licenses: dict[str, None] = {}
    with text_file(out / "occurrence.csv") as core, text_file(out / "multimedia.csv") as extension:
        of_core, of_extension = writer_to(core), writer_to(extension)
        of_core.writerow([_short(term) for term in OCCURRENCE])
        of_extension.writerow(["occurrenceID", *(_short(term) for term in SOUND)])
        for row in rows:
            licenses[row.license] = None
            for number, mark in enumerate((mark for mark in marks(row) if mark.label), start=1):
                key = f"{row.recording_id}:{os.path.basename(row.path)}:{number}"
                of_core.writerow((key, *_occurrence(row, mark)))
                of_extension.writerow((key, *_sound(row, mark)))
                count += 1
    with text_file(out / META) as handle:
        handle.write(_meta())
    with text_file(out / "eml.xml") as handle:
        handle.write(_eml(out.name.removesuffix(".part"), [each for each in licenses if each]))
    return count


def _short(term: str) -> str:
    return term.rpartition("/")[2]


def _occurrence(row: Row, mark: Segment) -> tuple[object, ...]:
    """Give the cells of an occurrence behind its id."""
    own = mark.label == row.label
    return (
        "HumanObservation" if mark.score is None else "MachineObservation",
        "present",
        row.scientific_name if own and row.scientific_name else mark.label,
        row.common_name if own else "",
        row.class_name if own else "",
        mark.label,
        _when(row, mark),
        "" if row.latitude is None else row.latitude,
        "" if row.longitude is None else row.longitude,
        "" if row.latitude is None else "WGS84",
        site_of(row) if "site" in row.extra or "locality" in row.extra else "",
        row.recordist,
        "" if mark.score is None else f"score {mark.score!r}",
        mark.note,
    )


def _when(row: Row, mark: Segment) -> str:
    """Say when a mark was heard: from its start to its end, or the date of the recording alone."""
    start = start_of(row)
    if start is None:
        return row.date
    ends = (start + dt.timedelta(seconds=end) for end in (mark.onset, mark.offset))
    return "/".join(end.isoformat() for end in ends)


def _sound(row: Row, mark: Segment) -> tuple[object, ...]:
    band = ("" if limit is None else limit for limit in (mark.low_freq, mark.high_freq))
    ends = mark.onset, mark.offset
    name = os.path.basename(row.path)
    length = f"{row.duration:.6f}".rstrip("0").rstrip(".")
    credit = row.recordist, row.license, row.url, row.recordist
    return name, "Sound", media_type(row.path), row.path, *ends, *band, length, *credit


def _meta() -> str:
    core = _table("core", _OCCURRENCE, "occurrence.csv", "id", enumerate(OCCURRENCE))
    extension = _table("extension", _MULTIMEDIA, "multimedia.csv", "coreid", enumerate(SOUND, start=1))
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<archive xmlns="{TEXT}" metadata="eml.xml">\n'
    return f"{head}{core}{extension}</archive>\n"


def _table(kind: str, row_type: str, name: str, key: str, terms: Iterable[tuple[int, str]]) -> str:
    """Describe a table: its file, the tag of its first column, which is the id, and the others' terms."""
    fields = "".join(f'    <field index="{number}" term="{term}"/>\n' for number, term in terms)
    return (
        f'  <{kind} encoding="UTF-8" fieldsTerminatedBy="," linesTerminatedBy="\\n" '
        f'fieldsEnclosedBy="&quot;" ignoreHeaderLines="1" rowType="{row_type}">\n'
        f"    <files><location>{name}</location></files>\n"
        f'    <{key} index="0"/>\n{fields}  </{kind}>\n'
    )


def _eml(name: str, licenses: list[str]) -> str:
    """Say what the dataset is, as far as the schema asks."""
    rights = content("; ".join(licenses) or "not known")
    person = "<organizationName>not known</organizationName>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<eml:eml xmlns:eml="https://eml.ecoinformatics.org/eml-2.2.0" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="https://eml.ecoinformatics.org/eml-2.2.0 '
        'https://rs.gbif.org/schema/eml-gbif-profile/1.3/eml.xsd" '
        f'packageId="{content(name)}" system="curate" scope="system" xml:lang="eng">\n'
        f"  <dataset>\n    <title>{content(name)}</title>\n    <creator>{person}</creator>\n"
        f"    <intellectualRights><para>{rights}</para></intellectualRights>\n"
        f"    <contact>{person}</contact>\n  </dataset>\n</eml:eml>\n"
    )


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read an archive that is unpacked, by its folder or its ``meta.xml``: a row per recording.

    A sound without times labels its recording as a whole.

    Raises
    ------
    FormatError
        If there is no ``meta.xml``, or its archive has no occurrences or no multimedia.
    UsageError
        If a column is named.
    """
    refuse_columns("darwin-core", label_column, path_column)
    place = path / META if path.is_dir() else path
    root = root_of(place, f"{{{TEXT}}}archive", "description of a Darwin Core archive")
    try:
        files = [
            ArchiveTable.of(each, place.parent) for each in root if each.tag.endswith(("}core", "}extension"))
        ]
    except ValueError as error:
        raise FormatError(f"{place} describes a damaged table: {error}") from error
    core = next((file for file in files if file.row_type == _OCCURRENCE), None)
    sounds = [file for file in files if file.row_type in _SOUNDS]
    if core is None or not sounds:
        raise FormatError(f"{place}: expected an archive of occurrences with multimedia")
    of_sounds = (*SOUND, *_LICENSES, *_CREATORS, *_PAGES, f"{_DCTERMS}type")
    for file, used in ((core, (*OCCURRENCE, *_OF_NAMES)), *((sound, of_sounds) for sound in sounds)):
        table.tell_unused(file.path, {term: term if term in used else "" for term in file.fields}, report)
    return _rows(core, sounds, Finder(place, audio_folder), report)


def _heard(
    core: ArchiveTable, sounds: Sequence[ArchiveTable], report: Report
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Give the place of each sound in its table, its occurrence and its own cells."""
    occurrences = {key: record for _, key, record in core.records(report)}
    others = 0
    for file in sounds:
        for line, key, record in file.records(report):
            kind = parse.text(record.get(f"{_DC}type") or record.get(f"{_DCTERMS}type"))
            if kind and kind.casefold() not in ("sound", f"{_DCTERMS}sound".casefold()):
                others += 1
            elif key in occurrences:
                yield f"{file.path}:{line}", occurrences[key], record
            else:
                report(Problem("bad-row", f"{file.path}:{line}", f"unknown occurrence '{key}'"))
    if others:
        report(Problem("left-out", str(sounds[0].path), f"{others:,} media other than sound"))


def _rows(core: ArchiveTable, sounds: list[ArchiveTable], finder: Finder, report: Report) -> Iterator[Row]:
    gathered = Gathered(finder, report)
    labels: dict[str, dict[str, dict[str, Any]]] = {}
    known: dict[str, Row] = {}
    marked: set[str] = set()
    absent = 0
    for here, occurrence, record in _heard(core, sounds, report):
        address, name = (parse.text(record.get(t)) for t in (f"{_AC}accessURI", f"{_DCTERMS}identifier"))
        names = [each.rpartition("/")[2] if "://" in each else each for each in (address, name) if each]
        place = gathered.place(names[0] if names else "", here, otherwise=names[1:])
        if place is None:
            continue
        known[place[0]] = _stricter(known.get(place[0]), _known(occurrence, record, here, report))
        taxon = _name(occurrence)
        label = parse.text(occurrence.get(f"{_DWC}verbatimIdentification")) or taxon
        is_absent = parse.text(occurrence.get(f"{_DWC}occurrenceStatus")).casefold() == "absent"
        absent += is_absent
        if parse.text(record.get(f"{_AC}startTime")) or parse.text(record.get(f"{_AC}endTime")):
            marked.add(place[0])
            gathered.add(place, _parts(occurrence, record, label, is_absent=is_absent), here)
        elif not is_absent:
            labels.setdefault(place[0], {}).setdefault(label, _taxon(occurrence, taxon))
    if absent:
        words = f"{count(absent, 'sound')} of species that are absent: taken as looked at, without a label"
        report(Problem("read-as", str(core.path), words))
    for row in gathered.rows():
        told = replace(known[row.path], recording_id=row.recording_id, path=row.path, archive=row.archive)
        found = row.annotations if row.path in marked else None
        first, *more = labels.get(row.path, {"": {}}).items()
        told = replace(told, label=first[0], **first[1])
        yield replace(told, secondary_labels=tuple(label for label, _ in more), annotations=found)


def _name(occurrence: Mapping[str, Any]) -> str:
    """Read the scientific name of an occurrence, without its author and year."""
    full, *parts, author = (
        parse.text(occurrence.get(term)) for term in (f"{_DWC}scientificName", *_OF_NAMES)
    )
    if parts[0] and parts[1] and full.startswith(f"{parts[0]} {parts[1]}"):
        return " ".join(filter(None, parts))
    if author and full.endswith(author):
        return full.removesuffix(author).rstrip(" ,")
    authored = _AUTHORED.fullmatch(full)
    return authored["name"] if authored else full


def _taxon(occurrence: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Say what the class of a recording is called."""
    common, group = (parse.text(occurrence.get(_DWC + term)) for term in ("vernacularName", "class"))
    return {"scientific_name": species(name)[0], "common_name": common, "class_name": group}


def _stricter(before: Row | None, now: Row) -> Row:
    """Keep what was said first of a file, and of two licences the stricter."""
    if before is None:
        return now
    if not before.license or (now.license and freedom(now.license) > freedom(before.license)):
        return replace(before, license=now.license)
    return before


def _parts(
    occurrence: Mapping[str, Any], record: Mapping[str, Any], label: str, *, is_absent: bool
) -> dict[str, tuple[str, Any]]:
    said = _SCORE.fullmatch(parse.text(occurrence.get(f"{_DWC}identificationRemarks")))
    terms = {"onset": "startTime", "offset": "endTime", "low_freq": "freqLow", "high_freq": "freqHigh"}
    return {
        **{part: (term, record.get(_AC + term)) for part, term in terms.items()},
        "label": ("scientificName", "" if is_absent else label),
        "score": ("identificationRemarks", said[1] if said else None),
        "note": (
            "occurrenceRemarks",
            f"not {label}" if is_absent else occurrence.get(f"{_DWC}occurrenceRemarks"),
        ),
    }


def _known(occurrence: Mapping[str, Any], record: Mapping[str, Any], here: str, report: Report) -> Row:
    """Say what an occurrence and its sound tell of a recording."""

    def read(term: str, convert: Callable[[object], Any]) -> Any:  # noqa: ANN401 - a number or a text
        try:
            return convert(occurrence.get(_DWC + term))
        except ValueError as error:
            report(Problem("bad-row", here, f"column {term}: {error}"))
            return None

    locality = parse.text(occurrence.get(f"{_DWC}locality"))
    return Row(
        latitude=read("decimalLatitude", parse.latitude),
        longitude=read("decimalLongitude", parse.longitude),
        date=read("eventDate", _day) or "",
        recordist=_first(record, _CREATORS) or parse.known(occurrence.get(f"{_DWC}recordedBy")),
        license=_first(record, _LICENSES),
        url=_first(record, _PAGES),
        extra={"locality": locality} if locality else {},
    )


#: The day at which a time or a range in ISO 8601 begins.
_DAY = re.compile(r"(\d{4}(?:-\d\d){0,2})(?:[T /].*)?")


def _day(cell: object) -> str:
    """Read the day of an event, without its time: the first one of a range.

    Raises
    ------
    ValueError
        If it is none, or may be two.

    Examples
    --------
    >>> _day("2024-05-01T05:00Z/2024-05-02"), _day("2024-05"), _day("14/05/2024"), _day("")
    ('2024-05-01', '2024-05', '2024-05-14', '')
    """
    day = _DAY.fullmatch(parse.text(cell))
    return parse.date_of_table(day[1] if day else cell)


def _first(record: Mapping[str, Any], terms: Iterable[str]) -> str:
    """Read the first of some terms that says anything."""
    return next((cell for term in terms if (cell := parse.known(record.get(term)))), "")
