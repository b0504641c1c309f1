"""The program `curate`: its commands, and the one place that catches errors.

Command modules import typer and little else at the top. What they need to work is imported
inside the command, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from typer import BadParameter, Exit, Option, Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from curate.cli import _complete, _defaults, _help, _interrupts, _log
from curate.cli._commands import ALONE, COMMANDS, GROUPS
from curate.errors import CurateError, UsageError

#: What Typer raises about arguments; it has moved between its versions.
UsageProblem: type[Any] = BadParameter.__base__  # type: ignore[assignment]


def _name_anew(ctx: Any, error: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Name the option that took the place of one that there is no more, else only good guesses of Typer's."""
    import difflib

    from curate.release import RENAMED

    old = getattr(error, "option_name", "")
    command = ctx.command_path.partition(" ")[2].partition(" ")[0]
    new = RENAMED.get(command, {}).get(old, "")
    known = {name for parameter in ctx.command.params for name in parameter.opts}
    if new in known or " " in new:
        error.message = f"No such option: {old}. It is now {new}"
        error.possibilities = []
    elif near := getattr(error, "possibilities", None):
        # Typer compares the hyphens, too: with them --wrong is like --json.
        alike = difflib.get_close_matches(old.lstrip("-"), [name.lstrip("-") for name in near], n=len(near))
        error.possibilities = [name for name in near if name.lstrip("-") in alike]


class _WithPage:
    """Has a page of help in our form, and says in one line how it is typed."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
        """Print the help page."""
        _help.write_page(self, ctx, formatter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - Click's, wherever it is
        """Spell how the command is typed."""
        return ["[OPTIONS]", *_help.usage_words(self), *_help.word_behind(self)]


class _Hinting(_WithPage, TyperCommand):
    """Says how a dataset is named to who gives it as a plain word, and what an option is called now."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart."""
        given = _defaults.apply(self, ctx, args)
        if ctx.resilient_parsing:
            return _complete.parse(self, ctx, args)
        if given.get("help"):
            sys.stdout.write(ctx.get_help() + "\n")
            raise Exit
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            if "extra argument" in error.message:
                error.message += ". Name a dataset with --dataset DIR"
            _name_anew(ctx, error)
            raise


def _help_below(group: Any, ctx: Any, args: list[str]) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Show the page of the word behind, where it is asked for, before Typer loads what checks values."""
    before = args[: args.index("--")] if "--" in args else args
    if args and args[0] in group.commands and not {"-h", "--help"}.isdisjoint(before):
        group.commands[args[0]].make_context(args[0], args[1:], parent=ctx)


class _Grouping(_WithPage, TyperGroup):
    """A word with more words behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart."""
        given = _defaults.apply(self, ctx, args)
        if ctx.resilient_parsing:
            return _complete.parse(self, ctx, args)
        if (is_bare := not args and self.no_args_is_help) or given.get("help"):
            sys.stdout.write(ctx.get_help() + "\n")
            raise Exit(2 * is_bare)
        _help_below(self, ctx, args)
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            _name_anew(ctx, error)
            raise


class _Built(MutableMapping[str, Any]):
    """Click's commands by name; each is built when it is asked for, as most calls need one of them."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Click's, wherever it is
        if name not in self._built:
            self._built[name] = _build(name)
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:  # noqa: ANN401
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _InOrder(_Grouping):
    """All commands, in our order."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - Typer's
        super().__init__(**settings | {"commands": {}})
        self.commands = _Built()

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Print the list of commands."""
        _help.write_overview(self, ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:  # noqa: ANN401
        """Complete the name of a command, without building them all."""
        return _help.matching_commands(incomplete) or super().shell_complete(ctx, incomplete)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart; options stand behind the command."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        first = args[0] if args else ""
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            if first in {"--dataset", "-d"}:
                error.message += ". Write options after the command: curate status --dataset DIR"
            raise


#: Of every command. Pages and errors are plain text: rich's boxes take longer to load than all else.
_SETTINGS: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 120},
    "rich_markup_mode": None,
}

app = Typer(name="curate", cls=_InOrder, no_args_is_help=True, pretty_exceptions_enable=False, **_SETTINGS)


#: Options that may be addresses of object storage, by the function of their command.
_TAKES_ADDRESSES = {
    *((command, "paths") for command in ("import_", "scan", "strip_voice", "trim")),
    ("clean_up", "exported"),
    ("manifest", "out"),
}


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Answer Ctrl-C and a closed pipe before Typer does, which says nothing and fails."""

    @functools.wraps(command)
    def run(*args: object, **options: object) -> None:
        _check_paths(
            value for name, value in options.items() if (command.__name__, name) not in _TAKES_ADDRESSES
        )
        with _interrupts.told() as interrupts:
            try:
                command(*args, **options)
                sys.stdout.flush()
            except BrokenPipeError:
                # The reader of our output went away (| head): not an error, but nothing more to say.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            except KeyboardInterrupt:
                raise _Interrupted(_interrupts.WORDS) from None
            except EOFError as error:
                # Typer takes it for Ctrl-D, and says no more than "Aborted."
                raise RuntimeError("a file or a connection ended too early") from error
            except Exception:
                if interrupts.pressed:  # which came out of a library as another error
                    raise _Interrupted(_interrupts.WORDS) from None
                raise

    return run


class _Interrupted(CurateError):
    """Somebody pressed Ctrl-C."""

    exit_code = _interrupts.CODE


def _check_paths(values: Iterable[object]) -> None:
    """Refuse URLs where files of this machine are meant."""
    from curate.lookup import check_local

    for value in values:
        several = value if isinstance(value, list | tuple) else [value]
        check_local(*(each for each in several if isinstance(each, Path)))


def _build(name: str) -> Any:  # noqa: ANN401 - Click's, wherever it is
    """Make Click's command of one of ours.

    Raises
    ------
    KeyError
        If there is none of this name.
    """
    command = COMMANDS[name]
    alone = Typer(name=name, add_completion=False, **_SETTINGS)
    if name not in GROUPS:
        alone.command(name, cls=_Hinting, **_help.texts(command))(_guarded(command))
        return get_command(alone)
    group = Typer(
        name=name,
        cls=_Grouping,
        add_completion=False,
        no_args_is_help=name not in ALONE,
        invoke_without_command=name in ALONE,
        **_help.texts(command),
        **_SETTINGS,
    )
    group.callback(**_help.texts(command))(_guarded(command) if name in ALONE else _nothing)
    for word, subcommand in GROUPS[name].items():
        group.command(word, cls=_Hinting, **_help.texts(subcommand))(_guarded(subcommand))
    return get_command(group)


def _nothing() -> None:
    """Do nothing: the word behind does all."""


def _version(wanted: bool) -> None:
    if wanted:
        from curate.release import version

        sys.stdout.write(f"curate {version()}\n")
        raise Exit


def _print_versions() -> int:
    """Print what a report of a fault should say: versions and platform, as one JSON object."""
    import json
    import platform

    from curate.release import versions

    sys.stdout.write(json.dumps(versions() | {"platform": platform.platform()}, indent=2) + "\n")
    return 0


def _curate(
    version: Annotated[
        bool,
        Option(
            "--version",
            is_eager=True,
            callback=_version,
            help="Print the version. With --json, add Python, torch, other packages and the platform.",
        ),
    ] = False,
    debug: Annotated[
        bool, Option("--debug", help="Print the traceback of an error. Works anywhere on the line.")
    ] = False,
    log_file: Annotated[
        Path | None,
        Option(
            "--log-file",
            metavar="FILE",
            show_default=False,
            help="Append all warnings, problems and tracebacks to this file. Works anywhere on the line.",
        ),
    ] = None,
) -> None:
    """Curate bioacoustic training data: from archives of animal sound to clean training sets.

    Examples
    --------
    Register recordings in a new dataset:

        curate import recordings --dataset birds

    Clean them, make folds and write a manifest:

        curate run default --dataset birds
    """


app.callback(**_help.texts(_curate))(_curate)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Parameters
    ----------
    argv
        Arguments without the program's name; None takes those of the process.

    Returns
    -------
    Exit code: 0 done, 1 failed, 2 wrong usage, 3 finished but some recordings failed,
    130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if _complete.VARIABLE in os.environ:
        return _complete.answer(lambda: app(args=arguments, prog_name="curate"))
    if _complete.by_name(arguments):
        return 0
    with _interrupts.terminable():
        try:
            debug = _log.take_switch(arguments, "--debug")
            log = _log.opened(_log.take_value(arguments, "--log-file"))
        except CurateError as error:
            return _say(error, json="--json" in arguments)
        with _log.told(log, arguments, debug=debug):
            return _log.ended(_run(arguments, debug=debug))


def _run(arguments: list[str], *, debug: bool) -> int:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    json = "--json" in options
    if options and set(options) == {"--version", "--json"}:
        return _print_versions()
    try:
        # Usage errors come back, for the log, and to be one object with --json as all others.
        ended = app(args=arguments, prog_name="curate", standalone_mode=False)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except Exception as error:
        _log.trace(error)
        if isinstance(error, UsageProblem) and not json:
            return _say_usage(error)
        explained = _in_words(error)
        if json:
            found = explained or CurateError(f"{type(error).__name__}: {error}", hint="a fault of curate")
            _print_error(found)
        if explained is None or (debug and not isinstance(error, _Interrupted)):
            raise
        return _say(explained, json=False)
    return ended if isinstance(ended, int) else 0


def _say_usage(error: Any) -> int:  # noqa: ANN401 - Click's, wherever it is
    """Tell what was typed wrongly, below how the command is typed; gives its exit code."""
    from curate.cli import _output

    if error.ctx is not None:
        sys.stderr.write(f"{error.ctx.get_usage()}\n")
        _output.say(f"Try '{error.ctx.command_path} --help' for help.")
    _output.say(f"error: {_help.problem_words(error)}")
    return int(error.exit_code)


def _say(error: CurateError, *, json: bool) -> int:
    """Tell an error, and give its exit code."""
    from curate.cli import _output

    if json:
        _print_error(error)
    _output.say_error(error)
    return error.exit_code


def _print_error(error: CurateError) -> None:
    from curate.cli import _output

    _output.print_error(error.message, error.hint, error.exit_code)


def _in_words(error: Exception) -> CurateError | None:
    """Say what happened, None of what nobody foresaw."""
    if isinstance(error, CurateError):
        return error
    if isinstance(error, OSError):
        from curate.cli._system_errors import explain_system_error

        return explain_system_error(error)
    if isinstance(error, UsageProblem):
        return UsageError(_help.problem_words(error), hint="curate COMMAND --help lists the options")
    return None
