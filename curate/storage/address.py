"""Addresses of objects: telling them from paths of this machine, and taking them apart."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from curate.errors import UsageError
from curate.release import install_hint

#: Schemes that are read, and the extra package that fsspec needs for each.
SCHEMES = {
    "abfs": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "http": "aiohttp",
    "https": "aiohttp",
    "memory": "",
    "s3": "s3fs",
    "sftp": "paramiko",
    "webdav": "webdav4",
}

#: A path loses the second slash when a program takes it for one of this machine: ``s3:/bucket``.
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):/+(?=[^/])")

#: Parts of a query by which signed addresses are known.
_SECRET = re.compile(r"(?i)(signature|token|secret|credential|password|sig=|key=)")


def is_remote(path: str | bytes | os.PathLike[str] | None) -> bool:
    """Whether something is an address of object storage, as the catalogue keeps it.

    Examples
    --------
    >>> is_remote("s3://bucket/owl/1.ogg"), is_remote("/data/owl/1.ogg"), is_remote(b"s3:")
    (True, False, False)
    """
    return isinstance(path, str) and "://" in path and _ADDRESS.match(path) is not None


def address_of(path: str | os.PathLike[str] | None) -> str | None:
    """Give the address that a person typed, `None` for a path of this machine.

    Raises
    ------
    UsageError
        If it holds a password or a signature: the catalogue would keep it.

    Examples
    --------
    >>> from pathlib import Path
    >>> address_of(Path("s3://bucket/owl/")), address_of("owl/1.ogg")
    ('s3://bucket/owl', None)
    """
    text = os.fsdecode(path or "")
    found = _ADDRESS.match(text)
    if found is None or os.path.lexists(f"{found[1]}:"):
        return None
    address = f"{found[1]}://{text[found.end() :].rstrip('/')}"
    parts = urlsplit(address)
    if "@" in parts.netloc or _SECRET.search(parts.query):
        raise UsageError(
            f"refused an address with a password or a signature: {found[1]}://{parts.hostname}/...",
            hint="give credentials by the environment, such as AWS_PROFILE, or fsspec's configuration",
        )
    return address


def scheme_of(address: str) -> str:
    """Give the scheme of an address."""
    return address.partition("://")[0]


def missing_package(address: str) -> str:
    """Say how to install what an address needs."""
    package = SCHEMES[scheme_of(address)]
    return install_hint("remote") if package in ("s3fs", "aiohttp", "") else f"pip install {package}"
