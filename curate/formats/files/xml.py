"""XML, in and out: files are parsed without entities of their own, and texts spelt as XML allows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from curate.errors import FormatError

#: What XML 1.0 holds in no spelling: most control signs, lone surrogates and two codes that are no signs.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def root_of(path: Path, tag: str, what: str) -> Element:
    """Parse a file and give its root.

    Parameters
    ----------
    tag
        What the root must be called.
    what
        What such a file is, for the error.

    Raises
    ------
    FormatError
        If it cannot be read, is no XML, declares entities, or has another root.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - few formats are XML
    from defusedxml.ElementTree import parse  # noqa: PLC0415

    try:
        root: Element = parse(path).getroot()
    except OSError as error:
        raise FormatError(f"failed to read {path}: {error.strerror}") from error
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FormatError(f"{path} is no {what}: {error}") from error
    if root.tag != tag:
        raise FormatError(f"{path} begins with <{root.tag}>, but {what} begins with <{tag}>")
    return root


def content(text: str) -> str:
    r"""Spell a text between tags. What XML cannot hold becomes a question mark.

    Examples
    --------
    >>> content("a < b\x00")
    'a &lt; b?'
    """
    return escape(_ILLEGAL.sub("?", text))


def attribute(text: str) -> str:
    r"""Spell a text as an attribute, with its quotes.

    Examples
    --------
    >>> attribute('say "x"')
    '\'say "x"\''
    """
    return quoteattr(_ILLEGAL.sub("?", text))
