"""What a licence allows, whatever its spelling.

Archives write one licence in a dozen ways: a URL with or without scheme and version, an
SPDX id, ``cc-by-nc-sa 4.0``, or its full name. `normalise` gives an SPDX id
(https://spdx.org/licenses) where there is one, and the page of the licence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: The code of what nobody may use without asking (there is no SPDX id for it).
RESERVED = "all-rights-reserved"

#: The code where no licence is stated.
UNKNOWN = "unknown"

_PARTS = ("by", "nc", "sa", "nd")

# Full names as Kaggle, GBIF and Creative Commons write them, in the order of the code's parts.
_WORDS = {
    "attribution": "by",
    "noncommercial": "nc",
    "noncomercial": "nc",
    "sharealike": "sa",
    "noderivatives": "nd",
    "noderivs": "nd",
    "noderivative": "nd",
}

_CODE = re.compile(
    r"(?:(?<![a-z])cc[- ]*|licenses/|creative commons[- ]*|^)by((?:[- /]*(?:nc|nd|sa))*)(?![a-z])"
)
_VERSION = re.compile(r"(?<!\d)([1-4]\.\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class License:
    """A licence.

    Parameters
    ----------
    code
        SPDX id; without its version (``CC-BY-NC``) where none is stated; `RESERVED`, `UNKNOWN`, or the
        archive's own words.
    url
        The page of its text; empty where there is none.
    """

    code: str
    url: str = ""

    @property
    def words(self) -> str:
        """The code as tables have it: empty where no licence is stated."""
        return "" if self.code == UNKNOWN else self.code

    @property
    def family(self) -> str:
        """The licence without version, as options name it: ``by-nc-sa``, ``cc0``, ``pd``."""
        if self.code.startswith("CC-BY"):
            return re.sub(r"-\d\.\d$", "", self.code.removeprefix("CC-")).lower()
        return {"CC0-1.0": "cc0", "PDM-1.0": "pd"}.get(self.code, self.code)

    @property
    def no_derivatives(self) -> bool:
        """Whether changed copies, such as trimmed ones, may not be passed on."""
        return self.code.startswith("CC-BY") and "-ND" in self.code

    @property
    def non_commercial(self) -> bool:
        """Whether commercial use is forbidden."""
        return self.code.startswith("CC-BY") and "-NC" in self.code

    @property
    def share_alike(self) -> bool:
        """Whether changed copies must be passed on under the same licence."""
        return self.code.startswith("CC-BY") and "-SA" in self.code

    @property
    def is_open(self) -> bool:
        """Whether copies may be passed on at all, on some terms."""
        return self.code.startswith(("CC", "PDM"))


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
    """Recognise a licence; what is none of those known keeps its words as its code.

    Examples
    --------
    >>> normalise("//creativecommons.org/licenses/by-nc-sa/4.0/").code
    'CC-BY-NC-SA-4.0'
    >>> normalise("Creative Commons Attribution-NonCommercial-ShareAlike 3.0").url
    'https://creativecommons.org/licenses/by-nc-sa/3.0/'
    >>> normalise("cc-by-nc").code, normalise("CC0_1_0").code, normalise(None).code
    ('CC-BY-NC', 'CC0-1.0', 'unknown')
    """
    text = " ".join((words or "").split())
    plain = text.lower()
    if not plain or plain in ("?", "none", "null", "unknown", "unspecified", "unsupported"):
        return NO_LICENSE
    if re.search(r"all rights reserved|©|^(c|arr|copyright)$|all-rights-reserved", plain):
        return License(RESERVED)
    # GBIF writes versions with underscores: CC_BY_NC_4_0.
    plain = re.sub(r"(?<=\d)_(?=\d)", ".", plain)
    if re.search(r"cc[-_ ]?(0|zero)(?!\d)|publicdomain/zero|zero/1\.0|public domain dedication", plain):
        return License("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
    if re.search(r"public ?domain|^pdm?(-1\.0)?$", plain):
        return License("PDM-1.0", "https://creativecommons.org/publicdomain/mark/1.0/")
    parts = _parts(plain)
    if parts is None:
        return License(text[:200])
    found = _VERSION.search(plain)
    version = found[1] if found else ""
    name = "-".join(parts)
    url = f"https://creativecommons.org/licenses/{name}/{version or '4.0'}/"
    return License("-".join(["CC", name.upper(), *([version] if version else [])]), url)


def _parts(plain: str) -> list[str] | None:
    """Find the parts of a Creative Commons licence, in the order of its code; None if it is none."""
    squeezed = re.sub(r"[^a-z]", "", plain)
    words = {part for word, part in _WORDS.items() if word in squeezed}
    if "by" not in words:
        found = _CODE.search(plain.replace("_", "-"))
        if found is None:
            return None
        words = {"by", *re.findall(r"nc|nd|sa", found[1])}
        rest = plain.replace("_", "-")[found.end() :]
        # A code that is continued by a part that nobody knows ("cc-by-nc-xx") is not this licence.
        if re.match(r"-[a-z]", rest):
            return None
    # Creative Commons writes by-nc-nd and by-nc-sa.
    return [part for part in _PARTS if part in words]
