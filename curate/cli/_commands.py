"""All commands, by the question that a person has."""

from __future__ import annotations

from collections.abc import Callable

from curate.cli import recipes
from curate.cli import run as run_
from curate.cli.acquire import download, example, import_, merge, split_work
from curate.cli.balance import split, upsample, windows
from curate.cli.clean import dedupe, render, scan, strip_voice, trim
from curate.cli.export import clean_up, manifest
from curate.cli.inspect import check, dump, explain, report, show, status
from curate.cli.review import cut, different, keep, review, same, undo
from curate.cli.scores import audit, embed, pseudo_label, similar

#: The rooms of `curate.cli` and `curate.steps`, in the order in which a person needs them: what
#: `curate --help` calls each, and its commands. What is in no room stands in between.
ROOMS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "acquire": (
        "Acquire: bring recordings in",
        {
            "example": example.example,
            "download": download.download,
            "import": import_.import_,
            "split-work": split_work.split_work,
            "merge": merge.merge,
        },
    ),
    "clean": (
        "Clean: find and cut",
        {
            "scan": scan.scan,
            "strip-voice": strip_voice.strip_voice,
            "trim": trim.trim,
            "dedupe": dedupe.dedupe,
            "render": render.render,
        },
    ),
    "review": (
        "Review: decide by ear",
        {
            "review": review.review,
            "keep": keep.keep,
            "cut": cut.cut,
            "same": same.same,
            "different": different.different,
            "undo": undo.undo,
        },
    ),
    "balance": (
        "Balance: folds, windows, copies",
        {"split": split.split, "windows": windows.windows, "upsample": upsample.upsample},
    ),
    "scores": (
        "Scores: use what models say",
        {
            "pseudo-label": pseudo_label.pseudo_label,
            "audit": audit.audit,
            "embed": embed.embed,
            "similar": similar.similar,
        },
    ),
    "export": (
        "Export: write a training set",
        {"manifest": manifest.manifest, "clean-up": clean_up.clean_up},
    ),
    "": ("All in one", {"run": run_.run, "recipes": recipes.recipes}),
    "inspect": (
        "Inspect: look inside",
        {
            "status": status.status,
            "report": report.report,
            "explain": explain.explain,
            "show": show.show,
            "check": check.check,
            "dump": dump.dump,
        },
    ),
}

#: All commands by name, in that order.
COMMANDS = {name: command for _, commands in ROOMS.values() for name, command in commands.items()}

#: A command that needs one of several words behind it, each with its own options.
GROUPS: dict[str, dict[str, Callable[..., None]]] = {
    "download": download.COMMANDS,
    "review": review.COMMANDS,
}

#: Those that are commands without any word, too.
ALONE = frozenset({"review"})
