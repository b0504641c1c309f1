"""Cards of networks in files: what a network takes and gives, in a TOML file next to it.

The card of ``perch.onnx`` is ``perch.toml``::

    rate = 32000              # Hz
    window = 5.0              # seconds
    output = "embedding"      # which output holds the vectors: its name, or its place from 0
    dimension = 1536          # numbers of a vector
    scores = "label"          # which output holds the scores of classes; leave it out where none does
    classes = "labels.txt"    # their names, one a line
    logits = true             # scores are still to go through a sigmoid
    name = "perch"            # of the layers; the name of the file where there is none
    license = "Apache-2.0"
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.errors import UsageError
from curate.lookup import near_path
from curate.storage.files import sha256_of

#: What a card may say, and of which type; those of the first part it must say.
_NEEDED = {"rate": (int,), "window": (float, int), "output": (str, int), "dimension": (int,)}
_MORE = {
    "scores": (str, int), "classes": (str,), "logits": (bool,), "name": (str,), "license": (str,),
}  # fmt: skip

#: What a name may be made of: layers and folders are called after it.
_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a card says, checked. See the head of this module.

    Parameters
    ----------
    path
        Of the network.
    sr : Hz
    window : seconds
    output, scores
        Name of an output, or its place.
    digest
        Of the network's bytes, of the card and the names of classes: another file is another version.
    """

    path: Path
    name: str
    sr: int
    window: float
    output: str | int
    dimension: int
    scores: str | int | None
    classes: tuple[str, ...]
    logits: bool
    license: str
    digest: str

    @property
    def length(self) -> int:
        """Samples of a window."""
        return round(self.window * self.sr)


def read_card(path: Path) -> ModelCard:
    """Read the card next to a network.

    Raises
    ------
    UsageError
        If the network or its card is not there, or the card cannot be used.
    """
    if not path.is_file():
        raise UsageError(f"no network {path}", hint=near_path(path))
    card = path.with_suffix(".toml")
    try:
        text = card.read_text(encoding="utf-8")
        said = tomllib.loads(text)
    except FileNotFoundError:
        example = 'rate = 32000, window = 5.0, output = "embedding", dimension = 1536'
        raise UsageError(
            f"{path.name} lacks a card {card.name} next to it", hint=f"write one, a line each: {example}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"failed to read the card {card}: {error}") from error
    _check(card, said)
    classes: tuple[str, ...] = ()
    if "classes" in said:
        classes = _names(card.parent / said["classes"])
    digest = hashlib.sha256(repr([_sha256(path), sorted(said.items()), classes]).encode()).hexdigest()
    return ModelCard(
        path,
        said.get("name", path.stem),
        said["rate"],
        float(said["window"]),
        said["output"],
        said["dimension"],
        said.get("scores"),
        classes,
        said.get("logits", False),
        said.get("license", ""),
        digest[:12],
    )


def _check(card: Path, said: dict[str, Any]) -> None:
    """Refuse what is missing, of another type, out of range, or no word of cards."""
    known = _NEEDED | _MORE
    missing = [word for word in _NEEDED if word not in said]
    if missing:
        raise UsageError(
            f"the card {card} lacks: {', '.join(missing)}",
            hint='rate = 32000, window = 5.0, output = "embedding", dimension = 1536, a line each',
        )
    for word, value in said.items():
        if word not in known:
            raise UsageError(f"the card {card} says '{word}'", hint=f"it may say: {', '.join(known)}")
        if not isinstance(value, known[word]) or (isinstance(value, bool) and bool not in known[word]):
            raise UsageError(
                f"the card {card} says {word} = {value!r}, which is of another type",
                hint=f"expected a value of the type {' or '.join(each.__name__ for each in known[word])}",
            )
    for word in ("rate", "window", "dimension"):
        if not 0 < said[word] < math.inf:
            raise UsageError(f"the card {card} says {word} = {said[word]}: it must be more than 0")
    if ("scores" in said) != ("classes" in said):
        raise UsageError(
            f"the card {card} says only one of scores and classes",
            hint="scores is an output of the network, classes a file of their names",
        )
    if not _NAME.fullmatch(said.get("name", card.stem)):
        raise UsageError(
            f"the network of {card} needs another name than '{said.get('name', card.stem)}'",
            hint='give it a name of letters, digits, - and _ in the card: name = "perch"',
        )


def _names(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"failed to read the classes {path}: {error}", hint=near_path(path)) from error
    return tuple(line.strip() for line in lines if line.strip())


def _sha256(path: Path) -> str:
    status = path.stat()
    return _hashed(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _hashed(path: Path, _size: int, _mtime_ns: int) -> str:
    return sha256_of(path)
