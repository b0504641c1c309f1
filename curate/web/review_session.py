"""Where reviewers' questions are laid out and their verdicts taken down.

Every call opens the catalogue for itself, so calls may come from several threads. Every act of
a reviewer is one transaction, after which it is on the disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curate.catalogue import duplicates, reviewing, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.reviewing import RecordingFacts, Twin
from curate.catalogue.store import Store
from curate.decisions.review_priority import ReviewItem
from curate.decisions.verdicts import narrowed
from curate.errors import NotInCatalogue, UsageError
from curate.model import Judgement, Verdict
from curate.web import reviewer_answers

#: So many recordings of the same sound are shown beside one.
_TWINS = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided about one stretch.

    Parameters
    ----------
    key
        The item in front of them.
    beside
        Whether the stretch is another one of the same recording. The item then stays open.
    other
        Of a judgement on a pair, the number of the other recording. Otherwise 0.
    act
        Name that the page gives to what it sends: whatever is sent again, since its answer was lost, is
        noted once. Empty where nothing is sent twice.
    """

    key: str
    reviewer: str
    judgement: Judgement
    onset: float
    offset: float
    label: str = ""
    beside: bool = False
    other: int = 0
    act: str = ""


@dataclass(frozen=True, slots=True)
class ItemView:
    """All that is shown of one item. `gone` gives the reason for missing sound, or is empty."""

    item: ReviewItem
    facts: RecordingFacts
    segments: list[dict[str, Any]]
    cuts: list[dict[str, Any]]
    verdicts: list[Verdict]
    twins: list[Twin]
    gone: str = ""


class ReviewSession:
    """One queue of one dataset.

    Parameters
    ----------
    folder
        Of the dataset.
    queue
        Its name, noted with each verdict.
    items
        In the order in which they are asked.
    settle
        Brings the ledger of a recording into line with its verdicts: called with an open
        catalogue, the recording and its ``duration``.
    differing
        Counts, for each export by its path, those of some recordings of which it says something else than
        the ledger.
    """

    def __init__(
        self,
        folder: Path,
        queue: str,
        items: Sequence[ReviewItem],
        *,
        settle: Callable[..., None],
        differing: Callable[[Dataset, Sequence[int]], Mapping[str, int]] = lambda _dataset, _members: {},
    ) -> None:
        self._differing = differing
        self._folder = folder
        self.queue = queue
        self.items = {item.key: item for item in items}
        self._settle = settle

    def item(self, key: str) -> ReviewItem:
        """Find an item.

        Raises
        ------
        NotInCatalogue
            If the queue has none of this key.
        """
        if key not in self.items:
            raise NotInCatalogue(f"unknown item of this queue: '{key}'", hint="continue with the next item")
        return self.items[key]

    def queue_of(self, reviewer: str) -> list[tuple[str, str]]:
        """List keys in their order, each with the word that a reviewer said of it. Empty while it is open."""
        with Dataset(self._folder) as birds:
            answered = reviewer_answers.by_item(birds.store)
            asked = reviewer_answers.asked(birds.store, self.items.values(), answered)
        said = {key: reviewer_answers.word(by[reviewer]) for key, by in answered.items() if reviewer in by}
        return [(item.key, said.get(item.key, "")) for item in asked]

    def sheet(self, key: str) -> ItemView:
        """Collect what is shown of an item."""
        item = self.item(key)
        with Dataset(self._folder) as birds, birds.store.snapshot():
            facts = _facts(birds.store, item.recording)
            return ItemView(
                item,
                facts,
                [
                    {"layer": layer, **_plain(found, "onset offset label score low_freq high_freq")}
                    for layer, found in reviewing.segments(birds.store, item.recording)
                ],
                [
                    _plain(cut, "onset offset action producer") | {"reason": cut.words}
                    for cut in reviewing.cuts(birds.store, item.recording)
                ],
                verdicts.of_recording(birds.store, item.recording),
                reviewing.twins(birds.store, item.recording, item.onset, item.offset, limit=_TWINS),
                _gone(birds.path(facts.path)),
            )

    def recording(self, number: int) -> tuple[RecordingFacts, str]:
        """Look a recording up, with the absolute path of its file.

        Raises
        ------
        NotInCatalogue
            If the dataset has none with sound of this number.
        """
        with Dataset(self._folder) as birds:
            facts = _facts(birds.store, number)
            return facts, birds.path(facts.path)

    def lost(self, number: int) -> list[tuple[float, float, str]]:
        """List what the ledger takes out of a recording: stretch and action."""
        with Dataset(self._folder) as birds:
            return [
                (cut.onset, cut.offset, cut.action)
                for cut in reviewing.cuts(birds.store, number)
                if cut.action in ("excise", "mute")
            ]

    def track(self, number: int, layer: str, version: str) -> bytes | None:
        """Read a detector's packed frame track."""
        with Dataset(self._folder) as birds:
            return reviewing.track(birds.store, number, layer, version)

    def names(self, text: str) -> list[tuple[str, str]]:
        """Complete a label."""
        with Dataset(self._folder) as birds:
            return reviewing.names(birds.store, text, limit=12)

    def decide(self, decisions: Sequence[Decision], *, rehearsed: bool = False) -> tuple[int, dict[str, int]]:
        """Take verdicts down, all in one act that one `undo` takes back.

        Parameters
        ----------
        rehearsed
            Say what would come of it. Write nothing.

        Returns
        -------
        How many rows there are of them, and by export how many recordings more it says otherwise.

        Raises
        ------
        NotInCatalogue
            If an item or its recording is gone.
        UsageError
            If a stretch lies behind the end of its recording, or a file is said to differ from itself.
        CatalogueBusy
            If another command is writing.
        """
        rows = 0
        with (
            Dataset(self._folder) as birds,
            birds.rehearsing() if rehearsed else birds.noting() as store,
        ):
            asked = [self.item(decision.key).recording for decision in decisions]
            # With the others of pairs: a verdict ties both, and exports may differ on them already.
            asked += [decision.other for decision in decisions if decision.other]
            numbers = _tied(store, asked)
            at = verdicts.moment(store, {each.reviewer for each in decisions}, asked)
            before = self._differing(birds, numbers)
            for decision in decisions:
                item = self.item(decision.key)
                # A page that got no answer sends an act again. Rows of this call are not older than `at`.
                if decision.act and reviewing.is_noted(store, item.recording, decision.act, before=at):
                    continue
                duration = _facts(store, item.recording).duration
                if decision.other:
                    _facts(store, decision.other)  # there must be one
                elif decision.onset >= duration and decision.judgement != "drop":
                    raise UsageError(f"the stretch is behind the end of the recording, {duration:g} s")
                # `reviewing.is_noted` searches this text: keep the separators of `json.dumps`.
                seen = json.dumps(self._seen(store, item, decision), sort_keys=True)
                for verdict in _said(decision, item, duration):
                    verdicts.add(store, item.recording, replace(verdict, at=at, seen=seen))
                    rows += 1
                self._settle(store, item.recording, duration=duration)
            return rows, self._change(birds, before, self._differing(birds, numbers))

    def _change(self, birds: Dataset, before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
        """Say of how many recordings more, or fewer, each export says something else than before."""
        change = {path: after.get(path, 0) - before.get(path, 0) for path in {*before, *after}}
        return {_shown(path, birds.folder): number for path, number in sorted(change.items()) if number}

    def latest(self, reviewer: str) -> str | None:
        """Name a reviewer's latest act, which `undo` takes. None if nothing stands."""
        with Dataset(self._folder) as birds:
            return reviewing.latest(birds.store, reviewer)

    def undo(self, reviewer: str, act: str) -> tuple[str, dict[str, int]]:
        """Take an act of a reviewer back. Asked again, since an answer was lost, it changes nothing more.

        Parameters
        ----------
        act
            As `latest` names it.

        Returns
        -------
        Key of its item, and what becomes of exports, as in `decide`.

        Raises
        ------
        NotInCatalogue
            If the reviewer has no such act.
        CatalogueBusy
            If another command is writing.
        """
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        with Dataset(self._folder) as birds, birds.noting() as store:
            noted = reviewing.noted_at(store, reviewer, act)
            if not noted:
                raise NotInCatalogue(f"unknown act of {reviewer}: '{act}'", hint="press u again")
            said = (verdicts.said(store, each.number) for each in noted)
            standing = [each for each in said if each is not None and each.withdrawn is None]
            numbers = _tied(store, (each.recording for each in standing))
            before = self._differing(birds, numbers)
            for each in standing:
                verdicts.withdraw(store, each.number, at=at)
            for recording in sorted({each.recording for each in standing}):
                self._settle(store, recording, duration=_facts(store, recording).duration)
            change = self._change(birds, before, self._differing(birds, numbers))
        seen = reviewer_answers.seen(noted[0])
        return str(seen.get("item") or seen.get("beside") or ""), change

    def alike(self, key: str, reviewer: str) -> list[ReviewItem]:
        """List the open items whose class and layer are those of one of them, itself included."""
        chosen = self.item(key)
        still = [self.items[key] for key, said in self.queue_of(reviewer) if not said]
        with Dataset(self._folder) as birds:
            labels = reviewing.labels(birds.store)
        return [
            item
            for item in still
            if item.layer == chosen.layer and labels.get(item.recording) == labels.get(chosen.recording)
        ]

    def _seen(self, store: Store, item: ReviewItem, decision: Decision) -> Mapping[str, Any]:
        looked = reviewing.looked_at(store, item.recording, item.layer) if item.layer else None
        version, digest = looked or (None, None)
        return {
            "beside" if decision.beside else "item": item.key,
            "queue": self.queue,
            "layer": item.layer,
            "version": version,
            "digest": digest,
            "score": item.score,
            **({"act": decision.act} if decision.act else {}),
        }


def _tied(store: Store, recordings: Iterable[int]) -> list[int]:
    """List recordings, and those that hold the same sound: a verdict may bring them in or take them out."""
    return sorted({tied for number in set(recordings) for tied in duplicates.tied_to(store, number)})


def _shown(path: str, folder: Path) -> str:
    """Say where an export is, from the dataset if it lies in it."""
    inside = os.path.relpath(path, folder) if Path(path).is_relative_to(folder) else path
    return os.fsencode(inside).decode("utf-8", "replace")


def _facts(store: Store, recording: int) -> RecordingFacts:
    found = reviewing.facts(store, recording)
    if found is None:
        raise NotInCatalogue(f"unknown recording with sound: {recording}")
    return found


def _gone(path: str) -> str:
    """Say why a file cannot be read, nothing if it can."""
    try:
        with open(path, "rb"):
            return ""
    except OSError as error:
        return f"failed to read {path}: {error.strerror}"


def _plain(record: object, names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names.split()}


def _said(decision: Decision, item: ReviewItem, duration: float) -> list[Verdict]:
    stretch = decision.onset, decision.offset
    base = Verdict(*stretch, decision.judgement, decision.reviewer, "", decision.label, other=decision.other)
    return narrowed(base, None if decision.beside else (item.onset, item.offset), duration=duration)
