"""What failed, by step and reason: a million failures of one kind are one line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from curate.catalogue import counts
from curate.catalogue.dataset import Dataset

#: Numbers (of seconds, of bytes), by which alone reasons may differ; not those in names such as mp3.
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d.,]*")


def failures(dataset: Dataset, heard: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sum up what failed.

    Parameters
    ----------
    heard
        What `failures_to_hear` gives of all recordings.

    Returns
    -------
    Per step and reason, by step and the most first: step, reason, recordings, and the path of the
    first (or its URL, of what could not be fetched).
    """
    return in_order([*heard, *_summed(dataset, counts.OTHER_FAILURES)])


def failures_to_hear(dataset: Dataset, first: int, last: int) -> list[dict[str, Any]]:
    """Sum up what failed to decode, and what failed in detectors, in a range of recordings."""
    return _summed(dataset, counts.FAILURES_TO_HEAR, {"first": first, "last": last})


def problems(dataset: Dataset, first: int, last: int) -> list[dict[str, Any]]:
    """Sum up what is lost or odd in recordings of a range that can be decoded, as `failures` does."""
    return _summed(dataset, counts.PROBLEMS, {"first": first, "last": last})


def _summed(dataset: Dataset, sql: str, values: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for step, reason, cell in dataset.store.rows(sql, values or {}):
        path = cell if step == "download" else dataset.path(cell)
        why = _kind(reason or "", path)
        group = groups.setdefault((step, why), {"step": step, "reason": why, "recordings": 0, "path": path})
        group["recordings"] += 1
    return list(groups.values())


def in_order(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort by step, the most first."""
    return sorted(groups, key=_order)


def _order(group: Mapping[str, Any]) -> tuple[str, int, str]:
    return group["step"], -group["recordings"], group["reason"]


def _kind(reason: str, path: str) -> str:
    """Take out of a reason what differs from file to file."""
    shown = path.encode(errors="backslashreplace").decode()
    before, name, after = reason.replace(shown, "").partition(os.path.basename(shown))
    if name and "/" in before:  # its path of then: the dataset, or its disk, moved since
        before, name = before[: before.index("/")], ""
    return _NUMBER.sub("…", (before + name + after).strip(" :"))
