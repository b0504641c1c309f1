"""Who made what, under which licence, and what was changed: the questions behind credits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.catalogue.ranges import ALL
from curate.catalogue.store import Store

# A copy that is being written, or made of other cuts, counts as changed all the same.
_CHANGED = "EXISTS (SELECT 1 FROM copies WHERE recording = r.id)"

_CREDITS = f"""
    SELECT r.archive || ':' || r.archive_id, r.path, coalesce(l.label, ''),
           coalesce(t.scientific_name, ''), coalesce(r.recordist, ''), coalesce(r.license, ''),
           coalesce(r.license_url, ''), coalesce(r.url, ''),
           coalesce((SELECT group_concat(archive || ':' || archive_id, '; ') FROM
               (SELECT archive, archive_id FROM sources WHERE recording = r.id ORDER BY 1, 2)), ''),
           iif({_CHANGED}, coalesce((SELECT group_concat(step || '/' || action, '; ') FROM
               (SELECT DISTINCT step, action FROM cuts WHERE recording = r.id
                AND action IN ('excise', 'mute') ORDER BY 1, 2)), ''), '')
    FROM recordings r
    LEFT JOIN labels l ON l.recording = r.id AND l.ordinal = 0 AND l.role = 'primary'
    LEFT JOIN taxa t ON t.label = l.label
    WHERE r.status = 'ok' ORDER BY r.archive, r.archive_id, r.id
"""

_LICENSES = f"""
    SELECT coalesce(r.license, ''), count(*), sum({_CHANGED})
    FROM recordings r WHERE r.id BETWEEN ? AND ? GROUP BY 1 ORDER BY 2 DESC, 1
"""


def credited(store: Store) -> Iterator[tuple[Any, ...]]:
    """Stream what is said of each recording, by archive and id.

    Columns: id, path, label, species, recordist, licence, the licence's page, the recording's page,
    sources, and the steps that changed it with their actions.
    """
    return store.rows(_CREDITS)


def licenses(store: Store, first: int = ALL[0], last: int = ALL[1]) -> Iterator[tuple[str, int, int]]:
    """List each spelling of a licence, its recordings, and those of them with changed copies.

    Of all recordings, or of a range.
    """
    return store.rows(_LICENSES, (first, last))
