"""ELAN's annotation documents (``.eaf``): tiers of annotations, in XML, with the media that they are about.

ELAN counts in whole milliseconds. On a tier nothing overlaps, so marks that do lie on tiers of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.beside import Mark, MarkedFile, all_marks, lanes, read_each, write_each
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.walk import is_audio
from curate.formats.files.xml import attribute, content, root_of
from curate.model import Problem, Row, Segment

ENDING = ".eaf"

#: Name of the tiers that are written.
TIER = "annotations"


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a document, or all below a folder: each annotation on a tier with times is a mark.

    Parameters
    ----------
    label_column
        The one tier that is read. Others are reported. It may depend on another tier, whose times then count.
        None reads all tiers that have times of their own.

    Raises
    ------
    FormatError
        If there is no such file, or it is no document of ELAN.
    UsageError
        If a column of paths is named.
    """
    refuse_columns("elan", None, path_column)
    return read_each(
        path, ENDING, partial(_open, tier=label_column), report=report, audio_folder=audio_folder
    )


def _open(path: Path, report: Report, *, tier: str | None) -> MarkedFile:
    root = root_of(path, "ANNOTATION_DOCUMENT", "document of ELAN")
    names, origin = _media(root)
    times = {
        slot.get("TIME_SLOT_ID", ""): slot.get("TIME_VALUE") for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    tiers = root.findall("TIER")
    there = [each.get("TIER_ID", "") for each in tiers]
    if tier is not None and tier not in there:
        raise FormatError(f"{path} lacks the tier '{tier}'", hint=f"its tiers: {', '.join(there)}")
    aligned = {
        found.get("ANNOTATION_ID", ""): found
        for found in root.iterfind("TIER/ANNOTATION/ALIGNABLE_ANNOTATION")
    }
    parents = {
        found.get("ANNOTATION_ID", ""): found.get("ANNOTATION_REF", "")
        for found in root.iterfind("TIER/ANNOTATION/REF_ANNOTATION")
    }
    marks: list[Mark] = []
    for each, name in zip(tiers, there, strict=True):
        timed, dependent = (
            each.findall(f"ANNOTATION/{kind}") for kind in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")
        )
        if name != tier if tier is not None else (dependent and not timed):
            report(Problem("unused-column", str(path), name))
            continue
        for number, found in enumerate([*timed, *(dependent if tier is not None else [])], start=1):
            parent = _aligned(found.get("ANNOTATION_ID", ""), aligned, parents)
            ends = ("TIME_SLOT_REF1", "TIME_SLOT_REF2")
            onset, offset = (times.get(parent.get(end, "")) if parent is not None else None for end in ends)
            parts = {
                "onset": ("TIME_VALUE", _seconds(onset, origin)),
                "offset": ("TIME_VALUE", _seconds(offset, origin)),
                "label": ("ANNOTATION_VALUE", found.findtext("ANNOTATION_VALUE") or ""),
            }
            marks.append(Mark(f"{path}: tier '{name}', annotation {number}", parts))
    return MarkedFile(marks, names)


def _aligned(number: str, aligned: Mapping[str, Element], parents: Mapping[str, str]) -> Element | None:
    """Find the annotation with times that an annotation is, or depends on."""
    for _ in range(len(parents) + 1):
        if number in aligned:
            return aligned[number]
        number = parents.get(number, "")
    return None


def _media(root: Element) -> tuple[tuple[str, ...], float]:
    """List what the document calls its media, sound first, and tell where in it the document begins."""
    found = []
    for media in root.iterfind("HEADER/MEDIA_DESCRIPTOR"):
        urls = (media.get("RELATIVE_MEDIA_URL"), media.get("MEDIA_URL"), media.get("EXTRACTED_FROM"))
        named = [unquote(urlsplit(url).path if "://" in url else url) for url in urls if url]
        if named:
            is_sound = is_audio(os.path.basename(named[0])) and not media.get("MIME_TYPE", "").startswith(
                "video"
            )
            found.append((not is_sound, named, media.get("TIME_ORIGIN")))
    found.sort(key=lambda each: each[0])
    names = dict.fromkeys(name for _, named, _ in found for name in named)
    try:
        origin = parse.number(found[0][2]) if found else None
    except ValueError:
        origin = None
    return tuple(names), origin or 0.0


def _seconds(value: str | None, origin: float) -> object:
    """Turn milliseconds into seconds; what is no number is reported where times are read."""
    try:
        found = parse.number(value)
    except ValueError:
        return value
    return None if found is None else (found + origin) / 1000


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the document of one recording, or a folder with one for each, and return the number of marks."""
    return write_each(rows, out, ENDING, _write, kind="a document of ELAN")


#: The date is the document's own, and an export has none: the same dataset gives the same bytes.
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="curate" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
"""


def _write(rows: Sequence[Row], handle: TextIO) -> None:
    tiers = lanes(sorted(map(_in_milliseconds, all_marks(rows)), key=lambda mark: mark.onset), apart=0.0)
    path = os.fsencode(rows[0].path)
    media = attribute("file://" + quote(path)), attribute("./" + quote(os.path.basename(path)))
    kind = attribute("audio/x-wav" if rows[0].path.lower().endswith(".wav") else "audio/*")
    handle.write(_HEAD)
    handle.write(' <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n')
    handle.write(
        f"  <MEDIA_DESCRIPTOR MEDIA_URL={media[0]} MIME_TYPE={kind} RELATIVE_MEDIA_URL={media[1]}/>\n"
    )
    handle.write(" </HEADER>\n <TIME_ORDER>\n")
    times = enumerate((end for tier in tiers for mark in tier for end in _ends(mark)), start=1)
    handle.writelines(f'  <TIME_SLOT TIME_SLOT_ID="ts{n}" TIME_VALUE="{time}"/>\n' for n, time in times)
    handle.write(" </TIME_ORDER>\n")
    number = 0
    for lane, tier in enumerate(tiers or [[]], start=1):
        name = attribute(TIER if lane == 1 else f"{TIER} {lane}")
        handle.write(f' <TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={name}>\n')
        for mark in tier:
            number += 1
            slots = f'TIME_SLOT_REF1="ts{2 * number - 1}" TIME_SLOT_REF2="ts{2 * number}"'
            handle.write(f'  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" {slots}>')
            handle.write(f"<ANNOTATION_VALUE>{content(mark.label)}</ANNOTATION_VALUE>")
            handle.write("</ALIGNABLE_ANNOTATION></ANNOTATION>\n")
        handle.write(" </TIER>\n")
    handle.write(
        ' <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" '
        'TIME_ALIGNABLE="true"/>\n'
        "</ANNOTATION_DOCUMENT>\n"
    )


def _ends(mark: Segment) -> tuple[int, int]:
    return round(mark.onset * 1000), round(mark.offset * 1000)


def _in_milliseconds(mark: Segment) -> Segment:
    """Round times to what ELAN knows; a mark lasts one millisecond at least."""
    onset, offset = _ends(mark)
    return replace(mark, onset=onset / 1000, offset=max(offset, onset + 1) / 1000)
