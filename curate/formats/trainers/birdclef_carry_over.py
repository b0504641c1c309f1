"""What a folder of BirdCLEF holds next to its table and its recordings, carried into one that is written.

A notebook that is led to the written folder opens the soundscapes, the sample submission and what else lay
next to the table. The original folder shows in where the recordings lie.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from curate.errors import FormatError, UsageError
from curate.formats import parse
from curate.formats.files.export_folder import Hold, Place, link_folder
from curate.formats.files.origins import audio_name
from curate.formats.files.output import whole_file
from curate.formats.files.walk import is_audio
from curate.formats.tables.csv import Sheet
from curate.formats.trainers.birdclef_years import (
    AUDIO,
    SOUNDSCAPES,
    TABLES,
    TAXONOMY_COLUMNS,
    is_of_soundscapes,
)
from curate.model import Row

#: What was unpacked need not go along.
_PACKED = (".7z", ".gz", ".tar", ".zip")


def is_soundscape(row: Row) -> bool:
    """Whether an unlabelled recording lies in a folder of soundscapes."""
    return not row.label and is_of_soundscapes(row.source_path or row.path)


def _folder_of(row: Row) -> str:
    return os.path.basename(os.path.dirname(row.source_path or row.path))


class Originals:
    """The original folders of the rows of one export.

    Parameters
    ----------
    out
        The folder that is written.
    hold
        How audio comes into it.
    stack
        Of the export: what is placed appears when it is closed without an error.
    """

    def __init__(self, out: Path, hold: Hold, stack: ExitStack) -> None:
        self._out = out
        self._hold = hold
        self._stack = stack
        self._roots: dict[str, Path | None] = {}
        self._places: dict[str, Place] = {}
        self._taken: set[tuple[str, str]] = set()

    @property
    def roots(self) -> list[Path]:
        """The original folders, as they were met."""
        return list(dict.fromkeys(root for root in self._roots.values() if root is not None))

    def note(self, row: Row) -> None:
        """See from where a row came."""
        folder = os.path.dirname(row.source_path or row.path)
        if folder not in self._roots:
            self._roots[folder] = _root_of(Path(folder))

    def place(self, row: Row) -> None:
        """Put a soundscape into the folder of its kind, under the name that it had."""
        if row.onset > 0:
            raise FormatError(
                f"{row.path} is used in part, and soundscapes are whole files",
                hint="use --audio clean, or auto after rendering",
            )
        kind = _folder_of(row)
        stem = audio_name(row.source_path or row.path)
        ending = os.path.splitext(row.path)[1]
        names = (f"{stem}{'' if again == 1 else f'_{again}'}{ending}" for again in itertools.count(1))
        name = next(name for name in names if (kind, name.casefold()) not in self._taken)
        self._taken.add((kind, name.casefold()))
        self._folder(kind)(name, os.path.abspath(row.path), self._hold)

    def _folder(self, kind: str) -> Place:
        if kind not in self._places:
            self._places[kind] = self._stack.enter_context(link_folder(self._out / kind))
        return self._places[kind]

    def complete(self) -> None:
        """Make all folders of soundscapes, with the texts in them: notebooks list them also if empty."""
        for root in self.roots:
            for kind in SOUNDSCAPES:
                if (root / kind).is_dir():
                    self._add_texts(root / kind, self._folder(kind))

    def _add_texts(self, folder: Path, place: Place) -> None:
        for path in sorted(folder.iterdir()):
            known = (folder.name, path.name.casefold())
            if known not in self._taken and _is_text(path):
                self._taken.add(known)
                place(path.name, os.path.abspath(path), self._hold)

    def taxa(self) -> Iterator[dict[str, str]]:
        """Read the taxonomies of the originals, with the classes that have no recording."""
        for root in self.roots:
            path = root / "taxonomy.csv"
            sheet = Sheet.open(path) if path.is_file() else None
            if sheet is not None and "primary_label" in sheet.columns:
                for _, record in sheet.records(lambda problem: None):  # noqa: ARG005 - told at the import
                    yield {name: parse.text(record.get(name, "")) for name in TAXONOMY_COLUMNS}

    def others(self, *, without: set[str], ours: set[str]) -> dict[str, Path]:
        """Find the other files, by name. Of several originals the first one's.

        Parameters
        ----------
        without
            Names that are written again.
        ours
            Names that an earlier export wrote, and that may be replaced.

        Raises
        ------
        UsageError
            If a file of somebody else stands where one belongs.
        """
        found: dict[str, Path] = {}
        for root in self.roots:
            for path in sorted(root.iterdir()):
                if path.name not in without and _is_text(path):
                    found.setdefault(path.name, path)
        for name in found:
            if os.path.lexists(self._out / name) and name not in ours:
                raise UsageError(
                    f"refused to replace {self._out / name}: it was made by something else",
                    hint="write to another folder, or move it away",
                )
        return found


def _is_text(path: Path) -> bool:
    """Whether it is a file that goes along: no audio, nothing hidden, and not what all was unpacked from."""
    name = path.name.lower()
    return path.is_file() and not name.startswith(".") and not name.endswith(_PACKED) and not is_audio(name)


def _root_of(folder: Path) -> Path | None:
    """Find the folder of a competition around the folder of a recording."""
    for each in (folder, folder.parent):
        if each.name in (*AUDIO, *SOUNDSCAPES) and any((each.parent / name).is_file() for name in TABLES):
            return each.parent
    return None


@contextmanager
def placed_last(out: Path, hold: Hold) -> Iterator[dict[str, Path]]:
    """Give a dict of files by name, and put them into a folder when all else is in its place."""
    files: dict[str, Path] = {}
    yield files
    for name, source in files.items():
        with whole_file(out / name) as part:
            part.unlink(missing_ok=True)
            if hold == "symlink":
                try:
                    os.symlink(source.absolute(), part)
                    continue
                except OSError:  # a file system without symbolic links
                    pass
            shutil.copyfile(source, part)
