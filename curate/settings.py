"""Where things are, and what the environment says.

Nothing here opens a file or imports anything heavy.
"""

from __future__ import annotations

import os
from pathlib import Path

#: Environment variable that names the dataset folder when ``--dataset`` does not.
DATASET_VARIABLE = "CURATE_DATASET"

#: Name of the catalogue inside a dataset folder; its presence makes a folder a dataset.
CATALOGUE_NAME = "curate.db"

#: Folder of rendered copies inside a dataset folder.
CLEAN_NAME = "clean"

#: Folder of downloaded originals inside a dataset folder.
RAW_NAME = "raw"


def dataset_folder(option: Path | None = None) -> Path:
    """Choose the dataset folder: the option, else the environment, else the current folder."""
    if option is not None:
        return option
    return Path(os.environ.get(DATASET_VARIABLE) or ".")


def cpu_count() -> int:
    """Cores this process may use (its affinity, which containers and schedulers set)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
