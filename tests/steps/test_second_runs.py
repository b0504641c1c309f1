"""A run that asks what changed says and writes what one says and writes that decides all anew."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import asdict

import numpy as np
import pytest

from curate.catalogue import assignments, cuts, layers, ranges, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.voices import PROFILES
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Row, Segment, Verdict
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.clean.trim_summary import TrimSummary, TrimTally
from curate.steps.common import trim_ledger
from curate.steps.common.cutting.trim_columns import CountedTrims
from curate.steps.common.detect import detector_class
from curate.steps.common.settle_verdicts import settle
from curate.steps.common.unheard import Unheard
from curate.steps.common.voice_ledger import Decider, _decisions
from curate.steps.export.manifest import manifest
from curate.steps.inspect import status as status_step
from curate.steps.inspect.status import status
from curate.steps.review.undo import undo
from tests.fakes import ledgers

SPEECH = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}

#: Paths and times, which differ.
NOW = re.compile(r"/(one|two)/|\d{4}-\d\d-\d\dT[\d:.]+\+00:00")

#: What runs leave behind beside decisions.
HISTORY = ("runs", "outcomes", "changes", "clock", "exports", "export_copies")


pytestmark = pytest.mark.usefixtures("thread")


def facts(summary):
    left_out = (
        "elapsed_s",
        "scan_s",
        "realtime",
        "dataset",
        "path",
        "last_runs",
        "exports",
        "replaces",
        "outdated",
    )
    found = {name: value for name, value in asdict(summary).items() if name not in left_out}
    # By the clock, the one that was only looked at again may be the older.
    judged = [{**each, "at": ""} for each in getattr(summary, "exports", ()) if isinstance(each, dict)]
    found["exports"] = sorted(judged, key=repr)
    return {name: repr(value).replace("/one/", "/two/") for name, value in found.items()}


def tables(dataset):
    names = [row[0] for row in dataset.store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: dataset.store.every(f"SELECT * FROM {name}") for name in names if name not in HISTORY}
    return {name: sorted(NOW.sub("now", repr(row)) for row in rows) for name, rows in found.items()}


RUNS = (
    lambda birds, _: strip_voice(birds, render=False),
    lambda birds, _: strip_voice(birds, render=False, threshold=0.7, min_keep=1.0),
    lambda birds, _: strip_voice(birds, render=False, action="drop"),
    lambda birds, _: trim(birds, render=False),
    lambda birds, _: trim(birds, render=False, preset="strict", first_seconds=5.0),
    lambda birds, _: dedupe(birds, sound=False),
    lambda birds, _: split(birds, folds=3),
    lambda birds, _: upsample(birds, below=9),
    lambda birds, out: manifest(birds, out / "train.csv"),
    lambda birds, out: manifest(birds, out / "train.parquet", skip_flagged=True),
    lambda birds, _: status(birds),
)


def happen(draw, lengths):
    """Draw something that happens to a dataset: it is done to both."""
    number = draw.randrange(1, len(lengths))
    length = lengths[number] or 1.0
    span = sorted((draw.uniform(0, length), draw.uniform(0, length)))
    layer = draw.choice(["speech", "silence", "activity"])
    settings = SPEECH if layer == "speech" else default_settings(layer)
    what = draw.choice(["keep", "cut", "drop"])

    def judged(birds):
        with birds.noting() as store:
            verdicts.add(store, number, Verdict(*span, what, "ada", f"2024-05-17T00:00:{number:02d}"))
            settle(store, number, duration=length)

    def heard(birds):
        kind = detector_class(layer)
        with birds.noting() as store:
            found = layers.find_number(store, kind.name)
            digest = layers.digest(kind.version, settings)
            layers.put(store, number, found, [Segment(*span, layer, 0.99)], digest=digest)

    def renamed(birds):
        with birds.noting() as store:
            recordings.relabel(store, number, Row(path="", label="crake"))

    def came(birds):
        with birds.noting() as store:
            count = store.value("SELECT count(*) FROM recordings")
            info = AudioInfo(9 * ledgers.SR, ledgers.SR, 1, "ogg", "vorbis")
            row = Row(path=f"/new/{count}.ogg", label="owl", archive="csa")
            facts = FileFacts(9, 9, f"{count:064x}", info)
            recordings.add(store, row, facts, archive_id=f"new{count}", folder=birds.folder)

    def by_hand(birds):
        with birds.noting() as store:
            cuts.replace(store, number, "review", [Cut(*span, "excise", "cut", None, "review/ada")])

    def undone(birds):
        standing = birds.store.value("SELECT max(id) FROM verdicts WHERE withdrawn IS NULL")
        if standing is not None:
            undo(birds, str(standing), render=False)

    def undone_step(birds):
        undo(birds, what_step, render=False)

    what_step = draw.choice(["strip-voice", "trim", "dedupe", "split", "upsample"])
    return draw.choice([judged, judged, heard, renamed, came, by_hand, undone, undone_step])


@pytest.mark.parametrize("seed", range(8))
def test_runs_that_ask_do_what_runs_do_that_decide_anew(tmp_path, seed, monkeypatch):
    monkeypatch.setattr(status_step, "_LONG", 0.0)
    monkeypatch.setattr(ranges, "SIZE", 6)
    monkeypatch.setattr(ranges, "NARROW", 3)
    draw = random.Random(seed)
    with (
        Dataset(tmp_path / "one" / "birds") as asking,
        asking.writing("test", {}),
        asking.store.transaction(),
    ):
        lengths = ledgers.register(asking, draw, 24)
        ledgers.listen(asking, draw, lengths, ledgers.all_layers(SPEECH))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with Dataset(tmp_path / "one" / "birds") as asking, Dataset(tmp_path / "two" / "birds") as anew:
        for _ in range(14):
            if draw.random() < 0.4:
                event = happen(draw, lengths)
                event(asking)
                event(anew)
            run = draw.choice(RUNS)
            for _ in range(draw.choice([1, 2])):
                with anew.noting() as store:
                    store.run("DELETE FROM outcomes")
                try:
                    wanted = facts(run(anew, tmp_path / "two"))
                except Exception as error:  # noqa: BLE001 - such as no folds yet
                    with pytest.raises(type(error)):
                        run(asking, tmp_path / "one")
                    continue
                assert facts(run(asking, tmp_path / "one")) == wanted
            assert tables(asking) == tables(anew)
        for name in ("train.csv", "train.parquet"):
            if (tmp_path / "one" / name).exists():
                found = (tmp_path / "one" / name).read_bytes()
                assert found.replace(b"/one/", b"/two/") == (tmp_path / "two" / name).read_bytes() or (
                    name.endswith("parquet")
                )


@pytest.mark.parametrize("seed", range(6))
def test_voices_of_a_dataset_are_those_of_each_recording(tmp_path, seed):
    """The ledger by columns against the walk that decides one recording after the other."""
    draw = random.Random(seed)
    with Dataset(tmp_path / "birds") as birds:
        with birds.writing("test", {}), birds.store.transaction():
            lengths = ledgers.register(birds, draw, 60)
            ledgers.listen(birds, draw, lengths, {"speech": SPEECH})
            ledgers.judge(birds, draw, lengths)
        strip_voice(
            birds, render=False, threshold=draw.choice([0.9, 0.7]), min_keep=draw.choice([0.0, 2.0, 5.0])
        )
        decider = Decider.as_of(assignments.settings_of(birds.store, "strip-voice"))
        compared = 0
        for _, _, new, old in _decisions(birds.store, decider):
            assert new == old
            compared += bool(new)
        assert compared > 10


@pytest.mark.parametrize("seed", range(4))
def test_what_is_trimmed_is_what_is_decided_of_each_recording(tmp_path, seed):
    """Recordings of which nothing tells are not read; the walk that reads all of them finds the same."""
    draw = random.Random(seed)
    with Dataset(tmp_path / "birds") as birds:
        with birds.writing("test", {}), birds.store.transaction():
            lengths = ledgers.register(birds, draw, 60)
            ledgers.listen(birds, draw, lengths, ledgers.all_layers(SPEECH), quiet=0.6)
            ledgers.judge(birds, draw, lengths)
        for options in ({}, {"preset": "strict"}, {"first_seconds": 4.0}, {"rare_activity": 20}, {}):
            summary = trim(birds, render=False, **options)
            standing = assignments.settings_of(birds.store, "trim")
            rules = trim_ledger.Rules.of(**standing["policy"])
            found = list(trim_ledger._decisions(birds.store, rules, standing["sizes"]))
            assert all(new == old for _, new, old in found)
            counts = CountedTrims.none()
            for entries, new, _ in found:
                counts = counts.plus(trim_ledger.counted(entries, new))
            wanted = TrimSummary(preset=summary.preset)
            TrimTally(counts).report(wanted)
            for each in (summary, wanted):  # one recording after the other, seconds add up in another order
                for name in ("cut_seconds", "muted_seconds", "dropped_seconds"):
                    setattr(each, name, round(getattr(each, name), 6))
                for reason in each.reasons:
                    reason.seconds = round(reason.seconds, 6)
            assert facts(summary) == facts(wanted)
            for name, kept in standing["unheard"].items():
                unheard, listed = Unheard(), [entries[name] for entries, *_ in found]
                heard = np.array([each.looked_at for each in listed])
                unheard.see_all(np.array([each.recording for each in listed]), heard)
                assert kept == unheard.kept
