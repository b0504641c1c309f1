"""What the points of a map are coloured by: facts of recordings, and what was flagged or decided in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curate.catalogue.store import Store
from curate.model import Seconds

#: What a recording says of itself, each with its query; empty where nothing is known.
_OF_RECORDINGS = {
    "archive": "SELECT id, archive FROM recordings",
    "class": "SELECT recording, label FROM labels WHERE ordinal = 0 AND role = 'primary'",
    "fold": "SELECT recording, 'fold ' || fold FROM assignments WHERE fold IS NOT NULL",
    "recorder": """
        SELECT recording, trim(CASE WHEN serial <> '' AND serial <> device THEN device || ' ' || serial
                               WHEN device <> '' THEN device ELSE site END) FROM recorders""",
}

#: Facets that are one word for each recording.
FACETS: Sequence[str] = tuple(_OF_RECORDINGS)


def facet(store: Store, name: str) -> dict[int, str]:
    """Read a fact of each recording that has it: a key of `FACETS`."""
    return {number: word for number, word in store.rows(_OF_RECORDINGS[name]) if word}


def with_sound(store: Store) -> dict[int, Seconds]:
    """Length of every recording with sound."""
    return dict(store.rows("SELECT id, duration FROM recordings WHERE status = 'ok' AND duration > 0"))


def doubts(store: Store) -> Iterator[tuple[int, float, float, float | None]]:
    """Stream what somebody should look at: recording, onset, offset and how sure the finding is.

    These are the stretches that steps flagged, and the labels that `audit` doubts; None where nothing says
    how sure.
    """
    sql = """
        SELECT recording, onset, offset, score FROM cuts WHERE action = 'flag'
        UNION ALL
        SELECT s.recording, s.onset, s.offset, NULL FROM segments s JOIN layers y ON y.id = s.layer
        WHERE y.name = 'audit'
    """
    return store.rows(sql)
