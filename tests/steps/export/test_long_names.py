"""A name that no file system takes stops no export: it is told, and the rest goes on."""

from __future__ import annotations

import os

import pytest

from curate.catalogue.dataset import Dataset
from curate.formats import READERS
from curate.formats.files.layout import LAYOUTS
from curate.lookup import resolve
from curate.steps.acquire.import_ import import_
from curate.steps.export.manifest import manifest
from tests.datasets import write_tone
from tests.engines import in_a_thread

#: In bytes: 4, 255, 256 and 400.
LABELS = ("wren", "x" * 255, "y" * 256, "ü" * 200)


@pytest.fixture
def named(tmp_path):
    lines = ["path,label"]
    for number, label in enumerate(LABELS):
        write_tone(tmp_path / f"in/r{number}.wav")
        lines.append(f"r{number}.wav,{label}")
    (tmp_path / "in/table.csv").write_text("\n".join(lines), "utf-8")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "in/table.csv")
        yield birds


@pytest.mark.parametrize(
    ("format", "out", "options"),
    [
        ("birdnet", "out", {}),
        ("folders", "out", {}),
        ("birdclef", "out/train.csv", {}),
        ("birdnet", "out", {"sr": 4000}),
    ],
)
def test_a_class_of_too_long_a_name_is_left_out_and_named(named, tmp_path, format, out, options):
    summary = manifest(named, tmp_path / out, format=format, **options)
    assert summary.rows == 2
    assert summary.failed == 2
    assert sorted(os.path.basename(each.path) for each in summary.problems) == ["r2.wav", "r3.wav"]
    assert all("bytes" in each.reason for each in summary.problems)
    placed = [
        name for _, _, names in os.walk(tmp_path / "out") for name in names if name[-4:] in (".wav", "flac")
    ]
    assert len(placed) == 2


@pytest.mark.parametrize("form", [name for name, layout in LAYOUTS.items() if layout.ending])
def test_a_recording_of_too_long_a_name_has_a_file_of_a_shortened_one(tmp_path, form):
    """In bytes without the ending: 1, and twice 250, which only the last letters tell apart."""
    for name in ("a", f"{'x' * 249}1", f"{'x' * 249}2"):
        write_tone(tmp_path / f"in/owl/{name}.wav")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "in")
        summary = manifest(birds, tmp_path / "out", format=form)
    assert (summary.rows, summary.failed, summary.shortened) == (3, 0, 2)
    files = sorted(name for name in os.listdir(tmp_path / "out") if name[0] in "ax")
    assert len(files) == 3
    assert all("-" in name for name in files[1:])


def test_raven_finds_a_recording_by_a_table_of_a_shortened_name(tmp_path):
    write_tone(tmp_path / f"in/owl/{'x' * 250}.wav")
    with Dataset(tmp_path / "birds") as birds, in_a_thread():
        import_(birds, tmp_path / "in")
        manifest(birds, tmp_path / "out", format="raven")
    (row,) = resolve("raven", READERS, kind="format")(tmp_path / "out", report=print)
    assert os.path.basename(row.path) == f"{'x' * 250}.wav"


def test_where_no_class_becomes_a_name_all_go(named, tmp_path):
    summary = manifest(named, tmp_path / "out.csv")
    assert (summary.rows, summary.failed) == (4, 0)
