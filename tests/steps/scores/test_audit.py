"""`curate audit`: labels that are probably wrong, found by scores, duplicates and several persons."""

from __future__ import annotations

import csv
import json

import pytest

from curate.catalogue import duplicates, layers
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import CatalogueError, FormatError, UsageError
from curate.steps.inspect.show import show
from curate.steps.review.cut import cut
from curate.steps.review.undo import undo
from curate.steps.run import run
from curate.steps.scores.audit import COLUMNS, audit
from curate.web import queues
from tests.archive import dataset_of, register, row
from tests.datasets import state

CLASSES = ("frog", "owl", "wren")

#: Numbers of the recordings whose label is wrong, and what they really are.
PLANTED = {5: "owl", 12: "wren", 31: "frog"}


def true(number):
    return PLANTED.get(number, called(number))


def called(number):
    return CLASSES[number % 3]


def score(number, name):
    """What a fair model says: sure of the truth, a little unsure of everything."""
    return round((0.8 if true(number) == name else 0.1) + 0.03 * (number % 4), 3)


@pytest.fixture
def birds(tmp_path):
    """Forty recordings of three classes, of which three have another's label."""
    with dataset_of(tmp_path / "birds", [row(number, called(number)) for number in range(40)]) as dataset:
        yield dataset


@pytest.fixture
def scores(tmp_path):
    with (tmp_path / "oof.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["recording_id", "onset", "offset", *CLASSES])
        for number in range(40):
            writer.writerow([f"xeno-canto:{number}", 0, 5, 0.05, 0.05, 0.05])
            writer.writerow([f"xeno-canto:{number}", 5, 10, *(score(number, name) for name in CLASSES)])
    return tmp_path / "oof.csv"


def answers(folder, rows):
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["annotator", "recording", "label"])
        writer.writerows(rows)
    return folder / "answers.csv"


def ids(found):
    return {int(each.recording_id.partition(":")[2]) for each in found}


def segments(dataset, layer):
    table = show(dataset, "segments", layer=layer)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {int(each["recording_id"].partition(":")[2]): each["label"] for each in rows}


def test_planted_errors_come_first_with_what_they_are(birds, scores):
    summary = audit(birds, scores)
    assert (summary.recordings, summary.suspects, summary.unscored) == (40, 3, 0)
    worst = summary.worst[:3]
    assert {int(each.recording_id.partition(":")[2]): each.other for each in worst} == PLANTED
    assert all(each.suspect for each in worst)
    assert not any(each.suspect for each in summary.worst[3:])
    assert all((each.onset, each.offset) == (5, 10) for each in worst)  # where the other class is heard


def test_the_noise_of_each_class_is_estimated(birds, scores):
    found = {each.label: each for each in audit(birds, scores).classes}
    assert {label: (each.recordings, each.suspects) for label, each in found.items()} == {
        "frog": (14, 1),
        "owl": (13, 1),
        "wren": (13, 1),
    }
    assert found["frog"].noise == pytest.approx(1 / 14, abs=0.001)
    assert (found["frog"].most, found["owl"].most, found["wren"].most) == ("wren", "frog", "owl")


def test_the_threshold_that_is_proposed_takes_the_errors_alone(birds, scores):
    summary = audit(birds, scores)
    assert summary.truth == "estimated"
    assert (summary.reject.kept, summary.reject.risk, summary.reject.errors_removed) == (37, 0.0, 1.0)
    assert (summary.risk[0].kept, summary.risk[0].coverage) == (40, 1.0)
    margins = [each.margin for each in summary.worst]
    assert margins == sorted(margins)
    assert margins[2] < summary.reject.threshold <= margins[3]


def test_the_review_asks_about_what_is_doubted(birds, scores):
    assert queues.items(birds.store, "labels", n=9, reviewer="ana") == []
    audit(birds, scores)
    numbers = {row[0]: row[1] for row in birds.store.rows("SELECT id, archive_id FROM recordings")}
    items = queues.items(birds.store, "labels", n=9, reviewer="ana")
    assert {int(numbers[item.recording]) for item in items} == set(PLANTED)
    assert all(item.why.startswith("perhaps ") and item.layer == "audit" for item in items)
    number = layers.find_number(birds.store, "audit")
    assert len(list(layers.looked_at(birds.store, number))) == 40


def test_what_is_known_of_the_background_is_no_error(tmp_path, scores):
    rows = [row(at, called(at), secondary_labels=(true(at),) if at in PLANTED else ()) for at in range(40)]
    with dataset_of(tmp_path / "more", rows) as dataset:
        summary = audit(dataset, scores)
    assert (summary.suspects, summary.reject) == (0, None)


def test_labels_that_the_model_does_not_know_are_counted(tmp_path, scores):
    rows = [row(0), row(1, "lark"), row(2, ""), row(3)]
    with dataset_of(tmp_path / "more", rows) as dataset:
        lines = scores.read_text().splitlines()[:7]
        scores.write_text("\n".join(lines) + "\n")
        summary = audit(dataset, scores)
    assert (summary.recordings, summary.unscored) == (1, 1)


NAMES = {"frog": ("Hyla picta", "Tree Frog"), "owl": ("Strix aluco", "Tawny Owl"), "wren": ("", "")}


@pytest.mark.parametrize(
    "called_there",
    [
        ("Hyla picta", "Strix aluco", "wren"),
        ("tree frog", "OWL", "Wren"),
        ("Hyla picta_Laubfrosch", "owl", "wren"),
    ],
)
def test_classes_are_known_by_any_of_their_names_in_tables_and_in_answers(tmp_path, scores, called_there):
    rows = [
        row(n, name, scientific_name=NAMES[name][0], common_name=NAMES[name][1])
        for n, name in ((n, called(n)) for n in range(40))
    ]
    there = dict(zip(CLASSES, called_there, strict=True))
    text = scores.read_text().replace(",".join(CLASSES), ",".join(called_there))
    scores.write_text(text)
    said = answers(tmp_path, [("ana", f"xeno-canto:{n}", there[true(n)]) for n in range(40)])
    with dataset_of(tmp_path / "named", rows) as dataset:
        by_scores = audit(dataset, scores)
        assert (by_scores.recordings, by_scores.unscored, ids(by_scores.worst[:3])) == (40, 0, set(PLANTED))
        read = {problem.path.rpartition(": ")[2]: problem.reason for problem in by_scores.problems}
        assert read == {there[name]: f"is the class {name}" for name in CLASSES if there[name] != name}
        assert (by_scores.failed, by_scores.unscored_classes) == (0, [])
        assert audit(dataset, annotators=said).disputed == 3


def test_classes_that_no_table_has_are_named(birds, scores, capsys):
    scores.write_text(scores.read_text().replace("frog", "toad"))
    summary = audit(birds, scores)
    assert (summary.recordings, summary.unscored, summary.unscored_classes) == (26, 14, ["frog"])
    assert main(["audit", str(scores), "-d", str(birds.folder), "--dry-run"]) == 0
    assert "classes that no table scores: frog" in capsys.readouterr().out


def test_labels_of_dropped_recordings_are_left_out_and_come_back(birds, scores, capsys):
    cut(birds, "xeno-canto:12", 0.0, 30.0)
    cut(birds, "xeno-canto:9", 0.0, 30.0)
    summary = audit(birds, scores)
    assert (summary.recordings, summary.suspects, summary.unscored, summary.dropped) == (38, 2, 0, 2)
    assert segments(birds, "audit").keys() == PLANTED.keys() - {12}
    assert main(["audit", str(scores), "-d", str(birds.folder), "--dry-run"]) == 0
    assert "2 labels of dropped recordings left out" in capsys.readouterr().out
    for _ in range(2):
        undo(birds, "last", render=False)
    summary = audit(birds, scores)
    assert (summary.recordings, summary.suspects, summary.dropped) == (40, 3, 0)


def test_folds_come_in_a_table_each(birds, scores, tmp_path):
    header, *lines = scores.read_text().splitlines()
    files = []
    for fold in range(3):
        own = [line for at, line in enumerate(lines) if at // 2 % 3 == fold]
        files.append(tmp_path / f"fold{fold}.csv")
        files[-1].write_text("\n".join([header, *own]) + "\n")
    together = audit(birds, scores, dry_run=True)
    assert audit(birds, files, dry_run=True).worst == together.worst


def test_the_worst_go_into_a_table_that_is_replaced_only_if_it_is_ours(birds, scores, tmp_path):
    out = tmp_path / "worst.csv"
    audit(birds, scores, out=out, max_items=3)
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {int(each["recording_id"].partition(":")[2]): each["other"] for each in rows} == PLANTED
    assert audit(birds, scores, out=out, max_items=5).path == str(out)
    out.write_text("mine\n")
    with pytest.raises(UsageError, match="was changed since curate wrote it"):
        audit(birds, scores, out=out)
    assert out.read_text() == "mine\n"


def test_a_dry_run_and_a_second_run_change_nothing(birds, scores, tmp_path):
    before = state(birds.folder, tmp_path / "one")
    audit(birds, scores, out=tmp_path / "worst.csv", dry_run=True)
    assert not (tmp_path / "worst.csv").exists()
    assert state(birds.folder, tmp_path / "two") == before
    audit(birds, scores)
    once = state(birds.folder, tmp_path / "three")
    audit(birds, scores)
    assert state(birds.folder, tmp_path / "four") == once
    assert list(once["tables"]["labels"]) == list(before["tables"]["labels"])


def test_several_persons_become_one_label(birds, tmp_path):
    # Ana is always right, Ben and Dee err now and then, Cem calls everything a frog.
    rows = []
    for number in range(40):
        wrong = CLASSES[(CLASSES.index(true(number)) + 1) % 3]
        rows += [
            ("ana", f"xeno-canto:{number}", true(number)),
            ("ben", f"xeno-canto:{number}", wrong if number % 10 == 1 else true(number)),
            ("cem", f"xeno-canto:{number}", "frog"),
            ("dee", f"xeno-canto:{number}", wrong if number % 10 == 2 else true(number)),
        ]
    summary = audit(birds, annotators=answers(tmp_path, rows))
    assert (summary.answered, summary.disputed) == (40, len(PLANTED))
    assert {int(each.recording_id.partition(":")[2]): each.consensus for each in summary.worst[:3]} == PLANTED
    by_name = {each.name: each for each in summary.annotators}
    assert by_name["ana"].right > by_name["ben"].right > by_name["cem"].right
    assert by_name["ana"].kappa > 0.95
    assert 0 < summary.agreement < 1
    assert segments(birds, "annotators") == {number: true(number) for number in range(40)}
    assert segments(birds, "audit") == PLANTED


def test_what_persons_say_decides_what_an_error_is(birds, scores, tmp_path):
    # They answered the first twenty recordings, and find one error that the model does not see.
    told = {number: "owl" if number == 0 else true(number) for number in range(20)}
    rows = [(who, f"xeno-canto:{number}", label) for who in "ab" for number, label in told.items()]
    summary = audit(birds, scores, annotators=answers(tmp_path, rows))
    assert (summary.truth, summary.disputed) == ("annotators", 3)
    assert summary.risk[0].kept == 20
    assert ids(summary.worst[:4]) == {0, 5, 12, 31}
    assert segments(birds, "audit") == {**PLANTED, 0: "owl"}


def test_a_person_agrees_with_others_and_not_with_oneself(birds, tmp_path):
    said = [(f"xeno-canto:{at}", "owl" if at % 2 else "wren", "wren" if at % 2 else "owl") for at in range(6)]
    once = [row for at, one, two in said for row in (("ana", at, one), ("ben", at, two))]
    thrice = [row for at, one, two in said for row in (3 * [("ana", at, one)] + [("ben", at, two)])]
    for rows, repeated in ((once, 0), (thrice, 12)):
        summary = audit(birds, annotators=answers(tmp_path, rows))
        assert summary.agreement == pytest.approx(-1)
        assert [each.right for each in summary.annotators] == [0.5, 0.5]
        assert [each.answers for each in summary.annotators] == [6, 6]
        assert summary.repeated == repeated


def test_one_person_who_says_it_three_times_does_not_outvote_two(birds, tmp_path):
    rows = [
        *3 * [("ana", "xeno-canto:1", "owl")],
        ("ben", "xeno-canto:1", "frog"),
        ("cem", "xeno-canto:1", "frog"),
    ]
    summary = audit(birds, annotators=answers(tmp_path, rows))
    assert segments(birds, "annotators") == {1: "frog"}
    assert summary.agreement == pytest.approx(-0.5)


def test_a_tie_does_not_dispute_the_label_that_shares_it(birds, tmp_path):
    # The alphabet would decide for the other label.
    rows = [(who, "xeno-canto:2", label) for who, label in (("ana", "frog"), ("ben", called(2)))]
    assert called(2) == "wren"
    summary = audit(birds, annotators=answers(tmp_path, rows))
    assert (summary.answered, summary.disputed) == (1, 0)
    assert segments(birds, "annotators") == {2: "wren"}


def test_duplicates_with_different_labels_are_conflicts(tmp_path, scores):
    rows = [row(number, called(number)) for number in range(40)]
    digests = [f"{number:064x}" for number in range(40)]
    digests[4] = digests[0]  # the same bytes are called owl and frog
    digests[6] = digests[3]  # and these both frog
    with dataset_of(tmp_path / "more", rows, sha256=digests) as dataset:
        with dataset.writing("test", {}):
            match = (10, 9, 0, "sound", 1.0, 4.0, 0.0, 3.0, 50.0)
            hint = (20, 22, 0, "metadata", 0.0, 0.0, 0.0, 0.0, None)
            duplicates.replace(dataset.store, [match, hint], {}, [])
        found = audit(dataset, scores, dry_run=True).conflicts
    assert [
        (each.recording_id, each.label, each.other, each.other_label, each.seconds) for each in found
    ] == [
        ("xeno-canto:0", "frog", "xeno-canto:4", "owl", 30.0),
        ("xeno-canto:8", "wren", "xeno-canto:9", "frog", 3.0),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("annotator,recording\na,b\n", "lacks a column for the label"),
        ("recording,label\na,b\n", "lacks a column for the annotator"),
        ("annotator,recording,label\na,elsewhere,owl\n", "names only recordings outside the dataset"),
    ],
)
def test_a_table_that_holds_no_answers_is_refused(birds, tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises((FormatError, UsageError), match=words):
        audit(birds, annotators=tmp_path / "a.csv")


def test_answers_that_cannot_be_used_are_told(birds, tmp_path):
    rows = [("a", "xeno-canto:0", "owl"), ("a", "elsewhere", "owl"), ("a", "xeno-canto:1", "")]
    summary = audit(birds, annotators=answers(tmp_path, rows))
    assert sorted(each.kind for each in summary.problems) == ["bad-row", "row-without-file"]
    assert summary.answered == 1


def test_nothing_to_compare_with_is_told(birds, scores):
    with pytest.raises(UsageError, match="to compare labels with"):
        audit(birds)
    with pytest.raises(UsageError, match="max-items must be 1 or more"):
        audit(birds, scores, max_items=0)


def test_the_layer_of_somebody_else_is_left_alone(birds, scores):
    with birds.writing("test", {}):
        layers.define(birds.store, "annotators", producer="import", version="1", parameters={})
    with pytest.raises(UsageError, match="was made by import"):
        audit(birds, scores)


def test_a_recipe_audits(birds, scores):
    recipe = birds.folder / "r.toml"
    recipe.write_text(f"[[step]]\nrun = 'audit'\npredictions = ['{scores}']\nout = 'worst.csv'\n")
    assert run(birds, recipe).steps[-1].summary.suspects == 3
    assert (birds.folder / "worst.csv").is_file()
    recipe.write_text("[[step]]\nrun = 'audit'\n")
    with pytest.raises(UsageError, match="to compare labels with"):
        run(birds, recipe)


def test_the_command_speaks_to_people_and_programs(birds, scores, tmp_path, capsys):
    register(birds, [row(40, "frog")], sha256=[f"{1:064x}"])
    rows = [(who, f"xeno-canto:{number}", true(number)) for who in ("ana", "ben") for number in range(9)]
    command = ["audit", str(scores), "-d", str(birds.folder), "--annotators", str(answers(tmp_path, rows))]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["suspects"], found["disputed"], len(found["conflicts"])) == (3, 1, 1)
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "40 labels compared with scores, 3 suspect" in said
    assert "9 recordings answered, agreement (Fleiss' kappa) 1.00. 1 have another label than theirs" in said
    assert "1 pair of duplicates with different labels" in said


def test_a_missing_dataset_is_told_and_not_made(tmp_path, scores):
    with Dataset(tmp_path / "none") as none, pytest.raises(CatalogueError):
        audit(none, scores)
    assert not (tmp_path / "none").exists()


def test_scores_of_a_recording_that_is_elsewhere_go_to_no_other_of_its_name(birds, tmp_path):
    """Recorders at two sites give the same name."""
    lines = ["path,onset,offset,frog,owl,wren"]
    for number in range(40):
        values = ",".join(str(score(number, name)) for name in CLASSES)
        lines.append(f"{called(number)}/{number}.wav,5,10,{values}")
    lines += ["hawk/1.wav,0,5,0.9,0,0.05", "/cards/hawk/1.wav,0,5,0.9,0,0.05"]
    (tmp_path / "oof.csv").write_text("\n".join(lines) + "\n")
    summary = audit(birds, tmp_path / "oof.csv")
    assert summary.suspects == len(PLANTED)
    told = {problem.path: problem.kind for problem in summary.problems}
    assert told == {"hawk/1.wav": "ambiguous", "/cards/hawk/1.wav": "ambiguous"}
    assert summary.failed == 2


def test_a_name_that_matches_in_part_is_taken_and_told(birds, tmp_path):
    (tmp_path / "oof.csv").write_text("path,frog,owl,wren\nhawk/1.wav,0.1,0.8,0.1\n")
    summary = audit(birds, tmp_path / "oof.csv")
    assert (summary.recordings, summary.failed) == (1, 0)
    assert [(problem.kind, problem.path) for problem in summary.problems] == [("read-as", "hawk/1.wav")]


def test_answers_of_a_recording_that_is_elsewhere_go_to_no_other_of_its_name(birds, tmp_path):
    said = [
        (who, f"{folder}/1.wav", label)
        for who in "ab"
        for folder, label in (("owl", "owl"), ("hawk", "frog"))
    ]
    summary = audit(birds, annotators=answers(tmp_path, said))
    assert summary.answered == 1
    assert [(problem.kind, problem.path) for problem in summary.problems] == [("ambiguous", "hawk/1.wav")]
