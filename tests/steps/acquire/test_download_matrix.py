"""Every archive with every fault: what passes is overcome, what does not is told, in the end all is there.

The servers are real ones on loopback, the waits between tries are skipped. In the end the same command
is run undisturbed, and the dataset must be what it is without a fault: every byte and every row.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import time
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import CurateError
from curate.net.http import Http
from curate.steps.acquire import download as step
from tests.archives.servers import (
    KEY,
    Gbif,
    INaturalist,
    XenoCanto,
    gbif_occurrence,
    inat_observation,
    inat_sound,
)
from tests.downloads import files, parts, state
from tests.engines import in_a_thread
from tests.fakes import faults
from tests.fakes.engine import Fake
from tests.fakes.files import FileHost
from tests.fakes.huggingface import HuggingFace
from tests.fakes.sounds import sound
from tests.fakes.zenodo import Zenodo
from tests.net.clocks import Hurried

#: Where answers with sound are cut: behind what is fetched again when they are resumed.
PLACE = 6000


@dataclass
class Served:
    """An archive on loopback, and how it is asked.

    `media` matches the path of one file on `host`, `asked` those of questions, None where there are none.
    """

    archive: str
    server: Fake
    options: dict
    media: str
    asked: str | None = None
    host: Fake | None = None

    def disarm(self):
        for fake in (self.server, self.host or self.server):
            fake.disarm()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(2):
            archive.writestr(f"set/owl/{number}.wav", sound(number))
    return file.getvalue()


def xeno_canto(folder, start):
    key = folder / "key"
    key.write_text(KEY, encoding="utf-8")
    server = start(XenoCanto(range(1, 3)))
    options = {"taxon": ["Turdus merula"], "key_file": key, "server": server.url}
    return Served("xeno-canto", server, options, "^/2/download", "recordings")


def inaturalist(folder, start):
    del folder
    server = start(INaturalist())
    server.observations = [inat_observation(100 + n, [inat_sound(n, host=server.url)]) for n in (1, 2)]
    return Served("inaturalist", server, {"place": "7", "server": server.url}, "sounds/2", "observations")


def gbif(folder, start):
    del folder
    server = start(Gbif())
    sounds = [{"type": "Sound", "identifier": f"{server.url}/f/{'x' * n}.wav"} for n in (1, 2)]
    server.records = [gbif_occurrence(n, [media]) for n, media in enumerate(sounds)]
    options = {"taxon": ["Troglodytes troglodytes"], "server": server.url}
    return Served("gbif", server, options, "/f/xx", "occurrence|match")


def csa(folder, start):
    place = "/rec/sonidos/IAvH-CSA-{0}/IAvH-CSA-{0}.wav".format
    host = start(FileHost({place(n): sound(n) for n in (1, 2)}))
    table = folder / "train.csv"
    urls = [f"http://colecciones.humboldt.org.co{place(n)}" for n in (1, 2)]
    table.write_text("primary_label,scientific_name,url\n" + "".join(f"a,Aa aa,{url}\n" for url in urls))
    return Served("csa", host, {"table": table, "files": host.url}, "CSA-2.wav")


def urls(folder, start):
    host = start(FileHost({f"/{n}.wav": sound(n) for n in (1, 2)}))
    table = folder / "list.csv"
    table.write_text("url,label\n" + "".join(f"{host.url}/{n}.wav,owl\n" for n in (1, 2)))
    return Served("urls", host, {"file": table}, "^/2.wav")


def zenodo(folder, start):
    del folder
    server = start(Zenodo(7, {"birds.zip": zipped()}))
    return Served("zenodo", server, {"record": "7", "server": server.url}, "content", "records/7$")


def huggingface(folder, start):
    del folder
    server = start(HuggingFace("a/birds", "main", {"HSN/birds.zip": zipped()}))
    options = {"repo": "a/birds", "server": server.url}
    return Served("huggingface", server, options, "lfs", "api/", server.store)


MADE = {
    each.__name__.replace("_", "-"): each
    for each in (xeno_canto, inaturalist, gbif, csa, urls, zenodo, huggingface)
}


@pytest.fixture
def birds():
    """A dataset to be, in memory where there is such a place: the disk is not what is tried here."""
    memory = "/dev/shm"  # noqa: S108 - the name that Linux gives to it
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder, "birds")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Archives by name, each started once, with the state of an undisturbed download."""
    with ExitStack() as stack:
        made = {}

        def get(name):
            if name not in made:
                folder = tmp_path_factory.mktemp(name)
                archive = MADE[name](folder, stack.enter_context)
                fetch(folder / "undisturbed", archive.archive, archive.options)
                made[name] = archive, state(folder / "undisturbed")
            archive, expected = made[name]
            archive.disarm()
            return archive, expected

        yield get


def fetch(folder, archive, options, **more):
    """Download with a clock that does not wait."""

    def hurried(*args, **keywords):
        return Http(*args, clock=Hurried(), **keywords)

    with pytest.MonkeyPatch.context() as patch, in_a_thread(), Dataset(folder) as dataset:
        patch.setattr(step, "Http", hurried)
        return step.download(dataset, archive, allow_private=True, jobs=2, **options, **more)


#: What one run overcomes, wherever it happens.
PASSES = {
    "busy": [faults.busy(503, Retry_After="0")],
    "busy until a date": [faults.busy(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")],
    "too fast": [faults.busy(429)],
    "too fast, as Zenodo says it": [faults.busy(429, X_RateLimit_Reset="0")],
    "too fast, as a hub says it": [faults.busy(429, ratelimit='"api";r=0;t=0')],
    "an error of its own": [faults.says(500, b"")],
    "cut": [faults.cut(100)],
    "reset": [faults.reset(100)],
    "promises too much": [faults.promise(50)],
    "without a length": [faults.unmeasured()],
    "in chunks": [faults.chunked()],
    "compressed": [faults.gzipped()],
    "slowly": [faults.drips(100_000)],
    "without a type": [faults.headers(Content_Type=None)],
}

#: What a file that was cut meets when it is resumed.
RESUMED = {
    "as it should": faults.headers(),
    "from the start": faults.ignores_range(),
    "not at all": faults.refuses_range(),
    "without a version": faults.anonymous(),
    "with a weak version": faults.weak_etag(),
    "as another version": faults.headers(ETag='"another"'),
    "from another place": faults.wrong_piece(-100),
    "with bytes of another file": faults.another_file(),
    "without saying where": faults.headers(Content_Range=None),
}

#: Instead of a file; no other try helps.
TOLD = {
    "taken offline": faults.gone(),
    "taken offline for good": faults.gone(410),
    "forbidden": faults.says(403, b""),
    "a page": faults.page_instead(),
    "a page that is called sound": faults.page_instead("audio/mpeg"),
    "a page that is called nothing": faults.page_instead("application/octet-stream"),
    "JSON": faults.says(200, b'{"error":"restricted"}'),
    "nothing": faults.says(200, b"", "audio/wav"),
    "noise": faults.says(200, bytes(range(128, 256)) * 99, "audio/wav"),
    "elsewhere by another scheme": faults.redirect("ftp://example.org/a.wav"),
    "elsewhere, a file of this machine": faults.redirect("file:///etc/passwd"),
    "in circles": faults.redirect(""),
}

#: Instead of an answer to a question.
REFUSED = {
    "a bad question": faults.says(400, b'{"error":{"code":"bad","message":"No query specified"}}'),
    "forbidden": faults.says(403, b"<html>no</html>", "text/html"),
    "not there": faults.gone(),
    "a page": faults.page_instead(),
    "nothing": faults.says(200, b""),
    "a list": faults.says(200, b"[1"),
}


def prepared(served, name):
    archive, expected = served(name)
    return archive, expected, archive.host or archive.server


@pytest.mark.parametrize("fault", PASSES)
@pytest.mark.parametrize("name", MADE)
def test_what_passes_is_overcome(served, birds, name, fault):
    archive, expected, host = prepared(served, name)
    host.arm(*PASSES[fault], path=archive.media, times=1)
    if archive.asked:
        archive.server.arm(*PASSES[fault], path=archive.asked, times=1)
    summary = fetch(birds, archive.archive, archive.options)
    assert (summary.failed, summary.problems) == (0, [])
    assert state(birds) == expected


@pytest.mark.parametrize("fault", RESUMED)
@pytest.mark.parametrize("name", MADE)
def test_a_file_that_is_cut_is_resumed(served, birds, name, fault):
    archive, expected, host = prepared(served, name)
    host.arm(faults.cut(PLACE), path=archive.media, times=1)
    host.arm(RESUMED[fault], path=archive.media, skip=1, times=1)
    summary = fetch(birds, archive.archive, archive.options)
    assert (summary.failed, summary.problems) == (0, [])
    assert state(birds) == expected


@pytest.mark.parametrize("fault", TOLD)
@pytest.mark.parametrize("name", MADE)
def test_what_is_not_to_be_had_is_told_and_fetched_when_it_is(served, birds, name, fault):
    archive, expected, host = prepared(served, name)
    host.arm(TOLD[fault], path=archive.media)
    summary = fetch(birds, archive.archive, archive.options)
    assert summary.failed == 1
    assert [problem.kind for problem in summary.problems] == ["failed"]
    with Dataset(birds) as dataset:
        assert parts(dataset) == []
        assert files(dataset).items() <= expected[1].items()
    archive.disarm()
    assert fetch(birds, archive.archive, archive.options, retry_failed=True).failed == 0
    assert state(birds) == expected


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("name", [name for name in MADE if name not in {"csa", "urls"}])
def test_an_answer_that_is_none_is_told_and_not_kept(served, birds, name, fault):
    archive, expected, _ = prepared(served, name)
    archive.server.arm(REFUSED[fault], path=archive.asked)
    with pytest.raises(CurateError):
        fetch(birds, archive.archive, archive.options)
    archive.disarm()
    fetch(birds, archive.archive, archive.options)
    assert state(birds) == expected


@pytest.mark.parametrize("fault", [faults.promise(-1000), faults.truncated(PLACE), faults.flipped(PLACE)])
@pytest.mark.parametrize("name", ["zenodo", "huggingface"])
def test_what_a_checksum_contradicts_is_not_kept(served, birds, name, fault):
    archive, expected, host = prepared(served, name)
    host.arm(fault, path=archive.media)
    summary = fetch(birds, archive.archive, archive.options)
    assert summary.failed == 1
    with Dataset(birds) as dataset:
        assert files(dataset) == {}
    archive.disarm()
    fetch(birds, archive.archive, archive.options)
    assert state(birds) == expected


@pytest.mark.parametrize("name", MADE)
def test_killed_and_disturbed_at_random_it_ends_as_if_nothing_had_been(served, birds, name):
    archive, expected, host = prepared(served, name)
    chance = random.Random(name)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.steps.test_download_matrix"])
    for _ in range(3):
        archive.disarm()
        host.arm(faults.drips(50_000), path=archive.media)
        host.arm(*PASSES[chance.choice(list(PASSES))], path=archive.media, times=1)
        until = len(host.seen) + chance.randrange(1, 4)
        process = processes.Process(target=fetch, args=(birds, archive.archive, archive.options))
        process.start()
        while process.is_alive() and len(host.seen) < until:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.15))
        process.kill()
        process.join()
    archive.disarm()
    fetch(birds, archive.archive, archive.options, retry_failed=True)
    assert state(birds) == expected
