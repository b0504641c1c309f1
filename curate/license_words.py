"""What words grant: the Creative Commons licences that a text names, and nothing else.

A licence is read only from a text that names one and says nothing more than its version and holder. Any
other word closes it: "CC BY" is a licence, "CC BY by permission only" is a person's own terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Parts of a licence, in the order of its code.
_PARTS = ("by", "nc", "sa", "nd")

#: The licences that there are (https://creativecommons.org/share-your-work/cclicenses/).
_LICENSES = frozenset(
    frozenset(each.split()) for each in ("by", "by nc", "by sa", "by nd", "by nc sa", "by nc nd")
)
_VERSIONS = frozenset({"", "1.0", "2.0", "2.1", "2.5", "3.0", "4.0"})

_SITE = r"(?:(?:https?:)?//)?(?:www\.)?(?:creativecommons\.org/)?"
# Behind an address: its text, a country's own, another language, and what a browser adds.
_PAGE = (
    r"(?:/(?!deed|legal)[a-z]{2,8})?(?:/(?:deed|legalcode)(?:\.[a-z_-]+)?)?/?(?:[?#][^\s,;|)]*)?"
    r"(?![\w/+-]|\.\w)"
)

#: How licences are named, and the word that each name is reduced to, in this order. A comma ends a name.
_NAMES = [
    (re.compile(pattern), word)
    for pattern, word in (
        (r"§", "?"),  # marks our own words
        (rf"{_SITE}licenses/(by(?:-nc|-nd|-sa)*)(?:/(\d\.\d))?{_PAGE}", r" , cc \1 \2 , "),
        (rf"{_SITE}(?:publicdomain/|^)(zero|mark)/1\.0{_PAGE}", r" , §\1 , "),
        (r"(?:https?:)?//spdx\.org/licenses/([\w.-]+?)(?:\.html|\.json)?(?![\w.-])", r" , \1 , "),
        (r"\bcc0[_.]1[_.]0\b", "cc0"),  # GBIF writes CC0_1_0 and CC_BY_NC_4_0
        (r"(?<=\d)_(?=\d)", "."),
        (r"_", "-"),
        (r"\bcreative[ -]?commons\b", "cc"),
        (r"\bno rights reserved\b|\bno known copyright(?: restrictions)?\b", " , §free , "),
        (r"\bsome rights reserved\b", " , "),
        (r"\b(?:attribution|credit)s? required\b", " , by , "),
        (r"\b(?:for )?(?:no|non)[ -]?comm?ercial use(?: only)?\b", " , nc , "),
        (r"\bnon[ -]?comm?ercial\b", "nc"),
        (r"\bshare[ -]?alike\b", "sa"),
        (r"\bno[ -]?deriv(?:ative|ate)?s?\b(?: works?\b)?", "nd"),
        (r"\battribution\b", "by"),
        (r"\bcc[ -]?by", "cc by "),
        (r"\bpublic[ -]?domain dedication\b|\bcc[ :-]*(?:0|zero)\b(?![.]\d)", " , §zero "),
        (r"\bpublic[ -]?domain(?: mark)?\b|^pdm?(?=$|-1\.0$)", " , §mark "),
        (r"\b(?:version |v)(?=\d)", ""),
    )
]

#: What may stand beside a licence and says nothing of what it allows.
_FILLERS = (
    ", a an and audio cc content data dataset deed file files generic international is it legal legalcode "
    "licence licenced license licensed of or public recording recordings see sound sounds the this under "
    "universal unported work"
)

# Places with a text of their own of versions up to 3.0; "no" (Norway) is left out, since it may be a word.
_PORTED = (
    "am|ar|at|au|az|be|bg|br|ca|ch|cl|cn|co|cr|cz|de|dk|ec|ee|eg|es|fi|fr|ge|gr|gt|hk|hr|hu|ie|igo|il|in|it|jp|"
    "kr|lu|mk|mt|mx|my|nl|nz|pe|ph|pl|pr|pt|ro|rs|scotland|se|sg|si|th|tw|ua|ug|uk|us|ve|vn|za"
)

# A licence, or a part of one that is said again, in a text that is reduced to words.
_NAMED = re.compile(
    r"(?<!\S)(?:(?P<domain>§zero|§mark)(?: 1\.0)?|(?P<free>§free)"
    r"|(?P<parts>(?:by|nc|sa|nd)(?: (?:by|nc|sa|nd))*)"
    rf"(?: (?P<version>\d(?:\.\d)?)(?: (?:{_PORTED}))?)?)(?!\S)"
)

# A holder's name stands behind a sign and ends where a licence or a comma begins.
_HOLDER = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)(?: ?(?:©|\(c\)))?(?P<name>.*?)(?=,|\bcc\b|\bby (?:nc|sa|nd|\d)|$)"
)
_UPLOADER = re.compile(r",\s*uploaded by (?P<name>[^,]*)$")
_NAME_WORDS = 8

# Words that are no part of a name: they make conditions.
_CONDITION = re.compile(
    r"\b(?:no|not|non\w*|never|none|nor|neither|without|except\w*|unless|only|if|when|until|pending|request\w*|"
    r"permi\w+|consent|approval|arrange\w*|agree\w*|written|contact|ask\w*|e-?mail|prior|prohibit\w*|forb\w+|"
    r"restrict\w*|reserved|den(?:y|ied)|refus\w*|revok\w*|expired|former\w*|was|were|unclear|unknown|may|maybe|"
    r"probably|perhaps|likely|unlike|instead|rather|terms?|subject|fee|paid|purchase\w*|use[ds]?|using|commerc\w*|"
    r"research|educat\w*|personal|private|must|should|cannot|see|but|with|"
    # The same in some other languages.
    r"rechte|vorbehalten|nur|nicht|kein\w*|ohne|verboten|droits|réserv\w*|seul\w*|sauf|pas|sans|interdit\w*|"
    r"derechos|solo|sólo|sin|prohibid\w*|direitos|sem|apenas|diritti|senza|vietat\w*)\b|\?"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A licence as a text names it.

    Parameters
    ----------
    parts
        ``by``, ``nc``, ``sa``, ``nd``, as far as it has them; none for the public domain.
    version
        Empty where none is named.
    waived
        Whether, without parts, it is CC0 and not the mark of the public domain.
    """

    parts: frozenset[str]
    version: str = ""
    waived: bool = False

    @property
    def name(self) -> str:
        """Its parts as addresses name them: ``by-nc-sa``."""
        return "-".join(part for part in _PARTS if part in self.parts)

    @property
    def code(self) -> str:
        """SPDX id. Without its version by default."""
        if not self.parts:
            return "CC0-1.0" if self.waived else "PDM-1.0"
        return "-".join(["CC", self.name.upper(), *([self.version] if self.version else [])])


def granted(text: str) -> Grant | None:
    """Read the licence that a text grants, or `None` where it names none, or says anything else.

    Of several the strictest counts, if it forbids all that the others forbid; else none does.

    Parameters
    ----------
    text
        In small letters, with single spaces.

    Examples
    --------
    >>> granted("cc-by-4.0 and cc0-1.0").code
    'CC-BY-4.0'
    >>> granted("© 2019 a. person, some rights reserved (cc by-nc)").code
    'CC-BY-NC'
    >>> granted("not cc by"), granted("by permission of the recordist"), granted("cc by-nc or cc by-sa")
    (None, None, None)
    """
    if re.fullmatch(r"by(?:-(?:nc|nd|sa))*(?: \d\.\d)?", text):
        text = f"cc {text}"  # as options and addresses name it
    for pattern, word in _NAMES:
        text = pattern.sub(word, text)
    for pattern in (_UPLOADER, _HOLDER):
        found = pattern.search(text)
        if found is not None:
            if _CONDITION.search(found["name"]) or len(found["name"].split()) > _NAME_WORDS:
                return None
            text = f"{text[: found.start()]} , {text[found.end() :]}"
    text = re.sub(r"([,;:()\[\]|&+])", " , ", text)
    text = re.sub(r"\.(?=\s|$)|[-/\"]", " ", text)
    return _read(" ".join(text.split()))


def _read(text: str) -> Grant | None:
    """Read what `_NAMES` made of a text."""
    grants: list[Grant] = []
    said: set[str] = set()
    for match in _NAMED.finditer(text):
        if match["domain"]:
            grants.append(Grant(frozenset(), waived=match["domain"] == "§zero"))
            continue
        parts = frozenset((match["parts"] or "").split())
        version = match["version"] or ""
        version = version if "." in version else version and f"{version}.0"
        # "Attribution" alone may be anybody's condition, and "non-commercial" is no licence at all.
        if "by" in parts and (version or len(parts) > 1 or re.search(r"(?<!\S)cc(?!\S)", text)):
            if parts not in _LICENSES or version not in _VERSIONS:
                return None
            grants.append(Grant(parts, version))
        else:
            said |= parts or {"free"}
    if not set(_NAMED.sub(" ", text).split()) <= set(_FILLERS.split()):
        return None
    strictest = _strictest(grants)
    if strictest is None or not said <= (strictest.parts or {"free"}):
        return None
    return strictest


def _strictest(grants: Sequence[Grant]) -> Grant | None:
    """Choose the licence that forbids all that the others forbid."""
    if not grants:
        return None
    parts = max((grant.parts for grant in grants), key=len)
    if not all(grant.parts <= parts for grant in grants):
        return None
    alike = [grant for grant in grants if grant.parts == parts]
    versions: Iterator[str] = iter({grant.version for grant in alike} - {""})
    version = next(versions, "")
    # Of two versions nobody can say which one was meant.
    return Grant(parts, "" if next(versions, "") else version, any(grant.waived for grant in alike))


def freedom(license: str) -> int:
    """How much a licence allows: 0 for public domain up to 5 for no known licence.

    Examples
    --------
    >>> [freedom(code) for code in ("CC0", "cc-by 4.0", "CC BY-NC-SA", "cc-by-nc-nd 4.0", "")]
    [0, 1, 3, 4, 5]
    >>> freedom("by permission of the recordist")
    5
    """
    found = granted(" ".join(license.lower().split()))
    if found is None:
        return 5
    if not found.parts:
        return 0
    if "nd" in found.parts:
        return 4
    if "nc" in found.parts:
        return 3
    return 2 if "sa" in found.parts else 1
