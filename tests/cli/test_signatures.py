"""One word means one thing: a command's options are its step's keywords, with the same defaults."""

from __future__ import annotations

import importlib
import inspect

import pytest

from curate.cli._app import _COMMANDS

#: What only the command has: where the dataset is, and how it speaks.
OF_THE_COMMAND = {"dataset", "json", "quiet"}

#: What only the step has: the open dataset, and who watches.
OF_THE_STEP = {"dataset", "progress"}

#: `show` prints its table in one more way.
MORE = {"show": {"csv"}}


def own(signature, others):
    return {name: parameter for name, parameter in signature.parameters.items() if name not in others}


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_takes_what_its_step_takes(name):
    command = _COMMANDS[name]
    module = importlib.import_module(f"curate.steps.{command.__name__}")
    step = getattr(module, command.__name__)
    options = own(inspect.signature(command), OF_THE_COMMAND | MORE.get(name, set()))
    keywords = own(inspect.signature(step), OF_THE_STEP)
    if "out" in options:  # a required option comes first in its function, whatever its place
        assert options.keys() == keywords.keys()
    else:
        assert list(options) == list(keywords)
    for keyword, parameter in keywords.items():
        # Typer has no empty tuple: a list that may be left out is None there.
        default = None if parameter.default == () else parameter.default
        assert options[keyword].default == default, keyword


#: Every option of each command, with another value than its default.
EVERY_OPTION = {
    "example": "folder",
    "import": (
        "data --format csv --label-column who --path-column where --replace-changed --retry-failed "
        "--jobs 3 --engine dask:2 --dry-run"
    ),
    "scan": "data --detector silence --jobs 3 --engine dask:2 --device cpu --limit 7 --retry-failed",
    "trim": (
        "data --preset strict --silence --min-silence 1 --keep-edges 1 --clipping-share 0.1 --max-buzz 0.1 "
        "--damage drop --head 9 --rare-below 9 --rare-head 9 --rare-activity 9 --min-keep 1 --action mute "
        "--no-render --audio-format wav --jobs 3 --engine dask:2 --limit 7 --retry-failed --dry-run"
    ),
    "keep": "local:a 1 2 --label word --reviewer me",
    "cut": "local:a 1 2 --label word --reviewer me",
    "strip-voice": (
        "data --threshold 0.4 --min-speech 1 --merge-gap 1 --pad 1 --min-keep 1 --action mute "
        "--speech-bank bank --no-render --audio-format wav --jobs 3 --engine dask:2 --device cpu --limit 7 "
        "--retry-failed --dry-run"
    ),
    "split": (
        "--folds 4 --train 0.5 --valid 0.3 --test 0.2 --group day,site --site-km 5 --rare-in-train 10 "
        "--by-year --holdout-archive csa --from folds.csv --seed 7 --reset --dry-run"
    ),
    "run": "default --from manifest --jobs 3 --engine dask:2 --device cpu --retry-failed --dry-run",
    "recipes": "default",
    "upsample": (
        "--below 10 --to 15 --max-repeats 3 --cap 99 --weights sqrt --beta 0.9 --rating-weights "
        "--count-secondary --fold 1 --seed 7 --dry-run"
    ),
    "manifest": "--out m.csv --format csv --audio raw --year 2024 --skip-flagged --repeat --dry-run",
    "status": "",
    "show": "segments --layer speech --recording local:a --clean --limit 7",
    "dump": "folder",
}


class Called(Exception):
    """Ends the command once its step was called."""


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_hands_every_option_on_to_its_step(curate, name, monkeypatch):
    function = _COMMANDS[name].__name__
    module = importlib.import_module(f"curate.steps.{function}")
    signature = inspect.signature(getattr(module, function))
    arguments = {}

    def step(*values, **keywords):
        arguments.update(signature.bind(*values, **keywords).arguments)
        raise Called

    monkeypatch.setattr(module, function, step)
    with pytest.raises(Called):
        curate(name, *EVERY_OPTION[name].split())
    assert arguments.keys() == signature.parameters.keys()
    for keyword, parameter in own(signature, OF_THE_STEP).items():
        assert arguments[keyword] != parameter.default, keyword
