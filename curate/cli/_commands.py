"""All commands, by the question that a person has. Each is loaded when it is asked for."""

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
            "example": "Write a small set of recordings to try every command on.",
            "download": "Download recordings from public archives, with their licences.",
            "import": "Register the recordings of a folder or table in a dataset.",
            "split-work": "Divide a dataset into parts, for several people or machines.",
            "merge": "Add the recordings and decisions of other datasets.",
        },
    ),
    "clean": (
        "Clean: find and cut",
        {
            "scan": "Run all detectors in one pass, for later commands to use.",
            "strip-voice": "Find human voices and cut them out.",
            "trim": "Cut silence, and flag or cut broken audio.",
            "dedupe": "Find recordings of the same sound, and keep the best.",
            "render": "Write the clean copies that are missing or out of date.",
        },
    ),
    "review": (
        "Review: decide by ear",
        {
            "review": "Listen and decide, on a page in the browser.",
            "map": "Show all windows as one picture, to hear and decide.",
            "keep": "Keep a stretch, whatever detectors find in it.",
            "cut": "Cut a stretch, whatever detectors find in it.",
            "same": "Mark two recordings as the same sound, and keep the better.",
            "different": "Mark two recordings as different sounds, and keep both.",
            "undo": "Take back verdicts, or all decisions of a command.",
        },
    ),
    "balance": (
        "Balance: folds, windows, repeats",
        {
            "split": "Divide recordings into folds that share no recordist's site.",
            "windows": "Choose training windows of one length inside kept audio.",
            "upsample": "Repeat the rows of rare classes, and cap common classes.",
        },
    ),
    "scores": (
        "Scores: use the output of models",
        {
            "pseudo-label": "Turn model scores into soft labels of unlabelled recordings.",
            "audit": "Find labels that are probably wrong.",
            "embed": "Compute a vector for every window of every recording.",
            "similar": "Find the recordings that sound most like an example.",
            "search": "Find more of a sound, and learn from your answers.",
            "cluster": "Find groups that sound alike, outliers and recorder faults.",
        },
    ),
    "export": (
        "Export: write a training set",
        {
            "manifest": "Write kept audio for a trainer, as a table or a folder.",
            "clean-up": "Remove clean copies of earlier cuts that no export uses.",
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
            "status": "Summarise recordings, detections, failures and cuts.",
            "report": "Report how much was kept and why, as a page or as numbers.",
            "explain": "Show all about one recording, from origin to export.",
            "show": "Print a table of the catalogue.",
            "check": "Check that all files of the dataset exist and are intact.",
            "dump": "Write every table of the catalogue as CSV.",
            "config": "Show your defaults, and where each comes from.",
            "doctor": "Check this installation, and say how to fix it.",
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
