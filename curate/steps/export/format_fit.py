"""What a format cannot say of annotations and classes, and what libraries refuse of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from curate.errors import FormatError
from curate.formats.files.layout import ExportLayout, Taxa
from curate.model import Row, Segment

#: Spellings that an error names at most.
_NAMED = 8

#: Milliseconds that are nothing: what the arithmetic of times leaves.
_DUST = 1e-6

#: Whether an annotation has a part.
_HAS: dict[str, Callable[[Segment], bool]] = {
    "band": lambda mark: mark.low_freq is not None or mark.high_freq is not None,
    "note": lambda mark: bool(mark.note),
    "open band": lambda mark: (mark.low_freq is None) != (mark.high_freq is None),
    "score": lambda mark: mark.score is not None,
}

#: Whether an annotation has what some formats lack.
_LACKED: dict[str, Callable[[Segment], bool]] = {
    "empty label": lambda mark: not mark.label,
    "sub-millisecond time": lambda mark: any(
        abs(1000 * end - round(1000 * end)) > _DUST for end in (mark.onset, mark.offset)
    ),
}

#: How many annotations of a row make a library refuse an export, or lose some: bands that all lack do not.
_REFUSED: dict[str, Callable[[Sequence[Segment]], int]] = {
    "empty label": lambda marks: sum(not mark.label for mark in marks),
    "missing band": lambda marks: sum(not _HAS["band"](mark) for mark in marks) % len(marks),
    "open band": lambda marks: sum(map(_HAS["open band"], marks)),
    # pandas reads on to the next quote, over the ends of cells and lines.
    "opening quote": lambda marks: sum(m.label[:1] == '"' and m.label.count('"') % 2 == 1 for m in marks),
}


def classes(row: Row, layout: ExportLayout) -> set[str]:
    """List the classes that a row has in a format. A row without a class has an empty one, or none."""
    if row.annotations is None or layout.strong or not layout.marks:
        return {row.label}
    return {mark.label for mark in row.annotations} | ({row.label} if layout.label else set())


def lost(marks: Sequence[Segment], layout: ExportLayout, *, windows: bool) -> Counter[str]:
    """Count what the format cannot say of the annotations of a row, by kind.

    Parameters
    ----------
    windows
        Whether the row is a window, which annotations label. In other rows of formats without a place for
        annotations, all of them are left out.
    """
    if not (layout.marks or windows):
        return Counter({"annotation": len(marks)})
    found = {part: sum(map(has, marks)) for part, has in _HAS.items() if part not in layout.keeps}
    found |= {part: sum(map(_LACKED[part], marks)) for part in layout.lacks}
    return Counter({part: number for part, number in found.items() if number})


def refused(marks: Sequence[Segment], layout: ExportLayout) -> Counter[str]:
    """Count the annotations of a row for which libraries refuse the export, by what they have and library."""
    found = {f"{part}, {library}": _REFUSED[part](marks) for part, library in layout.refuses.items()}
    return Counter({what: number for what, number in found.items() if number})


def check_apart(classes: Iterable[str], layout: ExportLayout, taxa: Taxa, form: str) -> None:
    """Refuse a format in which two classes would become one."""
    spelt: dict[str, list[str]] = {}
    for name in sorted(classes):
        one = layout.spells(name) if layout.merges is None else layout.merges(name, taxa)
        spelt.setdefault(one, []).append(name)
    merged = [f"{', '.join(map(repr, names))} as '{one}'" for one, names in spelt.items() if len(names) > 1]
    if merged:
        more = f" and {len(merged) - _NAMED:,} more" if len(merged) > _NAMED else ""
        raise FormatError(
            f"{form} would make one class of several: {'; '.join(merged[:_NAMED])}{more}",
            hint="rename one of them, or take a format that keeps the names, such as csv",
        )


def shared(row: Row) -> int:
    """Count the stretches of a row that have several labels."""
    if row.annotations is None:
        return bool(row.label and row.secondary_labels)
    stretches = Counter((mark.onset, mark.offset) for mark in set(row.annotations))
    return sum(number > 1 for number in stretches.values())
