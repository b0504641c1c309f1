"""What the pages show of the example is what commands print, but for times and folders of this machine."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout

import pytest

from curate.cli._app import main
from curate.settings import DATASET_VARIABLE
from curate.steps.acquire.example import example
from tests.engines import in_a_thread
from tests.pages import PAGES, blocks

#: The story takes a minute and a half alone, many times that on a busy machine. It counts for the first test.
pytestmark = pytest.mark.timeout(1800)

#: Commands after each other in one dataset, with all that the pages show.
STORY = """
strip-voice ../example
report -o report.html
explain XC90000013.mp3
review export --to raven --queue doubtful-speech out
cut XC90000012.ogg 1 2
keep XC90000013.mp3 6.5 11
undo last
run default --dry-run
undo last
trim
scan
scan
dedupe
show drops
show timemap
split --folds 3
upsample --below 3
manifest -o train.csv
manifest -o birdclef/train.csv --format birdclef
check
check --read
keep XC90000042.ogg 0 1
render
manifest -o birdclef/train.csv --format birdclef
status
windows --length 5
embed --hop 0.5
"""

#: Pages whose consoles are of another dataset than the example, or are run by other tests.
ELSEWHERE = {
    "README.md",
    "docs/first-dataset.md",
    "docs/formats.md",
    "docs/recorders-story.md",
    "docs/whole-set.md",
}

#: Lines of the archive that the example can be served as.
SERVED = "This set may be passed on: name the recordists"


def plain(line, folder=""):
    """A line without columns' spaces, and without folders and times of this machine."""
    line = line.replace(f"{folder}/", "") if folder else line
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", line)
    line = re.sub(r"\bin (\d+ min )?[\d.]+ s\b", "in …", line)
    line = re.sub(r"about [^,]*, by the last runs", "about …, by the last runs", line)
    line = re.sub(r"[\d.]+ MB", "… MB", line)
    return " ".join(line.split())


def shown(page):
    """Lines that a page shows as printed."""
    lines = "".join(blocks("console", PAGES[page])).splitlines()
    return [plain(line) for line in lines if line.strip() and not line.startswith(("$", SERVED))]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """All lines of the story."""
    folder = tmp_path_factory.mktemp("story")
    example(folder / "example")
    (folder / "birds").mkdir()
    lines = set()
    with pytest.MonkeyPatch.context() as patch, in_a_thread():
        patch.chdir(folder / "birds")
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "200")
        patch.setenv("LOGNAME", "root")
        patch.delenv(DATASET_VARIABLE, raising=False)
        # What is expected comes from runs of this story alone, whatever ran before it.
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        for line in STORY.split("\n")[1:-1]:
            out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
            with redirect_stdout(out), redirect_stderr(out):
                code = main(shlex.split(line))
            out.seek(0)
            text = out.read()
            assert code == 0, f"{line}\n{text}"
            lines |= {plain(each, str(folder)) for each in text.splitlines()}
    return lines


@pytest.mark.parametrize("page", sorted(page for page in PAGES.keys() - ELSEWHERE if shown(page)))
def test_a_page_shows_what_is_printed(page, printed):
    assert [line for line in shown(page) if line not in printed] == []
