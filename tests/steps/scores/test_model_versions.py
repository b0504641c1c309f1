"""An update of `curate` may bring a new version of a model: no step uses the vectors of the earlier one."""

from __future__ import annotations

from functools import partial

import pytest

from curate.catalogue.dataset import Dataset
from curate.embedders.spectral import SpectralEmbedder
from curate.errors import NotInCatalogue
from curate.steps.acquire.import_ import import_
from curate.steps.balance.split import split
from curate.steps.balance.upsample import upsample
from curate.steps.scores.audit import audit
from curate.steps.scores.cluster import cluster
from curate.steps.scores.embed import embed
from curate.steps.scores.map_layout import map_layout
from curate.steps.scores.search import search
from curate.steps.scores.similar import similar
from tests.datasets import write_tone
from tests.engines import in_a_thread

STEPS = {
    "audit": partial(audit, neighbours="spectral"),
    "cluster": cluster,
    "map": map_layout,
    "search": partial(search, name="owls", like=["local:owl/0.wav"]),
    "similar": partial(similar, example="local:owl/0.wav"),
    "split": partial(split, folds=2, group="likeness"),
    "upsample": partial(upsample, below=1, cap=2, by="diversity"),
}


@pytest.fixture(scope="module")
def updated(tmp_path_factory):
    """A dataset whose vectors an earlier version made."""
    folder = tmp_path_factory.mktemp("updated")
    for number in range(4):
        write_tone(folder / "data" / "owl" / f"{number}.wav", freq=500.0 * (1 + number), seconds=3.0)
    with Dataset(folder / "birds") as dataset, in_a_thread(), pytest.MonkeyPatch.context() as earlier:
        import_(dataset, [folder / "data"])
        split(dataset, folds=2)
        earlier.setattr(SpectralEmbedder, "version", "0")
        embed(dataset)
        earlier.undo()
        yield dataset


@pytest.mark.parametrize("step", STEPS)
def test_vectors_of_an_earlier_version_are_not_used(updated, step):
    with pytest.raises(
        NotInCatalogue, match=f"vectors of spectral {SpectralEmbedder.version} are missing"
    ) as told:
        STEPS[step](updated)
    assert told.value.hint == "make them: curate embed --model spectral"
