"""A program that downloads, to be killed: python fetcher.py HOST FOLDER NAME..."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from curate.net.http import Expectation, Http
from tests.net.conftest import LOCAL


def main(host: str, folder: Path, names: list[str]) -> None:
    with Http(LOCAL) as http, ThreadPoolExecutor(4) as pool:

        def fetch(name: str) -> None:
            stem = Path(name).stem
            if not (folder / name).exists():
                http.download(f"{host}/{name}", folder / stem, expect=Expectation(name_hint=name))

        list(pool.map(fetch, names))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
