"""One request: sent, redirected, and translated. The border at which errors of requests become ours.

All threads share one transport, and a request counts as a connection only for as long as it talks: a thread
that verifies a file holds none. Redirects are followed here, so that each step is looked at,
waits for its turn, and carries credentials only to the host they are for.
"""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.utils import default_headers, get_environ_proxies

from curate.errors import AddressRefused, NetError, UsageError
from curate.net.address import Guarded, check_url
from curate.net.limits import Manners
from curate.net.rate import Buckets, Clock, Paused, host_of
from curate.net.retry import Hosts

#: Redirects in a row; browsers stop at 20, archives need two.
_REDIRECTS = 10

#: Bytes of a redirect's body that are read to keep its connection; nobody looks at them.
_SMALL = 65536


class AttemptFailed(Exception):
    """A request that failed in a way that another try may not.

    Parameters
    ----------
    problem
        What happened, in words that follow the URL.
    status
        Of its answer.
    asked : seconds
        As long as it asked to be left alone.
    slow
        Whether what came was too little for its time.
    final
        Whether it is worth no more than a few tries.

    Attributes
    ----------
    cut
        Whether it happened while the body came.
    """

    cut = False

    def __init__(
        self,
        problem: str,
        *,
        status: int | None = None,
        asked: float | None = None,
        slow: bool = False,
        final: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.asked = asked
        self.slow = slow
        self.final = final


class Sessions:
    """Sends the requests of one run, at most `Manners.connections` of them at once."""

    def __init__(self, manners: Manners, buckets: Buckets, hosts: Hosts, clock: Clock) -> None:
        self._manners = manners
        self._buckets = buckets
        self._hosts = hosts
        self._clock = clock
        self._transport = Guarded(manners.connections, allow_private=manners.allow_private)
        self._free = threading.Semaphore(manners.connections)
        self._usual = {**default_headers(), "User-Agent": manners.user_agent}
        # The environment is asked once for each host, not for each request.
        self._proxies: dict[str, dict[str, str]] = {}
        # A session of requests would read these, but `_send` goes past it.
        self._verify = _certificates()

    def close(self) -> None:
        """Close all connections, also those in use."""
        self._transport.shut()
        self._transport.close()

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str], waited: list[float]) -> Iterator[requests.Response]:
        """Send a GET, follow redirects, and give the last answer with its body unread.

        Parameters
        ----------
        url, headers
        waited
            Gets the seconds that were spent waiting for a turn.

        Raises
        ------
        AddressRefused
            If the URL or a redirect is not to be asked.
        NetError
            If asking again would not help: a bad certificate, redirects without end.
        AttemptFailed
            If it might help. This may also come while the caller reads the body.
        """
        headers = {**self._usual, **headers}
        with translated(url):
            for _ in range(_REDIRECTS + 1):
                check_url(url, allow_private=self._manners.allow_private)
                waited.append(self._turn(url))
                with self._connection(waited):
                    response = self._send(url, headers)
                    try:
                        self._hosts.answered(url)
                        if not response.is_redirect:
                            yield response
                            return
                        response.raw.read(_SMALL)
                    finally:
                        response.close()
                old, url = url, _joined(url, response.headers["Location"])
                if host_of(old) != host_of(url) or urlsplit(old).scheme != urlsplit(url).scheme:
                    headers = {
                        name: text for name, text in headers.items() if name.lower() != "authorization"
                    }
        raise NetError(f"{url} redirects more than {_REDIRECTS} times", hint="open it in a browser")

    def _send(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send one GET by the transport itself: a session would read all of a redirect's body."""
        return self._transport.send(
            requests.Request("GET", url, headers).prepare(),
            stream=True,
            timeout=(self._manners.connect_timeout, self._manners.read_timeout),
            verify=self._verify,
            proxies=self._proxies_for(url),
        )

    def _turn(self, url: str) -> float:
        """Wait for a turn with the host, as long as it is worth it; returns the seconds."""
        try:
            return self._buckets.requests(url).take(most=self._manners.patience)
        except Paused as pause:
            raise AttemptFailed(
                "was not asked: its server wants to be left alone", asked=pause.seconds
            ) from None

    @contextmanager
    def _connection(self, waited: list[float]) -> Iterator[None]:
        """Be one of those who talk, after waiting for it."""
        started = self._clock.now()
        # `Clock.stop` wakes no semaphore, hence the look at the clock each second.
        while not self._free.acquire(timeout=1.0):
            self._clock.check()
        waited.append(self._clock.now() - started)
        try:
            yield
        finally:
            self._free.release()

    def _proxies_for(self, url: str) -> dict[str, str]:
        host = f"{urlsplit(url).scheme}://{host_of(url)}"
        if host not in self._proxies:
            self._proxies[host] = get_environ_proxies(host, no_proxy=None)
        return self._proxies[host]


def _certificates() -> str | bool:
    """Find the certificates that the environment names, else those of requests.

    Raises
    ------
    UsageError
        If they are missing.
    """
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        path = os.environ.get(name)
        if path and not os.path.exists(path):
            raise UsageError(
                f"the certificates in {path} are missing", hint=f"the variable {name} names them: correct it"
            )
        if path:
            return path
    return True


def _joined(url: str, target: str) -> str:
    """Address of a redirect; headers come as Latin-1, and some servers write UTF-8."""
    try:
        return urljoin(url, target.encode("latin-1").decode("utf-8", "replace"))
    except ValueError as error:
        raise AddressRefused(
            f"{url} redirects to '{target}': {error}", hint="report it to the archive"
        ) from None


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the errors of requests, urllib3 and http.client into `AttemptFailed` and `NetError`, about a URL.

    The old error may quote a URL with its secrets. The new one is raised outside of the handler, so
    that the old one is not chained to it.
    """
    failure: Exception
    try:
        yield
    # The order counts: SSLError and the timeouts are also RequestExceptions, which come last.
    except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
        words = f"has no valid certificate: {_innermost(error)}"
        hint = "nothing is fetched from a server whose identity cannot be verified"
        # A handshake that was cut off ends as an SSLError too, and may succeed at the next try.
        failure = AttemptFailed(words) if "EOF" in words else NetError(f"{url} {words}", hint=hint)
    except requests.exceptions.ProxyError as error:
        # Whose address may hold a password.
        failure = AttemptFailed(
            f"was not reached, as the proxy that your environment names failed: {_innermost(error)}"
        )
    except requests.exceptions.ConnectTimeout:
        failure = AttemptFailed("could not be connected to in time")
    except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        failure = AttemptFailed("stopped sending")
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidHeader,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
        UnicodeError,
    ) as error:
        failure = NetError(f"{url} is unreachable: {error}", hint="correct the URL or the header")
    except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError):
        failure = AttemptFailed("closed the connection before the promised end")
    except (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
    ) as error:
        failure = AttemptFailed(f"failed: {_innermost(error)}")
    else:
        return
    raise failure


def _innermost(error: BaseException) -> str:
    """Words of the first cause, which is the system's; those around it repeat the URL."""
    while True:
        inner = error.__cause__ or error.__context__ or getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
