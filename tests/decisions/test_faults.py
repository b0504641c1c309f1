"""Faults of whole files, and their codes."""

from __future__ import annotations

import pytest

from curate.decisions.faults import fault_cuts, fault_of


@pytest.mark.parametrize(
    ("facts", "reason", "action"),
    [
        (("failed", 0, None, None, "it is empty (0 bytes)"), "OE004 empty file", "drop"),
        (("failed", 90, None, None, "not recognised"), "undecodable; not recognised", "drop"),
        (("ok", 44, 0, "wav", None), "FL012 header without sound", "drop"),
        (("ok", 90, 9, "flac", "truncated: decoder stopped"), "FL010 truncated; decoder stopped", "flag"),
        (("ok", 90, 9, "wav", "truncated: decoder stopped"), "FL005 truncated; decoder stopped", "flag"),
        (("ok", 90, 9, "wavex", "truncated: decoder stopped"), "FL005 truncated; decoder stopped", "flag"),
        (("ok", 90, 9, "rf64", "truncated: decoder stopped"), "FL005 truncated; decoder stopped", "flag"),
        (("ok", 90, 9, "mp3", "truncated: decoder stopped"), "truncated; decoder stopped", "flag"),
        (("ok", 90, 9, "mp3", "lost sync"), "damaged; lost sync", "flag"),
    ],
)
def test_a_fault_has_its_code_and_its_consequence(facts, reason, action):
    (cut,) = fault_cuts(fault_of(*facts), duration=9)
    assert (cut.words, cut.action) == (reason, action)


def test_a_sound_file_has_none():
    assert fault_cuts(fault_of("ok", 90, 9, "wav", None), duration=9) == []
