# ruff: noqa: DTZ001 - zones are text
"""Firmware has faults of its own: whatever the bytes are, reading them ends and raises nothing."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.recorders import bext, comments, config, guano, info, marks, names, summary, wamd
from curate.recorders.combine import combine
from curate.recorders.containers import Parts, parts_of
from curate.recorders.stamps import read_stamp
from tests.recorder_bytes import wav

READERS = (
    bext.claim,
    comments.claims,
    config.claim,
    guano.claim,
    info.claim,
    wamd.claim,
    lambda data: info.claim(b"INFO" + data),
    lambda data: marks.claim(
        Parts("wav", [(b"fmt ", data[:16]), (b"cue ", data), (b"LIST", b"adtl" + data)])
    ),
    lambda data: marks.claim(Parts("aiff", [(b"COMM", b"\0\1" + data), (b"MARK", data)])),
    lambda data: info.claim_of_aiff([(b"ANNO", data), (b"AUTH", data)]),
    lambda data: summary.read(data, ""),
    lambda data: guano.claim(b"Timestamp:" + data + b"\nTE:" + data + b"\nLoc Position:" + data),
)


@pytest.mark.parametrize("read", READERS)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_left_alone(read, data):
    read(data)


@given(
    data=st.binary(max_size=300),
    head=st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF", b"OggS\0\2", b"fLaC", b"ID3"]),
)
def test_any_file_is_read_or_left_alone(head, data):
    parts_of(io.BytesIO(head + data))


@given(at=st.integers(0, 7000), length=st.integers(0, 40))
def test_a_file_that_is_cut_or_scribbled_on_is_read_or_left_alone(at, length):
    data = wav([(b"guan", b"TE: 10\n")], [(b"LIST", b"INFOICMT")])
    parts_of(io.BytesIO(data[:at] + b"\xff" * length + data[at + length :]))
    parts_of(io.BytesIO(data[:at]))


@given(stem=st.text(max_size=40))
def test_any_name_is_read_or_left_alone(stem):
    names.claim(stem)
    read_stamp(stem)


@given(
    date=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2199, 12, 30)),
    zone=st.sampled_from(["", "Z", "+05:30", "-03:30", "+12:45"]),
)
def test_a_time_that_is_written_is_read_again(date, zone):
    text = date.replace(microsecond=0).isoformat() + zone
    assert read_stamp(text) == text
    facts = combine([claim for claim in (guano.claim(f"Timestamp: {text}".encode()),) if claim])
    assert facts.start == text
