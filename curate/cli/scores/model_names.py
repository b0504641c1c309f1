"""What commands tell of the classes of a model and those of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.cli._output import Output, count

if TYPE_CHECKING:
    from curate.steps.scores.model_scores import ModelNames

#: Names that are written out; --json has all.
_LISTED = 5


def show_names(out: Output, names: ModelNames | None) -> None:
    """Say how the two met, and what was left out."""
    if names is None:
        return
    out.line(f"{names.model} {names.version} knows {count(names.matched, 'class')} of the dataset")
    if names.unknown:
        out.line(
            f"{names.model} does not know {count(len(names.unknown), 'class')} of the dataset: "
            f"{some(names.unknown)}"
        )
    if names.unmatched:
        heard = [f"{each.name} ({each.windows:,})" for each in names.unmatched]
        out.line(f"left out classes that the dataset lacks, with the windows of each: {some(heard)}")
    for name, labels in names.several.items():
        out.line(f"left out '{name}', which may be {' or '.join(labels)}")
    if names.missing:
        out.line(
            f"{count(names.missing, 'recording')} left out until scanned: curate embed --model {names.model}"
        )


def some(names: list[str]) -> str:
    """Name the first of several, and say how many more there are."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
