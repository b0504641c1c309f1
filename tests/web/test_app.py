"""The page as a browser gets it; and whatever is sent to it, it answers and stays up."""

from __future__ import annotations

import io
import json
import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.common.settle_verdicts import settle
from curate.steps.review.review import summarise
from curate.web.answers import STATIC
from curate.web.app import ReviewPage, application
from curate.web.review_session import ReviewSession

HOST = "127.0.0.1:8765"
PAGE = ReviewPage("birds", "0123456789ab", "doubtful-speech", "ana")


@pytest.fixture
def web(folder, desk):
    app = application(
        desk,
        PAGE,
        lambda: summarise(Dataset(folder), desk.queue, list(desk.items.values())),
        hosts=frozenset({"127.0.0.1"}),
        token=None,
    )
    with TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"}) as client:
        yield client


def test_the_page_names_its_dataset_queue_and_reviewer(web):
    text = web.get("/").text
    assert 'data-reviewer="ana"' in text
    assert 'data-identity="0123456789ab-doubtful-speech"' in text
    assert 'data-reviewer="ben"' in web.get("/?reviewer=ben").text


def test_the_page_loads_its_own_files_only_and_holds_no_script(web):
    text = web.get("/").text
    for address in re.findall(r"""(?:src|href)="([^"]+)""", text):
        assert web.get(f"/{address}").status_code == 200
        assert address.startswith("static/")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|<style|\bstyle=", text)
    for name in STATIC:
        found = web.get(f"/static/{name}").text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|url\(", found)


def test_every_file_of_the_page_is_served_and_no_other(web):
    assert set(STATIC) == {path.name for path in files("curate.web").joinpath("static").iterdir()}
    for name in ("nothing.js", "..%2fapp.py", "%2e%2e/app.py", "../app.py", "app.py"):
        assert web.get(f"/static/{name}").status_code == 404


def test_every_action_of_a_button_has_a_key(web):
    text = web.get("/").text
    keys = web.get("/static/keys.js").text
    for name in re.findall(r'data-act="([\w-]+)"', text):
        assert f'"{name}"' in keys


def test_the_queue_says_what_is_done(web, items):
    assert web.get("/queue?reviewer=ana").json()["items"] == [[item.key, ""] for item in items]
    sent = {
        "key": items[0].key,
        "reviewer": "ana",
        "judgement": "keep",
        "onset": items[0].onset,
        "offset": items[0].offset,
    }
    assert web.post("/verdict", json=sent).json() == {"rows": 1, "behind": {}}
    assert web.get("/queue?reviewer=ana").json()["items"][0] == [items[0].key, "keep"]
    act = web.get("/latest?reviewer=ana").json()["act"]
    for _ in range(2):  # as where the first answer was lost
        answer = web.post("/undo", json={"reviewer": "ana", "act": act})
        assert answer.json() == {"key": items[0].key, "behind": {}}
    assert web.get("/latest?reviewer=ana").json() == {"act": None}
    assert web.post("/undo", json={"reviewer": "ana"}).status_code == 400  # which act?
    assert web.post("/undo", json={"reviewer": "ana", "act": "2001"}).status_code == 404


def test_an_item_holds_what_is_drawn_and_what_is_read(web, items):
    text = web.get(f"/item/{items[0].key}").text
    data = json.loads(re.search(r'data-item="([^"]*)"', text)[1].replace("&#34;", '"').replace("&#39;", "'"))
    assert data["start"] <= items[0].onset < items[0].offset <= data["start"] + data["duration"]
    assert {found["layer"] for found in data["segments"]} == {"speech"}
    assert data["nyquist"] == 16_000
    assert items[0].why in text
    assert 'href="https://' in text


def test_what_a_table_says_of_a_recording_is_text_and_never_markup(web, folder, items):
    bad = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>"""
    with Dataset(folder) as birds, birds.noting() as store:
        store.run(
            "UPDATE recordings SET remarks = ?, recordist = ?, url = ? WHERE id = ?",
            (bad, bad, "javascript:alert(1)", items[0].recording),
        )
        store.run("UPDATE labels SET label = ? WHERE recording = ?", (bad, items[0].recording))
        store.run("UPDATE segments SET label = ? WHERE recording = ?", (bad, items[0].recording))
    text = web.get(f"/item/{items[0].key}").text
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in text
    assert text.count("&lt;script&gt;") >= 3


def test_pictures_sounds_and_shapes_come_by_number(web, items):
    at = {"start": 1.0, "duration": 4.0}
    number = items[0].recording
    picture = web.get(f"/spectrogram/{number}", params={**at, "width": 300, "height": 100, "high": 8000})
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (300, 100)
    sound = web.get(f"/audio/{number}", params=at)
    assert sf.info(io.BytesIO(sound.content)).duration == pytest.approx(4.0)
    slow = web.get(f"/audio/{number}", params={**at, "expand": 2})
    assert sf.info(io.BytesIO(slow.content)).duration == pytest.approx(8.0)
    shape = web.get(f"/shape/{number}", params={**at, "width": 50}).json()
    assert len(shape["outline"]) == 100
    assert max(shape["probability"]) > 0.9
    assert shape["hop"] * len(shape["probability"]) == pytest.approx(4.0, abs=0.05)


def test_the_cleaned_sound_lacks_what_would_be_cut(web, items):
    item = items[0]  # flagged: the ledger cuts nothing of it
    at = {"start": 0.0, "duration": 16.0, "clean": 1, "cut": item.onset, "until": item.offset}
    answer = web.get(f"/audio/{item.recording}", params=at)
    assert sf.info(io.BytesIO(answer.content)).duration == pytest.approx(
        16.0 - (item.offset - item.onset), abs=1e-3
    )
    pieces = json.loads(answer.headers["x-pieces"])
    assert pieces[1][1] == pytest.approx(item.offset, abs=1e-3)


def test_a_stretch_beyond_the_end_is_as_long_as_there_is_sound(web, items):
    answer = web.get(f"/audio/{items[0].recording}", params={"start": 15.0, "duration": 60.0})
    assert sf.info(io.BytesIO(answer.content)).duration == pytest.approx(2.0, abs=0.01)
    assert web.get(f"/audio/{items[0].recording}", params={"start": 99.0}).status_code in (400, 422)


@pytest.mark.parametrize(
    "number",
    ["9" * 5000, "0" * 5000 + "1", str(2**63), "-1", "1.0", "x", "\u0661"],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize("what", ["audio", "shape", "spectrogram"])
def test_what_is_no_number_of_a_recording_is_not_there(web, what, number):
    assert web.get(f"/{what}/{quote(number)}").status_code == 404


def test_a_file_that_is_gone_is_told(web, folder, items):
    with Dataset(folder) as birds, birds.noting() as store:
        store.run("UPDATE recordings SET path = '/nowhere/x.wav' WHERE id = ?", (items[0].recording,))
    answer = web.get(f"/audio/{items[0].recording}", params={"start": 0, "duration": 2})
    assert answer.status_code == 422
    assert "No such file" in answer.json()["error"]


def test_a_verdict_that_must_wait_is_told_so(web, folder, items):
    sent = {"key": items[0].key, "reviewer": "ana", "judgement": "keep", "onset": 0.0, "offset": 1.0}
    with Dataset(folder) as birds, birds.writing("strip-voice", {}):
        answer = web.post("/verdict", json=sent)
    assert answer.status_code == 503
    assert "strip-voice" in answer.json()["error"]


def test_one_verdict_for_all_that_is_alike(web, items):
    text = web.get(f"/alike/{items[1].key}?reviewer=ana").text
    keys = re.findall(r'data-key="([^"]+)"', text)
    assert items[1].key in keys
    answer = web.post("/bulk", json={"keys": keys, "reviewer": "ana", "judgement": "keep"})
    assert answer.json() == {"rows": len(keys), "behind": {}}
    done = dict(web.get("/queue?reviewer=ana").json()["items"])
    assert {key for key, said in done.items() if said == "keep"} == set(keys)
    for bad in ([], "all", [keys[0], keys[0]], ["1-2-3"], [None]):
        assert web.post("/bulk", json={"keys": bad, "reviewer": "ana", "judgement": "keep"}).status_code in (
            400,
            404,
        )


def test_the_summary_counts(web, items):
    for item in items[:2]:
        for who in ("ana", "ben"):
            web.post(
                "/verdict",
                json={"key": item.key, "reviewer": who, "judgement": "keep", "onset": 0.1, "offset": 1},
            )
    text = web.get("/summary").text
    assert f"2 of {len(items)} items" in text
    assert "ana and ben agree on 2 of 2" in text


GOOD = {"key": "x", "reviewer": "ana", "judgement": "keep", "onset": 0.5, "offset": 1.0, "label": ""}


@pytest.mark.parametrize(
    "changes",
    [
        {"judgement": "maybe"}, {"judgement": None}, {"judgement": ["keep"]}, {"onset": 2.0}, {"onset": -1.0},
        {"onset": "0"}, {"onset": True}, {"offset": 1e300}, {"offset": 10**400}, {"onset": None},
        {"reviewer": ""}, {"reviewer": " "}, {"reviewer": "a" * 65}, {"reviewer": "a\nb"}, {"reviewer": 3},
        {"judgement": "relabel"}, {"judgement": "also", "label": " "},
        {"label": "x" * 121}, {"label": "\u0000"}, {"label": "\ud800"}, {"key": ""}, {"key": 7},
        {"judgement": "same"}, {"judgement": "different", "other": True}, {"judgement": "same", "other": "2"},
        {"other": 2},
    ],
)  # fmt: skip
def test_a_verdict_that_makes_no_sense_is_refused(web, items, changes):
    sent = json.dumps({**GOOD, "key": items[0].key, **changes})
    answer = web.post("/verdict", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"3", b'"x"', b"\xff", b"[" * 60_000, b"9" * 5000, b'{"a":NaN}', b" " * 70_000]
)
def test_what_is_no_verdict_is_refused(web, folder, body):
    answer = web.post("/verdict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    with Dataset(folder) as birds:
        assert list(verdicts.by_recording(birds.store)) == []


PATHS = [
    "/",
    "/queue",
    "/item/{}",
    "/spectrogram/{}",
    "/shape/{}",
    "/audio/{}",
    "/labels",
    "/alike/{}",
    "/summary",
    "/static/{}",
    "/verdict",
    "/bulk",
    "/latest",
    "/undo",
    "/{}",
]
QUERY = [
    "start",
    "duration",
    "width",
    "height",
    "low",
    "high",
    "palette",
    "expand",
    "clean",
    "cut",
    "until",
    "reviewer",
    "q",
    "token",
]
TRICKS = ["1", "6", "../../etc/passwd", "%00", "/etc/passwd", "nan", "1e400", "1-0-1000", "-1", "'; --"]
odd = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.text(max_size=12),
    st.sampled_from(TRICKS),
)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | odd,
    lambda inner: st.lists(inner) | st.dictionaries(odd, inner),
    max_leaves=6,
)
fields = {name: odd | st.floats() | st.lists(odd, max_size=3) for name in [*GOOD, "keys", "beside"]}
asked = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE"]),
        "path": st.builds(
            lambda path, part: path.format(quote(part.encode("utf-8", "surrogatepass"), safe="")),
            st.sampled_from(PATHS),
            odd,
        ),
        "query": st.dictionaries(st.sampled_from(QUERY), odd, max_size=5),
        "body": anything | st.fixed_dictionaries({}, optional=fields),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked)
def test_whatever_is_asked_the_page_answers_and_gives_nothing_away(web, asked):
    answer = web.request(
        asked["method"],
        asked["path"],
        params=asked["query"],
        content=json.dumps(asked["body"]),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (200, 400, 404, 405, 422)
    assert b"root:" not in answer.content
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.corpus
def test_every_recording_of_the_corpus_is_seen_and_heard(tmp_path, corpus):
    """Odd rates, many channels, broken headers: what can be imported can be reviewed."""
    with Dataset(tmp_path / "birds") as birds:
        import_(birds, Path(corpus, "formats"), jobs=1)
        numbers = [
            row[0]
            for row in birds.store.rows("SELECT id FROM recordings WHERE status = 'ok' AND duration > 0.1")
        ]
    desk = ReviewSession(tmp_path / "birds", "quality", [], settle=settle)
    app = application(desk, PAGE, lambda: None, hosts=frozenset({"127.0.0.1"}), token=None)
    assert numbers
    with TestClient(app, base_url=f"http://{HOST}") as client:
        for number in numbers:
            at = {"start": 0.0, "duration": 3.0}
            assert client.get(f"/spectrogram/{number}", params=at).status_code == 200
            y, _ = sf.read(io.BytesIO(client.get(f"/audio/{number}", params=at).content))
            assert np.isfinite(y).all()
            assert len(y)
