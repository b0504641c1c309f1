"""What people said of one task of Label Studio: labels, choices, taxonomies and texts, by region.

Label Studio stores a result for every control. Those of one region bear the same id (in JSON-MIN, the same
times). What has no times is about the whole recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.formats import parse

Parts = dict[str, tuple[str, Any]]


@dataclass(slots=True)
class Region:
    """A stretch that somebody marked, with all that is said of it.

    Parameters
    ----------
    onset, offset : seconds of the task's audio
        As Label Studio gives them.
    labels
        Of a control of labels; `named` of a taxonomy, `chosen` of choices.
    notes
        Texts, numbers and ratings.
    """

    onset: Any
    offset: Any
    labels: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    score: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def marks(self, start: float) -> Iterator[Parts]:
        """Give an annotation for each name of what is heard. What else is said of the region is its note.

        Names are the labels. Without any, those of the taxonomy, then the choices.
        """
        names = self.labels or self.named or self.chosen
        others = [each for each in (self.named, self.chosen) if each is not names]
        notes = [word for each in others for word in each] + self.notes
        for name in names or [""]:
            yield {
                "onset": ("start", _shifted(self.onset, start)),
                "offset": ("end", _shifted(self.offset, start)),
                "label": ("labels", name),
                "score": ("score", self.score),
                "low_freq": ("low_freq", self.meta.get("low_freq")),
                "high_freq": ("high_freq", self.meta.get("high_freq")),
                "note": ("text", "; ".join(notes)),
            }

    @property
    def is_named(self) -> bool:
        """Whether anything says what is heard. An empty label does."""
        return bool(self.labels or self.named or self.chosen or not self.notes)


@dataclass(slots=True)
class TaskResult:
    """What one person said of a task.

    Parameters
    ----------
    whole
        What is said of the whole recording, by control.
    unread
        Kinds of results that are not read.
    """

    regions: dict[str, Region] = field(default_factory=dict)
    whole: dict[str, list[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def marks(self, start: float) -> Iterator[Parts]:
        """Give the annotations of all regions in which something is named.

        Parameters
        ----------
        start : seconds
            Where the task's audio begins in its file.
        """
        for region in self.regions.values():
            if region.is_named:
                yield from region.marks(start)

    def left_out(self) -> Iterator[str]:
        """Say what is in no annotation."""
        for region in self.regions.values():
            if not region.is_named:
                yield f"a text without a label: '{'; '.join(region.notes)[:60]}'"
        for control, words in self.whole.items():
            names = ", ".join(words)
            yield f"'{names}' of the whole recording. --label-column {control} takes it as its label"
        yield from self.unread


def said(results: Sequence[object]) -> TaskResult:
    """Put the results of one person together."""
    found = TaskResult()
    for each in results:
        result = parse.mapping(each)
        value = parse.mapping(result.get("value", result))
        control = str(result.get("from_name") or result.get("control") or result.get("type") or "")
        onset, offset = value.get("start"), value.get("end")
        if onset is None and offset is None:
            words = [*_labels(value), *_leaves(value), *_choices(value)]
            if words:
                found.whole.setdefault(control or "choices", []).extend(words)
            elif texts := _texts(value):
                found.unread += [f"the text '{text[:60]}'" for text in texts]
            elif result.get("type"):
                found.unread.append(f"a result of type {result['type']}")
            continue
        key = repr(result.get("id") or (onset, offset))
        region = found.regions.setdefault(key, Region(onset, offset))
        region.labels += _labels(value)
        region.named += _leaves(value)
        region.chosen += _choices(value)
        region.notes += _texts(value)
        region.score = result.get("score", region.score)
        region.meta = parse.mapping(result.get("meta")) or region.meta
    return found


def _labels(value: Mapping[str, Any]) -> list[str]:
    """Names of any control of labels; their keys all end alike."""
    return [parse.text(name) for key in value if key.endswith("labels") for name in parse.items(value[key])]


def _leaves(value: Mapping[str, Any]) -> list[str]:
    """Last names of the paths of a taxonomy."""
    paths = map(parse.items, parse.items(value.get("taxonomy")))
    return [parse.text(path[-1]) for path in paths if path]


def _choices(value: Mapping[str, Any]) -> list[str]:
    chosen = value.get("choices", value.get("choice"))
    return [
        parse.text(each) for each in (chosen if isinstance(chosen, list) else [chosen]) if each is not None
    ]


def _texts(value: Mapping[str, Any]) -> list[str]:
    text = value.get("text")
    texts = [parse.text(each) for each in (text if isinstance(text, list) else [text]) if each is not None]
    numbers = [
        f"{key} {parse.text(value[key])}" for key in ("number", "rating") if value.get(key) is not None
    ]
    return texts + numbers


def _shifted(time: object, start: float) -> object:
    return round(time + start, 6) if isinstance(time, int | float) else time
