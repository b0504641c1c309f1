"""What a step knew nothing of is kept in a few numbers, exactly."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.steps.common.unheard import Unheard


def seen(heard, blocks):
    """Take recordings in, as many at once as each block says, and the rest behind them."""
    found, numbers = Unheard(), sorted(heard)
    for size in (*blocks, len(numbers)):
        block, numbers = numbers[:size], numbers[size:]
        found.see_all(np.array(block, dtype=np.int64), np.array([heard[each] for each in block], dtype=bool))
    return found


@given(st.dictionaries(st.integers(1, 60), st.booleans()), st.lists(st.integers(0, 9)), st.integers(0, 80))
def test_it_holds_what_was_not_heard_and_what_came_later(heard, blocks, asked):
    again = Unheard.of(json.loads(json.dumps(seen(heard, blocks).kept)))
    last = max(heard, default=0)
    if asked in heard:
        assert (asked in again) == (not heard[asked])
    elif asked > last:
        assert asked in again


def test_recordings_that_follow_each_other_take_one_range():
    found = seen({number: number <= 10 for number in range(1, 1001)}, [5, 100, 400])
    assert found.kept == {"upto": 1000, "ranges": [[11, 1000]]}
