"""Audio files below a folder, whatever else lies there.

The walk is sorted, does not recurse, follows links to folders but not around in circles,
and reports what it cannot enter. Names that are not UTF-8 come as `os.fsdecode` gives them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats import Report
from curate.formats.files.export_folder import MARKER
from curate.model import Problem
from curate.settings import CATALOGUE_NAME, CLEAN_NAME

#: File names that end so are taken for audio (lower case): what libsndfile and FFmpeg read.
AUDIO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".aac", ".ac3", ".adts", ".aif", ".aifc", ".aiff", ".alac", ".amr", ".ape", ".asf",
    ".au", ".avi", ".awb", ".bwf", ".caf", ".dff", ".dsf", ".eac3", ".flac", ".m4a", ".m4b", ".m4r",
    ".m4v", ".mka", ".mkv", ".mov", ".mp1", ".mp2", ".mp3", ".mp4", ".mpc", ".mpga", ".oga", ".ogg",
    ".ogv", ".opus", ".ra", ".rf64", ".snd", ".sph", ".spx", ".tta", ".voc", ".w64", ".wav", ".wave",
    ".weba", ".webm", ".wma", ".wmv", ".wv", ".x-aiff", ".x-caf", ".x-flac", ".x-m4a", ".x-mp3", ".x-wav",
})  # fmt: skip

#: Endings of recordings that no decoder here reads, and what makes them readable.
REMEDIES: dict[str, str] = {
    ".dat": "SM2 and Anabat Swift write WAV next to it, or convert it with the maker's program",
    ".raf": "convert with the program of the recorder's maker",
    ".w4v": "Wildlife Acoustics .w4v: convert with Kaleidoscope",
    ".wac": "Wildlife Acoustics .wac: convert with Kaleidoscope",
    ".zc": "Anabat zero-crossings: they hold no waveform",
    ".zca": "Anabat zero-crossings: they hold no waveform",
}

#: How files without an ending are counted.
NO_ENDING = "without an ending"

#: How hidden files of sound are counted.
HIDDEN = "hidden"

#: How files of sound that were deleted, and files of a system, are counted.
DELETED = "deleted, or a system's"

#: Folders of deleted files, and of systems: of macOS in archives, of Windows, of Synology and of QNAP.
_OF_SYSTEMS = frozenset({
    "#recycle", "#snapshot", "$recycle.bin", "@eadir", "@recently-snapshot", "@recycle", "__macosx",
    "recycled", "recycler", "system volume information",
})  # fmt: skip

#: First bytes of files that hold sound, for those that have no ending.
_MAGIC = (
    b".snd", b"BW64", b"FORM", b"ID3", b"MAC ", b"OggS", b"RF64", b"RIFF", b"caff", b"fLaC", b"riff", b"wvpk",
    b"\x1a\x45\xdf\xa3", b"#!AMR", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9",
)  # fmt: skip

#: What lies in a folder that curate wrote: an export, or a speech bank.
_OURS = frozenset({MARKER, "speech_bank.csv"})

_Trail = tuple[tuple[int, int], ...]


def _ignore(_: Problem) -> None:
    """Tell nobody of a file that is passed over."""


def is_audio(name: str) -> bool:
    """Whether a file's name says that it holds sound.

    Examples
    --------
    >>> is_audio("XC1.MP3"), is_audio("train.csv"), is_audio("._XC1.MP3")
    (True, False, False)
    """
    return not _hidden(name) and os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES


def walked(folder: str | Path) -> Iterator[tuple[str, list[str]]]:
    """Walk a folder and those below it: each with the names of its files, without what is hidden."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        yield parent, sorted(name for name in names if not _hidden(name))


def folders_in(folder: str | Path) -> list[str]:
    """Name the folders right below a folder, none if it cannot be read.

    By what the listing says: to look at each file costs a network disk minutes.
    """
    _, folders, _ = next(os.walk(folder), ("", [], []))
    return sorted(folders)


def holds_audio(folder: str | Path) -> bool:
    """Whether there is a recording in a folder, however deep."""
    return any(is_audio(name) for _, names in walked(folder) for name in names)


def audio_files(
    root: str, report: Report, *, exports: bool = True, passed_over: Report = _ignore
) -> Iterator[str]:
    """Find the audio files below `root`, the files of a folder before its sub-folders.

    A file without an ending is taken for audio by its first bytes. Hidden files are the system's, or a
    program has not finished them. Folders that cannot be read are reported (``unreadable-directory``). So
    are links that lead back to a folder above them (``symlink-loop``) and what is neither file nor folder
    (``not-a-file``).

    Parameters
    ----------
    exports
        Whether to enter folders below `root` that curate wrote, and clean copies of a dataset. They were made
        of recordings that lie elsewhere. Those that are not entered are reported (``export``).

    passed_over
        Told of all other files (``passed-over``), with their ending as the reason. Also told of hidden and
        deleted ones with an ending of audio, but for those that macOS puts next to others (``._XC1.wav``).

    Yields
    ------
    str
        `root` joined with the path below it.
    """
    waiting: list[tuple[str, _Trail]] = [(root, ())]
    while waiting:
        folder, trail = waiting.pop()
        try:
            status = os.stat(folder)
            identity = (status.st_dev, status.st_ino)
            # Only folders above count. A folder that two links lead to is no circle, and is walked twice.
            if identity in trail:
                report(Problem("symlink-loop", folder, "the link leads back to a folder above it"))
                continue
            with os.scandir(folder) as found:
                listed = list(found)
        except OSError as error:
            report(Problem("unreadable-directory", folder, error.strerror or str(error)))
            continue
        if not exports and trail and any(entry.name in _OURS for entry in listed):
            words = "is an export of curate. To import it, name its table, or it alone, without labels"
            report(Problem("export", folder, words))
            continue
        folders = []
        ours = _of_dataset(listed, None if exports else report)
        for entry in _not_hidden(listed, passed_over):
            kind = "" if entry.name in ours else _kind(entry, report)
            if kind == "folder":
                folders.append((entry.path, (*trail, identity)))
            elif kind == "file" and is_recording(entry.path):
                yield entry.path
            elif kind == "file":
                passed_over(Problem("passed-over", entry.path, ending_of(entry.name)))
        waiting += reversed(folders)


def is_recording(path: str) -> bool:
    """Whether a file is taken for a recording: by its ending, or, if it lacks one, by its first bytes."""
    name = os.path.basename(path)
    return is_audio(name) or (not _hidden(name) and _sounds(path))


def ending_of(name: str) -> str:
    """Give the ending of a file's name in lower case, as it is counted.

    Examples
    --------
    >>> ending_of("S1.WAC"), ending_of("dawn")
    ('.wac', 'without an ending')
    """
    return os.path.splitext(name)[1].lower() or NO_ENDING


def _sounds(path: str) -> bool:
    """Whether a file without an ending begins as recordings do."""
    if os.path.splitext(path)[1]:
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head.startswith(_MAGIC) or head[4:8] == b"ftyp"


def _not_hidden(listed: Iterable[os.DirEntry[str]], passed_over: Report) -> Iterator[os.DirEntry[str]]:
    """Give what is not hidden, by name, and tell of the files that would be recordings if they were not."""
    for entry in sorted(listed, key=lambda each: each.name):
        if not _hidden(entry.name):
            yield entry
        elif entry.name.lower() in _OF_SYSTEMS and entry.name != "__MACOSX" and entry.is_dir():
            for folder, names in walked(entry.path):
                for name in filter(is_audio, names):
                    passed_over(Problem("passed-over", os.path.join(folder, name), DELETED))
        elif is_audio(entry.name.lstrip(".")) and not entry.name.startswith("._") and entry.is_file():
            passed_over(Problem("passed-over", entry.path, HIDDEN))


def _of_dataset(listed: Iterable[os.DirEntry[str]], report: Report | None) -> set[str]:
    """Name what is passed over if a folder is a dataset: its catalogue, and clean copies if they are told."""
    names = {entry.name: entry.path for entry in listed}
    if CATALOGUE_NAME not in names:
        return set()
    ours = {name for name in names if name.startswith(CATALOGUE_NAME)}
    if report is not None and CLEAN_NAME in names:
        words = "holds clean copies of a dataset. To import them, name it alone"
        report(Problem("export", names[CLEAN_NAME], words))
        ours.add(CLEAN_NAME)
    return ours


def _hidden(name: str) -> bool:
    """Hidden files, and the folders of systems."""
    return name.startswith(".") or name.lower() in _OF_SYSTEMS


def _kind(entry: os.DirEntry[str], report: Report) -> str:
    try:
        if entry.is_dir():
            return "folder"
        if entry.is_file():
            return "file"
        reason = "a link to nothing" if entry.is_symlink() else "neither a file nor a folder"
    except OSError as error:
        if error.errno == errno.ELOOP:
            report(Problem("symlink-loop", entry.path, "the link leads back to itself"))
            return "problem"
        reason = error.strerror or str(error)
    report(Problem("not-a-file", entry.path, reason))
    return "problem"
