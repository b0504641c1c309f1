"""Which clean copies there should be, by what the ledger says, and which may differ since the last rendering.

Recordings whose copies would have one name take it in the order of import. All of them are a *family*: if one
changes, the names of the others may, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from curate.audio.write import AUDIO_FORMATS, format_that_holds
from curate.catalogue import cuts, exports, layers, listings, runs
from curate.catalogue.cuts import CleanCopy
from curate.catalogue.dataset import Dataset
from curate.catalogue.paths import printable, safe_name
from curate.decisions.retention import retention
from curate.decisions.voice_cuts import withheld
from curate.model import Cut, is_float, subtype_that_holds
from curate.steps.clean.write_copy import CopyJob
from curate.steps.common.merge_join import MergeJoin

#: Part of every copy's digest: raise it when the same cuts would give other samples.
_VERSION = "2"

#: Part of the digest of copies that carry metadata.
_CARRIED = "1"

#: Under which name the catalogue keeps the latest rendering.
STEP = "copies"

#: What the copies are made from, as `catalogue.runs` knows it.
_MADE_FROM = ("recordings", "recorders", "labels", "cuts/", "copies")

#: Where more than this share of the recordings changed, all copies are compared.
_MANY = 0.25

#: What tells the names of a family apart.
_APART = re.compile(r"(?:~\d+|\.[0-9a-f]{8})+$")


class Unsettled(NamedTuple):
    """Recordings whose copies may differ from those that the latest rendering left.

    Parameters
    ----------
    members
        Their numbers. None stands for all.
    copies, other_format
        The copies of all others, and those of them in another format than the chosen one.
    """

    members: list[int] | None
    copies: int = 0
    other_format: int = 0


def choice_of(audio_format: str) -> dict[str, Any]:
    """Name what a rendering is of."""
    return {"version": _VERSION, "format": audio_format}


def unsettled(dataset: Dataset, audio_format: str) -> Unsettled:
    """Find the recordings whose copies may differ from those that the latest rendering left.

    Parameters
    ----------
    audio_format
        Which the copies shall have.
    """
    store = dataset.store
    kept = runs.kept(store, STEP, choice_of(audio_format))
    if kept is None or cuts.has_failures(store):  # those copies are tried again
        return Unsettled(None)
    most = int(_MANY * runs.last_recording(store))
    members = runs.changed_since(store, STEP, _MADE_FROM, most=most)
    if members is None:
        return Unsettled(None)
    suffix = AUDIO_FORMATS[audio_format].suffix
    # The catalogue notes what changes in it, but not a file that somebody removed from the folder.
    for copy, path, size in cuts.sizes_of_copies(store):
        if not is_whole(dataset, path, size):
            members.add(copy)
    if not members:
        return Unsettled([], **kept)
    families = _families(dataset, members)
    others = other_format = 0
    for copy, path, _ in cuts.sizes_of_copies(store):
        if _family(path.rpartition(".")[0]) in families:
            members.add(copy)
        elif copy not in members:
            others += 1
            other_format += not path.endswith(suffix)
    return Unsettled(sorted(members), others, other_format)


def _families(dataset: Dataset, members: Collection[int]) -> set[str]:
    """Name the families of the copies that some recordings have, had or will have."""
    store, some = dataset.store, sorted(members)
    paths = [copy.path for _, copy in cuts.copies(store, some)]
    paths += [each.path for each in exports.old_copies(store) if each.recording in members]
    found = {_family(path.rpartition(".")[0]) for path in paths}
    for _, path, *_, label, _ in listings.affected(store, some):
        found.add(_family(_plain_name(label, dataset.path(path))))
    return found


def _family(name: str) -> str:
    """Name the family of a copy by its path without the suffix."""
    return _APART.sub("", name.casefold())


def wanted(dataset: Dataset, audio_format: str, members: Sequence[int] | None = None) -> Iterator[CopyJob]:
    """Stream the copies that there should be, in the order of import.

    Parameters
    ----------
    members
        Only those of these recordings, which are none or all of each family of names. None stands for all.
    """
    ledger = MergeJoin(cuts.by_recording(dataset.store, members=members))
    taken: set[str] = set()
    for row in listings.affected(dataset.store, members):
        number, path, size, mtime_ns, frames, sr, channels, codec, sha256, label, is_told = row
        made = ledger.get(number) or []
        end = retention("ok", frames / sr, sr, made)
        if not end.goes_out:
            continue
        excised = _in_frames([cut for cut in end.done if cut.action == "excise"], sr, frames)
        muted = _in_frames([cut for cut in end.done if cut.action == "mute"], sr, frames)
        raw = dataset.path(path)
        format = format_that_holds(audio_format, sr=sr, channels=channels, is_float=is_float(codec))
        target = _target(label, raw, AUDIO_FORMATS[format].suffix, number, taken)
        subtype = subtype_that_holds(format, codec)
        made_of = {"cuts": [excised, muted], "format": format, "raw": sha256}
        # Copies that carry what a recorder said are others than those that an earlier version made.
        digest = layers.digest(_VERSION, made_of | ({"metadata": _CARRIED} if is_told else {}))
        yield CopyJob(
            number,
            raw,
            size,
            mtime_ns,
            sha256,
            frames,
            channels,
            frames / sr,
            excised,
            muted,
            target,
            str(dataset.folder),
            format,
            subtype,
            digest,
        )


def _in_frames(chosen: Sequence[Cut], sr: int, frames: int) -> list[tuple[int, int]]:
    return [
        (max(0, round(onset * sr)), min(frames, round(offset * sr))) for onset, offset in withheld(chosen)
    ]


def _target(label: str, raw: str, suffix: str, number: int, taken: set[str]) -> str:
    """Choose a copy's path: ``clean/<label>/<name of the raw file>``; a name met twice gets a number."""
    plain = _plain_name(label, raw)
    target = plain + suffix
    # Without regard to case: some disks take `Robin.flac` and `robin.flac` for one file.
    if target.casefold() in taken:
        target = f"{plain}~{number}{suffix}"
    taken.add(target.casefold())
    return target


def is_current(dataset: Dataset, copy: CleanCopy | None, job: CopyJob) -> bool:
    """Whether a copy has the right cuts, place and size, so that rendering would change nothing."""
    if copy is None or copy.digest != job.digest or copy.path not in (job.target, addressed(job)):
        return False
    return is_whole(dataset, copy.path, copy.bytes)


def addressed(job: CopyJob) -> str:
    """Name a copy by what it is made of."""
    path = PurePosixPath(job.target)
    return str(path.with_name(f"{path.stem}.{job.digest[:8]}{path.suffix}"))


def is_whole(dataset: Dataset, path: str, size: int | None) -> bool:
    """Whether the file of a copy is there, as long as the catalogue says."""
    try:
        return os.stat(os.path.join(dataset.folder, path)).st_size == size
    except OSError:
        return False


def _plain_name(label: str, raw: str) -> str:
    """Name the copy of a recording that is alone in its family, without the suffix."""
    folder = safe_name(label) if label else "unlabelled"
    return f"clean/{folder}/{safe_name(printable(Path(raw).stem))}"
