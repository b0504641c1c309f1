"""The verbs as functions: each takes paths as they come to hand, as text or as `Path`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import curate
from curate.errors import UsageError
from tests.datasets import write_tone

pytestmark = pytest.mark.usefixtures("thread")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A current folder with two recordings below ``data``."""
    for name in ("owl/a.wav", "frog/b.wav"):
        write_tone(tmp_path / "data" / name, seconds=0.5)
    (tmp_path / "recipe.toml").write_text("[[step]]\nrun = 'manifest'\nout = 'all.csv'")
    monkeypatch.chdir(tmp_path)


def test_every_name_is_there_and_no_other():
    assert all(callable(getattr(curate, name)) for name in curate.__all__)
    assert dir(curate) == curate.__all__
    with pytest.raises(AttributeError, match="no attribute 'strip'"):
        _ = curate.strip


def interrupted(_address):
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", [str, Path])
def test_every_function_takes_paths_as_text_and_as_path(kind):
    called = {"Dataset"}

    def call(name, *values, **options):
        called.add(name)
        return getattr(curate, name)(*values, **options)

    with curate.Dataset(kind("birds")) as birds:
        assert call("example", kind("example")).folder == Path("example")
        assert call("import_", birds, kind("data")).added == 2
        assert call("strip_voice", birds, kind("data/owl")).imported.known == 1
        assert call("scan", birds, kind("data")).scanned == 2
        assert call("trim", birds, kind("data")).recordings == 2
        assert call("cut", birds, "owl/a.wav", 0.1, 0.2).cut_after == pytest.approx(0.1)
        assert call("keep", birds, "owl/a.wav", 0.1, 0.2).cut_after == 0
        assert call("undo", birds, "last").verdicts[0].judgement == "keep"
        assert call("render", birds).copies == 1
        assert call("undo", birds, ["last", "trim"]).copies == 0
        assert call("check", birds).wrong == []
        assert call("explain", birds, "owl/a.wav").goes_out
        assert call("dedupe", birds, sound=False, dry_run=True).dropped == 1
        Path("data/toad").mkdir()
        write_tone(Path("data/toad/c.wav"), seconds=0.5, freq=5000.0)
        with curate.Dataset(kind("pairs")) as pairs:
            assert curate.import_(pairs, kind("data")).added == 3
            assert call("same", pairs, "owl/a.wav", "toad/c.wav").dropped.keys() == {"local:toad/c.wav"}
            assert call("different", pairs, "owl/a.wav", "toad/c.wav").back == ["local:toad/c.wav"]
        Path("data/toad/c.wav").unlink()
        assert call("review", birds, queue="quality", browser=False).items == 0
        assert [part.recordings for part in call("split_work", birds, out=kind("parts")).parts] == [1, 1]
        assert call("merge", birds, [kind("parts/part-1"), kind("parts/part-2")]).known == 2
        assert call("split", birds).recordings == 2
        assert call("windows", birds, length=0.5).windows == 2
        assert call("upsample", birds).classes_count == 2
        Path("scores.csv").write_text("path,owl\ndata/frog/b.wav,0.9\n", encoding="utf-8")
        assert call("pseudo_label", birds, kind("scores.csv"), labelled=True).kept == 1
        assert call("audit", birds, kind("scores.csv"), out=kind("worst.csv")).unscored == 1
        assert call("manifest", birds, kind("train.parquet")).rows == 2
        assert call("clean_up", birds, kind("train.parquet")).removed == 0
        assert call("run", birds, kind("recipe.toml")).steps[-1].summary.rows == 2
        assert call("report", birds, out=kind("report.html")).facts.came_in.recordings == 2
        assert call("status", birds).recordings == 2
        assert len(list(call("show", birds, "recordings").rows)) == 2
        assert call("play", kind("data/owl/a.wav"), 0.1).onset == 0.1
        assert call("config", birds).settings
        assert call("doctor", birds).wrong == 0
        assert call("dump", birds, kind("dump")).rows["recordings"] == 2
        Path("list.csv").write_text("url,label\nhttps://example.org/c.wav,owl\n", encoding="utf-8")
        found = call("download", birds, "urls", file=kind("list.csv"), exclude="birds", metadata_only=True)
        assert (found.chosen, found.waiting) == (1, 1)
        assert call("embed", birds, kind("data")).vectors == 2
        with pytest.raises(KeyboardInterrupt):
            call("map_", birds, port=0, browser=False, ready=interrupted)
        assert call("search", birds, "owls", like=kind("data/owl/a.wav"), out=kind("owls.csv")).like == 1
        assert len(call("similar", birds, "owl/a.wav", out=kind("near.csv")).found) == 1
        with pytest.raises(UsageError, match="groups need"):
            call("cluster", birds, out=kind("groups.csv"))
    assert "default" in call("recipes")
    assert called == set(curate.__all__)
    made = {"birds/curate.db", "example/README.txt", "train.parquet", "dump/recordings.csv"}
    assert all(os.path.isfile(name) for name in made)


@pytest.mark.parametrize(
    "paths",
    ["data", Path("data"), ["data"], ["data/owl", Path("data/frog")], ("data/owl/a.wav", "data/frog/b.wav")],
)
def test_one_path_or_several_are_imported(paths):
    with curate.Dataset("birds") as birds:
        assert curate.import_(birds, paths).added == 2
