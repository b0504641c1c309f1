"""What is noted of the recordings of a whole set: its parts, and what a program found in them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from itertools import zip_longest

from curate.catalogue import assignments, downloads, layers
from curate.catalogue.store import Store
from curate.decisions.split import TEST, TRAIN
from curate.formats.files.set_parts import are_parts, part_of, whole_part
from curate.formats.trainers.whole_set import DETECTIONS
from curate.model import Segment

#: The layer of what the makers of a set let a program find.
DETECTED = "detected_events"

_VERSION = "1"


def mark(store: Store, folder: str, producer: str) -> Counter[str]:
    """Note the parts of a set, and make a layer of what a program found in its recordings.

    Parameters
    ----------
    folder
        Of the set, as the catalogue begins its paths.
    producer
        Of the set, for the layer.

    Returns
    -------
    How many recordings are of each part.
    """
    _keep_detections(store, folder, producer)
    return _mark_parts(store, folder)


def folds_of(parts: Mapping[int, str]) -> dict[int, int]:
    """Give recordings the fold of their part: test recordings stay out of training.

    With a part to validate on, the set is divided by its makers, and its training part is reported. Without
    one, training recordings are left for ``curate split`` to divide.

    Examples
    --------
    >>> folds_of({1: "train", 2: "test", 3: "test_5s"})
    {2: -2, 3: -2}
    >>> folds_of({1: "train", 2: "validation", 3: "test"})
    {1: -1, 2: 0, 3: -2}
    """
    whole = {whole_part(part) for part in parts.values()}
    folds = {"test": TEST}
    if {"train", "validation"} <= whole:
        folds |= {"train": TRAIN, "validation": 0}
    return {number: folds[name] for number, part in parts.items() if (name := whole_part(part)) in folds}


def _mark_parts(store: Store, folder: str) -> Counter[str]:
    """Note of each recording to which part of the set it belongs, and keep what tests out of training."""
    parts = {
        number: part_of(os.path.dirname(os.fsdecode(path)[len(folder) :])) or extra.get("split", "")
        for number, path, extra in downloads.recordings_in(store, folder)
    }
    if not are_parts(parts.values()):
        return Counter()
    known = {number: part for number, part in parts.items() if part}
    downloads.note(store, {number: {"split": part} for number, part in known.items()})
    # What a table says of the fold stays.
    assignments.offer_folds(store, folds_of(known).items())
    return Counter(known.values())


def _keep_detections(store: Store, folder: str, producer: str) -> None:
    found: dict[int, list[Segment]] = {}
    for number, _, extra in downloads.recordings_in(store, folder):
        spans, clusters = (json.loads(extra[name]) if name in extra else [] for name in DETECTIONS)
        segments = [
            Segment(float(span[0]), float(span[1]), "event" if cluster is None else f"cluster {cluster}")
            for span, cluster in zip_longest(spans, clusters[: len(spans)])
            if span[0] < span[1]
        ]
        if spans:
            found[number] = sorted(segments, key=lambda each: (each.onset, each.offset))
    if not found:
        return
    layer = layers.define(store, DETECTED, producer=producer, version=_VERSION, parameters={})
    for number, segments in found.items():
        layers.put(store, number, layer, segments, digest=_VERSION)
    # They are a layer from now on, so their cells go.
    downloads.note(store, {number: dict.fromkeys(DETECTIONS) for number in found})
