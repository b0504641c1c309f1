"""What `keep`, `cut`, `same` and `different` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.cli._output import Output, duration

if TYPE_CHECKING:
    from curate.steps.review.record_verdict import PairSummary, VerdictSummary


def show_verdict(out: Output, summary: VerdictSummary, *, dry_run: bool) -> None:
    """Print what a verdict on a stretch did."""
    cut, before = duration(summary.cut_after), duration(summary.cut_before)
    ends = f"cut would be {cut}, is {before}" if dry_run else f"cut {cut}, before {before}"
    out.line(f"{summary.recording}: {ends}{_taken_back(summary, dry_run=dry_run)}")
    if summary.beyond:
        out.line(
            f"it ends at {summary.offset:g} s: the verdict is on {summary.onset:g} to {summary.offset:g} s"
        )
    _show_what_follows(out, summary, dry_run=dry_run)


def show_pair(out: Output, summary: PairSummary, *, dry_run: bool) -> None:
    """Print what a verdict on a pair did."""
    are = "are the same" if summary.judgement == "same" else "are different"
    noted = "would be noted: " if dry_run else ""
    out.line(f"{noted}{summary.recording} and {summary.other} {are}{_taken_back(summary, dry_run=dry_run)}")
    for name, reason in summary.dropped.items():
        out.line(f"{name} {'would be' if dry_run else 'is'} dropped: {reason}")
    for name in summary.back:
        is_back = "would be" if dry_run else "is"
        out.line(f"{name} {is_back} back in the dataset. Write its copy: curate render")
    _show_what_follows(out, summary, dry_run=dry_run)


def _show_what_follows(out: Output, summary: VerdictSummary | PairSummary, *, dry_run: bool) -> None:
    """Tell which exports are left behind, and in a dry run which copies would then be written."""
    out.outdated(summary.outdated, dry_run=dry_run)
    if dry_run:
        out.work(summary.work, after="then curate render ")


def _taken_back(summary: VerdictSummary | PairSummary, *, dry_run: bool) -> str:
    if dry_run:
        return ""
    return (
        f". This is verdict {summary.number} of {summary.reviewer} (curate undo "
        f"{summary.number} takes it back)"
    )
