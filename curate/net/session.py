"""One request: sent, redirected, and translated. The border at which errors of requests become ours.

Every thread has its own connections. Redirects are followed here, so that each step
is looked at, waits for its turn, and carries credentials only to the host they are for.
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
from requests.utils import get_environ_proxies

from curate.errors import AddressRefused, NetError
from curate.net.address import Guarded, check_url
from curate.net.manners import Manners
from curate.net.patience import Hosts
from curate.net.rate import Buckets, host_of

#: Redirects in a row; browsers stop at 20, archives need two.
_REDIRECTS = 10

#: Bytes of a redirect's body that are read to keep its connection; nobody looks at them.
_SMALL = 65536


class Trouble(Exception):
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
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.asked = asked
        self.slow = slow


class Sessions:
    """The sessions of all threads of one run."""

    def __init__(self, manners: Manners, buckets: Buckets, hosts: Hosts) -> None:
        self._manners = manners
        self._hosts = hosts
        self._buckets = buckets
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: list[tuple[requests.Session, Guarded]] = []
        self._proxies: dict[str, dict[str, str]] = {}
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True

    def close(self) -> None:
        """Close all connections, also those in use."""
        with self._lock:
            sessions, self._all = self._all, []
        for session, adapter in sessions:
            adapter.shut()
            session.close()

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
        Trouble
            If it might; also while the caller reads the body.
        """
        response = None
        try:
            with translated(url):
                response = self._follow(url, dict(headers), waited)
                yield response
        finally:
            if response is not None:
                response.close()

    def _follow(self, url: str, headers: dict[str, str], waited: list[float]) -> requests.Response:
        for _ in range(_REDIRECTS + 1):
            check_url(url, allow_private=self._manners.allow_private)
            waited.append(self._buckets.requests(url).take())
            response = self._send(url, headers)
            self._hosts.answered(url)
            target = self._session().get_redirect_target(response)
            if target is None:
                return response
            response.raw.read(_SMALL)
            response.close()
            old, url = url, _joined(url, target)
            if host_of(old) != host_of(url) or urlsplit(old).scheme != urlsplit(url).scheme:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        raise NetError(f"{url} redirects more than {_REDIRECTS} times", hint="open it in a browser")

    def _send(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send one GET by the transport itself: a session would read all of a redirect's body."""
        session = self._session()
        return session.get_adapter(url).send(
            session.prepare_request(requests.Request("GET", url, headers)),
            stream=True,
            timeout=(self._manners.connect_timeout, self._manners.read_timeout),
            verify=self._verify,
            proxies=self._proxies_for(url),
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = requests.Session()
            # The environment is asked once for each host, not for each request; and credentials of ~/.netrc
            # are not for archives.
            session.trust_env = False
            session.headers["User-Agent"] = self._manners.user_agent
            adapter = Guarded(allow_private=self._manners.allow_private)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            with self._lock:
                self._all.append((session, adapter))
        return session

    def _proxies_for(self, url: str) -> dict[str, str]:
        host = f"{urlsplit(url).scheme}://{host_of(url)}"
        if host not in self._proxies:
            self._proxies[host] = get_environ_proxies(host, no_proxy=None)
        return self._proxies[host]


def _joined(url: str, target: str) -> str:
    """Address of a redirect."""
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise AddressRefused(f"{url} redirects to '{target}': {error}", hint="tell its archive") from None


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the errors of requests, urllib3 and http.client into `Trouble` and `NetError`, about a URL.

    The new error is raised outside of the handler, so that the old one, which may quote a
    URL with its secrets, is not chained to it.
    """
    failure: Exception
    try:
        yield
    except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
        words = f"has no valid certificate: {_innermost(error)}"
        hint = "nothing is fetched from a server whose identity cannot be verified"
        failure = Trouble(words) if "EOF" in words else NetError(f"{url} {words}", hint=hint)
    except requests.exceptions.ConnectTimeout:
        failure = Trouble("could not be connected to in time")
    except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        failure = Trouble("stopped sending")
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidHeader,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
        UnicodeError,
    ) as error:
        failure = NetError(f"{url} cannot be asked: {error}", hint="correct the URL or the header")
    except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError):
        failure = Trouble("closed the connection before the end")
    except (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
    ) as error:
        failure = Trouble(f"failed: {_innermost(error)}")
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
