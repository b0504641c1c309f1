"""Where every second, recording and class goes, counted against data whose truth is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.catalogue import assignments, cuts, layers
from curate.model import Cut, Segment
from curate.reporting.facts import Places
from curate.steps.balance.leakage import Divided, leakage
from curate.steps.inspect.overview import facts
from curate.steps.inspect.places import places
from tests.archive import dataset_of, row


@pytest.fixture
def five(tmp_path):
    """Five recordings of 30 s of owl, owl, frog, frog and cricket: one is cut, one dropped."""
    labels = ("owl", "owl", "frog", "frog", "cricket")
    rows = [row(n, label, recordist="Ada", license="cc0") for n, label in enumerate(labels, start=1)]
    dataset = dataset_of(tmp_path / "birds", rows)
    with dataset.writing("test", {}):
        store = dataset.store
        cuts.replace(store, 1, "strip-voice", [Cut(0, 10, "excise", "voice", 0.9, "p")])
        cuts.replace(store, 5, "strip-voice", [Cut(0, 30, "drop", "voice", 0.6, "p")])
        layer = layers.define(store, "speech", producer="speech", version="1", parameters={})
        for number in range(1, 6):
            layers.put(
                store, number, layer, [Segment(0, 9, "speech")] if number in (1, 5) else [], digest="d"
            )
    yield dataset
    dataset.close()


def flow(found, what):
    return {stream.name: (stream.amount, stream.goes_out) for stream in found.flow[what]}


def test_before_and_after_are_counted(five):
    found = facts(five, rare=2)
    assert (found.came_in.recordings, found.came_in.seconds, found.came_in.classes) == (5, 150.0, 3)
    assert (found.goes_out.recordings, found.goes_out.seconds, found.goes_out.classes) == (4, 110.0, 2)
    assert flow(found, "seconds") == {
        "kept": (110.0, True),
        "dropped: voice": (30.0, False),
        "cut out: voice": (10.0, False),
    }
    assert flow(found, "recordings") == {
        "kept whole": (3, True),
        "kept, something cut": (1, True),
        "dropped: voice": (1, False),
    }
    assert flow(found, "classes") == {
        "common: 2 recordings or more": (2, True),
        "lost: no recording kept": (1, False),
    }


def test_classes_archives_and_licences_have_both_sides(five):
    found = facts(five, rare=2)
    sides = {each.label: (each.recordings_in, each.recordings_out, each.rare) for each in found.classes}
    assert sides == {"owl": (2, 2, False), "frog": (2, 2, False), "cricket": (1, 0, True)}
    (licence,) = found.licenses
    assert (licence.name, licence.recordings_in, licence.recordings_out, licence.seconds_out) == (
        "CC0-1.0",
        5,
        4,
        110.0,
    )
    assert sum(each.seconds_in for each in found.archives) == 150.0


def test_before_voices_were_decided_about_none_are_counted(five):
    found = facts(five, rare=2)
    assert (found.voices, found.lift, found.voice_settings) == ([], [], {})


def test_what_is_not_there_has_no_numbers(five):
    found = facts(five, rare=2)
    assert (found.folds, found.leakage, found.duplicates, found.places) == ([], None, None, None)


def test_duplicates_are_counted_by_cluster_and_pair(five):
    with five.writing("test", {}):
        for number, cluster in ((1, 1), (2, 1), (3, 1), (4, 4)):
            five.store.run("INSERT INTO clusters VALUES (?, ?)", (number, cluster))
        for one, other in ((1, 2), (2, 1), (2, 3)):
            five.store.run("INSERT INTO matches VALUES (?, ?, 0, 'sound', 0, 9, 0, 9, 1)", (one, other))
    found = facts(five, rare=2).duplicates
    assert (found.clusters, found.recordings, found.several_labels) == (1, 3, 1)
    assert found.kinds == [{"kind": "sound", "pairs": 2}]


def test_folds_count_what_goes_out_and_show_what_leaks(five):
    with five.writing("test", {}):
        assignments.put_folds(five.store, [(1, 0), (2, 1), (3, 1), (5, 1)])
    found = facts(five, rare=2)
    rows = [(each.name, each.recordings, each.seconds, each.classes) for each in found.folds]
    assert rows == [("0", 1, 20.0, 1), ("1", 2, 60.0, 2), ("none yet", 1, 30.0, 1)]
    assert (found.leakage.groups, found.leakage.divided, found.leakage.recordings) == (1, 1, 3)
    assert found.leakage.worst[0]["recordist"] == "Ada"


def test_leakage_is_the_share_of_groups_in_two_folds():
    people = Divided()
    for number, who, fold in ((1, "A", 0), (2, "a ", 1), (3, "B", 0), (4, "B", 0), (5, "C", 1)):
        people.add(number, fold, (who, 1.0, 2.0, "", ""), ())
    found = leakage(people, lambda numbers: {number: -number for number in numbers})
    assert (found.groups, found.several) == (3, 2)
    assert (found.divided, found.share, found.recordings) == (1, 0.5, 2)
    # The one that stands first in the order of a split speaks for the group.
    assert [(each["recordist"], each["folds"]) for each in found.worst] == [("a ", [0, 1])]
    # The same sound under another name joins C to the group of B.
    people.add(6, 0, ("B", 1.0, 2.0, "", ""), (5,))
    assert leakage(people, lambda numbers: dict.fromkeys(numbers, 0)).divided == 2
    assert leakage(Divided(), dict.fromkeys) is None


def test_two_points_of_a_hidden_place_leak():
    people = Divided()
    for number, latitude in ((1, 51.05), (2, 51.15)):
        people.add(number, number, ("Ada", latitude, -1.15, "", "yes"), ())
        people.add(number + 2, number, ("Bob", latitude, -1.15, "", ""), ())
    found = leakage(people, lambda numbers: dict.fromkeys(numbers, 0))
    assert (found.groups, found.divided, found.worst[0]["recordist"]) == (3, 1, "Ada")


def test_places_off_the_globe_are_unknown():
    assert places({None: 3}) is None
    assert places({(91.0, 0.0): 2, (0.0, 200.0): 1, (1.0, 2.0): 4}) == Places(4, 3, 0.01, [(1.0, 2.0, 4)])


@given(
    st.dictionaries(
        st.tuples(st.floats(-90, 90), st.floats(-180, 180)), st.integers(1, 100), min_size=1, max_size=200
    )
)
def test_no_recording_is_lost_on_the_map(points):
    found = places(points)
    assert sum(number for *_, number in found.cells) == found.known == sum(points.values())
    assert len(found.cells) <= len(points)
