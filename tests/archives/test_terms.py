"""On which terms a set may be passed on."""

from __future__ import annotations

import pytest

from curate.archives.licenses import normalise
from curate.archives.terms import LicenseCount, in_words, redistribution


def judged(**counts):
    listed = [LicenseCount(normalise(words.replace("_", "-")), *each) for words, each in counts.items()]
    return redistribution(listed)


@pytest.mark.parametrize(
    ("counts", "allowed", "words"),
    [
        ({"cc0": (3, 3)}, True, ""),
        ({"cc_by": (3, 3)}, True, "name the recordists"),
        ({"cc_by": (3, 0), "cc_by_nc": (1, 0)}, True, "not commercially"),
        ({"cc_by_sa": (3, 1)}, True, "under their own licence"),
        ({"cc_by_nd": (3, 0)}, True, "only as they are"),
        ({"cc_by_nd": (3, 2)}, False, "clean copies of 2 recordings"),
        ({"cc_by": (3, 0), "all_rights_reserved": (2, 0)}, False, "2 recordings with all rights reserved"),
        ({"unknown": (4, 0)}, False, "4 recordings with no licence stated"),
        ({"my_own": (1, 0)}, False, "1 recording under terms that curate does not know"),
        ({}, False, "no recordings"),
    ],
)
def test_the_strictest_licence_decides(counts, allowed, words):
    found = judged(**counts)
    assert found.allowed == allowed
    assert words in " ".join(in_words(found))
