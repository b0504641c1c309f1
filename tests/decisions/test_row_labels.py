"""Rows are labelled by what is heard in them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.row_labels import between, check_overlap, labelled, strong
from curate.errors import UsageError
from curate.model import Row, Segment


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


def halves(*marks, overlap=0.0):
    row = annotated(*marks)
    return [labelled(between(row, onset, onset + 5), row.annotations, overlap) for onset in (0, 5)]


def test_a_window_is_labelled_by_what_fills_most_of_it():
    first, second = halves(Segment(0, 1, "a"), Segment(1, 4, "b"), Segment(6, 8, "a"), Segment(4.9, 5.1, "c"))
    assert (first.label, first.secondary_labels) == ("b", ("a", "c"))
    assert (second.label, second.secondary_labels) == ("a", ("c",))
    assert second.annotations == (Segment(6, 8, "a"), Segment(5, 5.1, "c"))
    assert (first.onset, first.offset, second.source_onset, second.source_offset) == (0, 5, 5, 10)


@given(
    st.lists(
        st.builds(
            lambda onset, length, label: Segment(onset / 4, (onset + length) / 4, label),
            st.integers(0, 19),
            st.integers(1, 20),
            st.sampled_from("abc"),
        ),
        max_size=8,
    )
)
def test_the_class_of_a_window_is_heard_at_most_of_its_moments(marks):
    row = labelled(Row(offset=5.0), marks, 0.0)
    quarters = [{mark.label for mark in marks if mark.onset <= at / 4 < mark.offset} for at in range(20)]
    often = Counter(label for heard in quarters for label in heard)
    order = sorted(often, key=lambda label: (-often[label], label))
    assert [row.label, *row.secondary_labels] == (order or [""])


def test_an_overlap_that_is_too_short_does_not_count():
    mark = Segment(4.0, 5.5, "a")
    assert [window.label for window in halves(mark, overlap=1.0)] == ["a", ""]
    assert [window.label for window in halves(mark, overlap=0.5)] == ["a", "a"]
    assert [window.label for window in halves(mark)] == ["a", "a"]


def test_another_label_does_not_keep_the_names_of_the_taxon():
    row = annotated(Segment(0, 1, "own"), Segment(2, 3, "other"))
    assert [(cut.label, cut.scientific_name) for cut in strong([row])] == [("own", "Own own"), ("other", "")]
    plain = Row(label="x")
    assert list(strong([plain, annotated()])) == [plain]


def test_a_stretch_of_a_clean_copy_leaves_the_raw_times_to_others():
    row = Row(path="/clean", source_path="/raw", offset=10, duration=10, source_onset=2, source_offset=14)
    cut = between(row, 5, 10)
    assert (cut.source_onset, cut.source_offset) == (2, 14)


@pytest.mark.parametrize("overlap", [6, -1])
def test_an_overlap_that_no_label_can_have_is_refused(overlap):
    with pytest.raises(UsageError, match="must be from 0 to 5"):
        check_overlap(overlap, 5)
