"""The benchmarks use what is there: nobody runs all of them after each change."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from curate.formats import WRITERS

BENCH = Path(__file__).resolve().parents[2] / "bench"
SCRIPTS = sorted(BENCH.rglob("*.py"))

#: Benchmarks import each other from their folder; those are read, since some would start to work.
OWN = {".".join(path.relative_to(BENCH).with_suffix("").parts): path for path in SCRIPTS}

#: What a name of ours begins with.
OURS = {"curate"} | {name.split(".")[0] for name in OWN}


def script(path):
    """Load a script as a module."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def given(path):
    """Names that a module gives to others."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    defined = {each.name for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    targets = [target for each in body if isinstance(each, ast.Assign) for target in each.targets]
    targets += [each.target for each in body if isinstance(each, ast.AnnAssign)]
    return defined | {part.id for each in targets for part in ast.walk(each) if isinstance(part, ast.Name)}


def imported(module, name):
    """What `from module import name` gives; nothing for a benchmark, which is only read."""
    if f"{module}.{name}" in OWN:
        return None
    if module in OWN:
        assert name in given(OWN[module]), f"{module} has no {name}"
        return None
    found = importlib.import_module(module)
    return getattr(found, name) if hasattr(found, name) else importlib.import_module(f"{module}.{name}")


def missing(tree):
    """List what a script uses of ours that is not there."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in OURS:
            for each in node.names:
                try:
                    found = imported(node.module, each.name)
                except (AssertionError, ImportError) as error:
                    yield str(error)
                    continue
                if isinstance(found, ModuleType):
                    modules[each.asname or each.name] = found
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module is not None and not hasattr(module, node.attr):
                yield f"{module.__name__} has no {node.attr}"


@pytest.mark.parametrize("path", SCRIPTS, ids=[os.fspath(path.relative_to(BENCH)) for path in SCRIPTS])
def test_a_benchmark_uses_what_is_there(path):
    assert list(missing(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_what_is_gone_is_missed():
    gone = "from curate import intervals, nowhere\nfrom shared.common import ROOT, lost\nintervals.lost()"
    assert len(list(missing(ast.parse(gone)))) == 3


SCALE = script(BENCH / "format_scale.py")


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - SCALE.WITH_AUDIO))
def test_the_benchmark_of_formats_writes_each(name, tmp_path):
    SCALE.write(name, SCALE.place(name, tmp_path), 3)
