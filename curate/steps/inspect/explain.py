"""`curate explain`: the whole story of one recording, from its archive to the manifest.

Reads only, at one moment. Nothing is decided here: each chapter is what the catalogue says.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue import assignments, cuts, layers, listings
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import recording_story, tables, wholeness
from curate.catalogue.views.recording_story import Fact
from curate.decisions.retention import retention
from curate.decisions.split import TEST
from curate.decisions.windows import windows
from curate.formatting import Displayed
from curate.intervals import total
from curate.model import Cut
from curate.steps.balance.split_summary import fold_name
from curate.steps.balance.window_rows import load_windowing, outside
from curate.storage.files import is_file


@dataclass(slots=True)
class ExplainSummary(Displayed):
    """All that is known of one recording. Times in seconds of the raw file unless said otherwise.

    Parameters
    ----------
    fate
        What becomes of it, in words; `goes_out` says whether a trainer gets any of it.
    kept_seconds, lost
        What the manifest holds of it, and the rest by its reason: each second once.
    facts
        Columns of the recording: where it came from, and what its file holds.
    recorder
        What its recorder says: values, which source each is from, every field that was read, and doubts.
    path, present
        Of the raw file, and whether it is there.
    sources
        Other archives and ids that led to it.
    labels, given_labels
        What it is called, by whom (``archive``, ``person`` or ``duplicate``), and what the archive said
        where a person said otherwise.
    layers, not_looked
        Every layer that looked at it: version, whether it did so with its present settings, whether it
        failed and why, how much it found; and those that never looked.
    segments, cuts, verdicts
        What the layers found, what each step decided and why, and what people said, withdrawn or not.
    group, matches
        Recordings of the same sound or tape, with the reason where one of them goes, and the stretches in
        common.
    fold, weight, copies
        What it is for: `fold` in words, None before `split`.
    windows
        Length and number of training windows, and kept seconds in none of them; None where it is used whole.
    clean_path, clean_state, clean_seconds, timemap
        Its clean copy: ``none``, ``whole``, ``to be made`` or ``gone``; its length, and which seconds of it
        are which of the raw file.
    runs
        The latest run of each command, all of which see to every recording.
    """

    recording: str = ""
    path: str = ""
    present: bool = False
    fate: str = ""
    goes_out: bool = False
    seconds: float = 0.0
    kept_seconds: float = 0.0
    lost: dict[str, float] = field(default_factory=dict)
    facts: Fact = field(default_factory=dict)
    recorder: Fact = field(default_factory=dict)
    sources: list[Fact] = field(default_factory=list)
    labels: list[Fact] = field(default_factory=list)
    given_labels: list[Fact] = field(default_factory=list)
    layers: list[Fact] = field(default_factory=list)
    not_looked: list[str] = field(default_factory=list)
    segments: list[Fact] = field(default_factory=list)
    cuts: list[Fact] = field(default_factory=list)
    verdicts: list[Fact] = field(default_factory=list)
    group: list[Fact] = field(default_factory=list)
    matches: list[Fact] = field(default_factory=list)
    fold: str | None = None
    trains: bool = True
    weight: float = 1.0
    copies: int = 1
    windows: dict[str, float] | None = None
    clean_path: str | None = None
    clean_state: str = "none"
    clean_seconds: float = 0.0
    timemap: list[Fact] = field(default_factory=list)
    runs: list[Fact] = field(default_factory=list)


def explain(dataset: Dataset, recording: str) -> ExplainSummary:
    """Tell all that is known of one recording.

    Parameters
    ----------
    recording
        Its id (``xeno-canto:694038``), or the end of its path.

    Raises
    ------
    NotInCatalogue
        If the recording is unknown.
    """
    store = dataset.store
    with store.snapshot():
        number = tables.recording_number(store, recording, dataset.folder)
        facts = recording_story.recording(store, number)
        summary = ExplainSummary(f"{facts.pop('archive')}:{facts.pop('archive_id')}")
        summary.path = dataset.path(facts.pop("path"))
        summary.present = is_file(summary.path)
        facts["extra"] = json.loads(facts["extra"] or "{}")
        summary.facts = {name: value for name, value in facts.items() if name != "id"}
        summary.recorder = recording_story.recorder(store, number)
        summary.sources = [
            each
            for each in recording_story.sources(store, number)
            if f"{each['archive']}:{each['archive_id']}" != summary.recording
        ]
        summary.labels = recording_story.labels(store, number)
        summary.given_labels = recording_story.given_labels(store, number)
        summary.layers = [_layer(each) for each in recording_story.layers(store, number)]
        summary.not_looked = recording_story.not_looked(store, number)
        summary.segments = recording_story.segments(store, number)
        summary.cuts = recording_story.cuts(store, number)
        summary.verdicts = recording_story.verdicts(store, number)
        summary.group = [
            {**each, "path": dataset.path(each["path"])} for each in recording_story.group(store, number)
        ]
        summary.matches = recording_story.matches(store, number)
        summary.runs = recording_story.runs(store)
        _end(dataset, number, summary)
        _purpose(dataset, number, summary)
        _copy(dataset, number, summary)
    return summary


def _layer(found: Fact) -> Fact:
    parameters = json.loads(found["parameters"])
    digest = layers.digest(found["version"], parameters)
    return {**found, "parameters": parameters, "current": found.pop("digest") == digest}


def _end(dataset: Dataset, number: int, summary: ExplainSummary) -> None:
    """Say what becomes of it, by the ledger and the choice of windows."""
    made: list[Cut] = [cut for _, of_step in cuts.by_step(dataset.store, number) for cut in of_step]
    summary.seconds = summary.facts["duration"] or 0.0
    end = retention(summary.facts["status"], summary.seconds, summary.facts["sr"] or 0, made)
    summary.fate, summary.goes_out = end.recording, end.goes_out
    summary.kept_seconds, summary.lost = end.kept, dict(end.lost)
    chosen = load_windowing(dataset.store)
    if chosen is not None and end.goes_out:
        found = windows(end.stretches, chosen, listings.identity_of(dataset.store, number))
        left_out = outside(end.stretches, found)
        summary.windows = {"length": chosen.length, "number": len(found), "left_out": left_out}
        summary.kept_seconds = total(found)
        if left_out:
            summary.lost["in no training window"] = left_out


def _purpose(dataset: Dataset, number: int, summary: ExplainSummary) -> None:
    assigned = recording_story.assignment(dataset.store, number)
    if assigned is not None:
        summary.weight, summary.copies = assigned["weight"], assigned["copies"]
        if assigned["fold"] is not None:
            plan: dict[str, Any] = assignments.settings_of(dataset.store, "split") or {"shares": {}}
            shares = {int(fold): share for fold, share in plan["shares"].items()}
            summary.fold = fold_name(assigned["fold"], shares)
            summary.trains = assigned["fold"] != TEST


def _copy(dataset: Dataset, number: int, summary: ExplainSummary) -> None:
    """Describe the clean copy, or say that one is to be made."""
    copy = wholeness.copy_of(dataset.store, number)
    is_expanded = (summary.recorder.get("time_expansion") or 1) != 1
    is_cut = any(cut["action"] in ("excise", "mute") for cut in summary.cuts)
    wanted = summary.goes_out and (is_cut or is_expanded)
    if copy is None or copy.digest is None:
        summary.clean_state = "to be made" if wanted else "none"
        return
    summary.clean_path = dataset.path(copy.path)
    summary.clean_state = "whole" if os.path.isfile(summary.clean_path) else "gone"
    summary.clean_seconds = (copy.frames or 0) / (summary.facts["sr"] or 1)
    summary.timemap = recording_story.timemap(dataset.store, number)
