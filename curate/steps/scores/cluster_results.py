"""What `curate cluster` leaves behind: layers of the catalogue, and a table of recordings."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.formats.files import written_tables
from curate.formats.files.output import text_file
from curate.model import Segment
from curate.steps.scores.cluster_summary import ClusterSummary

STEP = "cluster"

#: The layers that are filled.
GROUPS, CLASS_GROUPS, OUTLIERS, FAULTS, WINDOWS = (
    "groups",
    "class-groups",
    "outliers",
    "fault-groups",
    "window-groups",
)

_VERSION = "1"

#: Columns of the table.
COLUMNS = (
    "recording_id", "path", "label", "group", "sure", "class_group", "distance", "mixture", "outlier", "near",
    "differs", "fault_group",
)  # fmt: skip


@dataclass(slots=True)
class ClusterRow:
    """What is said of one recording; the fields of `COLUMNS`."""

    number: int
    recording_id: str
    path: str
    label: str
    duration: float
    group: str = ""
    sure: float = 0.0
    class_group: str = ""
    distance: float = 0.0
    mixture: float = 0.0
    outlier: int = 0
    near: str = ""
    differs: str = ""
    fault_group: str = ""


@dataclass(slots=True)
class FilledLayers:
    """Segments of each layer, by the number of the recording; `looked_at` are covered without any."""

    looked_at: Sequence[int]
    segments: dict[str, dict[int, list[Segment]]] = field(default_factory=dict)


def layers_of(rows: Sequence[ClusterRow], summary: ClusterSummary) -> FilledLayers:
    """Put what is said of recordings into segments, each over the whole of its recording."""
    names = (GROUPS, CLASS_GROUPS, OUTLIERS, FAULTS)
    made = FilledLayers([row.number for row in rows], {name: {} for name in names})
    words = {each.name: each.what for each in summary.faults}
    for row in rows:
        measured = {"distance": row.distance, "mixture": row.mixture}
        for layer, label, segment in (
            (GROUPS, row.group, Segment(0.0, row.duration, row.group, row.sure, measured=measured)),
            (CLASS_GROUPS, row.class_group, Segment(0.0, row.duration, row.class_group)),
            (
                OUTLIERS,
                row.outlier or row.differs,
                Segment(0.0, row.duration, row.near or "no label", measured=measured, note=row.differs),
            ),
            (
                FAULTS,
                row.fault_group,
                Segment(0.0, row.duration, row.fault_group, note=words.get(row.fault_group, "")),
            ),
        ):
            if label:
                made.segments[layer][row.number] = [segment]
    return made


def write_layers(dataset: Dataset, parameters: Mapping[str, object], made: FilledLayers) -> None:
    """Fill the layers anew."""
    store = dataset.store
    with store.transaction():
        for name, segments in made.segments.items():
            layer, digest = layers.refill(store, name, producer=STEP, version=_VERSION, parameters=parameters)
            for number in made.looked_at:
                layers.put(store, number, layer, segments.get(number, ()), digest=digest)


def export_rows(rows: Sequence[ClusterRow], target: Path) -> None:
    """Write the table: a row for each recording."""
    with text_file(target) as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
    written_tables.note([target])
