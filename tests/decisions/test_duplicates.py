"""Which of several copies stays, and what is only kept together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.duplicates import Copy, Overlap, rank, resolve
from curate.errors import UsageError
from curate.license_words import freedom


def copies(*found):
    return {copy.number: copy for copy in found}


def whole(one, other, kind="bytes", seconds=10.0):
    return Overlap(one, other, kind, 0.0, seconds, 0.0, seconds)


NUMBERS = st.integers(1, 12)
ALL = {
    n: Copy(n, f"xc:{n}", ("owl", "frog", "")[n % 3], duration=10.0 + n % 2, sr=32000) for n in range(1, 13)
}
OVERLAPS = st.lists(
    st.builds(
        lambda one, other, kind, length: Overlap(one, other, kind, 0.0, length, 0.0, length),
        NUMBERS,
        NUMBERS,
        st.sampled_from(["bytes", "samples", "sound", "metadata"]),
        st.floats(0.5, 10),
    ).filter(lambda overlap: overlap.one != overlap.other),
    max_size=15,
)


@given(OVERLAPS, st.sets(NUMBERS, max_size=4), st.sampled_from(["merge", "review"]))
def test_of_every_sound_something_stays_and_clusters_hold_all_that_overlap(overlaps, gone, labels):
    found = resolve(ALL, overlaps, labels=labels, gone=gone)
    for number, best in found.dropped.items():
        assert best not in found.dropped
        assert found.clusters[number] == found.clusters[best]
    assert not set(found.dropped) & gone
    assert not set(found.dropped.values()) & gone
    for overlap in overlaps:
        assert found.clusters[overlap.one] == found.clusters[overlap.other]
    assert not set(found.review) & (set(found.dropped) | set(found.labels))


@given(OVERLAPS, st.randoms())
def test_the_order_of_the_evidence_changes_nothing(overlaps, shuffle):
    shuffled = list(overlaps)
    shuffle.shuffle(shuffled)
    assert resolve(ALL, shuffled) == resolve(ALL, overlaps)


def test_the_same_from_end_to_end_is_one_too_many_and_a_piece_stays():
    three = copies(Copy(1, duration=60.0), Copy(2, duration=55.0), Copy(3, duration=20.0))
    found = resolve(
        three,
        [
            Overlap(1, 2, "sound", 2.0, 57.0, 0.0, 55.0, 300.0),
            Overlap(1, 3, "sound", 30.0, 50.0, 0.0, 20.0, 99.0),
        ],
    )
    assert found.dropped == {2: 1}
    assert found.clusters == {1: 1, 2: 1, 3: 1}


def test_of_a_chain_of_windows_only_what_stays_elsewhere_goes():
    """Windows of 10 s, a second apart: each is nine tenths of the next, and the tape must not be lost."""
    tape = copies(*(Copy(n, f"xc:{n}", "owl", duration=10.0) for n in range(400)))
    chain = [Overlap(n, n + 1, "sound", 1.0, 10.0, 0.0, 9.0) for n in range(399)]
    found = resolve(tape, chain)
    left = [number for number in tape if number not in found.dropped]
    assert left == list(range(0, 400, 3))
    assert all(abs(number - best) <= 2 for number, best in found.dropped.items())
    assert set(found.clusters.values()) == {0}


def test_copies_of_a_copy_go_although_no_pair_of_them_is_told():
    """Equal bytes are told of the first and each other one; the best may be any of them."""
    three = copies(
        *(Copy(n, f"xc:{n}", "owl", duration=10.0, license=code) for n, code in enumerate(("", "CC0", "")))
    )
    assert resolve(three, [whole(0, 1), whole(0, 2)]).dropped == {0: 1, 2: 1}
    near = [Overlap(0, n, "sound", 0.0, 9.7, 0.0, 9.7) for n in (1, 2)]
    assert resolve(three, near).dropped == {0: 1, 2: 1}


EQUAL = st.lists(st.sampled_from("abc"), min_size=3, max_size=9)
PAIRS = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]))


@given(EQUAL, st.sets(st.integers(0, 8), max_size=3), PAIRS)
def test_of_equal_ones_it_is_the_same_to_be_told_of_one_or_of_all(sounds, gone, apart):
    """Also where the one that they are told with is gone, or a person says that they differ from it."""
    some = copies(*(Copy(n, f"xc:{n}", "owl", duration=10.0) for n in range(len(sounds))))
    pairs = [(a, b) for b in some for a in range(b) if sounds[a] == sounds[b]]
    firsts = [whole(a, b, "samples") for a, b in pairs if sounds.index(sounds[a]) == a]
    every = [whole(a, b, "samples") for a, b in pairs]
    assert resolve(some, firsts, gone=gone, apart=apart) == resolve(some, every, gone=gone, apart=apart)


def test_a_re_encoded_one_is_compared_with_all_equal_ones_though_a_person_keeps_the_first_apart():
    some = copies(*(Copy(n, f"xc:{n}", "owl", duration=10.0) for n in range(3)))
    told = [whole(0, 1, "samples"), whole(0, 2, "sound")]
    assert resolve(some, told, apart={(0, 1), (0, 2)}).dropped == {2: 1}


def test_equal_ones_are_the_same_as_what_one_of_them_is_by_what_is_kept():
    """The announcement of 2 is cut; 1 has the bytes of 0 and the better licence, and 3 those of 2."""
    announced = {"duration": 18.0, "kept": ((10.0, 18.0),)}
    some = copies(
        Copy(0, duration=8.0),
        Copy(1, duration=8.0, license="cc0"),
        Copy(2, **announced),
        Copy(3, **announced),
    )
    told = [whole(0, 1), whole(2, 3, seconds=18.0), Overlap(0, 2, "sound", 0.0, 8.0, 10.0, 18.0, 99.0)]
    assert resolve(some, told).dropped == {0: 1, 2: 1, 3: 1}
    assert resolve(some, told, apart={(1, 2), (1, 3)}).dropped == {0: 1, 3: 2}
    assert resolve(some, told, apart={(0, 2)}).dropped == {0: 1, 3: 2}


SECONDS = st.sets(st.integers(0, 19))


@given(SECONDS, SECONDS, st.integers(0, 10), st.integers(1, 10), st.integers(0, 10))
def test_what_other_steps_cut_counts_in_neither(one, other, onset, seconds, other_onset):
    """By seconds: those kept in both, of those kept in the one of which more is kept."""
    two = copies(
        *(Copy(n, f"xc:{n}", duration=20.0, kept=spans(kept)) for n, kept in enumerate((one, other)))
    )
    found = [Overlap(0, 1, "sound", onset, onset + seconds, other_onset, other_onset + seconds, 99.0)]
    both = sum(onset + at in one and other_onset + at in other for at in range(seconds))
    are_same = both >= 0.8 * max(len(one), len(other)) > 0
    assert resolve(two, found).dropped == ({1: 0} if are_same and one and other else {})


def spans(seconds):
    return tuple((float(second), second + 1.0) for second in sorted(seconds))


def test_several_common_stretches_add_up():
    two = copies(Copy(1, duration=10.0), Copy(2, duration=10.0))
    parts = [Overlap(1, 2, "sound", 0.0, 5.0, 0.0, 5.0), Overlap(1, 2, "sound", 5.0, 9.5, 5.5, 10.0)]
    assert resolve(two, parts).dropped == {2: 1}
    assert resolve(two, parts[:1]).dropped == {}


def test_metadata_alone_drops_nothing():
    found = resolve(copies(Copy(1), Copy(2)), [whole(1, 2, "metadata", 0.0)])
    assert (found.dropped, found.clusters) == ({}, {1: 1, 2: 1})


def test_one_sound_under_two_names_becomes_one_recording_with_both():
    two = copies(Copy(1, label="owl", secondary=("frog",)), Copy(2, label="wren", secondary=("bat",)))
    found = resolve(two, [whole(1, 2)])
    assert found.labels == {1: ("bat", "wren")}
    assert resolve(two, [whole(1, 2)], labels="review").review == {1: ("wren",), 2: ("owl",)}


def test_copies_of_one_class_are_no_matter_for_review():
    two = copies(Copy(1, label="owl"), Copy(2, label="owl"))
    assert resolve(two, [whole(1, 2)], labels="review").dropped == {2: 1}


BEST = Copy(9, "best", "owl", (), 60.0, 48000, "pcm_16", 100, "cc0", 5.0, known=3)


@pytest.mark.parametrize(
    "worse",
    [
        {"license": "cc-by-nc-nd 4.0", "sr": 96000},
        {"label": ""},
        {"sr": 44100},
        {"codec": "mpeg_layer_iii"},
        {"duration": 59.0},
        {"rating": 3.0},
        {"rating": None},
        {"known": 2},
        {"number": 10},
    ],
)
def test_the_best_copy_is_the_freest_then_the_finest_then_the_longest(worse):
    from dataclasses import replace

    assert rank(BEST) < rank(replace(BEST, **worse))


def test_of_equal_copies_the_same_one_stays_in_whatever_order_they_came():
    for names in (("xc:10", "xc:9"), ("xc:9", "xc:10")):
        both = copies(*(Copy(number, name, "owl", duration=10.0) for number, name in enumerate(names)))
        found = resolve(both, [whole(0, 1)])
        assert [both[number].name for number in found.dropped] == ["xc:10"]


@pytest.mark.parametrize("codec", ["flac", "alac_s32", "wavpack_flt", "tta", "ape", "truehd"])
def test_a_lossless_copy_is_better_than_a_lossy_one_of_more_bytes(codec):
    from dataclasses import replace

    assert rank(replace(BEST, codec=codec)) < rank(replace(BEST, codec="aac", bytes=10**9))


def test_of_two_lossy_copies_the_higher_bit_rate_is_better():
    low, high = (Copy(1, duration=10.0, codec="vorbis", bytes=size) for size in (80_000, 160_000))
    assert rank(high) < rank(low)


@pytest.mark.parametrize(
    ("license", "expected"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", 0),
        ("CC BY 4.0", 1),
        ("//creativecommons.org/licenses/by-sa/4.0/", 2),
        ("cc-by-nc-sa 4.0", 3),
        ("Creative Commons BY-NC-ND 3.0", 4),
        ("all rights reserved", 5),
        ("by permission of the recordist", 5),
        ("not CC BY", 5),
        ("no CC0", 5),
    ],
)
def test_licences_are_ordered_by_what_they_allow(license, expected):
    assert freedom(license) == expected


@pytest.mark.parametrize(
    "options", [{"same": 0.0}, {"same": 1.1}, {"same": float("nan")}, {"labels": "both"}]
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError):
        resolve({}, [], **options)
