"""A million rows to every table format, and recordings into shards as fast as the disk takes them.

Each format writes in a process of its own, so that its peak memory is its own. Shards are
compared with copying the same files, one by one, in the same run; the disk's cache is as it is.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from curate.formats import WRITERS
from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.lookup import resolve
from curate.model import Row, Segment

CLASSES = 200

#: Formats that put the audio into place as they write; the others write tables of audio that is there.
WITH_AUDIO = {name for name, shape in LAYOUTS.items() if shape.audio == "embed"} | {"birdclef"}

#: Formats whose table speaks of one recording: a file for each of a million is a test of the file system.
OF_ONE = {"audacity", "avianz", "elan", "jams", "sonic-visualiser", "textgrid"}

#: A file of these lies beside its recording, so they write into a folder.
BESIDE = {"avianz"}

#: Formats in which nothing has a place that began at no known time.
TIMED = {"camtrap-dp"}


def rows(count: int, *, of_one: bool = False, timed: bool = False) -> Iterator[Row]:
    for number in range(count):
        label = f"species{number % CLASSES:03d}"
        path = "train/XC1.ogg" if of_one else f"train/{label}/XC{number}.ogg"
        yield Row(
            recording_id=f"xeno-canto:{number}",
            path=path,
            offset=30.0,
            duration=30.0,
            sr=32000,
            label=label,
            scientific_name=f"Genus {label}",
            common_name=f"Common {label}",
            class_name="Aves",
            fold=number % 5,
            rating=float(number % 6) or None,
            archive="xeno-canto",
            recordist=f"Recordist {number % 5000}",
            license="cc-by-nc-sa 4.0",
            url=f"https://example.org/{number}",
            latitude=number % 180 - 90.0,
            longitude=number % 360 - 180.0,
            date="2024-05-17",
            source_path=path,
            source_offset=30.0,
            annotations=(Segment(number % 20 + 0.5, number % 20 + 3.25, label, 0.5, 1000.0, 4000.0),),
            channels=1,
            file_duration=30.0,
            extra={"started": "2024-05-17T05:45:00Z"} if timed else {},
        )


def write(name: str, out: Path, count: int) -> None:
    made = rows(count, of_one=name in OF_ONE, timed=name in TIMED)
    written = resolve(name, WRITERS, kind="format")(made, out)
    assert written == count, (name, written)


def place(name: str, folder: Path) -> Path:
    """Say where a format writes to: a file, where it writes either."""
    if name not in BESIDE and not LAYOUTS.get(name, ExportLayout()).folder:
        return folder / "table.txt"
    (folder / "folder").mkdir()
    return folder / "folder"


def peak_mb() -> float:
    """Peak memory of this process; what the system tells a parent includes the parent's own."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in each)
    return int(line.split()[1]) / 1024


def size(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.stem}*")
    return sum(each.stat().st_size for each in files if each.is_file()) / 1e6


def formats(count: int) -> None:
    # Not above: it brings torch along, and the writers' processes should hold what they need alone.
    from shared.common import Run, fresh, run, table

    results = []

    def told(made: Run) -> str:
        return f"{made.seconds:5.1f} s, {made.core_seconds:5.1f} s of one core, {float(made.stdout):5,.0f} MB"

    empty = run(sys.executable, __file__, "--one", "none", "--rows", str(count))
    for name in WRITERS:
        if name in WITH_AUDIO:
            continue
        folder = fresh(f"format_scale/{name}")
        out = place(name, folder)
        made = run(sys.executable, __file__, "--one", name, "--out", out, "--rows", str(count))
        results.append((name, f"{told(made)}; {size(out):5,.0f} MB written"))
        shutil.rmtree(folder)
    results.append(("(making the rows alone)", told(empty)))
    table(f"{count:,} rows with an annotation each, {CLASSES} classes", results)


def shards(files: int) -> None:
    from shared.common import fresh, table

    folder = fresh("format_scale/shards")
    (folder / "in").mkdir()
    (folder / "copies").mkdir()
    (folder / "out").mkdir()
    block = bytes(range(256)) * 4096
    sources = [folder / "in" / f"XC{number}.flac" for number in range(files)]
    for source in sources:
        source.write_bytes(block)
    started = time.perf_counter()
    for source in sources:
        shutil.copyfile(source, folder / "copies" / source.name)
    copied = time.perf_counter() - started
    named = (
        Row(path=str(source), recording_id=source.stem, label="owl", extra={"name": f"train/{source.name}"})
        for source in sources
    )
    started = time.perf_counter()
    resolve("webdataset", WRITERS, kind="format")(named, folder / "out")
    packed = time.perf_counter() - started
    megabytes = files * len(block) / 1e6
    ratio = f"shards take {packed / copied:.2f} times as long"
    table(
        f"{files:,} files of 1 MiB",
        [
            ("webdataset", f"{packed:.1f} s, {megabytes / packed:,.0f} MB/s"),
            (
                "copying the files",
                f"{copied:.1f} s, {megabytes / copied:,.0f} MB/s; {ratio}",
            ),
        ],
    )
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--one", help="write one format and end: what the benchmark calls itself for")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one == "none":
        for _ in rows(options.rows):
            pass
        print(peak_mb())
    elif options.one:
        write(options.one, options.out, options.rows)
        print(peak_mb())
    else:
        formats(options.rows)
        shards(options.files)


if __name__ == "__main__":
    main()
