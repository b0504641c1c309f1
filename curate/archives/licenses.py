"""What a licence allows, whatever its spelling.

Archives write one licence in a dozen ways: a URL with or without scheme and version, an
SPDX id, ``cc-by-nc-sa 4.0``, or its full name. `normalise` gives an SPDX id
(https://spdx.org/licenses) where there is one, and the page of the licence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from curate.license_words import Grant, freedom, granted

#: The code of what nobody may use without asking (there is no SPDX id for it).
RESERVED = "all-rights-reserved"

#: The code where no licence is stated.
UNKNOWN = "unknown"

#: What is written where no licence is stated; NOASSERTION is SPDX's word.
_NOTHING = re.compile(
    r"[?.-]*|n/?a|n\.a\.|#n/a|<na>|na[nt]|nil|noassertion|none|null|undefined|unknown|unspecified|unsupported|"
    r"no licen[cs]e|not (?:applicable|available|specified|stated)"
)

_RESERVED = re.compile(r"all[ -]rights[ -]reserved|^(?:c|©|\(c\)|arr|copyright(?:ed)?)$")

#: A code that names an open licence.
_OPEN = re.compile(r"CC-BY(?:-NC)?(?:-ND|-SA)?(?:-\d\.\d)?|CC0-1\.0|PDM-1\.0")

#: The longest text that is read as a licence, and kept where it is none.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class License:
    """A licence.

    Parameters
    ----------
    code
        SPDX id, without its version (``CC-BY-NC``) where none is stated. Or `RESERVED`, `UNKNOWN`, or the
        archive's own words.
    url
        The page of its text. Empty where there is none.
    """

    code: str
    url: str = ""

    @property
    def words(self) -> str:
        """The code as tables have it: empty if unknown."""
        return "" if self.code == UNKNOWN else self.code

    @property
    def family(self) -> str:
        """The licence without version, as options name it: ``by-nc-sa``, ``cc0``, ``pd``."""
        if self.attribution:
            return re.sub(r"-\d\.\d$", "", self.code.removeprefix("CC-")).lower()
        return {"CC0-1.0": "cc0", "PDM-1.0": "pd"}.get(self.code, self.code)

    @property
    def attribution(self) -> bool:
        """Whether whoever passes copies on must name the recordist."""
        return self.is_open and self.code.startswith("CC-BY")

    @property
    def no_derivatives(self) -> bool:
        """Whether changed copies, such as trimmed ones, are forbidden to pass on."""
        return self.attribution and "-ND" in self.code

    @property
    def non_commercial(self) -> bool:
        """Whether commercial use is forbidden."""
        return self.attribution and "-NC" in self.code

    @property
    def share_alike(self) -> bool:
        """Whether changed copies must be passed on under the same licence."""
        return self.attribution and "-SA" in self.code

    @property
    def is_open(self) -> bool:
        """Whether copies may be passed on at all, on some terms. Free text counts as a no."""
        return _OPEN.fullmatch(self.code) is not None


NO_LICENSE = License(UNKNOWN)

#: What ``--license`` takes.
FAMILIES = (
    "all-rights-reserved",
    "by",
    "by-nc",
    "by-nc-nd",
    "by-nc-sa",
    "by-nd",
    "by-sa",
    "cc0",
    "pd",
    "unknown",
)


@lru_cache(maxsize=4096)
def normalise(words: str | None) -> License:
    """Recognise a licence. An unknown one keeps its words as its code, and counts as closed.

    Examples
    --------
    >>> normalise("//creativecommons.org/licenses/by-nc-sa/4.0/").code
    'CC-BY-NC-SA-4.0'
    >>> normalise("Creative Commons Attribution-NonCommercial-ShareAlike 3.0").url
    'https://creativecommons.org/licenses/by-nc-sa/3.0/'
    >>> normalise("cc-by-nc").code, normalise("CC0_1_0").code, normalise(None).code
    ('CC-BY-NC', 'CC0-1.0', 'unknown')
    >>> normalise("by permission of the recordist").is_open
    False
    """
    text = " ".join((words or "").split())
    plain = text.lower()
    if _NOTHING.fullmatch(plain):
        return NO_LICENSE
    if _RESERVED.search(plain):
        return License(RESERVED)
    if len(text) > _LONGEST:
        # The end may say that all before it does not hold, so the mark stays with the words.
        return License(f"{text[: _LONGEST - 1]}…")
    found = granted(plain)
    if found is None:
        return License(RESERVED if _is_claim(plain) else text)
    return License(found.code, _page(found))


def stricter(first: License, second: License) -> License:
    """Choose the licence that allows less. One that nobody stated says nothing.

    Examples
    --------
    >>> stricter(normalise("CC BY"), normalise("CC BY-NC-ND")).code
    'CC-BY-NC-ND'
    >>> stricter(NO_LICENSE, normalise("CC0")).code
    'CC0-1.0'
    """
    stated = [each for each in (first, second) if each != NO_LICENSE]
    return max(stated, key=lambda each: freedom(each.code), default=NO_LICENSE)


def _is_claim(plain: str) -> bool:
    """Whether a text only names who holds the rights."""
    return re.match(r"©|\(c\)|copyright\b", plain) is not None


def _page(grant: Grant) -> str:
    if not grant.parts:
        kind = "zero" if grant.waived else "mark"
        return f"https://creativecommons.org/publicdomain/{kind}/1.0/"
    return f"https://creativecommons.org/licenses/{grant.name}/{grant.version or '4.0'}/"
