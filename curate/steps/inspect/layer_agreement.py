"""`curate show agreement`: what two layers say of the same recordings, class by class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from curate.catalogue import layers, listings, reviewing
from curate.catalogue.dataset import Dataset
from curate.catalogue.views import tables
from curate.decisions.layer_agreement import LayerAgreement
from curate.intervals import Interval

#: Columns of the table, as `ClassAgreement` has them; ``layer`` and ``against`` are the two layers.
COLUMNS = [
    "label", "recordings", "layer_recordings", "against_recordings", "layer_segments", "layer_matched",
    "against_segments", "against_matched", "both_s", "layer_s", "against_s", "kappa",
]  # fmt: skip


def layer_agreement(dataset: Dataset, layer: str, against: str, *, recording: int | None) -> list[list[Any]]:
    """Compare two layers: a row per class, those with the most seconds of disagreement first.

    Classes are the same if they are names of one taxon, whatever the case of their letters.

    Parameters
    ----------
    recording
        Number of the only recording that counts; None for all that both looked at.

    Raises
    ------
    NotInCatalogue
        If there is no such layer.
    """
    store = dataset.store
    here, there = (tables.layer_number(store, name) for name in (layer, against))
    taxa = listings.names_of_taxa(store)
    lengths = reviewing.durations(store)
    spelt: dict[str, str] = {}

    def key(label: str) -> str:
        name = (taxa.get(label, ("", ""))[0] or label).casefold()
        spelt.setdefault(name, label)
        return name

    def heard(number: int) -> Iterator[tuple[int, dict[str, list[Interval]]]]:
        for recorded, found in layers.segments_by_recording(store, number):
            classes: dict[str, list[Interval]] = {}
            for segment in found:
                if segment.label:
                    classes.setdefault(key(segment.label), []).append((segment.onset, segment.offset))
            yield recorded, classes

    one, other = dict(heard(here)), dict(heard(there))
    agreement = LayerAgreement()
    for number in sorted({*layers.looked_at(store, here)} & {*layers.looked_at(store, there)}):
        if recording in (None, number) and number in lengths:
            agreement.add(lengths[number], one.get(number, {}), other.get(number, {}))
    rows = [
        [spelt[name], *astuple(each), each.kappa(agreement.seconds)]
        for name, each in agreement.classes.items()
    ]
    differing = COLUMNS.index("layer_s"), COLUMNS.index("against_s")
    return sorted(rows, key=lambda row: (-sum(row[at] for at in differing), row[0]))
