"""What a machine runs: sent to workers as text, so that workers with any version can answer.

It stands alone: it may import the standard library only, at the top of functions.
"""

from __future__ import annotations


def facts() -> dict[str, str]:
    """Describe the code that this machine would use. What is missing is ``none``.

    Returns
    -------
    Versions by package, ``python``, and digests: of curate's files (``code``), and of the weights that
    silero-vad ships (``weights``). Equal digests mean equal bytes.
    """
    import platform  # noqa: PLC0415 - the text is run elsewhere, see above
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in ("silero-vad", "torch", "numpy", "soundfile", "soxr", "av"):
        try:
            # Builds for the CPU and for CUDA differ behind the plus sign only.
            found[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            found[name] = "none"
    found["curate"] = _digest("curate", (".py", ".npz", ".sql", ".toml"))
    found["weights"] = _digest("silero_vad", (".jit",))
    return found


def _digest(package: str, endings: tuple[str, ...]) -> str:
    """Hash the files of a package, by name and bytes; the package is not imported."""
    import hashlib  # noqa: PLC0415
    import os  # noqa: PLC0415
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return "none"
    root = list(spec.submodule_search_locations)[0]  # noqa: RUF015 - not every such list can be iterated twice
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            if name.endswith(endings):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    content = file.read()
                digest.update(f"{os.path.relpath(path, root)} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()[:12]
