"""Which options of a manifest go together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from curate.decisions.row_labels import check_overlap
from curate.decisions.windows import Windowing
from curate.errors import UsageError
from curate.formats.files.layout import ExportLayout
from curate.steps.export.manifest_rows import AudioChoice
from curate.steps.export.write_export import Plan

#: Formats of the neutral manifest, which know their own files.
NEUTRAL = frozenset({"csv", "jsonl", "parquet"})


def check_fit(
    plan: Plan, name: str, *, relative: bool, soft_labels: str | None, layer: str | None, window: float | None
) -> None:
    """Refuse options that contradict a format, or each other.

    Raises
    ------
    UsageError
        Says which, and what to do.
    """
    _check_relative(plan, relative=relative)
    _check_soft(name, soft_labels, layer, window)


def settled(name: str, shape: ExportLayout, choice: AudioChoice, *, repeat: bool) -> AudioChoice:
    """Take the audio that a format must have, whatever is usual."""
    if name == "birdclef":
        _check_whole(choice, repeat=repeat)
        return "clean"  # whole files, or an error that says what lacks its copy
    if shape.raw and choice == "clean":
        raise UsageError(
            f"{name} needs the hour of each sound, which clean copies lose",
            hint="leave --audio out: it holds the stretches of raw files that are kept",
        )
    return "raw" if shape.raw else choice


def _check_whole(choice: str, *, repeat: bool) -> None:
    if choice == "raw":
        raise UsageError(
            "a BirdCLEF table lacks onsets, which kept stretches of raw files need",
            hint="use --audio auto, or another format",
        )
    if repeat:
        raise UsageError("a BirdCLEF table has every file once", hint="use --repeat with another format")


def _check_relative(plan: Plan, *, relative: bool) -> None:
    if plan.keep_names and plan.holding == "embed":
        raise UsageError(
            "--keep-names needs audio in single files: names in shards lose dots and folders",
            hint="leave it out: names begin as the files do all the same",
        )
    if relative and (plan.noted or plan.holding != "link" or plan.conversion.wanted):
        raise UsageError(
            "--relative needs a table that links to audio in place",
            hint=f"with --format {', '.join(sorted(NEUTRAL))}",
        )


def _check_soft(name: str, soft_labels: str | None, layer: str | None, window: float | None) -> None:
    if soft_labels is not None and (name not in NEUTRAL or layer is not None or window is not None):
        raise UsageError(
            "--soft-labels brings its windows and labels: leave out --layer and --window",
            hint=f"and with --format {', '.join(sorted(NEUTRAL))}",
        )


def windowing_of(window: float | None, hop: float | None, min_label_overlap: float) -> Windowing | None:
    """Read how rows are to be cut into windows, if any are wanted."""
    if window is None:
        if hop is not None or min_label_overlap:
            raise UsageError("--hop and --min-label-overlap go with --window")
        return None
    windowing = Windowing(window, window if hop is None else hop)
    windowing.check(length="window")
    check_overlap(min_label_overlap, window)
    return windowing


#: Columns that a manifest can have beside its own: what else is known of a recording.
MORE_COLUMNS = (
    "site", "started", "begins", "time", "night", "sunset", "sunrise", "device", "elevation", "locality",
    "country", "sound_type", "sex", "stage", "remarks",
)  # fmt: skip

#: Options that belong to some formats only.
_OF_FORMATS: dict[str, tuple[str, ...]] = {
    "bands": ("audacity",),
    "columns": tuple(sorted(NEUTRAL)),
    "label_column": ("raven",),
    "shard_mb": ("huggingface", "webdataset"),
    "year": ("birdclef",),
}


#: Which labels of Audacity have a band, and what of bands can be said then.
_BANDS: dict[str, frozenset[str]] = {"all": frozenset({"band"}), "none": frozenset()}


def banded(shape: ExportLayout, bands: str | None) -> ExportLayout:
    """Let all labels have a band, or none of them, so that readers accept them. Lost bands are reported.

    Raises
    ------
    UsageError
        If the word is neither.
    """
    if bands is None:
        return shape
    if bands not in _BANDS:
        raise UsageError(f"unknown value of --bands: '{bands}'", hint=f"there are: {', '.join(_BANDS)}")
    others = {part: library for part, library in shape.refuses.items() if not part.endswith("band")}
    return replace(shape, keeps=_BANDS[bands], refuses=others)


def more_columns(columns: str | None) -> dict[str, tuple[str, ...]]:
    """Read which columns are wanted next to the manifest's own, as an option of its writers.

    Raises
    ------
    UsageError
        If there is no such column, or one is named twice.
    """
    if columns is None:
        return {}
    names = tuple(name.strip() for name in columns.split(","))
    for at, name in enumerate(names):
        if name not in MORE_COLUMNS or name in names[:at]:
            words = f"column '{name}' is named twice" if name in names[:at] else f"unknown column '{name}'"
            raise UsageError(words, hint=f"there are: {', '.join(MORE_COLUMNS)}")
    return {"columns": names}


def options_of(name: str, **given: int | str | None) -> dict[str, Any]:
    """Keep the options that were given, and refuse those that the format lacks."""
    for option, value in given.items():
        if value is not None and name not in _OF_FORMATS[option]:
            formats = " and ".join(_OF_FORMATS[option])
            raise UsageError(f"--{option.replace('_', '-')} goes with --format {formats} only")
    return {option: value for option, value in given.items() if value is not None}
