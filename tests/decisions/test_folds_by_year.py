"""Folds by year: nothing that trains is later than what it is tested on."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.folds_by_year import divide_by_year
from curate.decisions.groups import Item, grouped
from curate.decisions.split import TEST, TRAIN, shares_of

SHARES = shares_of(None, 0.6, 0.2, 0.2)
DATES = st.sampled_from(["", "2010", *(f"{year}-05-17" for year in range(2010, 2025))])


def items_of(dates):
    return [Item(number, "owl", date=date) for number, date in enumerate(dates)]


def folds(items, shares=SHARES):
    return divide_by_year(items, grouped(items, ()), shares).folds


@given(st.lists(DATES, max_size=60))
def test_folds_follow_each_other_in_time_and_no_year_is_divided(dates):
    items = items_of(dates)
    dated = sorted((item.date[:4], fold) for item, fold in zip(items, folds(items), strict=True) if item.date)
    order = [TRAIN, 0, TEST]
    places = [order.index(fold) for _, fold in dated]
    assert places == sorted(places)
    assert len(set(dated)) == len({year for year, _ in dated})


@given(st.lists(DATES, max_size=30), st.lists(DATES, max_size=30))
def test_new_recordings_never_move_old_ones_and_join_their_year(old, new):
    given_ = folds(items_of(old))
    items = items_of(old + new)
    items = [replace(item, fold=given_[n]) if n < len(old) else item for n, item in enumerate(items)]
    found = folds(items)
    assert found[: len(old)] == given_
    years = {item.date[:4]: fold for item, fold in zip(items[: len(old)], given_, strict=True) if item.date}
    for item, fold in zip(items, found, strict=True):
        if item.date[:4] in years:
            assert fold == years[item.date[:4]]


def test_years_are_cut_near_the_shares():
    items = items_of([f"{year}-01-01" for year in range(2010, 2020) for _ in range(10)])
    assert [folds(items).count(fold) for fold in (TRAIN, 0, TEST)] == [60, 20, 20]


@given(
    st.lists(st.integers(1, 400), min_size=3, max_size=12),
    st.sampled_from([SHARES, shares_of(3, None, None, None), shares_of(None, None, 0.05, 0.1)]),
)
def test_no_fold_is_empty_if_there_are_years_enough(sizes, shares):
    items = items_of([f"{2000 + year}-01-01" for year, size in enumerate(sizes) for _ in range(size)])
    assert set(folds(items, shares)) == set(shares)


def test_years_that_are_larger_than_a_share_fill_every_fold():
    years = [2020] * 11 + [2021] * 11 + [2022] * 11 + [2023] * 14
    found = dict(zip(years, folds(items_of([f"{year}-01-01" for year in years])), strict=True))
    assert found == {2020: TRAIN, 2021: TRAIN, 2022: 0, 2023: TEST}


def test_five_folds_are_five_periods():
    items = items_of([f"{year}-01-01" for year in range(2010, 2020)])
    assert folds(items, shares_of(5, None, None, None)) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_without_a_date_a_recording_trains():
    assert folds(items_of(["", "2020-01-01", "2010-01-01"]))[0] == TRAIN


def test_the_same_sound_under_two_dates_goes_with_the_later():
    items = [Item(1, date="2010-01-01", same=(2,)), Item(2, date="2020-01-01"), Item(3, date="2011-01-01")]
    items += [Item(n, date="2010-06-01") for n in range(4, 12)]
    found = folds(items)
    assert found[0] == found[1] == TEST


def test_a_copy_in_a_later_year_speaks_for_that_year_only():
    years = [2010] * 5 + [2011] * 5 + [2012] * 5 + [2013] * 5 + [2014] * 2
    items = [Item(0, "owl", date="2010-01-01", same=(99,), tied=True)]
    items += [Item(number, "owl", date=f"{year}-01-01") for number, year in enumerate(years, start=1)]
    items += [Item(99, "owl", date="2014-06-01", same=(0,), tied=True)]
    given_ = folds(items)
    assert given_[0] == given_[-1] == TEST
    items = [replace(item, fold=fold) for item, fold in zip(items, given_, strict=True)]
    later = [Item(200 + year, "owl", date=f"{year}-05-01") for year in (2010, 2013, 2014, 2015)]
    assert folds(items + later)[-4:] == [TRAIN, given_[16], TEST, TEST]
    # Also once the copy of the later year is gone, and the other one looks as though it were alone.
    assert folds(items[:-1] + later)[-4:-1] == [TRAIN, given_[16], TEST]


def test_stated_folds_say_nothing_of_their_year_and_copies_of_their_sound_follow_them():
    items = items_of([f"{year}-01-01" for year in range(2010, 2020) for _ in range(10)])
    stated = {place: TEST if place % 20 == 0 else 0 for place in range(0, 100, 10)}
    items = [
        replace(item, fold=stated[n], is_stated=True) if n in stated else item for n, item in enumerate(items)
    ]
    items.append(Item(100, date="2010-01-01", same=(80,)))
    found = folds(items)
    assert [found[place] for place in stated] == list(stated.values())
    assert found[100] == stated[80] == TEST
    rest = [[fold for n, fold in enumerate(found[:100]) if n // 10 == year and n % 10] for year in range(10)]
    assert rest == [[fold] * 9 for fold in [TRAIN] * 6 + [0] * 2 + [TEST] * 2]


def test_a_copy_of_what_trains_trains_and_its_year_stays_the_test():
    items = items_of([f"{year}-01-01" for year in range(2010, 2020) for _ in range(10)])
    items = [replace(item, fold=fold) for item, fold in zip(items, folds(items), strict=True)]
    copy = Item(100, date="2020-01-01", same=(0,), tied=True)
    assert folds([*items, copy])[-1] == items[0].fold == TRAIN
    items += [replace(copy, fold=TRAIN), Item(101, date="2020-02-01")]
    assert folds(items)[-1] == TEST


def test_a_fold_that_no_year_has_says_nothing_of_its_year_in_a_later_run():
    """A table set the recordings of 2015 aside to test on; the years have five folds, without a test."""
    shares = shares_of(5, None, None, None)
    items = [Item(1, date="2015-05-01", fold=TEST)]
    items += [Item(year, date=f"{year}-05-01", fold=year - 2016) for year in range(2016, 2021)]
    new = [Item(3000 + year, date=f"{year}-06-01") for year in (2014, 2015, 2016, 2020, 2021)]
    assert folds([*items, *new], shares) == [TEST, 0, 1, 2, 3, 4, 0, 0, 0, 4, 4]
