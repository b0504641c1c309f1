"""What `keep`, `cut`, `same` and `different` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.cli._output import Output, duration

if TYPE_CHECKING:
    from curate.steps.review.record_verdict import PairSummary, VerdictSummary


def show_verdict(out: Output, summary: VerdictSummary) -> None:
    """Print what a verdict on a stretch did."""
    out.line(
        f"{summary.recording}: cut {duration(summary.cut_after)}, before {duration(summary.cut_before)}; "
        f"{_taken_back(summary)}"
    )
    if summary.beyond:
        out.line(
            f"it ends at {summary.offset:g} s: the verdict is on {summary.onset:g} to {summary.offset:g} s"
        )
    out.outdated(summary.outdated)


def show_pair(out: Output, summary: PairSummary) -> None:
    """Print what a verdict on a pair did."""
    are = "are the same" if summary.judgement == "same" else "are not the same"
    out.line(f"{summary.recording} and {summary.other} {are}; {_taken_back(summary)}")
    for name, reason in summary.dropped.items():
        out.line(f"{name} is dropped: {reason}")
    for name in summary.back:
        out.line(f"{name} is dropped no more; a copy that it needs: curate render")


def _taken_back(summary: VerdictSummary | PairSummary) -> str:
    return f"verdict {summary.number} of {summary.reviewer} (curate undo {summary.number} takes it back)"
