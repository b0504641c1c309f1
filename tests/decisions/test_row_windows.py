"""Windows over kept stretches: every second in one, and labelled by what is heard in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import intervals
from curate.decisions.row_windows import check, spans, strong, windows
from curate.errors import UsageError
from curate.model import Row, Segment

_lengths = st.integers(1, 400).map(lambda n: n / 10)


@given(onset=st.integers(0, 100), length=_lengths, window=_lengths, hop=_lengths)
def test_windows_lie_in_the_stretch_have_one_length_and_lose_nothing(onset, length, window, hop):
    offset = onset + length
    found = list(spans(onset, offset, window=window, hop=hop))
    assert all(onset <= low < high <= offset + 1e-6 for low, high in found)
    if length <= window:
        assert found == [(onset, offset)]
    else:
        assert all(high - low == pytest.approx(window) for low, high in found)
    if hop <= window:
        assert intervals.total(intervals.pad(found, 1e-6)) == pytest.approx(length, abs=1e-4)
    assert found == sorted(found)
    assert found[-1][1] == pytest.approx(offset)


def annotated(*marks):
    return Row(
        path="/a",
        source_path="/a",
        offset=10,
        duration=10,
        label="own",
        scientific_name="Own own",
        annotations=marks,
    )


def test_a_window_is_labelled_by_what_fills_most_of_it():
    row = annotated(Segment(0, 1, "a"), Segment(1, 4, "b"), Segment(6, 8, "a"), Segment(4.9, 5.1, "c"))
    first, second = windows([row], window=5, hop=5)
    assert (first.label, first.secondary_labels) == ("b", ("a", "c"))
    assert (second.label, second.secondary_labels) == ("a", ("c",))
    assert second.annotations == (Segment(6, 8, "a"), Segment(5, 5.1, "c"))
    assert (first.onset, first.offset, second.source_onset, second.source_offset) == (0, 5, 5, 10)


def test_an_overlap_that_is_too_short_does_not_count():
    row = annotated(Segment(4.0, 5.5, "a"))
    assert [cut.label for cut in windows([row], window=5, hop=5, min_label_overlap=1.0)] == ["a", ""]
    assert [cut.label for cut in windows([row], window=5, hop=5, min_label_overlap=0.5)] == ["a", "a"]
    assert [cut.label for cut in windows([row], window=5, hop=5)] == ["a", "a"]


def test_windows_without_annotations_keep_the_label_and_its_taxon():
    (one, two) = windows([Row(offset=8, duration=8, label="x", scientific_name="X x")], window=5, hop=5)
    assert [(cut.label, cut.scientific_name, cut.onset) for cut in (one, two)] == [
        ("x", "X x", 0),
        ("x", "X x", 3),
    ]


def test_another_label_does_not_keep_the_names_of_the_taxon():
    row = annotated(Segment(0, 1, "own"), Segment(2, 3, "other"))
    assert [(cut.label, cut.scientific_name) for cut in strong([row])] == [("own", "Own own"), ("other", "")]
    plain = Row(label="x")
    assert list(strong([plain, annotated()])) == [plain]


def test_windows_of_a_clean_copy_leave_the_raw_times_to_others():
    row = Row(path="/clean", source_path="/raw", offset=10, duration=10, source_onset=2, source_offset=14)
    assert {(cut.source_onset, cut.source_offset) for cut in windows([row], window=5, hop=5)} == {(2, 14)}


@pytest.mark.parametrize("lengths", [(0, 1, 0), (1, 0, 0), (5, 5, 6), (5, 5, -1)])
def test_lengths_that_make_no_sense_are_refused(lengths):
    with pytest.raises(UsageError, match="must be"):
        check(*lengths)
