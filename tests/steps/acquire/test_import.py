"""Registering recordings as they are found on real disks: nothing is lost, nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import soundfile as sf

from curate import intervals
from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError, UsageError
from curate.model import NOTICES, Verdict
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.common.settle_verdicts import settle
from curate.steps.export import manifest_rows
from curate.steps.export.manifest import manifest
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.same import same
from tests.datasets import shown, state, write_tone
from tests.engines import in_a_thread

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture
def data(tmp_path):
    """Two recordings of an owl and one of a frog."""
    for name in ("owl/a.wav", "owl/b.wav", "frog/c.wav"):
        write_tone(tmp_path / "data" / name, seconds=0.2)
    return tmp_path / "data"


@pytest.fixture
def dataset(tmp_path):
    with Dataset(tmp_path / "birds") as opened:
        yield opened


def registered(dataset, columns="path"):
    rows = dataset.store.rows(f"SELECT {columns} FROM recordings r ORDER BY id")
    return [row[0] if len(row) == 1 else row for row in rows]


def labels(dataset):
    return dict(
        dataset.store.rows(
            "SELECT r.archive_id, l.label FROM recordings r LEFT JOIN labels l "
            "ON l.recording = r.id AND l.role = 'primary'"
        )
    )


def kinds(summary):
    """What was reported besides notices, by kind."""
    return {kind: n for kind, n in summary.problem_counts.items() if n and kind not in NOTICES}


def rewrite(path, **changes):
    """Other bytes of another length: a change that every clock notices."""
    return write_tone(path, **{"seconds": 0.3, **changes})


# What is read, and how.


def test_folders_are_labels_and_files_stay_where_they_are(dataset, data):
    before = {path: path.read_bytes() for path in data.rglob("*.wav")}
    summary = import_(dataset, [data])
    assert (summary.recordings, summary.added, summary.known, summary.failed) == (3, 3, 0, 0)
    assert summary.audio_seconds == pytest.approx(0.6)
    assert labels(dataset) == {"frog/c.wav": "frog", "owl/a.wav": "owl", "owl/b.wav": "owl"}
    assert registered(dataset) == [str(data / name) for name in ("frog/c.wav", "owl/a.wav", "owl/b.wav")]
    assert {path: path.read_bytes() for path in data.rglob("*.wav")} == before
    assert not dataset.clean.exists()
    assert not dataset.raw.exists()


def test_recordings_without_a_label_are_counted_each_time(dataset, example_folder):
    assert [import_(dataset, [example_folder]).unlabelled for _ in range(2)] == [2, 2]


def test_a_birdclef_folder_is_read_by_its_tables(dataset, example_folder):
    summary = import_(dataset, [example_folder])
    assert (summary.recordings, summary.added, summary.failed, kinds(summary)) == (26, 26, 0, {})
    archives = "SELECT archive, count(*) FROM recordings GROUP BY archive"
    assert dict(dataset.store.rows(archives)) == {
        "birdclef": 2,
        "csa": 7,
        "inaturalist": 6,
        "xeno-canto": 11,
    }
    row = dataset.store.one(
        "SELECT r.recordist, r.license, r.rating, r.sound_type, t.common_name, t.class_name, t.inat_taxon_id "
        "FROM recordings r JOIN labels l ON l.recording = r.id AND l.role = 'primary' "
        "JOIN taxa t ON t.label = l.label WHERE r.archive = 'xeno-canto' AND r.archive_id = '90000031'"
    )
    assert row == (
        "Karl Beispiel",
        "cc-by-nc-sa 4.0",
        4.0,
        "call",
        "Ledger Flycatcher",
        "Aves",
        "9000003",
    )
    soundscape = "SELECT date, time, locality FROM recordings WHERE archive = 'birdclef' ORDER BY id"
    assert dataset.store.one(soundscape) == ("2024-03-11", "05:45:00", "S01")
    assert dataset.store.value("SELECT count(*) FROM labels WHERE label = '9000101'") == 3


def test_rows_without_a_file_and_files_without_a_row_are_counted_and_listed(
    dataset, example_folder, tmp_path
):
    shutil.copytree(example_folder, tmp_path / "broken")
    audio = tmp_path / "broken" / "train_audio"
    (audio / "silwre9" / "XC90000011.ogg").unlink()
    shutil.copy(audio / "silwre9" / "XC90000012.ogg", audio / "silwre9" / "XC1.ogg")
    summary = import_(dataset, [tmp_path / "broken"])
    assert (summary.recordings, summary.added) == (25, 25)
    assert kinds(summary) == {"row-without-file": 1, "file-without-row": 1}
    assert {problem.kind: Path(problem.path).name for problem in summary.problems} == {
        "row-without-file": "XC90000011.ogg",
        "file-without-row": "XC1.ogg",
    }


def test_a_table_is_read_by_the_column_that_is_named(dataset, data):
    table = data / "list.csv"
    table.write_text("file;who;bird\nowl/a.wav;007;x\nfrog/c.wav;0042;x\n")
    summary = import_(dataset, [table], label_column="who")
    assert (summary.added, kinds(summary)) == (2, {})
    assert labels(dataset) == {"frog/c.wav": "0042", "owl/a.wav": "007"}
    with pytest.raises(FormatError, match="lacks the column 'whom'"):
        import_(dataset, [table], label_column="whom")


def test_the_format_is_told_from_what_is_there(dataset, data, example_folder):
    (data / "list.CSV").write_text("path,label\nowl/a.wav,by table\n")
    (data / "list.ndjson").write_text(json.dumps({"path": "owl/b.wav", "label": "by lines"}) + "\n")
    import_(dataset, [data / "list.CSV", data / "list.ndjson", data / "frog" / "c.wav"])
    assert labels(dataset) == {"owl/a.wav": "by table", "owl/b.wav": "by lines", "c.wav": None}
    assert import_(dataset, [example_folder / "train.csv"], dry_run=True).recordings == 26
    assert import_(dataset, [example_folder / "train_audio"], dry_run=True).recordings == 24


def test_a_parquet_table_is_told_by_its_ending(dataset, data):
    import pandas as pd

    frame = pd.DataFrame({"filename": ["owl/a.wav", "owl/b.wav"], "species": ["0042", "x"]})
    frame.to_parquet(data / "list.parquet")
    assert import_(dataset, [data / "list.parquet"]).added == 2
    assert labels(dataset) == {"owl/a.wav": "0042", "owl/b.wav": "x"}


@pytest.mark.parametrize(
    ("names", "form", "words"),
    [
        ([], "auto", "name a folder or table to import"),
        (["nowhere"], "auto", "file or folder missing"),
        (["owl", "nowhere"], "auto", "file or folder missing"),
        (["owl"], "cvs", "unknown format 'cvs'"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_made(dataset, data, names, form, words):
    with pytest.raises(UsageError, match=words):
        import_(dataset, [data / name for name in names], format=form)
    assert not dataset.folder.exists()


# Again, and again with changes.


def test_importing_again_adds_nothing_and_changes_nothing(dataset, data, tmp_path):
    import_(dataset, [data])
    before = state(dataset.folder, tmp_path / "dump")
    summary = import_(dataset, [data])
    assert (summary.recordings, summary.added, summary.known, summary.replaced) == (3, 0, 3, 0)
    assert state(dataset.folder, tmp_path / "dump") == before


def test_new_files_are_added_to_those_that_are_known(dataset, data):
    import_(dataset, [data])
    write_tone(data / "owl" / "aa.wav")
    summary = import_(dataset, [data])
    assert (summary.added, summary.known) == (1, 3)


def test_paths_that_overlap_register_each_file_once(dataset, data):
    summary = import_(dataset, [data / "owl", data, data / "owl" / "a.wav"])
    assert (summary.recordings, summary.added, summary.known) == (6, 3, 3)
    assert len(registered(dataset)) == 3


def test_other_bytes_are_reported_and_nothing_is_replaced(dataset, data, tmp_path):
    import_(dataset, [data])
    before = state(dataset.folder, tmp_path / "dump")
    changed = rewrite(data / "owl" / "a.wav")
    for _ in range(2):
        summary = import_(dataset, [data])
        assert (summary.known, summary.replaced, kinds(summary)) == (2, 0, {"changed": 1})
        assert summary.problems[0].path == str(changed)
    assert state(dataset.folder, tmp_path / "dump") == before


def test_other_bytes_that_are_accepted_replace_the_facts_and_forget_what_was_derived(dataset, data):
    import_(dataset, [data])
    strip_voice(dataset)
    rewrite(data / "owl" / "a.wav")
    summary = import_(dataset, [data], replace_changed=True)
    assert (summary.added, summary.known, summary.replaced, kinds(summary)) == (0, 2, 1, {})
    duration = "SELECT duration FROM recordings WHERE archive_id = 'owl/a.wav'"
    assert dataset.store.value(duration) == pytest.approx(0.3)
    assert dataset.store.value("SELECT count(*) FROM coverage") == 2
    assert labels(dataset)["owl/a.wav"] == "owl"


@pytest.mark.parametrize("length", ["the same", "another"])
def test_what_people_said_of_other_bytes_stays_where_its_seconds_still_fit(length, dataset, data):
    """Edited tags must not cost annotations and verdicts; of another sound they say nothing."""
    import_(dataset, data)
    marks = data.parent / "marks.csv"
    marks.write_text("path,onset,offset,label\ndata/owl/a.wav,0.05,0.1,hoot\n")
    import_(dataset, marks, format="annotation-table")
    cut(dataset, "local:owl/a.wav", 0.02, 0.04)
    same(dataset, "local:owl/b.wav", "local:owl/a.wav")
    strip_voice(dataset)
    write_tone(data / "owl/a.wav", seconds=0.2 if length == "the same" else 0.3, freq=900)
    summary = import_(dataset, data, replace_changed=True)
    assert summary.replaced == 1
    kept = length == "the same"
    told = "2 verdicts and 1 annotation taken back: the file holds 0.3 s, and held 0.2 s"
    assert [each.reason for each in summary.problems if each.kind == "taken-back"] == ([] if kept else [told])
    assert len(list(show(dataset, "segments", layer="annotations").rows)) == kept
    assert dataset.store.value("SELECT count(*) FROM cuts WHERE step = 'review'") == kept
    assert dataset.store.value("SELECT count(*) FROM verdicts WHERE withdrawn IS NULL") == 2 * kept
    assert dataset.store.value("SELECT count(*) FROM coverage WHERE recording = 2") == kept
    assert strip_voice(dataset).scanned == 1


def test_what_is_taken_back_with_other_bytes_is_as_though_nobody_had_said_it(dataset, data):
    import_(dataset, data)
    same(dataset, "local:owl/a.wav", "local:owl/b.wav")
    number = dataset.store.value("SELECT id FROM recordings WHERE archive_id = 'owl/a.wav'")
    said = Verdict(0.0, 0.2, "relabel", "ana", "2026-01-01T00:00:00+00:00", "wren")
    with dataset.writing("review", {}), dataset.store.transaction():
        verdicts.add(dataset.store, number, said)
        settle(dataset.store, number, duration=0.2)
    assert labels(dataset)["owl/a.wav"] == "wren"
    assert dataset.store.value("SELECT count(*) FROM cuts WHERE action = 'drop'") == 1
    write_tone(data / "owl/a.wav", seconds=0.3, freq=900)
    import_(dataset, data, replace_changed=True)
    assert labels(dataset)["owl/a.wav"] == "owl"
    assert dataset.store.value("SELECT count(*) FROM cuts WHERE action = 'drop'") == 0


def test_a_table_does_not_overrule_a_person_and_says_so(dataset, data, tmp_path):
    import_(dataset, data)
    number = dataset.store.value("SELECT id FROM recordings WHERE archive_id = 'owl/a.wav'")
    said = Verdict(0.0, 0.2, "relabel", "ana", "2026-01-01T00:00:00+00:00", "wren")
    with dataset.writing("review", {}), dataset.store.transaction():
        verdicts.add(dataset.store, number, said)
        settle(dataset.store, number, duration=0.2)
    table = tmp_path / "t.csv"
    table.write_text(f"file,label\n{data / 'owl/a.wav'},wren\n")
    assert import_(dataset, table).problems == []  # they agree
    table.write_text(f"file,label\n{data / 'owl/a.wav'},jay\n")
    words = "label 'jay' here, 'owl' in the catalogue, and 'wren' by a person"
    assert words in import_(dataset, table).problems[0].reason
    (told,) = import_(dataset, table, replace_changed=True).problems
    assert told.reason == "label 'jay' is noted as the archive's, and 'wren' counts, as a person said"
    assert labels(dataset)["owl/a.wav"] == "wren"


def test_verdicts_whose_file_was_converted_are_told_at_the_next_import(dataset, data):
    import_(dataset, data)
    keep(dataset, "local:owl/b.wav", 0.05, 0.1)
    cut(dataset, "local:owl/a.wav", 0.05, 0.1)
    (data / "owl/a.wav").rename(data / "owl/moved.wav")
    y, sr = sf.read(data / "owl/b.wav")
    sf.write(data / "owl/b.flac", y, sr)
    (data / "owl/b.wav").unlink()
    summary = import_(dataset, data)
    assert (summary.added, summary.moved, kinds(summary)) == (1, 1, {})
    (problem,) = (each for each in summary.problems if each.kind == "gone")
    assert os.path.dirname(problem.path) == str(data / "owl")
    assert problem.reason.startswith("its file is gone, and 1 verdict with it")
    assert "gone" not in import_(dataset, data / "frog").problem_counts


def test_a_file_that_was_only_touched_stays_known_and_can_be_looked_at(dataset, data):
    import_(dataset, [data])
    os.utime(data / "owl" / "a.wav", ns=(1, 1))
    summary = import_(dataset, [data])
    assert (summary.known, summary.replaced, kinds(summary)) == (3, 0, {})
    assert dataset.store.value("SELECT mtime_ns FROM recordings WHERE archive_id = 'owl/a.wav'") == 1
    assert strip_voice(dataset).failed == 0


def test_files_that_moved_are_found_again_and_keep_what_was_decided(dataset, data, tmp_path):
    """As after a disk was mounted elsewhere: the hint of a file that is gone sends people here."""
    import_(dataset, data)
    keep(dataset, "local:owl/b.wav", 0.05, 0.1)
    data.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/owl/b.wav").rename(tmp_path / "elsewhere/owl/renamed.wav")
    summary = import_(dataset, tmp_path / "elsewhere")
    assert (summary.added, summary.known, summary.moved) == (0, 3, 3)
    assert registered(dataset, "archive_id") == ["frog/c.wav", "owl/a.wav", "owl/b.wav"]
    assert {os.path.basename(path) for path in registered(dataset)} == {"c.wav", "a.wav", "renamed.wav"}
    assert all(path.startswith(str(tmp_path / "elsewhere")) for path in registered(dataset))
    assert len(list(show(dataset, "cuts").rows)) == 0
    assert dataset.store.value("SELECT count(*) FROM verdicts") == 1
    assert import_(dataset, tmp_path / "elsewhere").moved == 0


def test_empty_files_that_moved_are_found_again_by_their_names(dataset, tmp_path):
    """A recorder that lost its power leaves some: they fail once, and not again at each new place."""
    write_tone(tmp_path / "card/owl/a.wav", seconds=0.2)
    for name in ("owl/b.wav", "wren/b.wav", "owl/c.wav"):
        (tmp_path / "card" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "card" / name).touch()
    assert import_(dataset, tmp_path / "card").failed == 3
    (tmp_path / "card").rename(tmp_path / "disk")
    (tmp_path / "disk/owl/d.wav").touch()
    summary = import_(dataset, tmp_path / "disk")
    assert (summary.known, summary.moved, summary.added, summary.failed) == (4, 4, 1, 1)
    empty = ["owl/b.wav", "owl/c.wav", "owl/d.wav", "wren/b.wav"]
    assert sorted(registered(dataset, "archive_id")) == ["owl/a.wav", *empty]
    assert all(path.startswith(str(tmp_path / "disk")) for path in registered(dataset))


def test_files_that_moved_are_found_again_where_others_took_their_names(dataset, data, tmp_path):
    """As after a second card came under the mount of the first, with the counter of names begun anew."""
    import_(dataset, data)
    keep(dataset, "local:owl/b.wav", 0.05, 0.1)
    data.rename(tmp_path / "archive")
    for name, freq in (("owl/a.wav", 500.0), ("owl/b.wav", 700.0)):
        write_tone(data / name, seconds=0.2, freq=freq)
    assert kinds(import_(dataset, data)) == {"changed": 2}
    summary = import_(dataset, tmp_path / "archive")
    assert (summary.added, summary.known, summary.moved) == (0, 3, 3)
    assert all(path.startswith(str(tmp_path / "archive")) for path in registered(dataset))
    decided = "SELECT path FROM recordings r JOIN verdicts v ON v.recording = r.id"
    assert dataset.store.value(decided).endswith("archive/owl/b.wav")
    second = import_(dataset, data)
    assert (second.added, second.moved, kinds(second)) == (2, 0, {})
    assert set(registered(dataset, "archive_id")) >= {"owl/a.wav", "owl/a.wav~2", "owl/b.wav", "owl/b.wav~2"}


def test_a_touched_file_with_a_copy_elsewhere_stays_where_it_is(dataset, data, tmp_path):
    import_(dataset, data)
    shutil.copytree(data, tmp_path / "copies")
    os.utime(data / "owl/a.wav", ns=(1, 1))
    summary = import_(dataset, tmp_path / "copies")
    assert (summary.added, summary.moved) == (3, 0)


def test_a_second_copy_of_a_file_that_is_still_there_is_a_recording_of_its_own(dataset, data):
    import_(dataset, data)
    shutil.copy(data / "owl/a.wav", data / "owl/z.wav")
    summary = import_(dataset, data)
    assert (summary.added, summary.moved) == (1, 0)
    (notice,) = summary.problems
    assert (notice.kind, notice.path) == ("read-as", str(data / "owl/z.wav"))
    assert "the bytes of local:frog/c.wav" in notice.reason  # as all three have
    assert import_(dataset, data).problems == []


def test_an_export_that_comes_back_into_its_own_dataset_is_told_by_its_bytes(dataset, data, tmp_path):
    for number, name in enumerate(("owl/a.wav", "owl/b.wav", "frog/c.wav")):
        write_tone(data / name, seconds=2.0, freq=2000.0 + 500 * number)
    import_(dataset, data)
    cut(dataset, "a.wav", 0.5, 1.0)
    render(dataset)
    manifest(dataset, tmp_path / "out", format="audiofolder", audio_mode="copy")
    back = import_(dataset, tmp_path / "out")
    told = {Path(each.path).name: each.reason for each in back.problems if "the bytes of" in each.reason}
    assert told.keys() == {"b.wav", "c.wav"}  # the clean copy of the first has bytes of its own
    assert back.added == 3


def test_of_equal_files_that_moved_each_is_found_by_its_name(dataset, tmp_path):
    write_tone(tmp_path / "data/owl/a.wav", seconds=0.2)
    shutil.copy(tmp_path / "data/owl/a.wav", tmp_path / "data/owl/b.wav")
    import_(dataset, tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "new")
    import_(dataset, tmp_path / "new/owl/b.wav")
    assert [os.path.relpath(path, tmp_path) for path in registered(dataset)] == [
        "data/owl/a.wav",
        "new/owl/b.wav",
    ]


def test_of_equal_files_of_one_name_each_is_found_by_its_folder(dataset, tmp_path):
    data = tmp_path / "twins"
    write_tone(data / "owl" / "a.wav")
    write_tone(data / "wren" / "a.wav")
    import_(dataset, data)
    cut(dataset, "owl/a.wav", 0.1, 0.2)
    data.rename(tmp_path / "there")
    assert import_(dataset, tmp_path / "there" / "wren" / "a.wav").moved == 1
    summary = import_(dataset, tmp_path / "there")
    assert (summary.known, summary.moved, kinds(summary)) == (2, 1, {})
    [row] = shown(dataset, "verdicts")
    assert row["path"].endswith("there/owl/a.wav")


def test_a_file_that_moved_to_another_class_tells_of_it(dataset, data):
    import_(dataset, data)
    (data / "frog/c.wav").rename(data / "owl/c.wav")
    assert kinds(import_(dataset, data)) == {"changed": 1}
    (data / "owl/c.wav").rename(data / "frog/c.wav")
    assert kinds(import_(dataset, data)) == {}


def test_a_file_that_failed_is_opened_again_only_on_request(dataset, data):
    broken = data / "owl" / "broken.wav"
    broken.write_text("no sound")
    assert import_(dataset, [data]).failed == 1
    again = import_(dataset, [data])
    assert (again.known, again.failed) == (4, 0)
    tried = import_(dataset, [data], retry_failed=True)
    assert (tried.known, tried.replaced, tried.failed) == (3, 1, 1)


def test_a_file_that_failed_and_was_mended_is_taken_when_it_is_tried_again(dataset, data):
    broken = data / "owl" / "broken.wav"
    broken.write_bytes(b"")
    import_(dataset, [data])
    rewrite(broken)
    assert kinds(import_(dataset, [data])) == {"changed": 1}
    summary = import_(dataset, [data], retry_failed=True)
    assert (summary.known, summary.replaced, summary.failed, kinds(summary)) == (3, 1, 0, {})
    assert set(registered(dataset, "status")) == {"ok"}


def test_a_failed_file_that_was_only_touched_stays_known(dataset, data):
    (data / "owl" / "broken.wav").write_text("no sound")
    import_(dataset, [data])
    os.utime(data / "owl" / "broken.wav", ns=(1, 1))
    summary = import_(dataset, [data])
    assert (summary.known, summary.replaced, summary.failed) == (4, 0, 0)


def test_a_dry_run_counts_and_writes_nothing(dataset, data, tmp_path):
    summary = import_(dataset, [data], dry_run=True)
    assert (summary.recordings, summary.added) == (3, 3)
    assert not dataset.folder.exists()
    import_(dataset, [data])
    before = state(dataset.folder, tmp_path / "dump")
    write_tone(data / "owl" / "new.wav")
    assert import_(dataset, [data], dry_run=True).recordings == 4
    assert state(dataset.folder, tmp_path / "dump") == before


# Real disks.


def test_files_without_sound_are_registered_as_failed_with_the_reason(dataset, data):
    (data / "owl" / "empty.wav").write_bytes(b"")
    (data / "owl" / "text.wav").write_text("this is not sound\n" * 100)
    summary = import_(dataset, [data])
    assert (summary.added, summary.failed, kinds(summary)) == (5, 2, {"failed": 2})
    reasons = dict(
        dataset.store.rows("SELECT archive_id, problem FROM recordings WHERE status = 'failed' ORDER BY id")
    )
    assert reasons.keys() == {"owl/empty.wav", "owl/text.wav"}
    assert "empty (0 bytes)" in reasons["owl/empty.wav"]
    assert "cannot decode" in reasons["owl/text.wav"]


def test_any_name_is_taken(dataset, tmp_path):
    names = ["Große Eule/weiß & laut (2).wav", " .wav", "a'b\"c.wav", "é;,.wav", "line\nbreak.wav"]
    for name in names:
        write_tone(tmp_path / "data" / name, seconds=0.1)
    raw = os.fsencode(tmp_path / "data") + b"/caf\xe9.wav"
    try:
        shutil.copy(tmp_path / "data" / " .wav", raw)
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    summary = import_(dataset, [tmp_path / "data"])
    assert (summary.added, summary.failed) == (len(names) + 1, 0)
    found = {os.fsencode(dataset.path(cell)) for cell in registered(dataset)}
    assert found == {raw, *(os.fsencode(tmp_path / "data" / name) for name in names)}
    assert all(os.path.isfile(path) for path in found)
    assert import_(dataset, [tmp_path / "data"]).known == len(names) + 1


def test_circles_of_links_are_reported_and_what_is_in_them_is_taken_once(dataset, data):
    (data / "owl" / "up").symlink_to(data)
    summary = import_(dataset, [data])
    assert (summary.added, kinds(summary)) == (3, {"symlink-loop": 1})


AS_NOBODY = """
import json, os, sys
import curate.engine.open as engines
import curate.steps.acquire.import_ as step
from curate.catalogue.dataset import Dataset
from tests.engines import thread_engine

engines.open_local = thread_engine
with Dataset("warm") as dataset:
    step.import_(dataset, ["data/frog/c.wav"])  # all that is needed is loaded while it can be read
if os.getuid() == 0:
    try:
        os.setgid(65534)
        os.setuid(65534)
        open(step.__file__).close()  # not where the clone lies in a home that nobody else may enter
    except OSError:
        sys.exit(77)
with Dataset("birds") as dataset:
    summary = step.import_(dataset, ["data"])
    rows = list(dataset.store.rows("SELECT archive_id, status, problem FROM recordings ORDER BY id"))
print(json.dumps([summary.problem_counts, rows]))
"""


@pytest.fixture
def public(data):
    """A folder with the recordings that others than we can reach, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(data, Path(folder, "data"))
        yield Path(folder)
        Path(folder, "data", "owl").chmod(0o755)


def test_folders_and_files_without_permission_are_reported_and_the_others_are_taken(public):
    """In a process of its own, since root may read anything."""
    (public / "birds").mkdir()
    (public / "birds").chmod(0o777)
    shutil.copy(public / "data" / "frog" / "c.wav", public / "data" / "frog" / "d.wav")
    (public / "data" / "frog" / "d.wav").chmod(0)
    (public / "data" / "owl").chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY],
        cwd=public,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("cannot become a user without permission here")
    assert done.stderr == ""
    counts, rows = json.loads(done.stdout)
    assert counts == {"unreadable-directory": 1, "failed": 1}
    assert rows == [["frog/c.wav", "ok", None], ["frog/d.wav", "failed", "cannot be read: Permission denied"]]


def test_clean_copies_are_no_recordings_wherever_the_dataset_lies(data, tmp_path, monkeypatch):
    """The dataset lies in the imported folder, and both are reached by ways of their own."""
    write_tone(data / "birds" / "clean" / "owl" / "a.flac", seconds=0.1)
    write_tone(data / "birds" / "raw" / "xeno-canto" / "d.wav", seconds=0.1)
    (data / "frog" / "link").symlink_to(data / "birds" / "clean")
    (tmp_path / "link").symlink_to(data)
    monkeypatch.chdir(data / "owl")
    for place in (data / "birds", "../birds", tmp_path / "link" / "birds"):
        with Dataset(place) as dataset:
            assert import_(dataset, [".."], dry_run=True).recordings == 4
    with Dataset("../birds") as dataset:
        assert import_(dataset, [data]).added == 4
        assert set(registered(dataset, "archive_id")) == {
            "birds/raw/xeno-canto/d.wav",
            "frog/c.wav",
            "owl/a.wav",
            "owl/b.wav",
        }
        assert "raw/xeno-canto/d.wav" in registered(dataset)


def test_what_curate_wrote_among_the_recordings_is_not_imported_with_them(data, tmp_path):
    """Who keeps the dataset beside the recordings would have each of them again after every export."""
    with Dataset(data) as dataset:
        import_(dataset, data)
        manifest(dataset, data / "clips.csv", codec="flac")
        manifest(dataset, data / "all", format="folders", audio_mode="copy")
        strip_voice(dataset, speech_bank=data / "voices")
        write_tone(data / "voices/voice.wav")
        summary = import_(dataset, data)
        assert (summary.added, summary.known, kinds(summary)) == (0, 3, {"export": 3})
    with Dataset(tmp_path / "other") as other:
        assert import_(other, data / "all").added == 3


def test_durations_are_those_that_can_be_heard(dataset, example_folder):
    import_(dataset, [example_folder])
    found = {
        archive_id: (duration, frames, sr, problem)
        for archive_id, duration, frames, sr, problem in dataset.store.rows(
            "SELECT archive_id, duration, frames, sr, problem FROM recordings"
        )
    }
    for archive_id, name in (("90000011", "silwre9/XC90000011.ogg"), ("90000031", "ledfly9/XC90000031.flac")):
        info = sf.info(example_folder / "train_audio" / name)
        assert found[archive_id] == (info.frames / info.samplerate, info.frames, info.samplerate, None)
    truncated = found["90000132"]
    assert 0.4 * 8 < truncated[0] < 0.65 * 8
    assert truncated[3] is not None
    # PyAV gives 529,408: its last packet is filled up.
    assert found["90000014"][:2] == (12.0, 529_200)


BY_PROCESSES = """
import sys
from curate.catalogue.dataset import Dataset
from curate.steps.review.cut import cut
from curate.steps.acquire.import_ import import_
from curate.steps.review.keep import keep
from curate.steps.export.manifest import manifest
from curate.steps.inspect.show import show
if __name__ == "__main__":
    for jobs in (1, 2):
        with Dataset(f"birds{jobs}") as dataset:
            assert import_(dataset, [sys.argv[1]], jobs=jobs).added == 26
"""


def test_the_number_of_workers_changes_nothing(dataset, example_folder, tmp_path):
    import_(dataset, [example_folder])
    (tmp_path / "main.py").write_text(BY_PROCESSES)
    subprocess.run([sys.executable, "main.py", example_folder], cwd=tmp_path, check=True)
    one, two, thread = (
        state(tmp_path / name, tmp_path / f"{name}.dump") for name in ("birds1", "birds2", "birds")
    )
    assert one == two == thread


def test_another_label_is_told_and_taken_on_request(tmp_path):
    write_tone(tmp_path / "data" / "owl" / "a.wav", seconds=0.1)
    table = tmp_path / "labels.csv"
    table.write_text("path,label\ndata/owl/a.wav,frog\n")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [tmp_path / "data"])
        summary = import_(dataset, [table])
        assert (summary.known, summary.problem_counts["changed"]) == (1, 1)
        assert "'frog'" in summary.problems[0].reason
        assert dataset.store.value("SELECT label FROM labels") == "owl"
        assert import_(dataset, [table], replace_changed=True).relabelled == 1
        assert list(dataset.store.rows("SELECT label, role FROM labels")) == [("frog", "primary")]


def test_a_source_without_recordings_is_an_error_that_says_why(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"no recordings found in .*empty"):
        import_(Dataset(tmp_path / "birds"), [tmp_path / "empty"])
    table = tmp_path / "table.csv"
    table.write_text("path,label\nnowhere.wav,owl\n")
    with pytest.raises(FormatError, match=r"\(row without file, .*nowhere\.wav"):
        import_(Dataset(tmp_path / "birds"), [table])
    assert not (tmp_path / "birds").exists()


def test_a_source_without_recordings_leaves_what_lies_in_the_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FormatError):
        import_(Dataset(tmp_path), [tmp_path / "empty"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "notes.txt"]


def test_a_source_without_recordings_leaves_a_dataset_that_is_there(data, tmp_path):
    (tmp_path / "empty").mkdir()
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, data)
        before = dataset.store.value("SELECT count(*) FROM recordings")
        with pytest.raises(FormatError):
            import_(dataset, [tmp_path / "empty"])
        assert dataset.store.value("SELECT count(*) FROM recordings") == before


def test_annotations_of_known_recordings_are_not_told_as_recordings_without_a_label(tmp_path):
    write_tone(tmp_path / "data" / "owl" / "a.wav", seconds=2)
    (tmp_path / "data" / "owl" / "a.txt").write_text("0.5\t1.0\tcall\n")
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "data")
        summary = import_(dataset, tmp_path / "data" / "owl" / "a.txt", format="audacity")
    assert (summary.known, summary.annotated, summary.unlabelled) == (1, 1, 0)


def stretches(dataset):
    """What is kept of each raw file."""
    found = {}
    for row in manifest_rows.manifest_rows(dataset, audio="raw"):
        found.setdefault(row.path, []).append((row.onset, row.offset))
    return found


@pytest.fixture(scope="module")
def stripped(tmp_path_factory, example_folder):
    with in_a_thread(), Dataset(tmp_path_factory.mktemp("stripped") / "birds") as dataset:
        strip_voice(dataset, example_folder, render=False)
        yield dataset


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_manifest_of_raw_stretches_brings_back_nothing_that_was_cut(ending, stripped, dataset, tmp_path):
    manifest(stripped, tmp_path / f"m.{ending}", audio="raw")
    summary = import_(dataset, tmp_path / f"m.{ending}")
    assert summary.problems == []
    assert (summary.added, summary.limited) == (26, 9)
    assert stretches(dataset) == stretches(stripped)
    why = {row[0] for row in dataset.store.rows("SELECT reason FROM cuts")}
    assert why == {"not in the manifest"}


def test_rows_of_a_file_need_not_stand_together_and_windows_are_their_union(stripped, dataset, tmp_path):
    manifest(stripped, tmp_path / "m.csv", audio="raw", window=2.0, hop=1.0)
    header, *lines = (tmp_path / "m.csv").read_text().splitlines(keepends=True)
    (tmp_path / "m.csv").write_text(header + "".join(lines[::3] + lines[1::3] + lines[2::3]))
    assert import_(dataset, tmp_path / "m.csv").problems == []
    before = stretches(stripped)
    for path, spans in stretches(dataset).items():
        gone = intervals.complement(before[path], 0.0, 1e9)
        assert sum(map(intervals.total, intervals.overlaps(spans, gone))) == pytest.approx(0, abs=1e-6)
        long = [span for span in before[path] if span[1] - span[0] >= 1.0]
        assert intervals.total(spans) == pytest.approx(intervals.total(long or before[path]))


def test_a_known_recording_keeps_what_it_has(stripped, dataset, tmp_path):
    manifest(stripped, tmp_path / "m.csv", audio="raw")
    import_(dataset, tmp_path / "m.csv")
    before = stretches(dataset)
    whole = (tmp_path / "m.csv").read_text().splitlines(keepends=True)
    (tmp_path / "m.csv").write_text("".join(whole[:1] + whole[5:]))
    assert import_(dataset, tmp_path / "m.csv").limited == 0
    assert stretches(dataset) == before


def test_another_table_with_such_columns_still_names_whole_recordings(data, dataset):
    (data / "t.csv").write_text("path,label,onset,offset\nowl/a.wav,owl,0.05,0.1\n")
    assert import_(dataset, data / "t.csv").limited == 0
    assert [ends for [ends] in stretches(dataset).values()] == [(0, pytest.approx(0.2))]


def test_files_outside_a_table_s_folder_are_named_by_their_own_folder(tmp_path):
    for folder, freq in (("north/owls", 2000.0), ("south/owls", 4000.0)):
        write_tone(tmp_path / folder / "1.wav", freq=freq)
    table = tmp_path / "tables" / "all.csv"
    table.parent.mkdir()
    table.write_text(f"path,label\n{tmp_path}/north/owls/1.wav,owl\n../south/owls/1.wav,owl\n")
    with Dataset(tmp_path / "birds") as birds:
        import_(birds, [table])
        again = import_(birds, [table])
        assert (again.added, again.known) == (0, 2)
        assert [row[0] for row in show(birds, "recordings").rows] == [
            "local:owls/1.wav",
            "local:owls/1.wav~2",
        ]


def test_clean_copies_of_another_dataset_are_no_recordings(dataset, data):
    """As where a season's dataset lies in the folder of its recordings, and a new dataset takes all."""
    with Dataset(data / "birds") as before:
        first = import_(before, data)
        cut(before, "local:owl/a.wav", 0.05, 0.1)
        render(before)
        again = import_(before, data)
        assert any(before.clean.rglob("a.*"))
    assert not first.passed_over + again.passed_over
    assert (again.added, again.known, kinds(again)) == (0, 3, {})
    summary = import_(dataset, data)
    assert registered(dataset, "archive_id") == ["frog/c.wav", "owl/a.wav", "owl/b.wav"]
    assert kinds(summary) == {"export": 1}
    [problem] = summary.problems
    assert problem.path == str(data / "birds" / "clean")
    assert problem.reason == "holds clean copies of a dataset. To import them, name it alone"
    assert import_(dataset, data / "birds" / "clean").added == 1


@pytest.mark.parametrize(
    ("folders", "first", "below"),
    [
        (["2023/owl", "2023/wren", "2024/owl"], "2023, 2024", "owl"),
        (["Aves/Strix aluco", "Anura/Hyla arborea"], "Anura, Aves", "Hyla arborea, Strix aluco"),
    ],
    ids=["seasons", "taxa"],
)
def test_classes_below_the_first_folders_are_told(dataset, tmp_path, folders, first, below):
    for number, folder in enumerate(folders):
        write_tone(tmp_path / "data" / folder / "a.wav", seconds=0.2, freq=200.0 + 90 * number)
    foreseen = import_(dataset, tmp_path / "data", dry_run=True)
    summary = import_(dataset, tmp_path / "data")
    [problem] = summary.problems
    assert foreseen.problems == [problem]
    assert (problem.kind, problem.path) == ("read-as", str(tmp_path / "data"))
    assert problem.reason == (
        f"the first folders are the classes ({first}), and not those below ({below}). "
        f"If those below are, import each first folder: curate import {tmp_path / 'data'}/*"
    )
    with Dataset(tmp_path / "each") as each:
        again = import_(each, sorted((tmp_path / "data").iterdir()))
        assert set(labels(each).values()) == {os.path.basename(folder) for folder in folders}
    assert again.problems == []


def test_folders_of_their_own_below_classes_are_no_doubt(dataset, tmp_path):
    for number, folder in enumerate(("owl/2023", "wren/pond", "Strix aluco/Strix aluco aluco")):
        write_tone(tmp_path / "data" / folder / "a.wav", seconds=0.2, freq=200.0 + 90 * number)
    assert import_(dataset, tmp_path / "data").problems == []


def test_a_class_that_is_called_as_folders_of_sound_are_is_told(dataset, tmp_path):
    for number, folder in enumerate(("Audio files", "owl")):
        write_tone(tmp_path / "data" / folder / "a.wav", seconds=0.2, freq=200.0 + 90 * number)
    [problem] = import_(dataset, tmp_path / "data").problems
    assert (problem.kind, problem.path) == ("read-as", "Audio files")
    words = "its recordings have the class 'Audio files'. --folders ignore reads no class from it"
    assert problem.reason == words
    with Dataset(tmp_path / "none") as none:
        assert import_(none, tmp_path / "data", folders="ignore").problems == []


@pytest.mark.parametrize("name", ["train.csv", "set.csv"])
def test_a_manifest_of_ours_comes_back_with_its_audio_however_it_is_called(tmp_path, name):
    """`train.csv` beside `train_audio` is what BirdCLEF's folders hold, too."""
    for label in ("owl", "wren"):
        write_tone(tmp_path / "data" / label / "x.wav", seconds=1)
    with Dataset(tmp_path / "own") as own, in_a_thread():
        import_(own, tmp_path / "data")
        manifest(own, tmp_path / "out" / name, audio_mode="copy")
    with Dataset(tmp_path / "again") as again, in_a_thread():
        assert import_(again, tmp_path / "out" / name).added == 2
        assert [(row["recording_id"], row["label"]) for row in shown(again, "recordings")] == [
            ("local:owl/x.wav", "owl"),
            ("local:wren/x.wav", "wren"),
        ]
        with pytest.raises(FormatError, match="name its table"):
            import_(again, tmp_path / "out")
