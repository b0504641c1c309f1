"""Whether two archives speak of one recording: what a URL or a file's name tells of its origin."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from curate.archives.remote import Identity
from curate.formats.files.origins import origin

_XENO_CANTO = re.compile(r"/(?:recording/)?(?:XC)?(\d+)(?:/[a-z]+)?/?$")
_INATURALIST = re.compile(r"/sounds/(\d+)(?:\.[\w-]+)?$")  # also .x-m4a
_CSA = re.compile(r"/IAvH-CSA-(\d+)(?:/|\.\w+$|$)")


def identity_of(url: str) -> Identity | None:
    """Tell archive and id of the recording behind a URL, `None` if it lacks them.

    iNaturalist's ids are those of sounds, as in the file names of BirdCLEF: an observation may have several.

    Examples
    --------
    >>> identity_of("//www.xeno-canto.org/134896"), identity_of("https://static.inaturalist.org/sounds/26311.wav?16")
    (('xeno-canto', '134896'), ('inaturalist', '26311'))
    >>> identity_of("https://static.inaturalist.org/sounds/44751.x-m4a?1564471010")
    ('inaturalist', '44751')
    >>> identity_of("https://xeno-canto.org/sounds/uploaded/ABC/XC694038-wren%20song.mp3")
    ('xeno-canto', '694038')
    >>> identity_of("https://www.xeno-canto.org/download.php?XC=694038")
    ('xeno-canto', '694038')
    >>> identity_of("http://colecciones.humboldt.org.co/rec/sonidos/IAvH-CSA-36385/IAvH-CSA-36385.mp3")
    ('csa', '36385')
    """
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www."), unquote(parts.path)
    if host == "xeno-canto.org":
        found = _XENO_CANTO.fullmatch(path) or re.search(r"(?:^|&)XC=(\d+)(?:&|$)", parts.query)
        return ("xeno-canto", found[1]) if found else identity_from_name(path)
    if host.endswith("inaturalist.org"):
        found = _INATURALIST.search(path)
        return ("inaturalist", found[1]) if found else None
    if host == "colecciones.humboldt.org.co":
        found = _CSA.search(path)
        return ("csa", found[1]) if found else None
    return None


def identity_from_name(name: str) -> Identity | None:
    """Tell archive and id from a file's name, if it follows an archive's habit.

    Examples
    --------
    >>> identity_from_name("asbfly/XC134896.ogg"), identity_from_name("dawn.wav")
    (('xeno-canto', '134896'), None)
    """
    known = origin(name)
    return (known[0], known[1].partition(":")[2]) if known else None
