"""Where the audio lies that a table speaks of.

Tables name recordings by paths of another machine, by bare names, or only by their own name
(``XC1.Table.1.selections.txt``). What exists is looked for in the folder that a person named,
then beside the table.
"""

from __future__ import annotations

import os
from pathlib import Path

from curate.formats import parse
from curate.formats.files.origins import file_stem, origin
from curate.formats.files.walk import audio_files, is_audio
from curate.model import Problem


class Finder:
    """Finds audio files by the names that tables give them.

    Parameters
    ----------
    table
        The table, or a folder of tables.
    audio_folder
        Where a person says that the audio lies, at any depth; None for beside the table.
    """

    def __init__(self, table: Path, audio_folder: Path | None) -> None:
        beside = table if table.is_dir() else table.parent
        self._folders = [os.path.abspath(folder) for folder in (audio_folder, beside) if folder is not None]
        self._deep = audio_folder
        self._names: dict[str, str] | None = None
        self._stems: dict[str, dict[str, str]] = {}
        self._deep_stems: dict[str, str] = {}

    def named(self, name: str) -> str | None:
        """Find the file that a table calls `name`: a path of any system, or the last part of one."""
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        names = (name, last) if name.isascii() else (name, last, parse.text(name), parse.text(last))
        places = [os.path.join(folder, part) for folder in self._folders for part in names]
        found = next((place for place in places if os.path.isfile(place)), None)
        if found is None and self._deep is not None:
            found = self._below().get(last)
        return None if found is None else os.path.abspath(found)

    def of_stem(self, stem: str, beside: str) -> str | None:
        """Find the audio called `stem` with any ending: below the named folder, or `beside` the table."""
        if self._deep is not None:
            self._below()
            if stem in self._deep_stems:
                return self._deep_stems[stem]
        if beside not in self._stems:
            names = sorted(name for name in os.listdir(beside) if is_audio(name))
            known = self._stems[beside] = {}
            for name in names:
                for stem_of_it in _stems(name):
                    known.setdefault(stem_of_it, os.path.join(beside, name))
        return self._stems[beside].get(stem)

    def _below(self) -> dict[str, str]:
        if self._names is None:
            assert self._deep is not None
            self._names = {}
            for path in audio_files(os.path.abspath(self._deep), _ignore):
                name = os.path.basename(path)
                self._names.setdefault(name, path)
                for stem in _stems(name):
                    self._deep_stems.setdefault(stem, path)
        return self._names


def _stems(name: str) -> tuple[str, ...]:
    """Name a file without its ending, and by the number of its archive that it begins with."""
    found = origin(name)
    stem = os.path.splitext(name)[0]
    return (stem,) if found is None else (stem, file_stem(found[1]))


def _ignore(problem: Problem) -> None:
    """Pass over what cannot be entered: a name that is not found there is told."""
