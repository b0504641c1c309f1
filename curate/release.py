"""Which release this is, what it runs on, how its extras are installed, and what had other names before."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution

#: Name of the distribution. The index knows another project, of 2011, by the name of the command.
DISTRIBUTION = "curate-bioacoustics"

#: Packages by which results may differ.
_PACKAGES = ("av", "numpy", "silero-vad", "soundfile", "soxr", "torch")

#: What options were called before, by command: the new name, or the command that took their place.
RENAMED: dict[str, dict[str, str]] = {
    "audit": {"--n": "--max-items"},
    "dedupe": {"--labels": "--label-conflict", "--same": "--min-overlap"},
    "download": {"--known": "--exclude"},
    "review": {"--n": "--max-items"},
    "strip-voice": {"--wanted-recall": "--target-recall"},
    "trim": {"--head": "--first-seconds", "--rare-head": "--rare-first-seconds"},
    "upsample": {"--to": "--target"},
    "windows": {"--clear": "curate undo windows"},
}


def version() -> str:
    """Look up the version of this package. ``0`` if it is run from its source."""
    found = _installed()
    return "0" if found is None else found.version


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Fingerprint of all modules of this package: where a line changed, what it decided is decided again."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """List the versions that results may depend on, by package. Missing ones are left out."""
    from importlib import metadata  # noqa: PLC0415 - loads half of the mail library: a shell would wait for it

    found = {"curate": version(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def install_hint(extra: str) -> str:
    """Say how an optional extra is installed: from the clone where there is one, else from the index."""
    found = _installed()
    origin = json.loads((found and found.read_text("direct_url.json")) or "{}")
    if origin.get("url", "").startswith("file:"):
        return f"in the clone of curate: pip install -e '.[{extra}]'"
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def _installed() -> Distribution | None:
    from importlib import metadata  # noqa: PLC0415 - as above

    try:
        return metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None
