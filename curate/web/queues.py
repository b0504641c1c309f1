"""What a person is asked: each queue is one function from the catalogue to items.

What the reviewer has decided already is left out. What others have decided comes last, for a
second opinion. What goes anyway, whatever is said of it, is not asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Any

from curate import intervals
from curate.catalogue import assignments, layers, reviewing
from curate.catalogue import cuts as ledger
from curate.catalogue.store import Store
from curate.decisions.result_sample import draw, window
from curate.decisions.retention import retention
from curate.decisions.review_priority import Candidate, ReviewItem, order
from curate.decisions.verdicts import STEP as PERSONS
from curate.decisions.voice_cuts import withheld
from curate.errors import UsageError
from curate.lookup import suggestion
from curate.matching.index import LEAST
from curate.model import Judgement
from curate.web import reviewer_answers

#: The layer of voices.
SPEECH = "speech"

#: The layer of recordings whose label models or persons doubt.
AUDIT = "audit"

#: The layers of recordings that are unlike their class, and of those that differ by where they come from.
OUTLIERS, FAULT_GROUPS = "outliers", "fault-groups"

#: The layer of what somebody selected on the map.
SELECTION = "selection"

#: The layer of what the latest search asks about.
SEARCH = "search"

#: The steps that flag what they leave to a person: voices, damage, and other names of the same sound.
STRIP_VOICE, TRIM, DEDUPE = "strip-voice", "trim", "dedupe"

#: The layers of what is wrong with a recording.
FAULTS = ("buzz", "clipping", "dropout", "hum")

#: Classes of fewer recordings are rare: the fifth-place team of BirdCLEF 2025 listened to all of theirs.
RARE = 30

#: Queues that ask whether a recording's class is right; the others ask whether something must go.
ABOUT_LABELS = frozenset({"labels", "outliers", "rare-classes", "sample", "selection"})

#: What the other queues ask about, where no layer says it.
_ABOUT = {"disagreements": "disputed", "duplicates": "duplicate", "quality": "damage"}

#: The step whose cuts a queue asks about; where another one cuts, too, an answer would change nothing.
_STEPS = {"doubtful-speech": STRIP_VOICE, "duplicates": DEDUPE, "quality": TRIM}

#: What is left of a candidate and is shorter (seconds) is worth no question.
_LEFT = 0.05

#: What stands before the name of a search, where it says why it asks.
_SEARCHED = "search "

#: What a person is asked.
QUESTIONS = {
    "disagreements": "Reviewers differ: who is right?",
    "doubtful-speech": "Is this a human voice?",
    "duplicates": "Do both recordings hold the same sound?",
    "fault-groups": "Is something wrong with this recording, so that it must go?",
    "labels": "Which class is this recording of?",
    "outliers": "Is this recording of its class?",
    "quality": "Is the sound damaged here, so that it must go?",
    "rare-classes": "Is this recording of its class?",
    "sample": "Is this the class, with everything unwanted removed?",
    "search": "Is this what you search for?",
    "selection": "Is this recording of its class?",
}

#: Where the drawn sample is kept, among the settings of steps.
SAMPLE = "review-sample"


def items(store: Store, queue: str, *, n: int, reviewer: str) -> list[ReviewItem]:
    """Make a queue, the most worth first.

    Parameters
    ----------
    queue
        A key of `QUEUES`.
    n
        This many items at most.
    reviewer
        Who is asked.

    Raises
    ------
    UsageError
        If there is no such queue.
    """
    if queue not in QUEUES:
        raise UsageError(f"unknown queue '{queue}'", hint=suggestion(queue, QUEUES))
    if queue == "sample":
        return _sample(store, n)
    if queue == "disagreements":
        return _disagreements(store, n)
    answered = reviewer_answers.by_item(store)
    mine: set[str] = set()
    theirs: set[str] = set()
    for key, by in answered.items():
        (mine if reviewer in by else theirs).add(key)
    candidates = _not_gone(store, queue, QUEUES[queue](store), answered)
    # Answered items are taken out below, so as many more are made here.
    made = order(candidates, reviewing.labels(store), limit=n + len(answered))
    asked = [item for item in reviewer_answers.asked(store, made, answered) if item.key not in mine]
    return sorted(asked, key=lambda item: item.key in theirs)[:n]


def _not_gone(
    store: Store, queue: str, candidates: Iterable[Candidate], answered: Iterable[str]
) -> Iterator[Candidate]:
    """Leave out what lies wholly in what other steps take away anyway, and what people dropped."""
    dropped = reviewing.dropped_by_persons(store) - {int(key.split("-")[0]) for key in answered}
    own = _STEPS.get(queue, "")
    gone = {
        recording: withheld([cut for cut in made if not cut.producer.startswith(f"{PERSONS}/")])
        for recording, made in ledger.by_others(store, own)
    }
    for each in candidates:
        if each.recording in dropped:
            continue
        left = intervals.complement(gone.get(each.recording, ()), each.onset, each.offset)
        # `min`: a candidate that is itself shorter than `_LEFT` is asked about while all of it is left.
        if sum(offset - onset for onset, offset in left) >= min(_LEFT, each.offset - each.onset):
            yield each


def asks(queue: str, item: ReviewItem, label: str) -> tuple[Judgement, str]:
    """Say of an item which verdict agrees with it, and what it is called in a table.

    Parameters
    ----------
    label
        The class of its recording.
    """
    if queue == SEARCH:
        return "like", item.why.removeprefix(_SEARCHED)
    if queue in ABOUT_LABELS:
        return "keep", label or "unlabelled"
    return "cut", item.layer or _ABOUT.get(queue, SPEECH)


def _doubtful_speech(store: Store) -> Iterator[Candidate]:
    unsure = {
        recording: intervals.union((row[1], row[2]) for row in rows)
        for recording, rows in _grouped(reviewing.flagged(store, STRIP_VOICE))
    }
    for recording, onset, offset, label, score, layer in reviewing.found(store, [SPEECH]):
        near = unsure.get(recording)
        if near and any(low < offset and onset < high for low, high in near):
            yield Candidate(recording, onset, offset, None, layer, f"{label} {score or 0:.2f}, flagged")
        else:
            yield Candidate(recording, onset, offset, score, layer, label)


def _quality(store: Store) -> Iterator[Candidate]:
    found = (
        Candidate(recording, onset, offset, score, layer, f"{layer}: {label}")
        for recording, onset, offset, label, score, layer in reviewing.found(store, FAULTS)
    )
    flagged = (
        Candidate(recording, onset, offset, score, "", reason)
        for recording, onset, offset, score, reason in reviewing.flagged(store, TRIM)
    )
    yield from merge(found, flagged, key=lambda each: (each.recording, each.onset))


def _rare_classes(store: Store) -> Iterator[Candidate]:
    labels = reviewing.labels(store)
    common = Counter(labels.values())
    for recording, seconds in reviewing.durations(store).items():
        label = labels.get(recording, "")
        if label and common[label] < RARE:
            which = f"one of {common[label]} recordings" if common[label] > 1 else "the only recording"
            yield Candidate(recording, 0.0, seconds, None, "", f"{which} of {label}")


def _duplicates(store: Store) -> Iterator[Candidate]:
    for recording, onset, offset, kind, score, other in reviewing.matched(store):
        yield Candidate(recording, onset, offset, _sure(kind, score), "", f"same {kind} as {other}:")


def _sure(kind: str, score: float | None) -> float | None:
    """Say between 0 and 1 how sure it is that two recordings hold the same; None where it is only told.

    The score of a sound has no upper end. At the least that is believed it is as doubtful as can be.
    """
    if kind in {"bytes", "samples"}:
        return 1.0
    return None if score is None else score / (score + LEAST)


def _labels(store: Store) -> Iterator[Candidate]:
    called = {row[0]: f"called {row[2]} elsewhere" for row in reviewing.called_otherwise(store)}
    called |= {row[0]: row[4] for row in reviewing.flagged(store, DEDUPE)}
    doubted = {
        recording: f"perhaps {label}, {score or 0:.2f}"
        for recording, _, _, label, score, _ in reviewing.found(store, [AUDIT])
    }
    labels = reviewing.labels(store)
    heard = reviewing.best_scores(store)
    for recording, seconds in reviewing.durations(store).items():
        if recording in doubted:
            yield Candidate(recording, 0.0, seconds, None, AUDIT, doubted[recording])
            continue
        why = called.get(recording, "")
        if not why and not labels.get(recording):
            best = heard.get(recording)
            why = "has no label" if best is None else f"has no label; perhaps {best[0]}, {best[1]:.2f}"
        if why:
            yield Candidate(recording, 0.0, seconds, None, "", why)


def _outliers(store: Store) -> Iterator[Candidate]:
    labels = reviewing.labels(store)
    layer = layers.find_number(store, OUTLIERS)
    if layer is None:
        return
    for recording, segments in layers.segments_by_recording(store, layer):
        for each in segments:
            why = f"unlike the others of {labels.get(recording, '')}; its neighbours are {each.label}"
            if each.note:
                why = f"{each.note}; {why}"
            distance = float(each.measured.get("distance", 0.0))
            # The farthest from its class first, however long it is.
            yield Candidate(recording, each.onset, each.offset, None, OUTLIERS, why, distance)


def _fault_groups(store: Store) -> Iterator[Candidate]:
    for recording, onset, offset, label, _, layer in reviewing.found(store, [FAULT_GROUPS]):
        yield Candidate(
            recording, onset, offset, None, layer, f"{label}: differs from its class as others do"
        )


def _search(store: Store) -> Iterator[Candidate]:
    for recording, onset, offset, name, _, layer in reviewing.found(store, [SEARCH]):
        yield Candidate(recording, onset, offset, None, layer, f"{_SEARCHED}{name}")


def _selection(store: Store) -> Iterator[Candidate]:
    for recording, onset, offset, _, score, layer in reviewing.found(store, [SELECTION]):
        yield Candidate(recording, onset, offset, score, layer, "selected on the map")


def _nothing(_store: Store) -> Iterator[Candidate]:
    yield from ()  # made from verdicts or by chance: see `items`


#: Name of each queue, and what it asks about.
QUEUES: dict[str, Callable[[Store], Iterator[Candidate]]] = {
    "disagreements": _nothing,
    "doubtful-speech": _doubtful_speech,
    "duplicates": _duplicates,
    "fault-groups": _fault_groups,
    "labels": _labels,
    "outliers": _outliers,
    "quality": _quality,
    "rare-classes": _rare_classes,
    "sample": _nothing,
    "search": _search,
    "selection": _selection,
}


def _disagreements(store: Store, n: int) -> list[ReviewItem]:
    """Ask again where two reviewers said different things; the longest first."""
    found = []
    for key, by in reviewer_answers.by_item(store).items():
        if len({reviewer_answers.word(verdict) for verdict in by.values()}) > 1:
            said = ", ".join(
                f"{who}: {reviewer_answers.word(verdict)}" for who, verdict in sorted(by.items())
            )
            recording, onset, offset = (int(part) for part in key.split("-"))
            found.append(
                ReviewItem(recording, onset / 1000, offset / 1000, "", said, worth=(offset - onset) / 1000)
            )
    return sorted(found, key=lambda item: (-item.worth, item.recording, item.onset))[:n]


def _sample(store: Store, n: int) -> list[ReviewItem]:
    """Draw windows of the result; once drawn, the sample of this size stays."""
    drawn = assignments.settings_of(store, SAMPLE) or {}
    if drawn.get("n") == n:
        return [
            ReviewItem(recording, onset, offset, "", why) for recording, onset, offset, why in drawn["items"]
        ]
    labels, groups = reviewing.labels(store), reviewing.class_groups(store)
    made = dict(ledger.by_recording(store))
    heard = {
        recording: stretches
        for recording, seconds, sr in reviewing.lengths(store)
        if labels.get(recording)
        and (stretches := retention("ok", seconds, sr, made.get(recording, ())).stretches)
    }
    named = {recording: groups.get(labels[recording], "others") for recording in heard}
    found = []
    for recording in draw(named, n):
        span = window(heard[recording], recording=recording)
        assert span is not None
        # Whole milliseconds, as the keys of items are.
        onset, offset = (round(end, 3) for end in span)
        found.append(
            ReviewItem(
                recording, onset, offset, "", f"{labels[recording]}, and nothing else? k: right, x: wrong"
            )
        )
    return found


def _grouped(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    held: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        held.setdefault(row[0], []).append(row)
    yield from held.items()
