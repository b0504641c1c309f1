"""`curate config`: the defaults of a dataset and of a user, and where each is from."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import UsageError
from curate.formatting import Displayed
from curate.lookup import suggestion
from curate.settings import KEY_VARIABLES, dataset_folder

if TYPE_CHECKING:  # every page of help asks here
    from curate.catalogue.dataset import Dataset

#: Name of the file in a dataset's folder, and in the user's folder of settings.
FILE_NAME = "curate.toml"

#: Variable that names another file of the user; an empty one stands for none.
FILE_VARIABLE = "CURATE_CONFIG"

#: What can be set, the type of its value, and the variable that goes before the files.
KEYS: dict[str, tuple[type, str]] = {
    "contact": (str, "CURATE_CONTACT"),
    "dataset": (str, "CURATE_DATASET"),
    "device": (str, "CURATE_DEVICE"),
    "engine": (str, "CURATE_ENGINE"),
    "jobs": (int, "CURATE_JOBS"),
}

#: Table of files that hold keys, by archive.
KEY_FILES = "key-files"

_LAST_RESORT = {"dataset": ".", "device": "auto", "engine": "local"}


@dataclass(frozen=True, slots=True)
class Default:
    """A default: its value, and the file or the variable that it is from. Both are empty if it is unset."""

    key: str
    value: str | int | None
    origin: str


@dataclass(frozen=True, slots=True)
class Defaults(Displayed):
    """All defaults that hold in a dataset, and the files that they may stand in."""

    settings: list[Default]
    files: list[str]


def config(dataset: Dataset | None = None) -> Defaults:
    """List the defaults that hold for a dataset.

    A variable goes before the dataset's file, and that before the user's.

    The text of a key is never told: only the file that should hold it, and only if there is such a file.

    Parameters
    ----------
    dataset
        It need not exist; None takes the default.

    Raises
    ------
    UsageError
        If a file cannot be read, or sets what cannot be set.
    """
    folder = None if dataset is None else dataset.folder
    found = defaults(folder)
    settings = []
    for key, (_, variable) in KEYS.items():
        said = os.environ.get(variable)
        if key == "dataset" and folder is not None:
            settings.append(Default(key, str(folder), "as you named it"))
        elif said:
            settings.append(Default(key, shown(said), variable))
        elif key in found:
            settings.append(Default(key, _told(found[key].value), found[key].origin))
        else:
            settings.append(Default(key, _LAST_RESORT.get(key), ""))
    for archive, variables in KEY_VARIABLES.items():
        key = f"{KEY_FILES}.{archive}"
        holder = next((name for name in variables if os.environ.get(name)), None)
        if holder is not None:
            settings.append(Default(key, None, f"{holder}, which holds the key"))
        elif key in found:
            is_there = os.path.isfile(str(found[key].value))
            value = str(found[key].value) if is_there else None
            origin = found[key].origin + ("" if is_there else ", which names no file")
            settings.append(Default(key, value, origin))
        else:
            settings.append(Default(key, None, ""))
    return Defaults(settings, [str(path) for path in files(folder)])


def user_file() -> Path | None:
    """Where a user's own defaults are on this system, or `None` if `FILE_VARIABLE` is empty."""
    if (named := os.environ.get(FILE_VARIABLE)) is not None:
        return Path(named) if named else None
    from platformdirs import user_config_path  # noqa: PLC0415 - as the others

    return user_config_path("curate", appauthor=False, roaming=True) / FILE_NAME


def files(dataset: Path | None) -> list[Path]:
    """Name the files that defaults may stand in, the one that counts more first. Some may be missing."""
    own = user_file()
    user = {} if own is None else _read(own, is_users=True)
    folder = dataset
    if folder is None and not os.environ.get("CURATE_DATASET") and "dataset" in user:
        folder = Path(str(user["dataset"].value))
    return [dataset_folder(folder) / FILE_NAME, *([own] if own is not None else [])]


def defaults(dataset: Path | None) -> dict[str, Default]:
    """Read what the files set, by key. The dataset's file goes before the user's.

    Raises
    ------
    UsageError
        If a file cannot be read, or sets what cannot be set.
    """
    own = user_file()
    found: dict[str, Default] = {}
    for path in reversed(files(dataset)):
        found |= _read(path, is_users=path == own)
    return found


def _read(path: Path, *, is_users: bool) -> dict[str, Default]:
    if not path.is_file():
        return {}
    import tomllib  # noqa: PLC0415 - few have such a file

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected TOML: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: failed to read it: {error.strerror or error}") from None
    found: dict[str, Default] = {}
    for key, value in content.items():
        if key == KEY_FILES:
            found |= _key_files(path, value)
        else:
            found[key] = Default(key, _checked(path, key, value, is_users=is_users), str(path))
    return found


def _checked(path: Path, key: str, value: object, *, is_users: bool) -> str | int:
    """Check one value; no message repeats it, since it may be a key that was written into the wrong place."""
    if key not in KEYS:
        raise UsageError(
            f"{path}: '{key}' is no option that a file can set", hint=suggestion(key, [*KEYS, KEY_FILES])
        )
    kind = KEYS[key][0]
    if type(value) is not kind or not value:
        what = "a whole number from 1 on" if kind is int else "text"
        raise UsageError(f"{path}: {key} must be {what}")
    if isinstance(value, int):
        if value < 1:
            raise UsageError(f"{path}: {key} must be a whole number from 1 on")
        return value
    text = str(value)
    if key == "dataset":
        if not is_users:
            raise UsageError(
                f"{path}: only the user's file may name a dataset", hint="'dataset' is for your own file"
            )
        return str(path.parent / Path(text).expanduser())
    if key == "engine" and "//" in text and not is_users:
        raise UsageError(
            f"{path}: only your own file may name a cluster, since whoever answers there runs what it likes",
            hint=f"move 'engine' to {user_file() or FILE_NAME}, or give --engine",
        )
    return text


def _key_files(path: Path, table: object) -> dict[str, Default]:
    if not isinstance(table, Mapping):
        raise UsageError(
            f"{path}: {KEY_FILES} must be a table: [{KEY_FILES}], then a line such as ARCHIVE = 'FILE'"
        )
    found = {}
    for archive, name in table.items():
        if archive not in KEY_VARIABLES:
            raise UsageError(
                f"{path}: unknown archive with a key: '{archive}'", hint=suggestion(archive, KEY_VARIABLES)
            )
        if not isinstance(name, str) or not name:
            raise UsageError(f"{path}: {KEY_FILES}.{archive} must be the name of a file")
        key = f"{KEY_FILES}.{archive}"
        found[key] = Default(key, str(path.parent / Path(name).expanduser()), str(path))
    return found


def _told(value: Any) -> str | int:  # noqa: ANN401 - as TOML has it
    return value if isinstance(value, int) else shown(value)


def shown(text: str) -> str:
    """Leave out what stands before the host of an address: it is a name and a password.

    Examples
    --------
    >>> shown("dask:tcp://me:secret@cluster:8786")
    'dask:tcp://***@cluster:8786'
    """
    return re.sub(r"//[^/@\s]*@", "//***@", text)
