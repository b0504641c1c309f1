"""A queue goes out to Raven, Audacity or Label Studio, and what was done there comes back as verdicts."""

from __future__ import annotations

import json
import os
import shutil
from typing import NamedTuple

import pytest
import soundfile as sf

from curate.catalogue import cuts, verdicts
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import FormatError, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.common.settle_verdicts import settle
from curate.steps.inspect.status import status
from curate.steps.review.review import review_export, review_import
from curate.web import queues
from curate.web.review_session import ReviewSession
from tests.engines import in_a_thread


class Said(NamedTuple):
    """What a call of the program left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def birds(listened, tmp_path):
    with Dataset(shutil.copytree(listened, tmp_path / "birds")) as dataset:
        yield dataset


@pytest.fixture
def items(birds):
    return {item.key: item for item in queues.items(birds.store, "doubtful-speech", n=300, reviewer="ana")}


@pytest.fixture
def curate(capsys):
    """Call the program: gives its exit code, stdout and stderr."""

    def curate(*argv):
        code = main([str(argument) for argument in argv])
        return Said(code, *capsys.readouterr())

    return curate


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def judged(birds):
    """What stands: recording, judgement, ends in milliseconds, and label."""
    return [
        (number, each.judgement, round(each.onset * 1000), round(each.offset * 1000), each.label)
        for number, found in verdicts.by_recording(birds.store)
        for each in found
    ]


def index_of(out):
    return json.loads((out / "curate-review.json").read_text())


def key_of(out, name):
    """Key of the only item in a file, as (recording, onset, offset)."""
    [file] = [each for each in index_of(out)["files"] if each["name"].startswith(name)]
    return tuple(map(int, file["asked"][0]["key"].split("-")))


def edit(path, change):
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))


PROGRAMS = ["audacity", "label-studio", "raven"]


@pytest.mark.parametrize("audio", ["copy", "cut", "link"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_nobody_touched_says_nothing_unless_it_was_looked_at(birds, items, out, program, audio):
    sent = review_export(birds, out, to=program, audio=audio)
    assert (sent.items, sent.problems) == (len(items), [])
    assert sent.files == (len(items) if audio == "cut" else len({i.recording for i in items.values()}))
    back = review_import(birds, out, reviewer="ana")
    assert (back.rows, back.open, back.changes, back.problems) == (len(items), len(items), [], [])
    before = dict(cuts.by_recording(birds.store))
    back = review_import(birds, out, reviewer="ana", confirm_untouched=True)
    assert back.hows == {"untouched": len(items)}
    assert {(number, onset, offset) for number, _, onset, offset, _ in judged(birds)} == {
        tuple(map(int, key.split("-"))) for key in items
    }
    assert {(said, label) for _, said, *_, label in judged(birds)} == {("cut", "voice")}
    assert dict(cuts.by_recording(birds.store)).keys() == before.keys()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_stretch_that_is_cut_out_holds_the_sound_of_its_place(birds, items, out, program):
    review_export(birds, out, to=program, audio="cut")
    for file in index_of(out)["files"]:
        [asked] = file["asked"]
        info = sf.info(out / file["name"])
        assert info.duration == pytest.approx(file["duration"], abs=0.001)
        assert file["onset"] == pytest.approx(max(0, items[asked["key"]].onset - 2), abs=0.001)


def test_rows_that_were_moved_deleted_renamed_and_added_in_raven(birds, out):
    review_export(birds, out, to="raven")
    moved, deleted, renamed, added = sorted(out.glob("XC*.selections.txt"))[:4]
    numbers = {table: key_of(out, table.name.split(".")[0]) for table in (moved, deleted, renamed, added)}
    _, onset, offset = numbers[moved]
    edit(moved, lambda text: text.replace(f"\t{offset / 1000:.6f}", f"\t{offset / 1000 - 0.5:.6f}"))
    edit(deleted, lambda text: text.splitlines()[0] + "\n")
    edit(renamed, lambda text: text.replace("\tspeech\t", "\tquetan9\t"))
    line = added.read_text().splitlines()[1].split("\t")
    line[0], line[3:5], line[7] = "9", ["0.1", "0.2"], "voice"
    edit(added, lambda text: text + "\t".join(line) + "\n")
    seen = review_import(birds, out, reviewer="ana", dry_run=True)
    assert judged(birds) == []
    back = review_import(birds, out, reviewer="ana")
    assert back.changes == seen.changes
    assert back.hows == {"moved": 1, "deleted": 1, "renamed": 1, "added": 1}
    assert back.problems == []
    one, two, three, four = (numbers[table] for table in (moved, deleted, renamed, added))
    primary = birds.store.value("SELECT label FROM labels WHERE recording = ? AND ordinal = 0", (three[0],))
    also = [(three[0], "also", *three[1:], "quetan9")] if primary != "quetan9" else []
    assert sorted(judged(birds)) == sorted(
        [
            (one[0], "keep", offset - 500, offset, ""),
            (one[0], "cut", onset, offset - 500, "voice"),
            (two[0], "keep", *two[1:], ""),
            (three[0], "keep", *three[1:], "quetan9" if also else ""),
            *also,
            (four[0], "cut", 100, 200, "voice"),
        ]
    )
    found = dict(cuts.by_recording(birds.store))
    assert two[0] not in found
    # The same again changes nothing, and one undo takes all of it back.
    again = review_import(birds, out, reviewer="ana")
    assert (again.verdicts, all(change.known for change in again.changes)) == (0, True)
    desk = ReviewSession(birds.folder, "doubtful-speech", [], settle=settle)
    desk.undo("ana", desk.latest("ana"))
    assert judged(birds) == []


def test_a_verdict_says_which_version_of_the_layer_went_out(birds, items, out):
    review_export(birds, out, to="audacity")
    review_import(birds, out, reviewer="ana", confirm_untouched=True)
    for _, found in verdicts.by_recording(birds.store):
        for verdict in found:
            seen = json.loads(verdict.seen)
            assert seen["item"] in items
            assert (seen["layer"], seen["program"]) == ("speech", "audacity")
            assert seen["version"]
            assert len(seen["digest"]) == 16
    desk = ReviewSession(birds.folder, "doubtful-speech", list(items.values()), settle=settle)
    assert dict(desk.queue_of("ana")) == dict.fromkeys(items, "cut")


def test_what_label_studio_exports_counts_and_the_tasks_that_went_out_do_not(birds, out):
    review_export(birds, out, to="label-studio", queue="rare-classes", max_items=3)
    tasks = json.loads((out / "tasks.json").read_text())
    done = []
    for task, label in zip(tasks[:2], ("quetan9", "lanowl9"), strict=True):
        results = task.pop("predictions")[0]["result"]
        results[0]["value"]["labels"] = [label]
        done.append({**task, "annotations": [{"was_cancelled": False, "result": results}]})
    (out / "project-1.json").write_text(json.dumps(done))
    back = review_import(birds, out, reviewer="ana")
    assert (back.rows, back.not_read) == (3, 0)
    wanted = {
        (int(file["asked"][0]["key"].split("-")[0]), label)
        for file, label in zip(index_of(out)["files"], ("quetan9", "lanowl9"), strict=False)
        if file["asked"][0]["label"] != label
    }
    assert wanted
    assert {(number, label) for number, said, *_, label in judged(birds) if said == "relabel"} == wanted
    for number, label in wanted:
        sql = "SELECT label FROM labels WHERE recording = ? AND role = 'primary'"
        assert birds.store.value(sql, (number,)) == label


@pytest.mark.parametrize(
    ("program", "broken", "told"),
    [
        (
            "raven",
            "1\tSpectrogram 1\t1\tone\t2.5\t0\t8000\tspeech\t\t{file}\t{file}",
            "column Begin Time",
        ),
        ("audacity", "1.5\ttwo\tspeech", "column offset: "),
        ("audacity", "1.5", "expected onset, offset and label"),
        ("audacity", "1.5\t2.5\tdog", "column label: expected keep, drop, "),
    ],
)
def test_a_broken_row_is_told_nothing_counts_as_deleted_there_and_the_rest_is_noted(
    curate, birds, out, program, broken, told
):
    review_export(birds, out, to=program)
    tables = sorted(out.glob("XC*.txt"))
    broken_one, fine = tables[0], tables[1]
    name = index_of(out)["files"][0]["name"]
    header = broken_one.read_text().splitlines(keepends=True)[:1] if program == "raven" else []
    broken_one.write_text("".join(header) + broken.format(file=name) + "\n")
    fine.write_text("".join(fine.read_text().splitlines(keepends=True)[:1]) if program == "raven" else "")
    said = curate("review", "import", out, "-d", birds.folder, "--reviewer", "ana", "--yes")
    assert said.code == 3
    assert broken_one.name in said.err
    assert told in said.err
    number, onset, offset = key_of(out, fine.name.split(".")[0])
    assert (number, "keep", onset, offset, "") in judged(birds)
    assert key_of(out, broken_one.name.split(".")[0])[0] not in {row[0] for row in judged(birds)}


def test_a_table_that_is_lost_says_nothing(birds, items, out):
    review_export(birds, out, to="raven")
    next(out.glob("*.selections.txt")).unlink()
    (out / "notes.txt").write_text("call Ben")
    back = review_import(birds, out, confirm_untouched=True, dry_run=True)
    assert back.not_read == 1
    assert ["notes.txt" in problem.path for problem in back.problems] == [True]
    assert back.hows["untouched"] + back.open == len(items)


def test_a_table_saved_under_another_name_counts_before_the_one_that_went_out(birds, out):
    review_export(birds, out, to="raven")
    table = next(out.glob("XC*.selections.txt"))
    [file] = [
        each for each in index_of(out)["files"] if table.name.startswith(each["name"].split(".")[0] + ".")
    ]
    behind = (out / file["name"]).resolve()
    text = table.read_text().replace(file["name"], str(behind)).replace("speech", "keep")
    (out / "mine.Table.1.selections.txt").write_text(text)
    os.utime(out / "mine.Table.1.selections.txt", (1, 1))
    other = behind.with_name("strange.wav")
    shutil.copy(behind, other)
    (out / "strange.txt").write_text(text.replace(str(behind), str(other)))
    try:
        back = review_import(birds, out, reviewer="ana")
    finally:
        other.unlink()
    assert back.hows == {"renamed": 1}
    assert [
        "strange.wav, which was left out of the export" in problem.reason for problem in back.problems
    ] == [True]


@pytest.mark.parametrize("audio", ["cut", "copy"])
def test_a_recording_of_another_length_by_now_gets_no_verdict_of_the_old_one(birds, out, audio):
    review_export(birds, out, to="raven", audio=audio)
    number, _, _ = key_of(out, index_of(out)["files"][0]["name"].split(".")[0])
    with birds.noting() as store:
        store.run("UPDATE recordings SET duration = duration - 1 WHERE id = ?", (number,))
    back = review_import(birds, out, reviewer="ana", confirm_untouched=True)
    assert judged(birds)
    assert number not in {row[0] for row in judged(birds)}
    assert {problem.kind for problem in back.problems} == {"row-without-file"}
    assert all("not as it was" in problem.reason for problem in back.problems)


def test_a_sample_that_goes_out_is_kept_and_what_comes_back_is_its_figure(birds, out):
    review_export(birds, out, to="audacity", queue="sample", max_items=5)
    wrong = next(out.glob("*.txt"))
    wrong.write_text("")
    review_import(birds, out, reviewer="ana", confirm_untouched=True)
    found = status(birds).review
    assert (found.sample_of, found.sample[-1].n, found.sample[-1].right) == (5, 5, 4)


def test_work_in_the_folder_is_not_replaced_and_a_folder_of_others_is_refused(birds, out, tmp_path):
    review_export(birds, out, to="raven")
    review_export(birds, out, to="raven")
    edit(next(out.glob("*.selections.txt")), lambda text: text.replace("speech", "keep"))
    with pytest.raises(UsageError, match="was changed since"):
        review_export(birds, out, to="raven")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    with pytest.raises(UsageError, match="it was made by something else"):
        review_export(birds, tmp_path / "mine", to="raven")
    with pytest.raises(FormatError, match=r"no curate-review\.json"):
        review_import(birds, tmp_path / "mine")
    for options in ({"to": "word"}, {"to": "raven", "queue": "sampel"}, {"to": "raven", "max_items": 0}):
        with pytest.raises(UsageError):
            review_export(birds, tmp_path / "other", **options)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "broken", ["", "[]", "{}", '{"curate_review": 1, "program": "raven", "files": [{}]}']
)
def test_an_index_that_was_spoilt_is_told(birds, out, broken):
    review_export(birds, out, to="raven")
    (out / "curate-review.json").write_text(broken)
    with pytest.raises(FormatError, match=r"curate-review\.json"):
        review_import(birds, out)


def test_another_dataset_gets_the_verdicts_on_the_recordings_that_it_has(birds, out, tmp_path):
    review_export(birds, out, to="raven")
    with Dataset(tmp_path / "others") as others, in_a_thread():
        import_(others, birds.path(birds.store.value("SELECT path FROM recordings ORDER BY path")))
        back = review_import(others, out, confirm_untouched=True)
        [verdict] = verdicts.of_recording(others.store, 1)
    assert json.loads(verdict.seen)["item"].startswith("1-")
    assert {problem.kind for problem in back.problems} == {"row-without-file"}
    assert len(back.problems) == len(index_of(out)["files"]) - 1


def test_nobody_is_asked_without_a_terminal_and_a_preview_comes_first(curate, birds, out):
    said = curate("review", "export", out, "--to", "raven", "-d", birds.folder)
    assert said.code == 0
    assert "items of doubtful-speech in" in said.out
    edit(next(out.glob("*.selections.txt")), lambda text: text.replace("\tspeech\t", "\tkeep\t"))
    said = curate("review", "import", out, "-d", birds.folder, "--reviewer", "ana")
    assert said.code == 2
    assert "--yes" in said.err
    assert judged(birds) == []
    said = curate("review", "import", out, "-d", birds.folder, "--reviewer", "ana", "--dry-run")
    assert (said.code, judged(birds)) == (0, [])
    assert "renamed" in said.out
    assert "1 to note, 0 known" in said.out
    said = curate("review", "import", out, "-d", birds.folder, "--reviewer", "ana", "--yes", "--json")
    assert said.code == 0
    assert json.loads(said.out)["verdicts"] == 1
    assert [row[1] for row in judged(birds)] == ["keep"]


def test_an_empty_queue_writes_nothing(curate, birds, out):
    said = curate("review", "export", out, "--to", "raven", "--queue", "duplicates", "-d", birds.folder)
    assert said.code == 0
    assert "Nothing was written" in said.out
    assert not out.exists()
