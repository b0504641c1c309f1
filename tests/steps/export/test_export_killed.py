"""Every format: an export that was stopped anywhere is finished by the same command, byte for byte."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import time
from concurrent.futures import Executor, Future

import pytest

from curate.catalogue.dataset import Dataset
from curate.engine.loop import Engine
from curate.formats import WRITERS
from curate.formats.annotations import raven
from curate.model import Segment
from curate.steps.acquire.import_ import import_
from curate.steps.export import convert_audio, write_export
from curate.steps.export.manifest import manifest
from tests.datasets import give_place_and_time, write_tone
from tests.engines import in_a_thread
from tests.exports import name_of, tree
from tests.formats import marked
from tests.workers import run_killed

#: What a conversion can be asked for, all at once; BirdCLEF knows whole files only.
WANTED = {"sr": 8000, "channels": 1, "codec": "ogg", "layer": "annotations"}
WINDOWS = {"window": 2, "hop": 2}


class Here(Executor):
    """Work done at once by whoever asks for it, so that an interruption stops it at once too."""

    def submit(self, task, /, *arguments):
        done = Future()
        done.set_result(task(*arguments))
        return done


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """Four recordings of two classes, 5 s each, all annotated."""
    folder = tmp_path_factory.mktemp("killed")
    paths = [folder / "in" / ("owl" if at < 2 else "wren") / f"{at}.wav" for at in range(4)]
    for at, path in enumerate(paths):
        write_tone(path, seconds=5.0, sr=16000, freq=500.0 + 100 * at)
    (folder / "t").mkdir()
    marks = (Segment(0.5, 1.5, "owl", 0.5, 100, 900), Segment(3.0, 3.5, "wren", None, 200, 800))
    raven.write([marked.row(path, marks, offset=5.0, duration=5.0) for path in paths], folder / "t")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in")
        import_(dataset, folder / "t", format="raven", audio_folder=folder / "in")
        with dataset.writing("test", {}):
            give_place_and_time(dataset)
        yield dataset


def options_of(form):
    here = {"format": form, "engine": Engine(lambda _: Here(), workers=1)}
    return WANTED | here | ({} if form == "birdclef" else WINDOWS)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where all exports of a format go, since some name their audio by its whole path."""
    folder = tmp_path_factory.mktemp("place")
    return lambda form: folder / form


@pytest.fixture(scope="module")
def undisturbed(birds, place):
    """Files of an export that nobody stopped, by format."""
    made = {}

    def undisturbed(form):
        if form not in made:
            manifest(birds, place(form) / name_of(form), **options_of(form))
            made[form] = tree(place(form))
            shutil.rmtree(place(form))
        return made[form]

    return undisturbed


def stopping(function, after):
    """Let a function be called so many times, then stop as Ctrl-C does; tells how often it was called."""
    calls = itertools.count(1)

    def stopped(*args, **options):
        if next(calls) > after:
            raise KeyboardInterrupt
        return function(*args, **options)

    return stopped


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize(("module", "name"), [(convert_audio, "write"), (write_export, "_converted")])
def test_stopped_while_sound_is_converted_or_the_table_written_it_goes_on(
    form, module, name, birds, place, undisturbed, monkeypatch
):
    wanted = undisturbed(form)
    out = place(form) / name_of(form)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stopping(getattr(module, name), 2))
        with pytest.raises(KeyboardInterrupt):
            manifest(birds, out, **options_of(form))
    assert not out.exists()
    waiting = [path.name for path in out.with_name(f".{out.name}.converted").iterdir()]
    assert len(waiting) >= 2
    again = []
    honest = convert_audio.write
    monkeypatch.setattr(
        convert_audio, "write", lambda path, *a, **o: again.append(path.name) or honest(path, *a, **o)
    )
    manifest(birds, out, **options_of(form))
    assert not set(again) & set(waiting)  # what was ready is not made again
    assert tree(place(form)) == wanted
    shutil.rmtree(place(form))


def test_killed_at_any_moment_it_ends_like_an_undisturbed_one(birds, tmp_path):
    def command(name):
        return [
            *(sys.executable, "-m", "curate", "manifest", "--dataset", str(birds.folder), "--quiet"),
            *("-o", str(tmp_path / name / "shards"), "--format", "webdataset", "--sr", "8000"),
            *("--codec", "ogg", "--window", "1", "--layer", "annotations", "--jobs", "2"),
        ]

    started = time.monotonic()
    subprocess.run(command("one"), check=True)
    took = time.monotonic() - started
    for share in (0.6, 0.9):
        run_killed(command("two"), took * share)
    subprocess.run(command("two"), check=True)
    assert tree(tmp_path / "two") == tree(tmp_path / "one")
