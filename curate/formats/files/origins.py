"""What names of files and folders tell: the archive, its id, the species.

The archives name their downloads after their ids, and people keep those names when they
sort recordings into folders named after species.
"""

from __future__ import annotations

import os
import re

from curate.storage.device_names import is_device_name

#: Prefix of a file name (and `collection` of BirdCLEF) for each archive.
PREFIXES: dict[str, str] = {"CSA": "csa", "iNat": "inaturalist", "XC": "xeno-canto"}

_PREFIX_OF = {archive: prefix for prefix, archive in PREFIXES.items()}
_ARCHIVE_OF = {prefix.lower(): archive for prefix, archive in PREFIXES.items()}
_DOWNLOAD = re.compile(r"(XC|iNat|CSA)-?(\d+)", re.IGNORECASE)
_BINOMIAL = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)?(?: [a-z]+(?:-[a-z]+)*){1,2}")

#: How the words of scientific names end; the second of "Blue tit" does not.
_GENUS = re.compile(r".+(?:[aeiox]|[aeiou]s|ys|ops|er|on|um|ur)")
_EPITHET = re.compile(r".+(?:[aeiox]|[aeiou]s|ys|ops|er|on|um|or|ns)")

#: First words of common names that end like a genus does.
_NOT_GENERA = frozenset({
    "alaska", "alder", "arizona", "blue", "borneo", "california", "canada", "carolina", "christmas",
    "cinnamon", "common", "congo", "copper", "crimson", "desert", "eastern", "florida", "galapagos",
    "georgia", "greater", "guinea", "house", "java", "kansas", "large", "lesser", "little",
    "mexico", "mountain", "olive", "orange", "pine", "puerto", "purple", "river", "rose", "sage",
    "saltmarsh", "silver", "snake", "snowshoe", "spectacle", "stone", "sumatra", "summer", "texas",
    "tree", "virginia", "water", "white", "winter",
})  # fmt: skip


def origin(name: str) -> tuple[str, str] | None:
    """Tell archive and recording id from the name of a file, if it follows an archive's habit.

    Examples
    --------
    >>> origin("XC563936 - Soundscape.mp3"), origin("iNat-1109254.ogg"), origin("dawn.wav")
    (('xeno-canto', 'xeno-canto:563936'), ('inaturalist', 'inaturalist:1109254'), None)
    """
    match = _DOWNLOAD.match(os.path.basename(name))
    if match is None:
        return None
    archive = _ARCHIVE_OF[match[1].lower()]
    return archive, f"{archive}:{match[2]}"


def archive_from(collection: str) -> str:
    """Name the archive that a table calls by its prefix. Other words stay as they are.

    Examples
    --------
    >>> archive_from("XC"), archive_from("xeno-canto")
    ('xeno-canto', 'xeno-canto')
    """
    return _ARCHIVE_OF.get(collection.lower(), collection)


def collection_from(archive: str) -> str:
    """Inverse of `archive_from`.

    Examples
    --------
    >>> collection_from("csa"), collection_from("local")
    ('CSA', 'local')
    """
    return _PREFIX_OF.get(archive, archive)


def file_stem(recording_id: str) -> str:
    """Name a file after a recording, as its archive would.

    Examples
    --------
    >>> file_stem("xeno-canto:134896"), file_stem("local:site/a.wav")
    ('XC134896', 'local_site_a.wav')
    """
    archive, colon, number = recording_id.partition(":")
    prefix = _PREFIX_OF.get(archive)
    return f"{prefix}{number}" if prefix and colon and number.isdigit() else safe_name(recording_id)


def safe_name(name: str) -> str:
    """Make a name that is one part of a path on every file system, and not hidden.

    Windows drops dots and blanks at the end of a name: ``Parus sp.`` would lie in the folder ``Parus sp``.

    Examples
    --------
    >>> safe_name("a/b: c"), safe_name(".."), safe_name("aux"), safe_name("Parus sp.")
    ('a_b_ c', '__', '_aux', 'Parus sp_')
    """
    safe = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]|[. ](?=[. ]*$)', "_", name)
    return f"_{safe}" if is_device_name(safe) else re.sub(r"^\.", "_", safe) or "_"


def species(folder: str) -> tuple[str, str]:
    """Tell scientific and common name from the name of a folder, or empty if it lacks one.

    Understood are ``Turdus rufiventris``, ``Turdus_rufiventris`` and BirdNET's
    ``Turdus rufiventris_Rufous-bellied Thrush``. What is written like a scientific name and may be a common
    one, such as ``Blue tit``, is neither: it stays a label.

    Examples
    --------
    >>> species("Turdus rufiventris_Rufous-bellied Thrush"), species("rubthr1"), species("Blue tit")
    (('Turdus rufiventris', 'Rufous-bellied Thrush'), ('', ''), ('', ''))
    """
    scientific, underscore, common = folder.partition("_")
    if underscore and _is_scientific(scientific):
        return scientific, common
    spaced = folder.replace("_", " ")
    return (spaced, "") if _is_scientific(spaced) else ("", "")


def _is_scientific(name: str) -> bool:
    if not _BINOMIAL.fullmatch(name):
        return False
    genus, *epithets = name.split(" ")
    latin = _GENUS.fullmatch(genus) and all(_EPITHET.fullmatch(word) for word in epithets)
    return bool(latin) and genus.lower() not in _NOT_GENERA


def audio_name(path: str) -> str:
    """Name of an audio file without its folder and ending."""
    return os.path.splitext(os.path.basename(path))[0]
