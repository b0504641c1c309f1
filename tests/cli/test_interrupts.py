"""Ctrl-C at any moment ends with a line and exit code 130, and never with a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

#: Runs the program, and says when it has begun: what comes before is Python itself.
STARTED = """
import os, signal
from curate.__main__ import leave, run
signal.signal(signal.SIGINT, leave)
os.write(2, b"!")
run()
"""


def pressed(arguments, seconds, by=signal.SIGINT):
    """Press Ctrl-C, as a terminal does to all processes, so many seconds after the program has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr.read(1) == b"!"
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, by)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.08, 0.15, 0.3, 0.5, 0.8, 1.2, 1.7, 2.3, 3.0, 4.0])
def test_ctrl_c_is_answered_at_any_moment(example_folder, tmp_path, seconds):
    command = ["strip-voice", example_folder, "-d", tmp_path / "birds", "--jobs", "2", "--json"]
    code, out, err = pressed(command, seconds)
    assert "Traceback" not in err
    assert "Error" not in err
    if code == 0:
        assert "error" not in json.loads(out)
        return
    assert code == 130
    assert err.endswith("interrupted. The same command continues where this one stopped\n")
    assert json.loads(out) == {
        "error": "interrupted. The same command continues where this one stopped",
        "hint": None,
        "exit_code": 130,
    }


def test_what_a_library_makes_of_ctrl_c_is_ctrl_c_all_the_same(curate, birds, monkeypatch):
    def interrupted(*_):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise RuntimeError("initialisation failed") from error

    monkeypatch.setattr("curate.steps.inspect.status.status", interrupted)
    said = curate("status", "-d", birds)
    assert (said.code, said.out) == (130, "")
    assert said.err == "interrupted. The same command continues where this one stopped\n"


def test_after_a_command_ctrl_c_is_answered_as_before(curate, birds):
    before = signal.getsignal(signal.SIGINT)
    assert curate("status", "-d", birds).code == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_who_calls_the_program_has_its_own_answer_to_sigterm_back(curate):
    before = signal.getsignal(signal.SIGTERM)
    for argv in (["--version"], ["no-such-command"], ["--log-file"]):
        curate(*argv)
        assert signal.getsignal(signal.SIGTERM) is before
