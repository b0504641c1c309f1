"""`curate recipes`: the bundled recipes, to run or to start from."""

from __future__ import annotations

from curate.recipe import names, text_of


def recipes(name: str | None = None) -> dict[str, str]:
    """Give the text of one recipe, or of all that are bundled.

    Parameters
    ----------
    name
        A bundled recipe; None for all.

    Returns
    -------
    TOML by name of the recipe.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    return {each: text_of(each) for each in ([name] if name is not None else names())}
