"""What is wrong with a file as a whole, by stable codes.

Pure. The codes are those of the ecoacoustics known-problems list
(https://github.com/ecoacoustics/known-problems) where one fits: other tools speak of the same
fault by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass

from curate.model import Action, Cut

#: Codes for a header that promises more than there is, by format. WAV goes by four names.
_LYING = {"flac": "FL010", "rf64": "FL005", "w64": "FL005", "wav": "FL005", "wavex": "FL005"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a file.

    Parameters
    ----------
    code
        Of the known-problems list, empty where none fits.
    words
        What is wrong.
    worthless
        Whether no sound can be had of it.
    detail
        What differs from file to file.
    is_damage
        Whether something in the middle is lost.
    """

    code: str
    words: str
    worthless: bool
    detail: str = ""
    is_damage: bool = False

    @property
    def reason(self) -> str:
        """Words for the ledger, by which faults are counted."""
        return f"{self.code} {self.words}" if self.code else self.words


def fault_of(
    status: str, size: int | None, frames: int | None, format: str | None, problem: str | None
) -> Fault | None:
    """Tell what is wrong with a file, by what opening it showed.

    Parameters
    ----------
    status
        ``ok``, or ``failed`` if it could not be decoded.
    size
        Bytes.
    frames
        Samples per channel, None if it could not be decoded.
    format
        As in `curate.model.AudioInfo`.
    problem
        The decoder's words.

    Examples
    --------
    >>> fault_of("failed", 0, None, None, "it is empty").reason
    'OE004 empty file'
    """
    if status == "failed":
        return (
            Fault("OE004", "empty file", True) if size == 0 else Fault("", "undecodable", True, problem or "")
        )
    if frames == 0:
        return Fault("FL012", "header without sound", True)
    if problem is None:
        return None
    kind, _, details = problem.partition(": ")
    if kind == "truncated":
        return Fault(_LYING.get(format or "", ""), "truncated", False, details)
    return Fault("", "damaged", False, problem, is_damage=True)


def fault_cuts(fault: Fault | None, *, duration: float, holes: int = 0) -> list[Cut]:
    """Drop a file that is unreadable. Flag one with another fault.

    Parameters
    ----------
    holes
        Stretches of it that are known to be lost: they are flagged by themselves, and what is left is sound.
    """
    if fault is None or (holes and fault.is_damage):
        return []
    action: Action = "drop" if fault.worthless else "flag"
    return [Cut(0.0, duration, action, fault.reason, None, "trim/fault", fault.detail)]
