"""What a machine did tells how long the next run takes; the file helps, and never hinders."""

from __future__ import annotations

import json
import os

import pytest

from curate import speeds


def test_nothing_is_known_before_a_first_run():
    assert speeds.seconds_for("listen", 100) is None


def test_a_long_run_counts_more_than_a_short_one():
    speeds.note("listen", 1000, 10)
    assert speeds.seconds_for("listen", 100) == pytest.approx(1)
    speeds.note("listen", 10, 2)  # most of it was starting
    assert speeds.seconds_for("listen", 100) == pytest.approx(100 * 7 / 510)
    assert speeds.seconds_for("render", 100) is None
    for _ in range(20):
        speeds.note("listen", 100, 10)
    assert speeds.seconds_for("listen", 100) == pytest.approx(10, rel=0.01)


def test_nothing_is_noted_of_nothing():
    speeds.note("listen", 0, 3)
    speeds.note("listen", 3, 0)
    assert not speeds.file().exists()


def test_another_machine_with_the_same_home_is_as_fast_as_it_is(monkeypatch):
    speeds.note("listen", 1000, 10)
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert speeds.seconds_for("listen", 100) is None
    speeds.note("listen", 1000, 20)
    assert set(json.loads(speeds.file().read_text())) == {os.uname().nodename, "elsewhere"}


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "3", '{"a": 3}', '{"a": {"listen": 3}}', '{"a": {"listen": ["x", 1]}}']
)
def test_a_file_that_somebody_changed_is_as_good_as_none(text):
    speeds.file().parent.mkdir(parents=True)
    speeds.file().write_text(text)
    assert speeds.seconds_for("listen", 1) is None
    speeds.note("listen", 2, 1)
    assert speeds.seconds_for("listen", 1) == 0.5


def test_where_the_file_cannot_be_written_nothing_happens(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    speeds.note("listen", 2, 1)
    assert speeds.seconds_for("listen", 1) is None
