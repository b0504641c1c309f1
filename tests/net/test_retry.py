"""Waiting: as long as a server asks, else longer each time; and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import NetError, Unreachable
from curate.net.retry import Hosts, Patience, asked_to_wait, may_change
from tests.net.clocks import Still

URL = "https://host.org/a"


def patience(seconds=600.0, *, answered=True):
    hosts, clock = Hosts(seconds), Still()
    if answered:
        hosts.answered(URL)
    return Patience(URL, hosts, clock), clock, hosts


def exhaust(patient, **options):
    """Wait until it is enough."""
    for _ in range(1000):
        try:
            patient.wait("answered 503", **options)
        except NetError as error:
            return error
    pytest.fail("endless patience")


def test_waits_grow_to_a_minute_and_end_with_the_patience():
    patient, clock, _ = patience()
    error = exhaust(patient)
    assert isinstance(error, Unreachable)
    assert error.message == f"{URL} answered 503"
    assert 0.5 <= clock.slept[0] <= 1
    assert 1 <= clock.slept[1] <= 2
    assert all(30 <= pause <= 60 for pause in clock.slept[6:])
    assert 540 <= clock.now() <= 600


def test_two_clients_that_failed_together_do_not_come_back_together():
    waits = []
    for _ in range(5):
        patient, clock, _ = patience()
        patient.wait("failed")
        waits.append(clock.slept[0])
    assert len(set(waits)) == 5


@given(st.floats(0, 500))
def test_a_server_is_left_alone_for_as_long_as_it_asks(asked):
    patient, clock, _ = patience()
    patient.wait("answered 429", asked=asked)
    assert asked <= clock.now() <= asked + 1


def test_a_server_that_asks_for_more_than_there_is_patience_is_told_to_the_user():
    patient, clock, _ = patience()
    with pytest.raises(Unreachable) as caught:
        patient.wait("answered 429", asked=3600)
    assert "come back in 3600 s" in caught.value.message
    assert clock.slept == []


def test_progress_renews_patience_and_waiting_for_a_turn_costs_none():
    patient, clock, _ = patience(100.0)
    for _ in range(20):
        clock.sleep(50)
        patient.renew()
        patient.wait("failed")
    for _ in range(5):
        clock.sleep(1000)
        patient.forgive(1000)
    patient.wait("failed")


def test_a_fault_of_the_server_itself_is_tried_four_times():
    patient, clock, _ = patience()
    error = exhaust(patient, status=500)
    assert not isinstance(error, Unreachable)
    assert len(clock.slept) == 3


def test_a_host_that_never_answered_gets_a_tenth_and_one_given_up_a_single_try():
    patient, clock, hosts = patience(answered=False)
    exhaust(patient)
    assert clock.now() <= 60
    hosts.answered(URL)
    assert hosts.patience("https://host.org/b") == 600
    hosts.gave_up(URL)
    assert hosts.patience("https://host.org/b") == 0
    assert hosts.patience("https://other.org/b") == 60
    hosts.delivered(URL)
    assert hosts.patience("https://host.org/b") == 600


NOW = datetime(2025, 10, 21, 7, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Tue, 21 Oct 2025 07:30:00 GMT"}, 120),
        ({"retry-after": "Tuesday, 21-Oct-25 07:30:00 GMT"}, 120),
        ({"retry-after": "Tue, 21 Oct 2025 07:30:00 -0000"}, 120),
        ({"retry-after": "Tue, 21 Oct 2025 07:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "٣"}, None),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 42)}, 42),
        ({"x-ratelimit-reset": "42"}, 42),
        ({"retry-after": "soon", "x-ratelimit-reset": "42"}, 42),
        ({"ratelimit": '"api";r=0;t=55', "ratelimit-policy": '"fixed window";"api";q=500;w=300'}, 55),
        ({"ratelimit": "limit=100, remaining=0"}, None),
    ],
)
def test_a_server_says_in_many_ways_how_long_to_wait(headers, expected):
    assert asked_to_wait(headers, NOW.timestamp()) == expected


@given(st.integers(0, 86400))
def test_a_date_is_as_good_as_seconds(seconds):
    date = format_datetime(datetime.fromtimestamp(NOW.timestamp() + seconds, UTC), usegmt=True)
    assert asked_to_wait({"retry-after": date}, NOW.timestamp()) == seconds


@given(st.text(max_size=40))
def test_no_header_is_too_strange(text):
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit"):
        found = asked_to_wait({name: text}, 0.0)
        assert found is None or found >= 0


def test_only_what_may_change_is_asked_again():
    assert [status for status in range(400, 500) if may_change(status)] == [408, 425, 429]
    assert all(may_change(status) for status in range(500, 600))
    assert not any(may_change(status) for status in (200, 204, 301, 304))
