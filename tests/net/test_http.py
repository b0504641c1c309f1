"""Asking for a page: what comes back, what is asked again, where nothing is asked at all."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from curate.errors import AddressRefused, NetError, Unreachable, UsageError
from curate.net.address import check_url
from curate.net.http import Http, Limit, Manners
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.net.clocks import Hurried
from tests.net.conftest import LOCAL


@pytest.fixture
def api():
    with FileHost({"/api": b'{"page": 1}'}) as api:
        yield api


def test_an_answer_has_status_headers_body_and_url(http, api):
    answer = http.get(api.url + "/api", {"query": 'gen:"Turdus" q:">C"', "page": "2"})
    assert (answer.status, answer.ok, answer.json()) == (200, True, {"page": 1})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.url == f"{api.url}/api?query=gen%3A%22Turdus%22+q%3A%22%3EC%22&page=2"
    assert api.seen[0].query == {"query": 'gen:"Turdus" q:">C"', "page": "2"}


def test_parameters_join_those_of_the_url(http, api):
    http.get(api.url + "/api?a=1#part", {"b": "2"}, secret={"c": "3"})
    assert api.seen[0].query == {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_an_answer(status, http, api):
    api.arm(faults.says(status, b'{"error":"client_error","message":"No."}'))
    answer = http.get(api.url + "/api")
    assert (answer.status, answer.ok, answer.json()["message"]) == (status, False, "No.")
    assert len(api.seen) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_a_busy_server_is_asked_again(status, http, api):
    api.arm(faults.busy(status), times=2)
    assert http.get(api.url + "/api").json() == {"page": 1}
    assert len(api.seen) == 3


@pytest.mark.parametrize("fault", [faults.cut(0), faults.cut(5), faults.reset(5), faults.promise(10)])
def test_an_answer_that_breaks_off_is_asked_again(fault, http, api):
    api.arm(fault, times=2)
    assert http.get(api.url + "/api").json() == {"page": 1}


@pytest.mark.parametrize("fault", [faults.chunked(), faults.gzipped(), faults.unmeasured()])
def test_an_answer_is_read_however_it_is_sent(fault, http, api):
    api.arm(fault)
    assert http.get(api.url + "/api").json() == {"page": 1}


def test_retry_after_holds_back_the_other_requests_to_that_host(http, api, clock):
    api.arm(faults.busy(429, Retry_After="40"), times=1)
    http.get(api.url + "/api")
    assert 40 <= sum(clock.slept) <= 41.5


def test_nobody_waits_or_asks_while_a_server_wants_to_be_left_alone_for_long(http, api, clock):
    """Else the threads beside the one that was told would stand still for a day, and say nothing."""
    api.arm(faults.busy(503, Retry_After="86400"), times=1)
    with pytest.raises(Unreachable, match="answered 503"):
        http.get(api.url + "/api")
    with pytest.raises(Unreachable, match="wants to be left alone") as caught:
        http.get(api.url + "/api")
    assert "come back in 86" in caught.value.message
    assert (len(api.seen), clock.slept) == (1, [])
    clock.slept.append(86400)  # a day later
    assert http.get(api.url + "/api").json() == {"page": 1}


def test_a_date_in_retry_after_is_understood(http, api, clock):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(clock.wall() + 50))
    api.arm(faults.busy(503, Retry_After=date), times=1)
    http.get(api.url + "/api")
    assert 45 <= sum(clock.slept) <= 52


def test_a_server_that_stays_busy_is_named_with_its_words(http, api, clock):
    api.arm(faults.busy())
    with pytest.raises(Unreachable, match="/api answered 503: 503 Service Unavailable"):
        http.get(api.url + "/api")
    assert sum(clock.slept) > 300


def test_a_server_that_calls_it_its_own_fault_is_asked_four_times(http, api):
    api.arm(faults.says(500, b'{"error":{"code":"x","message":"query too long"}}'))
    with pytest.raises(NetError, match="answered 500: query too long"):
        http.get(api.url + "/api")
    assert len(api.seen) == 4


def test_a_server_that_is_not_there_is_named(http):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match=f"http://127.0.0.1:{port}/ failed: Connection refused"):
        http.get(f"http://127.0.0.1:{port}/")


def test_a_server_that_says_nothing_is_not_waited_for_for_ever():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        manners = replace(LOCAL, read_timeout=0.2, patience=5.0)
        with Http(manners, clock=Hurried()) as http, pytest.raises(Unreachable, match="stopped sending"):
            http.get(f"http://127.0.0.1:{mute.getsockname()[1]}/")


def test_an_answer_that_drips_is_not_waited_for_for_ever(api):
    api.files["/api"] = bytes(100_000)
    api.arm(faults.drips(1000))
    manners = replace(LOCAL, read_timeout=0.2, patience=1.0, min_speed=1e5)
    with Http(manners) as http, pytest.raises(Unreachable, match="bytes per second"):
        http.get(api.url + "/api")


def test_what_is_not_json_is_an_error_that_names_the_page(http, api):
    api.arm(faults.page_instead())
    with pytest.raises(NetError, match=r"/api answered 200 with something other than JSON: '<!DOCTYPE"):
        http.get(api.url + "/api").json()


def test_an_answer_of_nothing_but_brackets_does_not_exhaust_us(http, api):
    api.files["/api"] = b"[" * 100_000
    with pytest.raises(NetError, match="something other than JSON"):
        http.get(api.url + "/api").json()
    api.arm(faults.says(500, b"[" * 4000))
    with pytest.raises(NetError, match=r"answered 500: \[\["):
        http.get(api.url + "/api")


def test_the_user_agent_names_program_and_contact(api):
    for contact, expected in [
        ("me@example.org", "(me@example.org)"),
        ("a\r\nX: y", "(aX: y)"),
        (None, "curate"),
    ]:
        with Http(replace(LOCAL, contact=contact)) as http:
            http.get(api.url + "/api")
        agent = api.seen[-1].headers["user-agent"]
        assert agent.startswith("curate")
        assert expected in agent
    assert "referer" not in api.seen[-1].headers


# Redirects.


def test_redirects_are_followed(http, api):
    api.files["/x y"] = b"{}"
    api.arm(faults.redirect("/x%20y"), path="/api")
    answer = http.get(api.url + "/api", secret={"key": "k3y-k3y-k3y"})
    assert (answer.body, answer.url) == (b"{}", f"{api.url}/x%20y")
    assert api.seen[-1].query == {}


@pytest.mark.parametrize(
    "target", ["ftp://127.0.0.1/a", "file:///etc/passwd", "gopher://x", "data:,x", "//[", "javascript:1"]
)
def test_a_redirect_leads_to_http_or_nowhere(target, http, api):
    api.arm(faults.redirect(target))
    with pytest.raises(AddressRefused):
        http.get(api.url + "/api")
    assert len(api.seen) == 1


def test_redirects_end(http, api):
    api.arm(faults.redirect("/api"))
    with pytest.raises(NetError, match="redirects more than 10 times"):
        http.get(api.url + "/api")


def test_credentials_stay_with_their_host(http, api):
    with FileHost({"/there": b"{}", "/api": b"{}"}) as other:
        api.arm(faults.redirect(other.url + "/there"))
        http.get(api.url + "/api", headers={"Authorization": "Bearer t0ken-t0ken"})
        assert "authorization" not in other.seen[0].headers
    assert api.seen[0].headers["authorization"] == "Bearer t0ken-t0ken"
    api.disarm()
    api.arm(faults.redirect("/api"), times=1)
    http.get(api.url + "/api", headers={"Authorization": "Bearer t0ken-t0ken"})
    assert all("authorization" in question.headers for question in api.seen)


# Addresses.


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a",
        "HTTPX://example.org",
        "example.org/a.mp3",
        "//example.org/a.mp3",
        "",
        "http://",
        "http:///a",
        "http://[::1",
        "http://example.org:99999/",
        "http://localhost/",
        "http://LOCALHOST.:8000/",
        "http://a.localhost/",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://127.0.0.1/",
        "http://127.1.2.3:80/",
        "http://10.0.0.1/",
        "http://172.16.3.4/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_what_is_no_address_of_the_open_internet_is_refused(url):
    with pytest.raises(AddressRefused):
        check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url", ["https://xeno-canto.org/1", "HTTP://8.8.8.8/", "http://[2606:4700::1111]/", "http://10.org/"]
)
def test_the_open_internet_is_open(url):
    check_url(url, allow_private=False)


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "127.1"])
def test_an_address_in_disguise_is_seen_through_where_it_leads(name, api):
    port = api.url.rpartition(":")[2]
    manners = Manners(default_limit=Limit(requests=None), patience=0.0)
    with Http(manners) as http, pytest.raises(NetError) as caught:
        http.get(f"http://{name}:{port}/api")
    assert api.seen == []
    assert isinstance(caught.value, AddressRefused)


def test_a_name_that_leads_into_the_local_network_is_seen_through(api, monkeypatch):
    real = socket.getaddrinfo

    def elsewhere(host, *rest, **options):
        return real("127.0.0.1" if host == "archive.example.org" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", elsewhere)
    url = f"http://archive.example.org:{api.url.rpartition(':')[2]}/api"
    with Http(LOCAL) as http:
        assert http.get(url).ok
    with (
        Http() as http,
        pytest.raises(AddressRefused, match=r"its address 127\.0\.0\.1 is in the local network"),
    ):
        http.get(url)
    assert len(api.seen) == 1


def test_nothing_is_sent_into_the_local_network_not_even_to_begin_tls():
    sent = []

    def listen():
        connection, _ = server.accept()
        with connection:
            sent.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30.0)  # else a client that never comes leaves the thread waiting
        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        with Http(Manners(patience=0.0)) as http, pytest.raises(AddressRefused):
            http.get(f"https://2130706433:{server.getsockname()[1]}/")
        listener.join()
    assert sent == [b""]


def test_a_redirect_into_the_local_network_is_not_followed(api, monkeypatch):
    """The first server is public as far as the client can see, the second is not."""
    with FileHost({"/secret": b"{}"}) as inner:
        api.arm(faults.redirect(inner.url + "/secret"))
        monkeypatch.setattr(
            "curate.net.address._is_private", lambda host: host == "127.0.0.1" and not waved.pop()
        )
        waved = [False, True, True]
        with Http() as http, pytest.raises(AddressRefused):
            http.get(api.url + "/api")
        assert len(api.seen) == 1
        assert inner.seen == []


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificate with openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with FileHost({"/api": b"{}"}) as host:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        host._server.socket = context.wrap_socket(host._server.socket, server_side=True)
        clock = Hurried()
        with Http(LOCAL, clock=clock) as http, pytest.raises(NetError, match="has no valid certificate"):
            http.get(host.url.replace("http:", "https:") + "/api")
        assert clock.slept == []
        assert host.seen == []


def test_a_proxy_that_fails_is_named_as_what_fails_without_its_password(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        # Bound and not listening: nothing else takes the port, and every connection is refused.
        monkeypatch.setenv("http_proxy", f"http://ann:s3cret@127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        with Http(replace(LOCAL, patience=0.1)) as http, pytest.raises(Unreachable) as caught:
            http.get("http://archive.example/api")
    assert "the proxy that your environment names failed" in caught.value.message
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_missing_are_told_with_the_variable_that_names_them(
    name, monkeypatch, tmp_path
):
    for each in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, str(tmp_path / "missing.pem"))
    with pytest.raises(UsageError, match=r"missing\.pem are missing") as caught:
        Http(LOCAL)
    assert name in caught.value.hint
