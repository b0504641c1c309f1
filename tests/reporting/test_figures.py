"""Drawings: what they say, whom they are for, and that they are always the same."""

from __future__ import annotations

import logging
import re
from xml.etree import ElementTree as ET

import pytest

from curate.reporting.classes import classes
from curate.reporting.facts import ClassFacts, FlowPart, Places
from curate.reporting.flow import flow
from curate.reporting.places import places
from tests.reporting.made import EVIL

STREAMS = [
    FlowPart("kept", 90.0, True),
    FlowPart(f"cut out: {EVIL}", 9.0, False),
    FlowPart("dust", 1.0, False),
]


def many(count):
    return [
        ClassFacts(f"c{n}", recordings_in=count - n, recordings_out=(count - n) // 2) for n in range(count)
    ]


def draw_flow(name="flow", streams=STREAMS):
    return flow(name, streams, came_in="100 came in", say="{:.0f}".format)


DRAWINGS = {
    "flow": draw_flow,
    "bars": lambda name="bars": classes(
        name,
        [ClassFacts(EVIL, "", EVIL, "", 40, 10, 1.0, 1.0, rare=True), ClassFacts("b", "", "", "", 3, 3)],
        20,
    ),
    "curve": lambda name="curve": classes(name, many(5000), 20),
    "places": lambda name="places": places(name, Places(3, 0, 0.01, [(6.14, -74.62, 2), (6.2, -74.5, 1)])),
    "globe": lambda name="globe": places(
        name, Places(3, 0, 5.0, [(-90.0, -180.0, 2), (90.0, 180.0, 2000), (0.0, 0.0, 20)])
    ),
    "one place": lambda name="one": places(name, Places(1, 0, 0.01, [(0.0, 179.99, 1)])),
}


def words(drawing):
    return [
        " ".join("".join(each.itertext()).split())
        for each in parsed(drawing).iter("{http://www.w3.org/2000/svg}text")
    ]


def parsed(drawing):
    # Inside HTML the prefix needs no declaration; as a document of its own the drawing brings it along.
    return ET.fromstring(str(drawing))  # noqa: S314 - of our making


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_small_the_same_each_time_and_said_aloud(name):
    drawing = DRAWINGS[name]()
    assert drawing == DRAWINGS[name]()
    assert len(drawing) < 200_000
    root = parsed(drawing)
    assert root.get("role") == "img"
    assert len(root.get("aria-label")) > 20
    assert root.get("width") is root.get("height") is None  # as wide as the page lets it be
    assert "date" not in drawing.lower()


@pytest.mark.parametrize("name", DRAWINGS)
def test_colours_are_the_pages(name):
    drawing = str(DRAWINGS[name]())
    assert "var(--" in drawing
    assert set(re.findall(r"(?<![&\w\"])#[0-9a-f]{6}\b", drawing)) <= {"#000000"}, "a colour of its own"


def test_two_drawings_share_no_id():
    ids = [set(re.findall(r'\bid="([^"]+)"', DRAWINGS["flow"](name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]
    drawing = DRAWINGS["globe"]("globe")
    used = set(re.findall(r'href="#([^"]+)"', drawing)) | set(re.findall(r"url\(#([^)]+)\)", drawing))
    assert used <= set(re.findall(r'\bid="([^"]+)"', drawing))


def test_words_of_an_archive_stay_words():
    drawing = draw_flow()
    tags = {each.tag.rpartition("}")[2] for each in parsed(drawing).iter()}
    assert not tags & {"script", "img", "a", "foreignObject"}
    assert any(line.startswith("cut out: <script>") for line in words(drawing))
    assert any("$" in line or "<script>" in line for line in words(DRAWINGS["bars"]()))


def test_a_flow_says_every_part_with_its_amount_and_share():
    said = words(draw_flow())
    assert said[0] == "100 came in"
    assert "kept" in said
    assert "90 · 90.0 %" in said
    assert "1 · 1.0 %" in said
    assert "dust: 1 · 1.0 %" in parsed(draw_flow()).get("aria-label")


def test_many_reasons_become_one_and_nothing_is_lost():
    streams = [FlowPart("kept", 50, True), *(FlowPart(f"reason {n}", 30 - n, False) for n in range(20))]
    said = words(draw_flow(streams=streams))
    assert "14 other reasons" in said
    total = sum(int(line.split(" · ")[0]) for line in said if "·" in line)
    assert total == sum(stream.amount for stream in streams)


def test_rare_classes_are_said_to_be_in_words_too():
    said = words(DRAWINGS["bars"]())
    assert "10 of 40 rare" in said
    assert "3" in said


def test_a_map_names_its_degrees():
    assert {"6.10° N", "6.20° N", "74.60° W", "74.50° W"} <= set(words(DRAWINGS["places"]()))
    assert {"180° W", "0°", "180° E"} <= set(words(DRAWINGS["globe"]()))


def test_a_first_drawing_on_a_slow_machine_says_nothing_of_fonts(caplog):
    draw_flow()
    logging.getLogger("matplotlib.font_manager").warning("Matplotlib is building the font cache")
    assert caplog.records == []
