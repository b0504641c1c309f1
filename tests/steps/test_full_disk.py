"""A full disk stops a run at once, with one message that names it; what is whole stays."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile as sf

from curate.catalogue.dataset import Dataset
from curate.cli._system_errors import explain_system_error
from curate.engine.bundles import Outcome
from curate.errors import DiskFull
from curate.steps.acquire.import_ import import_
from curate.steps.common.failing import Failing
from curate.steps.review.cut import cut
from tests.engines import in_a_thread

SR = 16000
RECORDINGS = 12

#: Runs where a small disk is mounted for itself alone: fills it by copies, then makes room.
PROGRAM = """
import json, pathlib, shutil, subprocess, sys
from curate.catalogue.dataset import Dataset
from curate.errors import DiskFull
from curate.steps.acquire.example import example
from curate.steps.clean.render import render
from curate.steps.export.manifest import manifest
from tests.engines import in_a_thread

place = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2700k", "none", place], check=True)
shutil.copytree(sys.argv[2], f"{place}/birds")
found = {}
with in_a_thread(), Dataset(f"{place}/birds") as birds:
    try:
        render(birds)
    except DiskFull as error:
        found["said"], found["hint"] = error.message, error.hint
    there = list(pathlib.Path(place, "birds", "clean").rglob("*"))
    found["whole"] = sum(path.suffix == ".flac" for path in there)
    found["parts"] = [path.name for path in there if path.suffix == ".part"]
    found["known"] = birds.store.value("SELECT count(*) FROM copies WHERE digest IS NOT NULL")
    found["failures"] = birds.store.value("SELECT count(*) FROM unrendered")
    try:
        manifest(birds, f"{place}/out", format="folders", audio="raw", audio_mode="copy")
    except DiskFull as error:
        found["export"] = error.message
    subprocess.run(["mount", "-o", "remount,size=20m", place], check=True)
    again = render(birds)
    found["again"], found["copies"] = again.rendered, again.copies
try:
    with open(f"{place}/filling", "wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))
except OSError:
    pass
found["full"] = []
for work in (lambda: render(Dataset(f"{place}/birds")), lambda: example(f"{place}/example")):
    try:
        work()
    except DiskFull as error:
        found["full"].append(error.message)
print(json.dumps(found))
"""


@pytest.fixture
def birds(tmp_path):
    """Recordings that all lose a second; their copies take 2.7 MB."""
    folder = tmp_path / "raw" / "owl"
    folder.mkdir(parents=True)
    for n in range(RECORDINGS):
        y = np.random.default_rng(n).uniform(-0.5, 0.5, SR * 9)
        sf.write(folder / f"{n}.wav", y, SR)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "raw")
        for n in range(RECORDINGS):
            cut(dataset, f"owl/{n}.wav", 2.0, 3.0)
    return tmp_path / "birds"


def test_copies_are_written_as_far_as_there_is_room_and_later_the_rest(birds, tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    alone = ["unshare", "--map-root-user", "--mount"]
    try:
        tried = subprocess.run(
            [*alone, "mount", "-t", "tmpfs", "none", place], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("needs unshare")
    if tried.returncode:
        pytest.skip("no disk of its own can be mounted here")
    done = subprocess.run(
        [*alone, sys.executable, "-c", PROGRAM, place, birds],
        capture_output=True,
        text=True,
        check=False,
        cwd=os.getcwd(),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    whole = found["whole"]
    assert 0 < whole < RECORDINGS
    assert f"the disk is full (mounted at {place}, 0." in found["said"]
    assert found["said"].endswith(f"; {whole} of {RECORDINGS} clean copies were written, and stay")
    assert found["hint"].startswith("free some space there, and run the same command again")
    assert (found["parts"], found["known"], found["failures"]) == ([], whole, 0)
    assert found["export"].startswith(f"the disk is full (mounted at {place}")
    assert (found["again"], found["copies"]) == (RECORDINGS - whole, RECORDINGS)
    there = f"the disk is full (mounted at {place}, 0.0 MB free): failed to write {place}"
    assert found["full"] == [f"{there}/birds/curate.db", f"{there}/example"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_no_run_goes_on_without_room(code, tmp_path):
    error = OSError(code, os.strerror(code), str(tmp_path / "a.flac"))
    with pytest.raises(DiskFull, match=r"full \(mounted at /.* MB free\): failed to write .*a\.flac"):
        Failing().failure_of(Outcome("a", None, error))
    assert isinstance(explain_system_error(error), DiskFull)


def test_another_error_of_the_system_is_not_called_a_full_disk():
    error = OSError(errno.EACCES, "Permission denied", "a.flac")
    words = "PermissionError: [Errno 13] Permission denied: 'a.flac'"
    assert Failing().failure_of(Outcome("a", None, error)) == words
