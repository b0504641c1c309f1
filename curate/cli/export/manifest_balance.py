"""What `curate manifest` says of folds and copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.cli._output import Output, count, divided_words, unfolded_words

if TYPE_CHECKING:
    from curate.steps.export.manifest_summary import ManifestSummary

#: Classes that are named at most.
_NAMED = 8


def show_balance(output: Output, summary: ManifestSummary, *, chosen: bool) -> None:
    """Tell where rows train otherwise than `split` and `upsample` would have it."""
    if summary.unfolded:
        output.line(unfolded_words(summary.unfolded, "left out" if chosen else "in it"))
    if summary.divided:
        output.line(divided_words(summary.divided, "cluster"))
    if summary.unused:
        output.line(f"{count(summary.unused, 'row')} above the cap of upsample are left out")
    if summary.counted_otherwise:
        classes = count(len(summary.counted_otherwise), "class")
        named = ", ".join(summary.counted_otherwise[:_NAMED])
        output.line(f"upsample would count {classes} otherwise by now ({named}): run it again as before")
    if summary.uncounted:
        output.line("upsample counted windows, but these rows are recordings: each is used once")
    if summary.windows_uncounted:
        output.line("upsample counted recordings, but these rows are windows (curate windows, then upsample)")
    if summary.no_copies:
        output.line(
            f"{count(summary.no_copies, 'row')} are repeated, and {summary.format} lacks "
            "a column for it: --repeat writes such rows several times"
        )
    if summary.no_weights:
        output.line(
            f"{count(summary.no_weights, 'row')} have a weight, and {summary.format} lacks a column for it: "
            "the neutral table (--format csv) has one"
        )
    if summary.shares.surplus:
        output.line(
            f"{count(summary.shares.surplus, 'row')} more than upsample counted, as "
            f"{_parts(summary)} of one recording are rows: they share its weight"
        )


def _parts(summary: ManifestSummary) -> str:
    """Name what of a recording is a row, and for stretches the command that makes one row of it."""
    return "annotations" if summary.carried.annotations else "stretches (curate render joins them)"
