"""One recording never stops another, and a bug that fails all of them stops the run."""

from __future__ import annotations

import copy
import logging

import pytest

from curate.engine.bundles import Outcome
from curate.errors import CurateError, DecodeFailed, EngineError, FileGone, UsageError, WorkerDied
from curate.steps.common.failing import MOST_IN_A_ROW, Failing


def test_what_went_well_has_no_failure():
    assert Failing().failure_of(Outcome("a", 1, None)) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DecodeFailed("a.wav is empty"), "a.wav is empty"),
        (WorkerDied("the worker died"), "the worker died"),
        (MemoryError(), "not enough memory for this recording"),
        (IndexError("index 7"), "IndexError: index 7"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_an_error_is_put_into_words(error, words):
    assert Failing().failure_of(Outcome("a", None, error)) == words


def test_an_error_that_concerns_all_is_raised():
    with pytest.raises(UsageError, match="unknown device"):
        Failing().failure_of(Outcome("a", None, UsageError("unknown device 'cuda'")))


def test_the_same_bug_in_a_row_stops_the_run_with_its_message():
    failing = Failing()
    for _ in range(MOST_IN_A_ROW):
        assert failing.words(IndexError("index 7"), "hum") == "hum: IndexError: index 7"
    with pytest.raises(CurateError, match=r"21 recordings in a row .*hum: IndexError: index 7"):
        failing.words(IndexError("index 7"), "hum")


def test_a_success_or_another_message_begins_a_new_row():
    failing = Failing()
    for number in range(3 * MOST_IN_A_ROW):
        failing.words(IndexError("index 7") if number % 20 else None)
        failing.words(IndexError(f"index {number}"), "buzz")


def test_unreadable_files_never_stop_a_run():
    failing = Failing()
    for _ in range(100):
        failing.words(DecodeFailed("No such file"))


def test_the_traceback_is_logged(caplog, monkeypatch):
    # Other programs that ran in this process may have switched off all loggers.
    monkeypatch.setattr(logging.getLogger("curate.steps.common.failing"), "disabled", False)
    error = ValueError("odd")
    error.add_note("Traceback: here")
    with caplog.at_level(logging.DEBUG, logger="curate"):
        Failing().words(error, "hum")
    assert "Traceback: here" in caplog.text


def test_a_file_that_only_the_worker_does_not_see_is_no_fault_of_the_recording(tmp_path):
    there = tmp_path / "there.wav"
    there.write_bytes(b"")
    gone = FileGone(f"{there}: No such file or directory", path=str(there))
    failing = Failing()
    with pytest.raises(EngineError, match=r"a worker fails to see .*there\.wav"):
        failing.failure_of(Outcome(None, None, copy.copy(gone)))
    there.unlink()
    assert failing.failure_of(Outcome(None, None, gone)) == gone.message
