"""A host of files, and a client in a hurry that may ask it."""

from __future__ import annotations

import pytest

from curate.net.http import Http, Limit, Manners
from tests.fakes.files import FileHost
from tests.fakes.sounds import sound
from tests.net.clocks import Hurried

#: Loopback only: no limits, and little patience with bodies that stand still.
LOCAL = Manners(allow_private=True, default_limit=Limit(requests=None), read_timeout=2.0)


@pytest.fixture(scope="session")
def song():
    """A sound file of some 320 kB."""
    return sound(1, seconds=10, sr=16000)


@pytest.fixture
def host(song):
    with FileHost({"/a/song.wav": song}) as host:
        yield host


@pytest.fixture
def clock():
    return Hurried()


@pytest.fixture
def http(clock):
    with Http(LOCAL, clock=clock) as http:
        yield http
