"""Where things are, and what the environment says.

Nothing here imports anything heavy, or opens a file but to ask for the limit of a container.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

#: Environment variable that names the dataset folder when ``--dataset`` does not.
DATASET_VARIABLE = "CURATE_DATASET"

#: Environment variables that may hold the key to an archive; the first that is set counts.
KEY_VARIABLES = {"xeno-canto": ("CURATE_XENO_CANTO_KEY", "XC_API_KEY")}

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


def cpu_count(control_group: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores this process may use: its affinity, which schedulers set, and at most a container's share.

    Parameters
    ----------
    control_group
        Where Linux shows the limits of a container.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, math.ceil(min(cores or 1, _share(control_group))))


def _share(control_group: Path) -> float:
    """Cores' worth of time that a container gets (``docker run --cpus``); infinite without a limit."""
    try:
        quota, period = (control_group / "cpu.max").read_text("ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):  # no control group of version 2, or "max"
        return math.inf
