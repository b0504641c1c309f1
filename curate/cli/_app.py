"""The program `curate`: its commands, and the one place that catches errors.

Command modules import typer and little else at the top; what they need to work is imported
inside the command, so that ``--help`` and ``--version`` answer at once.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

from typer import BadParameter, Exit, Option, Typer
from typer.core import TyperCommand, TyperGroup

from curate.cli import _interrupts, _output
from curate.cli._commands import ALONE, COMMANDS, GROUPS, ROOMS
from curate.cli._system_errors import explain_system_error
from curate.errors import CurateError, UsageError

#: What Typer raises about arguments; it has moved between its versions.
UsageProblem: type[Any] = BadParameter.__base__  # type: ignore[assignment]


def _without_types(command: Any, ctx: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Leave the type of switches out of a help page: ``--json <bool>`` reads as if it took a value."""
    for parameter in command.get_params(ctx):
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""


def _help(command: Callable[..., None]) -> str:
    """Take the help of a command from its docstring, with paragraphs that flow to the terminal's width."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _name_anew(ctx: Any, error: Any) -> None:  # noqa: ANN401 - Click's, wherever they are
    """Name the option that took the place of one that there is no more, instead of Typer's guesses."""
    from curate.release import RENAMED

    old = getattr(error, "option_name", "")
    command = ctx.command_path.partition(" ")[2].partition(" ")[0]
    new = RENAMED.get(command, {}).get(old, "")
    known = {name for parameter in ctx.command.params for name in parameter.opts}
    if new in known or " " in new:
        error.message = f"No such option: {old}; it is now {new}"
        error.possibilities = []


class _Hinting(TyperCommand):
    """Says how a dataset is named to who gives it as a plain word, and what an option is called now."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Print the help page."""
        _without_types(self, ctx)
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart."""
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            if "extra argument" in error.message:
                error.message += "; a dataset is named with --dataset DIR"
            _name_anew(ctx, error)
            raise


class _Grouping(TyperGroup):
    """A word with more words behind it."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Print the help page."""
        _without_types(self, ctx)
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart."""
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            _name_anew(ctx, error)
            raise


class _InOrder(_Grouping):
    """Lists commands in our order: Typer puts groups behind all others."""

    def list_commands(self, ctx: object) -> list[str]:
        """List the names of all commands."""
        del ctx
        return list(COMMANDS)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, wherever it is
        """Take the arguments apart; options stand behind the command."""
        first = args[0] if args else ""
        try:
            return super().parse_args(ctx, args)
        except UsageProblem as error:
            if first in {"--dataset", "-d"}:
                error.message += "; options stand behind the command: curate status --dataset DIR"
            raise


app = Typer(
    name="curate",
    cls=_InOrder,
    help="Curate bioacoustic training data: from archives of animal sound to clean training sets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


_PANEL_OF = {name: title for title, commands in ROOMS.values() for name in commands}

for _name, _command in COMMANDS.items():
    if _name not in GROUPS:
        app.command(_name, cls=_Hinting, help=_help(_command), rich_help_panel=_PANEL_OF[_name])(
            _guarded(_command)
        )
        continue
    _group = Typer(
        cls=_Grouping,
        no_args_is_help=_name not in ALONE,
        invoke_without_command=_name in ALONE,
        help=_help(_command),
    )
    if _name in ALONE:
        _group.callback(help=_help(_command))(_guarded(_command))
    for _word, _subcommand in GROUPS[_name].items():
        _group.command(_word, cls=_Hinting, help=_help(_subcommand))(_guarded(_subcommand))
    app.add_typer(_group, name=_name, rich_help_panel=_PANEL_OF[_name])


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


@app.callback()
def _curate(
    version: Annotated[
        bool,
        Option(
            "--version",
            is_eager=True,
            callback=_version,
            help="Print the version; with --json also those of Python, torch and others, and the platform.",
        ),
    ] = False,
    debug: Annotated[
        bool, Option("--debug", help="Show where an error came from; may stand anywhere.")
    ] = False,
) -> None:
    """Curate bioacoustic training data: from archives of animal sound to clean training sets."""


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
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug, json = "--debug" in options, "--json" in options
    if options and set(options) == {"--version", "--json"}:
        return _print_versions()
    if debug:
        arguments.remove("--debug")
        logging.basicConfig(format="%(message)s", stream=sys.stderr)
        logging.getLogger("curate").setLevel(logging.DEBUG)
    signal.signal(signal.SIGTERM, _interrupts.terminate)
    try:
        # With --json usage errors come back, to be one object as all others.
        ended = app(args=arguments, prog_name="curate", standalone_mode=not json)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except Exception as error:
        explained = _in_words(error)
        if json:
            found = explained or CurateError(f"{type(error).__name__}: {error}", hint="a fault of curate")
            _output.print_error(found.message, found.hint, found.exit_code)
        if explained is None or (debug and not isinstance(error, _Interrupted)):
            raise
        _output.say_error(explained)
        return explained.exit_code
    return ended if isinstance(ended, int) else 0


def _in_words(error: Exception) -> CurateError | None:
    """Say what happened, None of what nobody foresaw."""
    if isinstance(error, CurateError):
        return error
    if isinstance(error, OSError):
        return explain_system_error(error)
    if isinstance(error, UsageProblem):
        return UsageError(error.format_message(), hint="curate COMMAND --help lists the options")
    return None
