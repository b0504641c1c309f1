"""All commands, by the question that a person has; each is loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

_Part = TypeVar("_Part")

#: The rooms of `curate.cli` and `curate.steps`, in the order in which a person needs them: what
#: `curate --help` calls each, and what it says of its commands. What is in no room stands in between.
ROOMS: dict[str, tuple[str, dict[str, str]]] = {
    "acquire": (
        "Acquire: bring recordings in",
        {
            "example": "Write a small data set, made by us, to try everything on; or serve it.",
            "download": "Fetch recordings from public archives, with their licences.",
            "import": "Register recordings where they lie; nothing is copied or changed.",
            "split-work": "Divide a dataset into parts, to work on them apart.",
            "merge": "Take the recordings of other datasets, with all that was found and decided there.",
        },
    ),
    "clean": (
        "Clean: find and cut",
        {
            "scan": "Let all detectors listen in one pass.",
            "strip-voice": "Find human voices and cut them out; the raw files stay as they are.",
            "trim": "Cut silence, and flag or cut broken audio.",
            "dedupe": "Find recordings of the same sound, and keep the best.",
            "render": "Write the clean copies that are missing or out of date.",
        },
    ),
    "review": (
        "Review: decide by ear",
        {
            "review": "Listen, look and decide, on a page in the browser.",
            "map": "Look at all windows as one picture, and decide about what lies together.",
            "keep": "Keep a stretch, whatever a machine decides.",
            "cut": "Cut a stretch, whatever a machine decides.",
            "same": "Say that two recordings are the same sound.",
            "different": "Say that two recordings are not the same sound.",
            "undo": "Take back what a person said, or all that a step decided.",
        },
    ),
    "balance": (
        "Balance: folds, windows, copies",
        {
            "split": "Divide the recordings into folds; no recordist's site is in two of them.",
            "windows": "Choose training windows; manifests then have a row for each.",
            "upsample": "Let rare classes train more often, and common ones less.",
        },
    ),
    "scores": (
        "Scores: use what models say",
        {
            "pseudo-label": "Turn model scores into soft labels of what nobody labelled.",
            "audit": "Find labels that are probably wrong.",
            "embed": "Give every window of every recording a vector.",
            "similar": "Find what sounds most like an example.",
            "search": "Find what a few examples have in common, and learn from answers.",
            "cluster": "Find what sounds alike, what is unlike its class, and faults of recorders.",
        },
    ),
    "export": (
        "Export: write a training set",
        {
            "manifest": "Write the kept stretches for any trainer: a table, or a folder with audio.",
            "clean-up": "Remove clean copies of earlier cuts that no export needs any more.",
        },
    ),
    "": (
        "All in one",
        {
            "run": "Run a recipe: several commands in one file.",
            "recipes": "List the bundled recipes, or print one to start from.",
        },
    ),
    "inspect": (
        "Inspect: look inside",
        {
            "status": "Tell what a dataset holds, what failed and why, and what was cut.",
            "report": "Tell what came in, what goes out and why: an HTML page, or numbers.",
            "explain": "Tell the whole story of one recording.",
            "show": "Print a table of the catalogue.",
            "check": "Look whether everything that the dataset counts on is there and whole.",
            "dump": "Write every table of the catalogue as CSV.",
            "config": "Show the defaults of this dataset and this user, and where each is from.",
            "doctor": "Tell what is installed and working here, and what to do about the rest.",
        },
    ),
}

_ROOM_OF = {name: room for room, (_, commands) in ROOMS.items() for name in commands}

#: Commands whose function is called otherwise, as Python has the word.
_FUNCTIONS = {"import": "import_", "map": "map_"}

#: Commands that need one of several words behind them, each with its own options.
_GROUPED = ("download", "review")

#: Those that are commands without any word, too.
ALONE = frozenset({"review"})


def _load(name: str, attribute: str | None = None) -> Any:  # noqa: ANN401 - a command, or commands by word
    """Import something of a command's module; one word, one path."""
    function = _FUNCTIONS.get(name, name.replace("-", "_"))
    place = ".".join(("curate.cli", *filter(None, (_ROOM_OF[name],)), function))
    return getattr(importlib.import_module(place), attribute or function)


class _Late(Mapping[str, _Part]):
    """Parts by name, each loaded when it is asked for: a help page needs one of them, or none."""

    def __init__(self, names: tuple[str, ...], load: Callable[[str], _Part]) -> None:
        self._names, self._load = names, load

    def __getitem__(self, name: str) -> _Part:
        if name not in self._names:
            raise KeyError(name)
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


#: All commands by name, in the order of the rooms.
COMMANDS: Mapping[str, Callable[..., None]] = _Late(tuple(_ROOM_OF), _load)

#: The words behind a command, and what each calls.
GROUPS: Mapping[str, Mapping[str, Callable[..., None]]] = _Late(
    _GROUPED, lambda name: _load(name, "COMMANDS")
)
