"""What the map's server answers: points, colours, and what is done with a selection."""

from __future__ import annotations

import base64
import json
import shutil
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from curate.catalogue import layers, reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.model import Verdict
from curate.steps.acquire.import_ import import_
from curate.steps.common.export_states import ExportWatch
from curate.steps.common.settle_verdicts import settle
from curate.steps.scores.map_layout import map_layout
from curate.web import params
from curate.web.map_app import MapPage, map_application
from curate.web.map_points import COLOURS, colouring
from curate.web.map_session import MapSession
from curate.web.server import Entry
from tests.engines import in_a_thread

HOST = "127.0.0.1:8766"


@pytest.fixture
def folder(tmp_path, embedded):
    return shutil.copytree(embedded, tmp_path / "birds")


@pytest.fixture
def session(folder):
    with Dataset(folder) as birds:
        points = map_layout(birds).points
    return MapSession(folder, points, settle=settle, differing=ExportWatch().differing)


@pytest.fixture
def web(session):
    page = MapPage("birds", "0123456789ab", "ana", "spectral", "pca", "")
    app = map_application(session, page, lambda _who: None, Entry(frozenset({"127.0.0.1"}), None, None))
    with TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"}) as client:
        yield client


def unpacked(answer):
    data = answer.content
    length = int.from_bytes(data[:4], "little")
    return json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<u2")


def of_recording(session, number):
    return session.points.recording == number


def sent(session, chosen, **more):
    packed = np.packbits(chosen, bitorder="little").tobytes()
    return {
        "points": session.identity,
        "chosen": base64.b64encode(packed).decode(),
        "reviewer": "ana",
        **more,
    }


def test_places_and_colours_are_numbers_of_16_bits_one_for_each_window(web, session):
    head, places = unpacked(web.get("/points"))
    assert head == {"points": session.identity}
    assert np.array_equal(places.reshape(-1, 2), session.points.place)
    for name in COLOURS:
        head, colours = unpacked(web.get(f"/colours/{name}"))
        assert len(colours) == len(session.points)
        assert np.bincount(colours, minlength=len(head["names"])).tolist() == head["counts"]
    answer = web.get("/colours/size").json()
    assert answer["hint"].startswith("there are: archive, class")


def test_a_point_says_which_window_it_is(web, session):
    found = web.get("/point/3").json()
    assert found["recording"] == session.points.recording[3]
    assert (found["onset"], found["offset"]) == (session.points.onset[3], session.points.offset[3])
    for odd in ("-1", "99999", "x", "1e3", "\u0663"):
        assert web.get(f"/point/{odd}").status_code == 404


def test_a_selection_of_another_map_is_refused_and_changes_nothing(web, session, folder):
    body = sent(session, of_recording(session, 1), judgement="drop")
    answer = web.post("/verdict", json={**body, "points": "f" * 16})
    assert answer.status_code == 400
    assert answer.json()["hint"] == "load the page again"
    for odd in ("", "AAAA", "?", 7, None):
        assert web.post("/verdict", json={**body, "chosen": odd}).status_code == 400
    for judgement in ("same", "also", "", None):
        assert web.post("/verdict", json={**body, "judgement": judgement}).status_code == 400
    none = sent(session, np.zeros(len(session.points), bool), judgement="drop")
    assert web.post("/preview", json=none).json()["error"] == "select points first"
    with Dataset(folder) as birds:
        assert list(verdicts.by_recording(birds.store)) == []


def test_a_preview_says_what_a_verdict_then_does(web, session, folder):
    chosen = of_recording(session, 1) | of_recording(session, 2)
    body = sent(session, chosen, judgement="drop")
    told = web.post("/preview", json=body).json()
    assert (told["windows"], told["recordings"], told["already"]) == (chosen.sum(), 2, 0)
    assert [each["recording"] for each in told["listed"]] == [1, 2]
    with Dataset(folder) as birds:
        assert reviewing.dropped_by_persons(birds.store) == frozenset()
    assert web.post("/verdict", json={**body, "act": "ab12"}).json()["rows"] == 2
    assert web.post("/verdict", json={**body, "act": "ab12"}).json()["rows"] == 0
    with Dataset(folder) as birds:
        assert reviewing.dropped_by_persons(birds.store) == {1, 2}
    assert web.post("/preview", json=body).json()["already"] == 2
    web.post("/undo", json={"reviewer": "ana", "act": web.get("/latest?reviewer=ana").json()["act"]})
    with Dataset(folder) as birds:
        assert reviewing.dropped_by_persons(birds.store) == frozenset()


def test_what_others_say_meanwhile_stands_when_classes_are_taken_back(web, session, folder, tmp_path):
    def classes():
        with Dataset(folder) as birds:
            return [reviewing.labels(birds.store)[number] for number in (1, 2, 3)]

    def undo(who):
        web.post("/undo", json={"reviewer": who, "act": web.get(f"/latest?reviewer={who}").json()["act"]})

    def relabel(numbers, label, who):
        chosen = np.isin(session.points.recording, numbers)
        body = sent(session, chosen, judgement="relabel", label=label, act=f"ab{numbers[0]}")
        assert web.post("/verdict", json={**body, "reviewer": who}).json()["rows"] == len(numbers)

    before = classes()
    relabel([1, 2], "newt", "ana")
    with Dataset(folder) as birds, in_a_thread():
        paths = dict(birds.store.rows("SELECT id, path FROM recordings WHERE id IN (1, 3)"))
        lines = (f"{birds.path(paths[number])},{label}\n" for number, label in ((1, "zebra"), (3, "yak")))
        (tmp_path / "t.csv").write_text("file,label\n" + "".join(lines))
        import_(birds, tmp_path / "t.csv", replace_changed=True)
    relabel([2], "frog", "bo")
    assert classes() == ["newt", "frog", "yak"]
    undo("ana")
    assert classes() == ["zebra", "frog", "yak"]
    undo("bo")
    assert classes() == ["zebra", before[1], "yak"]


def test_windows_that_touch_are_cut_as_one_stretch(web, session, folder):
    own = np.flatnonzero(of_recording(session, 1))
    apart = own[[0, 1, 3]] if len(own) > 3 else own[:1]
    chosen = np.zeros(len(session.points), bool)
    chosen[apart] = True
    body = sent(session, chosen, judgement="cut", label="voice")
    web.post("/verdict", json=body)
    onset, offset = session.points.onset, session.points.offset
    expected = [(onset[apart[0]], offset[apart[min(1, len(apart) - 1)]])]
    expected += [(onset[own[3]], offset[own[3]])] if len(own) > 3 else []
    with Dataset(folder) as birds:
        found = verdicts.of_recording(birds.store, 1)
    assert [(each.onset, each.offset) for each in found] == expected
    assert {each.label for each in found} == {"voice"}


def test_a_selection_becomes_a_queue(web, session, folder):
    told = web.post("/selection", json=sent(session, of_recording(session, 1))).json()
    assert told == {"stretches": 1}
    with Dataset(folder) as birds:
        number = layers.find_number(birds.store, "selection")
        [found] = layers.segments_of(birds.store, 1, number)
    own = of_recording(session, 1)
    assert (found.onset, found.offset) == (session.points.onset[own].min(), session.points.offset[own].max())


def test_colours_by_verdict_are_of_the_windows_that_it_reaches_and_the_later_one_counts(session, folder):
    own = np.flatnonzero(of_recording(session, 1))
    end = float(session.points.offset[own[0]])
    with Dataset(folder) as birds:
        with birds.noting() as store:
            for judgement, onset, offset in (("cut", 0.0, 1e6), ("keep", 0.0, end)):
                verdicts.add(store, 1, Verdict(onset, offset, judgement, "ana", "2026-01-01"))
        found = colouring(birds.store, session.points, "verdict")
        words = [found.names[each] for each in found.colour[own]]
    assert words == ["kept"] + ["cut"] * (len(own) - 1)
    assert found.counts[0] == len(session.points) - len(own)


def test_what_is_flagged_is_doubted(session, folder):
    with Dataset(folder) as birds:
        found = colouring(birds.store, session.points, "doubt")
        flagged = {row[0] for row in birds.store.rows("SELECT recording FROM cuts WHERE action = 'flag'")}
    assert flagged
    assert set(session.points.recording[found.colour > 0].tolist()) <= flagged
    assert found.in_order


@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_a_selection_is_read_as_it_was_packed(bits):
    packed = base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()
    assert params.chosen(packed, len(bits)).tolist() == bits


@given(st.one_of(st.text(max_size=20), st.integers(), st.none()), st.integers(1, 40))
def test_no_selection_is_guessed(value, n):
    with suppress(UsageError):
        assert len(params.chosen(value, n)) == n
