"""A folder of links to audio that stays where it is, replaced as a whole.

It is built beside and swapped in. Only a folder that was made here is ever replaced: it
carries a marker file that lists what in it is not a symbolic link (on file systems without
them a hard link or a copy stands in), and a folder that holds anything else is refused. The
marker also lists files beside the folder that were written with it.

A run killed at any moment leaves a state from which the next one goes on: what stands at
``.part`` and ``.old`` carries the marker as long as it holds anything.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from curate.errors import FormatError, UsageError

#: File in the folder that says who made it.
MARKER = ".curate"

_MARKER_HEAD = "# links to audio elsewhere, made by curate; the whole folder is replaced at the next export\n"

#: Where a file beside the folder lies, seen from inside.
_BESIDE = "../"

#: Takes the name of a link below the folder, and the audio file it leads to.
Place = Callable[[str, str], None]


@contextmanager
def link_folder(folder: Path, *, beside: Iterable[str] = ()) -> Iterator[Place]:
    """Give a function that places links, and put them at `folder` when the block ends well.

    Parameters
    ----------
    beside
        Names of files in the parent folder that are written with it; `made_beside` lists them.

    Raises
    ------
    UsageError
        If `folder` exists and holds anything that was not placed here; nothing is touched.
    """
    part, old = folder.with_name(f"{folder.name}.part"), _old(folder)
    for place in (folder, part, old):
        check_ours(place)
    _remove(part)
    part.mkdir(parents=True)
    try:
        with (part / MARKER).open("w", encoding="ascii") as marker:
            marker.write(_MARKER_HEAD)
            marker.writelines(json.dumps(_BESIDE + name) + "\n" for name in sorted(beside))
            yield _placer(part, folder, marker)
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


def _listed(folder: Path) -> set[str]:
    """Read the names in a marker; none where there is no marker, or in a line that was cut short."""
    if not (folder / MARKER).is_file():
        return set()
    lines = (folder / MARKER).read_text("ascii").splitlines(keepends=True)[1:]
    return {json.loads(line) for line in lines if line.endswith('"\n')}


def check_ours(folder: Path) -> None:
    """Refuse to replace a folder that holds anything but what was placed here.

    Raises
    ------
    UsageError
        Names the first file that is in the way.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_symlink() and folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.is_symlink() or not (folder / MARKER).is_file():
        raise UsageError(
            f"will not replace {folder}: curate did not make it",
            hint="write to another folder, or move it away",
        )
    known = {MARKER, *_listed(folder)}
    for parent, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            if not os.path.islink(path) and os.path.relpath(path, folder) not in known:
                raise UsageError(
                    f"will not replace {folder}: {path} was put there by somebody else",
                    hint="move that file elsewhere",
                )


def _remove(folder: Path) -> None:
    """Remove a folder that has been checked, its marker last; links in it are not followed."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
    shutil.rmtree(folder)


def _placer(part: Path, folder: Path, marker: TextIO) -> Place:
    replaced = os.path.realpath(folder) + os.sep

    def place(name: str, target: str) -> None:
        real = os.path.realpath(os.path.dirname(target)) + os.sep
        if real.startswith(replaced):
            raise UsageError(f"cannot link to {target}: it lies in {folder}, which is replaced")
        link = part / name
        link.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.symlink(target, link)
        except FileExistsError:
            raise FormatError(f"two recordings would both be {name} in {folder}") from None
        except OSError:  # a file system without symbolic links
            marker.write(json.dumps(name) + "\n")
            marker.flush()
            _stand_in(link, target)

    return place


def _stand_in(link: Path, target: str) -> None:
    try:
        os.link(os.path.realpath(target), link)
    except OSError:  # another file system, or one without hard links
        with open(target, "rb") as source, link.open("xb") as copy:
            shutil.copyfileobj(source, copy)
