"""What recordings failed of, in words: a run goes past them, unless all fail of the same bug.

Whatever a broken file can do to us arrives as an `AudioError` or as the death of the worker. Anything else
is a bug, of a detector perhaps, and fails the recording at which it showed. The traceback goes to the log,
which ``--debug`` shows. When this many in a row fail of it that none will do better, the run stops.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from curate.disk_full import disk_full, is_disk_full
from curate.engine.bundles import Outcome
from curate.errors import AudioError, CurateError, EngineError, FileGone, WorkerDied

#: Recordings in a row that may fail with one message before a run stops.
MOST_IN_A_ROW = 20

_LOG = logging.getLogger(__name__)


class Failing:
    """Puts errors of one run into words, and counts those that repeat."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, int]] = {}

    def failure_of(self, outcome: Outcome[Any, Any]) -> str | None:
        """Say why a recording failed, `None` if it succeeded.

        Raises
        ------
        CurateError
            If it concerns all of them: a device that is not there, a full disk, the same bug again and
            again, or a worker that does not see a file which we see.
        """
        error = outcome.error
        if isinstance(error, FileGone) and os.path.exists(error.path):
            raise unseen_by_worker(error.path) from error
        return self.words(error)

    def words(self, error: BaseException | None, who: str = "") -> str | None:
        """Say in words what an error is. `who` failed, such as a detector, is named with it.

        Raises
        ------
        CurateError
            As `failure_of`.
        """
        if error is None:
            self._last.pop(who, None)
            return None
        if isinstance(error, AudioError | WorkerDied):
            return error.message
        if isinstance(error, MemoryError):
            return "not enough memory for this recording"
        if isinstance(error, OSError) and is_disk_full(error):
            raise disk_full(error.filename or os.getcwd()) from error
        if isinstance(error, CurateError) or not isinstance(error, Exception):
            raise error
        return self._of_a_bug(error, who)

    def _of_a_bug(self, error: Exception, who: str) -> str:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        words = f"{who}: {said}" if who else said
        before, count = self._last.get(who, ("", 0))
        count = count + 1 if before == words else 1
        self._last[who] = words, count
        _LOG.debug("%s\n%s", words, "\n".join(getattr(error, "__notes__", ())))
        if count > MOST_IN_A_ROW:
            raise CurateError(
                f"{count} recordings in a row failed with the same error, {words}",
                hint="run the same command with --debug, which shows where it came from",
            ) from error
        return words


def unseen_by_worker(path: str) -> EngineError:
    """Say that a file is there for us but out of a worker's sight. The recording is sound."""
    return EngineError(
        f"a worker fails to see {path}, which this process sees",
        hint="put the audio on a disk that all workers mount under the same path. Finished work is kept",
    )
