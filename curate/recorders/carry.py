"""What a copy keeps of the metadata of its recording, and what it adds of its own."""

from __future__ import annotations

from dataclasses import dataclass

from curate.recorders import comments, guano, info
from curate.recorders.containers import Parts
from curate.recorders.marks import belongs_to_marks

#: GUANO's fields that a copy changes, since they are about the file that holds them.
_OF_THE_FILE = ("TE", "Length", "Samplerate")

#: What fields of LIST INFO are called as comments of FLAC and Ogg.
_AS_COMMENTS = {"IART": "ARTIST", "ICMT": "COMMENT", "ICRD": "DATE", "INAM": "TITLE", "ISFT": "ENCODER"}


@dataclass(frozen=True, slots=True)
class CarriedMetadata:
    """Metadata for a copy.

    Parameters
    ----------
    guano
        Lines of GUANO: those of the recording, and ``Curate|...`` for what was changed.
    chunks
        Other chunks of a WAV, as they are: ``bext``, ``iXML``, ``wamd``, ``LIST``.
    comments
        For FLAC and Ogg.
    """

    guano: bytes
    chunks: tuple[tuple[bytes, bytes], ...]
    comments: tuple[tuple[str, str], ...]

    @property
    def comment(self) -> str:
        """One text for formats that hold no more: the recorder's own comment first."""
        own = next((value for name, value in self.comments if name == "COMMENT"), "")
        return "\n".join(filter(None, (own, self.guano.decode().rstrip())))


def carry(
    parts: Parts,
    *,
    told: tuple[str, str],
    length: float,
    sr: int,
    time_expansion: float = 1.0,
) -> CarriedMetadata | None:
    """Choose what a copy keeps, or `None` for a recording without metadata.

    Parameters
    ----------
    parts
        Of the recording's file.
    told
        Name and value of the line that says what was changed: ``Curate|Cuts``, ``excise 1.000-2.500``.
    length : seconds
        Of the copy.
    sr : Hz
        Of the copy: the rate of the sound.
    time_expansion
        Of the recording's file; the copy has none.
    """
    known = [comment for block in parts.comments for comment in comments.fields_of(block)[1:]]
    fields, _ = guano.fields_of(parts.chunk(b"guan"))
    if not fields:
        text = next((value for name, value in known if name.upper() == comments.GUANO), "")
        fields, _ = guano.fields_of(text.encode())
    others = [
        (name, data)
        for name, data in parts.chunks
        if name in (b"bext", b"iXML", b"wamd", b"LIST") and not belongs_to_marks(name, data)
    ]
    texts = info.of_aiff(parts.chunks) if parts.container == "aiff" else []
    if texts:
        others.append((b"LIST", info.chunk_of([(info.AIFF[name], text) for name, text in texts])))
    if not (fields or others or known):
        return None
    if time_expansion != 1:
        # It would say that the copy plays slower than the sound was.
        others = [each for each in others if each[0] != b"wamd"]
    infos = [each for name, data in others if name == b"LIST" for each in info.fields_of(data)]
    known = [each for each in known if each[0].upper() != comments.GUANO]
    said = {name.upper() for name, _ in known}
    known += [
        (_AS_COMMENTS.get(name, name), value)
        for name, value in infos
        if _AS_COMMENTS.get(name, name) not in said
    ]
    lines = _lines(fields, told, length=length, sr=sr, time_expansion=time_expansion)
    data = guano.text_of(lines)
    return CarriedMetadata(data, tuple(others), (*known, (comments.GUANO, data.decode().rstrip())))


def _lines(
    fields: list[tuple[str, str]],
    told: tuple[str, str],
    *,
    length: float,
    sr: int,
    time_expansion: float,
) -> list[tuple[str, str]]:
    """Give the lines of the copy: the recording's own, with those about the file as they are now."""
    new = {"TE": "1", "Length": f"{length:.6f}", "Samplerate": str(sr)}
    lines = [] if fields else [("GUANO|Version", guano.VERSION)]
    changed = []
    for name, value in fields:
        if name in _OF_THE_FILE and value != new[name]:
            changed.append((f"Curate|Original {name}", value))
            lines.append((name, new[name]))
        elif name != told[0]:
            lines.append((name, value))
    if time_expansion != 1 and not any(name == "TE" for name, _ in fields):
        lines.append(("TE", "1"))
        changed.append(("Curate|Original TE", f"{time_expansion:g}"))
    known = {name for name, _ in fields}
    return [*lines, *(each for each in changed if each[0] not in known), told]
