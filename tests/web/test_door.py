"""Silent connections hold no place for long, and none that somebody else needs."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from curate.web.door import Door

#: More than the buffers of a machine hold.
LONG = b"x" * 30_000_000


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


def application():
    routes = [
        Route("/", lambda _: PlainTextResponse("in")),
        Route("/long", lambda _: Response(LONG)),
        Route("/echo", echo, methods=["POST"]),
    ]
    return Starlette(routes=routes)


class Quick(Door):
    HEADER = BODY = TAKING = 0.6
    EVERY = 0.05
    PER_CLIENT = 8
    ALL = 12


@contextlib.contextmanager
def served(door):
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(), http=door, lifespan="off", log_level="critical", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def ended(connection, seconds=5.0):
    """Whether the server ends a connection in time; what it says before is read."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def answered(address):
    return requests.get(f"http://{address[0]}:{address[1]}/", timeout=5).text


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
    ],
    ids=["nothing", "half a header", "one request and no more", "half a body"],
)
def test_a_connection_that_says_no_more_is_ended(said):
    with served(Quick) as address, socket.create_connection(address) as connection:
        connection.sendall(said)
        started = time.monotonic()
        assert ended(connection)
        assert time.monotonic() - started > Quick.HEADER / 2


def test_a_header_that_comes_in_drops_is_not_waited_for():
    with served(Quick) as address, socket.create_connection(address) as connection:
        started = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 500:
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
        assert time.monotonic() - started < 5


def test_who_takes_nothing_of_an_answer_is_left():
    with served(Quick) as address, socket.create_connection(address) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(4 * Quick.TAKING)
        taken = 0
        connection.settimeout(5)
        with contextlib.suppress(OSError):
            while data := connection.recv(1 << 20):
                taken += len(data)
        assert taken < len(LONG)


@pytest.mark.parametrize("door", [Door, Quick])
def test_whoever_asks_is_answered_however_many_are_silent(door):
    """With the limits of the page, too: nobody waits for a time-out."""
    with served(door) as address, contextlib.ExitStack() as held:
        silent = [held.enter_context(socket.create_connection(address)) for _ in range(100)]
        started = time.monotonic()
        assert [answered(address) for _ in range(5)] == ["in"] * 5
        assert time.monotonic() - started < min(5, door.HEADER)
        still = sum(not ended(each, 0.01) for each in silent)
        assert still <= door.PER_CLIENT


def test_a_connection_that_is_answered_keeps_its_place():
    with served(Quick) as address, contextlib.ExitStack() as held:
        busy = held.enter_context(socket.create_connection(address))
        busy.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(0.2)
        for _ in range(40):
            held.enter_context(socket.create_connection(address))
        assert answered(address) == "in"
        taken = 0
        while data := busy.recv(1 << 20):
            taken += len(data)
        assert taken > len(LONG)
