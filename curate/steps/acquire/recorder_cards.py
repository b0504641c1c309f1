"""Cards of recorders in an import: their folders are sites. Files and names tell what was recorded when."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Literal

from curate.audio.examine import claims_in
from curate.catalogue import recorders
from curate.catalogue.store import Store
from curate.errors import UsageError
from curate.formats.choose import format_of
from curate.formats.files.origins import audio_name
from curate.formats.tables import sites
from curate.formats.trainers.folders import doubt_of_depth
from curate.model import FileFacts, Problem, RecorderClaim, RecorderFacts, Row, Site
from curate.recorders import marks, names
from curate.recorders.beside import claims_beside
from curate.recorders.combine import SITE_ORDER, TABLE, by_table, combine, zoned
from curate.recorders.pattern import NamePattern
from curate.recorders.stamps import (
    date_and_time,
    instant,
    local,
    offset_at,
    offset_of,
    start_by,
    untrue_hour,
)
from curate.steps.acquire.import_summary import ImportSummary, NameExample

#: What a folder stands for.
FolderRole = Literal["auto", "label", "site", "ignore"]
FOLDER_ROLES: tuple[FolderRole, ...] = ("auto", "label", "site", "ignore")

#: Names by which a folder is judged.
_LOOKED_AT = 50

#: Names that a dry run shows.
_SHOWN = 3

#: Folders that recorders and card readers make, and those of a time: they name no place.
_NO_SITE = re.compile(
    r"data|dcim|audio|audiomoth|wavs?|flac|raw|recordings?|sd\d*|cards?[ _-]?\w{0,2}|[a-d]"
    r"|(?:(?:spring|summer|autumn|fall|winter|season)[ _-]?)?(?:19|20)\d\d(?:[ _-](?:20)?\d\d)?"
    r"|(?:19|20)\d\d[ _-](?:spring|summer|autumn|fall|winter)"
    r"|(?:month|round|season|visit|week|year)[ _-]?\d{1,2}"
    r"|\d{3}[a-z_]{2,5}|\d{6,8}|\d{4}-\d\d(-\d\d)?|[0-9a-f]{16}",
    re.IGNORECASE,
)


#: Names of folders that hold sound, and of no class.
_NO_CLASS = re.compile(
    r"(?:audio|sound|wav|flac|mp3|ogg)[ _-]?(?:data|files?)?|data|files|recordings?|sounds|wavs",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CardOptions:
    """How recorders' names and folders are read: see `import_`."""

    recorder: bool = False
    folders: FolderRole = "auto"
    name_pattern: NamePattern | None = None
    zone: str = ""
    sites: Mapping[str, Site] | None = None

    @classmethod
    def of(
        cls,
        *,
        recorder: bool,
        folders: str,
        name_pattern: str | None,
        zone: str | None,
        sites: Mapping[str, Site] | None = None,
    ) -> CardOptions:
        """Check what was asked for.

        Raises
        ------
        UsageError
            If there is no such role, field of a pattern or zone.
        """
        role = next((each for each in FOLDER_ROLES if each == folders), None)
        if role is None:
            raise UsageError(
                f"unknown value of --folders: '{folders}'", hint=f"there are: {', '.join(FOLDER_ROLES)}"
            )
        pattern = None if name_pattern is None else NamePattern.of(name_pattern)
        for each in (zone, *(site.zone for site in (sites or {}).values())):
            if each and offset_at(each, "2024-01-01T00:00:00") is None:
                raise UsageError(
                    f"unknown time zone '{each}'", hint="write UTC, +10:00, or Australia/Brisbane"
                )
        return cls(recorder, role, pattern, zone or "", sites)


class RecorderCards:
    """Turns what an import meets into facts of recorders, and counts what it finds."""

    def __init__(self, options: CardOptions, told: ImportSummary) -> None:
        self._options = options
        self._told = told
        self._now = datetime.now()  # noqa: DTZ005 - clocks of recorders show local time
        self._doubts: dict[tuple[str, str, str], tuple[str, str, int]] = {}
        self._annotated: set[str] = set()
        self._below: dict[tuple[str, str], dict[str, set[str]]] = {}
        self._sites: Mapping[str, Site] = options.sites or {}
        self._zones: Mapping[str, str] = {}  # by an earlier table of sites

    def remember(self, earlier: Iterable[Site]) -> None:
        """Take the zones of an earlier table of sites, and its places unless this import has its own."""
        known = {sites.key(site.name): site for site in earlier}
        self._zones = {name: site.zone for name, site in known.items() if site.zone}
        if self._options.sites is None:
            self._sites = {name: site._replace(zone="") for name, site in known.items()}

    def reads_again(self, store: Store, number: int, row: Row) -> bool:
        """Whether a known recording is read again, since a person says more of it than is known."""
        asked = self._options
        if asked.recorder or asked.sites is not None:
            return True
        if not asked.zone and asked.name_pattern is None:
            return False
        facts = recorders.facts_of(store, number) or RecorderFacts()
        is_named = asked.name_pattern is None or any(source == "pattern" for _, source in facts.sources)
        start = facts.start or start_by(row.date, row.extra.get("time", ""), "")
        return not is_named or bool(asked.zone and start and not offset_of(start))

    def by_folder(self, path: Path | str, rows: Iterator[Row], format: str) -> Iterator[Row]:
        """Let folders of recorders be sites. A table says itself what its recordings are."""
        if isinstance(path, str):  # an address of object storage, which is a folder
            return self.sited(path, rows)
        if path.is_dir() and format_of(path, format) == "folders":
            return self.sited(os.path.abspath(path), rows)
        return rows

    def sited(self, root: str, rows: Iterable[Row]) -> Iterator[Row]:
        """Let folders below `root` be sites where recorders named their files, unless said otherwise."""
        role = self._options.folders
        for _, group in groupby(rows, key=lambda row: row.label):
            first = list(islice(group, _LOOKED_AT))
            is_site = role == "site" or (role == "auto" and self._is_card(first))
            for row in chain(first, group):
                site = _site_of(root, row.path) if is_site else ""
                self._note_folder(row.label, site, is_site=is_site)
                if is_site:
                    self._note_below(root, row, site, "sites")
                    extra = row.extra | ({"site": site} if site else {})
                    yield replace(row, label="", scientific_name="", common_name="", extra=extra)
                elif role == "ignore":
                    yield _unlabelled(row)
                else:
                    self._note_below(root, row, row.label, "classes")
                    yield row

    def _note_folder(self, folder: str, site: str, *, is_site: bool) -> None:
        """Note what a folder was taken for; what lies next to the folders is in none."""
        if site:
            self._told.folders[site] = "site"
        elif folder:
            self._told.folders[folder] = "ignore" if is_site or self._options.folders == "ignore" else "label"

    def _note_below(self, root: str, row: Row, first: str, what: str) -> None:
        """Note the folders below that of a class or site: they may be those, and it a season or an order."""
        folders = row.path[len(root) :].strip(os.sep).split(os.sep)[:-1]
        inner = folders[folders.index(first) + 1 :] if first in folders else []
        for name in inner:
            if what == "classes" or not _NO_SITE.fullmatch(name):
                self._below.setdefault((root, what), {}).setdefault(name, set()).add(first)

    def _tell_below(self) -> None:
        """Report folders that hardly are classes, and roots whose classes may lie below the first folders."""
        for folder, role in self._told.folders.items():
            if role == "label" and _NO_CLASS.fullmatch(folder):
                words = f"its recordings have the class '{folder}'. --folders ignore reads no class from it"
                self._told.report(Problem("read-as", folder, words))
        for (root, what), below in self._below.items():
            # A folder that is named after a species is no doubt of the site above it.
            doubted = {name: above for name, above in below.items() if what == "classes" or len(above) > 1}
            words = doubt_of_depth(root, doubted, what=what)
            if words:
                self._told.report(Problem("read-as", root, words))
        self._below.clear()

    def _is_card(self, rows: list[Row]) -> bool:
        """Whether recorders named most of these; a folder called after a species stays a class."""
        if rows[0].scientific_name:
            return False
        return self._options.recorder or 2 * sum(map(self._is_recorders, rows)) > len(rows)

    def _is_recorders(self, row: Row) -> bool:
        pattern = self._options.name_pattern
        if pattern is not None:
            return pattern.claim(row.path) is not None
        return names.is_recorders(audio_name(row.path))

    def preview(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass rows on, and note of the first three what their names and their own bytes tell."""
        for row in rows:
            if len(self._told.names) < _SHOWN:
                facts = self.facts(row, FileFacts(0, 0, None, None, claims=claims_in(row.path)), quiet=True)
                if facts is not None:
                    self._told.names.append(
                        NameExample(
                            os.path.basename(row.path), facts.start, facts.site, facts.device, facts.serial
                        )
                    )
            yield row
        self._tell_below()

    def facts(self, row: Row, file: FileFacts, *, quiet: bool = False) -> RecorderFacts | None:
        """Put together what is known of one recording, or `None` if it is empty.

        Parameters
        ----------
        quiet
            Count nothing.
        """
        claims = list(file.claims)
        pattern = self._options.name_pattern
        if pattern is not None:
            claim = pattern.claim(row.path)
            # A person says how names are to be read: our own reading of them is none beside it.
            claims = [each for each in claims if each.source != "name"]
            claims += [claim] if claim is not None else []
            if claim is None and not quiet:
                self._doubt("other-name", "name", row.path, f"does not fit {pattern.text}")
        claims += claims_beside(row.path, next((each.start for each in claims if each.start), ""))
        site = self._site_of(claims, row)
        date, time = row.date, row.extra.get("time", "")
        if not claims and site is None and not start_by(date, time, ""):
            return None
        if "site" in row.extra:
            claims.append(RecorderClaim("folder", site=row.extra["site"]))
        zone = self._options.zone
        if site is not None:
            placed = self._placed(site)
            claims.append(placed)
            zone = next((zone for _, zone in placed.fields), zone)
        info = file.info
        header = round(info.sr / info.time_expansion) if info is not None else 0
        seconds = info.frames / header if info is not None and header else 0.0
        facts = combine(claims, sr=header, seconds=seconds, now=self._now)
        if not facts.start:  # then the table alone tells when, and its time takes a zone as a clock's does
            facts = by_table(facts, date, time)
        untrue = "" if offset_of(facts.start) else untrue_hour(zone, facts.start)
        if untrue and not quiet:
            self._doubt("clock", untrue, row.path, f"clock {facts.start}: {untrue}")
        facts = zoned(facts, zone)
        if not quiet:
            self._tell(row, facts, site)
        return facts

    def _tell(self, row: Row, facts: RecorderFacts, site: Site | None) -> None:
        """Count what is known of a recording, and note what its row and a table of sites say otherwise."""
        if self._options.sites is not None and site is None:
            named = f"site {facts.site} has no row" if facts.site else "no source names its site"
            self._doubt("other-site", named, row.path, f"{named} in the table of sites")
        self._count(row, facts)
        differs = _differs(row, facts)
        if differs:
            self._doubt("disagreement", "date", row.path, differs)

    def _placed(self, site: Site) -> RecorderClaim:
        """Say what a table of sites says. Its zone is kept: later recordings of the site have it, too."""
        earlier = self._zones.get(sites.key(site.name), "")
        zone = site.zone or (self._options.zone or earlier if earlier else "")
        told = (("zone", zone),) if zone else ()
        return RecorderClaim("sites", "", "", site.latitude, site.longitude, site.elevation, fields=told)

    def _site_of(self, claims: Sequence[RecorderClaim], row: Row) -> Site | None:
        """Find the row of the table of sites that a recording belongs to, by the first name that has one."""
        if not self._sites:
            return None
        said = {claim.source: claim.site for claim in claims} | {"folder": row.extra.get("site", "")}
        found = (self._sites.get(sites.key(said.get(source) or "")) for source in SITE_ORDER)
        return next((site for site in found if site is not None), None)

    def _count(self, row: Row, facts: RecorderFacts) -> None:
        if row.annotations is not None:  # what several tables mark in a recording comes once for each
            if row.path in self._annotated:
                return
            self._annotated.add(row.path)
        if facts.sources and {source for _, source in facts.sources} <= {TABLE, "option"}:
            return  # a table of recordings spoke, and no recorder
        told = self._told.recorders
        told.recordings += any(source != marks.SOURCE for source, *_ in facts.fields) or bool(facts.sources)
        told.started += bool(facts.start)
        told.zoned += bool(facts.start and offset_of(facts.start))
        told.placed += facts.latitude is not None
        told.remembered += self._options.sites is None and ("latitude", "sites") in facts.sources
        told.expanded += facts.time_expansion != 1
        told.wrong_clock += bool(facts.clock)
        if facts.site:
            told.sites[facts.site] += 1
        if facts.serial or facts.device:
            told.devices[facts.serial or facts.device] += 1
        if facts.clock:
            self._doubt("clock", "clock", row.path, f"clock {facts.clock}")
        for name, words in facts.doubts:
            self._doubt("disagreement", name, row.path, f"{name}: {words}")
        for words in facts.problems:
            self._doubt("odd-metadata", words.partition(":")[0], row.path, words)

    def _doubt(self, kind: str, about: str, path: str, words: str) -> None:
        """Note a doubt: those of one kind in one folder are reported once, with their number."""
        key = (kind, about, os.path.dirname(path))
        first, said, number = self._doubts.get(key, (path, words, 0))
        self._doubts[key] = (first, said, number + 1)

    def finish(self) -> None:
        """Report what sources disagreed about."""
        for (kind, _, _), (path, words, number) in self._doubts.items():
            more = f" (and {number - 1:,} more like it in this folder)" if number > 1 else ""
            self._told.report(Problem(kind, path, words + more))  # type: ignore[arg-type]
        self._doubts.clear()
        self._tell_below()


def _differs(row: Row, facts: RecorderFacts) -> str:
    """Say how a table's date or time differs from the recorder's; empty if it does not."""
    if facts.start and not facts.clock:
        told = by_table(facts, row.date, row.extra.get("time", "")).start
        first, second = instant(told), instant(facts.start)
        is_same = first == second if None not in (first, second) else local(told) == local(facts.start)
        if not is_same:
            return f"start: table {told}, recorder {facts.start}"
    date = date_and_time(facts.start, facts.clock)[0]
    at = instant(facts.start) if facts.start else None
    dates = {date, at.date().isoformat() if at is not None else date}
    if not date or not row.date or any(each.startswith(row.date[:10]) for each in dates):
        return ""
    return f"date: table {row.date}, recorder {facts.start}"


def _unlabelled(row: Row) -> Row:
    return replace(row, label="", scientific_name="", common_name="") if row.label else row


@lru_cache(maxsize=256)
def _site_below(root: str, folder: str) -> str:
    """Name the first folder on the way that can be a place, or the root itself."""
    inside = os.path.relpath(folder, root).split(os.sep) if folder != root else []
    candidates = [*inside, os.path.basename(os.path.abspath(root))]
    return next((name for name in candidates if name != os.curdir and not _NO_SITE.fullmatch(name)), "")


def _site_of(root: str, path: str) -> str:
    # The catalogue holds UTF-8 only, and a folder may have any bytes for its name.
    folder = os.path.dirname(path)
    above = os.path.dirname(folder) if names.is_in_folder_of_a_day(path) and folder != root else folder
    return _site_below(root, above).encode("utf-8", "backslashreplace").decode()
