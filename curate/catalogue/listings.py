"""What the steps ask the catalogue: one function per question, rows as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from curate.catalogue.store import Store, among

Rows = Iterator[tuple[Any, ...]]


class WholeRecording(NamedTuple):
    """All that a manifest says of a recording with sound, or `None` if unknown.

    Parameters
    ----------
    cell
        Path as the catalogue keeps it; `Dataset.path` makes it absolute.
    duration : seconds
    sr : Hz
    extra, secondary
        JSON: an object with whatever else its source said, and a list of the other classes.
    copy_path, copy_frames, copy_digest
        Of the clean copy; the digest is None while the copy is being written.
    windows
        How often its windows are used in one epoch, all together, where `upsample` counted windows.
    identity
        What it is, wherever it lies and whenever it came: the hash of its bytes, or else its id.
    """

    number: int
    archive: str
    archive_id: str
    cell: str | bytes
    duration: float
    sr: int
    channels: int
    recordist: str | None
    license: str | None
    url: str | None
    latitude: float | None
    longitude: float | None
    date: str | None
    time: str | None
    rating: float | None
    sound_type: str | None
    extra: str | None
    label: str | None
    scientific_name: str | None
    common_name: str | None
    class_name: str | None
    inat_taxon_id: int | None
    secondary: str
    fold: int | None
    weight: float
    copies: int
    windows: int | None
    identity: str
    copy_path: str | None
    copy_frames: int | None
    copy_digest: str | None


_IDENTITY = "coalesce(r.sha256, r.archive || ':' || r.archive_id)"

_SECONDARY = """(SELECT json_group_array(label) FROM
               (SELECT label, ordinal FROM labels WHERE recording = r.id AND role = 'secondary'
                UNION ALL SELECT label, 1000000 FROM more_labels WHERE recording = r.id ORDER BY 2, 1))"""

#: The same of many recordings at once, which costs less where few have any.
#: The number 1000000 puts labels of other copies behind the recording's own.
_OTHERS = """
    SELECT recording, json_group_array(label) FROM
        (SELECT recording, label, ordinal FROM labels WHERE role = 'secondary' AND {some}
         UNION ALL SELECT recording, label, 1000000 FROM more_labels WHERE {some} ORDER BY 1, 3, 2)
    GROUP BY recording ORDER BY recording
"""
_OTHERS_AT = WholeRecording._fields.index("secondary")

# The columns stand in the order of the fields.
_WHOLE = f"""
    SELECT r.id, r.archive, r.archive_id, r.path, r.duration, r.sr, r.channels,
           r.recordist, r.license, r.url, r.latitude, r.longitude, r.date, r.time, r.rating,
           r.sound_type, r.extra,
           l.label, t.scientific_name, t.common_name, t.class_name, t.inat_taxon_id,
           {_SECONDARY},
           a.fold, coalesce(a.weight, 1), coalesce(a.copies, 1), a.windows,
           {_IDENTITY}, c.path, c.frames, c.digest
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    LEFT JOIN taxa t ON t.label = l.label
    LEFT JOIN assignments a ON a.recording = r.id
    LEFT JOIN copies c ON c.recording = r.id
    WHERE r.status = 'ok' AND r.duration > 0 AND {{some}}
    ORDER BY r.id
"""


def whole(store: Store, members: Sequence[int] | None = None) -> Iterator[WholeRecording]:
    """List all that a manifest says of every recording with sound, or of some, in the order of import."""
    some, values = among("r.id", members)
    return map(WholeRecording._make, store.rows(_WHOLE.format(some=some), values))


def whole_blocks(
    store: Store, size: int, members: Sequence[int] | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    """List the same in blocks of recordings: plain cells, in the order of the fields of `WholeRecording`."""
    some, values = among("recording", members)
    more = store.rows(_OTHERS.format(some=some), values)
    ahead = next(more, None)
    some, values = among("r.id", members)
    sql = _WHOLE.format(some=some).replace(_SECONDARY, "'[]'")
    for block in store.blocks(sql, values, size=size):
        place = 0
        while ahead is not None and ahead[0] <= block[-1][0]:
            # This ends inside the block, as `ahead` is at most its last number. Recordings without sound
            # are in `more` but not in the block.
            while block[place][0] < ahead[0]:
                place += 1
            if block[place][0] == ahead[0]:
                cells = block[place]
                block[place] = (*cells[:_OTHERS_AT], ahead[1], *cells[_OTHERS_AT + 1 :])
            ahead = next(more, None)
        yield block


_CREDITED = """
    SELECT r.id, r.archive || ':' || r.archive_id, r.path, r.bytes, r.mtime_ns, r.sr, r.channels, r.sha256,
           coalesce(l.label, ''), r.recordist, r.license, r.url
    FROM recordings r LEFT JOIN labels l ON l.recording = r.id AND l.role = 'primary'
    WHERE r.status = 'ok' ORDER BY r.id
"""


def credited(store: Store) -> Rows:
    """List each recording's file, and whom to credit for it, in the order of import."""
    return store.rows(_CREDITED)


_AFFECTED = """
    SELECT r.id, r.path, r.bytes, r.mtime_ns, r.frames, r.sr, r.channels, r.codec, r.sha256,
           coalesce((SELECT label FROM labels WHERE recording = r.id AND role = 'primary'), k.site, ''),
           k.recording IS NOT NULL
    FROM recordings r LEFT JOIN recorders k ON k.recording = r.id
    WHERE r.status = 'ok'
      AND (EXISTS (SELECT 1 FROM cuts WHERE recording = r.id AND action IN ('excise', 'mute'))
           OR coalesce(k.time_expansion, 1) <> 1)
      AND NOT EXISTS (SELECT 1 FROM cuts WHERE recording = r.id AND action = 'drop')
      AND {some}
    ORDER BY r.id
"""


def affected(store: Store, members: Sequence[int] | None = None) -> Rows:
    """List the recordings of which there is a copy, in the order of import.

    Those that lose something and are not dropped, and those that play slower than the sound was.

    Last come the folder of its copy, which is its class or its site, and whether a recorder tells of it.

    Parameters
    ----------
    members
        Only these recordings; None for all.
    """
    some, values = among("r.id", members)
    return store.rows(_AFFECTED.format(some=some), values)


_COVERED = """
    SELECT r.id, r.archive, coalesce(l.label, ''),
           CASE WHEN g.recording IS NULL THEN coalesce(l.label, '')
                WHEN g.role = 'primary' THEN g.label ELSE '' END,
           r.remarks, r.status, r.duration, c.status, c.digest = :digest, t.recording IS NOT NULL
    FROM recordings r
    LEFT JOIN layers y ON y.name = :layer
    LEFT JOIN labels l ON l.recording = r.id AND l.role = 'primary'
    LEFT JOIN given_labels g ON g.recording = r.id AND g.ordinal = 0
    LEFT JOIN coverage c ON c.recording = r.id AND c.layer = y.id
    LEFT JOIN tracks t ON t.recording = r.id AND t.layer = y.id AND t.version = :version
    WHERE {some} ORDER BY r.id
"""


def covered(
    store: Store,
    layer: str,
    *,
    version: str,
    digest: str,
    members: Sequence[int] | None = None,
) -> Rows:
    """List what a layer knows of each recording, in the order of import.

    Parameters
    ----------
    members
        Only these recordings; None for all.

    Yields
    ------
    Number, archive, label, the label that it had before people were heard, remarks, status and seconds of
    the recording; status of its coverage, whether that has this digest, and whether there is a frame track
    of this version.
    """
    some, values = among("r.id", members)
    values |= {"layer": layer, "version": version, "digest": digest}
    return store.rows(_COVERED.format(some=some), values)


def covered_between(
    store: Store, layer: str, first: int, last: int, *, version: str, digest: str
) -> list[tuple[Any, ...]]:
    """List the same of the recordings from one number to another."""
    values = {"layer": layer, "version": version, "digest": digest, "first": first, "last": last}
    return store.every(_COVERED.format(some="r.id BETWEEN :first AND :last"), values)


_FLAGGED = """
    SELECT DISTINCT r.archive || ':' || r.archive_id
    FROM cuts x JOIN recordings r ON r.id = x.recording WHERE x.action = 'flag'
"""

_NOT_LOOKED_AT = """
    SELECT count(*) FROM recordings r WHERE r.status = 'ok' AND NOT EXISTS
        (SELECT 1 FROM coverage c JOIN layers y ON y.id = c.layer
         WHERE c.recording = r.id AND y.name = 'speech' AND c.status = 'ok')
"""


def flagged(store: Store) -> set[str]:
    """Find the ids of recordings in which something was flagged."""
    return {row[0] for row in store.rows(_FLAGGED)}


def big_endian(store: Store) -> set[str]:
    """Find the ids of recordings whose raw file is a WAV in big-endian byte order."""
    sql = "SELECT archive || ':' || archive_id FROM recordings WHERE format = 'rifx'"
    return {row[0] for row in store.rows(sql)}


def plain_wav(store: Store) -> set[str]:
    """Find the ids of recordings whose raw file is a WAV of 16-bit integers."""
    sql = """
        SELECT archive || ':' || archive_id FROM recordings
        WHERE format IN ('wav', 'wavex', 'rifx') AND codec = 'pcm_16'
    """
    return {row[0] for row in store.rows(sql)}


def unlabelled(store: Store) -> Rows:
    """List number and path of the recordings without a class."""
    sql = """
        SELECT id, path FROM recordings r
        WHERE NOT EXISTS (SELECT 1 FROM labels WHERE recording = r.id AND role = 'primary')
    """
    return store.rows(sql)


def samples_by_codec(store: Store) -> dict[str, int]:
    """Sum up the samples of all recordings, by how their raw files code them."""
    sql = "SELECT codec, sum(frames * channels) FROM recordings WHERE frames > 0 GROUP BY codec"
    return dict(store.rows(sql))


def not_looked_at(store: Store) -> int:
    """Count the recordings that nobody has searched for voices."""
    return int(store.value(_NOT_LOOKED_AT))


def copy_of(store: Store, recording_id: str) -> tuple[Any, ...] | None:
    """Find number, path of the clean copy, and rate of a recording, or `None` if its copy is missing."""
    sql = """
        SELECT c.recording, c.path, r.sr FROM copies c JOIN recordings r ON r.id = c.recording
        WHERE r.archive || ':' || r.archive_id = ? AND c.digest IS NOT NULL
    """
    return store.one(sql, (recording_id,))


def lengths(store: Store, members: Sequence[int] | None = None) -> Rows:
    """List number, seconds and rate of every recording with sound, or of some, in the order of import."""
    some, values = among("id", members)
    sql = (
        f"SELECT id, duration, sr FROM recordings WHERE status = 'ok' AND duration > 0 AND {some} ORDER BY id"
    )
    return store.rows(sql, values)


def numbers_between(store: Store, first: int, last: int) -> list[int]:
    """List the numbers of the recordings from one to another, in the order of import."""
    sql = "SELECT id FROM recordings WHERE id BETWEEN ? AND ? ORDER BY id"
    return [number for (number,) in store.every(sql, (first, last))]


def paths(store: Store) -> Rows:
    """List number and path of every recording with sound, in the order of import."""
    return store.rows("SELECT id, path FROM recordings WHERE status = 'ok' AND duration > 0 ORDER BY id")


def identified(store: Store) -> Rows:
    """List number, seconds, rate and identity of every recording with sound, in the order of import."""
    return store.rows(
        f"SELECT r.id, r.duration, r.sr, {_IDENTITY} FROM recordings r "
        "WHERE r.status = 'ok' AND r.duration > 0 ORDER BY r.id"
    )


def identity_of(store: Store, recording: int) -> str:
    """Tell what a recording is, wherever it lies and whenever it came."""
    return str(store.value(f"SELECT {_IDENTITY} FROM recordings r WHERE r.id = ?", (recording,)))


def recording_id_of(store: Store, recording: int) -> str:
    """Name a recording as tables do."""
    return str(store.value("SELECT archive || ':' || archive_id FROM recordings WHERE id = ?", (recording,)))


def duration_of(store: Store, recording: int) -> float:
    """Look up the seconds of one recording. 0 if it is unreadable."""
    return float(store.value("SELECT duration FROM recordings WHERE id = ?", (recording,)) or 0.0)


def raw_of_copy(store: Store, path: str) -> tuple[int, str | bytes, int] | None:
    """Find number, path and rate of the recording whose finished clean copy lies at `path` in the dataset.

    It may be one of earlier cuts, which an export names.
    """
    sql = """
        SELECT r.id, r.path, r.sr FROM recordings r WHERE r.id =
            (SELECT recording FROM copies WHERE path = ?1 AND digest IS NOT NULL
             UNION ALL SELECT recording FROM old_copies WHERE path = ?1)
    """
    row = store.one(sql, (path,))
    return None if row is None else (int(row[0]), row[1], int(row[2]))


_TAXA = "SELECT label, scientific_name, common_name FROM taxa"


def names_of_taxa(store: Store) -> dict[str, tuple[str, str]]:
    """Look up scientific and common name of every label."""
    return {label: (scientific, common) for label, scientific, common in store.rows(_TAXA)}


def faulty(store: Store, members: Sequence[int] | None = None) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Stream number, and status, bytes, frames, format and problem, of files with something wrong."""
    some, values = among("id", members)
    sql = f"""
        SELECT id, status, bytes, frames, format, problem FROM recordings
        WHERE (status = 'failed' OR frames = 0 OR problem IS NOT NULL) AND {some} ORDER BY id
    """
    for number, *facts in store.rows(sql, values):
        yield int(number), tuple(facts)


_SIZES = """
    SELECT label, count(*) FROM
        (SELECT label FROM given_labels WHERE role = 'primary' AND label <> ''
         UNION ALL SELECT label FROM labels l WHERE role = 'primary'
         AND NOT EXISTS (SELECT 1 FROM given_labels WHERE recording = l.recording))
    GROUP BY label
"""


def class_sizes(store: Store) -> dict[str, int]:
    """Count the recordings of every class, as they were called before people were heard.

    So a verdict changes what is decided of its own recording, and of no other.
    """
    return dict(store.rows(_SIZES))


_NAMED = """
    SELECT r.id, r.archive || ':' || r.archive_id, r.path, r.duration, coalesce(l.label, ''),
           (SELECT json_group_array(label) FROM
               (SELECT label FROM labels WHERE recording = r.id AND role = 'secondary'
                UNION SELECT label FROM more_labels WHERE recording = r.id))
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    WHERE r.status = 'ok' AND r.duration > 0
    ORDER BY r.id
"""


def named(store: Store) -> Rows:
    """List number, id, path, seconds, class and other classes (JSON) of every recording with sound."""
    return store.rows(_NAMED)
