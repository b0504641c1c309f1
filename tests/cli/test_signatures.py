"""One word means one thing: a command's options are its step's keywords, with the same defaults."""

from __future__ import annotations

import importlib
import inspect

import pytest

from curate.archives import ARCHIVES
from curate.cli._commands import ALONE, COMMANDS, GROUPS
from curate.lookup import resolve

#: What only the command has: where the dataset is, what was typed, and how it speaks.
OF_THE_COMMAND = {"context", "dataset", "json", "quiet"}

#: What only the step has: the open dataset, who watches, who is told that a page is
#: there, and who is asked before anything is noted.
OF_THE_STEP = {"agreed", "dataset", "progress", "ready"}

#: What no command hands on: who listens while an import opens its files.
BETWEEN_STEPS = {"ear"}

#: `show` prints its table in one more way.
MORE = {"show": {"csv"}}


def step_module(command):
    """The step of a command is in the same room, under the same name."""
    return importlib.import_module(command.__module__.replace("curate.cli", "curate.steps"))


def own(signature, others):
    return {name: parameter for name, parameter in signature.parameters.items() if name not in others}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in GROUPS or name in ALONE])
def test_a_command_takes_what_its_step_takes(name):
    command = COMMANDS[name]
    step = getattr(step_module(command), command.__name__)
    options = own(inspect.signature(command), OF_THE_COMMAND | MORE.get(name, set()))
    keywords = own(inspect.signature(step), OF_THE_STEP | BETWEEN_STEPS)
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
    "example": "folder --card --serve --port 0",
    "import": (
        "data --format csv --label-column who --path-column where --audio-folder here --layer mine "
        "--as-labels --min-score 0.5 --explain-table "
        "--recorder --folders site --name-pattern {site}_{date} --zone UTC --sites sites.csv "
        "--replace-changed --retry-failed "
        "--jobs 3 --engine dask:2 --dry-run"
    ),
    "split-work": "--parts 3 --out parts --dry-run",
    "merge": "parts/part-1 parts/part-2",
    "scan": (
        "data --detector silence --jobs 3 --engine dask:2 --device cpu --limit 7 --retry-failed --dry-run"
    ),
    "trim": (
        "data --preset strict --silence --min-silence 1 --keep-edges 1 --clipping-share 0.1 --max-buzz 0.1 "
        "--damage drop --first-seconds 9 --rare-below 9 --rare-first-seconds 9 --rare-activity 9 "
        "--min-keep 1 --action mute --no-render --audio-format wav --jobs 3 --engine dask:2 --limit 7 "
        "--retry-failed --dry-run"
    ),
    "keep": "local:a 1 2 --label word --reviewer me --dry-run",
    "cut": "local:a 1 2 --label word --reviewer me --dry-run",
    "strip-voice": (
        "data --profile privacy --threshold 0.4 --review 0.2 --min-speech 1 --merge-gap 1 --pad 1 "
        "--min-keep 1 --min-keep-share 0.5 --action mute "
        "--speech-bank bank --no-render --audio-format wav --jobs 3 --engine dask:2 --device cpu --limit 7 "
        "--retry-failed --evaluate labels.csv --target-recall 0.9 --dry-run"
    ),
    "dedupe": (
        "--no-sound --min-overlap 0.5 --label-conflict review --against other --jobs 3 --engine dask:2 "
        "--retry-failed --dry-run"
    ),
    "same": "local:a local:b --reviewer me --dry-run",
    "different": "local:a local:b --reviewer me --dry-run",
    "review": "--queue quality --max-items 7 --reviewer ana --host ::1 --port 0 --no-token --no-browser",
    "map": (
        "--model spectral --projection umap --max-points 7 --reviewer ana --host ::1 --port 0 --no-token "
        "--no-browser"
    ),
    "undo": "7 trim --reviewer ada --no-render --jobs 3 --engine dask:2 --dry-run",
    "split": (
        "--folds 4 --train 0.5 --valid 0.3 --test 0.2 --group day,site,likeness --model birdnet "
        "--site-km 5 --rare-in-train 10 --by-year --holdout-archive csa --from folds.csv --seed 7 --reset "
        "--dry-run"
    ),
    "render": "--audio-format wav --jobs 3 --engine dask:2 --dry-run",
    "run": (
        "default --from manifest --set a.b=c --fresh --jobs 3 --engine dask:2 --device cpu --retry-failed "
        "--dry-run"
    ),
    "recipes": "default",
    "windows": "--length 3 --hop 1 --random 4 --seed 7 --sun night --dry-run",
    "upsample": (
        "--below 10 --target 15 --max-repeats 3 --cap 99 --by diversity --model birdnet --weights sqrt "
        "--beta 0.9 --rating-weights --count-secondary --fold 1 --seed 7 --dry-run"
    ),
    "pseudo-label": (
        "scores.csv --model birdnet --round pseudo-2 --keep-above 0.6 --zero-below 0.2 --power 2 --top-n 30 "
        "--top-n-power 3 --max-per-class 9 --window 3 --labelled --dry-run"
    ),
    "audit": (
        "scores.csv --model birdnet --annotators answers.csv --neighbours spectral --out worst.csv "
        "--max-items 7 --window 3 --dry-run"
    ),
    "embed": (
        "data --model birdnet --hop 1.5 --whole --detector speech --vectors-from v.parquet --out w.parquet "
        "--jobs 3 --engine dask:2 --limit 7 --retry-failed --dry-run"
    ),
    "similar": "owl/a.wav@3 --model birdnet --max-items 7 --all-windows --out near.csv",
    "cluster": "--model birdnet --windows --out groups.csv --max-items 7 --seed 7 --dry-run",
    "search": (
        "owls --like a@3 --like b --unlike c --model birdnet --max-items 7 --ask 9 --out near.csv --dry-run"
    ),
    "clean-up": "old.csv --dry-run",
    "manifest": (
        "--out m.csv --format csv --audio raw --audio-mode copy --layer mine --soft-labels pseudo-1 "
        "--window 5 --hop 2 --min-label-overlap 1 --folds 0 --sr 32000 --channels 1 --codec wav "
        "--year 2024 --label-column who --shard-mb 9 --skip-flagged --sun night --repeat --relative "
        "--keep-names --columns site,night --bands all --jobs 3 "
        "--engine dask:2 --dry-run"
    ),
    "report": "--out report.html --rare 7 --cuts 3 --certificate --dry-run",
    "status": "",
    "check": "--read --limit 7 --jobs 3 --engine dask:2",
    "show": "segments --layer speech --against perch --recording local:a --clean --limit 7",
    "explain": "local:a",
    "dump": "folder --dry-run",
    "config": "",
    "doctor": "",
}


class Called(Exception):
    """Ends the command once its step was called."""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in GROUPS or name in ALONE])
def test_a_command_hands_every_option_on_to_its_step(curate, name, monkeypatch):
    function = COMMANDS[name].__name__
    module = step_module(COMMANDS[name])
    signature = inspect.signature(getattr(module, function))
    arguments = {}

    def step(*values, **keywords):
        arguments.update(signature.bind(*values, **keywords).arguments)
        raise Called

    monkeypatch.setattr(module, function, step)
    with pytest.raises(Called):
        curate(name, *EVERY_OPTION[name].split())
    assert arguments.keys() == own(signature, BETWEEN_STEPS).keys()
    for keyword, parameter in own(signature, OF_THE_STEP | BETWEEN_STEPS).items():
        assert arguments[keyword] != parameter.default, keyword


# `curate download ARCHIVE`: the archive's keywords, then the step's.


def test_every_archive_has_its_command():
    assert sorted(GROUPS["download"]) == list(ARCHIVES)


def absent(default):
    """An empty tuple, None and a missing default are one thing to Typer."""
    return None if default in {(), inspect.Parameter.empty, ...} else default


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_command_takes_what_its_archive_and_the_step_take(archive):
    from curate.steps.acquire.download import download

    options = own(inspect.signature(GROUPS["download"][archive]), OF_THE_COMMAND)
    archives = inspect.signature(resolve(archive, ARCHIVES, kind="archive")).parameters
    steps = own(inspect.signature(download), OF_THE_STEP | {"archive", "query"})
    assert list(options) == [*archives, *steps]
    for name, parameter in {**archives, **steps}.items():
        assert absent(options[name].default) == absent(parameter.default), name


EVERY_DOWNLOAD_OPTION = {
    "csa": "--table t.csv --dataset-key k --taxon a --taxa t --server u --files v",
    "gbif": "--taxon a --taxa t --dataset-key k --country CO --box 1,2,3,4 --server u",
    "huggingface": "a/b --config c --revision r --files x --server u",
    "inaturalist": (
        "--taxon a --taxa t --place 7 --quality-grade research --box 1,2,3,4 --since 2025-01-01 --server u"
    ),
    "kaggle": "birdclef-2025",
    "urls": "list.csv --url-column a --label-column b",
    "xeno-canto": (
        "--taxon a --taxa t --group birds --country CO --box 1,2,3,4 --quality A --since 7 --length 5-30 "
        "--query q:A --key-file k --server u"
    ),
    "zenodo": "123 --files x --server u",
}
SHARED = (
    "--max-per-taxon 3 --max-seconds 9 --license by --allow-nd --exclude t.csv --metadata-only --limit 7 "
    "--jobs 3 --refresh --retry-failed --contact me --patience 9 --max-mb 9 --allow-private "
    "--allow-files here --dry-run"
)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_a_command_hands_every_option_on_to_its_archive_and_the_step(curate, archive, monkeypatch):
    from curate.steps.acquire import download as module

    signature = inspect.signature(module.download)
    arguments = {}

    def step(*values, **keywords):
        arguments.update(signature.bind(*values, **keywords).arguments)
        raise Called

    monkeypatch.setattr(module, "download", step)
    with pytest.raises(Called):
        curate("download", archive, *EVERY_DOWNLOAD_OPTION[archive].split(), *SHARED.split())
    assert arguments.pop("archive") == archive
    own_options = inspect.signature(resolve(archive, ARCHIVES, kind="archive")).parameters
    assert arguments["query"].keys() == own_options.keys()
    for name, parameter in own_options.items():
        assert arguments["query"][name] != parameter.default, name
    for name, parameter in own(signature, OF_THE_STEP | {"archive", "query"}).items():
        assert arguments[name] != parameter.default, name


# `curate review export` and `import`.

EVERY_REVIEW_OPTION = {
    "export": "folder --to raven --queue quality --max-items 7 --reviewer ana --audio copy --dry-run",
    "import": "folder --reviewer ana --confirm-untouched --dry-run",
}


@pytest.mark.parametrize("word", GROUPS["review"])
def test_a_word_behind_review_takes_what_its_step_takes_and_hands_it_on(curate, word, monkeypatch):
    from curate.steps.review import review as module

    signature = inspect.signature(getattr(module, f"review_{word}"))
    options = own(inspect.signature(GROUPS["review"][word]), OF_THE_COMMAND | {"yes"})
    keywords = own(signature, OF_THE_STEP)
    assert {name: absent(each.default) for name, each in options.items()} == {
        name: absent(each.default) for name, each in keywords.items()
    }
    arguments = {}

    def step(*values, **given):
        arguments.update(signature.bind(*values, **given).arguments)
        raise Called

    monkeypatch.setattr(module, f"review_{word}", step)
    with pytest.raises(Called):
        curate("review", word, *EVERY_REVIEW_OPTION[word].split())
    for name, parameter in keywords.items():
        assert arguments[name] != parameter.default, name


def test_an_option_before_the_word_is_not_lost_without_a_word(curate, tmp_path):
    said = curate("review", "--queue", "labels", "export", tmp_path / "out", "--to", "raven")
    assert said.code == 2
    assert "--queue stands before 'export'" in said.err
