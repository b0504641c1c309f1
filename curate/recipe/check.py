"""Check a recipe completely before anything runs: all that is wrong with it is said at once.

What a step takes is read from its function, so a recipe knows every parameter from the day
its command has it.
"""

from __future__ import annotations

import inspect
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from curate.errors import CurateError, UsageError
from curate.lookup import resolve, suggestion
from curate.recipe import STEPS
from curate.release import RENAMED

#: Where and how a step runs is the machine's business: options of `curate run`, not of a recipe.
OF_THE_MACHINE = frozenset(
    {
        "allow_files",
        "allow_private",
        "contact",
        "device",
        "dry_run",
        "engine",
        "jobs",
        "patience",
        "progress",
        "refresh",
        "retry_failed",
    }
)


_KEYS = ("description", "step")

#: What the plain types of parameters are called, and which values are of them.
_PLAIN: dict[object, tuple[str, tuple[type, ...]]] = {
    bool: ("true or false", (bool,)),
    float: ("a number", (float, int)),
    int: ("a whole number", (int,)),
    str: ("text", (str,)),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One checked step.

    Parameters
    ----------
    run
        Its name.
    written
        Its parameters as the recipe says them, and `parameters` with their paths placed.
    """

    run: str
    function: Callable[..., Any]
    written: dict[str, Any]
    parameters: dict[str, Any]

    def options(self) -> dict[str, Any]:
        """Give every parameter a value: its own, or the default of the step."""
        known = parameters_of(self.run, self.parameters)
        defaults = {name: parameter.default for name, parameter in known.items()}
        return defaults | self.parameters

    def layers(self) -> dict[str, Mapping[str, Any]] | None:
        """Name the layers that the step needs, with their settings, or `None` if it detects nothing."""
        layers = STEPS[self.run].layers
        return None if layers is None else dict(_load(layers)(**self.options()))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe in which nothing is wrong."""

    description: str
    steps: tuple[Step, ...]


def parse(text: str, *, name: str, folder: Path, changes: Sequence[str] = ()) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    name
        For messages.
    folder
        Where relative paths start.
    changes
        Parameters that are otherwise this time, each as ``STEP.PARAMETER=VALUE``. Of several steps of one
        name the second is ``STEP.2``. Relative paths in them start at the current folder.

    Raises
    ------
    UsageError
        With everything that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the recipe {name} is no valid TOML: {error}") from error
    wrong = [f"unknown key '{key}'; {suggestion(key, _KEYS)}" for key in document if key not in _KEYS]
    description = document.get("description", "")
    if not isinstance(description, str):
        wrong.append("description must be text")
    tables = document.get("step", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        wrong.append("there is no [[step]]")
        tables = []
    steps = []
    changed = _changed(tables, changes, wrong)
    for number, table in enumerate(tables, start=1):
        found = _step(dict(table) | changed.get(number, {}), f"step {number}", folder, wrong)
        if found is not None:
            steps.append(found)
    if wrong:
        raise UsageError(f"the recipe {name} cannot be run:\n" + "\n".join(f"  {line}" for line in wrong))
    return Recipe(description, tuple(steps))


class _Typed(str):
    """A value as it was typed, which is read as the parameter wants it; paths in it start where one is."""

    __slots__ = ()


def _changed(
    tables: Sequence[Mapping[str, Any]], changes: Sequence[str], wrong: list[str]
) -> dict[int, dict[str, Any]]:
    """Sort changes by the number of the step that they are for."""
    changed: dict[int, dict[str, Any]] = {}
    for change in changes:
        where, equals, value = change.partition("=")
        step, dot, key = where.strip().rpartition(".")
        if not equals or not dot:
            wrong.append(f"--set {change}: write STEP.PARAMETER=VALUE, such as import.paths=../birdclef-2025")
            continue
        name, _, place = step.partition(".")
        named = [number for number, table in enumerate(tables, start=1) if table.get("run") == name]
        if not named:
            there = [str(table.get("run")) for table in tables]
            wrong.append(f"--set {change}: the recipe lacks the step '{name}'; {suggestion(name, there)}")
        elif place and not (place.isdecimal() and 0 < int(place) <= len(named)):
            wrong.append(f"--set {change}: the recipe has {len(named)} steps '{name}'")
        elif not place and len(named) > 1:
            wrong.append(
                f"--set {change}: the recipe has {len(named)} steps '{name}'; say which: {name}.1.{key}=..."
            )
        else:
            number = named[int(place or 1) - 1]
            changed.setdefault(number, {})[key.replace("-", "_")] = _Typed(value)
    return changed


def _read(value: _Typed, annotation: Any) -> Any:  # noqa: ANN401 - types are values here
    """Read a typed value as a parameter wants it: as TOML has it, or as plain text."""
    try:
        found = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        found = str(value)
    if not _fits(found, annotation) and _fits(str(value), annotation):
        found = str(value)
    if not _fits(found, annotation) and _fits([found], annotation):
        found = [found]
    return found


def _step(table: dict[str, Any], where: str, folder: Path, wrong: list[str]) -> Step | None:
    run = table.pop("run", None)
    if not isinstance(run, str) or run not in STEPS:
        words = "lacks 'run ='" if run is None else f"unknown step '{run}'"
        wrong.append(f"{where}: {words}; {suggestion(str(run or ''), STEPS)}")
        return None
    where = f"{where} ({run})"
    function = _load(STEPS[run].run)
    known = parameters_of(run, table)
    # Words of Python, such as from, are parameters with a line behind them.
    table = {f"{key}_" if f"{key}_" in known else key: value for key, value in table.items()}
    before = len(wrong)
    parameters: dict[str, Any] = {}
    typed = {key for key, value in table.items() if isinstance(value, _Typed)}
    table = {
        key: _read(value, known[key].annotation) if key in typed and key in known else value
        for key, value in table.items()
    }
    for key, value in table.items():
        start = Path.cwd() if key in typed else folder
        if key not in known:
            old = f"--{key.replace('_', '-')}"
            new = RENAMED.get(run, {}).get(old, "").removeprefix("--").replace("-", "_")
            hint = f"it is now '{new}'" if new in known else suggestion(key, known)
            wrong.append(f"{where}: unknown parameter '{key}'; {hint}")
        elif not _fits(value, known[key].annotation):
            wrong.append(f"{where}: {key} = {value!r}, where {_words(known[key].annotation)} is wanted")
        else:
            parameters[key] = _placed(value, known[key].annotation, start)
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in table:
            wrong.append(f"{where}: '{key}' is missing")
    step = Step(run, function, table, parameters)
    if len(wrong) == before:
        try:
            _check_values(step)
        except CurateError as error:
            wrong.append(f"{where}: {error.message}" + (f"; {error.hint}" if error.hint else ""))
    return step


def _load(target: str) -> Any:  # noqa: ANN401 - any function
    return resolve(target, {}, kind="step")


def parameters_of(run: str, said: Mapping[str, Any] | None = None) -> dict[str, inspect.Parameter]:
    """Look up what a recipe may say of a step, with resolved annotations.

    Parameters
    ----------
    run
        Name of the step, a key of `STEPS`.
    said
        What the recipe says already, by which further parameters may go.
    """
    verb = STEPS[run]
    known = _parameters(_load(verb.run))
    if verb.more_parameters is not None:
        more = _load(verb.more_parameters)(**(said or {}))
        known |= {} if more is None else _parameters(more)
    return known


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]  # less the dataset
    return {
        parameter.name: parameter.replace(annotation=hints[parameter.name])
        for parameter in parameters
        if parameter.name not in OF_THE_MACHINE and parameter.kind is not parameter.VAR_KEYWORD
    }


def _check_values(step: Step) -> None:
    """Let a step refuse its values before anything runs."""
    check = STEPS[step.run].check
    if check is not None:
        _load(check)(**step.options())


def _fits(value: object, annotation: Any) -> bool:  # noqa: ANN401 - types are values here
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return any(_fits(value, kind) for kind in inside)
    if origin is Literal:
        return value in inside
    if _is(origin, os.PathLike):
        return isinstance(value, str)
    if _is(origin, Sequence):
        return isinstance(value, list) and all(_fits(each, inside[0]) for each in value)
    _, kinds = _PLAIN.get(annotation, ("", ()))
    return isinstance(value, kinds) and (annotation is bool or not isinstance(value, bool))


def _words(annotation: Any) -> str:  # noqa: ANN401 - types are values here
    """Say what a parameter takes, in a person's words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_words(kind) for kind in inside if kind is not NoneType))
    if origin is Literal:
        return "one of " + ", ".join(repr(value) for value in inside)
    if _is(origin, os.PathLike):
        return "text"
    if _is(origin, Sequence):
        return f"a list of {_words(inside[0])}"
    words, _ = _PLAIN.get(annotation, (str(annotation), ()))
    return words


def _is(origin: object, kind: type) -> bool:
    return isinstance(origin, type) and issubclass(origin, kind)


def _placed(value: Any, annotation: Any, folder: Path) -> Any:  # noqa: ANN401 - a value of any type
    """Let relative paths start at a folder."""
    if not _takes_paths(annotation):
        return value
    if isinstance(value, list):
        return [os.path.normpath(os.path.join(folder, each)) for each in value]
    return os.path.normpath(os.path.join(folder, value)) if isinstance(value, str) else value


def _takes_paths(annotation: Any) -> bool:  # noqa: ANN401 - types are values here
    return _is(get_origin(annotation), os.PathLike) or any(
        _takes_paths(kind) for kind in get_args(annotation)
    )
