"""What stands next to a manifest that a recipe made: how to make it again.

Nothing in it depends on the hour or the machine, so the same recipe on the same recordings
writes the same file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from curate.catalogue import listings
from curate.catalogue.dataset import Dataset
from curate.formats.files.output import whole_file
from curate.recipe.check import Recipe
from curate.release import versions
from curate.steps.review.standing import Standing


def write_provenance(
    dataset: Dataset,
    manifest: str,
    recipe: Recipe,
    done: Sequence[tuple[str, Mapping[str, Any], Any]],
    carried: Sequence[Standing] = (),
) -> Path:
    """Write ``<manifest>.provenance.json``.

    Parameters
    ----------
    done
        Name, parameters as written, and summary of each step that ran.
    carried
        What the recipe went by although it does not say it.

    Returns
    -------
    The file: ``train.provenance.json`` next to ``train.csv``.
    """
    target = Path(manifest).with_suffix(".provenance.json")
    document = {
        "description": recipe.description,
        "versions": versions(),
        "inputs": _inputs(dataset),
        "recipe": [{"run": step.run, **step.written} for step in recipe.steps],
        "carried": [{"step": each.step, "what": each.words} for each in carried],
        "results": [{"run": run, **counts(summary)} for run, _, summary in done],
    }
    with whole_file(target) as part:
        text = json.dumps(document, indent=2, ensure_ascii=False)
        part.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    return target


def _inputs(dataset: Dataset) -> dict[str, Any]:
    """Say which recordings went in: how many, and one hash over their ids and bytes."""
    digest = hashlib.sha256()
    recordings = 0
    for row in listings.credited(dataset.store):
        recordings += 1
        digest.update(f"{row[1]} {row[7]}\n".encode(errors="surrogateescape"))
    return {"recordings": recordings, "sha256": digest.hexdigest()}


def counts(summary: object) -> dict[str, int | float]:
    """Take the numbers out of a summary, less those of the clock."""
    if not is_dataclass(summary) or isinstance(summary, type):
        return {}
    values = ((each.name, getattr(summary, each.name)) for each in fields(summary))
    return {
        key: round(value, 6) if isinstance(value, float) else value
        for key, value in values
        if isinstance(value, int | float) and not key.endswith("_s") and key != "realtime"
    }
