"""A folder of links to audio, copies of it and tables, replaced as a whole.

It is built next to it and swapped in. Only a folder that was made here is ever replaced. It
carries a marker file, which lists what in it is not a symbolic link. (On file systems without
symbolic links, a hard link or a copy stands in.) A folder that holds anything else is refused. Tables
are listed with their hash: one that a person has worked on since is not replaced either. The
marker also lists files next to the folder that were written with it.

A run killed at any moment leaves a state from which the next one continues: what stands at
``.part`` and ``.old`` carries the marker as long as it holds anything.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from curate.errors import FormatError, UsageError
from curate.storage.files import sha256_of

#: File in the folder that says who made it.
MARKER = ".curate"
_NEW = f"{MARKER}.new"

_MARKER_HEAD = "# links to audio elsewhere, made by curate; the whole folder is replaced at the next export\n"

#: Where a file beside the folder lies, seen from inside.
_BESIDE = "../"

#: In the marker of a folder that is being built: everything in it is ours.
_ALL = "*"

#: Files that people work on in other programs, so that a later export must not replace their work.
_TABLES = (
    ".csv", ".data", ".eaf", ".jams", ".json", ".jsonl", ".labels", ".svl", ".textgrid", ".tsv", ".txt",
    ".xml",
)  # fmt: skip

#: Files next to a folder that an error names at most.
_NAMED = 3

#: How audio comes into a folder: as a link, a second name, or a copy.
Hold = Literal["symlink", "hardlink", "copy"]


class Place:
    """Puts audio into a folder that is being built. Tables are written to its `part`.

    Parameters
    ----------
    part
        Where the folder is built.
    folder
        Where it will stand.
    """

    def __init__(self, part: Path, folder: Path) -> None:
        self.part = part
        self._folder = folder
        self._replaced = os.path.realpath(folder) + os.sep

    def __call__(self, name: str, target: str, hold: Hold = "symlink") -> None:
        """Put the file `target` at `name` below the folder.

        Raises
        ------
        UsageError
            If the file lies in the folder that is replaced.
        FormatError
            If there is something of this name already.
        """
        # The folder is resolved, not the file: a link inside is lost with the folder, wherever it leads.
        real = os.path.realpath(os.path.dirname(target)) + os.sep
        if real.startswith(self._replaced):
            raise UsageError(f"failed to link to {target}: it is in {self._folder}, which is replaced")
        link = self.part / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(link):
            raise FormatError(f"two recordings would both be {name} in {self._folder}")
        if hold == "copy":
            _copy(link, target)
        elif hold == "hardlink":
            _stand_in(link, target)
        else:
            try:
                os.symlink(target, link)
            except OSError:  # a file system without symbolic links
                _stand_in(link, target)


@contextmanager
def link_folder(folder: Path, *, beside: Iterable[str] = ()) -> Iterator[Place]:
    """Give a function that places links, and put them at `folder` when the block ends well.

    Parameters
    ----------
    beside
        Names of files in the parent folder that are written with it. `made_beside` lists them.

    Raises
    ------
    UsageError
        If `folder` exists and holds anything that was not placed here. Nothing is touched then.
    """
    part, old = folder.with_name(f"{folder.name}.part"), _old(folder)
    names = frozenset(beside)
    for place in (folder, part, old):
        check_ours(place, beside=names)
    _remove(part)
    part.mkdir(parents=True)
    try:
        # Before anything else: if the run is killed, the marker lets the next one clear this folder.
        _mark(part, [*(_BESIDE + name for name in sorted(beside)), _ALL])
        yield Place(part, folder)
        _mark(part, [*(_BESIDE + name for name in sorted(beside)), *_contents(part)])
        if folder.exists():  # else a run was killed right here, and `old` is all that knows what is ours
            _remove(old)
            folder.rename(old)
        part.rename(folder)
    except BaseException:
        _remove(part)
        raise
    _remove(old)


def made_beside(folder: Path) -> set[str]:
    """Names of the files that were written with the folder, by its marker or that of its predecessor."""
    return {
        name.removeprefix(_BESIDE)
        for place in (folder, _old(folder))
        for name in _listed(place)
        if name.startswith(_BESIDE)
    }


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")


def _mark(folder: Path, entries: Iterable[str | tuple[str, str]]) -> None:
    """Write the marker, whole: entries are names, or names with hashes."""
    new = folder / _NEW
    with new.open("w", encoding="ascii") as marker:
        marker.write(_MARKER_HEAD)
        marker.writelines(json.dumps(entry) + "\n" for entry in entries)
    new.replace(folder / MARKER)


def _contents(folder: Path) -> Iterator[str | tuple[str, str]]:
    """List what is no symbolic link: names of audio, names and hashes of tables."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            inside = os.path.relpath(path, folder)
            if inside not in (MARKER, _NEW) and not os.path.islink(path):
                yield (inside, sha256_of(path)) if inside.lower().endswith(_TABLES) else inside


def _listed(folder: Path) -> dict[str, str | None]:
    """Read the names in a marker, with hashes where there are any; a line that was cut short is none."""
    if not (folder / MARKER).is_file():
        return {}
    known: dict[str, str | None] = {}
    for line in (folder / MARKER).read_text("ascii", errors="replace").splitlines(keepends=True)[1:]:
        try:
            entry = json.loads(line) if line.endswith(('"\n', '"]\n')) else None
        except ValueError:
            entry = None  # of somebody else's hand: what it was about is then nobody's of us
        match entry:
            case str(name):
                known[name] = None
            case [str(name), str(digest)]:
                known[name] = digest
    return known


def check_ours(folder: Path, *, beside: Collection[str] = ()) -> None:
    """Refuse to replace a folder that holds anything but what was placed here, or serves another table.

    Parameters
    ----------
    beside
        Names of the files that will be written with it. ``train.csv`` and ``train.parquet`` both keep their
        audio in ``train_audio``: the second must not take it from the first.

    Raises
    ------
    UsageError
        Names the first file that is in the way.
    """
    if not os.path.lexists(folder):
        return
    # An empty folder, or one of a run that was killed while it wrote the first marker.
    if not folder.is_symlink() and folder.is_dir() and all(each.name == _NEW for each in folder.iterdir()):
        return
    if folder.is_symlink() or not (folder / MARKER).is_file():
        raise UsageError(
            f"refused to replace {folder}: it was made by something else",
            hint="write to another folder, or move it away",
        )
    known = _listed(folder)
    tables = {name.removeprefix(_BESIDE) for name in known if name.startswith(_BESIDE)}
    others = [name for name in tables.difference(beside) if os.path.lexists(folder.parent / name)]
    if others:
        # Of a whole set, which brings other files along, its tables say best what it is.
        named = sorted(others, key=lambda name: (not name.endswith(".csv"), name))[:_NAMED]
        raise UsageError(
            f"refused to replace {folder}: it belongs to {', '.join(named)}",
            hint="give the export another name, or remove those files first",
        )
    if _ALL not in known:
        _check_contents(folder, known)


def _check_contents(folder: Path, known: Mapping[str, str | None]) -> None:
    """Refuse a folder that holds other files than its marker names, or others' work in them."""
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            inside = os.path.relpath(path, folder)
            if inside == MARKER or os.path.islink(path):
                continue
            if inside not in known:
                raise UsageError(
                    f"refused to replace {folder}: {path} was put there by another program",
                    hint="move that file elsewhere",
                )
            if known[inside] not in (None, sha256_of(path)):
                raise UsageError(
                    f"refused to replace {folder}: {path} was changed since curate wrote it",
                    hint="import what was changed, or move the file elsewhere",
                )


def _remove(folder: Path) -> None:
    """Remove a folder that has been checked, its marker last; links in it are not followed."""
    if not folder.exists():
        return
    # A half removed folder without its marker would be refused by every later export.
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    shutil.rmtree(folder)


def _stand_in(link: Path, target: str) -> None:
    try:
        os.link(os.path.realpath(target), link)
    except OSError:  # another file system, or one without hard links
        _copy(link, target)


def _copy(link: Path, target: str) -> None:
    with open(target, "rb") as source, link.open("xb") as copy:
        shutil.copyfileobj(source, copy)
