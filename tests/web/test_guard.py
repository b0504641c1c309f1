"""Only this machine's browser gets in, and nobody through it."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from curate.web.guard import COOKIE, Guard

HOST = "127.0.0.1:8765"
TOKEN = "s3cret"  # noqa: S105 - of a test
JSON = {"content-type": "application/json", "origin": f"http://{HOST}"}


def client(*, hosts=frozenset({"127.0.0.1", "[::1]", "localhost"}), token=None, host=HOST):
    return TestClient(Guard(PlainTextResponse("in"), hosts=hosts, token=token), base_url=f"http://{host}")


@pytest.mark.parametrize("host", [HOST, "localhost:8765", "[::1]:8765", "127.0.0.1", "localhost:9000"])
def test_this_machine_is_let_in_by_any_port(host):
    """Through a tunnel, the port in front of the browser may be another one."""
    assert client().get("/anything", headers={"host": host}).text == "in"
    page = {"content-type": "application/json", "origin": f"http://{host}"}
    assert client().post("/verdict", headers={"host": host, **page}, content=b"{}").status_code == 200
    other = {**page, "origin": "http://localhost:1"}
    assert client().post("/verdict", headers={"host": host, **other}, content=b"{}").status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example:8765",
        "127.0.0.1:8765:80",
        "127.0.0.1:8765.evil.example",
        "localhost:evil",
    ],
)
def test_a_name_that_is_not_this_machine_s_is_turned_away(host):
    """DNS rebinding: the browser believes that another site is here."""
    assert client().get("/", headers={"host": host}).status_code == 421


def test_two_hosts_are_none():
    answer = client().get("/", headers=[("host", HOST), ("host", "evil.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, 200),
        ({"content-type": "application/json"}, 403),
        ({**JSON, "origin": "http://evil.example"}, 403),
        ({**JSON, "origin": "null"}, 403),
        ({**JSON, "origin": "http://127.0.0.1:9999"}, 403),
        ({**JSON, "content-type": "text/plain"}, 415),
        ({**JSON, "content-type": "application/x-www-form-urlencoded"}, 415),
        ({**JSON, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, 403),
    ],
)
def test_what_changes_something_must_come_from_the_page(headers, status):
    assert client().post("/verdict", headers=headers, content=b"{}").status_code == status


@pytest.mark.parametrize(
    ("path", "site", "mode", "status"),
    [
        ("/audio/1", "cross-site", "no-cors", 403),
        ("/audio/1", "same-site", "cors", 403),
        ("/audio/1", "cross-site", "navigate", 403),
        ("/", "cross-site", "navigate", 200),
        ("/audio/1", "same-origin", "cors", 200),
        ("/audio/1", "none", "navigate", 200),
    ],
)
def test_another_site_may_lead_here_but_not_look(path, site, mode, status):
    answer = client().get(path, headers={"sec-fetch-site": site, "sec-fetch-mode": mode})
    assert answer.status_code == status


def test_beyond_this_machine_the_token_opens_once_and_the_cookie_from_then_on():
    outside = client(hosts=None, token=TOKEN, host="192.0.2.1:8765")
    for address in ("/", "/?token=", "/?token=wrong", "/queue?reviewer=s3cret"):
        assert outside.get(address).status_code == 403
    first = outside.get("/?token=s3cret")
    assert first.text == "in"
    for word in (f"{COOKIE}-8765=s3cret", "HttpOnly", "SameSite=Strict"):
        assert word in first.headers["set-cookie"]
    assert outside.get("/audio/1").text == "in"
    outside.cookies.clear()
    assert outside.get("/audio/1", headers={"cookie": f"{COOKIE}-8765=wrong"}).status_code == 403
    assert outside.get("/audio/1", headers={"cookie": "a b;;=é".encode()}).status_code == 403


def test_two_pages_of_one_machine_keep_their_tokens_apart():
    """A browser sends the cookies of one port to all others."""
    pages = [client(hosts=None, token=port, host=f"192.0.2.1:{port}") for port in ("8765", "8766")]
    jar = {}
    for page in pages:
        name, _, value = page.get(f"/?token={page.base_url.port}").headers["set-cookie"].partition("=")
        jar[name] = value.partition(";")[0]
        page.cookies.clear()
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    assert [page.get("/audio/1", headers={"cookie": cookie}).status_code for page in pages] == [200, 200]


def test_the_ticket_of_the_browser_opens_the_page_once_for_whoever_comes_first():
    inside = Guard(PlainTextResponse("in"), hosts=frozenset({"127.0.0.1"}), token=TOKEN, ticket="once")
    first, second = (TestClient(inside, base_url=f"http://{HOST}") for _ in range(2))
    assert first.get("/?token=once").text == "in"
    assert first.get("/audio/1").text == "in"
    assert second.get("/?token=once").status_code == 403
    assert second.get(f"/?token={TOKEN}").text == "in"


def test_a_page_for_everybody_without_a_token_cannot_be_made():
    with pytest.raises(ValueError, match="token"):
        Guard(PlainTextResponse("in"), hosts=None, token=None)


@pytest.mark.parametrize("host", [HOST, "evil.example"])
def test_every_answer_forbids_what_the_page_does_not_need(host):
    headers = client().get("/", headers={"host": host}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
