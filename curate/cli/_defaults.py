"""Defaults from files: first comes an option, then a variable, the dataset's file, and the user's file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

#: Options that files can give, by the name of their parameter; `key_file` by archive.
_KEYS = ("contact", "dataset", "device", "engine", "jobs", "key_file")


def apply(
    command: Any,  # noqa: ANN401 - Click's, wherever they are
    ctx: Any,  # noqa: ANN401
    args: list[str],
) -> dict[str, Any]:
    """Let the files' values stand where an option has its default, on the help page too.

    Parameters
    ----------
    command, ctx
        The command that is about to take its arguments apart.
    args
        Those arguments.

    Returns
    -------
    Options as they are typed; none if they cannot be taken apart, which the command then says itself.

    Raises
    ------
    UsageError
        If a file cannot be used.
    """
    given = _given(command, ctx, args)
    options = {parameter.name: parameter for parameter in command.params if parameter.name in _KEYS}
    if "dataset" not in options or command.name == "config":
        return given
    from curate.errors import UsageError
    from curate.steps.inspect.config import KEY_FILES, defaults

    named = given.get("dataset")
    try:
        found = defaults(Path(named) if isinstance(named, str) else None)
    except UsageError:
        if (
            ctx.resilient_parsing or command.name == "doctor"
        ):  # a shell asks for names; the other tells it itself
            return given
        raise
    ctx.default_map = dict(ctx.default_map or {})
    is_download = ctx.parent is not None and ctx.parent.info_name == "download"
    for name, option in options.items():
        setting = found.get(f"{KEY_FILES}.{ctx.info_name}" if name == "key_file" else name)
        if setting is None or (name == "jobs" and is_download):  # those are files, not processes
            continue
        if name == "key_file" and not _may_have_key(str(ctx.info_name), given):
            continue
        if name == "jobs" and option.default is not None:
            continue
        ctx.default_map[name] = setting.value
        option.show_default = f"{setting.value}, from {_short(setting.origin)}"
    return given


def _given(command: Any, ctx: Any, args: list[str]) -> dict[str, Any]:  # noqa: ANN401
    """Options as they are typed; none if they cannot be taken apart, which the command then says itself."""
    try:
        options: dict[str, Any] = command.make_parser(ctx).parse_args(args=list(args))[0]
    except Exception:  # noqa: BLE001 - whatever Click raises now, it will raise again
        return {}
    return options


def _may_have_key(archive: str, given: dict[str, Any]) -> bool:
    """Whether a key from a file may be used: a variable goes before it, and no other server gets it."""
    from curate.settings import KEY_VARIABLES

    is_set = any(os.environ.get(name) for name in KEY_VARIABLES.get(archive, ()))
    return not is_set and given.get("server") is None


def _short(path: str) -> str:
    home = os.path.join(os.path.expanduser("~"), "")
    return f"~/{path.removeprefix(home)}" if path.startswith(home) and len(home) > 2 else path  # noqa: PLR2004
