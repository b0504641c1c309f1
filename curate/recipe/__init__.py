"""Recipes: the commands of a whole curation, in a TOML file that can be run again.

A recipe names steps as the command line does, with the same parameters::

    description = "People out, then a manifest."

    [[step]]
    run = "strip-voice"
    threshold = 0.4

    [[step]]
    run = "manifest"
    out = "train.csv"

The bundled ones are files next to this one; a person's own is any file. A relative path in a
recipe starts at the dataset's folder, so a recipe means the same wherever it is run from.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from curate.errors import UsageError
from curate.lookup import suggestion


@dataclass(frozen=True, slots=True)
class Verb:
    """A step that a recipe can name, as import strings for `curate.lookup.resolve`.

    Parameters
    ----------
    run
        Its function, whose keywords are its parameters.
    check
        Refuses values before anything runs; takes the keywords of `run`.
    layers
        Names the layers that a run with these keywords needs, with their settings.
    more_parameters
        Gives the function that takes further keywords, as those of a download go by its archive.
    """

    run: str
    check: str | None = None
    layers: str | None = None
    more_parameters: str | None = None


#: What may stand behind ``run =``.
STEPS: dict[str, Verb] = {
    "audit": Verb("curate.steps.scores.audit:audit", check="curate.steps.scores.audit:check"),
    "cluster": Verb("curate.steps.scores.cluster:cluster", check="curate.steps.scores.cluster:check"),
    "dedupe": Verb(
        "curate.steps.clean.dedupe:dedupe",
        check="curate.steps.clean.dedupe:check",
        layers="curate.steps.clean.dedupe:required_layers",
    ),
    "download": Verb(
        "curate.steps.acquire.download:download",
        check="curate.steps.acquire.download:check",
        more_parameters="curate.steps.acquire.download:more_parameters",
    ),
    "embed": Verb("curate.steps.scores.embed:embed", check="curate.steps.scores.embed:check"),
    "import": Verb("curate.steps.acquire.import_:import_"),
    "manifest": Verb("curate.steps.export.manifest:manifest"),
    "pseudo-label": Verb(
        "curate.steps.scores.pseudo_label:pseudo_label", check="curate.steps.scores.pseudo_label:check"
    ),
    "report": Verb("curate.steps.inspect.report:report", check="curate.steps.inspect.report:check"),
    "scan": Verb("curate.steps.clean.scan:scan", check="curate.steps.clean.scan:check"),
    "split": Verb("curate.steps.balance.split:split"),
    "strip-voice": Verb(
        "curate.steps.clean.strip_voice:strip_voice",
        check="curate.steps.clean.strip_voice:check",
        layers="curate.steps.clean.strip_voice:required_layers",
    ),
    "trim": Verb(
        "curate.steps.clean.trim:trim",
        check="curate.steps.clean.trim:check",
        layers="curate.steps.clean.trim:required_layers",
    ),
    "upsample": Verb("curate.steps.balance.upsample:upsample"),
    "windows": Verb("curate.steps.balance.windows:windows"),
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
            f"unknown recipe '{recipe}': expected a file or a bundled recipe",
            hint=suggestion(recipe, names()),
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"failed to read the recipe {path}: {error}") from error
