"""What was given out stays true, or is known to be stale; what no export needs can go."""

from __future__ import annotations

import csv
import os
import re

import pytest
import soundfile as sf
from filelock import FileLock

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import UsageError
from curate.formats.tables.csv import read_manifest
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.windows import windows
from curate.steps.clean.render import render
from curate.steps.clean.scan import scan
from curate.steps.clean.trim import trim
from curate.steps.export.clean_up import clean_up
from curate.steps.export.manifest import manifest
from curate.steps.inspect.check import check
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.undo import undo
from tests.datasets import write_tone
from tests.exports import states

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def birds(tmp_path):
    """Three recordings of 10 s, of which the first lost a second, rendered."""
    for number in range(3):
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", seconds=10.0, freq=2000 + 100 * number)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in", jobs=1)
        cut(dataset, "0.wav", 2, 3)
        render(dataset, jobs=1)
        yield dataset


def seconds(table):
    """What the rows of a manifest say, and what their files hold."""
    return [
        (row.duration, sf.info(row.path).duration if row.path != row.source_path else 10.0)
        for row in read_manifest(table)
    ]


def test_two_exports_of_other_cuts_stay_true(birds, tmp_path):
    manifest(birds, tmp_path / "one.csv")
    assert states(birds) == {"one.csv": ("current", "")}
    cut(birds, "0.wav", 5, 7)
    assert render(birds, jobs=1).removed == 0
    manifest(birds, tmp_path / "two.csv")
    assert [whole for whole, _ in seconds(tmp_path / "one.csv")] == [9.0, 10.0, 10.0]
    assert [whole for whole, _ in seconds(tmp_path / "two.csv")] == [7.0, 10.0, 10.0]
    for table in ("one.csv", "two.csv"):
        assert all(said == pytest.approx(held) for said, held in seconds(tmp_path / table))
    assert states(birds) == {"one.csv": ("stale", "1 recording differs"), "two.csv": ("current", "")}
    assert check(birds, read=True).wrong == []
    # The older cuts again: the older copy is there already, and the newer one stays for its export.
    undo(birds, "last")
    assert (render(birds, jobs=1).rendered, len(list(birds.clean.rglob("*.flac")))) == (0, 2)
    assert states(birds) == {"one.csv": ("current", ""), "two.csv": ("stale", "1 recording differs")}
    assert all(said == pytest.approx(held) for said, held in seconds(tmp_path / "two.csv"))


def test_copies_go_when_no_export_needs_them(birds, tmp_path):
    manifest(birds, tmp_path / "one.csv")
    cut(birds, "0.wav", 5, 7)
    render(birds, jobs=1)
    manifest(birds, tmp_path / "two.csv")
    summary = clean_up(birds)
    assert (summary.removed, summary.kept, summary.forgotten) == (0, 1, [])
    planned = clean_up(birds, tmp_path / "one.csv", dry_run=True)
    assert (planned.removed, planned.kept) == (1, 0)
    assert len(list(birds.clean.rglob("*.flac"))) == 2
    summary = clean_up(birds, tmp_path / "one.csv")
    assert (summary.removed, summary.removed_bytes > 0, summary.kept) == (1, True, 0)
    assert list(states(birds)) == ["two.csv"]
    assert all(said == pytest.approx(held) for said, held in seconds(tmp_path / "two.csv"))
    assert check(birds).wrong == []
    with pytest.raises(UsageError, match="unknown export:"):
        clean_up(birds, tmp_path / "one.csv")


def test_an_export_that_is_gone_or_written_anew_keeps_nothing(birds, tmp_path):
    manifest(birds, tmp_path / "one.csv")
    manifest(birds, tmp_path / "two.csv")
    cut(birds, "0.wav", 5, 7)
    render(birds, jobs=1)
    (tmp_path / "one.csv").unlink()
    assert states(birds)["one.csv"] == ("gone", "the file is missing")
    assert (clean_up(birds).removed, clean_up(birds).kept) == (0, 1)
    manifest(birds, tmp_path / "two.csv")
    assert clean_up(birds).removed == 1


def test_whatever_a_new_export_would_say_otherwise_makes_an_old_one_stale(birds, tmp_path):
    manifest(birds, tmp_path / "m.csv")
    split(birds, folds=2)
    assert states(birds)["m.csv"] == ("stale", "3 recordings differ")
    manifest(birds, tmp_path / "m.csv")
    assert states(birds)["m.csv"] == ("current", "")
    windows(birds, length=2)
    assert states(birds)["m.csv"][0] == "stale"
    manifest(birds, tmp_path / "m.csv")
    write_tone(tmp_path / "more" / "later.wav", seconds=4.0)
    import_(birds, tmp_path / "more", jobs=1)
    assert states(birds)["m.csv"] == ("stale", "1 came since")
    manifest(birds, tmp_path / "m.csv")
    keep(birds, "1.wav", 0, 1)  # cuts nothing, and changes nothing
    assert states(birds)["m.csv"] == ("current", "")
    cut(birds, "1.wav", 0, 10)
    assert states(birds)["m.csv"] == ("stale", "1 recording differs")


def test_check_judges_exports(birds, tmp_path):
    manifest(birds, tmp_path / "m.csv")
    manifest(birds, tmp_path / "folder", format="birdnet")
    with (tmp_path / "m.csv").open("a", newline="") as table:
        csv.writer(table).writerow(["more"])
    next(birds.clean.rglob("*.flac")).unlink()
    found = {each.kind: [os.path.basename(fault.path) for fault in each.first] for each in check(birds).wrong}
    assert found["export altered"] == ["m.csv"]
    assert found["export broken"] == ["folder"]


def test_annotations_of_an_older_copy_lead_back_through_its_own_time_map(birds, tmp_path):
    manifest(birds, tmp_path / "one.csv")
    old = next(read_manifest(tmp_path / "one.csv")).path
    cut(birds, "0.wav", 0, 2)
    render(birds, jobs=1)
    (tmp_path / "marks.csv").write_text(f"path,onset,offset,label\n{old},4.0,5.0,wren\n")
    import_(birds, tmp_path / "marks.csv", jobs=1)
    names = show(birds, "segments")
    (mark,) = [dict(zip(names.columns, each, strict=True)) for each in names.rows]
    assert (mark["onset"], mark["offset"], mark["label"]) == (5.0, 6.0, "wren")


def test_a_step_says_which_exports_it_leaves_behind(birds, tmp_path):
    manifest(birds, tmp_path / "m.csv")
    manifest(birds, tmp_path / "b" / "train.csv", format="birdclef")
    scan(birds)

    def told(summary):
        return {os.path.basename(each.path): each.rows for each in summary.outdated}

    options = {"first_seconds": 4, "rare_below": 0}
    both = {"m.csv": 1, "train.csv": 1}
    assert told(trim(birds, **options, dry_run=True)) == both
    assert states(birds)["m.csv"][0] == "current"
    assert told(trim(birds, **options, render=False)) == both
    assert told(trim(birds, **options)) == {}
    assert told(undo(birds, "trim")) == {}  # the copies that they name are those of the ledger again
    assert {state for state, _ in states(birds).values()} == {"current"}
    assert told(cut(birds, "0.wav", 8, 9)) == both
    assert told(keep(birds, "0.wav", 9.5, 10)) == {}


def test_a_manifest_tells_which_export_it_replaces(birds, tmp_path):
    assert manifest(birds, tmp_path / "m.csv").replaces == ""
    at = birds.store.value("SELECT at FROM exports")
    assert manifest(birds, tmp_path / "m.csv").replaces == ""  # the same bytes
    assert manifest(birds, tmp_path / "m.csv", dry_run=True).replaces >= at
    assert manifest(birds, tmp_path / "other.csv", audio="raw").replaces == ""
    assert manifest(birds, tmp_path / "m.csv", audio="raw").replaces >= at
    (tmp_path / "m.csv").unlink()
    assert manifest(birds, tmp_path / "m.csv").replaces == ""


def test_exports_that_a_run_writes_anew_are_not_left_behind(birds, tmp_path, capsys):
    recipe = tmp_path / "r.toml"
    step = '[[step]]\nrun = "{}"\n{}\n'
    steps = step.format("trim", "first_seconds = 4\nrare_below = 0")
    steps += step.format("manifest", 'out = "m.csv"')
    recipe.write_text(f'description = "Beginnings."\n{steps}')
    manifest(birds, birds.folder / "m.csv")
    manifest(birds, birds.folder / "kept.csv")
    folder = str(birds.folder)
    birds.close()
    assert main(["run", str(recipe), "-d", folder]) == 0
    told = capsys.readouterr().out
    assert "kept.csv differs from the ledger in 1 row. The copy that it names is kept" in told
    assert "m.csv: 1 row" not in told
    assert "m.csv replaces the export of" in told
    assert main(["status", "-d", folder]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^1 clean copy of earlier cuts \(\S+ MB\) that exports name$", told, re.MULTILINE)
    assert "no export needs" not in told
    (birds.folder / "kept.csv").unlink()
    assert main(["run", str(recipe), "-d", folder, "--set", "trim.first_seconds=5"]) == 0
    assert main(["status", "-d", folder]) == 0
    assert "that every export can spare: curate clean-up\n" in capsys.readouterr().out


def test_an_export_with_audio_of_its_own_needs_no_copy(birds, tmp_path):
    manifest(birds, tmp_path / "own", format="folders", audio_mode="copy")
    cut(birds, "0.wav", 5, 7)
    render(birds, jobs=1)
    assert len(list(birds.clean.rglob("*.flac"))) == 1
    assert states(birds)["own"][0] == "stale"


def test_a_dry_run_says_how_much_room_the_audio_of_an_export_takes(birds, tmp_path):
    for options in ({"codec": "wav"}, {"audio_mode": "copy"}):
        planned = manifest(birds, tmp_path / "own", format="folders", dry_run=True, **options).bytes
        manifest(birds, tmp_path / "own", format="folders", jobs=1, **options)
        written = sum(path.stat().st_size for path in (tmp_path / "own").rglob("*.[wf][al][va]*"))
        assert planned == pytest.approx(written, rel=0.02)
    assert manifest(birds, tmp_path / "m.csv", dry_run=True).bytes == 0


@pytest.mark.parametrize("options", [{"codec": "wav"}, {"audio_mode": "copy"}])
@pytest.mark.parametrize("form", ["csv", "kaldi", "lhotse"])
def test_windows_that_share_a_file_count_its_room_once(birds, tmp_path, form, options):
    out = tmp_path / "own" / ("t.csv" if form == "csv" else "t")
    planned = manifest(birds, out, format=form, window=2, hop=1, dry_run=True, **options).bytes
    summary = manifest(birds, out, format=form, window=2, hop=1, jobs=1, **options)
    sounds = [path for path in (tmp_path / "own").rglob("*") if path.suffix in {".wav", ".flac"}]
    assert (len(sounds), summary.rows, summary.bytes) == (3, 25, planned)
    assert planned == pytest.approx(sum(path.stat().st_size for path in sounds), rel=0.02)


def test_an_export_is_whole_although_another_command_writes_and_it_cannot_be_noted(birds, tmp_path):
    with FileLock(birds.folder / ".curate.lock"):
        summary = manifest(birds, tmp_path / "m.csv")
    assert "another curate command is writing" in summary.not_noted
    assert len(seconds(tmp_path / "m.csv")) == 3
    assert states(birds) == {}
    assert manifest(birds, tmp_path / "m.csv").not_noted == ""
    assert states(birds) == {"m.csv": ("current", "")}
