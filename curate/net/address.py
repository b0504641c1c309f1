"""Which addresses are asked: http and https, and nothing in the local network unless allowed.

A URL of an archive or of a table may point anywhere. It may name a router, or the service of a cloud
machine that gives out its credentials. A URL is looked at before it is asked, and so is the
address that its name really led to, before anything is sent there.
"""

from __future__ import annotations

import ipaddress
import socket
import weakref
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from curate.errors import AddressRefused

_HINT_PRIVATE = "if the server is one of yours, --allow-private asks it all the same"


def check_url(url: str, *, allow_private: bool) -> None:
    """Refuse a URL by what it says.

    Raises
    ------
    AddressRefused
        If it is not http or https, has no host, or names a private address that is not allowed.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(f"'{url}' is no valid URL: {error}", hint="correct it in your table") from None
    if parts.scheme.lower() not in {"http", "https"}:
        hint = "only http and https are fetched"
        raise AddressRefused(f"'{url}' is refused: its scheme is '{parts.scheme}'", hint=hint)
    if not host:
        raise AddressRefused(f"'{url}' lacks a server", hint="correct it in your table")
    if allow_private:
        return
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")) or _is_private(name):
        raise AddressRefused(f"'{url}' is refused: it is in the local network", hint=_HINT_PRIVATE)


def _is_private(host: str) -> bool:
    """Whether a literal address is not one of the open internet; a name is not."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        # ``::ffff:10.0.0.1`` reaches the IPv4 host that it names.
        address = address.ipv4_mapped
    return not address.is_global or address.is_multicast


class Guarded(HTTPAdapter):
    """Transport of requests that knows its connections: where they lead, and how to end them.

    Behind a proxy the proxy looks names up, and only `check_url` holds.

    Parameters
    ----------
    connections
        Number of them that are kept open to each host.
    allow_private
        Whether connections into the local network may be used.
    """

    def __init__(self, connections: int, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **keywords: Any) -> None:  # noqa: ANN401
        """Have each new connection looked at before anything is sent through it, and know it from then on."""
        super().init_poolmanager(*args, **keywords)
        checked, know = self._checked, self._know

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return checked(super()._new_conn(), self.host)

            def connect(self) -> None:
                super().connect()
                know(self)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                # Before the TLS handshake, which would name the host to whoever listens there.
                return checked(super()._new_conn(), self.host)

            def connect(self) -> None:
                super().connect()
                know(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def _checked(self, sock: socket.socket, host: str) -> socket.socket:
        """Refuse a connection by where it ended: a name may lead anywhere, and elsewhere each time."""
        peer = str(sock.getpeername()[0])
        if not self._allow_private and _is_private(peer):
            sock.close()
            raise AddressRefused(
                f"'{host}' is refused: its address {peer} is in the local network", hint=_HINT_PRIVATE
            )
        return sock

    def _know(self, connection: HTTPConnection) -> None:
        """Remember the socket of a connection, which TLS replaces by one of its own."""
        if connection.sock is not None:
            self._sockets.add(connection.sock)

    def shut(self) -> None:
        """End all connections, also those that other threads are waiting at."""
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not the method of an SSL socket, which is not made for two threads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
