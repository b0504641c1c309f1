"""What belongs together stays together, whatever the keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.groups import Item, grouped, site_of, told
from curate.errors import UsageError

ITEMS = st.lists(
    st.builds(
        Item,
        number=st.just(0),
        label=st.sampled_from(["", "owl", "frog", "wren"]),
        secondary=st.lists(st.sampled_from(["owl", "frog"]), max_size=2).map(tuple),
        archive=st.sampled_from(["xc", "inat"]),
        recordist=st.sampled_from(["", "Ada", "ada ", "Bob"]),
        latitude=st.sampled_from([None, 10.0, 10.001, 40.0]),
        longitude=st.sampled_from([None, 5.0]),
        date=st.sampled_from(["", "2019", "2019-05-01", "2020-05-01"]),
        same=st.lists(st.integers(1, 40), max_size=1).map(tuple),
        fold=st.none(),
        site=st.sampled_from(["", "Pond", "pond "]),
        folder=st.sampled_from(["a", "b"]),
    ),
    max_size=40,
).map(lambda items: [_numbered(item, number) for number, item in enumerate(items, start=1)])
KEYS = st.sampled_from(
    [[], ["recordist"], ["site"], ["folder", "site"], ["recordist", "site"], ["recordist", "site", "day"]]
)


def _numbered(item, number):
    return replace(item, number=number)


def together(items, keys, **options):
    """Numbers of the recordings in each group."""
    return [[items[place].number for place in group] for group in grouped(items, keys, **options)]


@given(ITEMS, KEYS)
def test_every_recording_is_in_one_group(items, keys):
    places = [place for group in grouped(items, keys) for place in group]
    assert sorted(places) == list(range(len(items)))


@given(ITEMS, KEYS)
def test_the_same_sound_is_never_in_two_groups(items, keys):
    groups = together(items, keys)
    where = {number: at for at, group in enumerate(groups) for number in group}
    for item in items:
        for other in item.same:
            if other in where:
                assert where[item.number] == where[other]


@given(ITEMS)
def test_one_person_at_one_place_is_never_in_two_groups(items):
    groups = grouped(items, ["recordist", "site"])
    where = {place: at for at, group in enumerate(groups) for place in group}
    seen = {}
    for place, item in enumerate(items):
        if item.recordist:
            site = None if item.latitude is None or item.longitude is None else site_of(item, 1.0)
            key = item.recordist.strip().lower(), site, site or item.site.strip().lower()
            assert seen.setdefault(key, where[place]) == where[place]


@given(ITEMS)
def test_more_keys_make_finer_groups_of_what_is_known(items):
    items = [item for item in items if item.recordist]
    coarse = {place: at for at, group in enumerate(grouped(items, ["recordist"])) for place in group}
    for group in grouped(items, ["recordist", "site", "day"]):
        assert len({coarse[place] for place in group}) == 1


@given(ITEMS)
def test_one_named_site_is_never_in_two_groups(items):
    items = [replace(item, latitude=None) for item in items]
    where = {place: at for at, group in enumerate(grouped(items, ["site"])) for place in group}
    at_pond = {where[place] for place, item in enumerate(items) if item.site}
    assert len(at_pond) <= 1


def test_of_unknown_recordists_one_site_is_one_group_and_nowhere_is_alone():
    items = [Item(1, latitude=1.0, longitude=1.0), Item(2, latitude=1.0, longitude=1.0), Item(3), Item(4)]
    assert together(items, ["recordist", "site"]) == [[1, 2], [3], [4]]
    assert together(items, ["recordist"]) == [[1], [2], [3], [4]]
    assert together(items, ["site"]) == [[1, 2], [3], [4]]


def test_a_site_by_name_is_the_one_with_its_coordinates():
    here = {"latitude": 10.0, "longitude": 5.0}
    items = [Item(1, site="Pond"), Item(2, site="pond ", **here), Item(3, **here), Item(4, site="Hill")]
    assert together(items, ["site"]) == [[1, 2, 3], [4]]


def test_a_name_of_two_places_joins_neither():
    items = [
        Item(1, site="Pond", latitude=10.0, longitude=5.0),
        Item(2, site="Pond", latitude=50.0, longitude=5.0),
        Item(3, site="Pond"),
    ]
    assert together(items, ["site"]) == [[1], [2], [3]]


def test_folders_are_groups_where_they_are_asked_for():
    items = [Item(1, folder="/s/a"), Item(2, folder="/s/b"), Item(3, folder="/s/a")]
    assert together(items, ["folder"]) == [[1, 3], [2]]


def test_what_is_known_of_each_key_is_counted():
    items = [
        Item(1, recordist=" "),
        Item(2, recordist="Ada", site="Pond", date="2020"),
        Item(3, latitude=1.0),
    ]
    assert told(items) == {"day": 0, "folder": 0, "likeness": 0, "night": 0, "recordist": 1, "site": 1}


def test_one_recordist_without_coordinates_is_one_group():
    assert together([Item(1, recordist="Ada"), Item(2, recordist="Ada")], ["recordist", "site"]) == [[1, 2]]


def test_two_places_or_two_days_are_two_groups():
    here = {"recordist": "Ada", "longitude": 5.0}
    items = [
        Item(1, latitude=10.0, date="2020-05-01", **here),
        Item(2, latitude=10.0, date="2020-05-02", **here),
        Item(3, latitude=10.5, date="2020-05-01", **here),
    ]
    assert together(items, ["recordist", "site"]) == [[1, 2], [3]]
    assert together(items, ["recordist", "site", "day"]) == [[1], [2], [3]]
    assert together(items, ["recordist", "site"], site_km=200) == [[1, 2, 3]]


def test_nights_are_groups_of_a_site_or_of_all_sites():
    items = [
        Item(1, site="pond", night="2024-03-10"),
        Item(2, site="pond", night="2024-03-11"),
        Item(3, site="mill", night="2024-03-11"),
        Item(4, site="mill"),
    ]
    assert together(items, ["site", "night"]) == [[1], [2], [3], [4]]
    assert together(items, ["night"]) == [[1], [2, 3], [4]]


def test_a_recordist_is_one_person_however_the_archives_spell_the_name():
    names = ["Jos\u00e9 P\u00e9rez", "Jose\u0301 Pe\u0301rez", "JOSE PEREZ", "P\u00e9rez, Jos\u00e9"]
    names += ["Ann O'Hara", "Ann O\u2019Hara.", "Ann O'Harra"]
    items = [Item(n, recordist=name, site="pond") for n, name in enumerate(names)]
    assert together(items, ["recordist", "site"]) == [[0, 1, 2, 3], [4, 5], [6]]


def test_a_chain_of_copies_joins_groups_of_different_people():
    items = [Item(1, recordist="Ada"), Item(2, recordist="Bob", same=(3,)), Item(3, recordist="Ada"), Item(4)]
    assert together(items, ["recordist"]) == [[1, 2, 3], [4]]


@given(st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0.1, 50))
def test_a_site_is_as_wide_as_it_says(latitude, longitude, km):
    """Anything a tenth of a site away is in it or in a neighbour."""
    here = site_of(Item(1, latitude=latitude, longitude=longitude), km)
    there = site_of(Item(1, latitude=latitude + 0.1 * km / 111.133, longitude=longitude), km)
    assert abs(here[0] - there[0]) <= 1


@pytest.mark.parametrize(
    ("keys", "km"), [(["reccordist"], 1.0), (["day"], 1.0), (["site"], 0.0), (["site"], float("nan"))]
)
def test_keys_that_make_no_sense_are_refused(keys, km):
    with pytest.raises(UsageError):
        grouped([], keys, site_km=km)


@given(ITEMS, st.sampled_from([[], ["recordist"], ["recordist", "site"], ["recordist", "day"]]))
def test_likeness_adds_near_twins_and_changes_nothing_else(items, keys):
    items = [replace(item, number=place) for place, item in enumerate(items, start=1)]
    assert grouped(items, [*keys, "likeness"]) == grouped(items, keys)
    assert told(items)["likeness"] == 0


def test_a_day_with_likeness_alone_is_no_group():
    with pytest.raises(UsageError, match="a day alone"):
        grouped([Item(1)], ["day", "likeness"])
    (night,) = grouped([Item(1, night="2024-05-01"), Item(2, night="2024-05-01")], ["night", "likeness"])
    assert list(night) == [0, 1]
