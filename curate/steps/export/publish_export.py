"""Exports to object storage: made on this machine, then uploaded atomically."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from curate.catalogue import exports, paths
from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.formats.files.layout import LAYOUTS, ExportLayout
from curate.steps.export.audio_mode import export_format
from curate.steps.export.manifest_summary import ManifestSummary
from curate.storage.publish import check_free, publishing


def _audio_mode(name: str, shape: ExportLayout, asked: str | None) -> str | None:
    """Choose how an export in object storage holds its audio: nothing can be linked there.

    Raises
    ------
    UsageError
        If links are asked for, or the format names its audio by whole paths.
    """
    if asked in ("symlink", "hardlink"):
        raise UsageError(f"object storage lacks {asked}", hint="use --audio-mode copy")
    mode = "copy" if asked is None and shape.audio in ("symlink", "hardlink") else asked
    if mode == "copy" and shape.absolute:
        raise UsageError(
            f"the format {name} names its audio by the whole path on a disk",
            hint="write it to a disk, or use --audio-mode link",
        )
    return mode


def publish(
    dataset: Dataset,
    address: str,
    make: Callable[..., ManifestSummary],
    options: Mapping[str, Any],
    *,
    dry_run: bool,
) -> ManifestSummary:
    """Make an export next to the catalogue, upload it, and note it under its address.

    Parameters
    ----------
    make
        `manifest`, which writes the export to a path, and notes it there.
    options
        Its keywords.

    Raises
    ------
    UsageError
        If something that is no export of this dataset is at the address.
    StorageError
        If it cannot be uploaded; nothing is left there then.
    """
    name = export_format(Path(address), options["format"])
    mode = _audio_mode(name, LAYOUTS.get(name, ExportLayout()), options["audio_mode"])
    written = {**options, "format": name, "audio_mode": mode, "dry_run": dry_run}
    old = next((each for each in exports.every(dataset.store) if each.path == address), None)
    if dry_run:
        summary = make(dataset, dataset.folder / address.rpartition("/")[2], **written)
    else:
        check_free(address, is_ours=old is not None)
        draft = None
        try:
            with publishing(address, dataset.folder) as draft:
                summary = make(dataset, draft, **written)
        except BaseException:
            # Whatever ended it, the draft is gone: noted under its path, it would count as an export.
            if draft is not None:
                _rename(dataset, str(draft), None)
            raise
        _rename(dataset, str(draft), address)
    summary.path = address
    summary.replaces = old.at if old is not None else ""
    return summary


def _rename(dataset: Dataset, draft: str, address: str | None) -> None:
    """Note the export that is noted for a draft under its address, or forget it."""
    where = paths.stored(draft, dataset.folder)
    found = {each.path: each.number for each in exports.every(dataset.store)}
    if where not in found:
        return
    with dataset.noting() as store:
        if address is None:
            exports.forget(store, found[where])
        else:
            exports.rename(store, found[where], address)
