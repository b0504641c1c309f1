"""Names for recordings in formats that must call them something: short, safe and never twice the same."""

from __future__ import annotations

import re

from curate.formats.files.origins import audio_name, file_stem
from curate.model import Row

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class Keys:
    """Gives every file one name, the same for all of its rows, which stand together.

    Names hold letters, digits, ``_`` and ``-`` only: no dot (WebDataset), no space (Kaldi).

    Examples
    --------
    >>> keys = Keys()
    >>> keys.of(Row("xeno-canto:134896", "/a/x.ogg")), keys.of(Row("local:site/a 1.wav", "/b/a 1.wav"))
    ('XC134896', 'local_site_a_1_wav')
    """

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._last: tuple[str, str] | None = None

    def of(self, row: Row) -> str:
        """Name the file of a row."""
        if self._last is None or self._last[0] != row.path:
            name = file_stem(row.recording_id) if row.recording_id else audio_name(row.path)
            self._last = row.path, self._free(_UNSAFE.sub("_", name) or "recording")
        return self._last[1]

    def _free(self, name: str) -> str:
        folded, key = name.casefold(), name
        while key.casefold() in self._taken:
            self._taken[folded] += 1
            key = f"{name}-{self._taken[folded]}"
        self._taken.setdefault(folded, 1)
        self._taken[key.casefold()] = self._taken.get(key.casefold(), 1)
        return key
