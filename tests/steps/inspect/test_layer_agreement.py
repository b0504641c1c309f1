"""`curate show agreement`: two detectors that were imported."""

from __future__ import annotations

import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.inspect.show import show
from tests.datasets import write_tone
from tests.engines import in_a_thread

BIRDNET = "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
PERCH = "filename,window_start,window_end,label,logits\n"


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """Two recordings that BirdNET and Perch looked at, and a third that BirdNET alone did."""
    folder = tmp_path_factory.mktemp("agreement")
    for name in "abc":
        write_tone(folder / "in" / f"{name}.wav", seconds=10.0, sr=8000)
    (folder / "in" / "b.csv").write_text(
        BIRDNET
        + "0,3,Strix aluco,Tawny Owl,0.9,a.wav\n3,6,Strix aluco,Tawny Owl,0.5,b.wav\n"
        + "0,3,Parus major,Great Tit,0.9,b.wav\n0,3,Strix aluco,Tawny Owl,0.9,c.wav\n"
    )
    (folder / "in" / "p.csv").write_text(PERCH + "a.wav,0,5,tawowl1,2.0\nb.wav,5,10,tawowl1,1.0\n")
    (folder / "in" / "t.csv").write_text(
        "file,label,scientific_name\na.wav,tawowl1,Strix aluco\nb.wav,,\nc.wav,,\n"
    )
    with in_a_thread(), Dataset(folder / "birds") as dataset:
        import_(dataset, folder / "in" / "t.csv")
        import_(dataset, [folder / "in" / "b.csv", folder / "in" / "p.csv"])
        yield dataset


def shown(dataset, **options):
    found = show(dataset, "agreement", **options)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_two_detectors_are_compared_where_both_looked(heard):
    owl, tit = shown(heard, layer="birdnet-analyzer", against="perch")
    assert (owl["label"].casefold(), tit["label"]) in (
        ("strix aluco", "Parus major"),
        ("tawowl1", "Parus major"),
    )
    assert {
        name: owl[name] for name in ("recordings", "layer_segments", "layer_matched", "against_matched")
    } == {
        "recordings": 2,
        "layer_segments": 2,
        "layer_matched": 2,
        "against_matched": 2,
    }
    assert (owl["both_s"], owl["layer_s"], owl["against_s"]) == (4.0, 2.0, 6.0)
    # In 20 s they agree for 12; by chance in 0.3 * 0.5 + 0.7 * 0.5 of the time.
    assert owl["kappa"] == pytest.approx((12 / 20 - 0.5) / 0.5)
    assert (tit["layer_recordings"], tit["against_segments"], tit["kappa"]) == (1, 0, 0.0)


def test_one_recording_alone_is_compared(heard):
    (row,) = shown(heard, layer="birdnet-analyzer", against="perch", recording="a.wav")
    assert (row["both_s"], row["layer_s"], row["against_s"]) == (3.0, 0.0, 2.0)


def test_both_layers_are_named(heard):
    with pytest.raises(UsageError, match="name them with --layer and --against") as caught:
        show(heard, "agreement", layer="perch")
    assert caught.value.hint == "there are: birdnet-analyzer, perch"
    with pytest.raises(NotInCatalogue, match="unknown layer 'perhc'"):
        show(heard, "agreement", layer="birdnet-analyzer", against="perhc")
    with pytest.raises(UsageError, match="--against goes with agreement only"):
        show(heard, "segments", against="perch")
