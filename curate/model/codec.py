"""What the names of codings tell. They are libsndfile's or FFmpeg's, in lower case, as in `AudioInfo`.

FFmpeg names most lossless codings without their depth. Where a file holds more than 16 bits, `curate` adds
the sample format: ``alac_s32``, ``wavpack_flt``.
"""

from __future__ import annotations

import re

#: How codings begin that lose nothing.
_LOSSLESS = (
    "pcm", "float", "double", "flac", "alac", "wavpack", "tta", "ape", "mlp", "truehd", "tak", "shorten",
    "wmalossless", "mp4als", "ralf", "dwvw",
)  # fmt: skip

#: Bits of a sample at the end of a name: ``pcm_24``, ``pcm_s24le``, ``alac_s32``.
_BITS = re.compile(r"_[su]?(\d+)(?:[bl]e)?(?:_planar)?$")

#: Formats in which more than 16 bits of a sample can be written.
_EXACT = frozenset({"flac", "wav"})

#: Bits that a copy of 16 bits holds.
_SHALLOW = 16


def is_lossless(codec: str) -> bool:
    """Whether a coding keeps each sample as it was.

    Examples
    --------
    >>> is_lossless("wavpack"), is_lossless("mpeg_layer_iii")
    (True, False)
    """
    return codec.startswith(_LOSSLESS)


def is_float(codec: str) -> bool:
    """Whether a coding holds samples beyond full scale: floats.

    Examples
    --------
    >>> is_float("float"), is_float("pcm_f32le"), is_float("wavpack_flt"), is_float("pcm_24")
    (True, True, True, False)
    """
    return codec.startswith(("float", "double", "pcm_f")) or codec.endswith(("_flt", "_dbl"))


def is_deep(codec: str) -> bool:
    """Whether a lossless coding has whole numbers of more than 16 bits.

    Examples
    --------
    >>> is_deep("pcm_24"), is_deep("pcm_s24le"), is_deep("alac_s32"), is_deep("g721_32")
    (True, True, True, False)
    """
    bits = _BITS.search(codec)
    return bits is not None and int(bits[1]) > _SHALLOW and is_lossless(codec) and not is_float(codec)


def subtype_that_holds(name: str, codec: str) -> str | None:
    """Choose the coding of a format that keeps what a recording's has, or `None` for the format's own.

    Examples
    --------
    >>> [subtype_that_holds(*pair) for pair in (("flac", "pcm_24"), ("wav", "float"), ("ogg", "float"))]
    ['PCM_24', 'FLOAT', None]
    """
    if name not in _EXACT or not (is_deep(codec) or is_float(codec)):
        return None
    return "FLOAT" if name == "wav" and is_float(codec) else "PCM_24"
