"""Where the audio lies that a table speaks of.

Tables name recordings by paths of another machine, by bare names, without their ending, or only by
their own name (``XC1.Table.1.selections.txt``). A path that leads to a file is that file. Otherwise the files
below the folder that a person named, then those next to the table, are compared from the end of the
path: the longest matching end counts. The tables of a folder name what lies anywhere in it. Recorders name
files by the clock, so the same name is in every site's folder. Where two files match equally well, none is
taken.
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from urllib.parse import unquote

from curate.formats import parse
from curate.formats.files.origins import file_stem, origin
from curate.formats.files.walk import audio_files, is_audio
from curate.model import Problem
from curate.storage.address import is_remote

#: How many missing names get a hint: comparing one with all names takes a while.
_HINTS = 20

#: How many names a missing one is compared with.
_COMPARED = 20_000

#: Matched parts of a name that leads to its file as it stands.
EXACT = 1_000


@dataclass(frozen=True, slots=True)
class FileMatch:
    """What was found under a name.

    Parameters
    ----------
    path
        The file. None if there is none, or more than one.
    parts
        How many parts of the name match the file's path, from the end. `EXACT` if the name leads there.
    several
        The files that match equally well.
    near
        The most similar name that is there, where there is no match.
    """

    path: str | None = None
    parts: int = 0
    several: tuple[str, ...] = ()
    near: str = ""

    @property
    def why(self) -> str:
        """Why there is no file, for the end of a sentence, or empty if there is nothing to say."""
        if self.several:
            return f"; it may be {' or '.join(map(parse.printable, self.several[:3]))}: name its folder, too"
        return f"; did you mean '{parse.printable(self.near)}'?" if self.near else ""

    def problem(self, name: str, here: str) -> Problem:
        """Say that a name of a table leads to no file, or to several."""
        where = f"named in {here}{self.why}"
        return Problem("ambiguous" if self.several else "row-without-file", parse.printable(name), where)


class PathIndex:
    r"""Files that are found by the ends of their paths.

    Parameters
    ----------
    paths
        Of audio files.

    Examples
    --------
    >>> index = PathIndex(["/data/site1/0530.WAV", "/data/site2/0530.WAV"])
    >>> index.find(r"D:\site2\0530.wav").path, len(index.find("0530").several)
    ('/data/site2/0530.WAV', 2)
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._names: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for path in paths:
            last = os.path.basename(path)
            self._names.setdefault(_folded(last), []).append(path)
            for stem in _stems(last):
                self._stems.setdefault(_folded(stem), []).append(path)

    def __iter__(self) -> Iterator[str]:
        """Give the paths."""
        return chain.from_iterable(self._names.values())

    def called(self, name: str) -> list[str]:
        """List the files that are called `name`, or so without their ending."""
        found = self._names.get(_folded(name))
        return found or ([] if is_audio(name) else self._stems.get(_folded(name), []))

    def find(self, name: str) -> FileMatch:
        """Find the file whose path has the longest end in common with a name."""
        parts = parts_of(name)
        return (_longest(self.called(parts[-1]), parts) if parts else None) or FileMatch()


def parts_of(name: str) -> list[str]:
    r"""Part a path of any system.

    Examples
    --------
    >>> parts_of(r"D:\data\0530.wav"), parts_of("./0530.wav")
    (['D:', 'data', '0530.wav'], ['0530.wav'])
    """
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def is_relative(name: str) -> bool:
    r"""Whether a path of any system starts at no root, drive or host.

    Examples
    --------
    >>> [is_relative(name) for name in ("site/0530.wav", r"D:\site\0530.wav", "/site/0530.wav", "s3://b/0530.wav")]
    [True, False, False, False]
    """
    return not name.startswith(("/", "\\")) and name[1:2] != ":" and "://" not in name


class Finder:
    """Finds audio files by the names that tables give them.

    Parameters
    ----------
    table
        The table, or a folder of tables.
    audio_folder
        Where a person says that the audio lies, at any depth. None for next to the table.
    """

    def __init__(self, table: Path, audio_folder: Path | None) -> None:
        beside = table if table.is_dir() else table.parent
        self._folders = [os.path.abspath(folder) for folder in (audio_folder, beside) if folder is not None]
        self._deep = None if audio_folder is None else os.path.abspath(audio_folder)
        # The tables of a folder may name what lies anywhere in it.
        self._around = self._folders[-1] if audio_folder is None and table.is_dir() else None
        self._index: PathIndex | None = None
        self._hints = 0
        # A cache for each Finder: between two imports of one process folders may change.
        self._listing = lru_cache(maxsize=256)(_listing)

    def find(self, name: str, *, whole: bool = False) -> FileMatch:
        """Find the file that a table calls `name`: a path of any system, or the end of one, or an address.

        Where there is none, blanks around the name and the spelling of URLs (``%20``) are taken away.

        Parameters
        ----------
        whole
            Next to the table a relative path must match from its start, but for letters' case and the ending.
        """
        if is_remote(name):
            return FileMatch(name, EXACT)
        match = self._find(name, whole=whole)
        plain = unquote(name.strip())
        if match.path is None and not match.several and plain != name:
            other = self._find(plain, whole=whole)
            return other if other.path is not None or other.several else match
        return match

    def _find(self, name: str, *, whole: bool) -> FileMatch:
        spelt = name if name.isascii() else parse.text(name)
        for folder in self._folders:
            for each in dict.fromkeys((name, spelt, name.replace("\\", "/"))):
                place = os.path.join(folder, each)
                if os.path.isfile(place):
                    return FileMatch(os.path.abspath(place), EXACT)
        parts = parts_of(spelt)
        if not parts:
            return FileMatch()
        if self._deep is not None and (found := _longest(self._below().called(parts[-1]), parts)):
            return found
        around = self._anywhere(name, parts)
        if around is not None and around.path is not None:
            return around
        fewest = len(parts) if whole else 1
        if is_relative(name) or not whole:
            for length in range(len(parts), fewest - 1, -1):
                end = parts[-length:]
                if found := _longest(self._beside(self._folders[-1], end), parts):
                    return found
        return around or FileMatch(near=self._near(parts[-1], self._folders[-1]))

    def _anywhere(self, name: str, parts: Sequence[str]) -> FileMatch | None:
        """Find what the tables of a folder name: from the top of it, or anywhere in it."""
        if self._around is None:
            return None
        near = _longest(self._beside(self._around, parts), parts) if is_relative(name) else None
        return near or _longest(self._below().called(parts[-1]), parts)

    def uploaded(self, name: str) -> FileMatch:
        """Find the file that became `name` when it was uploaded: without blanks and most other signs."""
        if self._deep is not None:
            there: Iterable[str] = self._below()
        else:
            folder = self._folders[-1]
            listed = (each for names in self._listing(folder)[0].values() for each in names)
            there = (os.path.join(folder, each) for each in listed if is_audio(each))
        return _longest([path for path in there if _as_uploaded(path) == name], [name]) or FileMatch()

    def next_to(self, name: str, folder: str) -> str | None:
        """Find the file that a table in a folder names by its whole relative path, if there is one.

        A folder that a person named comes before those of tables.
        """
        parts = parts_of(name if name.isascii() else parse.text(name))
        if self._deep is not None or not parts or not is_relative(name):
            return None
        found = _longest(self._beside(folder, parts), parts)
        return found.path if found is not None else None

    def of_stem(self, stem: str, beside: str) -> FileMatch:
        """Find the audio that a table in the folder `beside` is named after: with any ending, or its own."""
        if self._deep is not None:
            # A table in a folder of the same name as the audio's speaks of that one.
            parts = [part for part in beside.split(os.sep) if part]
            if found := _longest(self._below().called(stem), [*parts, stem]):
                return found
        found = _longest(self._beside(beside, [stem]), [stem])
        return found or FileMatch(near=self._near(stem, beside))

    def _below(self) -> PathIndex:
        """List the files below the named folder, or that of the tables, if there is one."""
        if self._index is None:
            folder = self._deep or self._around
            self._index = PathIndex(audio_files(folder, _ignore) if folder is not None else ())
        return self._index

    def _beside(self, folder: str, parts: Sequence[str]) -> list[str]:
        """List the files of a relative path in a folder, whatever the case of its letters."""
        places = [folder]
        for part in parts[:-1]:
            places = [
                os.path.join(place, each)
                for place in places
                for each in self._listing(place)[0].get(_folded(part), ())
            ]
        found = []
        for place in places:
            names, stems = self._listing(place)
            last = _folded(parts[-1])
            there = [name for name in names.get(last, ()) if is_audio(name)]
            if not there and not is_audio(parts[-1]):
                there = list(stems.get(last, ()))
            found += [path for name in there if os.path.isfile(path := os.path.join(place, name))]
        return found

    def _near(self, name: str, folder: str) -> str:
        self._hints += 1
        if self._hints > _HINTS:
            return ""
        there: Iterable[str] = (names[0] for names in self._listing(folder)[1].values())
        if self._deep is not None or self._index is not None:
            there = map(os.path.basename, self._below())
        spelt = {_folded(os.path.splitext(each)[0]): each for each in islice(there, _COMPARED)}
        stem = _folded(os.path.splitext(name)[0] if is_audio(name) else name)
        near = difflib.get_close_matches(stem, spelt, n=1, cutoff=0.8)
        return spelt[near[0]] if near else ""


def _longest(paths: Iterable[str], parts: Sequence[str]) -> FileMatch | None:
    """Choose the path that matches the most parts from the end, and of these the one spelt alike."""
    ranked: dict[int, list[str]] = {}
    for path in paths:
        ranked.setdefault(_matched(path, parts), []).append(path)
    if not ranked:
        return None
    best = max(ranked)
    found = ranked[best]
    if len(found) > 1:
        end = "/".join(parts[-best:])
        found = [path for path in found if path.replace(os.sep, "/").endswith("/" + end)] or found
    if len(found) > 1:
        return FileMatch(parts=best, several=tuple(found))
    return FileMatch(found[0], best)


def _matched(path: str, parts: Sequence[str]) -> int:
    """Count the parts that match from the end; the name itself does."""
    folders = reversed(path.split(os.sep)[:-1])
    count = 1
    for ours, theirs in zip(folders, reversed(parts[:-1]), strict=False):
        if _folded(ours) != _folded(theirs):
            break
        count += 1
    return count


def _listing(folder: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """List what is in a folder by its name, and its audio by the name without the ending."""
    names: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    try:
        there = sorted(os.listdir(folder))
    except OSError:
        there = []
    for name in there:
        names.setdefault(_folded(name), []).append(name)
        for stem in _stems(name) if is_audio(name) else ():
            stems.setdefault(_folded(stem), []).append(name)
    return names, stems


@lru_cache(maxsize=65_536)
def _folded(name: str) -> str:
    """Spell a name without the case of its letters, and in one form of Unicode (macOS has another)."""
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _stems(name: str) -> Iterator[str]:
    """Name a file without its ending, and by the number of its archive that it begins with."""
    stem = os.path.splitext(name)[0]
    yield stem
    found = origin(name)
    if found is not None and file_stem(found[1]) != stem:
        yield file_stem(found[1])


def _as_uploaded(path: str) -> str:
    """Name a file as servers keep one that was uploaded (Django's `get_valid_filename`)."""
    return re.sub(r"[^-\w.]", "", os.path.basename(path).strip().replace(" ", "_"))


def _ignore(problem: Problem) -> None:
    """Pass over what cannot be entered: a name that is not found there is reported."""
