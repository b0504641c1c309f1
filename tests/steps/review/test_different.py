"""`curate different` on a command line; what it does stands with `same`, its opposite."""

from __future__ import annotations

from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone
from tests.engines import in_a_thread


def test_it_says_what_became_of_the_two_and_how_to_take_it_back(tmp_path, capsys):
    for number, freq in enumerate((3000.0, 5000.0)):
        write_tone(tmp_path / "in" / "owl" / f"{number}.wav", freq=freq)
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "in")
    folder = str(tmp_path / "birds")
    pair = ["owl/0.wav", "owl/1.wav", "-d", folder, "--reviewer", "ada"]
    assert main(["same", *pair]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "local:owl/0.wav and local:owl/1.wav are the same. This is verdict 1 of ada (curate undo 1 "
    )
    assert "local:owl/1.wav is dropped: duplicate; same as local:owl/0.wav, by a person\n" in said
    assert main(["different", *pair]) == 0
    said = capsys.readouterr().out
    assert "are different. This is verdict 2 of ada" in said
    assert "local:owl/1.wav is back in the dataset" in said
    assert main(["undo", "2", "-d", folder]) == 0
    assert "different local:owl/0.wav and local:owl/1.wav" in capsys.readouterr().out
