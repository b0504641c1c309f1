"""What a step knew nothing of is kept in a few numbers, exactly."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from curate.steps.common.unheard import Unheard


@given(st.dictionaries(st.integers(1, 60), st.booleans()), st.integers(0, 80))
def test_it_holds_what_was_not_heard_and_what_came_later(heard, asked):
    found = Unheard()
    for number in sorted(heard):
        found.see(number, is_heard=heard[number])
    again = Unheard.of(json.loads(json.dumps(found.kept)))
    last = max(heard, default=0)
    if asked in heard:
        assert (asked in again) == (not heard[asked])
    elif asked > last:
        assert asked in again


def test_recordings_that_follow_each_other_take_one_range():
    found = Unheard()
    for number in range(1, 1001):
        found.see(number, is_heard=number <= 10)
    assert found.kept == {"upto": 1000, "ranges": [[11, 1000]]}
