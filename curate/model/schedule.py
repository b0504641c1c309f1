"""What a recorder did, night by night."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Pauses that are told one by one: a recorder that hung at a site for more seasons has a line of them.
_PAUSES = 3


@dataclass(slots=True)
class NightFacts:
    """One night of one recorder. `coverage` is its share of the recorder's usual seconds."""

    night: str
    recordings: int = 0
    seconds: float = 0.0
    coverage: float = 0.0
    voice: float = 0.0
    faulty: int = 0


@dataclass(slots=True)
class RecorderSchedule:
    """What one recorder did at one site.

    Parameters
    ----------
    schedule
        In words: ``continuous``, ``1 min every 10 min``, ``triggered``; empty for too few recordings.
    nights
        From the first to the last; nights without a recording as well.
    missing
        Nights between them without a recording, but for pauses.
    pauses
        Nights of each long time without a recording: it was taken down, and hung up again for another season.
    short
        Nights with less than nine tenths of the usual seconds; the first and the last of a season do not
        count.
    overlaps
        Recordings that begin before the one before has ended: the clock was set back, or there are two
        recorders.
    jumps_back
        Recordings that begin before those with names before theirs: the clock was reset in between.
    same_time
        Recordings that are as long as another one and begin with it: copies, or channels in files of their
        own. Their time counts once.
    wrong_clock
        Recordings whose clock was reset, or is ahead.
    moved
        Site at which a recorder of this serial number went on, and the night, in words; empty for none.
    apart : km
        From corner to corner of the area in which its recordings tell their places; 0 below a kilometre.
    stopped
        Whether others went on for two nights or more after it.
    drift : seconds a day
        By which starts move away from their period; 0 where they keep it.
    """

    site: str
    recorder: str
    schedule: str = ""
    recordings: int = 0
    seconds: float = 0.0
    usual_seconds: float = 0.0
    first: str = ""
    last: str = ""
    missing: list[str] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    overlaps: int = 0
    jumps_back: int = 0
    same_time: int = 0
    wrong_clock: int = 0
    faulty: int = 0
    stopped: bool = False
    moved: str = ""
    apart: float = 0.0
    drift: float = 0.0
    nights: list[NightFacts] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """What is wrong with the recorder, in words, or empty if nothing is known to be.

        Examples
        --------
        >>> RecorderSchedule("pond", "A", missing=["2024-03-12"], drift=-2.5).remarks
        ['1 night missing', 'clock drifts -2.5 s a day']
        """
        told = [
            f"{number:,} {one if number == 1 else many}"
            for number, one, many in (
                (len(self.missing), "night missing", "nights missing"),
                (len(self.short), "short night", "short nights"),
                (self.faulty, "faulty file", "faulty files"),
                (self.wrong_clock, "file by a wrong clock", "files by a wrong clock"),
                (self.same_time, "file of the time of another", "files of the time of another"),
                (self.jumps_back, "jump back of its clock", "jumps back of its clock"),
                (self.overlaps, "overlap", "overlaps"),
            )
            if number
        ]
        if len(self.pauses) > _PAUSES:
            shortest, longest = min(self.pauses), max(self.pauses)
            told.append(f"{len(self.pauses)} pauses of {shortest:,} to {longest:,} nights")
        else:
            told += [f"pause of {nights:,} nights" for nights in self.pauses]
        told += [f"stopped after {self.last}"] if self.stopped else []
        told += [f"moved to {self.moved}"] if self.moved else []
        told += [f"places {self.apart:.1f} km apart"] if self.apart else []
        return told + ([f"clock drifts {self.drift:+g} s a day"] if self.drift else [])
