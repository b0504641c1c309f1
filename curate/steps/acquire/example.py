"""Write the example dataset: a small one, all of it made up, whose truth is known.

A newcomer sees with it what curate does, and the tests check the detectors against it.
The files come from the package itself. Each appears whole, and writing them again to the
same folder only restores what is missing or different.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from curate.disk_full import disk_full, is_disk_full
from curate.errors import UsageError
from curate.formatting import Displayed

#: The file by which a folder is known as an example; written before all others.
MARK = "README.txt"

#: Ending of a file that is being written.
PART = ".part"

#: Where the example is served if nobody says otherwise; no known service has this port.
PORT = 8427

#: Folders of the example that hold recordings.
AUDIO_FOLDERS = ("train_audio", "train_soundscapes")


@dataclass(frozen=True, slots=True)
class ExampleSummary(Displayed):
    """What the example holds, and where it lies now.

    Parameters
    ----------
    folder
        None if it was not to be written.
    recordings
        Audio files, with those that are broken on purpose.
    bytes
        Size of all files together.
    url
        Of the archive that serves it, None without one.
    """

    folder: Path | None
    recordings: int
    bytes: int
    url: str | None = None


def example(
    folder: str | os.PathLike[str] | None = None,
    *,
    card: bool = False,
    serve: bool = False,
    port: int = PORT,
) -> ExampleSummary:
    """Write the example dataset into a folder, or serve it as an archive to download from.

    The folder may be new, empty, or hold the example already. Then files of the example that are
    missing or changed are restored. Everything else in the folder stays as it is.

    Parameters
    ----------
    folder
        May be left out where it is served.
    card
        Write a card of recorders instead: three nights at three sites, see `example_card`.
    serve
        Whether to answer as Xeno-canto's API does, on this machine alone, until the program ends.
    port
        Where; 0 takes a free one.

    Raises
    ------
    UsageError
        If the folder holds something else, or cannot be written; if the port is taken.
    """
    if folder is None and not serve:
        raise UsageError("nowhere to write the example to", hint="name a new folder, or --serve")
    if card:
        if folder is None or serve:
            raise UsageError(
                "a card is written to a folder: leave out the server", hint="curate example card --card"
            )
        return _write_card(Path(folder))
    contents = dict(_contents(files("curate") / "example_data"))
    recordings = sum(name.startswith(AUDIO_FOLDERS) for name in contents)
    if folder is not None:
        _write(folder := Path(folder), contents)
    url = _serve(port) if serve else None
    return ExampleSummary(folder, recordings, sum(map(len, contents.values())), url)


def _write_card(folder: Path) -> ExampleSummary:
    from curate.steps.acquire.example_card import README, write_card  # noqa: PLC0415 - reads audio

    try:
        _check(folder, README.encode())
        _restore(folder / MARK, README.encode())
        recordings = write_card(folder)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        hint = "choose a folder that you may write to"
        raise UsageError(f"failed to write the card to '{folder}': {error.strerror}", hint=hint) from error
    return ExampleSummary(folder, recordings, size)


def _serve(port: int) -> str:
    """Open the archive; its threads end with the program."""
    from curate.steps.acquire.example_archive import ExampleArchive  # noqa: PLC0415 - reads audio

    try:
        return ExampleArchive(port).__enter__().url
    except OSError as error:
        hint = "name another --port. 0 takes a free one"
        raise UsageError(f"failed to listen on port {port}: {error.strerror}", hint=hint) from error


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    """Write what is missing or different."""
    try:
        _check(folder, contents[MARK])
        for name in sorted(contents, key=lambda name: (name != MARK, name)):
            _restore(folder / name, contents[name])
    except OSError as error:
        if is_disk_full(error):
            raise disk_full(folder) from error
        hint = "choose a folder that you may write to"
        raise UsageError(f"failed to write the example to '{folder}': {error.strerror}", hint=hint) from error


def _contents(source: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    """List the files below a folder of the package: relative name and bytes."""
    for entry in source.iterdir():
        if entry.is_dir():
            yield from _contents(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _check(folder: Path, mark: bytes) -> None:
    """Refuse a folder in which the example would mix with something else."""
    hint = "name a new or an empty folder"
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file: expected a folder", hint=hint)
    entries = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    # A run that was killed while it wrote its first file leaves only that part.
    if not entries - {MARK + PART}:
        return
    if MARK not in entries or (folder / MARK).read_bytes() != mark:
        raise UsageError(f"'{folder}' holds other files already", hint=hint)


def _restore(path: Path, data: bytes) -> None:
    """Write a file whole, unless it is there as it should be."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    part.write_bytes(data)
    os.replace(part, path)
