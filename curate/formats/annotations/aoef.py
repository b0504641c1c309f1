"""AOEF, the JSON of soundevent and Whombat: datasets, annotation projects and predictions.

The library soundevent (the extra ``[aoef]``) reads, writes and checks it. Times and bands of a recording with
time expansion are those of the animal. Here they become those of the file. Marks that all have a score are
written as predictions, others as annotations.
"""

from __future__ import annotations

import datetime as dt
import uuid
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import FormatError, UsageError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, marks
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import text_file
from curate.lookup import near_path
from curate.model import Problem, Row, Segment
from curate.release import install_hint

if TYPE_CHECKING:
    from soundevent import data

#: Keys of tags that say what is heard, the likeliest first; others are told.
LABELS = (
    "label", "species", "scientific_name", "scientificName", "taxon", "common_name", "class", "event",
)  # fmt: skip

#: States of a task in which a person has seen to a clip.
_DONE = frozenset({"completed", "verified"})

#: Every date that is written: an export has none, so that the same dataset gives the same bytes.
_WHEN = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: Layer of predictions whose file names no model.
_PRODUCER = "soundevent"


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a file: a row per recording, with what is marked in it.

    Parameters
    ----------
    label_column
        The key of the tags that are labels. Other keys are reported.

    Raises
    ------
    FormatError
        If there is no such file, or it is no AOEF.
    UsageError
        If a column of paths is named, or soundevent is not installed.
    """
    refuse_columns("aoef", None, path_column)
    if not path.is_file():
        raise FormatError(f"failed to read {path}: the file is missing", hint=near_path(path))
    found = _load(path)
    clips, producer = _clips(found)
    key = label_column or _key(clips, path)
    return _rows(clips, key, Gathered(Finder(path, audio_folder), report, producer=producer), path, report)


def is_aoef(told: object) -> bool:
    """Whether a JSON value is a file of AOEF."""
    return isinstance(told, dict) and "collection_type" in parse.mapping(told.get("data"))


def _library() -> Any:  # noqa: ANN401 - a module
    try:
        import soundevent.io.aoef  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError("the format aoef needs soundevent", hint=install_hint("aoef")) from error
    return soundevent


def _load(path: Path) -> Any:  # noqa: ANN401 - one of several collections
    aoef = _library().io.aoef
    try:
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of terms that its vocabulary lacks
            return aoef.to_soundevent(aoef.AOEFObject.model_validate_json(text))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        words = str(error).splitlines() or [type(error).__name__]
        raise FormatError(f"{path} is no valid file of AOEF: {'; '.join(words[:3])}") from error


def _clips(found: Any) -> tuple[list[tuple[Any, list[Any]]], str]:  # noqa: ANN401
    """List the recordings or clips of a collection, each with what is marked in it, and the producer."""
    if hasattr(found, "clip_annotations"):
        tasks = getattr(found, "tasks", [])
        done = {
            task.clip.uuid for task in tasks if {badge.state.value for badge in task.status_badges} & _DONE
        }
        clips = [
            (each, list(each.sound_events))
            for each in found.clip_annotations
            # Where there are tasks, nothing was found in a clip only once somebody is done with it.
            if each.sound_events or each.tags or not tasks or each.clip.uuid in done
        ]
        return clips, ""
    if hasattr(found, "clip_predictions"):
        model = getattr(found, "name", None) or _PRODUCER
        return [(each, list(each.sound_events)) for each in found.clip_predictions], str(model)
    if hasattr(found, "recordings"):
        return [(each, []) for each in found.recordings], ""
    raise FormatError(
        f"a {type(found).__name__} of AOEF lacks marks", hint="export the annotations it is about"
    )


def _key(clips: Sequence[tuple[Any, list[Any]]], path: Path) -> str:
    """Choose the key of the tags that are labels."""
    tags = (tag for each, events in clips for one in (each, *events) for tag in _tags(one))
    keys = list(dict.fromkeys(key for key, _, _ in tags))
    known = [key for key in LABELS if key in keys]
    if len(keys) > 1 and not known:
        raise FormatError(
            f"{path} has tags of several keys, and the key of the label is unclear: {', '.join(keys)}",
            hint="name one with --label-column",
        )
    return (known or keys or [""])[0]


def _tags(one: Any) -> Iterator[tuple[str, str, float | None]]:  # noqa: ANN401
    """Give key, value and score of each tag; recordings' own tags are none of a mark."""
    if not hasattr(one, "clip") and not hasattr(one, "sound_event"):
        return
    for each in one.tags:
        tag = getattr(each, "tag", each)
        yield _name(tag.term), tag.value, getattr(each, "score", None)


def _name(term: data.Term) -> str:
    """Name a term by its key: what stands behind the prefix of its vocabulary."""
    return str(getattr(term, "name", "") or term.label).rpartition(":")[2]


def _rows(
    clips: Sequence[tuple[Any, list[Any]]], key: str, gathered: Gathered, path: Path, report: Report
) -> Iterator[Row]:
    others: dict[str, None] = {}
    labels: dict[str, tuple[Any, bool]] = {}
    for number, (each, events) in enumerate(clips, start=1):
        here = f"{path}: clip {number}"
        is_recording = not hasattr(each, "clip")
        recording = each if is_recording else each.clip.recording
        place = gathered.place(str(recording.path), here)
        labels[str(recording.path)] = each, is_recording
        if place is None or is_recording:
            continue
        others |= dict.fromkeys(name for one in (each, *events) for name, _, _ in _tags(one) if name != key)
        whole = {"onset": ("start_time", each.clip.start_time), "offset": ("end_time", each.clip.end_time)}
        expanded = recording.time_expansion
        for name, value, score in _tags(each):
            if name == key:
                parts = {**_in_file(whole, expanded), "label": ("tag", value), "score": ("score", score)}
                gathered.add(place, parts, here)
        for event in events:
            box = _in_file(_box(event.sound_event.geometry), expanded)
            notes = "; ".join(note.message for note in getattr(event, "notes", None) or [])
            score = getattr(event, "score", None)
            if score is None:
                features = event.sound_event.features
                score = next((one.value for one in features if _name(one.term) == "score"), None)
            named = [value for name, value, _ in _tags(event) if name == key] or [""]
            for value in named:
                more = {"label": ("tag", value), "score": ("score", score), "note": ("note", notes)}
                gathered.add(place, {**box, **more}, here)
    for name in others:
        report(Problem("unused-column", str(path), name))
    yield from gathered.rows()


_Parts = dict[str, tuple[str, Any]]


def _box(geometry: Any) -> _Parts:  # noqa: ANN401 - one of several forms
    """Give the times and the band of a form."""
    if geometry is None:
        return {}
    kind, at = geometry.type, geometry.coordinates
    if kind == "BoundingBox":
        onset, low, offset, high = at
    elif kind in ("TimeInterval", "TimeStamp"):
        onset, offset = at if kind == "TimeInterval" else (at, at)
        low = high = None
    else:
        points = list(_points(at))
        onset, offset = min(time for time, _ in points), max(time for time, _ in points)
        low, high = min(freq for _, freq in points), max(freq for _, freq in points)
    return {
        "onset": (kind, onset),
        "offset": (kind, offset),
        "low_freq": (kind, low),
        "high_freq": (kind, high),
    }


def _points(at: Sequence[Any]) -> Iterator[tuple[float, float]]:
    """Give the points of nested lists of them."""
    if at and not isinstance(at[0], list | tuple):
        yield float(at[0]), float(at[1])
        return
    for each in at:
        yield from _points(each)


def _in_file(parts: _Parts, expanded: float) -> _Parts:
    """Turn seconds and hertz of the animal into those of a file that plays it more slowly."""
    if expanded == 1:
        return parts
    factors = {"onset": expanded, "offset": expanded, "low_freq": 1 / expanded, "high_freq": 1 / expanded}
    return {
        part: (column, value * factors[part] if value is not None and part in factors else value)
        for part, (column, value) in parts.items()
    }


def write(rows: Iterable[Row], out: Path) -> int:
    """Write a set of annotations, or of predictions if all marks have scores, and return the number of marks.

    Raises
    ------
    UsageError
        If soundevent is not installed.
    """
    soundevent = _library()
    found = [(path, list(group)) for path, group in groupby(rows, key=lambda row: row.path)]
    every = [mark for _, group in found for row in group for mark in marks(row)]
    scored = bool(every) and all(mark.score is not None for mark in every)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of terms that its vocabulary lacks
        clips = [_clip(soundevent.data, group, scored=scored) for _, group in found]
        told = {"uuid": _uuid("set"), "name": "curate", "created_on": _WHEN}
        made = (
            soundevent.data.PredictionSet(clip_predictions=clips, **told)
            if scored
            else soundevent.data.AnnotationSet(clip_annotations=clips, **told)
        )
        # The library notes the time at which it wrote.
        whole = soundevent.io.aoef.to_aeof(made).model_copy(update={"created_on": _WHEN})
        with text_file(out) as handle:
            handle.write(whole.model_dump_json(exclude_none=True) + "\n")
    return len(every)


def _uuid(*parts: object) -> uuid.UUID:
    """Give a thing the same number in every export."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "curate:" + "\n".join(map(repr, parts)))


def _clip(data: Any, rows: Sequence[Row], *, scored: bool) -> Any:  # noqa: ANN401 - objects of soundevent
    """Make the clip of a recording, with what is marked in it."""
    first = rows[0]
    end = max([row.offset for row in rows] + [first.file_duration])
    recording = data.Recording(
        uuid=_uuid("recording", first.path),
        path=Path(parse.printable(first.path)),
        duration=end,
        channels=first.channels or 1,
        samplerate=first.sr or 1,
        latitude=first.latitude,
        longitude=first.longitude,
        license=first.license or None,
    )
    clip = data.Clip(uuid=_uuid("clip", first.path), recording=recording, start_time=0.0, end_time=end)
    kind = "prediction" if scored else "annotation"
    events = [_event(data, recording, mark, kind) for row in rows for mark in marks(row)]
    if scored:
        return data.ClipPrediction(uuid=_uuid(kind, first.path), clip=clip, sound_events=events)
    return data.ClipAnnotation(uuid=_uuid(kind, first.path), clip=clip, sound_events=events, created_on=_WHEN)


def _event(data: Any, recording: Any, mark: Segment, kind: str) -> Any:  # noqa: ANN401
    what = (
        recording.path,
        mark.onset,
        mark.offset,
        mark.low_freq,
        mark.high_freq,
        mark.label,
        mark.score,
        mark.note,
    )
    if mark.low_freq is None and mark.high_freq is None:
        geometry = data.TimeInterval(coordinates=[mark.onset, mark.offset])
    else:
        high = recording.samplerate / 2 if mark.high_freq is None else mark.high_freq
        geometry = data.BoundingBox(coordinates=[mark.onset, mark.low_freq or 0.0, mark.offset, high])
    tags = [data.Tag(term=_term(data, "label"), value=parse.printable(mark.label))] if mark.label else []
    predicted = kind == "prediction"
    features = (
        [] if predicted or mark.score is None else [data.Feature(term=_term(data, "score"), value=mark.score)]
    )
    event = data.SoundEvent(
        uuid=_uuid("event", *what), recording=recording, geometry=geometry, features=features
    )
    if predicted:
        scored = [data.PredictedTag(tag=tag, score=mark.score) for tag in tags]
        return data.SoundEventPrediction(
            uuid=_uuid(kind, *what), sound_event=event, score=mark.score, tags=scored
        )
    note = parse.printable(mark.note)
    notes = [data.Note(uuid=_uuid("note", *what), message=note, created_on=_WHEN)] if note else []
    return data.SoundEventAnnotation(
        uuid=_uuid(kind, *what), sound_event=event, tags=tags, notes=notes, created_on=_WHEN
    )


def _term(data: Any, name: str) -> Any:  # noqa: ANN401
    return data.term_from_key(name)
