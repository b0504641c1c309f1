"""The name on the index, and what is said about extras."""

from __future__ import annotations

import tomllib
from pathlib import Path

from curate import release

ROOT = Path(__file__).resolve().parents[1]


def test_the_distribution_is_called_as_the_project_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == release.DISTRIBUTION
    assert project["version"] == release.version()


def test_an_extra_is_never_looked_for_under_somebody_else_s_name():
    """The index has another project called as our command."""
    for extra in ("dask", "kaggle"):
        assert release.install_hint(extra) in {
            f"in the clone of curate: pip install -e '.[{extra}]'",
            f"pip install '{release.DISTRIBUTION}[{extra}]'",
        }


def test_no_page_or_message_sends_anybody_to_the_other_project():
    named = "pip install 'curate["
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("curate/**/*.py")]
    assert [str(path) for path in texts if named in path.read_text(encoding="utf-8")] == []
