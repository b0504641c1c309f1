"""The page that says what became of voices claims what was measured, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.reporting.certificate import LEVELS, MEASURED
from curate.steps.acquire.example import example
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from tests.engines import in_a_thread

NUMBERS = Path(__file__).parents[3] / "docs" / "numbers.md"


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        data = example(folder / "example").folder
        (folder / "more").mkdir()
        (folder / "more" / "broken.wav").write_bytes(b"RIFF")
        strip_voice(dataset, [data, folder / "more"], profile="privacy", min_keep=0)
        yield dataset


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


def test_the_page_says_what_was_found_muted_and_not_looked_at(birds, tmp_path):
    foreseen = report(birds, out=tmp_path / "c.html", certificate=True, dry_run=True)
    assert not (tmp_path / "c.html").exists()
    summary = report(birds, out=tmp_path / "c.html", certificate=True)
    assert (foreseen.bytes, foreseen.excerpts) == (summary.bytes, 0)
    page = words((tmp_path / "c.html").read_text(encoding="utf-8"))
    now = status(birds)
    assert f"{now.privacy['muted']:.1f} s muted" in page
    assert "profile privacy" in page
    assert "1 not looked at" in page
    assert "broken.wav" in page
    assert "No setting finds every voice" in page
    assert summary.bytes > 1000


def test_the_page_needs_a_place_and_a_search(birds, tmp_path):
    with pytest.raises(UsageError, match="is a page"):
        report(birds, certificate=True)
    with Dataset(tmp_path / "new") as dataset:
        example(tmp_path / "example")
        from curate.steps.acquire.import_ import import_

        with in_a_thread():
            import_(dataset, tmp_path / "example")
        for dry_run in (True, False):
            with pytest.raises(UsageError, match="yet to be searched"):
                report(dataset, out=tmp_path / "c.html", certificate=True, dry_run=dry_run)


@pytest.mark.parametrize("profile", MEASURED)
def test_its_figures_are_those_of_the_numbers_page(profile):
    def cells(name):
        row = next(line for line in NUMBERS.read_text().splitlines() if line.startswith(f"| {name} |"))
        return [cell.strip() for cell in row.strip("|").split("|")]

    shares, taken = MEASURED[profile]
    assert tuple(map(float, cells(f"dry, `--profile {profile}`")[1 : 1 + len(LEVELS)])) == shares
    assert float(cells(f"`--profile {profile}`")[1].split()[0]) == taken
