"""Recordings with annotations, to write and to read back: plain ones, and any that Hypothesis finds."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from curate.formats.parse import is_nothing
from curate.model import Row, Segment
from tests.formats.rows import touch

MARKS = (
    Segment(0.5, 1.25, "asbfly", None, 1200.0, 4800.5),
    Segment(1.0, 2.0, "1139490", 0.75, 100.0, 8000.0),
)


def row(path: Path | str, marks: tuple[Segment, ...] | None = MARKS, **more: object) -> Row:
    """A recording of ten seconds."""
    known = {"offset": 10.0, "duration": 10.0, "sr": 32000, "file_duration": 10.0, "source_path": str(path)}
    known |= {"source_offset": 10.0, "channels": 1}
    return Row(path=str(path), annotations=marks, **(known | more))


def recordings(folder: Path, *names: str, marks: tuple[Segment, ...] | None = MARKS) -> list[Row]:
    """Recordings that are there, all with the same annotations."""
    touch(*(folder / name for name in names))
    return [row(folder / name, marks, recording_id=f"local:{name}") for name in names]


def found(rows: list[Row]) -> dict[str, tuple[Segment, ...] | None]:
    """Annotations by the name of the file."""
    return {Path(row.path).name: row.annotations for row in rows}


def _order(mark):
    low, high = (-1.0, -1.0) if mark.low_freq is None else (mark.low_freq, mark.high_freq)
    return mark.onset, mark.offset, mark.label, low, high, -1.0 if mark.score is None else mark.score


_times = st.integers(0, 9_000_000)
_words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=8).map(str.strip)


@st.composite
def marks(draw, *, bands=True, scores=False):
    """Annotations in order, each once, on whole microseconds; with bands all or none.

    No label is a word for nothing: what becomes of those goes by the table.
    """
    found = set()
    for _ in range(draw(st.integers(0, 4))):
        onset = draw(_times)
        offset = onset + draw(st.integers(1, 1_000_000))
        low = draw(st.integers(0, 8000)) / 2 if bands else None
        high = low + draw(st.integers(1, 8000)) / 2 if bands else None
        score = draw(st.none() | st.floats(0, 1)) if scores else None
        label = draw(_words.filter(lambda word: not is_nothing(word)))
        found.add(Segment(onset / 1e6, offset / 1e6, label, score, low, high))
    return tuple(sorted(found, key=_order))
