"""The most doubtful cuts, found by columns, are those that the function on one cut finds."""

from __future__ import annotations

import random

import pytest

from curate.catalogue import cuts
from curate.catalogue.dataset import Dataset
from curate.catalogue.recordings import add
from curate.catalogue.views import overview
from curate.decisions.review_priority import worth
from curate.model import AudioInfo, Cut, FileFacts, Row
from curate.steps.inspect.excerpts import doubtful


@pytest.mark.parametrize("seed", range(4))
def test_the_most_doubtful_cuts_are_those_worth_most(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(overview, "_SIZE", 7)
    draw = random.Random(seed)
    labels = [draw.choice(["owl", "owl", "frog", "crake", ""]) for _ in range(30)]
    wanted = []
    with Dataset(tmp_path / "birds") as birds:
        with birds.writing("test", {}), birds.store.transaction():
            for number, label in enumerate(labels, start=1):
                info = AudioInfo(30 * 8000, 8000, 1, "ogg", "vorbis")
                facts = FileFacts(9, 9, f"{number:064x}", info)
                row = Row(path=f"/a/{number}.ogg", label=label, archive="xeno-canto")
                add(birds.store, row, facts, archive_id=str(number), folder=birds.folder)
                made = []
                for onset in range(0, 3 * draw.randrange(4), 3):
                    score = draw.choice([None, 0.5, 0.75, 0.25, 1.0, draw.random()])
                    action = draw.choice(["excise", "mute", "flag"])
                    made.append(
                        Cut(float(onset), onset + draw.choice([1.0, 2.0]), action, "voice", score, "silero")
                    )
                cuts.replace(birds.store, number, "strip-voice", made)
                alike = labels.count(label) if label else len(labels)
                heard = [cut for cut in made if cut.score is not None and cut.action != "flag"]
                worths = [worth(cut.score, cut.duration, alike) for cut in heard]
                if heard:
                    value = max(worths)
                    wanted.append((-value, number, heard[worths.index(value)].onset))
        for limit in (0, 1, 5, 100):
            found = [
                (-each.cut.worth, int(each.cut.recording_id[11:]), each.cut.onset)
                for each in doubtful(birds, limit)
            ]
            assert found == sorted(wanted)[:limit]
