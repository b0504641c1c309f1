"""Gather the pages of the site: README, docs/, the changelog, and a page of all functions.

Usage: ``python scripts/docs_source.py build/docs``. The pages stay where a clone shows them best; their links
are changed to where the site has them.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import curate
from curate.cli._commands import ROOMS

ROOT = Path(__file__).resolve().parents[1]

#: Pages of the site that lie at the root of the repository.
SITE = {"index.md": "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}

#: Functions that are no commands, and where they are.
OTHERS = {"Dataset": "curate.catalogue.dataset.Dataset", "play": "curate.steps.inspect.play.play"}


def relinked(text: str) -> str:
    """Change links of the README and of docs/ to those of the site."""
    text = re.sub(r"\]\(docs/([\w.#-]+)\)", r"](\1)", text)
    text = re.sub(r"\]\(\.\./README\.md(#[\w-]+)?\)", r"](index.md\1)", text)
    return re.sub(
        r"\]\((?:\.\./)?(CHANGELOG|CONTRIBUTING)\.md(#[\w-]+)?\)",
        lambda link: f"]({link[1].lower()}.md{link[2] or ''})",
        text,
    )


def functions() -> str:
    """Write a page on which every function has its docstring, in the order of the commands."""
    lines = [
        "# In Python",
        "",
        "Every command is a function of the same name and options: `import curate`.",
        "",
    ]
    lines += ["## Dataset", "", f"::: {OTHERS['Dataset']}", ""]
    for title, names in ROOMS.values():
        lines += [f"## {title}", ""]
        for name in names:
            function = name.replace("-", "_")
            function = function if function in curate.__all__ else f"{function}_"
            lines += [f"::: {curate._WHERE[function]}.{function}", ""]  # noqa: SLF001 - our own table
    lines += ["## In notebooks", "", f"::: {OTHERS['play']}", "", "::: curate.progress.in_notebook", ""]
    return "\n".join(lines)


def main(target: Path) -> None:
    """Write all pages into a folder, which is made anew if they were written there before."""
    if (target / "python.md").is_file():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    (target / "python.md").write_text(functions(), encoding="utf-8")
    for path in sorted((ROOT / "docs").iterdir()):
        if path.suffix == ".md":
            (target / path.name).write_text(relinked(path.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copy(path, target)
    for name, source in SITE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        (target / name).write_text(relinked(text), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
