"""One way to get from a name to the thing it names.

Registries are explicit dicts from a name to ``"package.module:attribute"``. The string
keeps start-up quick (nothing heavy is imported to list the names), and the same form
lets other people's parts be named on the command line.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from curate.errors import UsageError


def resolve(name: str, registry: Mapping[str, str], *, kind: str) -> Any:  # noqa: ANN401 - any plug-in
    """Import what a registered name, or a ``package.module:attribute``, stands for.

    Parameters
    ----------
    name
        A key of `registry`, or an import string.
    kind
        What the registry holds, for the message (``"detector"``).

    Raises
    ------
    UsageError
        If the name is unknown or cannot be imported.
    """
    target = registry.get(name, name)
    module_name, colon, attribute = target.partition(":")
    if not colon:
        raise UsageError(f"no {kind} '{name}'", hint=suggestion(name, registry))
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"cannot load {kind} '{name}': {error}") from error


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say which known names are near, then all of them.

    Examples
    --------
    >>> suggestion("speach", ["silence", "speech"])
    "did you mean 'speech'? there are: silence, speech"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    question = f"did you mean '{near[0]}'? " if near else ""
    return f"{question}there are: {', '.join(names) or 'none'}"
