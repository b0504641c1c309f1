from __future__ import annotations

from pathlib import Path

import pytest

from curate.catalogue.disk_kind import is_local


def test_a_pseudo_file_system_does_not_count_as_a_local_disk():
    assert not is_local(Path("/proc"))


def test_a_system_that_tells_no_mounts_has_no_local_disk(tmp_path):
    (tmp_path / "mountinfo").touch()
    assert not is_local(tmp_path, mounts=tmp_path / "mountinfo")
    assert not is_local(tmp_path, mounts=tmp_path / "nothing")


@pytest.mark.parametrize("name", ["médias", "two words", "no\xa0break", "back\\slash", "caf\udce9"])
def test_a_network_disk_is_known_whatever_it_is_called(tmp_path, name):
    """Its write-ahead log would not be safe, and the disk above it is local."""
    shared = f"/srv/{name}"
    shown = shared.replace("\\", r"\134").replace(" ", r"\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 22 0:50 / {shown} rw shared:1 - nfs4 server:/a rw\n",
        encoding="utf-8",
        errors="surrogateescape",
    )
    assert is_local(Path("/srv"), mounts=mounts)
    assert not is_local(Path(shared), mounts=mounts)
    assert not is_local(Path(shared, "birds"), mounts=mounts)
    assert is_local(Path(shared + " too"), mounts=mounts)
