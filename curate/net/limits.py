"""How to treat servers: what a run asks of each host, and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from curate.release import version


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one host a run takes.

    Parameters
    ----------
    requests : per second
        In the long run. None is no limit.
    burst
        Requests that may go at once after a pause.
    bytes : per second
        In the long run, for archives that limit the volume by the hour. None is no limit.
    day : bytes
        In 24 hours, over several runs. None is no limit.
    """

    requests: float | None = 4.0
    burst: int = 4
    bytes: float | None = None
    day: float | None = None


@dataclass(frozen=True, slots=True)
class Manners:
    """How to treat servers.

    Parameters
    ----------
    contact
        E-mail address or page of the user, for the User-Agent: a way to reach who asks too much.
    allow_private
        Whether loopback, private and link-local addresses may be asked.
    allow_files
        Folder of this machine whose files ``file://`` may name. None for no files.
    connections
        Requests under way at once, to all hosts together. More threads than that pay: a file is verified
        while others come in.
    patience : seconds
        In which a request must make progress, all waits and tries together. A host that has not
        answered once gets a tenth of it, and one that was given up on a single try until it answers.
    connect_timeout, read_timeout : seconds
    min_speed : bytes per second
        A body that stays below it for `read_timeout` seconds is cut off and resumed.
    largest : bytes
        Of a file whose size nobody listed: a body without an end must not fill the disk.
    limits
        By host name, or host:port. `default_limit` holds for all others.
    """

    contact: str | None = None
    allow_private: bool = False
    allow_files: Path | None = None
    connections: int = 4
    patience: float = 600.0
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    min_speed: float = 1024.0
    largest: float = 2e9
    limits: Mapping[str, Limit] = field(default_factory=dict)
    default_limit: Limit = Limit()

    def limit(self, host: str) -> Limit:
        """Find the limit of a host, which may be named with its port."""
        found = self.limits.get(host) or self.limits.get(host.rpartition(":")[0] or host)
        return found or self.default_limit

    @property
    def user_agent(self) -> str:
        """Name and version of the program, and the contact."""
        name = f"curate/{version()}"
        # A header holds one line of visible ASCII.
        contact = "".join(c for c in self.contact or "" if " " <= c <= "~")
        return f"{name} ({contact})" if contact else name
