"""A catalogue of a million recordings and three million segments, and what each verb takes on it.

Rows are registered as an import does, without opening files; then the verbs run as a person would
run them, each once with all to decide and once with nothing to do. Three of four recordings hold voices, and
one of four a silence. Beside registering and the manifest stands a floor of the same run: plain sqlite3 and
pyarrow, which do no more than move the rows. ``--before PATH`` measures an earlier build, too, where a verb
only reads, and where it decides with changed settings. PATH is a checkout of it. ``--settings`` leaves out
all but the verbs that decide, and ``--few`` all but what a few changed recordings cost. ``--copies`` measures
what those cost with clean copies, of which each is an empty file here.

Making the set takes most of the time. ``--set FOLDER`` keeps it there before anything is decided, and a
later run with the same folder takes it from there.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from shared.common import ROOT, Run, curate, fresh, run, table

from curate.catalogue import cuts, layers, recordings
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.decisions.quality import LAYERS
from curate.decisions.voices import PROFILES
from curate.detectors.detect_file import default_settings
from curate.model import AudioInfo, Cut, FileFacts, Row, Segment
from curate.steps.clean.wanted_copies import wanted
from curate.steps.common.detect import detector_class

BATCH = 10_000


def rows(count: int) -> Iterator[tuple[Row, FileFacts]]:
    for number in range(count):
        label = f"species{number % 1000:03d}"
        row = Row(
            recording_id=f"xeno-canto:{number}",
            path=f"/audio/{label}/XC{number}.ogg",
            label=label,
            secondary_labels=("species001",) if number % 10 == 0 else (),
            scientific_name=f"Genus {label}",
            common_name=f"Common {label}",
            class_name="Aves",
            rating=float(number % 6) or None,
            archive="xeno-canto",
            recordist=f"Recordist {number % 5000}",
            license="cc-by-nc-sa 4.0",
            url=f"https://example.org/{number}",
            latitude=number % 180 - 90.0,
            longitude=number % 360 - 180.0,
            date="2024-05-17",
        )
        info = AudioInfo(32000 * 30, 32000, 1, "ogg", "vorbis")
        yield row, FileFacts(300_000, number, f"{number:064x}", info)


def took(run: Run) -> str:
    return f"{run.seconds:.1f} s ({run.core_seconds:.1f} s of a core), {run.peak_mb:,.0f} MB"


#: What only moves the rows: registers them anew in a plain file, there also in bare tables without any index
#: or rule, or writes them to a table. That has the columns of a manifest, and a row for each stretch between
#: cuts, by one query; it makes no digests, looks at no file and holds all rows at once.
_PLAIN = '''
import os, sqlite3, sys
import pyarrow as pa, pyarrow.csv as pc, pyarrow.parquet as pq
what, catalogue, out = sys.argv[1:]
old = sqlite3.connect(catalogue)
ends = """
    SELECT recording, onset, offset FROM cuts WHERE action IN ('excise', 'mute')
    UNION ALL SELECT id, duration, duration FROM recordings
"""
starts = "coalesce(lag(offset) OVER (PARTITION BY recording ORDER BY onset, offset), 0)"
others = "SELECT json_group_array(label) FROM labels WHERE recording = r.id AND role = 'secondary'"
whole = ("0.0", "r.duration", "recordings r")
kept = f"(SELECT recording, {starts} AS start, onset AS stop FROM ({ends})) k"
cut = ("k.start", "k.stop", f"{kept} JOIN recordings r ON r.id = k.recording AND k.start < k.stop")
onset, offset, source = cut if old.execute("SELECT 1 FROM cuts LIMIT 1").fetchone() else whole
rows = f"""
    SELECT r.archive || ':' || r.archive_id AS recording_id, r.path, {onset} AS onset, {offset} AS offset,
           {offset} - {onset} AS duration, r.sr, l.label, ({others}) AS secondary_labels, t.scientific_name,
           t.common_name, t.class_name, a.fold, coalesce(a.weight, 1) AS weight,
           coalesce(a.copies, 1) AS copies, r.rating, r.archive, r.recordist, r.license, r.url, r.latitude,
           r.longitude, r.date, r.path AS source_path, {onset} AS source_onset, {offset} AS source_offset,
           NULL AS soft_labels
    FROM {source}
    LEFT JOIN labels l ON l.recording = r.id AND l.role = 'primary'
    LEFT JOIN taxa t ON t.label = l.label
    LEFT JOIN assignments a ON a.recording = r.id
    ORDER BY r.id
"""
if what in ("register", "bare"):
    new = sqlite3.connect(out, isolation_level=None)
    new.execute("PRAGMA journal_mode = WAL")
    tables = "tbl_name IN ('recordings', 'labels') AND type IN ('table', 'index') AND sql IS NOT NULL"
    for (sql,) in old.execute(f"SELECT sql FROM sqlite_master WHERE {tables}"):
        if what == "register":
            new.execute(sql)
    new.execute("BEGIN")
    for table in ("recordings", "labels"):
        cursor = old.execute(f"SELECT * FROM {table}")
        if what == "bare":
            new.execute(f"CREATE TABLE {table} ({', '.join(column[0] for column in cursor.description)})")
        marks = ", ".join("?" * len(cursor.description))
        new.executemany(f"INSERT INTO {table} VALUES ({marks})", cursor)
    new.execute("COMMIT")
else:
    cursor = old.execute(rows)
    names = [column[0] for column in cursor.description]
    columns = zip(*cursor.fetchall())
    table = pa.table({name: pa.array(list(cells)) for name, cells in zip(names, columns)})
    if what == "parquet":
        pq.write_table(table, out, compression="zstd")
    else:
        pc.write_csv(table, out)
'''


def plain(what: str, folder: Path, out: Path) -> Run:
    """Measure what only moves the rows."""
    return run(sys.executable, "-c", _PLAIN, what, folder / "birds" / "curate.db", out)


#: The verbs, with options that change what they decide.
VERBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "strip-voice": (("--no-render",), ("--threshold", "0.9")),
    "trim": (("--no-render",), ("--min-silence", "4")),
    "dedupe": (("--no-sound",), ("--min-overlap", "0.7")),
    "split": ((), ("--reset", "--folds", "4")),
    "upsample": ((), ("--below", "40")),
}


def register(dataset: Dataset, count: int) -> float:
    """Register recordings; returns the core seconds that it took, without making them up."""
    seconds = 0.0
    stream = rows(count)
    while batch := list(islice(stream, BATCH)):
        started = time.process_time()
        with dataset.store.transaction():
            for row, facts in batch:
                name = row.recording_id.partition(":")[2]
                recordings.add(dataset.store, row, facts, archive_id=name, folder=dataset.folder)
        seconds += time.process_time() - started
    return seconds


def listen(dataset: Dataset, count: int) -> float:
    """Fill all layers that decide, as detectors do; returns the seconds that it took."""
    speech = {"lowest_score": PROFILES["balanced"].review, "min_speech": 0.25}  # or all is listened to
    wanted = {"speech": speech, **{name: default_settings(name) for name in (*LAYERS, "bandwidth")}}
    defined = {}
    for name, settings in {**wanted, "fingerprint": {}}.items():
        kind = detector_class(name)
        number = layers.define(
            dataset.store, kind.name, producer=name, version=kind.version, parameters=settings
        )
        defined[name] = number, layers.digest(kind.version, settings)
    draw = random.Random(1)
    started = time.perf_counter()
    with dataset.store.transaction():
        for number in range(1, count + 1):
            onset = draw.uniform(0, 5)
            found = {
                "speech": [
                    Segment(onset, onset + draw.uniform(1, 3), "speech", draw.random()),
                    Segment(9.0, 11.0, "speech", draw.random()),
                    Segment(20.0, 21.0, "speech", draw.random()),
                ]
                if number % 4
                else [],
                "silence": [] if number % 4 else [Segment(12.0, draw.uniform(13, 20), "silence")],
                "activity": [Segment(3.0, 8.0, "activity")],
            }
            for name, (layer, digest) in defined.items():
                layers.put(dataset.store, number, layer, found.get(name, []), digest=digest)
    return time.perf_counter() - started


def touch(dataset: Dataset, count: int, often: int) -> None:
    """Cut something out of recordings here and there, as persons do."""
    draw = random.Random(often)
    with dataset.writing("cut", {}), dataset.store.transaction():
        for number in draw.sample(range(1, count + 1), often):
            cuts.replace(
                dataset.store, number, "review", [Cut(1.0, 2.0, "excise", "cut", None, "review/ana")]
            )


def note_copies(dataset: Dataset) -> None:
    """Note the copies that a rendering would make, each with an empty file."""
    with dataset.writing("render", {}), dataset.store.transaction():
        for job in list(wanted(dataset, "flac")):
            path = dataset.folder / job.target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            cuts.announce_copies(dataset.store, [(job.recording, job.target)])
            copy = CleanCopy(job.recording, job.target, job.digest, job.frames, 0)
            cuts.put_copy(dataset.store, copy, [])


def hear_again(dataset: Dataset, count: int, often: int, *, nothing: bool = False) -> None:
    """Let voices be found elsewhere in recordings here and there, or `nothing`, as by a later detector."""
    draw = random.Random(often)
    with dataset.writing("scan", {}), dataset.store.transaction():
        store = dataset.store
        layer = layers.find_number(store, "speech")
        assert layer is not None
        digest = store.value("SELECT digest FROM coverage WHERE layer = ? LIMIT 1", (layer,))
        for number in draw.sample(range(1, count + 1, 2), often):  # every fourth has no voice to lose
            onset = draw.uniform(1, 20)
            found = [] if nothing else [Segment(onset, onset + 3, "speech", 0.99)]
            layers.put(store, number, layer, found, digest=digest)


@dataclass
class Bench:
    """Measures verbs on a set by one build or two, and keeps what they took."""

    folder: Path
    builds: dict[str, Path]
    results: list[tuple[str, str]] = field(default_factory=list)

    @property
    def birds(self) -> Path:
        return self.folder / "birds"

    def note(self, words: str, said: str) -> None:
        self.results.append((words, said))
        print(words, said, file=sys.stderr)

    def measure(self, words: str, *command: str | Path, tree: Path = ROOT) -> None:
        self.note(words, took(curate(*command, "-d", self.birds, "--json", "--quiet", tree=tree)))

    def changed_settings(self, verb: str, *command: str) -> None:
        """Decide with other settings by each build, each on a copy of one catalogue; say how they compare."""
        took_them = []
        for build, tree in self.builds.items():
            copy = fresh("catalogue_scale_copy")
            shutil.copytree(self.birds, copy, dirs_exist_ok=True)
            made = curate(verb, *command, "-d", copy, "--json", "--quiet", tree=tree)
            self.note(f"{build}{verb}, changed settings", took(made))
            took_them.append(made.core_seconds)
        shutil.rmtree(copy)
        before, *after = took_them
        if after:
            self.note(f"{verb}, changed settings", f"{before / after[0]:.1f} times as fast as before")

    def read(self, words: str, *command: str | Path, again: bool = False) -> None:
        """Measure a verb that only reads, by each build."""
        for build, tree in self.builds.items():
            self.measure(f"{build}{words}", *command, tree=tree)
            if again:
                self.measure(f"{build}{words}, once more", *command, tree=tree)

    def few_changes(self, count: int) -> None:
        """Measure what follows where one recording changed, or a thousand here and there."""
        for often in (1, min(1000, count)):
            with Dataset(self.birds) as dataset:
                touch(dataset, count, often)
            self.measure(f"status, recordings cut since: {often}", "status")
            with Dataset(self.birds) as dataset:
                hear_again(dataset, count, often)
            for verb in ("strip-voice", "trim"):
                self.measure(f"{verb}, recordings heard again: {often}", verb, *VERBS[verb][0])
            self.measure(f"status after that: {often}", "status")

    def copies(self, count: int) -> None:
        """Measure by each build what a few changes cost where all copies are there: those that go."""
        self.measure("strip-voice, the first", "strip-voice", *VERBS["strip-voice"][0])
        with Dataset(self.birds) as dataset:
            note_copies(dataset)
        for build, tree in self.builds.items():
            copy = fresh("catalogue_scale_copy")
            shutil.copytree(self.birds, copy, dirs_exist_ok=True)
            command = "strip-voice", "-d", copy, "--json", "--quiet"
            self.note(f"{build}strip-voice that compares all copies", took(curate(*command, tree=tree)))
            for often in (0, 1, min(1000, count)):
                with Dataset(copy) as dataset:
                    hear_again(dataset, count, often, nothing=True)
                made = curate(*command, tree=tree)
                self.note(f"{build}strip-voice with rendering, without a voice since: {often}", took(made))
            made = curate("manifest", "-d", copy, "-o", copy / "all.parquet", "--json", "--quiet", tree=tree)
            self.note(f"{build}manifest to Parquet that names all copies", took(made))
            shutil.rmtree(copy)

    def manifests(self, words: str) -> None:
        """Write a manifest of each format by each build, twice, and what only moves the rows."""
        for form in ("parquet", "csv"):
            self.note(
                f"manifest, {form}, floor", took(plain(form, self.folder, self.folder / f"plain.{form}"))
            )
            for number, (build, tree) in enumerate(self.builds.items()):
                command = "manifest", "-o", self.folder / f"{words}{number}.{form}"
                self.measure(f"{build}manifest, {words}, {form}", *command, tree=tree)
                self.measure(f"{build}manifest, {words}, {form}, nothing to do", *command, tree=tree)


def made(bench: Bench, count: int) -> None:
    """Make a set of which nothing is decided yet, and say what that took."""
    dataset = Dataset(bench.birds)
    with dataset.writing("import", {}):
        registered, heard = register(dataset, count), listen(dataset, count)
    dataset.close()
    took_them = {"registering": registered}
    for words, what in (("registering, floor", "register"), ("registering, bare tables", "bare")):
        took_them[words] = plain(what, bench.folder, bench.folder / f"{what}.db").core_seconds
    for words, seconds in took_them.items():
        bench.note(words, f"{seconds:.1f} s of a core, {count / seconds:,.0f} rows/s")
    bench.note("noting nine layers", f"{heard:.1f} s of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=1_000_000)
    parser.add_argument("--before", type=Path, help="checkout of an earlier build to compare with")
    parser.add_argument("--set", type=Path, help="folder that keeps the set, made or taken from there")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--settings", action="store_true", help="only the verbs that decide")
    only.add_argument("--few", action="store_true", help="only what a few changed recordings cost")
    only.add_argument("--copies", action="store_true", help="only the same with clean copies")
    options = parser.parse_args()
    builds = {"": ROOT} if options.before is None else {"before, ": options.before.resolve(), "": ROOT}
    bench = Bench(fresh("catalogue_scale"), builds)
    if options.set is not None and options.set.is_dir():
        shutil.copytree(options.set, bench.birds)
    else:
        made(bench, options.recordings)
        if options.set is not None:
            shutil.copytree(bench.birds, options.set)
    size = sum(path.stat().st_size for path in bench.birds.iterdir()) / 1e6
    bench.note("catalogue", f"{size:,.0f} MB")
    with Dataset(bench.birds) as dataset:
        count = int(dataset.store.value("SELECT count(*) FROM recordings"))
    if options.few:
        for verb in ("strip-voice", "trim"):
            bench.measure(f"{verb}, the first", verb, *VERBS[verb][0])
        bench.read("status", "status", again=True)
        bench.few_changes(count)
    elif options.copies:
        bench.copies(count)
    else:
        all_verbs(bench, count, settings=options.settings)
    table(f"{count:,} recordings, {5 * count // 2:,} segments", bench.results)


def all_verbs(bench: Bench, count: int, *, settings: bool) -> None:
    """Measure all verbs, or only those that decide."""
    if not settings:
        bench.read("status", "status", again=True)
        bench.manifests("whole")
    for verb, (same, other) in VERBS.items():
        bench.measure(f"{verb}, the first", verb, *same)
        bench.measure(f"{verb}, nothing to do", verb, *same)
        bench.changed_settings(verb, *same, *other)
    if settings:
        return
    bench.manifests("cut")
    bench.read("status", "status", again=True)
    bench.few_changes(count)
    bench.read("windows", "windows", "--dry-run")
    bench.read("report, numbers", "report")
    bench.read("check, every file gone", "check")


if __name__ == "__main__":
    main()
