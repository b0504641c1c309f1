"""The guides for trainers, run as they stand with the real libraries."""

from __future__ import annotations

import shutil

import pytest

from tests.test_readme import guide

#: OpenSoundscape's own package imports all of its networks; the module alone needs none of them.
ALONE = 'alone("opensoundscape")\n'

#: What stands before and after each script: its place, and what it printed as the value that is shown.
FRAME = """
import builtins, os
os.chdir(sys.argv[1])
printed = []
def print(*words): printed.append(" ".join(map(str, words)))
{script}
print = builtins.print
show(printed)
"""


@pytest.mark.parametrize(
    ("heading", "words", "at_least"),
    [
        ("## OpenSoundscape", "silwre9", 1),
        ("## Hugging Face datasets", "26 silwre9 torch.Size([1, ", 1),
        ("## WebDataset", "(160000,)", 40),
        ("## Lhotse", "(1, 160000) [", 40),
    ],
)
def test_a_guide_runs_as_it_stands(heading, words, at_least, birds, real, tmp_path):
    folder = tmp_path / "birds"
    shutil.copytree(birds.folder, folder)
    code = FRAME.replace("{script}", guide(heading, folder))
    printed = real((ALONE if "opensoundscape" in code else "") + code, folder, folder=tmp_path / "home")
    assert len(printed) >= at_least
    assert any(words in line for line in printed), printed[:5]
