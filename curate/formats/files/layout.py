"""What an export of each format looks like from outside: file or folder, and where its audio goes.

A format that is not listed is one file that refers to audio where it lies, with times in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from curate.formats.files.origins import safe_name
from curate.formats.files.whereabouts import is_placed
from curate.model import Row

#: How an export holds its audio.
AudioMode = Literal["link", "symlink", "hardlink", "copy", "embed"]
AUDIO_MODES: tuple[AudioMode, ...] = ("link", "symlink", "hardlink", "copy", "embed")

#: Scientific and common name of each label.
Taxa = Mapping[str, tuple[str, str]]

#: Where windows go in which somebody looked and found nothing.
NOTHING = "background"


def in_audio(row: Row, key: str, suffix: str, taxa: Taxa) -> str | None:  # noqa: ARG001 - all are called alike
    """Name audio after its recording."""
    return f"audio/{key}{suffix}"


#: What a portal must know of a recording.
PLACE_AND_TIME = "a place and a start with its time zone"


def where_placed(row: Row, key: str, suffix: str, taxa: Taxa) -> str | None:
    """Name audio after its recording, or `None` if its place or time (UTC) is unknown."""
    return in_audio(row, key, suffix, taxa) if is_placed(row) else None


def by_split(row: Row, key: str, suffix: str, taxa: Taxa) -> str | None:  # noqa: ARG001
    """Name audio after its split and recording."""
    return f"{row.extra.get('split', 'train')}/{key}{suffix}"


def by_label(row: Row, key: str, suffix: str, taxa: Taxa) -> str | None:  # noqa: ARG001
    """Name audio after its class and recording, or `None` if its class is unknown."""
    label = row.label or _unlabelled(row)
    return f"{safe_name(label)}/{key}{suffix}" if label else None


def by_species(row: Row, key: str, suffix: str, taxa: Taxa) -> str | None:
    """Name audio as BirdNET-Analyzer trains on it: ``Scientific name_Common name``, several after commas."""
    if names := [_species(label, taxa) for label in (row.label, *row.secondary_labels) if label]:
        return f"{','.join(dict.fromkeys(names))}/{key}{suffix}"
    folder = row.extra.get("birdnet_folder") or _unlabelled(row)
    return f"{safe_name(folder)}/{key}{suffix}" if folder else None


def _unlabelled(row: Row) -> str:
    return NOTHING if row.annotations == () else ""


def _species(label: str, taxa: Taxa) -> str:
    scientific, common = taxa.get(label, ("", ""))
    full = f"{scientific}_{common or scientific}" if scientific else label
    return _species_folder(full)


#: What annotations and rows may say that not every format can.
PARTS = ("band", "note", "open band", "score", "secondary label")

_ALL = frozenset(PARTS)


#: Endings by which formats with a file for each recording know that one file is meant.
_OF_FILES = frozenset({".txt", ".tsv", ".labels", ".textgrid", ".eaf", ".data", ".svl", ".jams"})


@dataclass(frozen=True, slots=True)
class ExportLayout:
    """What an export looks like.

    Parameters
    ----------
    folder
        Whether it is a folder. None where that goes by the name, a file if it ends like a text.
    ending
        Of the file for each recording, where a folder holds one.
    whole
        Whether it knows only whole files, so that stretches are cut out.
    audio
        How it holds audio unless somebody says otherwise.
    raw
        Whether it holds stretches of the raw files, since its times are those of the recordings.
    wants
        What a row must have to find a place in it.
    inside
        Whether audio must be in it, so that a mere reference is not enough.
    strong
        Whether annotations become rows of their own, unless there are windows.
    marks
        Whether it has a place for annotations, next to the labels that they give to windows.
    label
        Whether it says the label of a recording next to its annotations.
    balance
        Whether it says how often, and with what weight, a row trains.
    splits
        Whether it tells train and validation apart.
    absolute
        Whether its readers take a relative path from the folder that they run in. Audio in the export is
        then named by its whole path.
    keeps
        What of annotations and rows next to times and labels it can say: words of `PARTS`.
    lacks
        What of times and labels it cannot say: ``empty label``, ``sub-millisecond time``.
    spells
        How it spells a class.
    spells_others
        Whether it spells secondary labels so, too.
    guesses
        The library that reads it and guesses the types of columns. Empty for those that do not.
    merges
        Names what a class becomes where its species decides: two classes of one species would be one folder.
    refuses
        What makes libraries refuse the whole export, or lose marks of it, and which libraries: ``open band``,
        ``empty label``, ``opening quote``, and ``missing band`` where others of the recording have one.
    integers
        Whether its readers take nothing but WAV of 16-bit integers.
    takes
        What it may take a class for: kinds of `curate.formats.tables.guessed`.
    name
        Names a file of audio in it, or gives None to leave a row out: takes the row, a name for its
        recording, the file's ending, and the taxa.
    """

    folder: bool | None = False
    ending: str = ""
    whole: bool = False
    audio: AudioMode = "link"
    inside: bool = False
    raw: bool = False
    wants: str = "a label"
    strong: bool = False
    marks: bool = True
    label: bool = False
    balance: bool = False
    splits: bool = False
    absolute: bool = False
    keeps: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    spells: Callable[[str], str] = str
    spells_others: bool = False
    guesses: str = ""
    integers: bool = False
    merges: Callable[[str, Taxa], str] | None = None
    refuses: Mapping[str, str] = field(default_factory=dict)
    takes: frozenset[str] = frozenset({"a number", "a truth value", "an empty cell"})
    name: Callable[[Row, str, str, Taxa], str | None] = in_audio

    def is_folder(self, out: Path) -> bool:
        """Whether an export of this name is a folder."""
        if self.folder is None:
            return os.path.splitext(out.name)[1].lower() not in _OF_FILES
        return self.folder


def one_word(name: str) -> str:
    r"""Spell a class as one word, for formats that part classes at white space.

    Examples
    --------
    >>> one_word("Song Thrush"), one_word("song\tthrush")
    ('Song_Thrush', 'song_thrush')
    """
    return re.sub(r"\s", "_", name)


def one_line(name: str) -> str:
    """Spell a class on one line, for formats with a line for each annotation."""
    return " ".join(name.splitlines())


def one_cell(name: str) -> str:
    r"""Spell a class on one line and without tabs, for formats in which these part the cells.

    Examples
    --------
    >>> one_cell("song\tthrush\n")
    'song thrush'
    """
    return one_line(name.replace("\t", " "))


def unquoted_cell(name: str) -> str:
    """Spell a class for Raven: one in quotes, with a comma inside, would be taken for a spreadsheet's cell.

    Examples
    --------
    >>> unquoted_cell('"hoo, hoo"'), unquoted_cell("a, b")
    ("'hoo, hoo'", 'a, b')
    """
    name = one_cell(name)
    is_taken = re.fullmatch(r'"(?=.*[,"].)(?:[^"]|"")*"', name)
    return f"'{name[1:-1]}'" if is_taken else name


def without_arrow(name: str) -> str:
    """Spell a class for AviaNZ, to which ``>`` stands between genus and species."""
    return name.replace(">", "/")


#: How Ecosounds spells a tag: its number, its text and its kind.
ECOSOUNDS_TAG = re.compile(r"\d+:([^:|]+)(?::[^|]*)?")


def without_tags(name: str) -> str:
    """Spell a class for Ecosounds, where ``12:30`` is the tag ``30``.

    Examples
    --------
    >>> without_tags("12:30"), without_tags("1:a|2:b"), without_tags("Larus: call")
    ('12-30', '1-a|2-b', 'Larus: call')
    """
    is_read = all(ECOSOUNDS_TAG.fullmatch(part) for part in name.strip().split("|"))
    return name.replace(":", "-") if is_read else name


def _species_folder(name: str) -> str:
    """Spell a class as a folder of BirdNET-Analyzer, in whose names commas stand between classes."""
    return safe_name(name.replace(",", " "))


_OTHERS = frozenset({"secondary label"})
_BANDS = frozenset({"band", "open band"})

LAYOUTS: dict[str, ExportLayout] = {
    "aoef": ExportLayout(absolute=True, keeps=frozenset({"band", "note", "score"})),
    "audacity": ExportLayout(
        folder=None,
        ending=".txt",
        keeps=_BANDS,
        guesses="crowsetta and maad",
        refuses={
            "missing band": "crowsetta and maad",
            "open band": "crowsetta",
            "opening quote": "crowsetta or maad",
        },
        spells=one_cell,
    ),
    "audformat": ExportLayout(
        folder=True, keeps=_OTHERS, guesses="audformat", takes=frozenset({"an empty cell"})
    ),
    "audiofolder": ExportLayout(
        label=True,
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        balance=True,
        splits=True,
        keeps=_ALL,
        name=by_split,
    ),
    "avianz": ExportLayout(
        folder=None, ending=".flac.data", keeps=frozenset({"band", "note", "score"}), spells=without_arrow
    ),
    "birdclef": ExportLayout(marks=False, label=True, balance=True, keeps=_OTHERS, guesses="pandas"),
    "birdnet": ExportLayout(
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        strong=True,
        keeps=_OTHERS,
        spells=_species_folder,
        spells_others=True,
        merges=_species,
        name=by_species,
    ),
    "camtrap-dp": ExportLayout(
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        raw=True,
        keeps=_ALL - {"secondary label"},
        wants=PLACE_AND_TIME,
        name=where_placed,
    ),
    "card": ExportLayout(marks=False, label=True, keeps=_ALL),  # it counts, and tells nothing of single rows
    "croissant": ExportLayout(
        marks=False,
        label=True,
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        balance=True,
        keeps=_OTHERS,
    ),
    "csv": ExportLayout(strong=True, balance=True, keeps=_OTHERS, guesses="pandas"),
    "darwin-core": ExportLayout(
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        raw=True,
        keeps=_ALL - {"secondary label"},
        lacks=frozenset({"empty label"}),
    ),
    "ecosounds": ExportLayout(keeps=frozenset({"band", "score"}), spells=without_tags),
    "elan": ExportLayout(
        folder=None, ending=".eaf", absolute=True, lacks=frozenset({"sub-millisecond time"})
    ),
    "folders": ExportLayout(
        folder=True,
        whole=True,
        audio="symlink",
        inside=True,
        strong=True,
        keeps=_OTHERS,
        spells=safe_name,
        name=by_label,
    ),
    "generic-seq": ExportLayout(absolute=True, guesses="crowsetta", refuses={"empty label": "crowsetta"}),
    "huggingface": ExportLayout(
        label=True,
        folder=True,
        whole=True,
        audio="embed",
        balance=True,
        splits=True,
        keeps=_ALL,
        name=by_split,
    ),
    "jams": ExportLayout(folder=None, ending=".jams", absolute=True, keeps=frozenset({"score"})),
    "jsonl": ExportLayout(
        strong=True, balance=True, keeps=_OTHERS, guesses="pandas", takes=frozenset({"a number"})
    ),
    "kaldi": ExportLayout(
        folder=True, absolute=True, keeps=_OTHERS, spells=one_word, spells_others=True, integers=True
    ),
    "ketos": ExportLayout(guesses="pandas"),
    "label-studio": ExportLayout(label=True, whole=True, keeps=_BANDS | {"score"}),
    "lhotse": ExportLayout(folder=True, absolute=True, keeps=_ALL),
    "opensoundscape": ExportLayout(absolute=True, keeps=_OTHERS),
    "opensoundscape-boxes": ExportLayout(absolute=True, keeps=_BANDS, guesses="OpenSoundscape"),
    "parquet": ExportLayout(strong=True, balance=True, keeps=_OTHERS),
    "perch-hoplite": ExportLayout(keeps=_OTHERS, spells=one_word, spells_others=True),
    "raven": ExportLayout(
        folder=None,
        ending=".selections.txt",
        keeps=frozenset({"band", "score"}),
        guesses="crowsetta and OpenSoundscape",
        refuses={"empty label": "crowsetta", "opening quote": "crowsetta"},
        spells=unquoted_cell,
    ),
    "sonic-visualiser": ExportLayout(folder=None, ending=".svl", keeps=frozenset({"band"})),
    "textgrid": ExportLayout(
        folder=None, ending=".TextGrid", lacks=frozenset({"empty label"}), spells=one_line
    ),
    "webdataset": ExportLayout(
        label=True,
        folder=True,
        whole=True,
        audio="embed",
        balance=True,
        splits=True,
        keeps=_ALL,
        name=by_split,
    ),
}
