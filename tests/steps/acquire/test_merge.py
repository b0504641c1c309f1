"""Parts that were worked on apart are, put together, what one run would have made."""

from __future__ import annotations

import csv

import pytest

from curate.catalogue import verdicts
from curate.catalogue.dataset import Dataset
from curate.decisions.review_priority import ReviewItem
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from curate.steps.acquire.split_work import split_work
from curate.steps.balance.split import split
from curate.steps.clean.dedupe import dedupe
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.common.settle_verdicts import settle
from curate.steps.export.manifest import manifest
from curate.steps.review.cut import cut
from curate.steps.review.keep import keep
from curate.steps.review.same import same
from curate.steps.review.undo import undo
from curate.web import reviewer_answers
from curate.web.review_session import Decision, ReviewSession
from tests import signals
from tests.datasets import shown, state, write_sound, write_tone
from tests.engines import in_a_thread

pytestmark = pytest.mark.usefixtures("thread")


def work(dataset):
    """What is done to a set, in its order."""
    strip_voice(dataset)
    trim(dataset)
    dedupe(dataset)
    split(dataset, folds=3)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory):
    """A dataset of the example that one run made, with a manifest of it."""
    folder = tmp_path_factory.mktemp("one")
    example(folder / "example")
    with in_a_thread(), Dataset(folder / "birds") as birds:
        import_(birds, folder / "example")
        work(birds)
        manifest(birds, folder / "one.csv")
    return folder


@pytest.fixture(scope="module")
def parts(one_run):
    """Parts of the same set, each of which was worked on as if it were alone."""
    with in_a_thread(), Dataset(one_run / "base") as base:
        import_(base, one_run / "example")
        made = [part.folder for part in split_work(base, parts=3, out=one_run / "parts").parts]
        for part in made:
            with Dataset(part) as dataset:
                work(dataset)
    return made


def merged(folder, parts):
    """Put parts together, and decide on the whole."""
    with Dataset(folder) as whole:
        summary = merge(whole, parts)
        assert summary.again == ["strip-voice", "trim", "dedupe", "split"]
        assert summary.problems == []
        assert summary.copies > 5
        assert strip_voice(whole).scanned == trim(whole).scanned == dedupe(whole).scanned == 0
        split(whole, folds=3)
        manifest(whole, folder / "whole.csv")
    return summary


def test_parts_that_were_worked_on_apart_give_what_one_run_gives(one_run, parts, tmp_path):
    summary = merged(one_run / "base", parts)
    assert (summary.added, summary.known) == (0, 26)
    assert rows_of(one_run / "base" / "whole.csv") == rows_of(one_run / "one.csv")
    before, after = (state(one_run / name, tmp_path / name) for name in ("birds", "base"))
    assert after["files"] == before["files"]
    same = (
        "recordings",
        "labels",
        "coverage",
        "segments",
        "tracks",
        "cuts",
        "pieces",
        "clusters",
        "assignments",
    )
    for table in same:
        assert after["tables"][table] == before["tables"][table], table


def test_parts_make_a_new_dataset_that_gives_what_one_run_gives(one_run, parts, tmp_path):
    summary = merged(tmp_path / "new", parts)
    assert (summary.added, summary.known) == (26, 0)
    made, wanted = (rows_of(path) for path in (tmp_path / "new" / "whole.csv", one_run / "one.csv"))
    # In the order of the parts.
    assert sorted(tuple(row.items()) for row in made) == sorted(tuple(row.items()) for row in wanted)


def rows_of(path):
    """Rows of a manifest, without the place of its dataset."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{**row, "path": row["path"].rpartition("/")[2]} for row in csv.DictReader(file)]


def datasets(tmp_path, **files):
    """Datasets of tones, each imported from a folder of its own: by name, files with frequencies."""
    for name, tones in files.items():
        for path, freq in tones.items():
            write_tone(tmp_path / f"{name}-data" / path, freq=freq)
        with Dataset(tmp_path / name) as dataset:
            import_(dataset, tmp_path / f"{name}-data")
    return [tmp_path / name for name in files]


def test_what_is_twice_in_several_parts_is_found(tmp_path):
    parts = datasets(
        tmp_path,
        north={"owl/1.wav": 3000.0, "owl/2.wav": 4000.0},
        south={"owl/1.wav": 5000.0, "frog/9.wav": 4000.0},
    )
    with Dataset(tmp_path / "all") as whole:
        summary = merge(whole, parts)
        assert (summary.added, summary.known) == (4, 0)
        assert summary.same_bytes == [("local:frog/9.wav", "local:owl/2.wav")]
        assert [(problem.kind, problem.path) for problem in summary.problems] == [
            ("renamed-id", "local:owl/1.wav~2")
        ]
        again = merge(whole, parts)
        assert (again.added, again.known, again.same_bytes) == (0, 4, [])
        assert dedupe(whole, sound=False).dropped == 1


def test_verdicts_come_once_and_those_that_were_withdrawn_stay_so(tmp_path):
    [base] = datasets(tmp_path, base={"owl/1.wav": 3000.0, "owl/2.wav": 4000.0})
    with Dataset(base) as birds:
        cut(birds, "owl/1.wav", 0.1, 0.2, reviewer="ana")
        parts = [part.folder for part in split_work(birds, parts=2).parts]
        holder = next(part for part in parts if holds(part, "owl/1.wav"))
        with Dataset(holder) as part:
            undo(part, "last", reviewer="ana")
            cut(part, "owl/1.wav", 0.5, 0.7, reviewer="bo")
        assert merge(birds, parts).verdicts == 1
        assert merge(birds, parts).verdicts == 0
        verdicts = list(birds.store.rows("SELECT onset, withdrawn IS NULL FROM verdicts ORDER BY onset"))
        assert verdicts == [(0.1, 0), (0.5, 1)]
        [excised] = birds.store.rows("SELECT onset, offset FROM cuts WHERE action = 'excise'")
        assert excised == pytest.approx((0.5, 0.7))


def silent_between(path):
    """Write 20 s of a tone that is silent from 10 to 14 s: `trim` cuts within these."""
    y = signals.noise(sr=16000, seconds=20.0, gain=0.01) + signals.tone(
        3000.0, sr=16000, seconds=20.0, gain=0.1
    )
    y[:, 16000 * 10 : 16000 * 14] = 0.0
    write_sound(path, y, 16000)


def test_a_part_in_which_people_only_decided_takes_no_cuts_away(tmp_path):
    for name in ("1", "2"):
        silent_between(tmp_path / "data" / "owl" / f"{name}.wav")
    for name in ("mine", "bos"):
        with Dataset(tmp_path / name) as birds:
            import_(birds, tmp_path / "data")
    with Dataset(tmp_path / "bos") as bos:
        keep(bos, "owl/1.wav", 11.0, 20.0, reviewer="bo")
        cut(bos, "owl/2.wav", 0.0, 1.0, reviewer="bo")
    with Dataset(tmp_path / "mine") as mine:
        trim(mine)
        trimmed = [(row["onset"], row["offset"]) for row in shown(mine, "cuts", recording="owl/2.wav")]
        assert len(trimmed) == 1
        assert merge(mine, tmp_path / "bos").verdicts == 2
        left = [(row["onset"], row["offset"]) for row in shown(mine, "cuts", recording="owl/1.wav")]
        assert left == [(trimmed[0][0], 11.0)]
        cuts = [(row["onset"], row["offset"]) for row in shown(mine, "cuts", recording="owl/2.wav")]
        assert cuts == [(0.0, 1.0), *trimmed]


def test_a_step_that_was_taken_back_in_a_part_is_taken_back_there(tmp_path):
    for name in ("1", "2"):
        silent_between(tmp_path / "data" / "owl" / f"{name}.wav")
    with Dataset(tmp_path / "mine") as mine:
        import_(mine, tmp_path / "data")
        trim(mine)
        part, _ = (each.folder for each in split_work(mine, parts=2).parts)
        with Dataset(part) as his:
            undo(his, "trim")
        merge(mine, part)
        assert len(shown(mine, "cuts")) == 1


def test_a_verdict_on_a_pair_goes_to_a_part_with_both_and_comes_back(tmp_path):
    [base] = datasets(tmp_path, base={f"owl/{number}.wav": 3000.0 + 500 * number for number in range(4)})
    with Dataset(base) as birds:
        same(birds, "owl/0.wav", "owl/1.wav")
        same(birds, "owl/1.wav", "owl/3.wav")
        parts = [part.folder for part in split_work(birds, parts=2).parts]
        with pytest.raises(UsageError, match="fewer recordings than 3 parts"):
            split_work(birds, parts=3, out=tmp_path / "more")
    with Dataset(tmp_path / "whole") as whole:
        assert merge(whole, parts).verdicts == 2
        pairs = {(row["recording_id"][-5:], row["other"][-5:]) for row in shown(whole, "verdicts")}
        assert pairs == {("0.wav", "1.wav"), ("1.wav", "3.wav")}


def test_answers_of_two_people_who_worked_apart_are_compared(tmp_path):
    """The item that a verdict answers is named by its recording, which has another number here."""
    first, second = datasets(
        tmp_path, one={"owl/0.wav": 2500.0, "owl/1.wav": 3000.0}, two={"owl/1.wav": 3000.0}
    )
    item = ReviewItem(1, 0.1, 0.6, "speech", "why")
    with Dataset(second) as his:
        desk = ReviewSession(second, "quality", [item], settle=lambda *_, **__: None)
        desk.decide([Decision(item.key, "bo", "cut", 0.1, 0.6, act="a1")])
        desk.decide([Decision(item.key, "bo", "keep", 0.7, 0.8, beside=True)])
        assert set(reviewer_answers.by_item(his.store)) == {"1-100-600"}
    with Dataset(first) as hers:
        merge(hers, second)
        assert set(reviewer_answers.by_item(hers.store)) == {"2-100-600"}
        said = [reviewer_answers.seen(each) for each in verdicts.of_recording(hers.store, 2)]
        assert [each.get("beside") for each in said] == [None, "2-100-600"]


@pytest.mark.parametrize(("order", "into_the_first"), [(("ana", "bo"), False), (("bo", "ana"), True)])
def test_what_people_decided_apart_is_carried_out_and_the_later_word_counts(order, into_the_first, tmp_path):
    for name in ("1", "2"):
        silent_between(tmp_path / "data" / "owl" / f"{name}.wav")
    for name in order:
        with Dataset(tmp_path / name) as birds:
            import_(birds, tmp_path / "data")
            trim(birds)
    with Dataset(tmp_path / "ana") as anas, Dataset(tmp_path / "bo") as bos:
        trimmed = list(anas.store.rows("SELECT onset, offset FROM cuts WHERE recording = 1"))
        assert [(onset > 10, offset < 14) for onset, offset in trimmed] == [(True, True)]
        cut(bos, "owl/2.wav", 0.5, 1.0, reviewer="bo")
        keep(anas, "owl/1.wav", 10.0, 14.0, reviewer="ana")  # bo's machine cuts it
        cut(anas, "owl/2.wav", 0.0, 1.5, reviewer="ana", label="wind")
        keep(bos, "owl/2.wav", 0.5, 1.0, reviewer="bo")  # the last word about it
    first, *others = [tmp_path / name for name in order]
    target, parts = (first, others) if into_the_first else (tmp_path / "whole", [first, *others])
    with Dataset(target) as whole:
        merge(whole, parts)
        cuts = "SELECT step, onset, offset FROM cuts WHERE recording = ? AND action <> 'flag' ORDER BY onset"
        assert list(whole.store.rows(cuts, (1,))) == []
        decided = [
            ("review", pytest.approx(0.0), pytest.approx(0.5)),
            ("review", pytest.approx(1.0), pytest.approx(1.5)),
            ("trim", *trimmed[0]),
        ]
        assert list(whole.store.rows(cuts, (2,))) == decided
        trim(whole)
        assert list(whole.store.rows(cuts, (1,))) == []
        assert list(whole.store.rows(cuts, (2,))) == decided
        undo(whole, "last", reviewer="bo")
        assert [row[1:] for row in whole.store.rows(cuts, (2,))] == [(0.0, pytest.approx(1.5)), trimmed[0]]


def holds(part, name):
    with Dataset(part) as dataset:
        return dataset.store.value("SELECT count(*) FROM recordings WHERE archive_id = ?", (name,)) == 1


def test_work_of_the_dataset_itself_is_not_lost(tmp_path):
    [base] = datasets(tmp_path, base={"owl/1.wav": 3000.0})
    with Dataset(base) as birds:
        [part] = split_work(birds, parts=1).parts
        trim(birds)
        before = list(birds.store.rows("SELECT * FROM coverage"))
        assert before
        summary = merge(birds, part.folder)
        assert summary.again == []
        assert list(birds.store.rows("SELECT * FROM coverage")) == before
        assert birds.store.value("SELECT count(*) FROM settings WHERE step = 'trim'") == 1


def test_a_file_whose_bytes_are_others_is_told_and_not_taken(tmp_path):
    parts = datasets(tmp_path, base={"owl/1.wav": 3000.0})
    write_tone(tmp_path / "base-data" / "owl" / "1.wav", freq=4000.0)
    with Dataset(tmp_path / "late") as late:
        import_(late, tmp_path / "base-data")
        cut(late, "owl/1.wav", 0.1, 0.2)
        cut(late, "owl/1.wav", 0.2, 0.3)
    with Dataset(tmp_path / "all") as whole:
        summary = merge(whole, [*parts, tmp_path / "late"])
        assert (summary.added, summary.known, summary.verdicts) == (1, 0, 0)
        [problem] = summary.problems
        assert problem.kind == "changed"
        assert problem.reason.endswith("It was left out, and 2 verdicts with it")


def test_annotations_that_differ_are_told_and_those_here_stay(tmp_path):
    [base] = datasets(tmp_path, base={"owl/1.wav": 3000.0})
    with Dataset(base) as birds:
        [part] = split_work(birds, parts=1).parts
        for dataset, onset in ((birds, 0.1), (Dataset(part.folder), 0.3)):
            table = tmp_path / "marks.csv"
            table.write_text(
                f"path,onset,offset,label\nbase-data/owl/1.wav,{onset},0.9,owl\n", encoding="utf-8"
            )
            with dataset:
                import_(dataset, table)
        summary = merge(birds, part.folder)
        assert [(problem.kind, problem.path) for problem in summary.problems] == [
            ("kept-mark", "annotations")
        ]
        assert birds.store.value("SELECT onset FROM segments") == pytest.approx(0.1)


def test_what_cannot_be_merged_is_refused(tmp_path):
    [base] = datasets(tmp_path, base={"owl/1.wav": 3000.0})
    with Dataset(base) as birds:
        with pytest.raises(UsageError, match="is the dataset itself"):
            merge(birds, base)
        with pytest.raises(UsageError, match="named twice"):
            merge(birds, [tmp_path / "x", tmp_path / "x"])
    with Dataset(tmp_path / "new") as new, pytest.raises(NotInCatalogue, match="no dataset in"):
        merge(new, tmp_path / "nothing")
    assert not (tmp_path / "new").exists()


def test_recordings_of_the_dataset_s_own_folder_are_found_from_elsewhere(tmp_path):
    """Downloads lie in raw/, and their paths are kept relative."""
    write_tone(tmp_path / "birds" / "raw" / "owl" / "1.wav")
    with Dataset(tmp_path / "birds") as birds:
        import_(birds, tmp_path / "birds" / "raw")
        parts = split_work(birds, out=tmp_path / "parts", parts=1).parts
    with Dataset(parts[0].folder) as part:
        trim(part)
    with Dataset(tmp_path / "birds") as birds:
        assert merge(birds, parts[0].folder).known == 1
        assert birds.store.value("SELECT path FROM recordings") == "raw/owl/1.wav"


def test_a_part_that_calls_a_class_otherwise_is_told(tmp_path):
    for name, taxon in (("a", "Tyto alba"), ("b", "Tyto furcata")):
        sound = write_tone(tmp_path / f"{name}.wav", seconds=0.2, freq=300.0 + ord(name))
        (tmp_path / f"{name}.csv").write_text(
            f"file,label,scientific_name\n{sound.name},barowl1,{taxon}\n", encoding="utf-8"
        )
        with Dataset(tmp_path / f"part_{name}") as part:
            import_(part, tmp_path / f"{name}.csv")
    with Dataset(tmp_path / "whole") as whole:
        summary = merge(whole, [tmp_path / "part_a", tmp_path / "part_b"])
        assert list(whole.store.rows("SELECT label, scientific_name FROM taxa")) == [("barowl1", "Tyto alba")]
    words = f"'Tyto furcata' in {tmp_path / 'part_b'}. 'Tyto alba' here counts for the whole class"
    assert [(each.kind, each.path, each.reason) for each in summary.problems] == [
        ("disagreement", "barowl1", words)
    ]


def two_apart(tmp_path, here, there):
    """Two datasets of the same two recordings, each with a table of its own."""
    for name in ("1", "2"):
        write_tone(tmp_path / "data" / f"{name}.wav", freq=3000.0 + 500 * int(name))
    for name, rows in (("here", here), ("there", there)):
        table = tmp_path / f"{name}.csv"
        table.write_text("\n".join(["path,label,license,recordist,locality", *rows, ""]), encoding="utf-8")
        with Dataset(tmp_path / name) as birds:
            import_(birds, table)
    return tmp_path / "here", tmp_path / "there"


def labels(birds):
    return [row[0] for row in birds.store.rows("SELECT label FROM labels ORDER BY recording")]


def call(folder, key, word, reviewer):
    items = [ReviewItem(number, 0.0, 1.0, "", "") for number in (1, 2)]
    desk = ReviewSession(folder, "labels", items, settle=settle)
    item = items[key - 1]
    desk.decide([Decision(item.key, reviewer, "relabel", 0.0, 1.0, word)])


def test_what_people_call_a_recording_goes_by_the_later_word_and_the_archive_s_stays_ours(tmp_path):
    """A part that relabelled replaced what the archive had said here meanwhile, and so did an undo."""
    here, there = two_apart(
        tmp_path, ["data/1.wav,owl,,,", "data/2.wav,owl,,,"], ["data/1.wav,frog,,,", "data/2.wav,frog,,,"]
    )
    call(there, 1, "toad", "bo")
    call(there, 2, "toad", "bo")
    call(here, 2, "newt", "ana")
    with Dataset(here) as birds:
        summary = merge(birds, there)
        assert labels(birds) == ["toad", "newt"]
        assert [problem.reason.partition(". ")[0] for problem in summary.problems] == [
            f"label 'frog' here, 'owl' in the catalogue, and '{label}' by a person"
            for label in ("toad", "newt")
        ]
        undo(birds, "last", reviewer="ana")
        undo(birds, "last", reviewer="bo")
        undo(birds, "last", reviewer="bo")
        assert labels(birds) == ["owl", "owl"]


def test_facts_of_a_part_fill_what_is_empty_here_and_differences_are_told(tmp_path):
    here, there = two_apart(
        tmp_path,
        ["data/1.wav,,cc0,ana,", "data/2.wav,owl,,,pond"],
        ["data/1.wav,frog,cc-by-nc,ana,wood", "data/2.wav,owl,cc0,bo,lake"],
    )
    with Dataset(here) as birds:
        summary = merge(birds, there)
        assert (summary.known, summary.completed) == (2, 2)
        assert labels(birds) == ["frog", "owl"]
        facts = list(birds.store.rows("SELECT license, recordist, locality FROM recordings ORDER BY id"))
        assert facts == [("cc-by-nc", "ana", "wood"), ("cc0", "bo", "pond")]
        told = {problem.path: problem.reason for problem in summary.problems}
        assert "license 'cc-by-nc' here, which counts" in told["local:data/1.wav"]
        assert "locality 'lake' here, 'pond' in the catalogue" in told["local:data/2.wav"]
        again = merge(birds, there)
        assert again.completed == 0
