"""What `curate explain` prints."""

from __future__ import annotations

import json

import pytest


def test_a_person_reads_every_chapter(curate, birds):
    said = curate("explain", "XC90000011.ogg", "-d", birds)
    assert (said.code, said.err) == (0, "")
    title, *lines = [line.strip() for line in said.out.splitlines()]
    assert title == "xeno-canto:90000011"
    assert any(line.startswith("kept") and line.endswith("of 12.0 s") for line in lines)
    assert any(line.startswith("not") and line.endswith("cut out: voice") for line in lines)
    for chapter in ("detectors", "cuts", "clean copy", "latest runs, each over all recordings"):
        assert chapter in lines


def test_a_program_reads_the_same(curate, birds):
    told = json.loads(curate("explain", "XC90000011.ogg", "-d", birds, "--json").out)
    assert told["recording"] == "xeno-canto:90000011"
    assert told["kept_seconds"] + sum(told["lost"].values()) == pytest.approx(told["seconds"])


def test_who_asks_show_for_one_recording_is_led_here(curate, birds):
    said = curate("show", "recording", "-d", birds)
    assert said.code == 2
    assert "did you mean 'recordings'?" in said.err
    assert "curate explain RECORDING" in said.err
