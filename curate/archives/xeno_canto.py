"""Xeno-canto, API v3: questions in tags, and answers in pages of 500.

Its answers are described at https://xeno-canto.org/explore/api. Where they differ from that page
(numbers as text, two shapes of error, a page too many), the answers win.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from curate import settings
from curate.archives import Ask, ResultPage, Search, asked_for, fields, xc_query
from curate.archives.json_answers import as_object, listed, refused
from curate.archives.licenses import normalise
from curate.archives.remote import RemoteRecording
from curate.archives.taxa import unknown, wanted
from curate.errors import CurateError, NetError, UsageError
from curate.lookup import near_path
from curate.model import Problem, Segment, Taxon
from curate.net.error_text import said
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

SERVER = "https://xeno-canto.org"

#: Records of a page: the most that the API gives.
_PER_PAGE = 500

#: Environment variables that hold the key, ours first.
KEY_VARIABLES = settings.KEY_VARIABLES["xeno-canto"]

_RATINGS = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0}
_CLASSES = {
    "birds": "Aves",
    "frogs": "Amphibia",
    "grasshoppers": "Insecta",
    "land mammals": "Mammalia",
    "bats": "Mammalia",
}

#: Names that stand for no species: soundscapes, and what nobody could identify.
_NO_SPECIES = frozenset({"Sonus naturalis", "Mystery mystery"})

#: Epithets that stand for no species of a genus.
_NO_EPITHET = frozenset({"", "indet", "indet.", "sp", "sp.", "species", "spp", "spp."})

#: Fields that are kept as they are, beyond those of the schema.
_MORE = (
    "method",
    "uploaded",
    "animal-seen",
    "playback-used",
    "temp",
    "regnr",
    "auto",
    "ssp",
    "status",
    "mic",
)


class XenoCanto:
    """Ask Xeno-canto.

    Parameters
    ----------
    taxon, taxa
        See `taxa.wanted`. A name of one word is a genus, or a family where it ends in ``idae``.
    group
        birds, grasshoppers, bats, frogs, land mammals or soundscape.
    country
        Name, or the beginning of it.
    box
        ``LAT_MIN,LON_MIN,LAT_MAX,LON_MAX`` in degrees.
    quality
        ``A`` to ``E``, or better than one of them: ``>C``. Unrated recordings then never match.
    since
        Uploaded on this date (``2025-01-31``) or later, or in this many days.
    length
        Seconds: ``<30``, ``>5``, ``5-30``.
    query
        More tags as Xeno-canto takes them.
    key_file
        File with the key. Without it, `KEY_VARIABLES` are read.
    server
        Another server that speaks the same. It gets a key only from `key_file`: the one in the
        environment is for Xeno-canto alone.

    Raises
    ------
    UsageError
        If nothing is asked for, a part of the question cannot be asked so, or there is no key.
    """

    name: ClassVar[str] = "xeno-canto"
    # No figure is published since the key lifted the limit of one request per second.
    limits: ClassVar[Mapping[str, Limit]] = {"xeno-canto.org": Limit(requests=2.0, burst=4)}
    rated: ClassVar[bool] = True

    def __init__(
        self,
        *,
        taxon: Sequence[str] = (),
        taxa: str | os.PathLike[str] | None = None,
        group: str | None = None,
        country: str | None = None,
        box: str | None = None,
        quality: str | None = None,
        since: str | None = None,
        length: str | None = None,
        query: str | None = None,
        key_file: str | os.PathLike[str] | None = None,
        server: str = SERVER,
    ) -> None:
        self.problems: list[Problem] = []
        self._taxa = wanted(taxon, taxa, self.problems.append)
        self._tags = xc_query.tags(
            group=group, country=country, box=box, quality=quality, since=since, length=length, query=query
        )
        if not self._taxa and not self._tags:
            raise UsageError(
                "the query for Xeno-canto is empty",
                hint="name --taxon or --taxa, or narrow it down by --group, --country, --box or --query",
            )
        self._endpoint = f"{server.rstrip('/')}/api/3/recordings"
        key = _key(key_file, needed=server.rstrip("/") == SERVER)
        self.secret: Mapping[str, str] = {"key": key} if key else {}
        self.headers: Mapping[str, str] = {}

    def searches(self) -> Iterator[Search]:
        """List one question per taxon, or one in all."""
        if not self._taxa:
            yield Search(self._tags, self._ask(self._tags))
        for taxon in self._taxa:
            query = " ".join(filter(None, (xc_query.name(taxon.scientific_name), self._tags)))
            yield Search(taxon.scientific_name, self._ask(query), taxon)

    def _ask(self, query: str, *, page: int = 1, start: int = 0, purpose: str = "recordings") -> Ask:
        params = {"query": query, "page": str(page), "per_page": str(_PER_PAGE)}
        return Ask(self._endpoint, params, purpose, start)

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read a page, or the names of a genus for an unknown name."""
        answer = as_object(body, "Xeno-canto")
        records = listed(answer.get("recordings"))
        if ask.purpose == "names" and search.taxon is not None:
            names = {fields.binomial(_name(record)) or "" for record in records}
            return ResultPage(problems=[unknown(search.taxon, "Xeno-canto", names - {""})])
        total = fields.whole(answer.get("numRecordings"))
        if total is None:
            raise NetError(
                f"Xeno-canto's answer lacks the number of recordings: {said(body)}",
                hint="run the same command again later",
            )
        problems: list[Problem] = []
        taxon = search.taxon
        found, is_there = [], False
        for record in records:
            other = _other_than(taxon, record)
            is_there |= other is None
            told = asked_for.left_out(_page(record), other, asked_for.of_tags(self._tags, record))
            if told is not None:
                problems.append(told)
            elif (recording := _recording(record, problems)) is not None:
                found.append(recording)
        following = None
        # numPages may be one too high: what counts is how many records came so far.
        if records and ask.start + len(records) < total:
            page = int(ask.params["page"]) + 1
            following = self._ask(ask.params["query"], page=page, start=ask.start + len(records))
        # An empty page with a total above 0 is a fault of the answer: the name may be right.
        elif not is_there and ask.start == 0 and taxon is not None and (records or not total):
            following = self._nothing_found(taxon, problems)
        ids = tuple(str(record.get("id")) for record in records)
        return ResultPage(found, problems=problems, following=following, total=total, records=ids)

    def _nothing_found(self, taxon: Taxon, problems: list[Problem]) -> Ask | None:
        """Ask for the genus, whose names may be near; with more tags, nothing found is no misspelling."""
        genus, _, rest = taxon.scientific_name.partition(" ")
        if rest and not self._tags:
            return self._ask(xc_query.name(genus), purpose="names")
        # A genus may be unknown, or have nothing with these tags.
        told = unknown(taxon, "Xeno-canto")
        problems.append(replace(told, kind="nothing-found") if self._tags else told)
        return None

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say that the key is wrong, or what is wrong with the question."""
        if answer.status in (401, 403):
            return UsageError(
                "Xeno-canto refused the key",
                hint="your key is at https://xeno-canto.org/account, once your e-mail address is verified",
            )
        return refused(answer, "Xeno-canto", hint="tags are described at https://xeno-canto.org/explore/api")


def _key(key_file: str | os.PathLike[str] | None, *, needed: bool) -> str:
    hint = f"your key is at https://xeno-canto.org/account; put it into a file, or into {KEY_VARIABLES[0]}"
    if key_file is not None:
        try:
            key = _plain_key(Path(key_file).read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            words = f"failed to read the key in {key_file}: the file is missing"
            raise UsageError(words, hint=near_path(key_file)) from None
        except (OSError, UnicodeDecodeError) as error:
            words = getattr(error, "strerror", None) or "it is no text"
            raise UsageError(f"failed to read the key in {key_file}: {words}", hint=hint) from None
    elif not needed:
        return ""
    else:
        key = next((_plain_key(os.environ[name]) for name in KEY_VARIABLES if os.environ.get(name)), "")
    if not key or not key.isprintable() or " " in key:
        what = "this is none: it is empty, or holds spaces" if key or key_file else "none was given"
        raise UsageError(f"Xeno-canto needs a key, and {what}", hint=hint)
    return key


def _plain_key(text: str) -> str:
    """Take a key as it was noted: in quotes, or behind the name of its variable as in a shell's file.

    Examples
    --------
    >>> _plain_key('"abc"'), _plain_key("export XC_API_KEY=abc")
    ('abc', 'abc')
    """
    plain = re.sub(rf"^(?:export )?(?:{'|'.join(KEY_VARIABLES)})\s*=\s*", "", text.strip())
    return plain[1:-1] if plain[:1] == plain[-1:] and plain[:1] in {'"', "'"} else plain


def _name(record: Mapping[str, Any]) -> str:
    return f"{fields.text(record.get('gen')) or ''} {fields.text(record.get('sp')) or ''}".strip()


def _species(record: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Name the taxon of a record and its rank; soundscapes and mysteries have neither.

    Examples
    --------
    >>> _species({"gen": "Turdus", "sp": "sp."}), _species({"gen": "Mystery", "sp": "mystery"})
    (('Turdus', 'genus'), (None, None))
    """
    name = _name(record)
    if not name or name in _NO_SPECIES:
        return None, None
    if (fields.text(record.get("sp")) or "").lower() in _NO_EPITHET:
        return fields.text(record.get("gen")), "genus"
    return name, "subspecies" if fields.text(record.get("ssp")) else "species"


def _page(record: Mapping[str, Any]) -> str:
    return fields.absolute(record.get("url")) or f"{SERVER}/{fields.text(record.get('id')) or ''}"


def _other_than(taxon: Taxon | None, record: Mapping[str, Any]) -> str | None:
    """Say of what other taxon a record is than was asked for: tags match the beginnings of names.

    Examples
    --------
    >>> wagtail = Taxon("", "Motacilla alba")
    >>> _other_than(wagtail, {"gen": "Motacilla", "sp": "albaniensis"})
    'it is of Motacilla albaniensis, not of Motacilla alba'
    >>> _other_than(wagtail, {"gen": "Motacilla", "sp": "alba"}) is None
    True
    """
    name = taxon.scientific_name if taxon else ""
    if not name or (name.endswith("idae") and " " not in name):
        return None  # a record does not tell its family
    tags = ("gen", "sp", "ssp")[: len(name.split())]
    told = [fields.text(record.get(tag)) or "" for tag in tags]
    same = [word.lower() for word in told] == name.lower().split()[: len(tags)]
    return None if same else f"it is of {' '.join(filter(None, told)) or 'no species'}, not of {name}"


def _recording(record: Mapping[str, Any], problems: list[Problem]) -> RemoteRecording | None:
    number = fields.whole(record.get("id") or record.get("nr"))
    if number is None:
        problems.append(Problem("unavailable", "xeno-canto", "a record lacks its id"))
        return None
    name, url = _name(record), _page(record)
    file_url = fields.absolute(record.get("file"))
    if file_url is None:
        meta = record.get("_meta")
        if isinstance(meta, dict) and meta.get("redacted_fields"):
            problems.append(
                Problem("restricted", url, f"{name} is a restricted species: its recordings are hidden")
            )
        else:
            problems.append(Problem("unavailable", url, "its file is hidden (its species may be restricted)"))
        return None
    if fields.text(record.get("status")) == "questioned":
        problems.append(Problem("disagreement", url, f"members of Xeno-canto question that it is {name}"))
    species, rank = _species(record)
    group = fields.text(record.get("grp") or record.get("group"))
    also = record.get("also")
    also = also.split(",") if isinstance(also, str) else also if isinstance(also, list) else []
    background = [text for each in also if (text := fields.text(each)) and text not in _NO_SPECIES]
    more = {key.replace("-", "_"): fields.text(record.get(key)) for key in _MORE}
    return RemoteRecording(
        archive="xeno-canto",
        archive_id=str(number),
        url=url,
        file_urls=(file_url,),
        file_name=fields.text(record.get("file-name")),
        scientific_name=species,
        common_name=fields.text(record.get("en")) if species else None,
        rank=rank,
        class_name=_CLASSES.get(group or "") if species else None,
        background=tuple(dict.fromkeys(background)),
        recordist=fields.text(record.get("rec")),
        license=normalise(fields.text(record.get("lic"))),
        rating=_RATINGS.get(str(record.get("q"))),
        sound_type=fields.text(record.get("type")),
        sex=fields.text(record.get("sex")),
        stage=fields.text(record.get("stage")),
        date=fields.date(record.get("date")),
        time=fields.clock(record.get("time")),
        latitude=fields.degrees(record.get("lat"), 90),
        longitude=fields.degrees(record.get("lon", record.get("lng")), 180),
        elevation=fields.text(record.get("alt")),
        locality=fields.text(record.get("loc")),
        country=fields.text(record.get("cnt")),
        remarks=fields.text(record.get("rmk")),
        device=fields.text(record.get("dvc")),
        sr=fields.number(record.get("smp")),
        duration=fields.length(record.get("length")),
        annotations=_annotations(record.get("annotation-set"), url, problems),
        extra={key: value for key, value in more.items() if value},
    )


def _annotations(found: object, url: str, problems: list[Problem]) -> tuple[Segment, ...]:
    """Read the boxes that members drew; one without two ends is no segment, and is told."""
    segments = []
    boxes = listed(found.get("annotations")) if isinstance(found, dict) else []
    for box in boxes:
        onset, offset = fields.number(box.get("start_time")), fields.number(box.get("end_time"))
        low, high = fields.number(box.get("frequency_low")), fields.number(box.get("frequency_high"))
        label = fields.text(box.get("scientific_name")) or fields.text(box.get("sound_type")) or "sound"
        if onset is not None and offset is not None and 0 <= onset < offset:
            segments.append(Segment(onset, offset, label, None, low, high))
    if len(segments) < len(boxes):
        words = f"{len(boxes) - len(segments)} of its {len(boxes)} annotations lack an onset before an offset"
        problems.append(Problem("bad-row", url, words))
    return tuple(sorted(segments, key=lambda each: (each.onset, each.offset, each.label)))
