"""`curate split`: give every recording a fold, whole groups at a time."""

from __future__ import annotations

import os
import time
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from curate.catalogue import assignments, runs
from curate.catalogue.dataset import Dataset, Run
from curate.catalogue.store import Store
from curate.decisions.folds_by_year import divide_by_year
from curate.decisions.groups import (
    GROUP_KEYS,
    LIKENESS,
    USUAL_KEYS,
    GroupKey,
    Item,
    check_keys,
    grouped,
    hidden_in,
    named_by_recorder,
    told,
    usual_keys,
)
from curate.decisions.split import TEST, divide, shares_of
from curate.errors import UsageError
from curate.formats.files.set_parts import whole_part
from curate.lookup import suggestion
from curate.scores.likeness_groups import near_twins, nearest
from curate.steps.balance.given_folds import given_folds
from curate.steps.balance.split_summary import SplitSummary, count, fold_name
from curate.steps.common.recording_vectors import of_recordings
from curate.steps.common.retentions import kept

STEP = "split"

#: Bytes of a digest: SHA-256.
_DIGEST = 32

#: What folds are made from, as `catalogue.runs` knows it; they are told of, too.
_MADE_FROM = (
    "recordings",
    "recorders",
    "labels",
    "more_labels",
    "clusters",
    "cuts/",
    "assignments/folds",
    f"settings/{STEP}",
)

#: What a recording has that tells a key.
_WORDS: dict[GroupKey, str] = {
    "day": "a date to the day",
    "folder": "a folder",
    "likeness": "vectors (curate embed)",
    "night": "a night",
    "recordist": "a recordist",
    "site": "a site or coordinates",
}


def split(
    dataset: Dataset,
    *,
    folds: int | None = None,
    train: float | None = None,
    valid: float | None = None,
    test: float | None = None,
    group: str | None = None,
    model: str | None = None,
    site_km: float = 1.0,
    rare_in_train: int = 0,
    by_year: bool = False,
    holdout_archive: str | None = None,
    from_: str | os.PathLike[str] | None = None,
    seed: int = 0,
    reset: bool = False,
    dry_run: bool = False,
) -> SplitSummary:
    """Divide the recordings into folds, or into training, validation and test.

    Recordings of one group get one fold. Duplicates always are one group. Recordings that have a
    fold keep it, so that later downloads never move what a model was trained on.

    Parameters
    ----------
    folds, train, valid, test
        Number of folds, or shares: see `decisions.split.shares_of`. Nothing is 5 folds.
    group
        Keys of `decisions.groups.GROUP_KEYS` with commas between: recordings that agree in all
        are one group. Empty: only duplicates stay together. None: recordist and site, as far as any
        recording tells them.
    model
        With the key ``likeness``, whose vectors say what sounds nearly the same; the only ones that there are
        where None.
    site_km
        Side of the squares to which coordinates are rounded.
    rare_in_train
        Classes with no more recordings than this train always, with all of their groups.
    by_year
        Divide by year instead of by group, the earliest to training. `group` is of no effect then.
    holdout_archive
        All of this archive, with its groups, tests.
    from_
        CSV table of recordings and folds: those are kept. Where one moves a recording out of the fold that it
        has, copies and weights that were counted are forgotten.
    seed
        Of the order in which equal groups are dealt out.
    reset
        Forget all folds first, and the copies and weights that were counted with them.
    dry_run
        Say what would be done. Write nothing.

    Raises
    ------
    UsageError
        If options contradict each other or the split that is there, or no recording tells what the groups
        shall be made by.
    FormatError
        If the table cannot be read.
    """
    # First of all: `locals()` holds the arguments alone as long as nothing else has a name.
    asked_for = {
        name: None if value is None else os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in locals().items()
        if name not in ("dataset", "reset", "dry_run")
    }
    started = time.monotonic()
    shares = shares_of(folds, train, valid, test)
    keys = _asked_keys(group, site_km=site_km, model=model)
    by_likeness = LIKENESS in (keys or ()) and not by_year
    _check_rare(rare_in_train, by_year=by_year, holdout_archive=holdout_archive)
    # Numbers of folds as text: so the catalogue gives them back from JSON, and `_check_division` compares.
    plan = {"shares": {str(number): share for number, share in shares.items()}, "by_year": by_year}
    parameters = {
        **plan,
        "group": USUAL_KEYS if keys is None else keys,
        "site_km": site_km,
        "rare_in_train": rare_in_train,
        "holdout_archive": holdout_archive,
        "from": from_ and os.fspath(from_),
        "seed": seed,
        "reset": reset,
    }
    dataset.check_exists()
    with nullcontext(Run()) if dry_run else dataset.writing(STEP, parameters) as run:
        summary = SplitSummary()
        store = dataset.store
        # No trigger of the catalogue tells of other vectors.
        is_asked = reset or dry_run or from_ is not None or by_likeness
        kept = None if is_asked else runs.standing(store, STEP, asked_for, _MADE_FROM)
        if kept is not None:
            summary = SplitSummary.of(kept)
            run.counts.update(summary.counts)
            summary.elapsed_s = time.monotonic() - started
            return summary
        items, seconds = divided_items(store, keep=not reset, summary=summary)
        if by_likeness:
            items = _with_near_twins(dataset, items, model, summary)
        earlier = None if reset else assignments.settings_of(store, STEP)
        _check_division(items, holdout_archive, earlier, plan)
        given = {} if from_ is None else given_folds(dataset, Path(from_), shares, summary)
        summary.moved = sum(item.fold not in (None, given.get(item.number, item.fold)) for item in items)
        # Copies and weights were counted with the folds that go.
        summary.balance_lost = bool(reset or summary.moved) and assignments.are_balanced(store)
        # What a table gave in an earlier run is no division of years either.
        stated = {*given, *(earlier or {}).get("stated", ())}
        items = [
            replace(item, fold=given.get(item.number, item.fold), is_stated=True)
            if item.number in stated
            else item
            for item in items
        ]
        keys = () if by_year else _usable_keys(items, keys, summary)
        groups = grouped(items, keys, site_km=site_km)
        if by_year:
            division = divide_by_year(items, groups, shares)
        else:
            division = divide(
                items, groups, shares, rare_in_train=rare_in_train, holdout_archive=holdout_archive, seed=seed
            )
        count(summary, items, groups, division, seconds=seconds, shares=shares, seed=seed)
        if not dry_run:
            with store.transaction():
                if reset:
                    assignments.forget_folds(store)
                elif summary.balance_lost:
                    assignments.forget_shares(store)
                pairs = zip(items, division.folds, strict=True)
                assignments.put_folds(store, ((item.number, fold) for item, fold in pairs))
                # Whose folds those are that stay: a recipe names them, unless they are its own.
                said = earlier.get("said") if earlier is not None and summary.kept else asked_for
                assignments.put_settings(
                    store, STEP, {**plan, "said": said, "stated": sorted(stated) if by_year else []}
                )
                if from_ is None:
                    runs.keep(store, STEP, asked_for, summary.kept_later)
        run.counts.update(summary.counts)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _with_near_twins(
    dataset: Dataset, items: Sequence[Item], model: str | None, summary: SplitSummary
) -> list[Item]:
    """Add to what is the same what sounds nearly the same, so that no two folds share it."""
    held = of_recordings(dataset, model)
    numbers = held.numbers.tolist()
    like: defaultdict[int, list[int]] = defaultdict(list)
    for one, other, _ in near_twins(nearest(held.vectors)):
        like[numbers[one]].append(numbers[other])
        summary.near_twins += 1
    known = set(numbers)
    return [
        replace(item, same=(*item.same, *like[item.number]), has_vectors=item.number in known)
        for item in items
    ]


def _asked_keys(group: str | None, *, site_km: float, model: str | None) -> Sequence[Any] | None:
    """Read the keys that are asked for; None where nobody says any."""
    keys = None if group is None else [key.strip() for key in group.split(",") if key.strip()]
    check_keys(keys or (), site_km)
    if model is not None and LIKENESS not in (keys or ()):
        raise UsageError("--model chooses the vectors", hint="add likeness to the keys of --group")
    return keys


def _check_division(
    items: Sequence[Item],
    holdout_archive: str | None,
    earlier: Mapping[str, Any] | None,
    plan: Mapping[str, Any],
) -> None:
    """Refuse an archive that there is not, and another plan than that of folds that stay."""
    if holdout_archive and holdout_archive not in (archives := {item.archive for item in items}):
        raise UsageError(f"unknown archive '{holdout_archive}'", hint=suggestion(holdout_archive, archives))
    if (
        earlier is not None
        and {name: earlier.get(name) for name in plan} != plan
        and any(item.fold is not None for item in items)
    ):
        raise UsageError(
            f"the recordings are divided otherwise already: {_plan(earlier)}",
            hint="give the same options to add new recordings, or --reset to assign all folds again",
        )


def _check_rare(rare_in_train: int, *, by_year: bool, holdout_archive: str | None) -> None:
    if rare_in_train < 0:
        raise UsageError(f"rare_in_train must be 0 or more: got {rare_in_train}")
    if by_year and (rare_in_train or holdout_archive):
        raise UsageError(
            "--by-year divides by year alone", hint="leave --rare-in-train and --holdout-archive out"
        )


def _place_of(name: str, digest: str) -> int:
    """Say by what a recording is ordered: what it is, wherever it lies and whenever it came."""
    # A number takes less memory than its text.
    return int(digest or sha256(name.encode(errors="surrogateescape")).hexdigest(), 16)


def order_of(store: Store, members: Sequence[int]) -> dict[int, int]:
    """Tell by what some recordings are ordered among those of `divided_items`."""
    return {number: _place_of(name, digest) for number, name, digest in assignments.digests(store, members)}


def divided_items(
    store: Store, *, keep: bool = True, summary: SplitSummary | None = None
) -> tuple[list[Item], Sequence[float]]:
    """Read all recordings that are kept, and what is kept of them in seconds. With folds on request.

    They come in an order of their own, so that folds do not depend on that of the import. With a summary,
    what a set names its test is given to the test, and counted there.
    """
    items, seconds, places = [], array("d"), bytearray()
    folders: dict[str, str] = {}  # each is held once
    for each in kept(store):
        together = (each.cluster, each.first)
        fold = each.fold if keep else None
        is_test = whole_part(each.part) == "test"
        if summary is not None and fold is None and is_test:
            fold = TEST
            summary.test_parts += 1
        path = os.fsdecode(each.path)
        folder = os.path.dirname(path)
        items.append(
            Item(
                each.number,
                each.label,
                each.secondary,
                each.archive,
                each.recordist,
                each.latitude,
                each.longitude,
                each.date,
                tuple(known for known in together if known is not None and known != each.number),
                fold,
                each.site,
                folders.setdefault(folder, folder),
                each.cluster is not None or each.copies > 1,
                each.night,
                is_by_recorder=named_by_recorder(path),
                is_hidden=each.obscured == "yes",
                is_stated=is_test,
            )
        )
        seconds.append(each.duration)
        places += _place_of(each.name, each.sha256).to_bytes(_DIGEST)
    # NumPy compares bytes as numbers of that length. A list of the order would take five times the memory.
    order = np.ndarray(len(items), f"S{_DIGEST}", places).argsort(kind="stable")
    del places
    return [items[at] for at in order], array("d", map(seconds.__getitem__, order))


def _usable_keys(
    items: Sequence[Item], asked: Sequence[GroupKey] | None, summary: SplitSummary
) -> Sequence[GroupKey]:
    """Choose by what groups are made, and count the recordings that do not tell it.

    Raises
    ------
    UsageError
        If no recording tells what was asked for, or none tells anything and their names are a recorder's.
    """
    known = told(items)
    empty = [key for key in asked or () if items and not known[key]]
    if empty:
        raise UsageError(
            f"all recordings lack {_WORDS[empty[0]]}: groups by {empty[0]} would be single recordings",
            hint="import a table that has it; or make groups by "
            + (
                ", ".join(key for key in GROUP_KEYS if known[key] and key not in ("day", "night"))
                or "nothing: --group ''"
            ),
        )
    keys = usual_keys(items) if asked is None else asked
    # Named so, nights of one recorder lie beside each other, and its folder may be a site or a class.
    if not keys and asked is None and items and all(item.is_by_recorder for item in items):
        raise UsageError(
            "the place of each recording is unknown: recordists, sites and coordinates are missing, "
            "and the file names are a recorder's",
            hint="--group folder, if each folder is a site. --group '' keeps only the same sound together",
        )
    wanted = USUAL_KEYS if asked is None else asked
    summary.group = list(keys)
    summary.hidden = sum(hidden_in(item) is not None for item in items) if "site" in keys else 0
    summary.untold = {key: len(items) - known[key] for key in wanted if known[key] < len(items)}
    return keys


def _plan(plan: Mapping[str, Any]) -> str:
    shares = {int(number): share for number, share in plan["shares"].items()}
    parts = ", ".join(f"{fold_name(number, shares)} {share:g}" for number, share in shares.items())
    return f"{parts}, by year" if plan["by_year"] else parts
