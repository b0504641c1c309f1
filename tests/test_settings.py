"""Where things are, and how much of the machine is ours."""

from __future__ import annotations

import os

import pytest

from curate.settings import cpu_count

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("limit", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", CORES), ("", CORES)]
)
def test_no_more_workers_than_a_container_has_time_for(tmp_path, limit, cores):
    """Sixty-four of them in a container of four cores would only fill its memory."""
    (tmp_path / "cpu.max").write_text(limit + "\n")
    assert cpu_count(tmp_path) == cores


def test_without_a_container_all_cores_are_ours(tmp_path):
    assert cpu_count(tmp_path) == CORES


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system knows no affinity")
def test_a_share_of_a_core_counts_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    (tmp_path / "cpu.max").write_text("350000 100000\n")
    assert cpu_count(tmp_path) == 4
