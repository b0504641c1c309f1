"""Exports of the example, opened by the libraries that they are for, in an environment of their own.

`make formats` makes that environment; without it these tests skip. Each test hands a few lines of
code to the other Python, which prints one JSON value at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from curate.catalogue.dataset import Dataset
from curate.formats.annotations import raven
from curate.model import Segment
from curate.steps.acquire.example import example
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.export import manifest_rows
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread
from tests.formats import marked

#: What runs before each test's lines.
PROLOGUE = '''
import importlib.util, json, sys, types, warnings
warnings.simplefilter("ignore")
from pathlib import Path
def show(value): print("\\n" + json.dumps(value))
def alone(name):
    """Let the modules of a package be imported without what the package itself imports."""
    package = types.ModuleType(name)
    package.__path__ = list(importlib.util.find_spec(name).submodule_search_locations)
    sys.modules[name] = package
'''

#: What runs after them. The value has been shown: how a library's threads end is not what is tested,
#: and pyarrow's now and then abort an interpreter that has done its work.
EPILOGUE = """
import os
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
"""


@pytest.fixture(scope="session")
def other_python():
    path = os.environ.get("CURATE_FORMATS_PYTHON")
    if not path:
        pytest.skip("the real readers have an environment of their own (make formats)")
    return Path(path)


@pytest.fixture(scope="session")
def real(other_python):
    """Run code in the other environment, with arguments; gives the value that it shows."""
    nowhere = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

    def real(code, *arguments, folder=None):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | nowhere
        if folder is not None:
            environment["HF_HOME"] = str(folder)
        done = subprocess.run(
            [other_python, "-c", PROLOGUE + code + EPILOGUE, *map(str, arguments)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.rstrip().rsplit("\n", 1)[-1])

    return real


@pytest.fixture(scope="session")
def birds(other_python, tmp_path_factory):
    """The example, voices cut out, and the first ten recordings annotated."""
    del other_python  # nothing is made where nobody will read it
    folder = tmp_path_factory.mktemp("real")
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        strip_voice(dataset, example(folder / "example").folder)
        rows = list(manifest_rows.manifest_rows(dataset, audio="raw"))
        paths = list(dict.fromkeys(row.path for row in rows if row.label))[:10]
        label = {row.path: row.label for row in rows}
        (folder / "tables").mkdir()
        found = [
            marked.row(
                path,
                (
                    Segment(0.5, 1.25, label[path], None, 1000, 4000),
                    Segment(2.0, 5.5, "other", None, 500, 900),
                ),
            )
            for path in paths
        ]
        raven.write(found, folder / "tables")
        import_(dataset, folder / "tables", format="raven")
        yield dataset


@pytest.fixture
def export(birds, tmp_path):
    """Write a manifest into the test's own folder."""

    def export(name, **options):
        target = tmp_path / name
        with in_a_thread():
            summary = manifest(birds, target, **options)
        assert summary.problems == []
        return target

    yield export
    shutil.rmtree(tmp_path, ignore_errors=True)
