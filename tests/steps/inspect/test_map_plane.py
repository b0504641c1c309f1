"""The map of a report: of the model with most windows, or why there is none."""

from __future__ import annotations

import re

import pytest

from curate.steps.inspect.map_plane import map_plane
from curate.steps.inspect.report import report
from curate.steps.scores.embed import embed
from tests.steps.scores.test_embed import MODEL, birds

__all__ = ["birds"]


def test_the_page_shows_a_dot_for_each_window_with_the_names_of_its_colours(birds, tmp_path):
    assert map_plane(birds) == (None, None)
    report(birds, out=tmp_path / "without.html")
    assert '<section id="map">' not in (tmp_path / "without.html").read_text("utf-8")
    embed(birds)
    found = report(birds, out=tmp_path / "with.html").facts.map
    assert (found.model, found.windows, found.drawn, found.missing) == ("spectral", 12, 12, 0)
    assert found.classes == [("owl", 6), ("wren", 6)]
    text = (tmp_path / "with.html").read_text("utf-8")
    section = text[text.index('<section id="map">') :]
    section = section[: section.index("</section>")]
    assert "owl (6)" in section
    assert len(re.findall("data:image/png", section)) == 1
    report(birds, out=tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text("utf-8") == text


def test_the_dots_are_those_of_the_map_and_the_model_is_that_with_most_windows(birds):
    embed(birds)
    embed(birds, model=MODEL)  # windows of 1 s: three times as many
    facts, plane = map_plane(birds)
    assert facts.model == "means"
    assert len(plane.x) == len(plane.y) == len(plane.colour) == facts.drawn
    assert max(plane.x) == pytest.approx(1) or max(plane.y) == pytest.approx(1)


def test_vectors_that_are_gone_are_told_and_the_report_is_written(birds, tmp_path):
    embed(birds)
    for path in (birds.folder / "vectors" / "spectral").glob("*.f16"):
        path.unlink()
    found = report(birds, out=tmp_path / "report.html").facts.map
    assert "failed to read" in found.problem
    assert "There is no map: failed to read" in (tmp_path / "report.html").read_text("utf-8")
