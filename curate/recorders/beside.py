"""Files that recorders write next to their recordings: summaries and settings, read once for a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from curate.model import RecorderClaim
from curate.recorders import config, soundtrap, summary
from curate.recorders.read import read_file

#: Bytes that are read of one: a year with a line a minute is half of it.
_LARGEST = 1 << 26


@dataclass(frozen=True, slots=True)
class CardFiles:
    """What lies next to the recordings of a folder.

    Parameters
    ----------
    summaries
        Those with the longest prefix first.
    settings
        Of AudioMoth.
    logs
        Names of SoundTrap's logs, by the names of their recordings without the ending.
    """

    summaries: tuple[summary.SummaryFile, ...]
    settings: RecorderClaim | None
    logs: dict[str, str]


def kind(name: str) -> str:
    """Say what a file next to recordings is called, or empty for one that is not read.

    Examples
    --------
    >>> kind("S4A12345_A_Summary.txt"), kind("CONFIG.TXT"), kind("notes.txt")
    ('*_Summary.txt', 'CONFIG.TXT', '')
    """
    if summary.is_summary(name):
        return "*_Summary.txt"
    if soundtrap.is_log(name):
        return "*.log.xml"
    return "CONFIG.TXT" if config.is_config(name) else ""


@lru_cache(maxsize=256)
def card_in(folder: str) -> CardFiles:
    """Read what lies in a folder next to its recordings."""
    summaries: dict[str, summary.SummaryFile] = {}
    settings = None
    logs: dict[str, str] = {}
    try:
        listed = sorted(os.listdir(folder))
    except OSError:
        listed = []
    for name in listed:
        prefix = summary.prefix_of(name)
        if prefix is not None:
            read = summary.read(read_file(os.path.join(folder, name), _LARGEST), prefix)
            # Each card of a recorder with several has a summary of its own.
            known = summaries.setdefault(prefix, summary.SummaryFile(prefix))
            known.lines = sorted([*known.lines, *read.lines], key=lambda line: line.at)
            known.unread += read.unread
        elif config.is_config(name):
            settings = config.claim(read_file(os.path.join(folder, name), _LARGEST))
        elif soundtrap.is_log(name):
            logs[name[: -len(soundtrap.ENDING)]] = name
    return CardFiles(tuple(sorted(summaries.values(), key=lambda each: -len(each.prefix))), settings, logs)


def claims_beside(path: str, start: str) -> list[RecorderClaim]:
    """Read what lies next to a recording, in its folder or the one above.

    Parameters
    ----------
    start
        Of the recording; a summary tells of times.
    """
    folder, name = os.path.split(path)
    found: list[RecorderClaim] = []
    for place in (folder, os.path.dirname(folder)):
        card = card_in(place)
        sources = {claim.source for claim in found}
        if card.settings is not None and "config" not in sources:
            found.append(card.settings)
        if start and "summary" not in sources:
            told = [each.claim(start) for each in card.summaries if name.startswith(each.prefix)]
            found += [claim for claim in told[:1] if claim is not None]
    log = card_in(folder).logs.get(os.path.splitext(name)[0])
    if log is not None:
        claim = soundtrap.claim(read_file(os.path.join(folder, log), _LARGEST), start)
        found += [claim] if claim is not None else []
    return found
