"""What a manifest holds, counted as its rows pass."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from curate import intervals
from curate.decisions.retention import SHORTEST
from curate.formats.files.layout import ExportLayout, Taxa
from curate.formats.tables.guessed import guessed
from curate.formats.trainers.birdclef_carry_over import is_soundscape
from curate.formats.trainers.birdnet import is_no_event
from curate.formatting import Displayed
from curate.intervals import Interval
from curate.model import Problem, Row
from curate.recorders.sun import SunFilter
from curate.steps.balance.window_rows import WindowRows
from curate.steps.export import format_fit
from curate.steps.export.carried_annotations import Carried
from curate.steps.export.manifest_rows import Shares, is_slow
from curate.steps.scores.soft_labels import SoftCounts
from curate.storage.files import is_file

#: What a reader takes a class for whatever else stands in the column.
_EMPTY = "an empty cell"


@dataclass(slots=True)
class ManifestSummary(Displayed):
    """What a manifest holds. Times in seconds.

    Parameters
    ----------
    bytes
        About how large the audio in the export is, or will be; 0 where it is only linked to.
    expected_s
        With ``dry_run``, about how long it would take; None where this machine has not done the like.
    rows, recordings, labels
        Rows written (or that would be, with ``dry_run``), and the recordings and classes in them.
    unlabelled, soundscapes
        Rows without a label. A BirdCLEF folder leaves them out, but for soundscapes in folders of their own.
    renamed
        Of those, copies in another format than the original: programs that list ``*.ogg`` pass them over.
    shortened
        Recordings whose own file in the export has a shortened name, since it would be too long.
    shifted
        Of those, clean copies in which the times of the original, and of tables about it, no longer hold.
    not_learnt
        Classes that BirdNET-Analyzer takes for the absence of any, because of their names.
    not_written
        What the format cannot say, by kind: bands, those open to one side, notes, scores, secondary labels.
    respelt
        Classes that the format spells otherwise, with how.
    guessed
        Classes that the `reader` of the format takes for something else, with what: it guesses the types of
        columns.
    shared
        Stretches with several labels, of which audformat holds all but one in further columns.
    refused
        Annotations for which a library refuses the export, by what they have and the library.
    clean
        Rows that point at a clean copy.
    flagged
        Rows of recordings in which something was flagged, not cut; left out with `skip_flagged`.
    slow
        Rows that name files that play slower than the sound was: readers take a wrong rate.
    untimed, other_times
        With ``sun``, rows left out: nobody knows when they begin by the sun, or they begin at other times.
    big_endian
        Rows that name WAV files in big-endian byte order (RIFX) as they are: some readers swap their bytes.
    inside_mp3
        Rows that begin inside an MP3: readers that seek in one of varying bit rate begin wrong.
    unread
        Rows of files that the readers of the format refuse: Kaldi takes WAV of 16-bit integers alone.
    unplaced, wants
        Rows left out since the format has no place for them, and what it wants of a row that they lack.
    unused
        Rows left out since they never train: ``upsample --cap`` took others of their class.
    counted_otherwise
        Classes of which ``upsample`` would count other rows by now, as recordings were cut or kept since.
    uncounted
        Whether `upsample` counted windows, which these rows are not: each trains once.
    windows_uncounted
        Whether it counted recordings, and these rows are windows: each trains as often as its recording.
    unfolded
        Recordings without a fold where others have one: with ``--folds`` they are left out, else every round
        trains on them.
    divided
        Clusters of the same sound that lie in several folds: what trains is tested.
    too_short
        Rows left out because they are shorter than `SHORTEST`.
    damaged, damaged_seconds
        Recordings in it of which something cannot be decoded, and how much of what its rows stand for.
    shares
        Rows more than `upsample` counted: of a recording without a copy, each stretch is a row, and with
        ``layer`` each annotation.
    no_copies, no_weights
        Rows that train more than once, and that have a weight, of which the format says neither.
    missing
        Files that rows point at and that are not there.
    left_out
        Seconds of kept sound outside all windows, where ``--window`` makes them.
    muted
        Seconds of it that are silence, in clean copies; rows that read a raw file leave out what is muted.
    not_looked_at
        Recordings that nobody has searched for voices.
    unused_annotations
        Imported annotations, where no layer was asked for.
    carried
        What became of the annotations of the layer that was asked for.
    soft
        Rows with soft labels, and windows of the round that are not in it since a part of them was cut.
    scaled
        Converted stretches of float files that were scaled, since the coding holds nothing beyond full scale:
        path of the source, `onset`, `gain_db`. The files' own comments say it, too.
    clipped
        Samples beyond full scale that were clipped in converted audio.
    replaces
        When the export of the same path was written that this one takes the place of; empty where there was
        none, or it was the same.
    audio_left
        Folder of the audio that an earlier export of the same path brought along, and this one does not.
    not_noted
        Why the catalogue could not note the export, which `curate status` then does not judge.
    problems
        Audio that could not be converted; its rows are left out.
    """

    path: str = ""
    format: str = ""
    bytes: int = 0
    expected_s: float | None = None
    rows: int = 0
    recordings: int = 0
    labels: int = 0
    unlabelled: int = 0
    soundscapes: int = 0
    renamed: int = 0
    shortened: int = 0
    shifted: int = 0
    not_learnt: list[str] = field(default_factory=list)
    not_written: Counter[str] = field(default_factory=Counter)
    respelt: dict[str, str] = field(default_factory=dict)
    guessed: dict[str, str] = field(default_factory=dict)
    reader: str = ""
    shared: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    flagged: int = 0
    slow: int = 0
    big_endian: int = 0
    inside_mp3: int = 0
    unread: int = 0
    untimed: int = 0
    other_times: int = 0
    unplaced: int = 0
    wants: str = ""
    unused: int = 0
    counted_otherwise: list[str] = field(default_factory=list)
    uncounted: bool = False
    windows_uncounted: bool = False
    unfolded: int = 0
    divided: int = 0
    too_short: int = 0
    damaged: int = 0
    damaged_seconds: float = 0.0
    shares: Shares = field(default_factory=Shares)
    no_copies: int = 0
    no_weights: int = 0
    missing: int = 0
    not_looked_at: int = 0
    seconds: float = 0.0
    muted: float = 0.0
    left_out: float = 0.0
    elapsed_s: float = 0.0
    unused_annotations: int = 0
    carried: Carried = field(default_factory=Carried)
    soft: SoftCounts = field(default_factory=SoftCounts)
    scaled: list[dict[str, Any]] = field(default_factory=list)
    clipped: int = 0
    replaces: str = ""
    audio_left: str = ""
    not_noted: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Files that failed to convert."""
        return len(self.problems)

    def folded(self, stream: Iterable[Row]) -> Iterator[Row]:
        """Count, once all rows have passed, the recordings that lack a fold, if others have one.

        What is too short to be a row needs none.
        """
        unfolded, has_folds, last = 0, False, None
        for row in stream:
            if _is_long_enough(row):
                unfolded += row.fold is None and row.recording_id != last
                has_folds = has_folds or row.fold is not None
                last = row.recording_id
            yield row
        self.unfolded = unfolded if has_folds else 0

    def long_enough(self, stream: Iterable[Row]) -> Iterator[Row]:
        """Leave out rows that are too short for a trainer's frame, and count them."""
        for row in stream:
            if _is_long_enough(row):
                yield row
            else:
                self.too_short += 1

    def unflagged(self, stream: Iterable[Row], flagged: set[str], *, skip: bool) -> Iterator[Row]:
        """Count the rows of flagged recordings, and leave them out on request."""
        for row in stream:
            if row.recording_id in flagged:
                self.flagged += 1
                if skip:
                    continue
            yield row

    def by_the_sun(self, stream: Iterable[Row], sun: SunFilter) -> Iterator[Row]:
        """Leave out rows that begin in another part of the day, or at an unknown time."""
        for row in stream:
            kept = sun.keeps(row.extra.get("started", ""), row.source_onset, row.latitude, row.longitude)
            if kept:
                yield row
            elif kept is None:
                self.untimed += 1
            else:
                self.other_times += 1

    def used(self, stream: Iterable[Row], *, repeat: bool) -> Iterator[Row]:
        """Leave out unused rows, and give the others as often as they do on request."""
        for row in stream:
            if row.copies == 1:
                yield row
            elif row.copies == 0:
                self.unused += 1
            elif repeat:
                yield from itertools.repeat(replace(row, copies=1), row.copies)
            else:
                yield row

    def labelled(self, stream: Iterable[Row]) -> Iterator[Row]:
        """Leave out unlabelled rows, unless they are soundscapes."""
        for row in stream:
            if row.label or is_soundscape(row):
                yield row
            else:
                self.unlabelled += 1

    def outside_windows(self, stream: Iterable[Row], cutter: WindowRows | None) -> Iterator[Row]:
        """Take, once all rows have passed, the seconds outside all windows."""
        yield from stream
        self.left_out = cutter.left_out if cutter is not None else 0.0

    def fitted(
        self, stream: Iterable[Row], layout: ExportLayout, taxa: Taxa, *, windows: bool = False
    ) -> Iterator[Row]:
        """Count what the format leaves out of the rows, and note the classes that it changes.

        Parameters
        ----------
        windows
            Whether the rows are windows, which annotations label.

        Raises
        ------
        FormatError
            Once all rows have passed, if the format spells two classes alike: they would become one.
        """
        self.reader = layout.guesses
        seen = {""}
        for row in stream:
            marks = row.annotations
            names = {row.label} if marks is None else {mark.label for mark in marks}
            if marks:
                self.not_written.update(format_fit.lost(marks, layout, windows=windows))
                self.refused.update(format_fit.refused(marks, layout))
            elif marks is None and row.secondary_labels and "secondary label" not in layout.keeps:
                self.not_written["secondary label"] += len(row.secondary_labels)
            if marks is None and layout.spells_others:
                names.update(row.secondary_labels)
            if self.format == "audformat":
                self.shared += format_fit.shared(row)
            for name in names - seen:
                seen.add(name)
                self._note_class(name, layout)
            yield row
        format_fit.check_apart(seen - {""}, layout, taxa, self.format)
        # A column with one text is text; a table for each recording may hold one class.
        if not layout.ending and seen - {""} - self.guessed.keys():
            self.guessed = {name: what for name, what in self.guessed.items() if what == _EMPTY}

    def _note_class(self, name: str, layout: ExportLayout) -> None:
        if layout.guesses and (what := guessed(name)) in layout.takes:
            self.guessed[name] = what
        if (spelt := layout.spells(name)) != name:
            self.respelt[name] = spelt

    def counted(
        self,
        stream: Iterable[Row],
        layout: ExportLayout,
        holes: Mapping[str, Sequence[Interval]] | None = None,
    ) -> Iterator[Row]:
        """Count the rows that are written.

        Parameters
        ----------
        holes : seconds
            What is lost of the raw files and not cut, by the recordings' ids.
        """
        labels: set[str] = set()
        holes = holes or {}
        damaged: set[str] = set()
        last = last_path = None
        for row in stream:
            self.slow += is_slow(row)
            self.inside_mp3 += not layout.whole and is_inside_mp3(row.path, row.onset)
            if row.recording_id in holes:
                spans = intervals.clip(holes[row.recording_id], row.source_onset, row.source_offset)
                self.damaged_seconds += intervals.total(spans)
                damaged.update([row.recording_id] if spans else ())
            if self.format == "birdclef" and not row.label:
                self.soundscapes += 1
                self.renamed += _ending(row.path) != _ending(row.source_path)
                self.shifted += _is_shifted(row)
                yield row
                continue
            self.recordings += row.recording_id != last
            # Clean copies were seen to when they were chosen.
            if row.path == row.source_path != last_path:
                self.missing += not is_file(row.path)
            last, last_path = row.recording_id, row.path
            named = format_fit.classes(row, layout)
            self.unlabelled += not any(named)
            labels |= named
            self.clean += row.path != row.source_path
            self.seconds += row.duration
            self.muted += row.muted
            if not layout.balance:
                self.no_copies += row.copies > 1
                self.no_weights += row.weight != 1
            yield row
        self.labels, self.damaged = len(labels - {""}), len(damaged)
        if self.format == "birdnet":
            self.not_learnt = sorted(label for label in labels if label and is_no_event(label))


def is_inside_mp3(path: str, onset: float) -> bool:
    """Whether a row begins inside an MP3."""
    return onset > 0 and path[-4:].lower() == ".mp3"


def _is_shifted(row: Row) -> bool:
    """Whether something was cut out before the end of a row."""
    return row.source_onset > 0 or row.source_offset - row.source_onset - row.duration > 1 / (row.sr or 1)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _is_long_enough(row: Row) -> bool:
    """Whether a row fills a trainer's frame. Its ends are rounded to frames of its own."""
    return bool(row.duration) and (row.duration - SHORTEST) * row.sr > -1
