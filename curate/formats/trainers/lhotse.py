"""Lhotse manifests: ``recordings``, ``supervisions`` and ``cuts``, each as ``.jsonl.gz``.

A file is a recording, an annotation (or a labelled stretch) a supervision, and a kept stretch
a cut. A cut holds what it needs of the other two, so ``load_manifest_lazy("cuts.jsonl.gz")``
alone is enough to train. Inside a cut, supervisions count from its start.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from curate.errors import FormatError
from curate.formats import Report, parse
from curate.formats.annotations.annotations import Gathered, heard
from curate.formats.files.audio_paths import Finder
from curate.formats.files.folder_rows import refuse_columns
from curate.formats.files.output import packed_file
from curate.formats.files.unique_names import Keys
from curate.formats.tables import table
from curate.license_words import freedom
from curate.model import Problem, Row, Segment

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_TABLES = ("recordings", "supervisions")

#: Fields of a recording that its supervisions carry.
_OF_RECORDINGS = ("recordist", "license", "url", "latitude", "longitude", "date")

#: What supervisions say of recordings: fields of a row by path.
_Told = dict[str, dict[str, Any]]


def read(
    path: Path,
    *,
    report: Report,
    label_column: str | None = None,
    path_column: str | None = None,
    audio_folder: Path | None = None,
) -> Iterator[Row]:
    """Read a folder of recordings and supervisions, or one file of cuts.

    The label of a supervision is its ``custom["label"]``, else its ``text``.

    Raises
    ------
    FormatError
        If a manifest is missing.
    UsageError
        If a column is named.
    """
    refuse_columns("lhotse", label_column, path_column)
    gathered = Gathered(Finder(path, audio_folder), report)
    if path.is_dir():
        recordings, supervisions = (_manifest(path, name) for name in _TABLES)
        return _from_folder(recordings, supervisions, gathered, report)
    return _from_cuts(path, gathered, report)


def _manifest(folder: Path, name: str) -> Path:
    found = sorted(path for path in folder.glob(f"*{name}*.jsonl*") if path.suffix in {".gz", ".jsonl"})
    if len(found) != 1:
        raise FormatError(
            f"expected one {name}.jsonl.gz in {folder}, found {len(found)}",
            hint="or name one file of cuts",
        )
    return found[0]


def _records(path: Path, report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield f"{path}:{number}", found
        elif line.strip():
            report(Problem("bad-row", f"{path}:{number}", "expected a JSON object"))


def _lines(path: Path) -> Iterator[str]:
    opened: BinaryIO = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
    with opened as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape") as lines:
        try:
            yield from lines
        except (EOFError, OSError, zlib.error) as error:
            raise FormatError(f"failed to read {path} to its end: {error}", hint="fetch it again") from error


def _source(recording: object) -> str:
    first = [*parse.items(parse.mapping(recording).get("sources")), None][0]
    return str(parse.mapping(first).get("source", ""))


def _from_folder(recordings: Path, supervisions: Path, gathered: Gathered, report: Report) -> Iterator[Row]:
    paths = {}
    told: _Told = {}
    for here, record in _records(recordings, report):
        paths[str(record.get("id"))] = gathered.place(_source(record), here)
    for here, record in _records(supervisions, report):
        name = str(record.get("recording_id"))
        if name not in paths:
            report(
                Problem(
                    "bad-row", here, f"column recording_id: expected one of {recordings.name}, found '{name}'"
                )
            )
            continue
        path = paths[name]
        if path is not None:
            gathered.add(path, _parts(record, 0.0), here)
            _tell(told, path[0], record, here, report)
    yield from (replace(row, **told.get(row.path, {})) for row in gathered.rows())


def _from_cuts(cuts: Path, gathered: Gathered, report: Report) -> Iterator[Row]:
    told: _Told = {}
    for here, cut in _records(cuts, report):
        path = gathered.place(_source(cut.get("recording")), here)
        start = cut.get("start") or 0.0
        if not isinstance(start, int | float):
            report(Problem("bad-row", here, f"column start: expected seconds, found {start!r}"))
            continue
        for record in parse.items(cut.get("supervisions")) if path is not None else ():
            assert path is not None
            gathered.add(path, _parts(parse.mapping(record), start), here)
            _tell(told, path[0], parse.mapping(record), here, report)
    yield from (replace(row, **told.get(row.path, {})) for row in gathered.rows())


def _tell(told: _Told, path: str, record: dict[str, Any], here: str, report: Report) -> None:
    """Note what a supervision says of its recording; of several licences the strictest counts."""
    custom = parse.mapping(record.get("custom"))
    known = told.setdefault(path, {})
    for field in _OF_RECORDINGS:
        try:
            value = table.FIELDS[field][0](custom.get(field))
        except ValueError as error:
            report(Problem("bad-row", here, f"column {field}: {error}"))
            continue
        if value in (None, ""):
            continue
        if field == "license":
            value = max(known.get(field, value), value, key=freedom)
        known.setdefault(field, value)
        if field == "license":
            known[field] = value


def _parts(record: dict[str, Any], start: float) -> dict[str, tuple[str, Any]]:
    custom = parse.mapping(record.get("custom"))
    onset, duration = record.get("start"), record.get("duration")
    begin: object = onset
    end: object = duration
    if isinstance(onset, int | float) and isinstance(duration, int | float):
        begin, end = round(start + onset, 6), round(start + onset + duration, 6)
    return {
        "onset": ("start", begin),
        "offset": ("duration", end),
        "label": ("text", custom.get("label") or record.get("text") or custom.get(_label_in(custom))),
        **{name: (name, custom.get(name)) for name in ("score", "low_freq", "high_freq", "note")},
    }


def _label_in(custom: dict[str, Any]) -> str:
    """Name the field that holds the class, where a supervision has no text."""
    return table.find(custom, table.LABEL_COLUMNS) or "label"


def write(rows: Iterable[Row], out: Path) -> int:
    """Write the three manifests into a folder that exists, and return the number of cuts."""
    keys = Keys()
    written, count, said = "", 0, 0
    head = ""
    with (
        packed_file(out / "recordings.jsonl.gz") as recordings,
        packed_file(out / "supervisions.jsonl.gz") as supervisions,
        packed_file(out / "cuts.jsonl.gz") as cuts,
    ):
        for row in rows:
            key = keys.of(row)
            channels = list(range(row.channels or 1))
            if key != written:
                written, said, number = key, 0, 0
                head = _encode(_recording(row, key, channels))
                recordings.write(head + "\n")
            inside = []
            channel = channels[0] if len(channels) == 1 else channels
            for mark, _ in heard(row):
                told = _supervision(row, mark, f"{key}-{said}", key, channel)
                said += 1
                supervisions.write(_encode(told) + "\n")
                inside.append(told | {"start": round(mark.onset - row.onset, 6)})
            cut = {
                "id": f"{key}-{number}",
                "start": row.onset,
                "duration": round(row.duration, 6),
                "channel": channel,
                "supervisions": inside,
            }
            kind = "MonoCut" if len(channels) == 1 else "MultiCut"
            cuts.write(f'{_encode(cut)[:-1]},"recording":{head},"type":"{kind}"}}\n')
            number += 1
            count += 1
    return count


def _recording(row: Row, key: str, channels: list[int]) -> dict[str, Any]:
    samples = round((row.file_duration or row.offset) * row.sr)
    return {
        "id": key,
        "sources": [{"type": "file", "channels": channels, "source": row.path}],
        "sampling_rate": row.sr,
        "num_samples": samples,
        "duration": samples / row.sr if row.sr else 0.0,
        "channel_ids": channels,
    }


def _supervision(row: Row, mark: Segment, name: str, key: str, channel: int | list[int]) -> dict[str, Any]:
    custom: dict[str, Any] = {
        "label": mark.label,
        "score": mark.score,
        "low_freq": mark.low_freq,
        "high_freq": mark.high_freq,
        "note": mark.note,
    }
    if row.annotations is None:
        custom |= {
            "secondary_labels": list(row.secondary_labels),
            "scientific_name": row.scientific_name,
            "common_name": row.common_name,
        }
    custom |= {field: getattr(row, field) for field in _OF_RECORDINGS} | {"fold": row.fold}
    return {
        "id": name,
        "recording_id": key,
        "start": mark.onset,
        "duration": round(mark.duration, 6),
        "channel": channel,
        "text": mark.label,
        "custom": {column: value for column, value in custom.items() if value not in (None, "", [])},
    }
