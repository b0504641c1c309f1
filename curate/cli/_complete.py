"""What a shell completes: names that only the dataset knows, and those of formats, recipes and archives."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

#: Variable by which a shell asks for completions.
VARIABLE = "_CURATE_COMPLETE"

#: Shells for which there is a script.
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")

#: Characters at which bash breaks words; it replaces only what stands behind the last one.
_BREAKS = (":", "=")

Names = Callable[[Any, str], list[str]]


class Completion(NamedTuple):
    """One completion, as Click's classes for shells read it."""

    value: str
    help: str | None = None
    type: str = "plain"


def item(value: str, said: str) -> Completion:
    """Make a completion with what it is for."""
    return Completion(value, said)


def _in_dataset(what: str) -> Names:
    def complete(ctx: Any, incomplete: str) -> list[str]:  # noqa: ANN401 - Click's context
        from curate.catalogue.views.names import names, recording_ids

        def asked(store: Any) -> Iterable[str]:  # noqa: ANN401 - the catalogue's store
            return recording_ids(store, incomplete) if what == "ids" else names(store, what, incomplete)

        return _ask(ctx, asked)

    return complete


def _ask(ctx: Any, asked: Callable[[Any], Iterable[str]]) -> list[str]:  # noqa: ANN401
    """Ask the catalogue; a shell gets no names where there is none, or where it cannot be read now."""
    from curate.catalogue.store import Store
    from curate.errors import CurateError
    from curate.settings import CATALOGUE_NAME, dataset_folder

    given = ctx.params.get("dataset") or (ctx.default_map or {}).get("dataset")
    path = dataset_folder(Path(given) if given else None) / CATALOGUE_NAME
    if not path.is_file():
        return []
    try:
        store = Store(path)
        try:
            return list(asked(store))
        finally:
            store.close()
    except CurateError:
        return []


archives, labels, layers = map(_in_dataset, ("archives", "labels", "layers"))
recordings = _in_dataset("ids")


def _one_of(load: Callable[[], Iterable[str]]) -> Names:
    def complete(ctx: Any, incomplete: str) -> list[str]:  # noqa: ANN401, ARG001 - Click's context
        return [name for name in load() if name.startswith(incomplete)]

    return complete


def _readers() -> Iterable[str]:
    from curate.formats import READERS

    return READERS


def _writers() -> Iterable[str]:
    from curate.formats import WRITERS

    return WRITERS


def _detectors() -> Iterable[str]:
    from curate.detectors import DETECTORS

    return DETECTORS


def _recipes() -> Iterable[str]:
    from curate.recipe import names

    return [*names(), *(path.name for path in Path().glob("*.toml"))]


def _tables() -> Iterable[str]:
    from curate.catalogue.views.tables import TABLES

    return sorted(TABLES)


formats_read, formats_written = _one_of(_readers), _one_of(_writers)
detectors, recipes, tables = _one_of(_detectors), _one_of(_recipes), _one_of(_tables)


def parse(command: Any, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever they are
    """Take arguments apart as they are typed, where only names are asked for.

    Typer would load what converts and checks values, which takes longer than all the rest.
    """
    parser = command.make_parser(ctx)
    given, rest, _ = parser.parse_args(args=list(args))
    ctx._opt_prefixes.update(parser._opt_prefixes)  # noqa: SLF001 - else no option's value is completed
    # Typer may carry a Click of its own: the last class before `object` says where it is.
    source = sys.modules[type(ctx).__mro__[-2].__module__].ParameterSource.COMMANDLINE
    for name, value in given.items():
        # Newer versions of Click give a sentinel for what was not typed, where older ones give None.
        if value is not None and value != () and type(value).__name__ != "Sentinel":
            ctx.params[name] = value
            ctx.set_parameter_source(name, source)
    ctx.args = rest
    return list(rest)


# Shells.


def by_name(arguments: list[str]) -> bool:
    """Print or install the script of a named shell, as in ``--show-completion zsh``, and tell if so."""
    if len(arguments) != 2 or arguments[1] not in SHELLS:  # noqa: PLR2004 - the option and its value
        return False
    from typer.completion import get_completion_script, install  # type: ignore[attr-defined]

    option, shell = arguments
    if option == "--show-completion":
        script = get_completion_script(prog_name="curate", complete_var=VARIABLE, shell=shell)
        sys.stdout.write(script + "\n")
        return True
    if option == "--install-completion":
        _, path = install(shell=shell, prog_name="curate", complete_var=VARIABLE)
        sys.stdout.write(f"{shell} completion installed in {path}. It takes effect in a new terminal\n")
        return True
    return False


def answer(run: Callable[[], object], environment: MutableMapping[str, str] = os.environ) -> int:
    """Answer a shell. What bash breaks at colons and equals signs is put together, and the answer cut.

    Parameters
    ----------
    run
        Prints the completions of what the environment says.
    """
    begin = _mend(environment) if environment.get(VARIABLE) == "complete_bash" else ""
    printed = io.StringIO()
    code = 0
    with contextlib.redirect_stdout(printed):
        try:
            run()
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else 0
    for line in printed.getvalue().splitlines():
        sys.stdout.write(line.removeprefix(begin) + "\n")
    return code


def _mend(environment: MutableMapping[str, str]) -> str:
    """Put the words together that bash broke; gives what the shell has already of the last one."""
    words = environment.get("COMP_WORDS", "").split("\n")
    current = int(environment.get("COMP_CWORD", "0"))
    mended: list[str] = []
    place, begin, glue = 0, "", False
    for number, word in enumerate(words[: current + 1]):
        is_break = word in _BREAKS and number > 0
        if mended and (is_break or glue):
            mended[-1] += word
        else:
            mended.append(word)
        glue = is_break
        place = len(mended) - 1
    last = mended[-1] if mended else ""
    value = last.partition("=")[2] if last.startswith("--") and "=" in last else last
    if ":" in value:
        begin = value[: value.rindex(":") + 1]
    environment["COMP_WORDS"] = "\n".join(mended)
    environment["COMP_CWORD"] = str(place)
    return begin
