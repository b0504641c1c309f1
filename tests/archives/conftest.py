"""What archives are asked with, and real answers where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.archives.servers import KEY


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """A key as its owner sets it, and nothing else of the environment."""
    for name in ("XC_API_KEY", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CURATE_XENO_CANTO_KEY", KEY)
    return KEY


@pytest.fixture
def samples():
    """Folder of real answers of the archives: third-party text that is not part of the project."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CURATE_SAMPLES") or root.parent / "shared" / "samples")
    if not folder.is_dir():
        pytest.skip("real answers of the archives are not here (set CURATE_SAMPLES)")
    return folder


@pytest.fixture
def taxonomy(tmp_path):
    """A taxonomy as BirdCLEF has it: eBird codes for birds, numbers of iNaturalist for others."""
    path = tmp_path / "taxonomy.csv"
    path.write_text(
        "primary_label,inat_taxon_id,scientific_name,common_name,class_name\n"
        "eurbla,12716,Turdus merula,Eurasian Blackbird,Aves\n"
        "fieldf,12751,Turdus pilaris,Fieldfare,Aves\n"
        "20979,20979,Rana temporaria,Common Frog,Amphibia\n",
        encoding="utf-8",
    )
    return path
