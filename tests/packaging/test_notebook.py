"""In notebooks: the example runs from top to bottom, and what its cells end with has a rich display."""

from __future__ import annotations

import ast
import base64
import html
import json
import re
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import curate
from curate.errors import NotInCatalogue, UsageError
from curate.formatting import Displayed, as_html
from tests.datasets import write_tone
from tests.engines import in_a_thread

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "first_dataset.ipynb"


def cells():
    book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def run(source, names):
    """Run a cell as a kernel does; gives the value of its last line, if that is an expression."""
    body = ast.parse(source).body
    last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), NOTEBOOK.name, "exec"), names)  # noqa: S102 - our own notebook
    return None if last is None else eval(compile(last, NOTEBOOK.name, "eval"), names)  # noqa: S307


def test_the_notebook_runs_from_top_to_bottom_and_every_result_is_displayed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    with in_a_thread():
        shown = [
            (value, value._repr_html_()) for source in cells() if (value := run(source, names)) is not None
        ]
    names["birds"].close()
    assert [type(value).__name__ for value, _ in shown] == [
        "ExampleSummary", "ImportSummary", "Dataset", "StripVoiceSummary", "Shown", "DataFrame", "Player",
        "SplitSummary", "ManifestSummary", "DataFrame",
    ]  # fmt: skip
    assert all(page.startswith(("<table", "<figure", "<div")) for _, page in shown)
    assert len(names["cuts"]) > 5
    assert len(names["train"]) == 26


@pytest.mark.parametrize("path", sorted(NOTEBOOK.parent.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_real_kernel_shows_what_each_cell_ends_with(path, tmp_path):
    """`make notebooks` installs the kernel; without one this skips."""
    nbformat, client = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book = nbformat.read(path, as_version=4)
    client.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}  # no errors
    pages = [output.data["text/html"] for output in outputs if output.output_type == "execute_result"]
    assert all(page.lstrip().startswith(("<table", "<figure", "<div")) for page in pages)
    assert len(pages) == 10
    [player] = [page for page in pages if "<audio controls" in page]
    [sound] = re.findall(r'src="data:audio/wav;base64,([^"]+)"', player)
    [picture] = re.findall(r'src="data:image/png;base64,([^"]+)"', player)
    assert base64.b64decode(sound).startswith(b"RIFF")
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_a_stretch_is_heard_and_seen(tmp_path):
    tone = write_tone(tmp_path / "a" / "tone.wav", seconds=4.0, freq=1000.0)
    player = curate.play(tone, 1.0, 3.0)
    with wave.open(BytesIO(player.sound)) as sound:
        sr, samples = sound.getframerate(), np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert len(samples) == pytest.approx(2.0 * sr, abs=1)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * sr / len(samples) == pytest.approx(1000.0, abs=2)
    assert player.picture.startswith(b"\x89PNG")
    page = player._repr_html_()
    assert "1.00-3.00 s of 4.0 s" in page
    [inside] = re.findall(r'src="data:audio/wav;base64,([^"]+)"', page)
    assert base64.b64decode(inside) == player.sound


def test_a_recording_of_a_dataset_is_played_by_its_id_and_no_longer_than_a_notebook_holds(tmp_path):
    write_tone(tmp_path / "data" / "owl" / "tone.wav", seconds=2.0)
    with in_a_thread(), curate.Dataset(tmp_path / "birds") as birds:
        curate.import_(birds, tmp_path / "data")
        [name] = [row[0] for row in curate.show(birds, "recordings").rows]
        assert (curate.play(name, dataset=birds).onset, curate.play(name, dataset=birds).offset) == (0.0, 2.0)
        assert curate.play("owl/tone.wav", 0.5, 99, dataset=birds.folder).offset == 2.0
        for onset, offset in ((2.0, None), (-1.0, 1.0), (1.0, 0.5), (float("nan"), 1.0)):
            with pytest.raises(UsageError, match="is outside the recording"):
                curate.play(name, onset, offset, dataset=birds)
        with pytest.raises(NotInCatalogue):
            curate.play("no/such.wav", dataset=birds)
    long = write_tone(tmp_path / "long.wav", seconds=130.0, sr=8000)
    assert curate.play(long).offset == 120.0
    with pytest.raises(UsageError, match="too long for a notebook"):
        curate.play(long, 0.0, 125.0)


def test_a_name_is_text_in_a_notebook_never_markup(tmp_path):
    bad = write_tone(tmp_path / "<img src=x onerror=alert(1)>.wav", seconds=0.5)
    assert "<img src=x" not in curate.play(bad)._repr_html_()
    assert as_html("<b>", ["<i>"], [["<u>"]]).count("<") == as_html("b", ["i"], [["u"]]).count("<")
    with curate.Dataset(tmp_path / "<script>") as empty:
        assert html.escape("<script>") in empty._repr_html_()
        assert "nothing yet" in empty._repr_html_()


def test_showing_a_table_uses_up_none_of_its_rows(tmp_path):
    for number in range(25):
        write_tone(tmp_path / "data" / "007" / f"{number}.wav", seconds=0.2, freq=400.0 + 40 * number)
    with in_a_thread(), curate.Dataset(tmp_path / "birds") as birds:
        curate.import_(birds, tmp_path / "data")
        shown = curate.show(birds, "labels")
        assert "the first 20" in shown._repr_html_()
        assert shown._repr_html_().count("<tr>") == 21
        table = shown.to_pandas()
        assert isinstance(table, pd.DataFrame)
        assert (len(table), set(table["label"])) == (25, {"007"})
        assert "<td>25</td>" in birds._repr_html_()
        assert isinstance(curate.status(birds), Displayed)
