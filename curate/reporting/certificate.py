"""A page on voices alone: what was looked for, found and silenced, how well, and what is left to scan.

For those who must say that no person can be heard. It claims no more than was measured: no profile finds
every voice, and the page says so with its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from curate.formatting import count, duration, share
from curate.model import RecorderSchedule
from curate.reporting.page import MARK
from curate.reporting.tables import hours

#: Levels of voices against the mean level of the animals, in dB.
LEVELS = (20, 10, 5, 0, -5, -10)

#: Share of voiced seconds removed or muted at each of `LEVELS`, and percent of the voice-free seconds, by
#: profile, of voices that were recorded near: ``bench/speech_accuracy.py``, 720 mixes and
#: 726 recordings without voices; docs/numbers.md.
MEASURED: dict[str, tuple[tuple[float, ...], float]] = {
    "balanced": ((0.98, 0.99, 0.94, 0.94, 0.83, 0.64), 0.08),
    "careful": ((0.98, 0.97, 0.92, 0.94, 0.79, 0.58), 0.05),
    "privacy": ((0.98, 0.99, 0.97, 0.95, 0.97, 0.75), 2.67),
}


@dataclass(slots=True)
class CertificateFacts:
    """What the page says. Times in seconds.

    Parameters
    ----------
    state
        The latest command that was done, when, and the version of curate that did it.
    recordings, seconds, failed
        Of the dataset, and those that cannot be decoded.
    voices
        Found, removed, muted, left and not looked at, as `curate status` counts them.
    profile
        Whose settings they are; empty for settings of a person's own.
    settings
        By which voices were decided.
    unheard
        Why recordings were not looked at, and how many: reason, recordings, path of the first.
    recorders
        What each recorder recorded.
    """

    dataset: str
    state: Mapping[str, Any]
    recordings: int
    seconds: float
    failed: int
    voices: Mapping[str, Any]
    profile: str
    settings: Mapping[str, Any]
    unheard: Sequence[Mapping[str, Any]] = field(default_factory=list)
    recorders: Sequence[RecorderSchedule] = field(default_factory=list)


def certificate(facts: CertificateFacts) -> str:
    """Write the page."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - not needed for the numbers

    here = files("curate.reporting")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(count=count, duration=duration, hours=hours, share=share)
    style = (here / "page.css").read_text(encoding="utf-8")
    return environment.from_string((here / "certificate.html").read_text(encoding="utf-8")).render(
        facts=facts,
        levels=LEVELS,
        measured=MEASURED.get(facts.profile),
        mark=Markup(MARK),  # noqa: S704 - ours
        style=Markup(style),  # noqa: S704 - ours
    )
