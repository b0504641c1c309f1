"""Which release this is, what it runs on, how its extras are installed, and what had other names before."""

from __future__ import annotations

import json
import platform
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import version as version_of

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
    """Look up the version of this package; ``0`` where it runs without being installed."""
    found = _installed()
    return "0" if found is None else found.version


def versions() -> dict[str, str]:
    """List the versions that results may depend on, by package; what is not installed is left out."""
    found = {"curate": version(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version_of(name)
        except PackageNotFoundError:
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
    try:
        return distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return None
