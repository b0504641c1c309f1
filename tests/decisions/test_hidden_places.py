"""A place that an archive hides may be any in its cell: nothing that may be of it is divided."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.decisions.groups import Item, grouped, ties
from curate.decisions.hidden_places import cell_of

SHARES = st.floats(0.0, 0.999)


def published(latitude, longitude, north, east):
    """The point that iNaturalist shows for a hidden place: some point of its cell of 0.2 degrees."""
    south, west = math.floor(latitude * 5) / 5, math.floor(longitude * 5) / 5
    return south + 0.2 * north, west + 0.2 * east


def number_of_groups(items, keys=("recordist", "site"), **options):
    return len(grouped(items, keys, **options))


HERE = {"recordist": "Ada", "latitude": 51.05, "longitude": -1.15}
HIDDEN = {**HERE, "is_hidden": True}


@given(
    st.floats(-89, 89),
    st.floats(-179, 179),
    st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=6),
    st.sampled_from([0.1, 1.0, 10.0, 60.0]),
)
def test_recordings_of_one_place_are_one_group_whatever_points_are_published(latitude, longitude, points, km):
    # Nobody records on the very edge, where the point's own rounding decides on the cell.
    if min(latitude * 5 % 1, longitude * 5 % 1) < 1e-6 or max(latitude * 5 % 1, longitude * 5 % 1) > 1 - 1e-6:
        return
    items = [Item(1, recordist="Ada", latitude=latitude, longitude=longitude)]
    for number, point in enumerate(points, start=2):
        lat, lon = published(latitude, longitude, *(0.001 + 0.998 * each for each in point))
        items.append(Item(number, recordist="ada", latitude=lat, longitude=lon, is_hidden=True))
    assert number_of_groups(items, site_km=km) == 1
    assert number_of_groups(items[1:], site_km=km) == 1


def test_other_recordists_and_other_cells_stay_apart():
    items = [
        Item(1, **HIDDEN),
        Item(2, **{**HIDDEN, "recordist": "Bob"}),
        Item(3, **{**HIDDEN, "latitude": 51.25}),
        Item(4, recordist="Ada"),
    ]
    assert number_of_groups(items) == 4
    assert number_of_groups(items, ["site"]) == 3  # the last is nowhere


def test_what_is_not_hidden_joins_only_where_something_is():
    near = [Item(n, **{**HERE, "latitude": 51.05 + n / 50}) for n in (1, 2)]
    assert number_of_groups(near) == 2
    assert number_of_groups([*near, Item(3, **HIDDEN)]) == 1
    assert number_of_groups([*near, Item(3, **{**HIDDEN, "recordist": "Bob"})]) == 3


def test_a_square_on_the_edge_of_a_cell_joins_what_is_hidden_on_both_sides():
    edge = Item(1, recordist="Ada", latitude=51.2001, longitude=-1.15)
    south, north = Item(2, **HIDDEN), Item(3, **{**HIDDEN, "latitude": 51.3})
    assert number_of_groups([south, north]) == 2
    assert number_of_groups([south, north, edge]) == 1


def test_a_square_that_is_larger_than_cells_joins_those_in_it():
    items = [Item(1, **HIDDEN), Item(2, **{**HIDDEN, "longitude": -1.35})]
    assert (number_of_groups(items, site_km=1.0), number_of_groups(items, site_km=500.0)) == (2, 1)


def test_more_keys_divide_what_is_hidden_too():
    items = [Item(1, date="2024-05-01", **HIDDEN), Item(2, date="2024-05-02", **HIDDEN)]
    assert number_of_groups(items, ["recordist", "site", "day"]) == 2
    assert number_of_groups([replace(item, recordist="") for item in items], ["recordist", "site"]) == 1


def test_a_hidden_place_without_coordinates_is_known_by_its_name():
    items = [Item(1, site="Hill", is_hidden=True), Item(2, site="hill"), Item(3, site="Pond", **HIDDEN)]
    assert number_of_groups([*items, Item(4, site="Pond")], ["site"]) == 3


def test_what_ties_a_group_is_told():
    items = [Item(1, **HIDDEN), Item(2, **{**HIDDEN, "latitude": 51.15})]
    assert ties(items, ["recordist", "site"]) == "recordist Ada, places that their archive hides"


@pytest.mark.parametrize(
    ("point", "cell"), [((1.2, 1.4), (6, 7)), ((-0.01, 0.0), (-1, 0)), ((0.6, -180.0), (3, -900))]
)
def test_cells_begin_at_multiples_of_a_fifth_of_a_degree(point, cell):
    assert cell_of(*point) == cell
