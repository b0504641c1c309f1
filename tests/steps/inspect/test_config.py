"""`curate config`: where a user's file is on each system. Order and refusals: tests/cli/test_defaults.py."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import platformdirs
import pytest

from curate.catalogue.dataset import Dataset
from curate.steps.inspect import config as module


@pytest.mark.parametrize(
    ("system", "variables", "place"),
    [
        ("unix.Unix", {"XDG_CONFIG_HOME": "/etc/mine"}, "/etc/mine/curate/curate.toml"),
        ("unix.Unix", {}, "/home/ana/.config/curate/curate.toml"),
        ("macos.MacOS", {}, "/home/ana/Library/Application Support/curate/curate.toml"),
        ("windows.Windows", {"APPDATA": "/roaming"}, "/roaming/curate/curate.toml"),
    ],
)
def test_a_user_s_file_is_where_the_system_has_such_files(monkeypatch, system, variables, place):
    name, _, kind = system.partition(".")
    module_of_system = importlib.import_module(f"platformdirs.{name}")
    if name == "windows":  # asks the system, which is none of its kind here
        monkeypatch.setattr(module_of_system, "get_win_folder", lambda _: os.environ["APPDATA"])
    monkeypatch.setattr(platformdirs, "PlatformDirs", getattr(module_of_system, kind))
    for variable in ("CURATE_CONFIG", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in {"HOME": "/home/ana", **variables}.items():
        monkeypatch.setenv(variable, value)
    assert module.user_file() == Path(place)


def test_without_files_and_variables_nothing_is_set(tmp_path, monkeypatch):
    monkeypatch.setenv("CURATE_CONFIG", str(tmp_path / "none.toml"))
    for _, variable in module.KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    found = module.config(Dataset(tmp_path))
    assert {each.key: each.value for each in found.settings if each.value is not None} == {
        "dataset": str(tmp_path),
        "device": "auto",
        "engine": "local",
    }
    assert found.files == [str(tmp_path / "curate.toml"), str(tmp_path / "none.toml")]


def test_a_setting_for_everybody_s_option_has_the_variable_of_that_option():
    """What `config` says of a variable is what the option reads."""
    from typer.main import get_command

    from curate.cli._app import app

    commands = get_command(app).commands
    options = {
        each.name: each.envvar
        for each in (*commands["scan"].params, *commands["download"].commands["urls"].params)
    }
    for key, (_, variable) in module.KEYS.items():
        assert options[key] in {variable, None if key == "jobs" else variable}
