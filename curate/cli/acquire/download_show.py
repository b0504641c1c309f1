"""What `curate download` tells people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.archives.choose import in_words
from curate.cli._output import Output, count, duration

if TYPE_CHECKING:
    from curate.steps.acquire.download_summary import DownloadSummary

#: Labels listed in a table; the rest is counted.
_LISTED = 40

#: Labels named in a line.
_NAMED = 8


def show_download(out: Output, summary: DownloadSummary, folder: Path, common: dict[str, Any]) -> None:
    """Print what a download did, or would do."""
    out.problems(summary.problems, summary.problem_counts)
    if common["dry_run"]:
        for question in summary.questions[:_LISTED]:
            out.line(question)
        if summary.found:
            out.line(f"would fetch {count(summary.found, 'file')} of {count(summary.searches, 'label')}")
        else:
            out.line(f"would ask {summary.archive} {count(summary.searches, 'question')}")
        return
    out.table(
        "by label",
        ("label", "chosen", "known", "downloaded", "failed", "length", "MB"),
        [
            (
                row["label"] or "(none)",
                row["chosen"],
                row["known"],
                row["downloaded"],
                row["failed"],
                duration(row["seconds"])
                + (f" + {row['unknown_length']:,} unknown" if row["unknown_length"] else ""),
                row["bytes"] / 1e6 if row["bytes"] else None,
            )
            for row in summary.taxa[:_LISTED]
        ],
    )
    if len(summary.taxa) > _LISTED:
        out.line(f"... and {len(summary.taxa) - _LISTED:,} more labels (--json lists all)")
    left_out = ", ".join(
        f"{number:,} {in_words(reason)}" for reason, number in sorted(summary.excluded.items())
    )
    kept = f"{summary.kept:,} known"
    if summary.kept:
        kept += f" since {summary.kept_since}: --refresh asks again"
    out.line(
        f"{summary.archive}: {count(summary.found, 'recording')} found "
        f"by {count(summary.searches, 'question')} ({count(summary.asked, 'page')} asked, {kept}), "
        f"{summary.chosen:,} chosen" + (f". Left out: {left_out}" if left_out else "")
    )
    if summary.imported is not None:
        from curate.cli.acquire.import_ import show_import

        show_import(out, summary.imported, folder, dry_run=False)
    waiting = f", {summary.waiting:,} not fetched yet" if summary.waiting else ""
    missing = f", {summary.missing:,} not to be had (--retry-failed)" if summary.missing else ""
    restored = f", {summary.restored:,} put back whose file was gone" if summary.restored else ""
    filled = f", {summary.completed:,} completed by it" if summary.completed else ""
    linked = f" ({summary.linked:,} of them new to this archive{filled})" if summary.linked else ""
    rest = f"{missing}{waiting}{restored}"
    out.line(
        f"{summary.downloaded:,} downloaded "
        f"({duration(summary.audio_seconds)}, {summary.bytes / 1e6:,.1f} MB), "
        f"{summary.known:,} known{linked}, {summary.failed:,} failed{rest}. Dataset: {folder}"
    )
    if summary.above_cap:
        named = ", ".join(summary.above_cap[:_NAMED])
        more = f" and {len(summary.above_cap) - _NAMED:,} more" if len(summary.above_cap) > _NAMED else ""
        out.line(
            f"the dataset has more than {common['max_per_taxon']:,} of "
            f"{count(len(summary.above_cap), 'label')} with what came from elsewhere: {named}{more}. "
            "curate upsample --cap caps what trains"
        )
