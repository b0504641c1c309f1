"""A page on an address of this machine, served until it is interrupted. Its secret, and who reaches it."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Timer
from typing import TYPE_CHECKING

from curate.errors import UsageError

if TYPE_CHECKING:
    from curate.web.guard import App


@dataclass(frozen=True, slots=True)
class Entry:
    """Who may come in: the arguments of `Guard`."""

    hosts: frozenset[str] | None
    token: str | None
    ticket: str | None


def check_host(host: str, *, token: bool) -> None:
    """Look at an address before anything is served there.

    Raises
    ------
    UsageError
        If others reach it and it has no token.
    """
    if not token and not _is_loopback(host):
        raise UsageError(
            f"a token is needed to serve other machines: got {host}",
            hint="leave out --no-token, or serve on 127.0.0.1",
        )


def serve(
    made: Callable[[Entry], App],
    *,
    host: str,
    port: int,
    token: bool,
    browser: bool,
    ready: Callable[[str], None],
) -> None:
    """Serve an application until it is interrupted.

    Parameters
    ----------
    made
        Makes the application, behind its guard.
    host, port
        Where. Port 0 takes a free one.
    token
        Put a secret into the address, without which nobody gets in.
    browser
        Open the page, by a ticket that works once: other accounts can read with what a browser is started.
    ready
        Called with the page's address once it answers.

    Raises
    ------
    UsageError
        If the address cannot be had.
    """
    with _listen(host, port) as listening:
        secret, ticket = (secrets.token_urlsafe(24) if token else None for _ in range(2))
        hosts = frozenset({"127.0.0.1", "[::1]", "localhost", host}) if _is_loopback(host) else None
        app = made(Entry(hosts, secret, ticket))
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}/"
        entry, once = (f"{address}?token={each}" if token else address for each in (secret, ticket))
        opening = Timer(0.3, webbrowser.open, [once]) if browser else None
        ready(entry)
        _run(app, listening, opening)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"failed to serve on {host}, port {port}: {error}", hint="--port 0 takes a free port"
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _run(app: App, listening: socket.socket, opening: Timer | None) -> None:
    import uvicorn  # noqa: PLC0415 - a web server is heavy

    from curate.web.door import Door  # noqa: PLC0415

    config = uvicorn.Config(
        app,
        access_log=False,
        http=Door,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    if opening is not None:
        opening.daemon = True
        opening.start()
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        pass  # how it ends
    finally:
        if opening is not None:
            opening.cancel()
