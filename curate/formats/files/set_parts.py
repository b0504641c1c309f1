"""Parts of a set, as its makers named them: training, validation and test, and what was cut from them.

Folders and tables of a set carry the names of its parts: ``HSN_test_shard_0001``,
``HSN_metadata_test_5s.parquet``, ``data/train-00000-of-00002.parquet``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from curate.formats.files.walk import folders_in, holds_audio

#: Words for a part, and the one that is written.
_WORDS = {
    "eval": "test",
    "evaluation": "test",
    "test": "test",
    "testing": "test",
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}

#: Behind the word, how long the clips are that were cut from the part: ``5s``.
_PART = re.compile(rf"({'|'.join(sorted(_WORDS, key=len, reverse=True))})(\d+s)?")


def part_of(name: str) -> str:
    """Name the part that a relative path speaks of, or empty where it speaks of none.

    Examples
    --------
    >>> part_of("HSN/HSN_test5s_shard_0001"), part_of("HSN_metadata_test_5s.parquet")
    ('test_5s', 'test_5s')
    >>> part_of("data/train-00000-of-00001"), part_of("trainer/contest")
    ('train', '')
    """
    words = re.split(r"[/_.\s-]+", name.lower())
    for word, following in zip(words, [*words[1:], ""], strict=True):
        found = _PART.fullmatch(word)
        if found is not None:
            length = found[2] or (following if re.fullmatch(r"\d+s", following) else "")
            return f"{_WORDS[found[1]]}{f'_{length}' if length else ''}"
    return ""


def are_parts(names: Iterable[str]) -> bool:
    """Whether names tell parts apart: two at least, since one alone may be a class (a train).

    Examples
    --------
    >>> are_parts(["train", "test", ""]), are_parts(["train", ""]), are_parts(["test", "test_5s"])
    (True, False, True)
    """
    return len({name for name in names if name}) > 1


def are_folders_parts(folder: str) -> bool:
    """Whether the folders of recordings right below a folder are the parts of a set, not classes."""
    below = folders_in(folder)
    parts = [part_of(name) for name in below]
    if not are_parts(parts):
        return False
    return all(
        part or not holds_audio(os.path.join(folder, name)) for name, part in zip(below, parts, strict=True)
    )


def whole_part(part: str) -> str:
    """Name the part that clips were cut from, or the part itself.

    Examples
    --------
    >>> whole_part("test_5s"), whole_part("train")
    ('test', 'train')
    """
    return part.partition("_")[0]
