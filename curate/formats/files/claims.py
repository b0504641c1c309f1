"""Names of a table that lead to one file: which of them mean it.

Recorders at two sites give the same name. If only one site's file is there, the rows of the other site match
it by their last parts alone. The name with the longest match counts. Of names that match equally well and go
on differently none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from curate.formats import Report, parse
from curate.formats.files.audio_paths import FileMatch, is_relative, parts_of
from curate.model import Problem


@dataclass(slots=True)
class NameClaim:
    """A name in a table that leads to a file.

    Parameters
    ----------
    match
    here
        The row that has the name first.
    name
        As the table gives it, or the path of a table that bears the name of its recording.
    is_table
        Whether it is such a path.
    """

    match: FileMatch
    here: str
    name: str
    is_table: bool = False

    @property
    def parts(self) -> list[str]:
        """The folders of the name and the name itself, without the case of their letters."""
        return parts_of(parse.text(self.name).casefold())

    @property
    def matched(self) -> int:
        """How many parts of the name match the path, from the end."""
        return min(self.match.parts, len(self.parts))

    @property
    def is_whole(self) -> bool:
        """Whether the name matches the path with all its parts."""
        return self.matched == len(self.parts)


_AnyClaim = TypeVar("_AnyClaim", bound=NameClaim)


def meant(path: str, claims: Sequence[_AnyClaim], report: Report) -> Iterator[_AnyClaim]:
    """Choose the names that mean a file, where a table has several for it.

    A relative name that matches in part alone is taken, and told. Others are refused (``ambiguous``). Tables
    of two people for one recording add up.

    Parameters
    ----------
    path
        The file.
    claims
        The names that lead to it, each once.
    """
    best = max(claim.matched for claim in claims)
    first = next(claim for claim in claims if claim.matched == best)
    guessed = [
        claim for claim in claims if claim.matched == best and not claim.is_whole and not claim.is_table
    ]
    longest = max(guessed, key=lambda claim: len(claim.parts), default=first)
    others = [claim for claim in guessed if _differ(claim, longest)]
    unsure = set(map(id, guessed))
    for claim in claims:
        if not claim.is_whole and claim.matched < best:
            _refuse(claim, path, first, report)
        elif others and id(claim) in unsure:
            _refuse(claim, path, others[0] if claim is longest else longest, report)
        else:
            if id(claim) in unsure and is_relative(claim.name):
                end = "/".join(parts_of(claim.name)[-best:])
                words = f"named in {claim.here}. Only '{end}' of it matches {path}"
                report(Problem("read-as", parse.printable(claim.name), parse.printable(words)))
            yield claim


def _refuse(claim: NameClaim, path: str, rival: NameClaim, report: Report) -> None:
    last = "part" if claim.matched == 1 else f"{claim.matched} parts"
    what = f"it matches {path} by its last {last} alone, as {rival.name} does"
    if rival.matched > claim.matched:
        what = f"{what} by {'all of its parts' if rival.is_whole else f'{rival.matched} parts'}"
    words = f"named in {claim.here}; {what}"
    report(Problem("ambiguous", parse.printable(claim.name), parse.printable(words)))


def _differ(shorter: NameClaim, longer: NameClaim) -> bool:
    """Whether the folders of a name are not the end of those of another."""
    return longer.parts[-len(shorter.parts) : -1] != shorter.parts[:-1]
