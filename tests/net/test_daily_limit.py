"""What a host gives in a day: all runs together keep to it, and the next day begins by the clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curate.errors import DaySpent
from curate.net.daily_limit import Volumes
from curate.net.http import Expectation, Http, Limit
from curate.net.limits import Manners
from tests.fakes.sounds import sound
from tests.net.clocks import Still
from tests.net.conftest import LOCAL

URL = "https://media.example.org/1.wav"
HOUR = 3600
MANNERS = Manners(limits={"media.example.org": Limit(day=1000)})


def test_other_hosts_are_not_counted():
    volumes = Volumes(MANNERS, {}, Still())
    volumes.add("https://elsewhere.example.org/1.wav", 10**12)
    assert volumes.fresh() == {}


def test_what_earlier_runs_fetched_counts_for_a_day():
    clock = Still(wall=100 * HOUR)
    before = {("media.example.org", 76): 600, ("media.example.org", 90): 400}
    with pytest.raises(DaySpent, match=r"media\.example\.org gives 1e-06 GB in 24 hours") as caught:
        Volumes(MANNERS, before, clock).add(URL, 0)
    assert "continues where this one stopped" in caught.value.hint
    clock.sleep(HOUR)
    Volumes(MANNERS, before, clock).add(URL, 0)


def test_what_is_new_is_given_once_by_the_hour():
    clock = Still(wall=100 * HOUR)
    volumes = Volumes(MANNERS, {("media.example.org", 99): 5}, clock)
    volumes.add(URL, 10)
    clock.sleep(HOUR)
    volumes.add(URL, 20)
    volumes.add(URL, 0)
    assert volumes.fresh() == {("media.example.org", 100): 10, ("media.example.org", 101): 20}
    assert volumes.fresh() == {}


def test_a_file_that_reaches_the_limit_is_left_where_it_is_and_resumed_the_next_day(host, tmp_path):
    body = sound(2, seconds=40, sr=16000)
    host.files["/long.wav"] = body
    manners = replace(LOCAL, limits={"127.0.0.1": Limit(requests=None, day=800_000)})
    clock = Still(wall=100 * HOUR)
    expect = Expectation(size=len(body), name_hint="long.wav")
    with Http(manners, clock=clock) as http:
        with pytest.raises(DaySpent):
            http.download(f"{host.url}/long.wav", tmp_path / "long", expect=expect)
        fetched = http.volumes.fresh()
        asked = len(host.seen)
        with pytest.raises(DaySpent):
            http.download(f"{host.url}/a/song.wav", tmp_path / "song")
        assert len(host.seen) == asked
    assert not (tmp_path / "long.wav").exists()
    assert 0 < sum(fetched.values()) < len(body)
    clock = Still(wall=126 * HOUR)
    with Http(manners, fetched=fetched, clock=clock) as http:
        found = http.download(f"{host.url}/long.wav", tmp_path / "long", expect=expect)
    assert found.resumed
    assert found.path.read_bytes() == body
