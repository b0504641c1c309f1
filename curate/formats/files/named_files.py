"""The files that the rows of a table name, found before the first row is used.

They are sought on disk for an import, and among the recordings of a dataset for scores, answers and folds. A
row alone cannot tell whether its name means a file: another row may name the same file by more of its path.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from curate.formats import Report
from curate.formats.files.audio_paths import EXACT, FileMatch, Finder, PathIndex
from curate.formats.files.claims import NameClaim, meant
from curate.formats.parse import printable
from curate.model import Problem


class NamedFiles:
    """Finds the files of a table of recordings by their names.

    Parameters
    ----------
    table
        The table. A relative name starts at its folder.
    audio_folder
        Or at this one, below which the ends of paths are compared, too.
    report
        Takes the names that lead to no file, or to several.
    """

    def __init__(self, table: Path, audio_folder: Path | None, report: Report) -> None:
        self._finder = Finder(table, audio_folder)
        self._folder = os.path.abspath(table.parent if audio_folder is None else audio_folder)
        self._report = report
        self._paths: dict[str, str] = {}
        self._missing: dict[str, FileMatch] = {}
        self._refused: dict[str, str] = {}
        self.repeated: frozenset[str] = frozenset()
        """Files that several rows name, under whatever names."""

    def resolve(self, names: Iterable[tuple[str, str]]) -> None:
        """Find the file of each name. Names that lead to one file and cannot all mean it are reported.

        Parameters
        ----------
        names
            Each with its row, as often as rows have it.
        """
        rows: Counter[str] = Counter()
        claims: dict[str, dict[str, NameClaim]] = {}
        for name, here in names:
            rows[name] += 1
            if rows[name] == 1:
                match = self._match(name)
                if match.path is None:
                    self._missing[name] = match
                    continue
                self._paths[name] = match.path
                if match.parts != EXACT:
                    claims.setdefault(match.path, {})[name] = NameClaim(match, here, name)
        for name, path in self._paths.items():
            if path in claims and name not in claims[path]:
                claims[path][name] = NameClaim(FileMatch(path, EXACT), "", name)
        for path, named in claims.items():
            kept = {claim.name for claim in meant(path, list(named.values()), self._report)}
            self._refused |= {name: claim.here for name, claim in named.items() if name not in kept}
        counts: Counter[str] = Counter()
        for name, path in self._paths.items():
            if name not in self._refused:
                counts[path] += rows[name]
        self.repeated = frozenset(path for path, number in counts.items() if number > 1)

    def known(self, name: str) -> str | None:
        """Give the file of a name that was resolved, or `None` if it has none."""
        return None if name in self._refused else self._paths.get(name)

    def path(self, name: str, here: str) -> str | None:
        """Give the file of a row, or report that it is not there."""
        path = self.known(name)
        if name in self._refused:
            if here != self._refused[name]:  # whose row is reported with the reason
                words = f"named in {here}, as in {self._refused[name]}"
                self._report(Problem("ambiguous", printable(name), words))
        elif path is None:
            place = self._place(name)
            if os.path.exists(place):
                self._report(Problem("not-a-file", printable(place), f"named in {here}"))
            else:
                self._report(self._missing.get(name, FileMatch()).problem(place, here))
        return path

    def _place(self, name: str) -> str:
        return os.path.abspath(os.path.join(self._folder, name))

    def _match(self, name: str) -> FileMatch:
        place = self._place(name)
        return FileMatch(place, EXACT) if os.path.isfile(place) else self._finder.find(name, whole=True)


def place_names(
    names: Iterable[tuple[str, str]], exact: Mapping[str, str], index: PathIndex, report: Report
) -> tuple[dict[str, str], dict[str, FileMatch]]:
    """Find the known file that each name of a table means.

    Parameters
    ----------
    names
        Each once, with its row.
    exact
        The file of each id and of each whole path.
    index
        The files by the ends of their paths.
    report
        Takes names that lead to one file and cannot all mean it, and those of which only a part matches.

    Returns
    -------
    The file of each name that means one, and what was found of the names that lead to none or to several.
    """
    claims: dict[str, list[NameClaim]] = {}
    lost: dict[str, FileMatch] = {}
    for name, here in names:
        path = exact.get(name)
        match = index.find(name) if path is None else FileMatch(path, EXACT)
        if match.path is None:
            lost[name] = match
        else:
            claims.setdefault(match.path, []).append(NameClaim(match, here, name))
    placed = {claim.name: path for path, named in claims.items() for claim in meant(path, named, report)}
    return placed, lost
