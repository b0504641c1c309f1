"""What recorders said of their recordings."""

from __future__ import annotations

import json

from curate.catalogue.store import Store
from curate.model import RecorderFacts

_COLUMNS = (
    "recording, started, zone, clock, night, site, device, serial, gain, battery, temperature, filter, "
    "time_expansion, sources, fields, doubts"
)
_PUT = f"INSERT OR REPLACE INTO recorders ({_COLUMNS}) VALUES ({', '.join('?' * 16)})"


def put(store: Store, recording: int, facts: RecorderFacts, *, zone: str, night: str) -> None:
    """Note what is known of a recording; what was known before is replaced.

    Parameters
    ----------
    zone
        Of the start: ``Z``, an offset, or ``none``.
    night
        Date on which its night began; empty where there is no start.
    """
    doubts = [f"{name}: {told}" for name, told in facts.doubts] + list(facts.problems)
    store.run(
        _PUT,
        (
            recording,
            facts.start,
            zone,
            facts.clock,
            night,
            facts.site,
            facts.device,
            facts.serial,
            facts.gain,
            facts.battery,
            facts.temperature,
            facts.filter,
            facts.time_expansion,
            json.dumps(dict(facts.sources)),
            json.dumps(facts.fields),
            json.dumps(doubts) if doubts else "[]",
        ),
    )


def fill(store: Store, recording: int, facts: RecorderFacts, *, date: str, time: str) -> None:
    """Fill what a known recording does not say yet by what its recorder says.

    Parameters
    ----------
    date, time
        Of the start, empty where its clock is wrong.
    """
    store.run(
        "UPDATE recordings SET date = iif(coalesce(date, '') = '', ?, date), "
        "time = iif(coalesce(time, '') = '', ?, time), "
        "device = iif(coalesce(device, '') = '', ?, device), "
        "latitude = coalesce(latitude, ?), longitude = coalesce(longitude, ?), "
        "extra = iif(?6 = '' OR json_extract(coalesce(extra, '{}'), '$.site') IS NOT NULL, extra, "
        "json_set(coalesce(extra, '{}'), '$.site', ?6)) WHERE id = ?7",
        (date, time, facts.device, facts.latitude, facts.longitude, facts.site, recording),
    )
