"""The README and its pages: links lead somewhere, and commands, options and files named exist."""

from __future__ import annotations

import re
import shlex

import pytest
import typer
from typer.main import get_command

import curate
from curate.cli._app import app
from tests.pages import PAGES, ROOT, blocks, codes, parse, prose, table

#: Options of other programs that the pages name.
FOREIGN = {"--extra-index-url", "--nthreads", "--nworkers", "--parallel", "--strict"}


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text):
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)}


def command_lines(text):
    """Every `curate ...` in a text: in blocks, in lines set in, between backticks."""
    fenced = "".join(blocks("(?:console|sh)", text)).replace("\n$ ", "\n").removeprefix("$ ").splitlines()
    indented = re.findall(r"^ {4,}(curate .*)$", prose(text), re.MULTILINE)
    lines = [line for line in fenced + indented + codes(text) if line.startswith("curate ")]
    return [shlex.split(re.sub(r"[][]|&$", "", line), comments=True)[1:] for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(PAGES[page])):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.is_file(), target
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), target


def test_every_page_is_linked_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[\w.-]+\.md|CONTRIBUTING\.md)\)", PAGES["README.md"]))
    assert linked == PAGES.keys() - {"README.md"}


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_written_as_they_are_understood(page):
    for arguments in command_lines(PAGES[page]):
        assert parse(arguments) == [], arguments


@pytest.mark.parametrize("line", ["curate stripvoice", "curate trim --tresh 3", "curate manifest -o"])
def test_a_command_written_wrongly_is_found(line):
    [arguments] = command_lines(f"Say `{line}`.")
    with pytest.raises((KeyError, typer.BadParameter.__base__)):
        parse(arguments)


@pytest.mark.parametrize("page", PAGES)
def test_options_named_exist(page):
    named = {option for code in codes(PAGES[page]) for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", code)}
    assert named - FOREIGN <= options(get_command(app)) | {"--help"} | bench_options()


def options(command):
    """Every option of a command and of those below it."""
    there = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    return there.union(*map(options, getattr(command, "commands", {}).values()))


def bench_options():
    scripts = "".join(script.read_text(encoding="utf-8") for script in (ROOT / "bench").rglob("*.py"))
    return set(re.findall(r"add_argument\(\s*\"(--[\w-]+)\"", scripts))


@pytest.mark.parametrize("page", PAGES)
def test_scripts_targets_and_functions_named_exist(page):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for code in codes(PAGES[page]):
        for script in re.findall(r"bench/\w+(?:\.py)?", code):
            assert (ROOT / script).exists(), code
        if code.startswith("make "):
            assert code.split()[1] in targets, code
        for name in re.findall(r"\bcurate\.(\w+)\(", code):
            assert hasattr(curate, name), code


def test_the_headline_numbers_are_those_of_the_pages():
    pages = PAGES["docs/numbers.md"] + PAGES["docs/voices.md"]
    for what, figures, script in table("README.md", "## How well does it work?"):
        assert (ROOT / "bench" / re.search(r"\w+\.py", script)[0]).is_file()
        for figure in re.findall(r"\d[\d,.]*\d(?: %| s\b| MB| ms)?", figures):
            assert figure in pages, f"{what}: {figure}"
