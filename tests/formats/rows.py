"""Rows to write: one that is full, and any that Hypothesis can think of."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import strategies as st

from curate.model import Row

FULL = Row(
    recording_id="xeno-canto:134896",
    path="/data/clean/asbfly/XC134896.flac",
    onset=0.1,
    offset=5.300000000000001,
    duration=5.2,
    sr=32000,
    label="asbfly",
    secondary_labels=("1139490", 'say "a, b"'),
    scientific_name="Muscicapa dauurica",
    common_name="Asian Brown Flycatcher",
    class_name="Aves",
    fold=0,
    weight=0.25,
    copies=3,
    rating=0.0,
    archive="xeno-canto",
    recordist="Magnus Hellström",
    license="cc-by-nc-sa 4.0",
    url="https://xeno-canto.org/134896",
    latitude=39.2297,
    longitude=-0.0,
    date="2013-05",
    source_path="/data/raw/XC134896.mp3",
    source_onset=1e-9,
    source_offset=5.3,
    soft_labels={"asbfly": 0.75, "1139490": 0.1},
)

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_awkward = st.sampled_from(
    ["", "1139490", "007", "a,b", 'a"b', "a\nb", "a\rb", "a\r\nb", ";", "[]", "NA", "\ufeffx"]
)
_words = _text | _awkward
_floats = st.floats(allow_nan=False, allow_infinity=False)
_counts = st.integers(0, 2**31 - 1)
_utf8_paths = _words
_any_paths = st.binary(min_size=1, max_size=12).filter(lambda b: b"\0" not in b).map(os.fsdecode)


def rows(*, any_path: bool) -> st.SearchStrategy[Row]:
    """Rows with all fields of the manifest; `any_path` takes names of any bytes too."""
    paths = _utf8_paths | _any_paths if any_path else _utf8_paths
    return st.builds(
        Row,
        recording_id=_words,
        path=paths,
        onset=_floats,
        offset=_floats,
        duration=_floats,
        sr=_counts,
        label=_words,
        secondary_labels=st.lists(_words, max_size=3).map(tuple),
        scientific_name=_words,
        common_name=_words,
        class_name=_words,
        fold=st.none() | _counts,
        weight=_floats,
        copies=_counts,
        rating=st.none() | st.just(0.0) | _floats,
        archive=_words,
        recordist=_words,
        license=_words,
        url=_words,
        latitude=st.none() | _floats,
        longitude=st.none() | _floats,
        date=_words,
        source_path=paths,
        source_onset=_floats,
        source_offset=_floats,
        soft_labels=st.none() | st.dictionaries(_words, _floats, max_size=3),
    )


def touch(*paths: Path) -> None:
    """Make empty files, and the folders that lead to them."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
