"""What a body is: by its first bytes before all, then by what the server and the source call it.

Archives serve sound as ``application/octet-stream``, error pages as ``audio/mpeg``, and WAV under the
name .mp3. So the bytes decide, and names only choose among the extensions that agree with them.
"""

from __future__ import annotations

import os
import re
from email.message import Message
from urllib.parse import unquote, urlsplit

#: First bytes that tell kinds apart: offset, bytes, kind. Sources: RFC 2361 and EBU 3306 (wav), RFC 9639
#: (flac), RFC 3533 (ogg), id3.org (mp3), ISO 14496-12 (mp4), RFC 4867 (amr), and the makers of the others.
_MAGIC = (
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (4, b"ftyp", "mp4"),
    (0, b"#!AMR", "amr"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"wvpk", "wavpack"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
    (0, b"\x1a\x45\xdf\xa3", "webm"),
    (0, b"PK\x03\x04", "archive"),
    (0, b"\x1f\x8b", "archive"),
    (0, b"7z\xbc\xaf", "archive"),
    (0, b"Rar!", "archive"),
    (0, b"%PDF", "document"),
    (0, b"\x89PNG", "image"),
    (0, b"GIF8", "image"),
    (0, b"\xff\xd8\xff", "image"),
)

#: Extensions of each kind of sound; the first is given where no name offers one of the others.
AUDIO: dict[str, tuple[str, ...]] = {
    "aac": (".aac",),
    "aiff": (".aiff", ".aif", ".aifc"),
    "amr": (".amr",),
    "au": (".au", ".snd"),
    "caf": (".caf",),
    "flac": (".flac",),
    "mp3": (".mp3",),
    "mp4": (".m4a", ".mp4", ".3gp", ".mov", ".m4b"),
    "ogg": (".ogg", ".oga", ".opus", ".spx"),
    "wav": (".wav",),
    "wavpack": (".wv",),
    "webm": (".webm", ".mka", ".weba"),
    "wma": (".wma",),
}

#: Other spellings of an extension.
_SAME = {".mpga": ".mp3", ".mpeg": ".mp3", ".wave": ".wav", ".x-wav": ".wav", ".aif": ".aiff"}

#: `Content-Type` of sound, where it says more than its last word (mimetypes differs between systems).
_TYPES = {
    "application/ogg": ".ogg",
    "audio/3gpp": ".3gp",
    "audio/aac": ".aac",
    "audio/mp3": ".mp3",
    "audio/mp4": ".m4a",
    "audio/mp4a-latm": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/vnd.wave": ".wav",
    "audio/wav": ".wav",
    "audio/x-aiff": ".aiff",
    "audio/x-flac": ".flac",
    "audio/x-m4a": ".m4a",
    "audio/x-wav": ".wav",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}

#: Types under which a server may send anything.
_SAYS_NOTHING = frozenset({None, "application/octet-stream", "binary/octet-stream", "application/ogg"})

#: Bytes that `kind_of` wants to see, if there are so many.
HEAD = 512


def kind_of(head: bytes) -> str | None:
    r"""Tell what a body is by its first bytes.

    Returns
    -------
    A key of `AUDIO`, or ``archive``, ``document``, ``image``, ``page`` (HTML or XML), ``text`` or
    ``empty``. None if they say nothing, as those of an MP3 that was cut in its middle.

    Examples
    --------
    >>> kind_of(b"RIFF....WAVEfmt "), kind_of(b"  <!DOCTYPE html>"), kind_of(b"\xff\xfb\x90\x00")
    ('wav', 'page', 'mp3')
    >>> kind_of(b"RIFF....AVI LIST") is None
    True
    """
    if not head:
        return "empty"
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset):
            return kind
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        # Other RIFF files, such as AVI, may hold sound: the decoder is asked.
        return {b"WAVE": "wav", b"WEBP": "image"}.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    return _frame(head) or _writing(head)


def _frame(head: bytes) -> str | None:
    """Kind of sound that starts with a frame: eleven set bits, and fields that are not reserved."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return None
    # ADTS: twelve set bits and layer 0, which MPEG audio reserves.
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004
        return "aac"
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4
    # Layer I has died out, and its first bytes are those of text in UTF-16.
    return "mp3" if version != 1 and layer in {1, 2} and rate != 15 else None  # noqa: PLR2004


def _writing(head: bytes) -> str | None:
    """Whether it is meant for people: a page, JSON, or plain text."""
    start = head[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return "page"
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character of up to four bytes, which is no sign of binary data.
        if error.start < len(start) - 3:
            return None
        text = start[: error.start].decode("utf-8")
    return "text" if all(c.isprintable() or c in "\r\n\t" for c in text) else None


def refusal(kind: str | None, content_type: str | None) -> str | None:
    """Why a body is no sound, in words, or `None` if it may be.

    Parameters
    ----------
    kind
        As `kind_of`.
    content_type
        As `plain_type`.
    """
    if kind in AUDIO:
        return None
    if kind is not None:
        return {"empty": "an empty file", "page": "a web page"}.get(kind, f"{_article(kind)} {kind}")
    if content_type in _SAYS_NOTHING or (content_type or "").startswith(("audio/", "video/")):
        return None
    return f"'{content_type}'"


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"


def plain_type(content_type: str | None) -> str | None:
    """Media type without parameters, in lower case, or `None` if missing.

    Examples
    --------
    >>> plain_type("Audio/X-WAV; charset=binary")
    'audio/x-wav'
    """
    return (content_type or "").partition(";")[0].strip().lower() or None


def extension(
    kind: str | None, names: list[str | None], content_type: str | None, *, audio: bool = True
) -> str:
    """Choose the extension of a file.

    Parameters
    ----------
    kind
        As `kind_of`.
    names
        File names that it was given, the most trusted first.
    content_type
        As `plain_type`.
    audio
        Whether the file is known to be sound, so that ``.php`` is no extension of it.

    Returns
    -------
    With its dot, in lower case. Empty if nobody knows one.

    Examples
    --------
    >>> extension("wav", ["Song.MP3"], "audio/mpeg"), extension("ogg", ["a.opus"], None)
    ('.wav', '.opus')
    """
    offers = [offer for name in names if name and (offer := _ending(name))]
    offers += [_TYPES.get(content_type or "", "")]
    if kind in AUDIO:
        good = AUDIO[kind]
        return next((offer for offer in offers if offer in good), good[0])
    known = {ending for endings in AUDIO.values() for ending in endings}
    return next((offer for offer in offers if offer and (offer in known or not audio)), "")


def _ending(name: str) -> str:
    """Extension of a file name, with ``.tar`` before that of a compressed one."""
    stem, ending = os.path.splitext(name.lower())
    if not re.fullmatch(r"\.[a-z0-9]{1,8}", ending):
        return ""
    ending = _SAME.get(ending, ending)
    return f".tar{ending}" if stem.endswith(".tar") else ending


def given_names(disposition: str | None, url: str) -> list[str | None]:
    """File names that a server gives: in `Content-Disposition`, and as the end of the URL's path."""
    name = None
    if disposition:
        message = Message()
        message["Content-Disposition"] = disposition.replace("\r", " ").replace("\n", " ")
        name = message.get_filename()
    return [name, unquote(urlsplit(url).path).rpartition("/")[2]]
