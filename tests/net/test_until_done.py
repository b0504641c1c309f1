"""Whatever happens, and however often, in the end there is what an undisturbed download gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import NetError
from curate.net.http import Expectation, Http
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.fakes.sounds import sound
from tests.net.clocks import Hurried
from tests.net.conftest import LOCAL

ROOT = Path(__file__).resolve().parents[2]

ENDINGS = ["wav", "flac", "ogg", "wav", "mp3", "wav"]
FILES = {f"{n}.{end}": sound(n, end.upper(), seconds=0.5 + 4 * n) for n, end in enumerate(ENDINGS)}


def random_fault(chance, length):
    """One of all faults, with a place in a body of this length."""
    place = chance.randrange(length)
    return chance.choice(
        [
            faults.busy(),
            faults.busy(429, Retry_After="3"),
            faults.busy(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
            faults.says(500, b""),
            faults.page_instead(),
            faults.page_instead("audio/mpeg"),
            faults.gone(),
            faults.says(403, b""),
            faults.redirect("/nowhere"),
            *(6 * [faults.cut(place)]),
            faults.reset(place),
            faults.promise(1 + place),
            faults.unmeasured(),
            faults.chunked(),
            faults.gzipped(),
            faults.ignores_range(),
            faults.refuses_range(),
            faults.wrong_piece(-chance.randrange(1, 5000)),
            *(3 * [faults.another_file()]),
            faults.weak_etag(),
            faults.anonymous(),
            faults.headers(ETag='"another"'),
            faults.headers(Content_Range=None),
            faults.headers(Content_Type=None),
        ]
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_random_faults_change_nothing_in_the_end(tmp_path_factory, seed):
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("faults")

    def disturbed(question, delivery):
        for _ in range(chance.choice([0, 0, 1, 1, 2])):
            delivery = random_fault(chance, len(delivery.whole.body) or 1)(question, delivery)
        return delivery

    with FileHost({f"/{name}": body for name, body in FILES.items()}) as host:
        host.arm(disturbed)
        missing = set(FILES)
        for turn in range(60):
            if turn == 50:
                host.disarm()
            with Http(LOCAL, clock=Hurried()) as http:
                for name in sorted(missing):
                    # A size is what most archives give; without it, a body that claims to be whole is.
                    expect = Expectation(size=len(FILES[name]), name_hint=name)
                    try:
                        http.download(f"{host.url}/{name}", folder / Path(name).stem, expect=expect)
                    except NetError:
                        continue
                    missing.discard(name)
            if not missing:
                break
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def test_a_program_that_is_killed_again_and_again_gets_there(tmp_path):
    chance = random.Random(4)
    folder = tmp_path / "raw"
    folder.mkdir()
    bodies = {f"{n}.wav": sound(n, seconds=20 + n, sr=16000) for n in range(8)}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    with FileHost({f"/{name}": body for name, body in bodies.items()}) as host:
        host.arm(faults.drips(1_000_000))
        command = [sys.executable, ROOT / "tests" / "net" / "fetcher.py", host.url, folder, *bodies]
        while True:
            asked = len(host.seen)
            process = subprocess.Popen([str(part) for part in command], env=environment)
            while len(host.seen) == asked and process.poll() is None:
                time.sleep(0.005)
            try:
                process.wait(chance.uniform(0.0, 0.5) if kills < 6 else 60)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
            for path in folder.glob("*.wav"):
                assert path.read_bytes() == bodies[path.name]
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL
    assert kills > 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == bodies
    assert any("range" in question.headers for question in host.seen)
