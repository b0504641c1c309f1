"""What a person sees: bars that tell what is left, paths from where one stands, words for what is empty."""

from __future__ import annotations

import os
import re
import shutil
import sys
from types import SimpleNamespace

import pytest
import soundfile

from curate.cli._output import Output, _bars, say
from curate.cli.review.review_exchange import FILLED_BY
from curate.cli.run import _amount, _result
from curate.web.queues import QUEUES
from tests import signals
from tests.datasets import write_tone


@pytest.fixture
def drawn(monkeypatch, capsys):
    """Draw a bar as on a terminal; gives the words of its last picture."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    def drawn(total):
        with _bars("listening", total, "s") as advance:
            advance(60)
        return capsys.readouterr().err.rsplit("listening", 1)[-1].split()

    return drawn


def test_a_bar_says_left_behind_the_time_that_is_left(drawn):
    words = drawn(120)
    assert "60/120" in words
    assert words[words.index("left") - 1].count(":") == 2
    assert words.index("left") == words.index("s") + 3


def test_a_bar_of_unknown_length_does_not_say_what_is_left(drawn):
    assert "left" not in drawn(None)


def test_there_is_no_bar_for_nothing(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with _bars("thresholding", 0, "recordings"):
        pass
    assert capsys.readouterr().err == ""


def test_paths_below_the_current_folder_are_told_from_there(tmp_path, monkeypatch, capsys):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    out = Output(json=False, quiet=False)
    out.line(f"in {tmp_path}/here/birds, not {tmp_path}/hereafter; file://{tmp_path}/here/x")
    say(f"error: '{tmp_path}/here/a b.csv' is not there, nor {tmp_path}/here")
    said = capsys.readouterr()
    assert said.out == f"in birds, not {tmp_path}/hereafter; file://{tmp_path}/here/x\n"
    assert said.err == f"error: 'a b.csv' is not there, nor {tmp_path}/here\n"


def test_a_folder_that_is_gone_is_no_reason_to_be_silent(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    say("still here")
    assert capsys.readouterr().err == "still here\n"


def test_a_title_is_not_broken_to_the_width_of_its_table(capsys):
    title = "recordings of each class, the farthest from the shares [of 25] (--json has all)"
    Output(json=False, quiet=False).table(title, ("a", "b"), [("x", 1)])
    assert capsys.readouterr().out.splitlines()[0].rstrip() == title


def test_numbers_of_a_recipe_are_said_with_their_units():
    assert _amount("audio_seconds", 285.112717) == "audio 4 min 45 s"
    assert _amount("seconds", 3.0) == "length 3.0 s"
    assert _amount("bytes", 1_064_723) == "1.1 MB"
    assert _amount("divergence", 0.555556) == "divergence 0.56"
    assert _amount("rows_after", 1100) == "rows after 1,100"


@pytest.mark.parametrize(
    ("run", "summary", "words"),
    [
        ("embed", {"embedded": 1, "vectors": 84, "failed": 0}, "1 recording embedded, 84 vectors"),
        ("embed", {"embedded": 42, "vectors": 1, "failed": 2}, "42 recordings embedded, 1 vector, 2 failed"),
        (
            "cluster",
            {"compared": 42, "grouped": 14, "outlying": 1},
            "42 compared, 14 in groups, 1 unlike their class",
        ),
    ],
)
def test_a_step_of_a_recipe_is_told_in_words(run, summary, words):
    assert _result(SimpleNamespace(run=run, summary=SimpleNamespace(**summary))) == words


def test_media_without_annotations_are_no_empty_export(curate, tmp_path):
    card, dataset = tmp_path / "card", tmp_path / "dp"
    assert curate("example", card, "--card").code == 0
    curate("import", card / "CARD", "--sites", card / "sites.csv", "-d", dataset)
    said = curate("manifest", "-o", tmp_path / "out", "--format", "camtrap-dp", "-d", dataset)
    assert said.out.startswith("0 rows for 27 recordings")
    assert "the export is empty" not in said.out


def test_recordings_without_any_label_are_told_with_where_labels_come_from(curate, tmp_path, monkeypatch):
    write_tone(tmp_path / "sounds" / "a.wav")
    said = curate("import", tmp_path / "sounds" / "a.wav", "-d", tmp_path / "birds")
    assert "all recordings lack a label" in said.out
    assert "--label-column" in said.out
    curate("split", "-d", tmp_path / "birds")
    said = curate("upsample", "-d", tmp_path / "birds")
    assert said.out == "all training recordings lack a label (curate show labels)\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert curate("show", "labels", "-d", tmp_path / "birds").err == "labels: no rows\n"


def test_a_comment_about_the_encoder_is_no_word_of_a_recorder(curate, tmp_path):
    with soundfile.SoundFile(tmp_path / "frog.ogg", "w", 16000, 1, format="OGG", subtype="VORBIS") as file:
        file.comment = "made by a test"
        file.write(signals.noise(sr=16000, seconds=2)[0])
    said = curate("import", tmp_path / "frog.ogg", "-d", tmp_path / "frogs", "-j", "1")
    assert said.code == 0
    assert "1 new" in said.out
    assert "recorder" not in said.out


def test_an_empty_queue_is_told_with_what_fills_it(curate, birds, tmp_path):
    assert FILLED_BY.keys() == QUEUES.keys()
    said = curate("review", "--queue", "duplicates", "--no-browser", "-d", birds)
    assert said.out == "nothing to decide in the queue duplicates: dedupe fills it\n"
    said = curate("review", "export", tmp_path / "out", "--to", "raven", "--queue", "quality", "-d", birds)
    assert "quality: trim and scan fill it. Nothing was written" in said.out


def test_what_is_flagged_is_told_with_how_to_decide(curate, birds, tmp_path):
    said = curate("strip-voice", "-d", birds).out
    assert "flagged and keep their sound (curate show cuts). Decide by ear: curate review" in said
    short = "1 recording would keep less than 5 s (or 20 % of a short one): flagged. --min-keep 0 cuts it"
    assert short in said
    assert short in curate("strip-voice", "-d", birds, "--dry-run").out
    said = curate("manifest", "-o", tmp_path / "train.csv", "-d", birds)
    assert "1 row of flagged recordings is exported uncut. --skip-flagged" in said.out


@pytest.mark.parametrize("words", [[], ["trim"], ["review"], ["review", "export"], ["download", "gbif"]])
def test_help_flows_to_the_width_and_switches_take_no_value(curate, words):
    page = curate(*words, "--help").out
    assert "<bool>" not in page
    said = re.split(r"(?m)^[A-Z][\w ]*$", page)[0]  # up to the first group of options
    assert all(
        len(line.split()) > 2 for paragraph in said.split("\n\n") for line in lines_but_last(paragraph)
    )


def lines_but_last(paragraph):
    return [line for line in paragraph.splitlines() if line.strip()][:-1]


def test_a_dataset_that_cannot_be_written_to_says_what_can_be_done(curate, birds, tmp_path):
    folder = shutil.copytree(birds, tmp_path / "birds")
    (folder / ".curate.lock").unlink(missing_ok=True)
    (folder / ".curate.lock").mkdir()
    said = curate("trim", "-d", folder)
    assert said.code == 1
    assert said.err.startswith(f"error: failed to write to {folder}: Is a directory\nhint: status, show, ")


def test_a_word_of_a_table_is_never_broken_however_narrow_the_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    why = "voice; much of it, and more " * 3
    rows = [
        (f"xeno-canto:{n}", 1.5, 13.25, "annotations", 0.912, "3 min 48 s", why)
        for n in range(1234567, 1234570)
    ]
    names = ("recording_id", "onset", "offset", "layer", "score", "length", "reason")
    Output(json=False, quiet=False).table("segments", names, rows)
    out = capsys.readouterr().out
    for row in rows:
        assert all(text in out for text in (row[0], "annotations", "3 min 48 s"))
    assert out.count("much") == 9
    assert all(name in out for name in names)


def test_a_table_behind_a_closed_pipe_is_no_failure_of_rich(monkeypatch):
    """What stands in the buffer already is written by us, so that the command sees a closed pipe as such."""
    reading, writing = os.pipe()
    os.close(reading)
    stdout = open(writing, "w", encoding="utf-8")  # noqa: SIM115 - closing it would write once more
    monkeypatch.setattr(sys, "stdout", stdout)
    sys.stdout.write("written before\n")
    with pytest.raises(BrokenPipeError):
        Output(json=False, quiet=False).table("title", ["column"], [["cell"]])
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), writing)
    stdout.close()
