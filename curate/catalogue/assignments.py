"""What each recording is for: its fold, and how often and with what weight it trains."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from curate.catalogue.listings import Rows
from curate.catalogue.store import Store, among

# The same bytes are the same sound, also where nobody has looked for duplicates yet.
_DIVIDED = """
    SELECT r.id, r.archive || ':' || r.archive_id, coalesce(r.sha256, ''), r.archive,
           coalesce(r.recordist, ''), r.latitude, r.longitude, coalesce(r.date, ''), r.duration, r.sr,
           r.rating, coalesce(l.label, ''), c.cluster,
           (SELECT min(id) FROM recordings WHERE sha256 = r.sha256),
           (SELECT count(*) FROM recordings WHERE sha256 = r.sha256), a.fold,
           coalesce(json_extract(r.extra, '$.site'), r.locality, ''), r.path,
           coalesce(json_extract(r.extra, '$.split'), ''), coalesce(k.night, ''),
           coalesce(json_extract(r.extra, '$.obscured'), ''), '[]'
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    LEFT JOIN clusters c ON c.recording = r.id
    LEFT JOIN assignments a ON a.recording = r.id
    LEFT JOIN recorders k ON k.recording = r.id
    WHERE r.status = 'ok' AND r.duration > 0
    ORDER BY r.id
"""


class DividedRecording(NamedTuple):
    """A recording as dividing and balancing look at it, in the order of `_DIVIDED`.

    Parameters
    ----------
    name
        ``archive:archive_id``.
    duration : seconds
    sr : Hz
    cluster, first
        Smallest number of those of its cluster, and of those with its bytes; None where there is none.
    copies
        How many recordings have its bytes.
    site
        Name of the place, else the locality.
    path
        As the catalogue has it.
    part
        Of the set that it came with, such as ``test``; empty where none is known.
    night
        Date on which its night began, noon to noon; empty where no recorder tells it.
    obscured
        ``yes`` where its archive hides the place, see `formats.parse.hidden_place`.
    others
        Classes in its background, as JSON.
    """

    number: int
    name: str
    sha256: str
    archive: str
    recordist: str
    latitude: float | None
    longitude: float | None
    date: str
    duration: float
    sr: int
    rating: float | None
    label: str
    cluster: int | None
    first: int | None
    copies: int
    fold: int | None
    site: str
    path: str | bytes
    part: str
    night: str
    obscured: str
    others: str

    @property
    def secondary(self) -> tuple[str, ...]:
        """Classes in its background."""
        return _labels(self.others)


# Those without any are left out: to ask for each recording costs a third of all.
_OTHERS = """
    SELECT recording, json_group_array(label) FROM
        (SELECT recording, label FROM labels WHERE role = 'secondary'
         UNION SELECT recording, label FROM more_labels ORDER BY 1, 2)
    GROUP BY recording ORDER BY recording
"""

_TRAINING = """
    SELECT r.id, r.archive || ':' || r.archive_id, coalesce(r.sha256, ''), coalesce(r.recordist, ''),
           r.duration, r.sr, r.rating, coalesce(l.label, ''), a.fold, '[]'
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    LEFT JOIN assignments a ON a.recording = r.id
    WHERE r.status = 'ok' AND r.duration > 0
    ORDER BY r.id
"""


class TrainingRecording(NamedTuple):
    """A recording as balancing looks at it, in the order of `_TRAINING`: as in `DividedRecording`."""

    number: int
    name: str
    sha256: str
    recordist: str
    duration: float
    sr: int
    rating: float | None
    label: str
    fold: int | None
    others: str

    @property
    def secondary(self) -> tuple[str, ...]:
        """Classes in its background."""
        return _labels(self.others)


@lru_cache(maxsize=65_536)
def _labels(others: str) -> tuple[str, ...]:
    return tuple(json.loads(others))


#: Cells that many recordings share.
_SHARED = frozenset({
    "archive", "recordist", "latitude", "longitude", "date", "rating", "label", "others", "site", "night",
    "obscured",
})  # fmt: skip

#: Recordings that are read at a time.
_SIZE = 4_096


def divided(store: Store) -> Iterator[DividedRecording]:
    """Stream what dividing needs to know of every recording with sound."""
    return map(DividedRecording._make, _sharing(store, _DIVIDED, DividedRecording._fields))


def training(store: Store) -> Iterator[TrainingRecording]:
    """Stream what balancing needs to know of every recording with sound."""
    return map(TrainingRecording._make, _sharing(store, _TRAINING, TrainingRecording._fields))


def _sharing(store: Store, sql: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Stream recordings by number, with the other classes last. Equal cells are one object."""
    # Whoever keeps what many recordings share should hold it once.
    held: dict[Any, Any] = {}
    more = store.rows(_OTHERS)
    ahead = next(more, None)
    for block in store.blocks(sql, size=_SIZE):
        others: dict[int, str] = {}
        while ahead is not None and ahead[0] <= block[-1][0]:
            others[ahead[0]] = ahead[1]
            ahead = next(more, None)
        *columns, empty = zip(*block, strict=True)
        columns.append(tuple(map(others.get, columns[0], empty)))
        yield from zip(
            *(
                map(held.setdefault, cells, cells) if name in _SHARED else cells
                for name, cells in zip(names, columns, strict=True)
            ),
            strict=True,
        )


def folds(store: Store) -> list[int]:
    """List the folds that recordings are in."""
    rows = store.rows("SELECT DISTINCT fold FROM assignments WHERE fold IS NOT NULL ORDER BY fold")
    return [fold for (fold,) in rows]


def in_folds(store: Store, folds: Sequence[int]) -> list[int]:
    """List the recordings that are in some folds."""
    sql = "SELECT recording FROM assignments WHERE fold IN (SELECT value FROM json_each(?))"
    return [number for (number,) in store.rows(sql, (json.dumps(list(folds)),))]


def names(store: Store) -> Rows:
    """List number, id and path of every recording."""
    return store.rows("SELECT id, archive || ':' || archive_id, path FROM recordings ORDER BY id")


def digests(store: Store, members: Sequence[int]) -> Rows:
    """List number, id and hash of some recordings. The hash is empty if unknown."""
    some, values = among("id", members)
    sql = f"SELECT id, archive || ':' || archive_id, coalesce(sha256, '') FROM recordings WHERE {some}"
    return store.rows(sql, values)


def put_folds(store: Store, folds: Iterable[tuple[int, int]]) -> None:
    """Note the fold of recordings, given as pairs. What else is assigned to them stays."""
    store.many(
        "INSERT INTO assignments (recording, fold) VALUES (?, ?) "
        "ON CONFLICT (recording) DO UPDATE SET fold = excluded.fold",
        folds,
    )


def offer_folds(store: Store, folds: Iterable[tuple[int, int]]) -> None:
    """Note the fold of recordings, given as pairs, if they lack one."""
    store.many(
        "INSERT INTO assignments (recording, fold) VALUES (?, ?) "
        "ON CONFLICT (recording) DO UPDATE SET fold = coalesce(fold, excluded.fold)",
        folds,
    )


def put_imported(store: Store, recording: int, fold: int | None, weight: float, copies: int) -> None:
    """Note what a manifest says that a new recording is for."""
    store.run(
        "INSERT INTO assignments (recording, fold, weight, copies) VALUES (?, ?, ?, ?)",
        (recording, fold, weight, copies),
    )


def fold_of(store: Store, recording: int) -> int | None:
    """Look up the fold of a recording, or `None` if it has none yet."""
    fold: int | None = store.value("SELECT fold FROM assignments WHERE recording = ?", (recording,))
    return fold


def forget_folds(store: Store) -> None:
    """Take every fold back, and all that was counted with it."""
    store.run("DELETE FROM assignments")


def are_balanced(store: Store) -> bool:
    """Whether any recording trains more or less than once."""
    sql = "SELECT 1 FROM assignments WHERE copies <> 1 OR weight <> 1 OR windows IS NOT NULL LIMIT 1"
    return store.one(sql) is not None


def counts_windows(store: Store) -> bool:
    """Whether it was counted how often the windows of recordings train."""
    return store.one("SELECT 1 FROM assignments WHERE windows IS NOT NULL LIMIT 1") is not None


def decided(store: Store, step: str) -> int:
    """Count the recordings that ``split`` gave a fold, or that ``upsample`` or ``windows`` had a say in."""
    where = {
        "split": "fold IS NOT NULL",
        "upsample": "copies <> 1 OR weight <> 1 OR windows IS NOT NULL",
        "windows": "windows IS NOT NULL",
    }
    return int(store.value(f"SELECT count(*) FROM assignments WHERE {where[step]}"))


def settings_of(store: Store, step: str) -> dict[str, Any] | None:
    """Read the standing choices of a step, `None` before its first run."""
    row = store.one("SELECT parameters FROM settings WHERE step = ?", (step,))
    return None if row is None else json.loads(row[0])


def put_settings(store: Store, step: str, parameters: Mapping[str, Any]) -> None:
    """Keep the standing choices of a step."""
    store.run(
        "INSERT OR REPLACE INTO settings (step, parameters) VALUES (?, ?)",
        (step, json.dumps(parameters, sort_keys=True)),
    )


def forget_settings(store: Store, step: str) -> None:
    """Forget the standing choices of a step."""
    store.run("DELETE FROM settings WHERE step = ?", (step,))


def put_shares(store: Store, shares: Iterable[tuple[int, int | None, float, int]]) -> None:
    """Note how much recordings train: copies, windows and weight, with the recording last."""
    store.many("UPDATE assignments SET copies = ?, windows = ?, weight = ? WHERE recording = ?", shares)


def forget_shares(store: Store) -> None:
    """Let every recording train once and with weight 1. Folds stay."""
    store.run("UPDATE assignments SET copies = 1, windows = NULL, weight = 1")
