"""The walks through a detector and a format work as they are written."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from curate.detectors import DETECTORS
from curate.detectors.detector_group import DetectorGroup
from curate.formats import WRITERS
from tests import signals
from tests.formats.rows import FULL
from tests.pages import blocks, section


def module(heading):
    """Make a module of the code below a heading."""
    [code] = blocks("python", section("CONTRIBUTING.md", heading))
    made = ModuleType("walk")
    exec(code, made.__dict__)  # noqa: S102 - our own page
    return made


def test_the_detector_finds_what_is_loud():
    detector = module("## Add a detector").LoudDetector()
    y = signals.noise(sr=16000, seconds=4, gain=0.001)
    y += signals.burst(signals.noise(sr=16000, seconds=4, gain=0.5, seed=2), sr=16000, onset=1, offset=2)
    group = DetectorGroup({"loud": detector}, 16000)
    group.feed(np.ascontiguousarray(y, dtype=np.float32))
    [segment] = detector.segments(group.finish()["loud"])
    assert (segment.onset, segment.offset) == pytest.approx((1, 2), abs=0.05)


def test_the_format_writes_a_line_for_each_recording(tmp_path):
    write = module("## Add a format").write
    rows = [replace(FULL, path="/a.wav", label="owl"), replace(FULL, path="/b.wav", label=None)]
    assert write(rows, tmp_path / "list.txt") == 2
    assert (tmp_path / "list.txt").read_text() == "/a.wav\towl\n/b.wav\t\n"


def test_the_names_that_the_walks_use_are_free():
    assert "loud" not in DETECTORS
    assert "path-list" not in WRITERS
