"""What an export is called, and what is in it."""

from __future__ import annotations

import hashlib
import os

from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.steps.inspect.status import status


def name_of(form, turn=""):
    """What an export of a format is called."""
    endings = {
        "aoef": ".json",
        "label-studio": ".json",
        "card": ".md",
        "jsonl": ".jsonl",
        "nemo": ".jsonl",
        "parquet": ".parquet",
    }
    if form == "birdclef":
        return f"birdclef{turn}/train.csv"
    folder = LAYOUTS.get(form, ExportLayout()).folder is not False
    return f"{form}{turn}" + ("" if folder else endings.get(form, ".csv"))


def tree(folder):
    """Every file below a folder, by what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def states(dataset):
    """State of each export, and what is wrong with it, by the name of its file."""
    found = status(dataset).exports
    return {os.path.basename(each["path"]): (each["state"], each["reason"]) for each in found}
