"""Tables of sites: names in any spelling, degrees in any, and what cannot be meant is told or refused."""

from __future__ import annotations

import pytest

from curate.errors import FormatError
from curate.formats.tables.sites import key, read_sites
from curate.model import Site


def read(tmp_path, text, name="sites.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    problems = []
    return read_sites(path, report=problems.append), [problem.reason for problem in problems]


def test_sites_are_read_under_the_names_that_tables_give_them(tmp_path):
    found, problems = read(
        tmp_path,
        "Station;Lat;Long;Alt;Timezone\nNorth pond;6.25 N;75,57 W;1500;America/Bogota\nMill;-6.1;10;;\n",
    )
    assert found == {
        "north_pond": Site("North pond", 6.25, -75.57, 1500.0, "America/Bogota"),
        "mill": Site("Mill", -6.1, 10.0),
    }
    assert problems == []
    deployments = "deploymentID,locationName,latitude,longitude\nd1,Pond,1,2\nd2,Pond,1,2\n"
    assert read(tmp_path, deployments)[0] == {"pond": Site("Pond", 1.0, 2.0)}
    lines = '{"site": "Pond", "latitude": 1, "longitude": 2}\n'
    assert read(tmp_path, lines, "sites.jsonl")[0] == {"pond": Site("Pond", 1.0, 2.0)}


def test_spellings_of_one_name_are_one_site():
    assert key("North_Pond") == key(" north pond") == key("NORTH-POND") != key("northpond")
    assert key("北") != key("南")


def test_rows_that_put_a_site_nowhere_are_told(tmp_path):
    found, problems = read(tmp_path, "site,latitude,longitude\na,95,3\nb,0,0\nc,,3\n,1,2\nd,1,2\ne,1 E,2\n")
    assert list(found) == ["d"]
    assert problems == [
        "column latitude: expected degrees from -90 to 90, found '95'",
        "position 0, 0: the receiver had no fix",
        "c has no latitude or no longitude",
        "a site without a name",
        "column latitude: expected degrees, found '1 E'",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("site,latitude,longitude\nPond,1,2\npond,1,3\n", r"sites.csv:3: pond is elsewhere in line 2"),
        ("site,latitude\nPond,1\n", "lacks a column of places"),
        ("latitude,longitude\n1,2\n", "lacks a column of names"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, text, words):
    with pytest.raises(FormatError, match=words):
        read(tmp_path, text)
