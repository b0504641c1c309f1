"""`curate report`: what came in, what is kept and why, as one page and as numbers."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from curate import speeds
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.files.output import whole_file
from curate.formatting import Displayed
from curate.lookup import check_local
from curate.progress import Progress, silent
from curate.reporting.facts import ReportFacts
from curate.reporting.page import MARK, page
from curate.steps.inspect.excerpts import MOST_BYTES, USUAL_BYTES, doubtful, excerpts
from curate.steps.inspect.map_plane import map_plane
from curate.steps.inspect.overview import facts
from curate.steps.inspect.voice_certificate import voice_certificate


@dataclass(slots=True)
class ReportSummary(Displayed):
    """What a report says.

    Parameters
    ----------
    path, bytes
        The page; empty and 0 where none was asked for. With ``dry_run``, about how large it would be.
    excerpts
        Doubtful cuts that can be seen and heard in it.
    expected_s
        With ``dry_run``, about how long it would take; None where this machine has made no excerpt yet.
    """

    path: str = ""
    bytes: int = 0
    excerpts: int = 0
    facts: ReportFacts = field(default_factory=ReportFacts)
    expected_s: float | None = None
    elapsed_s: float = 0.0


def report(
    dataset: Dataset,
    *,
    out: str | os.PathLike[str] | None = None,
    rare: int = 20,
    cuts: int = 12,
    certificate: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ReportSummary:
    """Describe a dataset before and after, at one moment even while another process writes to it.

    Parameters
    ----------
    out
        The page to write: one file that needs no network. None gives the numbers alone.
    rare
        Classes of which fewer recordings are kept are marked as rare.
    cuts
        This many of the most doubtful cuts are shown, with a few seconds of sound each; 0 puts no
        sound, and so no voice, into the page.
    certificate
        Write another page, on voices alone: what was found, muted and left, how well, and what was not
        looked at.
    dry_run
        Count, and say how large the page would be; write nothing.

    Raises
    ------
    UsageError
        If `out` is there and no page of ours, or a number is negative.
    NotInCatalogue
        If there is no dataset.
    """
    started = time.monotonic()
    check(rare=rare, cuts=cuts, out=out, certificate=certificate)
    check_local(out)
    target = None if out is None else Path(out)
    if target is not None:
        _check_replaceable(target)
    summary = ReportSummary()
    with dataset.store.snapshot():
        summary.facts = facts(dataset, rare=rare)
        found = [] if certificate else doubtful(dataset, cuts)
        summary.facts.map, plane = (None, None) if certificate else map_plane(dataset)
    summary.facts.doubtful = [each.cut for each in found]
    if target is not None and dry_run:
        # All of the page but its excerpts is made, to see how large it would be.
        made = voice_certificate(dataset) if certificate else page(summary.facts, [], plane)
        _foresee(target, summary, made, len(found), started)
    elif target is not None:
        begun = time.monotonic()
        heard = excerpts(found, progress=progress)
        speeds.note("excerpts_s", len(heard), time.monotonic() - begun)
        made = voice_certificate(dataset) if certificate else page(summary.facts, heard, plane)
        text = made.encode("utf-8", "backslashreplace")
        with whole_file(target) as part:
            part.write_bytes(text)
        summary.path, summary.bytes, summary.excerpts = str(target.absolute()), len(text), len(heard)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _foresee(target: Path, summary: ReportSummary, made: str, cuts: int, started: float) -> None:
    """Say what the page would be."""
    text = made.encode("utf-8", "backslashreplace")
    summary.path, summary.excerpts = str(target.absolute()), cuts
    summary.bytes = len(text) + min(cuts * USUAL_BYTES, MOST_BYTES)
    counted = time.monotonic() - started
    heard = speeds.seconds_for("excerpts_s", cuts) if cuts else 0.0
    summary.expected_s = None if heard is None else counted + heard


def check(
    *,
    rare: int,
    cuts: int,
    out: str | os.PathLike[str] | None = None,
    certificate: bool = False,
    **_: object,
) -> None:
    """Look at the options before anything is counted.

    Raises
    ------
    UsageError
        If one is out of range.
    """
    for name, value in (("rare", rare), ("cuts", cuts)):
        if value < 0:
            raise UsageError(f"{name} must be 0 or more: got {value}")
    if certificate and out is None:
        raise UsageError(
            "--certificate is a page", hint="say where: curate report --certificate -o voices.html"
        )


def _check_replaceable(target: Path) -> None:
    """Make sure that nothing but an earlier page is written over."""
    if not target.exists() or target.is_dir():  # a folder is told by `whole_file`
        return
    with target.open("rb") as file:
        if MARK.encode() not in file.read(1000):
            raise UsageError(
                f"{target} is another file than a report of curate",
                hint="choose another name, or remove it first",
            )
