"""`curate recipes`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Argument

from curate.cli import _complete
from curate.cli._options import JsonOption
from curate.cli._output import Output


def recipes(
    name: Annotated[
        str | None,
        Argument(
            metavar="NAME",
            autocompletion=_complete.recipes,
            show_default=False,
            help="Recipe to print. By default, all are listed.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the bundled recipes, or print one to start from.

    Examples
    --------
    List the recipes:

        curate recipes

    Print one, to change it in a file of your own:

        curate recipes default
    """
    import tomllib

    from curate.steps import recipes as step

    texts = step.recipes(name)
    if name is not None and not json:
        sys.stdout.write(texts[name])
        return
    about = {each: tomllib.loads(text)["description"] for each, text in texts.items()}
    out = Output(json=json, quiet=False)
    out.result(texts, lambda: out.table("bundled recipes", ("recipe", "what it does"), list(about.items())))
