"""`curate status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curate.cli._options import DatasetOption, JsonOption, QuietOption
from curate.cli._output import NOTHING_YET, Output, count, duration, lost_words, share, unfolded_words
from curate.formatting import when

if TYPE_CHECKING:
    from curate.reporting.facts import ReviewFacts
    from curate.steps.inspect.status import StatusSummary

#: Reasons of failures that are listed; the rest is counted.
_LISTED = 10

#: Recorders that are listed.
_RECORDERS = 60


def status(dataset: DatasetOption = None, json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Summarise recordings, detections, failures and cuts.

    It ends with the licence terms for sharing the set.

    Examples
    --------
    Summarise the dataset in this folder:

        curate status

    Print another one as JSON:

        curate status --dataset birds --json
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import status as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.status(birds)
    out.result(summary, lambda: _show(out, summary))


def _show(out: Output, summary: StatusSummary) -> None:
    out.line(
        f"{summary.dataset}: {count(summary.recordings, 'recording')} ({duration(summary.seconds)}, "
        f"{summary.bytes / 1e6:,.1f} MB) of {count(summary.labels, 'class')}. "
        f"{summary.unlabelled:,} without a label, {summary.failed:,} failed"
    )
    out.table(
        "archives",
        ("archive", "recordings", "failed", "classes", "length"),
        [
            (r["archive"], r["recordings"], r["failed"], r["labels"], duration(r["seconds"]))
            for r in summary.archives
        ],
    )
    out.table(
        "layers",
        ("layer", "version", "scanned", "failed", "waiting", "found in", "segments", "length"),
        [
            (
                r["layer"],
                r["version"],
                r["looked_at"],
                r["failed"],
                r["waiting"],
                r["recordings"],
                r["segments"],
                duration(r["seconds"]),
            )
            for r in summary.layers
        ],
    )
    _show_unheard(out, summary)
    out.table(
        "cuts",
        ("step", "action", "reason", "recordings", "cuts", "length"),
        [
            (r["step"], r["action"], r["reason"], r["recordings"], r["cuts"], duration(r["seconds"]))
            for r in summary.cuts
        ],
    )
    out.table(
        "failed",
        ("step", "reason", "recordings", "the first"),
        [(r["step"], r["reason"], r["recordings"], r["path"]) for r in summary.failures[:_LISTED]],
    )
    if len(summary.failures) > _LISTED:
        out.line(f"... and {len(summary.failures) - _LISTED:,} more reasons (--json has all)")
    if summary.failures:
        out.line("every recording that failed: curate show failures")
    _show_problems(out, summary)
    out.table(
        "licences",
        ("licence", "recordings", "changed copies"),
        [(r["license"], r["recordings"], r["changed"]) for r in summary.licenses],
    )
    out.table(
        "latest runs",
        ("command", "started (UTC)", "ended (UTC)", "outcome"),
        [
            (r["command"], when(r["started"]), when(r["ended"] or ""), r["outcome"] or "running, or killed")
            for r in summary.last_runs
        ],
    )
    out.table(
        "exports",
        ("export", "format", "rows", "written (UTC)", "state", "why"),
        [
            (r["path"], r["format"], r["rows"], when(r["at"]), r["state"], r["reason"])
            for r in summary.exports
        ],
    )
    _show_recorders(out, summary)
    _show_old_copies(out, summary)
    _show_result(out, summary)
    for each in summary.against:
        unheard = each["recordings"] - each["heard"]
        out.line(
            f"kept apart from {each['place']}: {count(each['recordings'], 'recording')}"
            f"{f', {unheard:,} of them left to scan' if unheard else ''}. {each['leaks']:,} "
            "of this dataset share a sound with it"
        )
    if summary.review is not None:
        _show_review(out, summary.review)
    if not summary.recordings:
        out.line(NOTHING_YET)
    if summary.recordings and summary.redistribution is not None:
        from curate.archives.terms import in_words

        for line in in_words(summary.redistribution):
            out.line(line)


def _show_recorders(out: Output, summary: StatusSummary) -> None:
    """Say what each recorder did, and what is wrong with it."""
    out.table(
        "recorders",
        ("site", "recorder", "schedule", "from", "to", "nights", "length", "remarks"),
        [
            (
                each.site,
                each.recorder,
                each.schedule,
                each.first,
                each.last,
                len(each.nights) - len(each.missing),
                duration(each.seconds),
                ", ".join(each.remarks),
            )
            for each in summary.recorders[:_RECORDERS]
        ],
    )
    if len(summary.recorders) > _RECORDERS:
        out.line(f"... and {len(summary.recorders) - _RECORDERS:,} more recorders (--json has all)")


def _show_old_copies(out: Output, summary: StatusSummary) -> None:
    needed = summary.old_copies - summary.unneeded_copies
    size = (summary.old_bytes - summary.unneeded_bytes) / 1e6
    if needed:
        copies = count(needed, "clean copy")
        out.line(f"{copies} of earlier cuts ({size:,.1f} MB) that exports name")
    if summary.unneeded_copies:
        out.line(
            f"{count(summary.unneeded_copies, 'clean copy')} of earlier cuts "
            f"({summary.unneeded_bytes / 1e6:,.1f} MB) that every export can spare: curate clean-up"
        )


def _show_result(out: Output, summary: StatusSummary) -> None:
    """Tell what is kept, and what became of the voices."""
    muted = f", {duration(summary.muted_seconds)} of it muted" if summary.muted_seconds else ""
    waiting = f", {summary.waiting_copies:,} to be made: curate render"
    out.line(
        f"kept: {duration(summary.kept_seconds)} of {count(summary.kept, 'recording')}{muted}. "
        f"Cut: {duration(summary.cut_seconds)}. Dropped: {summary.dropped:,} "
        f"({duration(summary.dropped_seconds)}). {count(summary.clean_copies, 'clean copy')} "
        f"({summary.clean_bytes / 1e6:,.1f} MB){waiting if summary.waiting_copies else ''}"
    )
    if summary.too_short:
        out.line(f"{count(summary.too_short, 'recording')} left out: less than 25 ms is left")
    if summary.unfolded:
        out.line(unfolded_words(summary.unfolded))
    if summary.privacy is not None:
        out.line(_voices(summary.privacy))


def _voices(of: dict[str, Any]) -> str:
    """Say what became of the voices."""
    left = f"{duration(of['left'])} in {count(of['recordings_left'], 'recording')}"
    parts = [f"voices: found {duration(of['found'])}, sure or not"]
    if of["decided"] or of["removed"] or of["muted"]:
        parts.append(
            f"Removed {duration(of['removed'])}, muted {duration(of['muted'])} (with margins), left {left}"
        )
        if of["in_review"]:
            flagged = count(of["recordings_in_review"], "recording")
            parts.append(f"Flagged {duration(of['in_review'])} in {flagged} (with margins)")
    elif of["recordings_left"]:
        verb = "is" if of["recordings_left"] == 1 else "are"
        parts.append(f"{left} {verb} exported: curate strip-voice decides")
    parts.append(f"{of['not_looked_at']:,} left to scan")
    if of["outdated"]:
        parts.append("An earlier version of the detector scanned: curate strip-voice scans again")
    return ". ".join(parts)


def _show_unheard(out: Output, summary: StatusSummary) -> None:
    low = {r["layer"]: r["too_low"] for r in summary.layers if r["too_low"]}
    if low:
        told = ", ".join(f"{layer} {number:,}" for layer, number in low.items())
        out.line(f"recordings left out by a layer, as their rate is too low: {told}")


def _show_problems(out: Output, summary: StatusSummary) -> None:
    out.table(
        "lost or odd in what was decoded",
        ("problem", "recordings", "the first"),
        [(r["reason"], r["recordings"], r["path"]) for r in summary.problems[:_LISTED]],
    )
    if len(summary.problems) > _LISTED:
        out.line(f"... and {len(summary.problems) - _LISTED:,} more problems (--json has all)")
    if summary.damaged:
        out.line(lost_words(summary.damaged_seconds, summary.damaged))


def _show_review(out: Output, found: ReviewFacts) -> None:
    by = ", ".join(f"{each['reviewer']} {each['verdicts']:,}" for each in found.reviewers)
    line = f"verdicts: {found.verdicts:,} on {count(found.recordings, 'recording')} ({by})"
    if found.compared:
        kappa = "" if found.kappa is None else f", kappa {found.kappa:.2f}"
        agreed = share(found.agreed, found.compared)
        line += f". Agreed on {found.agreed:,} of {count(found.compared, 'item')} ({agreed}{kappa})"
    out.line(line)
    for each in found.sample:
        if each.name == "all":
            out.line(
                f"right in a random sample of the result: {share(each.right, each.n)} "
                f"({100 * each.low:.1f} to {100 * each.high:.1f} %, {each.n:,} of "
                f"{found.sample_of:,} reviewed)"
            )
