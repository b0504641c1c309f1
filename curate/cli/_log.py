"""A log file of a run: every warning, problem and traceback, whatever the terminal shows of them."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from curate.errors import UsageError

if TYPE_CHECKING:
    import logging

#: Where lines go; nobody listens unless a log file is named.
_logger: logging.Logger | None = None


def take_switch(arguments: list[str], name: str) -> bool:
    """Take a switch out of the arguments before ``--``, and tell whether it was there."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    if name not in arguments[:end]:
        return False
    arguments.remove(name)
    return True


def take_value(arguments: list[str], name: str) -> str | None:
    """Take an option and its value out of some arguments, wherever it stands before ``--``.

    Raises
    ------
    UsageError
        If the value is missing.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for place, argument in enumerate(arguments[:end]):
        if argument.startswith(f"{name}="):
            del arguments[place]
            return argument.partition("=")[2]
        if argument == name:
            if place + 1 >= end:
                raise UsageError(f"{name} needs a value: {name} FILE")
            value = arguments[place + 1]
            del arguments[place : place + 2]
            return value
    return None


@contextmanager
def told(file: logging.Handler | None, arguments: Sequence[str], *, debug: bool) -> Iterator[None]:
    """Write a log while a command runs.

    Parameters
    ----------
    file
        What `opened` gave.
    arguments
        What was typed.
    debug
        Show the messages of curate's own modules on stderr.
    """
    if file is None and not debug:
        yield
        return
    import logging

    own = logging.getLogger("curate")
    level = own.level
    handlers: list[tuple[logging.Logger, logging.Handler]] = []
    if debug:
        shown = logging.StreamHandler(sys.stderr)
        shown.addFilter(lambda record: record.name.startswith("curate.") and record.name != "curate.cli")
        handlers.append((own, shown))
        own.setLevel(logging.DEBUG)
    root = logging.getLogger()
    if file is not None:
        handlers.append((root, file))
        # Level 0 means "not set", not "everything".
        own.setLevel(min(own.level or logging.INFO, logging.INFO))
    for logger, handler in handlers:
        logger.addHandler(handler)
    try:
        if file is None:
            yield
        else:
            yield from _logged(own.getChild("cli"), arguments)
    finally:
        for logger, handler in handlers:
            logger.removeHandler(handler)
            handler.close()
        own.setLevel(level)


def _logged(logger: logging.Logger, arguments: Sequence[str]) -> Iterator[None]:
    global _logger  # noqa: PLW0603
    import logging
    import platform

    from curate.release import version

    begin = time.monotonic()
    logger.info("curate %s, Python %s, %s", version(), platform.python_version(), platform.platform())
    logger.info("in %s: curate %s", os.getcwd(), " ".join(arguments))
    logging.captureWarnings(True)
    _logger = logger
    try:
        yield
    except BaseException as error:
        logger.exception("ended by %s after %.1f s", type(error).__name__, time.monotonic() - begin)
        raise
    else:
        logger.info("ended after %.1f s", time.monotonic() - begin)
    finally:
        _logger = None
        logging.captureWarnings(False)


def opened(path: str | None) -> logging.Handler | None:
    """Open a log file to add to it, or `None` if unwanted.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    if path is None:
        return None
    import logging

    try:
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"failed to write the log {path}: {error.strerror or error}", hint="name another file"
        ) from None
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_without_secrets)
    return handler


#: Name and password of an address, and what stands behind a parameter that is a key.
_SECRET = re.compile(r"(?<=//)[^/@\s]*(?=@)|(?<=key=)[^&\s]+|(?<=token=)[^&\s]+", re.IGNORECASE)


#: Name and password of an address, wherever it is shown.
_PASSWORD = re.compile(r"(?<=://)[^/@\s'\"]+(?=@)")


def without_passwords(text: str) -> str:
    """Put stars where an address holds a name and a password.

    Examples
    --------
    >>> without_passwords("no answer from http://me:secret@host/birds, asked by me@example.org")
    'no answer from http://***@host/birds, asked by me@example.org'
    """
    return _PASSWORD.sub("***", text) if "://" in text else text


def _without_secrets(record: logging.LogRecord) -> bool:
    """Take out of a record what variables hold as keys, and passwords of addresses."""
    from curate.settings import KEY_VARIABLES

    names = [*(name for several in KEY_VARIABLES.values() for name in several), "HF_TOKEN", "KAGGLE_KEY"]
    secrets = [secret for name in names if (secret := os.environ.get(name, "").strip())]

    def cleaned(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return _SECRET.sub("***", text)

    record.msg, record.args = cleaned(record.getMessage()), None
    if record.exc_info:
        import traceback

        # A formatter takes this text, where there is one, and does not write the traceback itself.
        record.exc_text = cleaned("".join(traceback.format_exception(record.exc_info[1])).rstrip())
    return True


def note(text: str, *, warning: bool = False) -> None:
    """Write a line of talk to the log, where there is one."""
    if _logger is not None:
        (_logger.warning if warning else _logger.info)("%s", text)


def trace(error: BaseException) -> None:
    """Write an error with its traceback to the log, where there is one."""
    if _logger is not None:
        _logger.error("%s", error, exc_info=error)


def ended(code: int) -> int:
    """Write an exit code to the log, where there is one. Gives it back."""
    note(f"exit code {code}", warning=code != 0)
    return code
