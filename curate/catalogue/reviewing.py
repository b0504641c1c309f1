"""What a person who reviews asks the catalogue: candidates, one recording, and who said what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from curate.catalogue.cuts import WORDS
from curate.catalogue.store import Store
from curate.model import Cut, Segment, Verdict

Row = tuple[Any, ...]


def labels(store: Store) -> dict[int, str]:
    """Class of every recording with sound, or empty if it lacks one."""
    sql = """
        SELECT r.id, coalesce(l.label, '') FROM recordings r
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        WHERE r.status = 'ok' AND r.duration > 0
    """
    return {row[0]: row[1] for row in store.rows(sql)}


def class_groups(store: Store) -> dict[str, str]:
    """Taxonomic class (Aves, Amphibia ...) of every label that has one."""
    return dict(store.rows("SELECT label, class_name FROM taxa WHERE class_name <> ''"))


def groups_of(store: Store, recordings: Sequence[int]) -> dict[int, str]:
    """Taxonomic class of those of some recordings that have one."""
    sql = """
        SELECT l.recording, t.class_name FROM labels l JOIN taxa t ON t.label = l.label
        WHERE l.ordinal = 0 AND l.role = 'primary' AND t.class_name <> ''
        AND l.recording IN (SELECT value FROM json_each(?))
    """
    return dict(store.rows(sql, (json.dumps(list(recordings)),)))


def classes(store: Store) -> frozenset[str]:
    """List every label that the dataset knows."""
    return frozenset(row[0] for row in store.rows("SELECT label FROM taxa UNION SELECT label FROM labels"))


def found(store: Store, layers: Sequence[str]) -> Iterator[Row]:
    """Stream the segments of layers: recording, onset, offset, label, score, layer.

    They come grouped by recording, in order of time.
    """
    sql = """
        SELECT s.recording, s.onset, s.offset, s.label, s.score, y.name
        FROM segments s JOIN layers y ON y.id = s.layer
        WHERE y.name IN (SELECT value FROM json_each(?)) ORDER BY s.recording, s.onset
    """
    return store.rows(sql, (json.dumps(list(layers)),))


def best_scores(store: Store) -> dict[int, tuple[str, float]]:
    """Look up the class that embedding models are surest of, and the score, by recording."""
    sql = """
        WITH heard AS (SELECT recording, label, score FROM segments
                       WHERE layer IN (SELECT id FROM layers WHERE name GLOB 'scores-*')),
             best AS (SELECT recording, max(score) AS score FROM heard GROUP BY recording)
        SELECT recording, min(label), score FROM heard JOIN best USING (recording, score) GROUP BY recording
    """
    return {number: (label, score) for number, label, score in store.rows(sql)}


def flagged(store: Store, step: str) -> Iterator[Row]:
    """Stream what a step flagged and left to a person: recording, onset, offset, score, reason."""
    return store.rows(
        f"SELECT recording, onset, offset, score, {WORDS} FROM cuts x WHERE action = 'flag' AND step = ? "
        "ORDER BY recording, onset",
        (step,),
    )


def matched(store: Store) -> Iterator[Row]:
    """Stream the later of two recordings of the same sound: it, stretch, kind, score, the other's id."""
    return store.rows(
        "SELECT max(recording, m.other), iif(recording > m.other, m.onset, other_onset), "
        "iif(recording > m.other, m.offset, other_offset), kind, score, r.archive || ':' || r.archive_id "
        "FROM matches m JOIN recordings r ON r.id = min(recording, m.other) "
        f"WHERE NOT EXISTS ({_REFUTED}) ORDER BY 1, 2"
    )


#: Whether somebody said, and did not take back, that the two recordings of a match `m` differ.
_REFUTED = """
    SELECT 1 FROM verdicts v WHERE v.withdrawn IS NULL AND v.judgement = 'different'
    AND v.recording IN (m.recording, m.other) AND v.other IN (m.recording, m.other)
"""


@dataclass(frozen=True, slots=True)
class Twin:
    """Another recording that holds the same sound: what is at `onset` here is at `there` in it (seconds)."""

    number: int
    recording_id: str
    label: str
    recordist: str
    duration: float
    kind: str
    onset: float
    offset: float
    there: float


def twins(store: Store, recording: int, onset: float, offset: float, *, limit: int) -> list[Twin]:
    """List what other recordings hold of a stretch, the surest first."""
    sql = """
        SELECT r.id, r.archive || ':' || r.archive_id, coalesce(l.label, ''), coalesce(r.recordist, ''),
               r.duration, m.kind, m.onset, m.offset, m.there
        FROM (SELECT other, kind, onset, offset, other_onset AS there, score
              FROM matches WHERE recording = :number
              UNION ALL
              SELECT recording, kind, other_onset, other_offset, onset, score
              FROM matches WHERE other = :number) m
        JOIN recordings r ON r.id = m.other
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        WHERE r.status = 'ok' AND r.duration > 0 AND m.onset < :offset AND m.offset > :onset
        ORDER BY m.kind IN ('bytes', 'samples') DESC, m.score DESC, r.id, m.onset LIMIT :limit
    """
    values = {"number": recording, "onset": onset, "offset": offset, "limit": limit}
    return [Twin(*row) for row in store.rows(sql, values)]


def called_otherwise(store: Store) -> Iterator[Row]:
    """Stream recordings whose sound has other labels elsewhere: number, seconds, the labels."""
    return store.rows(
        "SELECT m.recording, r.duration, group_concat(m.label, ', ') FROM more_labels m "
        "JOIN recordings r ON r.id = m.recording WHERE r.status = 'ok' GROUP BY m.recording"
    )


def lengths(store: Store) -> Iterator[tuple[int, float, int]]:
    """List number, seconds and rate of every recording with sound."""
    sql = "SELECT id, duration, sr FROM recordings WHERE status = 'ok' AND duration > 0 ORDER BY id"
    return ((number, seconds, sr) for number, seconds, sr in store.rows(sql))


def durations(store: Store) -> dict[int, float]:
    """Seconds of every kept recording with sound."""
    sql = """
        SELECT id, duration FROM recordings WHERE status = 'ok' AND duration > 0
        AND NOT EXISTS (SELECT 1 FROM cuts WHERE recording = recordings.id AND action = 'drop')
    """
    return dict(store.rows(sql))


def dropped_by_persons(store: Store) -> frozenset[int]:
    """List the recordings that people dropped as a whole."""
    return frozenset(
        row[0] for row in store.rows("SELECT recording FROM cuts WHERE action = 'drop' AND step = 'review'")
    )


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What the catalogue knows of one recording, for a person to read."""

    recording_id: str
    path: str | bytes
    duration: float
    sr: int
    channels: int
    label: str
    secondary: str
    scientific_name: str
    common_name: str
    class_name: str
    recordist: str
    license: str
    url: str
    date: str
    time: str
    country: str
    locality: str
    rating: float | None
    sound_type: str
    remarks: str
    size: int
    mtime_ns: int


def facts(store: Store, recording: int) -> RecordingFacts | None:
    """Look one recording up, `None` if missing."""
    sql = """
        SELECT r.archive || ':' || r.archive_id, r.path, r.duration, r.sr, r.channels, coalesce(l.label, ''),
               coalesce((SELECT group_concat(label, ', ') FROM labels
                         WHERE recording = r.id AND role = 'secondary'), ''),
               coalesce(t.scientific_name, ''), coalesce(t.common_name, ''), coalesce(t.class_name, ''),
               coalesce(r.recordist, ''), coalesce(r.license, ''), coalesce(r.url, ''), coalesce(r.date, ''),
               coalesce(r.time, ''), coalesce(r.country, ''), coalesce(r.locality, ''), r.rating,
               coalesce(r.sound_type, ''), coalesce(r.remarks, ''), r.bytes, r.mtime_ns
        FROM recordings r
        LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
        LEFT JOIN taxa t ON t.label = l.label
        WHERE r.id = ? AND r.status = 'ok' AND r.duration > 0
    """
    row = store.one(sql, (recording,))
    return None if row is None else RecordingFacts(*row)


def segments(store: Store, recording: int) -> list[tuple[str, Segment]]:
    """List what all layers found in one recording, with the layer's name, in order of time."""
    sql = """
        SELECT y.name, s.onset, s.offset, s.label, s.score, s.low_freq, s.high_freq
        FROM segments s JOIN layers y ON y.id = s.layer WHERE s.recording = ? ORDER BY s.onset, y.name
    """
    return [(row[0], Segment(*row[1:])) for row in store.rows(sql, (recording,))]


def cuts(store: Store, recording: int) -> list[Cut]:
    """List what is cut of one recording, by whomever, in order of time."""
    sql = """
        SELECT onset, offset, action, reason, score, producer, detail FROM cuts
        WHERE recording = ? ORDER BY onset
    """
    return [Cut(*row) for row in store.rows(sql, (recording,))]


def track(store: Store, recording: int, layer: str, version: str) -> bytes | None:
    """Read a detector's packed frame track of one recording, `None` if missing in this version."""
    sql = """
        SELECT t.data FROM tracks t JOIN layers y ON y.id = t.layer
        WHERE t.recording = ? AND y.name = ? AND t.version = ?
    """
    row = store.one(sql, (recording, layer, version))
    return None if row is None else bytes(row[0])


def looked_at(store: Store, recording: int, layer: str) -> tuple[str, str] | None:
    """Version and digest with which a layer last looked at a recording."""
    sql = """
        SELECT y.version, c.digest FROM coverage c JOIN layers y ON y.id = c.layer
        WHERE c.recording = ? AND y.name = ?
    """
    row = store.one(sql, (recording, layer))
    return None if row is None else (row[0], row[1])


_COLUMNS = "onset, offset, judgement, reviewer, at, label, seen, id, coalesce(other, 0)"


def seen_verdicts(store: Store) -> Iterator[tuple[int, Verdict]]:
    """Stream the standing verdicts that say what was seen, with their recordings, the earliest first."""
    sql = f"SELECT recording, {_COLUMNS} FROM verdicts WHERE withdrawn IS NULL AND seen <> '' ORDER BY at, id"
    for row in store.rows(sql):
        yield row[0], Verdict(*row[1:])


def is_noted(store: Store, recording: int, act: str, *, before: str) -> bool:
    """Whether verdicts on a recording were noted by an act of this name earlier, even if they were undone."""
    sql = "SELECT 1 FROM verdicts WHERE recording = ? AND at < ? AND instr(seen, ?) LIMIT 1"
    return store.one(sql, (recording, before, f'"act": "{act}"')) is not None


def latest(store: Store, reviewer: str) -> str | None:
    """Name a reviewer's latest act that stands: the moment at which all its verdicts were noted."""
    sql = "SELECT max(at) FROM verdicts WHERE withdrawn IS NULL AND reviewer = ? AND seen <> ''"
    found = store.value(sql, (reviewer,))
    return None if found is None else str(found)


def noted_at(store: Store, reviewer: str, at: str) -> list[Verdict]:
    """List the verdicts of one act, also those that were undone."""
    sql = f"SELECT {_COLUMNS} FROM verdicts WHERE reviewer = ? AND at = ? AND seen <> '' ORDER BY id"
    return [Verdict(*row) for row in store.rows(sql, (reviewer, at))]


def names(store: Store, text: str, *, limit: int) -> list[tuple[str, str]]:
    """Complete the beginning of a label, or of a word of a taxon's names: label and what it stands for."""
    sql = """
        SELECT label, trim(common_name || ' ' || scientific_name) FROM
            (SELECT label, common_name, scientific_name FROM taxa
             UNION SELECT label, '', '' FROM labels WHERE label NOT IN (SELECT label FROM taxa))
        WHERE instr(' ' || lower(label || ' ' || common_name || ' ' || scientific_name), ' ' || lower(:text))
        ORDER BY label <> :text, label LIMIT :limit
    """
    return [(row[0], row[1]) for row in store.rows(sql, {"text": text, "limit": limit})]
