"""Names for recordings in formats that must call them something: short, safe and never twice the same."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator

from curate.formats.files.origins import audio_name, file_stem, safe_name
from curate.model import Row

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

#: Bytes of a name that every common file system takes.
NAME_MAX = 255

#: Of these it needs some while it is written: see `curate.formats.files.output.whole_file`.
_PART = len(".part")


def is_too_long(name: str) -> bool:
    """Whether no file of this name can be written."""
    return len(os.fsencode(name)) + _PART > NAME_MAX


def shortened(stem: str, ending: str) -> str:
    """Shorten the name of a file, if it is too long with its ending, by the digest of what it was.

    Examples
    --------
    >>> shortened("a.wav", ".txt"), len(shortened("x" * 300, ".txt"))
    ('a.wav', 246)
    """
    if not is_too_long(stem + ending):
        return stem
    digest = hashlib.sha256(os.fsencode(stem)).hexdigest()[:6]
    while is_too_long(f"{stem}-{digest}{ending}"):
        stem = stem[:-1]
    return f"{stem}-{digest}"


class Keys:
    """Gives every file one name, the same for all of its rows, which stand together.

    Names hold letters, digits, ``_`` and ``-`` only: no dot (WebDataset), no space (Kaldi). Files of one's
    own keep the names that they have: those of recorders tell when they began. What two recordings of the
    same minute are both called has the site, or the folder, behind it.

    Parameters
    ----------
    keep
        Keep names as they are to the letter, in a folder for each site.

    Examples
    --------
    >>> keys = Keys()
    >>> keys.of(Row("xeno-canto:134896", "/a/x.ogg"))
    'XC134896'
    >>> [keys.of(Row(f"local:{site}/20240311_054500.wav", f"/{site}")) for site in ("pond", "mill")]
    ['20240311_054500', '20240311_054500_mill']
    """

    def __init__(self, *, keep: bool = False) -> None:
        self._keep = keep
        self._taken: dict[str, int] = {}
        self._last: tuple[str, str] | None = None

    def of(self, row: Row) -> str:
        """Name the file of a row."""
        if self._last is None or self._last[0] != row.path:
            self._last = row.path, self._free(*self._names(row))
        return self._last[1]

    def _names(self, row: Row) -> tuple[str, str]:
        """Give the name of a row's file, and the one that it has if another has the first already."""
        archive, _, inside = row.recording_id.partition(":")
        if archive != "local" or not inside:
            name = file_stem(row.recording_id) if row.recording_id else audio_name(row.path)
            return _safe(name), _safe(name)
        name, folder = audio_name(inside), os.path.basename(os.path.dirname(inside))
        place = row.extra.get("site") or folder
        if self._keep:
            whole = f"{safe_name(place)}/{safe_name(name)}" if place else safe_name(name)
            return whole, whole
        return _safe(name), _safe(f"{name}_{place}" if place else name)

    def _free(self, name: str, other: str) -> str:
        if name.casefold() in self._taken:
            name = other
        folded, key = name.casefold(), name
        while key.casefold() in self._taken:
            self._taken[folded] += 1
            key = f"{name}-{self._taken[folded]}"
        self._taken.setdefault(folded, 1)
        self._taken[key.casefold()] = self._taken.get(key.casefold(), 1)
        return key


def _safe(name: str) -> str:
    return safe_name(_UNSAFE.sub("_", name) or "recording")


def by_recording(rows: Iterable[Row], ending: str) -> Iterator[tuple[str, list[Row]]]:
    """Group the rows of each file, which stand together, under a name that no other file has.

    Parameters
    ----------
    ending
        Stands behind each name, which is shortened where both together are too long for a file.
    """
    taken: set[str] = set()
    group: list[Row] = []
    for row in rows:
        if group and group[0].path != row.path:
            yield _unique(group[0].path, taken, ending), group
            group = []
        group.append(row)
    if group:
        yield _unique(group[0].path, taken, ending), group


def _unique(path: str, taken: set[str], ending: str) -> str:
    """Name of a file for a recording: its own, or with its ending where two are called alike."""
    stem = audio_name(path)
    if stem.casefold() in taken:
        stem = os.path.basename(path)
    number, name = 1, shortened(stem, ending)
    while name.casefold() in taken:
        number += 1
        name = shortened(f"{stem}~{number}", ending)
    taken.add(name.casefold())
    return name
