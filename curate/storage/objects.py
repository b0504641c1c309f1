"""Objects by their addresses: what they are, which there are, and their bytes in ranges.

The border to fsspec. Its errors become `StorageError`, in our words: theirs may hold keys and tokens.
Names are never patterns here: only calls are used that take them as they are.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import random
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from curate.errors import EngineError, StorageError
from curate.storage.address import missing_package, scheme_of

_T = TypeVar("_T")

#: Tries of a request that may succeed later, and the seconds before the second, which double each time.
_TRIES, _PAUSE = 5, 0.2

#: What a listing said is believed so long, in seconds, and of so many objects.
_BELIEVED, _REMEMBERED = 300.0, 50_000


@dataclass(frozen=True, slots=True)
class ObjectState:
    """What tells one state of an object from another.

    Parameters
    ----------
    size : bytes
    version
        A number made of the etag, or of what else the storage says; equal for equal states. It stands
        where a file has its time of change.
    md5
        Of the bytes, where the etag is one; else empty.
    """

    size: int
    version: int
    md5: str = ""


def state_of(address: str) -> ObjectState:
    """Ask the storage for the state of an object now.

    Raises
    ------
    StorageError
        If it is not there (`StorageError.is_gone`) or cannot be asked for.
    """
    return _state(_asked(address, lambda files: files.info(_path(address))))


def listed_state(address: str) -> ObjectState:
    """Give the state that the latest listing of this process showed, or ask."""
    known = _LISTED.get(address)
    return known[1] if known is not None and time.monotonic() - known[0] < _BELIEVED else state_of(address)


def exists(address: str) -> bool:
    """Whether there is such an object."""
    try:
        state_of(address)
    except StorageError as error:
        if error.is_gone:
            return False
        raise
    return True


def read_range(address: str, start: int, stop: int, *, whole: bool = False) -> bytes:
    """Read bytes of an object, all that were asked for.

    Parameters
    ----------
    whole
        Whether those are all bytes: web servers that know no ranges can give them, too.

    Raises
    ------
    StorageError
        If they cannot be read, after several tries.
    """

    def read(files: Any) -> bytes:  # noqa: ANN401 - an optional package's class
        is_plain = whole and scheme_of(address) in ("http", "https")
        limits = {} if is_plain else {"start": start, "end": stop}
        data: bytes = files.cat_file(_path(address), **limits)
        if len(data) != stop - start:
            raise ConnectionResetError
        return data

    return _asked(address, read)


def listing(address: str) -> Iterator[str]:
    """List the objects below an address, or the object itself, page by page, in the order of names.

    Their states are kept for `listed_state`.

    Raises
    ------
    StorageError
        If there is nothing, or it cannot be listed.
    """
    found = False
    for page in _pages(address):
        for name, info in page:
            found = True
            _LISTED[name] = (time.monotonic(), _state(info))
            if len(_LISTED) > _REMEMBERED:
                _LISTED.popitem(last=False)
            yield name
    if not found:
        state = state_of(address)
        _LISTED[address] = (time.monotonic(), state)
        yield address


def write(address: str, path: str) -> None:
    """Upload a file, and make sure that the object is whole.

    Raises
    ------
    StorageError
        If it cannot be written, or what is there then is something else.
    """

    def put(files: Any) -> None:  # noqa: ANN401
        files.put_file(path, _path(address))

    _asked(address, put)
    with open(path, "rb") as file:
        md5 = hashlib.file_digest(file, functools.partial(hashlib.md5, usedforsecurity=False)).hexdigest()
        size = file.seek(0, 2)
    there = state_of(address)
    if there.size != size or (there.md5 and there.md5 != md5):
        remove(address)
        raise StorageError(f"{address} arrived with other bytes than were sent", hint="run the command again")


def remove(address: str) -> None:
    """Remove one object. A missing one is fine."""
    try:
        _asked(address, lambda files: files.rm_file(_path(address)))
    except StorageError as error:
        if not error.is_gone:
            raise


#: What storages without etags say of the state of an object.
_TIMES = ("mtime", "LastModified", "Last-Modified", "last_modified", "updated", "created")

_MD5 = re.compile(r"[0-9a-f]{32}")

_LISTED: OrderedDict[str, tuple[float, ObjectState]] = OrderedDict()


@functools.cache
def _files(scheme: str) -> Any:  # noqa: ANN401
    import fsspec  # noqa: PLC0415 - an optional extra

    # Without a cache of listings: it would hide what others write meanwhile.
    return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)


def _path(address: str) -> str:
    """Give what fsspec calls a path: the whole of an HTTP address, else all behind the scheme."""
    return address if scheme_of(address) in ("http", "https") else address.partition("://")[2]


def _address(scheme: str, path: str) -> str:
    return path if "://" in path else f"{scheme}://{path.lstrip('/')}"


def _pages(address: str) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Give the objects below an address in pages of about a thousand."""
    scheme = scheme_of(address)
    files = _asked(address, lambda files: files)
    if scheme == "s3" and hasattr(files, "call_s3"):
        yield from _s3_pages(address)
        return
    waiting = [_path(address)]
    while waiting:
        folder = waiting.pop()
        entries = sorted(
            _asked(address, functools.partial(_entries, folder)), key=lambda entry: str(entry["name"])
        )
        inside = [each for each in entries if _address(scheme, each["name"]).startswith(address + "/")]
        waiting += [each["name"] for each in reversed(inside) if each["type"] == "directory"]
        yield [(_address(scheme, each["name"]), each) for each in inside if each["type"] == "file"]


def _entries(folder: str, files: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    try:
        return list(files.ls(folder, detail=True))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _s3_pages(address: str) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    bucket, _, key = _path(address).partition("/")
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": f"{key}/" if key else "", "MaxKeys": 1000}
    while True:
        page = _asked(address, functools.partial(_s3_page, asked))
        yield [
            (f"s3://{bucket}/{each['Key']}", {"size": each["Size"], "ETag": each["ETag"]})
            for each in page.get("Contents", ())
            if not each["Key"].endswith("/")
        ]
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _s3_page(asked: dict[str, Any], files: Any) -> dict[str, Any]:  # noqa: ANN401
    page: dict[str, Any] = files.call_s3("list_objects_v2", **asked)
    return page


def _state(info: dict[str, Any]) -> ObjectState:
    size = info.get("size", info.get("Size"))
    tag = next((str(info[name]) for name in ("ETag", "etag", "md5Hash") if info.get(name)), "")
    said = tag or "".join(str(info.get(name) or "") for name in _TIMES)
    version = int.from_bytes(hashlib.sha256(f"{size} {said}".encode()).digest()[:7])
    plain = tag.strip('"').lower()
    return ObjectState(int(size or 0), version, plain if _MD5.fullmatch(plain) else "")


def _asked(address: str, ask: Callable[[Any], _T]) -> _T:
    """Ask the storage, again where that may help, and put its errors into our words."""
    try:
        files = _files(scheme_of(address))
    except (ImportError, ValueError):
        raise EngineError(
            f"a package is missing that reads {scheme_of(address)}://", hint=missing_package(address)
        ) from None
    for attempt in range(1, _TRIES + 1):
        try:
            return ask(files)
        except FileNotFoundError:
            raise StorageError(f"{address} is missing", is_gone=True) from None
        except Exception as error:  # noqa: BLE001 - of many libraries; what they say may hold secrets
            told = _told(address, error)
            if told is not None or attempt == _TRIES:
                raise told or StorageError(
                    f"{address}: the storage was silent for {_TRIES} tries ({type(error).__name__})",
                    hint="is it up, and is the network? run the command again: what was done is kept",
                ) from None
        time.sleep(_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.0))
    raise AssertionError


def _told(address: str, error: Exception) -> StorageError | None:
    """Say what no further try will mend; None for the rest."""
    code = _code(error)
    if code.startswith("Expired") or code in ("TokenRefreshRequired", "RequestExpired"):
        return StorageError(
            f"{address}: the credentials have expired", hint="renew them, then run the command again"
        )
    names = ("NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError", "SSOTokenLoadError")
    if isinstance(error, PermissionError) or type(error).__name__ in names or code in _DENIED:
        return StorageError(
            f"{address}: access is denied",
            hint="give credentials by the environment, such as AWS_PROFILE, and check the address",
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return StorageError(
            f"{address}: the disk of this machine is full", hint="free some, then run it again"
        )
    return None


_DENIED = frozenset(
    {"403", "401", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket"}
)


def _code(error: BaseException | None) -> str:
    """Find the code that an S3 server gave, in the error or what it came from."""
    while error is not None:
        answer = getattr(error, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
        error = error.__cause__ or error.__context__
    return ""
