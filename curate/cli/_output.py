"""What people and programs get to see.

Results go to stdout, talk goes to stderr. With ``--json`` the result is one object; with
``--quiet`` there is none.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from curate.cli import _log
from curate.cli._interrupts import CODE as INTERRUPTED
from curate.errors import CurateError
from curate.formatting import (
    clipped_words,
    count,
    divided_words,
    duration,
    lost_words,
    share,
    unfolded_words,
    when,
)
from curate.model import Problem
from curate.progress import Progress, lines, silent

if TYPE_CHECKING:
    from rich.table import Table

    from curate.steps.common.export_states import Outdated
    from curate.steps.common.work import Work

__all__ = [
    "Output",
    "clipped_words",
    "count",
    "divided_words",
    "duration",
    "lost_words",
    "say",
    "say_error",
    "share",
    "unfolded_words",
]

#: Said of a dataset without recordings.
NOTHING_YET = "there are no recordings yet: curate import PATH, or curate download ARCHIVE"

#: Said where thresholds were given that an earlier version of the detector of voices was asked for before.
RESCORED = (
    "an earlier version of the detector gave the scores until now: check threshold and review, which mean "
    "something else (docs/voices.md)"
)

#: Characters by which a name could colour, clear or retitle a terminal; tabs and ends of lines are ours.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Blanks between the columns of a table.
_BETWEEN = 2

#: Cells no longer than this stay in one line, such as ``3 min 48 s``.
_SHORT = 16

#: Words that are longer may be broken in a table: paths, and what a detector measured.
_LONGEST_WORD = 60

#: Problems of one kind that are listed; the rest is counted.
_LISTED = 8


class Output:
    """One command's way to speak.

    Parameters
    ----------
    json
        Print a JSON object instead of tables.
    quiet
        Print nothing but errors.
    """

    def __init__(self, *, json: bool, quiet: bool) -> None:
        self.json = json
        self.quiet = quiet

    @property
    def progress(self) -> Progress:
        """Bars on a terminal. Elsewhere a line a minute, which a log can hold."""
        if self.quiet:
            return silent
        return _bars if sys.stderr.isatty() else lines

    def result(self, summary: Any, human: Callable[[], None]) -> None:  # noqa: ANN401 - any summary
        """Print a summary, for a program or for a person."""
        if self.json:
            sys.stdout.write(json.dumps(_plain(summary), ensure_ascii=True) + "\n")
        elif not self.quiet:
            human()

    def line(self, text: str) -> None:
        """Print a line of a result."""
        sys.stdout.write(_printable(text) + "\n")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print a small table. Numbers are set right. An empty table is left out.

        What is one word, such as an id, is never broken: it is there to be copied. Where a terminal is too
        narrow for all such words, the table is wider than it.
        """
        from rich.table import Table

        cells = [[_text(value) for value in row] for row in rows]
        if not cells:
            return
        right = [all(_is_number(row[i]) for row in cells) for i in range(len(columns))]
        table = Table(box=None, pad_edge=False, padding=(0, _BETWEEN, 0, 0))
        least = 0
        for i, (name, is_right) in enumerate(zip(columns, right, strict=True)):
            texts = (name, *(row[i] for row in cells))
            is_whole = all(len(text) <= _SHORT or " " not in text for text in texts[1:])
            is_whole = is_whole and max(map(len, texts)) <= _LONGEST_WORD
            table.add_column(
                name,
                justify="right" if is_right else "left",
                header_style="dim",
                overflow="fold",
                no_wrap=is_whole,
            )
            parts = texts if is_whole else [word for text in texts for word in text.split(" ")]
            least += min(max(map(len, parts)), _LONGEST_WORD) + _BETWEEN
        for row in cells:
            table.add_row(*(_escaped(cell) for cell in row))
        _print(table, title, least=least)

    def facts(self, title: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Print words and what they stand for, one under the other. A repeated word is left out."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        last = ""
        for word, text in pairs:
            table.add_row("" if word == last else _escaped(word), _escaped(text))
            last = word
        _print(table, title)

    def work(self, work: Work | None, *, after: str = "") -> None:
        """Tell what a run would have to do.

        Parameters
        ----------
        after
            Who would do it, where that is another command.
        """
        if work is None:
            self.line("the amount of work is known after the import")
            return
        parts = []
        if work.recordings:
            parts.append(f"scan {count(work.recordings, 'recording')} ({duration(work.seconds)})")
        if work.copies:
            size = f"about {work.bytes / 1e6:,.1f} MB"
            parts.append(f"write {count(work.copies, 'clean copy')} ({duration(work.copy_seconds)}, {size})")
        copies = ""
        if not work.copies_known:
            more = "further " if work.copies else ""
            copies = f". The number of {more}copies to write is known after the scan"
        if not parts:
            nothing = f"{after}has all its copies"
            self.line(nothing if after else "all recordings are scanned, and all copies are written")
            return
        time = expected(work.elapsed_s)
        self.line(f"{after}would {' and '.join(parts)}: {time}{copies}")

    def outdated(self, found: Iterable[Outdated], *, dry_run: bool = False) -> None:
        """Tell which exports are left behind the ledger."""
        for each in found:
            is_one = each.rows == 1
            verb = "would differ from the ledger in" if dry_run else "differs from the ledger in"
            stay = "copy that it names is kept" if is_one else "copies that they name are kept"
            self.line(f"{each.path} {verb} {count(each.rows, 'row')}. The {stay} (curate status)")

    def replaced(self, path: str, at: str, *, dry_run: bool = False) -> None:
        """Tell which export a new one takes the place of, by the time at which that was written."""
        if at:
            verb = "would replace" if dry_run else "replaces"
            self.line(f"{path} {verb} the export of {when(at)} (UTC): give --out another name to keep both")

    def problems(self, problems: Sequence[Problem], counts: Mapping[str, int] | None = None) -> None:
        """List what was reported, grouped by kind, the first few of each.

        Parameters
        ----------
        counts
            How many there are of each kind, where `problems` holds only the first of them.
        """
        for problem in problems:
            _log.note(f"{problem.kind}: {problem.path}: {problem.reason}", warning=True)
        if self.quiet or self.json:
            return
        kinds: dict[str, list[Problem]] = {}
        for problem in problems:
            kinds.setdefault(problem.kind, []).append(problem)
        for kind, found in sorted(kinds.items()):
            number = len(found) if counts is None else counts[kind]
            say(f"{kind.replace('-', ' ')}: {number:,}")
            for problem in found[:_LISTED]:
                say(f"  {one_line(problem.path)}: {one_line(problem.reason)}")
            if number > _LISTED:
                say(f"  ... and {number - _LISTED:,} more (--json lists {_all(len(found), number)})")


def expected(seconds: float | None) -> str:
    """Say how long something will take, as far as that is known."""
    if seconds is None:
        return "how long is not known before a first run on this machine"
    about = "a second" if seconds < 1 else duration(seconds)
    return f"about {about}, by the last runs on this machine"


def _all(listed: int, number: int) -> str:
    return "all" if listed == number else f"the first {listed:,}"


def _print(table: Table, title: str, *, least: int = 0) -> None:
    """Render by rich, write by ourselves: on a closed pipe rich would end the program as failed."""
    from rich.console import Console

    width = Console().width if sys.stdout.isatty() else 200
    console = Console(width=max(width, least))
    sys.stdout.flush()  # rich flushes even what it captures, and with it all that we wrote before
    with console.capture() as rendered:
        # Not the table's own title, which is broken to the width of its columns.
        console.print(_escaped(title), style="bold", highlight=False)
        console.print(table)
    sys.stdout.write(rendered.get())


def say(text: str) -> None:
    """Print a line of talk on stderr."""
    _log.note(text)
    sys.stderr.write(_printable(text) + "\n")


def say_error(error: CurateError) -> None:
    """Print an error and its hint on stderr."""
    say(error.message if error.exit_code == INTERRUPTED else f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def print_error(message: str, hint: str | None, exit_code: int) -> None:
    """Print an error as the object that a program gets in place of a result."""
    shown = _log.without_passwords
    found = {"error": shown(message), "hint": shown(hint) if hint else None, "exit_code": exit_code}
    sys.stdout.write(json.dumps(found, ensure_ascii=True) + "\n")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(one_line(text))


def _printable(text: str) -> str:
    """Text that can be printed, whatever bytes names hold; none of it moves the cursor.

    Names below this folder start here.
    """
    folder = os.path.join(_current_folder(), "")
    if len(folder) > 1 and folder in text:
        text = re.sub(rf"(?<![\w/:.-]){re.escape(folder)}(?=[^\s/])", "", text)
    plain = _log.without_passwords(text).encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", plain)


def one_line(text: str) -> str:
    """Text that stays in its line or cell."""
    return _printable(text).replace("\n", "\\n")


def _current_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was removed meanwhile
        return ""


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _is_number(text: str) -> bool:
    return not text or text in "-∞" or text[0].isdecimal()


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Values that JSON has: infinite and undefined numbers become null."""
    if is_dataclass(value) and not isinstance(value, type):
        # Not `asdict`: it takes a Counter apart and puts it together wrongly (until Python 3.12).
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@contextmanager
def _bars(what: str | Callable[[], str], total: float | None, unit: str) -> Iterator[Callable[[float], None]]:
    if total == 0:
        yield lambda amount: None  # noqa: ARG005
        return

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    done = "{task.completed:,.0f}/{task.total:,.0f} " if total is not None else "{task.completed:,.0f} "
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(done + unit),
        TimeElapsedColumn(),
    ]
    if total is not None:
        columns += [TimeRemainingColumn(), TextColumn("left")]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        said = what if callable(what) else lambda: what
        task = bars.add_task(_escaped(said()), total=total)
        yield lambda amount: bars.update(task, advance=amount, description=_escaped(said()))
