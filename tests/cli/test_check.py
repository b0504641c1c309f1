"""What `curate check` says, and with which exit code."""

from __future__ import annotations

import json
import shutil


def test_the_exit_code_tells_whether_all_is_well(curate, birds, tmp_path):
    said = curate("check", "-d", birds)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("all is well: 26 raw files and 9 clean copies")
    shutil.copytree(birds, tmp_path / "birds")
    gone, orphan = sorted((tmp_path / "birds" / "clean").rglob("*.flac"))[:2]
    orphan.rename(orphan.with_name("mine.flac"))
    gone.unlink()
    said = curate("check", "-d", tmp_path / "birds")
    assert said.code == 3
    assert f"  {gone}: no such file" in said.err
    assert "copy gone  2  curate render\n" in said.out
    assert said.out.splitlines()[-1].startswith("not all is well")
    said = curate("check", "-d", tmp_path / "birds", "--json", "--read", "-j", "1")
    summary = json.loads(said.out)
    assert {each["kind"]: each["count"] for each in summary["wrong"]} == {"copy gone": 2, "orphan": 1}
    assert summary["wrong"][0]["first"][0].keys() == {"kind", "path", "reason"}
