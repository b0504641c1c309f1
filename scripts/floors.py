"""Print constraints with each direct dependency at the oldest version that pyproject.toml admits.

What is no direct dependency stays at its version of constraints.txt, so that the result is always the same.
Usage: ``python scripts/floors.py [--torch VERSION]``; pip takes the output as a file of constraints.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Extras for users. What the tests need has no floor.
EXTRAS_WITHOUT_FLOOR = {"test", "docs"}

#: Extras whose packages pin each other's versions: one of them decides for all.
EXTRAS_OF_PINS = {"batdetect2", "birdnet", "hoplite", "map", "onnx", "remote"}

#: What goes with the version of another: dask with distributed, selenium with urllib3.
FOLLOWERS = {"dask", "selenium"}


def floors(project: dict) -> dict[str, str]:
    """Read the oldest version of each direct dependency, by its name.

    Raises
    ------
    ValueError
        If a dependency of users names none: nobody then knows with what it works.
    """
    extras = project["optional-dependencies"].items()
    left_out = EXTRAS_WITHOUT_FLOOR | EXTRAS_OF_PINS
    wanted = project["dependencies"] + [
        each for extra, needed in extras if extra not in left_out for each in needed
    ]
    found = {}
    for each in wanted:
        name, _, floor = each.partition(">=")
        if not re.fullmatch(r"[\d.]+", floor):
            raise ValueError(f"{each}: no oldest version")
        found[name] = floor
    return found


def pins(constraints: str) -> dict[str, str]:
    """Read the tested version of each package of a file of constraints, by its name."""
    lines = (line.split("#")[0].strip().partition("==") for line in constraints.splitlines())
    return {name.lower(): version for name, _, version in lines if version}


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", help="another version of torch, such as one that is at hand")
    options = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    torch = {"torch": options.torch} if options.torch else {}
    for name, version in (tested | floors(project) | torch).items():
        if name in FOLLOWERS:
            continue
        print(f"{name}=={version}")  # noqa: T201


if __name__ == "__main__":
    main()
