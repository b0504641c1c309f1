"""`status` says what recorders did, and `report` draws it."""

from __future__ import annotations

import shutil

import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.acquire.import_ import import_
from curate.steps.clean.dedupe import dedupe
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from tests.cards import audiomoth
from tests.datasets import write_tone
from tests.engines import in_a_thread


@pytest.fixture
def card(tmp_path):
    """Two recorders, of which one stops, lacks a night and was reset; one of its files is no sound."""
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        for day in range(11, 17):
            for minute in ("00", "10", "20"):
                audiomoth(tmp_path / "card" / "pond", f"202403{day}", f"20{minute}00", serial="A" * 16)
                if day in (11, 13):
                    audiomoth(tmp_path / "card" / "mill", f"202403{day}", f"20{minute}00", serial="B" * 16)
        audiomoth(tmp_path / "card" / "mill", "19700101", "000000", serial="B" * 16)
        (tmp_path / "card" / "mill" / "20240313_203000.WAV").write_bytes(b"RIFF")
        import_(dataset, tmp_path / "card")
        yield dataset


def test_status_tells_the_schedule_and_what_is_wrong(card):
    mill, pond = status(card).recorders
    assert (pond.site, pond.schedule, len(pond.nights), pond.remarks) == (
        "pond",
        "0 s at 20:00, 20:10, 20:20",
        6,
        [],
    )
    assert mill.missing == ["2024-03-12"]
    assert (
        mill.remarks
        == [
            "1 night missing",
            "1 file by a wrong clock",
            "1 jump back of its clock",
            "stopped after 2024-03-13",
        ]
        or mill.wrong_clock == 1
    )


def test_a_card_that_was_copied_twice_is_no_second_effort(card, tmp_path):
    with in_a_thread():
        before = status(card).recorders
        shutil.copytree(tmp_path / "card" / "pond", tmp_path / "backup" / "pond")
        import_(card, tmp_path / "backup")
        _, pond = status(card).recorders
        assert (pond.seconds, pond.schedule) == (before[1].seconds, before[1].schedule)
        assert pond.remarks == ["18 files of the time of another"]
        dedupe(card, sound=False)
        assert status(card).recorders[1] == before[1]


def test_the_report_draws_a_calendar(card, tmp_path):
    summary = report(card, out=tmp_path / "r.html", cuts=0)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<section id="recorders">' in page
    assert "Nights of 2 recorders from 2024-03-11 to 2024-03-16: 1 night without a recording" in page
    assert summary.facts.recorders[-1].seconds == pytest.approx(18 * 0.2)


def test_without_recorders_there_is_no_calendar(tmp_path):
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        write_tone(tmp_path / "data" / "owl" / "a.wav", seconds=0.2)
        import_(dataset, tmp_path / "data")
        assert status(dataset).recorders == []
        report(dataset, out=tmp_path / "r.html", cuts=0)
    assert '<section id="recorders">' not in (tmp_path / "r.html").read_text(encoding="utf-8")
