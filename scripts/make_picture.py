"""Take the picture of the README again: the report on the example data, as Chromium shows it.

Needs chromium in the path; run from the root of the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

#: Pixels: what the page shows before one scrolls, on a desktop.
WIDTH, HEIGHT = 1100, 1180

TARGET = Path(__file__).resolve().parents[1] / "docs" / "report.png"


def curate(*arguments: str | Path) -> None:
    """Run `curate` as a person would."""
    subprocess.run([sys.executable, "-m", "curate", *arguments, "--quiet"], check=True)


def main() -> None:
    """Make the data set, its report, and the picture of that."""
    program = shutil.which("chromium") or sys.exit("error: no chromium in the path")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        example, birds, page, shot = (
            Path(work, name) for name in ("example", "birds", "report.html", "shot.png")
        )
        curate("example", example)
        curate("strip-voice", example, "--dataset", birds)
        curate("split", "--dataset", birds)
        curate("report", "--out", page, "--rare", "3", "--dataset", birds)
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={work}/profile"]
        options += [f"--window-size={WIDTH},{HEIGHT}", "--virtual-time-budget=5000", f"--screenshot={shot}"]
        subprocess.run([program, *options, page.as_uri()], check=True, stderr=subprocess.DEVNULL)
        TARGET.parent.mkdir(exist_ok=True)
        with Image.open(shot) as image:
            image.convert("RGB").quantize(256).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
