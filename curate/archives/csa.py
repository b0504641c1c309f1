"""The Colombian Sound Archive (Colección de Sonidos Ambientales, Instituto Humboldt).

It has no API of its own. Its recordings are found through GBIF, where its dataset has a key,
or through a table that names them, such as BirdCLEF's. Its files lie under their numbers, as
WAV or MP3, behind https or http.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from curate.archives import Ask, ResultPage, Search
from curate.archives.gbif import SERVER as GBIF
from curate.archives.gbif import Gbif
from curate.archives.json_answers import refused
from curate.archives.remote import RemoteRecording
from curate.archives.taxa import wanted
from curate.archives.urls import by_label, listed
from curate.errors import CurateError, UsageError
from curate.model import Problem
from curate.net.limits import Limit
from curate.net.records import HttpAnswer

_HOST = "colecciones.humboldt.org.co"


class Csa:
    """Find recordings of the Colombian Sound Archive.

    Parameters
    ----------
    table
        CSV with its URLs (``.../IAvH-CSA-36385/IAvH-CSA-36385.mp3``). Other rows are passed over.
    dataset_key
        Of its dataset at GBIF.
    taxon, taxa
        Only these, as at GBIF. With a table, they are its labels or names.
    server
        Another server that speaks as GBIF does.
    files
        Another server that has the files.

    Raises
    ------
    UsageError
        Unless there is either a table or a key.
    """

    name: ClassVar[str] = "csa"
    limits: ClassVar[Mapping[str, Limit]] = {_HOST: Limit(requests=2.0, burst=2)}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(
        self,
        *,
        table: str | os.PathLike[str] | None = None,
        dataset_key: str | None = None,
        taxon: Sequence[str] = (),
        taxa: str | os.PathLike[str] | None = None,
        server: str = GBIF,
        files: str | None = None,
    ) -> None:
        if (table is None) == (dataset_key is None):
            raise UsageError(
                "the Colombian Sound Archive is reached by a table, or by the key of its dataset at GBIF",
                hint="name --table train.csv of BirdCLEF-2025, or --dataset-key",
            )
        self._files = files
        self._gbif = None
        self.problems: list[Problem] = []
        if table is None:
            self._gbif = Gbif(taxon=taxon, taxa=taxa, dataset_key=dataset_key, server=server)
            self.problems += self._gbif.problems
            return
        rows = [
            (t, each) for t, each in listed(Path(table), None, None, self.problems) if each.archive == "csa"
        ]
        chosen = wanted(taxon, taxa, self.problems.append)
        if chosen:
            words = {word for each in chosen for word in (each.label, each.scientific_name) if word}
            rows = [(t, each) for t, each in rows if t.label in words or t.scientific_name in words]
        self._taxa, self._rows = by_label(rows)

    def searches(self) -> Iterator[Search]:
        """List the questions to GBIF, or the labels of the table."""
        if self._gbif is not None:
            yield from self._gbif.searches()
            return
        for label, taxon in self._taxa.items():
            yield Search(label or "unlabelled", Ask("", {"label": label}), taxon)

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Read an answer of GBIF, or give the recordings of a label."""
        if self._gbif is None:
            return ResultPage([self._reached(each) for each in self._rows[ask.params["label"]]])
        page = self._gbif.read(search, ask, body)
        return replace(page, recordings=[self._reached(each) for each in page.recordings])

    def _reached(self, recording: RemoteRecording) -> RemoteRecording:
        """Name the places of a recording's file: WAV before MP3, https before http."""
        if recording.archive != "csa":
            return recording
        stem = f"IAvH-CSA-{recording.archive_id}"
        hosts = [self._files.rstrip("/")] if self._files else [f"https://{_HOST}", f"http://{_HOST}"]
        places = [f"{host}/rec/sonidos/{stem}/{stem}.{kind}" for kind in ("wav", "mp3") for host in hosts]
        others = [] if self._files else [url for url in recording.file_urls if url not in places]
        return replace(recording, file_urls=(*places, *others), file_name=None)

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say what is wrong with the question."""
        return refused(answer, "GBIF")
