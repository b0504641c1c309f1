"""One way to get from a name to the thing it names, and to what a person meant if missing.

Registries are explicit dicts from a name to ``"package.module:attribute"``. The string
keeps start-up quick (nothing heavy is imported to list the names), and the same form
lets other people's parts be named on the command line.
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
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
        raise UsageError(f"unknown {kind} '{name}'", hint=suggestion(name, registry))
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"cannot load {kind} '{name}': {error}",
            hint="install the package of the module, or start curate from its folder",
        ) from error


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


def near_path(path: str | os.PathLike[str]) -> str:
    """Say what is there of a path that is not: the nearest name next to it, or how far it leads.

    Examples
    --------
    >>> near_path("/dev/nul")
    "did you mean '/dev/null'?"
    """
    missing = Path.cwd() / path
    while not missing.parent.exists():
        missing = missing.parent
    folder = missing.parent
    if not folder.is_dir():
        return f"'{folder}' is a file: expected a folder"
    try:
        near = difflib.get_close_matches(missing.name, os.listdir(folder), n=1)
    except OSError:
        near = []
    if near:
        return f"did you mean '{folder / near[0]}'?"
    return f"there is nothing called '{missing.name}' in {folder}"


#: The beginning of a URL, also where a path library has made one slash of two; a drive has one letter.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")


def check_local(*paths: str | os.PathLike[str] | None) -> None:
    """Make sure that paths are of this machine: a URL would become a folder called after its scheme.

    Raises
    ------
    UsageError
        If one is a URL.

    Examples
    --------
    >>> check_local("birds/train.csv", None)
    >>> check_local("s3://bucket/train.csv")
    Traceback (most recent call last):
    curate.errors.UsageError: s3://bucket/train.csv is a URL: curate works on files of this machine
    """
    for path in paths:
        text = os.fsdecode(path or "")
        found = _SCHEME.match(text)
        if found is None or os.path.lexists(f"{found[1]}:"):
            continue
        if found[1].lower() in ("http", "https"):
            hint = "curate download urls fetches what a table of URLs lists"
        elif found[1].lower() == "file":
            hint = f"leave '{found[1]}://' out"
        else:
            hint = "copy it to or from a disk by a program for that storage, or mount the storage as a folder"
        url = f"{found[1]}://{text[found.end() :]}"
        raise UsageError(f"{url} is a URL: curate works on files of this machine", hint=hint)
