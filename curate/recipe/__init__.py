"""Recipes: the commands of a whole curation, in a TOML file that can be run again.

A recipe names steps as the command line does, with the same parameters::

    description = "People out, then a manifest."

    [[step]]
    run = "strip-voice"
    threshold = 0.4

    [[step]]
    run = "manifest"
    out = "train.csv"

The bundled ones are files beside this one; a person's own is any file. A relative path in a
recipe starts at the dataset's folder, so a recipe means the same wherever it is run from.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from curate.errors import UsageError
from curate.lookup import suggestion

#: What may stand behind ``run =``, and where its function is.
STEPS: dict[str, str] = {
    "audit": "curate.steps.scores.audit:audit",
    "dedupe": "curate.steps.clean.dedupe:dedupe",
    "download": "curate.steps.acquire.download:download",
    "import": "curate.steps.acquire.import_:import_",
    "manifest": "curate.steps.export.manifest:manifest",
    "pseudo-label": "curate.steps.scores.pseudo_label:pseudo_label",
    "report": "curate.steps.inspect.report:report",
    "scan": "curate.steps.clean.scan:scan",
    "split": "curate.steps.balance.split:split",
    "strip-voice": "curate.steps.clean.strip_voice:strip_voice",
    "trim": "curate.steps.clean.trim:trim",
    "upsample": "curate.steps.balance.upsample:upsample",
    "windows": "curate.steps.balance.windows:windows",
}

#: Where the bundled recipes lie.
_BUNDLED = files("curate.recipe")


def names() -> list[str]:
    """List the bundled recipes."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in _BUNDLED.iterdir() if entry.name.endswith(".toml")
    )


def text_of(recipe: str) -> str:
    """Read a bundled recipe by name, or a file.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if recipe in names():
        return (_BUNDLED / f"{recipe}.toml").read_text(encoding="utf-8")
    path = Path(recipe)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"no recipe '{recipe}': neither a file nor a bundled recipe", hint=suggestion(recipe, names())
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the recipe {path}: {error}") from error
