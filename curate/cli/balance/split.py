"""`curate split`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from curate.cli import _complete
from curate.cli._help import INPUT
from curate.cli._options import DatasetOption, DryRunOption, JsonOption, QuietOption
from curate.cli._output import Output, count, divided_words, duration, share

if TYPE_CHECKING:
    from curate.steps.balance.split_summary import SplitSummary

#: What a recording lacks that does not tell a key.
_UNTOLD = {
    "day": "a date to the day",
    "night": "a night",
    "folder": "a folder",
    "likeness": "vectors",
    "recordist": "a recordist",
    "site": "a site or coordinates",
}

#: Classes that the table shows; the others are in --json.
_SHOWN = 20


def split(
    dataset: DatasetOption = None,
    folds: Annotated[
        int | None, Option(metavar="K", show_default="5, if no share is given", help="Number of folds.")
    ] = None,
    train: Annotated[float | None, Option(metavar="SHARE", help="Share for training, 0 to 1.")] = None,
    valid: Annotated[float | None, Option(metavar="SHARE", help="Share for validation, 0 to 1.")] = None,
    test: Annotated[
        float | None, Option(metavar="SHARE", help="Share for the test, 0 to 1. Also works with --folds.")
    ] = None,
    group: Annotated[
        str | None,
        Option(
            metavar="KEYS",
            show_default="recordist,site, as far as known",
            help="Keep recordings together that agree in all of these: recordist, site, folder, day, "
            "night. likeness adds near twins.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        Option(
            metavar="NAME", show_default="the only one", help="Model whose vectors --group likeness compares."
        ),
    ] = None,
    site_km: Annotated[float, Option(metavar="KM", help="Size of a site, in kilometres.")] = 1.0,
    rare_in_train: Annotated[
        int, Option(metavar="N", help="Classes with at most N recordings are only for training.")
    ] = 0,
    by_year: Annotated[
        bool,
        Option(
            "--by-year",
            help="Divide by year instead of by group: early years for training, late years for the test.",
        ),
    ] = False,
    holdout_archive: Annotated[
        str | None,
        Option(
            metavar="ARCHIVE",
            autocompletion=_complete.archives,
            help="Use all recordings of this archive for the test.",
        ),
    ] = None,
    from_: Annotated[
        Path | None,
        Option(
            "--from",
            metavar="TABLE",
            help="Take folds from this table of recordings and folds.",
            rich_help_panel=INPUT,
        ),
    ] = None,
    seed: Annotated[int, Option(metavar="N", help="Seed for the order of equal groups.")] = 0,
    reset: Annotated[
        bool, Option("--reset", help="Forget all folds first, and upsampling with them.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Divide recordings into folds that share no recordist's site.

    Recordings that have a fold keep it. After a download, run the same command again to place the new
    ones.

    Examples
    --------
    Make five folds:

        curate split --folds 5

    Divide all again, into shares for training, validation and test:

        curate split --valid 0.2 --test 0.1 --reset
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.balance import split as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.split(
            birds,
            folds=folds,
            train=train,
            valid=valid,
            test=test,
            group=group,
            model=model,
            site_km=site_km,
            rare_in_train=rare_in_train,
            by_year=by_year,
            holdout_archive=holdout_archive,
            from_=from_,
            seed=seed,
            reset=reset,
            dry_run=dry_run,
        )
    out.result(summary, lambda: _show(out, summary, by_year=by_year, dry_run=dry_run))


def _show(out: Output, summary: SplitSummary, *, by_year: bool, dry_run: bool) -> None:
    if not summary.recordings:
        out.line("every fold is empty: curate status shows the recordings")
        return
    filled = _show_folds(out, summary, by_year=by_year)
    _show_classes(out, summary, filled)
    if summary.rare_labels:
        out.line(
            f"{count(len(summary.rare_labels), 'class')} too rare to divide: "
            f"{count(summary.rare, 'recording')}, and their groups, are always in training"
        )
    if summary.held_out:
        out.line(f"{count(summary.held_out, 'recording')} are held out for testing, with their groups")
    if summary.test_parts:
        out.line(f"{count(summary.test_parts, 'recording')} are test recordings of their set")
    if summary.moved:
        had = "would move" if dry_run else "moved"
        out.line(
            f"{count(summary.moved, 'recording')} {had} out of the fold that they had, as the table says"
        )
    if summary.unmatched:
        rows, such = count(summary.unmatched, "row"), ", ".join(summary.unmatched_names)
        out.line(f"the dataset lacks the recordings of {rows} of the table, such as {such}")
    out.problems(summary.problems)
    _show_groups(out, summary, by_year=by_year)
    out.line(
        f"{'would divide ' if dry_run else ''}{count(summary.recordings, 'recording')} in "
        f"{count(summary.groups, 'group')} ({summary.new:,} new, {summary.kept:,} kept their fold), "
        f"{share(summary.divergence, 1)} off the shares. A random split would divide "
        f"{count(summary.random_divided_groups, 'group')}, this one {summary.divided_groups:,}"
    )
    if summary.balance_lost:
        taken = "would be" if dry_run else "was"
        out.line(f"upsampling {taken} taken back with the old folds: run 'curate upsample' again")


def _show_groups(out: Output, summary: SplitSummary, *, by_year: bool) -> None:
    """Print what made the groups, and what of it is missing."""
    for key, number in summary.untold.items():
        rest = [other for other in summary.group if other not in ("day", "likeness", key)]
        result = f"groups are made by {' and '.join(rest)} alone" if rest else "each is a group of its own"
        out.line(f"{count(number, 'recording')} of {summary.recordings:,} without {_UNTOLD[key]}: {result}")
    if summary.hidden:
        out.line(
            f"the archive hides the place of {count(summary.hidden, 'recording')}: "
            "all that may be of one place stay together"
        )
    if summary.near_twins:
        out.line(
            f"{count(summary.near_twins, 'pair')} of recordings sound nearly the same: they stay together"
        )
    if summary.tied_by:
        smaller = "" if by_year else ". For smaller groups: --group recordist,site,day"
        out.line(
            f"one group holds {summary.largest:,} of {count(summary.recordings, 'recording')}, more than a "
            f"fold's share: {summary.tied_by}{smaller}"
        )
    if summary.divided_groups:
        out.line(divided_words(summary.divided_groups))


def _show_folds(out: Output, summary: SplitSummary, *, by_year: bool) -> list[int]:
    """Print the folds that hold something, and why others do not; gives the places of the first."""
    filled = [place for place, row in enumerate(summary.folds) if row.recordings]
    out.table(
        "folds",
        ("fold", "recordings", "share", "wanted", "length", "classes"),
        [
            (
                row.name,
                row.recordings,
                share(row.recordings, summary.recordings),
                share(row.share, 1) if row.share else "",
                duration(row.seconds),
                row.labels,
            )
            for row in (summary.folds[place] for place in filled)
        ],
    )
    empty = [row.name for row in summary.folds if not row.recordings]
    if empty:
        why, smaller = "Each year has one fold, and keeps it", ". With more years, --reset divides them again"
        if not by_year:
            why = f"There are {count(summary.groups, 'group')} for {count(len(summary.folds), 'fold')}"
            smaller = ", or for smaller groups (--group recordist,site,day)"
        out.line(f"empty: {_some(empty)}. {why}. Ask for fewer folds{smaller}")
    return filled


def _show_classes(out: Output, summary: SplitSummary, filled: Sequence[int]) -> None:
    worst = sorted(summary.classes, key=lambda row: (-row.divergence, row.label))[:_SHOWN]
    title = "recordings of each class"
    if len(worst) < len(summary.classes):
        title += f", the {len(worst)} farthest from the shares of {len(summary.classes):,} (--json has all)"
    names = [summary.folds[place].name for place in filled]
    out.table(
        title,
        ("class", *names, "off"),
        [
            (row.label, *(row.recordings[place] for place in filled), share(row.divergence, 1))
            for row in worst
        ],
    )
    for name in (name for name in names if name in summary.absent):
        labels = summary.absent[name]
        out.line(f"not in {name}: {count(len(labels), 'class')}: {_some(labels)}")
    for name, labels in summary.untrained.items():
        out.line(f"only in {name}, so a model trained on the other folds lacks: {_some(labels)}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
