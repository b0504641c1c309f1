"""How long a search over all windows takes: exact, by whole numbers first, and by libraries that approximate.

Vectors of 1,024 numbers are drawn around 200 centres, as sounds are. The first search maps the files, which
the page cache of the machine holds; the best of five follows. Seconds of the processor are printed beside
those of the clock: they show what a busy machine would take if it were quiet. Libraries that are installed
(usearch, faiss-cpu, hnswlib) index `--ann` of the rows, and are asked for the 50 nearest of 20 others.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from curate.catalogue import quick_vectors
from curate.catalogue.vectors import VectorRows
from curate.scores.neighbours import likeness, unit
from curate.scores.quick_rows import quick_rows
from curate.steps.scores.near_rows import near_scores

DIMENSION = 1024

#: So many are asked for.
NEAREST = 50

#: Windows of a recording.
WINDOWS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--ann", type=int, default=20_000, help="rows that other libraries index; 0 for none")
    parser.add_argument("--folder", type=Path, help="where the files are made, and left")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.folder or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        path = kept / "vectors.f16"
        make(path, given.rows)
        vectors = np.memmap(path, np.float16, "r", shape=(given.rows, DIMENSION))
        search(path, vectors)
        if given.ann:
            others(np.asarray(vectors[: given.ann], np.float32), np.asarray(vectors[-20:], np.float32))


def make(path: Path, rows: int) -> None:
    """Write vectors, and their whole numbers, unless they are there."""
    if quick_vectors.rows_of(path, DIMENSION) == rows:
        return
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(200, DIMENSION)).astype(np.float32)
    quick_vectors.cut(path, 0, DIMENSION)
    started = time.perf_counter()
    with path.open("wb") as file:
        for start in range(0, rows, 8192):
            count = min(8192, rows - start)
            made = (
                rng.standard_normal((count, DIMENSION), dtype=np.float32)
                + centres[rng.integers(0, 200, count)]
            )
            file.write(made.astype(np.float16).tobytes())
    vectors = np.memmap(path, np.float16, "r", shape=(rows, DIMENSION))
    print(f"{rows:,} rows drawn in {time.perf_counter() - started:.0f} s: {path.stat().st_size / 1e9:.2f} GB")
    started, before = time.perf_counter(), time.process_time()
    for start in range(0, rows, 8192):
        quick = quick_rows(vectors[start : start + 8192])
        quick_vectors.append(path, quick.numbers, quick.steps)
    took, busy = time.perf_counter() - started, time.process_time() - before
    more = sum(
        path.with_suffix(suffix).stat().st_size for suffix in (quick_vectors.NUMBERS, quick_vectors.STEPS)
    )
    print(
        f"prepared for the search, once, in {took:.0f} s, {busy:.0f} s of the processor: {more / 1e9:.2f} GB"
    )


def search(path: Path, vectors: np.ndarray) -> None:
    """Print seconds of one search, the first and the best of five, and whether both ways agree."""
    held = [
        VectorRows(number, first, min(WINDOWS, len(vectors) - first), 0)
        for number, first in enumerate(range(0, len(vectors), WINDOWS))
    ]
    query = unit(np.asarray(vectors[len(vectors) // 2 :][:1], np.float32))

    def quickly() -> np.ndarray:
        return near_scores(path, vectors, query, held, NEAREST, by_row=True)

    before = time.process_time()
    cold, _ = timed(quickly)
    cold_busy = time.process_time() - before
    loading, _ = timed(lambda: importlib.import_module("torch"))
    took, found = timed(quickly)
    busy = time.process_time()
    again = [timed(quickly)[0] for _ in range(5)]
    busy = (time.process_time() - busy) / len(again)
    before = time.process_time()
    brute, true = timed(lambda: likeness(vectors, query))
    all_busy = time.process_time() - before
    same = np.array_equal(np.argsort(-found)[:NEAREST], np.argsort(-true)[:NEAREST])
    print(f"{len(vectors):,} rows: first search, by numpy, {cold:.2f} s; {cold_busy:.3f} s of the processor")
    print(
        f"PyTorch loads in {loading:.1f} s; then {took:.2f} s and at best {min(again):.3f} s; "
        f"{busy:.3f} s of the processor"
    )
    print(
        f"{np.count_nonzero(found > -1):,} rows were compared exactly; all of them by numpy: {brute:.2f} s, "
        f"{all_busy:.2f} s of the processor"
    )
    print(f"the {NEAREST} nearest are the same: {same}")


def others(rows: np.ndarray, queries: np.ndarray) -> None:
    """Print what libraries for approximate neighbours take and find, of rows of length 1."""
    rows, queries = unit(rows), unit(queries)
    wanted = np.argsort(-(queries @ rows.T), axis=1)[:, :NEAREST]
    for name, library in (("usearch", usearch), ("faiss", faiss), ("hnswlib", hnswlib)):
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed")
            continue
        building, ask = timed(lambda library=library: library(rows))
        took, found = timed(lambda ask=ask: ask(queries))
        recall = np.mean(
            [len({*a} & {*b}) / NEAREST for a, b in zip(found.tolist(), wanted.tolist(), strict=True)]
        )
        print(
            f"{name}: index of {len(rows):,} rows in {building:.0f} s, a search "
            f"{took / len(queries) * 1000:.2f} ms, recall@{NEAREST} {recall:.3f}"
        )


def usearch(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from usearch.index import Index

    index = Index(ndim=rows.shape[1], metric="ip", dtype="f16")
    index.add(np.arange(len(rows)), rows)
    return lambda queries: np.stack([index.search(query, NEAREST).keys for query in queries]).astype(int)


def faiss(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    import faiss

    index: Any = faiss.IndexHNSWFlat(rows.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efSearch = 128
    index.add(rows)
    return lambda queries: index.search(queries, NEAREST)[1]


def hnswlib(rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    import hnswlib

    index = hnswlib.Index("ip", rows.shape[1])
    index.init_index(len(rows))
    index.set_ef(128)
    index.add_items(rows)
    return lambda queries: index.knn_query(queries, NEAREST)[0]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    done = work()
    return time.perf_counter() - started, done


if __name__ == "__main__":
    main()
