"""A log file holds every warning, problem and traceback, and no secret; plain logs tell how far a run is."""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings

import pytest

from curate import progress

KEY = "0123456789abcdef0123456789abcdef"


def test_every_file_that_fails_is_in_the_log_though_the_terminal_lists_a_few(curate, tmp_path):
    for number in range(12):
        bad = tmp_path / "data" / "owl" / f"bad{number}.wav"
        bad.parent.mkdir(parents=True, exist_ok=True)
        bad.write_text("no sound")
    log = tmp_path / "run.log"
    said = curate("import", tmp_path / "data", "-d", tmp_path / "birds", "-j", "1", "--log-file", log)
    text = log.read_text(encoding="utf-8")
    assert said.code == 3
    assert said.err.count("bad") == 8
    assert {f"bad{number}.wav" for number in range(12)} <= set(re.findall(r"bad\d+[.]wav", text))
    assert "WARNING curate.cli: failed: " in text
    assert "curate import" in text
    assert "exit code 3" in text


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("form", [["--log-file", "{}"], ["--log-file={}"]])
def test_an_error_is_in_the_log_with_its_traceback_wherever_the_option_stands(curate, tmp_path, place, form):
    log = tmp_path / "run.log"
    argv = ["status", "-d", str(tmp_path)]
    argv[place:place] = [word.format(log) for word in form]
    assert curate(*argv).code == 1
    assert curate(*argv).code == 1
    text = log.read_text(encoding="utf-8")
    assert text.count("Traceback (most recent call last)") == 2
    assert "curate.errors.NotInCatalogue: no dataset in" in text


@pytest.mark.parametrize(
    "words", [["trim", "--nosuch"], ["keep", "a"], ["nosuch"], ["trim", "--jobs", "few"]]
)
def test_what_was_typed_wrongly_is_in_the_log(curate, tmp_path, words):
    log = tmp_path / "run.log"
    said = curate(*words, "--log-file", log)
    assert said.code == 2
    wrong = said.err.splitlines()[-1]
    assert wrong.startswith("error: ")
    text = log.read_text(encoding="utf-8")
    assert wrong in text
    assert f"curate {' '.join(words)}" in text
    assert "exit code 2" in text


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_password_in_an_address_is_shown_nowhere(curate, birds, tmp_path, monkeypatch, options):
    def broken(*_):
        raise OSError("no answer from http://me:secret@host/birds")

    monkeypatch.setattr("curate.steps.inspect.status.status", broken)
    log = tmp_path / "run.log"
    said = curate("status", "-d", birds, "--log-file", log, *options)
    assert said.code == 1
    assert "http://***@host/birds" in said.err
    assert "secret" not in said.out + said.err + log.read_text(encoding="utf-8")
    said = curate("trim", "--jobs", "http://me:secret@host", "-d", birds, *options)
    assert (said.code, "secret" in said.out + said.err) == (2, False)


def test_a_bug_is_in_the_log(curate, birds, tmp_path, monkeypatch):
    def broken(*_):
        warnings.warn("half a bird", UserWarning, stacklevel=1)
        logging.getLogger("curate.steps").warning("an owl is missing")
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("curate.steps.inspect.status.status", broken)
    warnings.simplefilter("always")
    with pytest.raises(ZeroDivisionError):
        curate("status", "-d", birds, "--log-file", tmp_path / "run.log")
    text = (tmp_path / "run.log").read_text(encoding="utf-8")
    for words in (
        "UserWarning: half a bird",
        "an owl is missing",
        "ZeroDivisionError: by nothing",
        "Traceback",
    ):
        assert words in text


def test_no_secret_reaches_the_log(curate, birds, tmp_path, monkeypatch):
    monkeypatch.setenv("CURATE_XENO_CANTO_KEY", KEY)

    def broken(*_):
        logging.getLogger("curate.steps").warning("asking http://me:secret@host/?key=%s", "abc123")
        raise OSError(f"no answer with {KEY}")

    monkeypatch.setattr("curate.steps.inspect.status.status", broken)
    log = tmp_path / "run.log"
    assert curate("status", "-d", birds, "--log-file", log).code == 1
    text = log.read_text(encoding="utf-8")
    assert "no answer with ***" in text
    assert "http://***@host/?key=***" in text
    assert KEY not in text


def test_a_log_that_cannot_be_written_is_refused_before_anything_runs(curate, tmp_path):
    said = curate("status", "--log-file", tmp_path / "nowhere" / "run.log")
    assert (said.code, said.out) == (2, "")
    assert "failed to write the log" in said.err
    said = curate("status", "--log-file")
    assert said.code == 2
    assert "--log-file needs a value" in said.err


def test_nothing_listens_after_a_run(curate, tmp_path):
    before = logging.getLogger().handlers[:]
    curate("status", "-d", tmp_path, "--log-file", tmp_path / "run.log")
    assert logging.getLogger().handlers == before


def test_help_is_asked_for_in_both_ways(curate):
    assert curate("help", "trim") == curate("trim", "--help")
    assert curate("help", "download", "gbif") == curate("download", "gbif", "--help")
    assert curate("help") == curate("--help")
    said = curate("help", "trin")
    assert said.code == 2
    assert "trim" in said.err


# Progress where no terminal is.


def test_a_plain_log_gets_a_line_a_minute_and_none_of_what_is_soon_done(monkeypatch):
    clock = iter([0.0, 10.0, 61.0, 70.0, 130.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.lines("scanning", 600.0, "s") as advance:
        for _ in range(4):
            advance(60.0)
    assert sys.stderr.getvalue().splitlines() == [
        "scanning: 120/600 s (20 %), 1 min; about 4 min left",
        "scanning: 240/600 s (40 %), 2 min; about 3 min left",
    ]


def test_what_has_no_known_end_tells_what_is_done(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.lines(lambda: "asking", None, "pages", every=0.0) as advance:
        advance(3)
    assert sys.stderr.getvalue() == "asking: 3 pages, 0 s\n"


def test_outside_a_notebook_a_notebook_s_bar_is_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.in_notebook("scanning", 10.0, "s") as advance:
        advance(10.0)
    assert sys.stderr.getvalue() == ""
