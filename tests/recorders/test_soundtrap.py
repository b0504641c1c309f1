"""SoundTrap's log beside a recording: its zone, gain, battery, temperature, and time that was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.recorders import soundtrap
from curate.recorders.beside import card_in, claims_beside, kind
from curate.recorders.combine import combine
from curate.recorders.names import claim as name_claim

NAME = "5678.200711120000"


def log(**values):
    """Write a log as the host software does: one attribute for each event. Infos may be several."""
    told = {
        "SamplingStartTimeLocal": "2020-07-11T12:00:00",
        "SamplingStartTimeUTC": "2020-07-11T00:00:00",
        "SamplingStartTimeSubS": "250000 us",
        "CumulativeSamplingGap": "125 us",
    } | values
    events = "".join(
        f'<PROC_EVENT ID="4"><WavFileHandler {name.rstrip("_")}="{value}" /></PROC_EVENT>'
        for name, value in told.items()
        if value is not None
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><ST><CFG ID="4" FTYPE="wav"><FS> 96000 </FS></CFG>'
        '<EVENT TIME="1"><START STATE="NEW" /><AUDIO Gain="High" /><INT_BATT UNITS="mV"> 3912 </INT_BATT>'
        f'<TEMPERATURE UNITS="DegCx100"> 1234 </TEMPERATURE></EVENT>{events}</ST>'
    ).encode()


def test_the_zone_comes_from_local_time_and_utc():
    claim = soundtrap.claim(log())
    assert claim.start == "2020-07-11T12:00:00.25+12:00"
    assert (claim.gain, claim.battery, claim.temperature) == ("high", "3.91 V", 12.34)
    assert claim.problems == ()
    assert ("SamplingStartTimeSubS", "250000 us") in claim.fields
    facts = combine([name_claim(NAME), claim])
    assert (facts.start, facts.serial, facts.doubts) == (claim.start, "5678", ())


@given(st.integers(-12 * 4, 14 * 4), st.integers(-3, 3))
def test_where_no_local_time_is_told_the_name_tells_it(quarters, seconds):
    utc = datetime(2020, 7, 11, 10, tzinfo=UTC)
    shown = utc + timedelta(minutes=15 * quarters, seconds=seconds)
    written = log(SamplingStartTimeLocal=None, SamplingStartTimeUTC="2020-07-11T10:00:00")
    start = soundtrap.claim(written, shown.replace(tzinfo=None).isoformat()).start
    assert datetime.fromisoformat(start) == utc + timedelta(seconds=0.25)
    assert datetime.fromisoformat(start).utcoffset() == timedelta(minutes=15 * quarters)


def test_time_in_words_of_a_zone_is_no_utc_and_is_told():
    claim = soundtrap.claim(log(SamplingStartTimeUTC="2020-07-11 12:00:00 NZST"))
    assert claim.start == ""
    assert claim.problems == ("log: SoundTrap's log names no start in UTC that can be read",)


def test_lost_time_is_told_unless_zeros_fill_it():
    lost = soundtrap.claim(log(CumulativeSamplingGap="1500000 us"))
    assert lost.problems[0].startswith("gaps: the recorder lost 1.5 s inside this file")
    filled = log(
        CumulativeSamplingGap="1500000 us", Info="Sampling Gap 1500000 us", Info_="added 144000 zeros"
    )
    assert soundtrap.claim(filled).problems == ()


@pytest.mark.parametrize("data", [b"", b"<ST>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY b "c">]><ST>&b;</ST>'])
def test_what_is_no_log_is_told_and_stops_nothing(data):
    assert soundtrap.claim(data).problems[0].startswith("log: SoundTrap's log is no XML that can be read")
    assert soundtrap.claim(b"<other/>") is None


def test_a_log_tells_of_the_recording_that_it_lies_beside(tmp_path):
    for name in (f"{NAME}.wav", "5678.200711130000.wav", "notes.xml"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / f"{NAME}.log.xml").write_bytes(log())
    card_in.cache_clear()
    (claim,) = claims_beside(str(tmp_path / f"{NAME}.wav"), "2020-07-11T12:00:00")
    assert claim.start.endswith("+12:00")
    assert claims_beside(str(tmp_path / "5678.200711130000.wav"), "") == []
    assert (kind(f"{NAME}.log.xml"), kind("notes.xml")) == ("*.log.xml", "")
