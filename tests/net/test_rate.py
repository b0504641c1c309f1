"""Turns: never more than a host allows, whoever asks; and nobody sleeps for nothing."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import NetError
from curate.net.limits import Limit, Manners
from curate.net.rate import Bucket, Buckets, Clock, host_of
from tests.net.clocks import Still


@given(
    st.floats(0.1, 100),
    st.integers(1, 20),
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_no_stretch_of_time_sees_more_requests_than_rate_and_burst_allow(rate, burst, gaps):
    clock = Still()
    bucket = Bucket(rate, burst, clock)
    times = []
    for gap in gaps:
        clock.sleep(gap)
        bucket.take()
        times.append(clock.now())
    for first in range(len(times)):
        for last in range(first, len(times)):
            allowed = burst + (times[last] - times[first]) * rate
            assert last - first + 1 <= allowed + 1e-6 * (1 + times[last] * rate)


@given(st.floats(0.1, 100), st.integers(1, 20), st.integers(1, 60))
def test_whoever_asks_without_a_pause_gets_the_whole_rate(rate, burst, count):
    clock = Still()
    bucket = Bucket(rate, burst, clock)
    waited = sum(bucket.take() for _ in range(count))
    assert waited == pytest.approx(max(0, count - burst) / rate)
    assert clock.now() == pytest.approx(waited)


def test_no_limit_never_waits():
    clock = Still()
    bucket = Bucket(None, 1, clock)
    assert sum(bucket.take() for _ in range(1000)) == 0
    assert clock.slept == []


def test_bytes_are_taken_in_amounts():
    clock = Still()
    bucket = Bucket(1000.0, 5000, clock)
    assert bucket.take(5000) == 0
    assert bucket.take(3000) == pytest.approx(0.0, abs=0.01)
    assert bucket.take(3000) == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("rate", [None, 2.0])
def test_a_pause_holds_for_all_who_come_later(rate):
    clock = Still()
    bucket = Bucket(rate, 3, clock)
    bucket.take()
    bucket.pause(30)
    bucket.pause(10)
    assert bucket.take() == pytest.approx(30)
    assert bucket.take() == pytest.approx(0)


def test_a_pause_also_holds_for_those_who_wait_already():
    class Interrupted(Still):
        """A server asks for a pause while somebody sleeps."""

        def sleep(self, seconds):
            super().sleep(seconds)
            if len(self.slept) == 1:
                bucket.pause(60)

    clock = Interrupted()
    bucket = Bucket(1.0, 1, clock)
    bucket.take()
    assert bucket.take() >= 60


def test_threads_share_a_bucket():
    clock = Clock()
    bucket = Bucket(100.0, 1, clock)
    times = []

    def work():
        for _ in range(5):
            bucket.take()
            times.append(clock.now())

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 30
    assert max(times) - min(times) >= 29 / 100 - 0.01


def test_each_host_has_its_own_limit():
    limits = {"slow.org": Limit(requests=1.0, burst=1), "127.0.0.1:81": Limit(requests=2.0, burst=1)}
    buckets = Buckets(Manners(limits=limits, default_limit=Limit(requests=None)), Still())
    assert buckets.requests("https://slow.org/a") is buckets.requests("https://SLOW.org/b")
    assert buckets.requests("https://slow.org/a") is not buckets.requests("https://fast.org/a")

    def second(url):
        buckets.requests(url).take()
        return buckets.requests(url).take()

    assert second("https://slow.org/") == pytest.approx(1.0)
    assert second("https://slow.org:8443/") == pytest.approx(1.0)
    assert second("http://127.0.0.1:81/") == pytest.approx(0.5)
    assert second("http://127.0.0.1:82/") == 0
    assert second("https://fast.org/") == 0


def test_stopping_ends_a_sleep():
    clock = Clock()
    threading.Timer(0.05, clock.stop).start()
    started = time.monotonic()
    with pytest.raises(NetError, match="stopped"):
        clock.sleep(60)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "url", ["https://u:p@Host.org:80/x", "https://host.org:80", "http://host.org:80?a=@b"]
)
def test_a_host_is_the_same_however_it_is_written(url):
    assert host_of(url) == "host.org:80"
