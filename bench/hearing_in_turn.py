"""Core seconds of hearing by two builds, in turn after every few files, so that a busy machine sways neither.

Both hear animals, mixed and noise of the corpus as workers do: once for voices, once with all detectors. Of
each few files the least of the rounds counts, for whoever else uses the machine only adds. ``--before PATH``
is a checkout of the earlier build; without it this build is measured alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from shared.common import PARTS, ROOT, need_corpus, table

#: Files that are heard before the other build has its turn.
_TOGETHER = 8

_HEARD = ("voices alone", "all nine detectors")


class Build:
    """A process of one build, which hears the files that it is told."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--listen"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def spent(self, paths: list[str], heard: str) -> float:
        """Core seconds over files."""
        told, answers = self._process.stdin, self._process.stdout
        assert told is not None
        assert answers is not None
        told.write(json.dumps([paths, heard]) + "\n")
        told.flush()
        return float(answers.readline())


def listen() -> None:
    """Hear what comes in, and answer with core seconds."""
    from curate.detectors import DETECTORS
    from curate.detectors.detect_file import finish_new, measure_and_feed

    for line in sys.stdin:
        paths, heard = json.loads(line)
        wanted = {name: {} for name in DETECTORS if name == "speech" or heard != _HEARD[0]}
        started = time.process_time()
        finish_new([measure_and_feed(path, wanted, device="cpu") for path in paths])
        print(time.process_time() - started, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="checkout of an earlier build to compare with")
    parser.add_argument("--every", type=int, default=4, help="take every so-manieth file (default 4)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the least counts (default 5)")
    parser.add_argument("--listen", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listen:
        listen()
        return
    corpus = need_corpus()
    paths = sorted(str(path) for part in PARTS for path in (corpus / part).iterdir())[:: options.every]
    few = [paths[first : first + _TOGETHER] for first in range(0, len(paths), _TOGETHER)]
    builds = {"this build": Build(ROOT)}
    if options.before:
        builds = {"earlier build": Build(options.before.resolve()), **builds}
    for build in builds.values():
        build.spent(few[0], _HEARD[1])  # warm
    spent: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for _ in range(options.rounds):
        for number, each in enumerate(few):
            for heard in _HEARD:
                for name, build in builds.items():
                    least = spent[name, heard]
                    least[number] = min(build.spent(each, heard), least.get(number, float("inf")))
    for name in builds:
        voices, everything = (sum(spent[name, heard].values()) for heard in _HEARD)
        table(
            f"{name}: core seconds over {len(paths)} files, the least of {options.rounds} rounds",
            [
                (_HEARD[0], f"{voices:.2f}"),
                (_HEARD[1], f"{everything:.2f}, {everything / voices:.2f} times as much"),
            ],
        )


if __name__ == "__main__":
    main()
