"""A key goes to the server it is for and nowhere else: not into errors, logs, answers or files."""

from __future__ import annotations

import io
import json
import logging
import pickle
import traceback
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import NetError
from curate.net.http import Http
from curate.net.loopback import LoopbackReply
from curate.net.redact import STARS, Redactor, hidden, without_secrets
from tests.fakes import faults
from tests.fakes.engine import Fake
from tests.net.clocks import Hurried
from tests.net.conftest import LOCAL

KEY = "k3y/with +odd&signs=é"
FORMS = {KEY, quote(KEY), quote(KEY, safe=""), quote_plus(KEY), json.dumps(KEY)[1:-1]}


def echo(question):
    """A server that repeats the question, with the key, in headers and body."""
    body = json.dumps({"asked": question.query, "url": f"/api?key={quote_plus(KEY)}"}).encode()
    return LoopbackReply(200, body, {"Content-Type": "application/json", "X-Asked": quote(KEY, safe="")})


@pytest.fixture
def server():
    with Fake(echo) as server:
        yield server


def everything(error):
    """All that an error tells: message, hint, repr, traceback with what is chained to it, pickle."""
    texts = [str(error), repr(error), str(error.hint), "".join(traceback.format_exception(error))]
    assert error.__context__ is None
    assert error.__cause__ is None
    return "\n".join(texts) + pickle.dumps(error).decode("latin-1")


FAULTS = {
    "answers": [],
    "refuses": [faults.says(401, json.dumps({"error": f"bad key {KEY}"}).encode())],
    "is busy": [faults.busy()],
    "repeats the URL in an error": [faults.says(500, f"failed: /api?key={quote_plus(KEY)}".encode())],
    "sends no JSON": [faults.says(200, f"<html>{KEY}".encode(), "text/html")],
    "cuts": [faults.cut(3)],
    "resets": [faults.reset(0)],
    "redirects with the key": [faults.redirect(f"/there?key={quote(KEY, safe='')}")],
    "redirects into a file": [faults.redirect(f"file:///tmp?key={quote_plus(KEY)}")],
    "redirects to nowhere": [faults.redirect(f"http://127.0.0.1:1/?key={quote_plus(KEY)}")],
    "redirects to nonsense": [faults.redirect(f"http://[{quote_plus(KEY)}")],
    "is gone": [faults.gone()],
    "is a page": [faults.page_instead()],
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("way", ["get", "download"])
def test_the_key_is_nowhere_whatever_the_server_does(fault, way, server, tmp_path):
    server.arm(*fault)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    told = []
    try:
        with Http(LOCAL, clock=Hurried()) as http:
            options = {"secret": {"key": KEY}, "headers": {"Authorization": f"Bearer {KEY[:-1]}x"}}
            try:
                if way == "get":
                    answer = http.get(server.url + "/api", {"query": "gen:Turdus"}, **options)
                    told += [repr(answer), answer.text(), answer.url, str(dict(answer.headers))]
                    answer.json()
                else:
                    told.append(repr(http.download(server.url + "/api", tmp_path / "a", **options)))
            except NetError as error:
                told.append(everything(error))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert server.seen[0].query["key"] == KEY
    assert "/api" in log.getvalue()
    told.append(log.getvalue())
    told += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    for text in told:
        for form in FORMS:
            assert form not in text


def test_an_answer_shows_that_something_was_taken_out(server):
    with Http(LOCAL) as http:
        answer = http.get(server.url + "/api", secret={"key": KEY})
    assert answer.url.endswith(f"?key={STARS}")
    assert answer.json() == {"asked": {"key": STARS}, "url": f"/api?key={STARS}"}


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_found_in_every_form(secret, before, after):
    redact = Redactor()
    redact.learn({"key": secret})
    for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
        assert form not in redact(f"{before}{form}{after}").replace(STARS, "")


@given(st.text(max_size=60))
def test_a_text_without_secrets_stays_as_it_is(text):
    redact = Redactor()
    assert redact(text) == text
    redact.learn({"key": "a-secret-that-hypothesis-does-not-guess"})
    assert redact(text) == text
    assert redact.bytes(text.encode()) == text.encode()


def test_a_short_key_is_taken_out_of_urls_but_not_out_of_words():
    redact = Redactor()
    redact.learn({"key": "demo"})
    assert redact("/api?q=demo&key=demo&page=1 is a demo") == f"/api?q=demo&key={STARS}&page=1 is a demo"


SIGNED = "X-Amz-Date=20261129T000000Z&X-Amz-Expires=60&X-Amz-Credential=AKIA0815&X-Amz-Signature=c0ffee"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://ann:s3cret@example.org/a.wav", "https://example.org/a.wav"),
        ("https://s3cret@example.org:8443/a.wav", "https://example.org:8443/a.wav"),
        (f"https://example.org/a.wav?{SIGNED}", "https://example.org/a.wav"),
        (f"https://example.org/get?id=5&{SIGNED}&part=2", "https://example.org/get?id=5&part=2"),
        ("https://example.org/a?user_token=s3cret&x=1", "https://example.org/a?x=1"),
        ("https://example.org/a?authToken=s3cret", "https://example.org/a"),
        ("https://example.org/a?sv=2&sig=s3cret%3D", "https://example.org/a?sv=2"),
        ("https://example.org/a?apikey=s3cret#t=1", "https://example.org/a#t=1"),
        # What only looks alike names the file.
        (
            "https://example.org/a?key=a.wav&tokens=5&signal=3",
            "https://example.org/a?key=a.wav&tokens=5&signal=3",
        ),
        ("https://example.org/a@b.wav?who=ann@home", "https://example.org/a@b.wav?who=ann@home"),
    ],
)
def test_a_url_that_is_kept_has_no_secret_and_still_names_its_file(url, kept):
    assert without_secrets(url) == kept
    shown = hidden(f"{url} answered 403")
    assert not any(secret in shown for secret in ("s3cret", "c0ffee", "AKIA0815"))
    assert hidden(kept) == kept


def test_the_log_is_left_as_it_was(server):
    log = logging.getLogger("urllib3.connectionpool")
    before = list(log.filters)
    with Http(LOCAL) as http:
        http.get(server.url + "/api")
    assert log.filters == before
