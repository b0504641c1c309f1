"""The shape of the code: who imports whom, how long a module is, and that nothing lacks its entry."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

import curate
from curate import errors
from curate.archives import ARCHIVES
from curate.cli._commands import COMMANDS, ROOMS
from curate.detectors import DETECTORS
from curate.formats import READERS, WRITERS
from curate.lookup import resolve

ROOT = Path(__file__).resolve().parents[1]
CODE = ROOT / "curate"
MODULES = sorted(CODE.rglob("*.py"))

#: Lines a module may have, and modules a folder: what a person keeps in mind.
BUDGET = 400
MOST = 25


def names(path):
    """Dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


# Imports.


def test_imports_keep_to_the_contracts():
    """In a process of its own: the linter switches off the loggers of the one that it runs in."""
    program = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(config_filename='pyproject.toml', no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_of_the_package_has_its_place_in_each_contract():
    """A contract that names its sources one by one must not forget a new one."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"]: contract for contract in config["tool"]["importlinter"]["contracts"]}
    everything = {
        f"curate.{path.stem}"
        for path in CODE.iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("__")) or (path / "__init__.py").is_file()
    }
    owners = {
        "SQL is the catalogue's": {"curate.catalogue"},
        "Decoders and resamplers are the audio package's": {"curate.audio"},
        "Spectra of librosa are the embedders'": {"curate.embedders"},
        "HTTP is the network package's": {"curate.net"},
        "Networks are the detectors' and the embedders'": {"curate.detectors", "curate.embedders"},
        "Typer and rich are the command line's": {"curate.cli"},
        "Drawing and templates are the report's": {"curate.reporting", "curate.web"},
    }
    for name, owner in owners.items():
        assert set(contracts[name]["source_modules"]) == everything - owner, name


# Modules.


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_is_short_and_says_what_it_is_for(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= BUDGET
    assert ast.get_docstring(ast.parse(text))


def test_no_folder_holds_more_modules_than_a_person_looks_through():
    folders = {path.parent for top in ("curate", "tests", "bench") for path in (ROOT / top).rglob("*.py")}
    crowded = {
        str(folder.relative_to(ROOT)): count
        for folder in folders
        if (count := sum(path.name != "__init__.py" for path in folder.glob("*.py"))) > MOST
    }
    assert crowded == {}


def test_a_class_has_its_name_for_itself():
    where = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(names(path))
    assert {name: modules for name, modules in where.items() if len(modules) > 1} == {}


def leads_somewhere(name):
    """Whether a dotted name in a docstring is a module of the package, or something that one defines."""
    parts = name.removeprefix("curate.").split(".")
    for k in range(len(parts), 0, -1):
        place = CODE.joinpath(*parts[:k])
        module = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if module.is_file():
            return k == len(parts) or re.search(rf"\b{parts[k]}\b", module.read_text("utf-8")) is not None
    return False


def test_what_docstrings_refer_to_is_there():
    """A module that moves takes the references to it along."""
    packages = "|".join(sorted(path.name for path in CODE.iterdir() if (path / "__init__.py").is_file()))
    reference = re.compile(rf"`((?:curate\.)?(?:{packages})(?:\.\w+)+)`")
    lost = [
        f"{names(path)}: {name}"
        for path in MODULES
        for name in reference.findall(path.read_text("utf-8"))
        if not leads_somewhere(name)
    ]
    assert lost == []


def test_every_name_of_the_package_leads_somewhere():
    assert sorted(curate.__all__) == curate.__all__
    assert set(curate.__all__) == set(curate._WHERE)
    for name in curate.__all__:
        assert getattr(curate, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = curate.nothing


def test_every_verb_is_a_function_of_the_package():
    assert {command.__name__ for command in COMMANDS.values()} == set(curate.__all__) - {"Dataset", "play"}


# One word, one path.


@pytest.mark.parametrize("room", ROOMS)
def test_a_command_is_a_file_of_its_name_in_the_same_room_of_cli_steps_and_tests(room):
    _, commands = ROOMS[room]
    for name in commands:
        command = COMMANDS[name]
        function = command.__name__
        assert function.rstrip("_") == name.replace("-", "_")
        assert command.__module__ == ".".join(("curate.cli", *filter(None, (room,)), function))
        assert (CODE / "steps" / room / f"{function}.py").is_file()
        assert (ROOT / "tests" / "steps" / room / f"test_{function.rstrip('_')}.py").is_file()


def test_the_rooms_are_the_same_everywhere():
    def rooms(*place):
        return {
            path.name for path in ROOT.joinpath(*place).iterdir() if path.is_dir() and path.name[0] != "_"
        }

    assert rooms("curate", "cli") == ROOMS.keys() - {""}
    assert rooms("curate", "steps") == rooms("tests", "steps") == ROOMS.keys() - {""} | {"common"}


def test_what_a_room_is_for_is_said_with_its_verbs():
    for room, (_, commands) in ROOMS.items():
        if room:
            said = ast.get_docstring(ast.parse((CODE / "steps" / room / "__init__.py").read_text("utf-8")))
            for name in commands:
                assert f"`{COMMANDS[name].__name__}`" in said


# Registries.


def defining(folder, wanted):
    """Modules of a folder whose top level satisfies a condition, by name."""
    return sorted(
        path.stem
        for path in (CODE / folder).rglob("*.py")
        if path.stem != "__init__" and any(wanted(node) for node in ast.parse(path.read_text("utf-8")).body)
    )


def is_function(name):
    return lambda node: isinstance(node, ast.FunctionDef) and node.name == name


def is_detector(node):
    methods = {part.name for part in getattr(node, "body", []) if isinstance(part, ast.FunctionDef)}
    return isinstance(node, ast.ClassDef) and {"open", "segments"} <= methods


def is_archive(node):
    methods = {part.name for part in getattr(node, "body", []) if isinstance(part, ast.FunctionDef)}
    return isinstance(node, ast.ClassDef) and {"searches", "read"} <= methods


@pytest.mark.parametrize(
    ("registry", "folder", "wanted"),
    [
        (ARCHIVES, "archives", is_archive),
        (READERS, "formats", is_function("read")),
        (WRITERS, "formats", is_function("write")),
        (DETECTORS, "detectors", is_detector),
    ],
    ids=["archives", "readers", "writers", "detectors"],
)
def test_a_registry_is_sorted_and_lists_what_is_in_its_folder(registry, folder, wanted):
    stems = [name.replace("-", "_") for name in registry]
    assert list(registry) == sorted(registry)
    assert sorted(stems) == defining(folder, wanted)
    for name, target in registry.items():
        module, _, _ = target.partition(":")
        assert module.startswith(f"curate.{folder}.")
        assert module.rpartition(".")[2] == name.replace("-", "_")
        assert callable(resolve(name, registry, kind="entry"))


@pytest.mark.parametrize("registry", [ARCHIVES, DETECTORS], ids=["archives", "detectors"])
def test_a_part_is_registered_under_its_own_name(registry):
    for name in registry:
        assert resolve(name, registry, kind="part").name == name


# Errors.


def tree(error, indent=""):
    """Draw the classes below an error, as the docstring does."""
    found = [kind for kind in error.__subclasses__() if kind.__module__ == errors.__name__]
    for kind in found:
        last = kind is found[-1]
        yield f"{indent}{'└── ' if last else '├── '}{kind.__name__}"
        yield from tree(kind, indent + ("    " if last else "│   "))


def test_the_docstring_of_errors_draws_their_tree():
    drawn = [line[4:] for line in errors.__doc__.splitlines() if line.startswith("    ")]
    assert drawn == ["CurateError", *tree(errors.CurateError)]


#: Formats that are databases of other programs.
DATABASES = frozenset({"perch_hoplite.py"})


def test_sql_is_written_in_the_catalogue_alone():
    statement = re.compile(r"\b(SELECT|INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|PRAGMA)\b")
    found = [
        str(path)
        for path in sorted((ROOT / "curate").rglob("*.py"))
        if "catalogue" not in path.parts
        and path.name not in DATABASES
        and statement.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
