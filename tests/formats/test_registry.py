"""The registries of formats."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import curate.formats
from curate.formats import READERS, WRITERS
from curate.lookup import resolve


@pytest.mark.parametrize("registry", [READERS, WRITERS])
def test_registries_are_in_alphabetical_order(registry):
    assert list(registry) == sorted(registry)


@pytest.mark.parametrize("registry", [READERS, WRITERS])
def test_each_format_is_the_file_of_its_name(registry):
    folder = Path(curate.formats.__file__).parent
    for name, target in registry.items():
        stem = name.replace("-", "_")
        module, _, _ = target.partition(":")
        assert module.startswith("curate.formats.")
        assert module.rpartition(".")[2] == stem
        assert folder.joinpath(*module.split(".")[2:-1], f"{stem}.py").is_file()


@pytest.mark.parametrize("name", READERS)
def test_readers_are_called_alike(name):
    parameters = inspect.signature(resolve(name, READERS, kind="format")).parameters
    assert list(parameters) == ["path", "report", "label_column", "path_column", "audio_folder"]


@pytest.mark.parametrize("name", WRITERS)
def test_writers_need_only_rows_and_a_place(name):
    parameters = list(inspect.signature(resolve(name, WRITERS, kind="format")).parameters.values())
    assert [p.name for p in parameters[:2]] == ["rows", "out"]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in parameters[2:])
