"""A recipe is checked completely before anything runs."""

from __future__ import annotations

import contextlib
import importlib
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import UsageError
from curate.recipe import STEPS, text_of
from curate.recipe.check import OF_THE_MACHINE, parameters_of, parse


def read(text, folder="."):
    return parse(text, name="mine.toml", folder=folder)


def complaints(text):
    with pytest.raises(UsageError) as caught:
        read(text)
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_all_that_is_wrong_is_said_at_once_with_what_is_near():
    found = complaints("""
        descriptoin = "x"
        [[step]]
        run = "strip-voise"
        [[step]]
        run = "strip-voice"
        treshold = 0.4
        min_keep = "five"
        [[step]]
        run = "manifest"
    """)
    assert len(found) == 5
    assert "unknown key 'descriptoin'; did you mean 'description'?" in found[0]
    assert "step 1: unknown step 'strip-voise'; did you mean 'strip-voice'?" in found[1]
    assert "step 2 (strip-voice): unknown parameter 'treshold'; did you mean 'threshold'?" in found[2]
    assert found[3] == "step 2 (strip-voice): min_keep = 'five', where a number is wanted"
    assert found[4] == "step 3 (manifest): 'out' is missing"


def test_values_out_of_range_are_found_before_anything_runs():
    (found,) = complaints('[[step]]\nrun = "strip-voice"\nthreshold = 7')
    assert found.startswith("step 1 (strip-voice): threshold is 7")
    (found,) = complaints('[[step]]\nrun = "strip-voice"\naudio_format = "flak"')
    assert "did you mean 'flac'?" in found
    (found,) = complaints('[[step]]\nrun = "strip-voice"\naction = "cut"')
    assert "one of 'excise', 'mute', 'flag', 'drop'" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no [[step]]"),
        ("step = 3", "there is no [[step]]"),
        ("step = [3]", "there is no [[step]]"),
        ("[[step]]\nthreshold = 0.5", "step 1: lacks 'run ='; there are: audit, cluster, dedupe"),
        ("description = 3\n[[step]]\nrun = 'strip-voice'", "description must be text"),
        ("[[step]]\nrun = 'strip-voice'\nrender = 1", "render = 1, where true or false is wanted"),
        ("[[step]]\nrun = 'strip-voice'\nlimit = true", "limit = True, where a whole number is wanted"),
        ("[[step]]\nrun = 'import'\npaths = [3]", "paths = [3], where text or a list of text is wanted"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_told_why(text, words):
    assert any(words in line for line in complaints(text))


def test_text_that_is_not_toml_is_told_with_the_reason():
    with pytest.raises(UsageError, match=r"mine\.toml is no valid TOML: Invalid"):
        read("step = [")


def test_relative_paths_start_at_the_dataset(tmp_path):
    recipe = read(
        '[[step]]\nrun = "strip-voice"\npaths = ["data", "/audio"]\nspeech_bank = "bank"\n'
        '[[step]]\nrun = "manifest"\nout = "train.csv"\nformat = "csv"',
        folder=tmp_path,
    )
    voice, manifest = recipe.steps
    assert voice.parameters["paths"] == [str(tmp_path / "data"), "/audio"]
    assert voice.parameters["speech_bank"] == str(tmp_path / "bank")
    assert manifest.parameters == {"out": str(tmp_path / "train.csv"), "format": "csv"}
    assert manifest.written == {"out": "train.csv", "format": "csv"}


def test_a_download_takes_what_its_archive_takes(tmp_path):
    (tmp_path / "list.csv").write_text("url,label\nhttps://example.org/a.wav,owl\n")
    text = '[[step]]\nrun = "download"\narchive = "urls"\nfile = "list.csv"\nmax_per_taxon = 3\n'
    (step,) = read(text, folder=tmp_path).steps
    assert step.parameters["file"] == str(tmp_path / "list.csv")
    with pytest.raises(UsageError, match="unknown parameter 'taxon'"):
        read(text + 'taxon = ["Strix aluco"]', folder=tmp_path)
    with pytest.raises(UsageError, match="unknown archive 'url'; did you mean 'urls'"):
        read('[[step]]\nrun = "download"\narchive = "url"', folder=tmp_path)


@pytest.mark.parametrize("name", [name for name in STEPS if name != "download"])
def test_every_parameter_of_every_step_can_be_said_with_its_default(name):
    known = parameters_of(name)
    assert not known.keys() & OF_THE_MACHINE
    said = {key: parameter.default for key, parameter in known.items()}
    lines = [f'[[step]]\nrun = "{name}"']
    for key, value in said.items():
        if isinstance(value, bool):
            lines.append(f"{key} = {str(value).lower()}")
        elif isinstance(value, int | float):
            lines.append(f"{key} = {value}")
        elif isinstance(value, str) and value is not inspect.Parameter.empty:
            lines.append(f'{key} = "{value}"')
        elif value is inspect.Parameter.empty:
            lines.append(f'{key} = "."' if key == "paths" else f'{key} = "out.csv"')
        elif key == "predictions":
            lines.append('predictions = ["scores.csv"]')  # an audit needs something to audit by
    (step,) = read("\n".join(lines)).steps
    assert step.run == name


@pytest.mark.parametrize("name", STEPS)
def test_the_table_of_steps_names_all_that_a_step_has_for_a_recipe(name):
    verb = STEPS[name]
    module, _, _ = verb.run.partition(":")
    there = vars(importlib.import_module(module))
    for part, word in (
        ("check", "check"),
        ("layers", "required_layers"),
        ("more_parameters", "more_parameters"),
    ):
        assert getattr(verb, part) == (f"{module}:{word}" if word in there else None)


def test_an_unknown_recipe_is_told_with_those_there_are():
    with pytest.raises(UsageError, match="unknown recipe 'defualt'") as caught:
        text_of("defualt")
    assert "did you mean 'default'?" in caught.value.hint


@given(st.text(max_size=80))
def test_any_text_is_a_recipe_or_a_clear_error(text):
    with contextlib.suppress(UsageError):
        assert read(text).steps


def test_a_parameter_of_an_earlier_name_is_told_with_its_new_one(tmp_path):
    text = '[[step]]\nrun = "trim"\nrare_head = 3\n[[step]]\nrun = "windows"\nclear = true\n'
    with pytest.raises(UsageError) as caught:
        read(text, folder=tmp_path)
    assert "unknown parameter 'rare_head'; it is now 'rare_first_seconds'" in str(caught.value)
    assert "unknown parameter 'clear'; there are: hop, length" in str(caught.value)
