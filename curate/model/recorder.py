"""What recorders say of their recordings: source by source, and put together.

Tuples with names, for a hundred thousand of them travel from worker processes.
"""

from __future__ import annotations

from typing import NamedTuple


class Site(NamedTuple):
    """A place where recorders hang. `zone` is that of their clocks, empty where nobody says.

    Degrees are of WGS 84, the elevation is in metres.
    """

    name: str
    latitude: float
    longitude: float
    elevation: float | None = None
    zone: str = ""


class RecorderClaim(NamedTuple):
    """What one source says. Empty or `None` where it says nothing.

    Parameters
    ----------
    source
        ``guano``, ``wamd``, ``audiomoth``, ``bext``, ``info``, ``comments``, ``log``, ``name``, ``pattern``,
        ``sites``, ``summary``, ``config``, ``folder``, ``tags`` or ``marks``.
    start
        ISO 8601, with the zone as it was written (``2024-03-11T05:45:00+05:30``), or without one.
    latitude, longitude : degrees, WGS 84
    elevation : m
    device
        Maker and model.
    battery
        As the device says it, with its unit: ``4.1 V``, ``< 3.6 V``, ``83 %``.
    temperature : °C
    filter
        In words, such as ``high-pass 20 kHz``.
    time_expansion
        How much slower the file plays than the sound was.
    sr : Hz
        Rate at which the sound was sampled.
    length : seconds
        Of the sound, not of the file that plays it slower.
    fields
        Everything that the source says, under its own names and in its order.
    problems
        What in it cannot be meant, in words.
    """

    source: str
    start: str = ""
    site: str = ""
    latitude: float | None = None
    longitude: float | None = None
    elevation: float | None = None
    device: str = ""
    serial: str = ""
    gain: str = ""
    battery: str = ""
    temperature: float | None = None
    filter: str = ""
    time_expansion: float | None = None
    sr: float | None = None
    length: float | None = None
    fields: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


class RecorderFacts(NamedTuple):
    """What is known of how a recording was made, from all sources together.

    Parameters
    ----------
    start
        ISO 8601 by the clock of the recorder, with its zone if any source names one.
    clock
        What is wrong with that clock, in words; empty if nothing is known against it.
    sources
        Which source each value was taken from, by its name.
    fields
        Everything that was said: source, own name, value.
    doubts
        Where sources disagree: name of the value, and what each of them says.
    problems
        What in the sources cannot be meant.
    """

    start: str = ""
    clock: str = ""
    site: str = ""
    latitude: float | None = None
    longitude: float | None = None
    elevation: float | None = None
    device: str = ""
    serial: str = ""
    gain: str = ""
    battery: str = ""
    temperature: float | None = None
    filter: str = ""
    time_expansion: float = 1.0
    sources: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str, str], ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
