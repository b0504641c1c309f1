"""The rebuilt network answers as the packaged one does."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.audio.read import open_audio, read
from curate.detectors import silero
from curate.detectors._nature import LATE, Leveller
from curate.detectors._silero_package import checked_weights, packaged_model
from curate.detectors._silero_stream import Stream, probabilities
from curate.detectors.silero import (
    BLOCK,
    CHUNK,
    CONTEXT,
    SR,
    choose_device,
    load,
)
from curate.errors import AudioError, CurateError, UsageError
from tests import signals

#: The two add up floats in another order.
CLOSE = 1e-4

#: One recording by itself and several side by side do, too; a track knows 65,535 steps.
LAST_BITS = 1e-5


@pytest.fixture(scope="module")
def packaged():
    """The model as silero-vad ships it, which is called chunk by chunk."""
    return packaged_model()


def theirs(packaged, y):
    whole = np.pad(y, (0, -len(y) % CHUNK))
    with torch.no_grad():
        return packaged.audio_forward(torch.from_numpy(whole), SR)[0].numpy()


def ours(y, *, nature=False):
    stream = Stream(load("cpu", nature=nature))
    stream.feed(y)
    return stream.finish()


def whole(net, samples, state, leveller=None):
    """A recording alone, with all in one call of the LSTM; `samples` begin with the context."""
    with torch.inference_mode():
        step = BLOCK * CHUNK
        blocks = [samples[k : k + step + CONTEXT] for k in range(0, len(samples) - CONTEXT, step)]
        return net.alone(torch.cat([net.features(block, leveller) for block in blocks]), state)


def voiced(seconds, seed=0):
    """Something that the network takes for a voice now and then: harmonics of a wavering pitch."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(SR * seconds)) / SR
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * t) + 10 * np.sin(2 * np.pi * 3 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / SR
    y = sum(np.sin(k * phase) / k for k in range(1, 20)) * (np.sin(2 * np.pi * t) > 0)
    return (0.1 * y + 0.003 * rng.standard_normal(len(t))).astype(np.float32)


VOICE = voiced(40)


@pytest.mark.parametrize(
    "y",
    [
        pytest.param(voiced(20.01), id="voiced, more than a block"),
        pytest.param(signals.noise(sr=SR, seconds=3.01)[0], id="noise, no whole chunks"),
        pytest.param(signals.chirp(100, 7900, sr=SR, seconds=2)[0], id="chirp"),
        pytest.param(100 * voiced(2), id="far beyond full scale"),
        pytest.param(1e-20 * voiced(2), id="squares that underflow"),
        pytest.param(np.zeros(SR, np.float32), id="silence"),
        pytest.param(voiced(0.01), id="less than a chunk"),
        pytest.param(voiced(CHUNK / SR), id="one chunk"),
    ],
)
def test_every_probability_equals_the_packaged_models(packaged, y):
    expected = theirs(packaged, y)
    assert ours(y).shape == expected.shape
    np.testing.assert_allclose(ours(y), expected, rtol=0, atol=CLOSE)


def test_the_synthetic_voice_moves_the_probability():
    """Else the comparison above would compare zeros."""
    assert np.ptp(ours(voiced(20))) > 0.2


@pytest.mark.corpus
@pytest.mark.parametrize("category", ["animals", "formats", "mixed", "noise", "speech"])
def test_real_recordings_get_the_packaged_models_probabilities(packaged, corpus, category):
    rng = np.random.default_rng(7)
    paths = sorted(path for path in (corpus / category).iterdir() if path.is_file())
    compared = 0
    for path in rng.permutation(paths):
        try:
            with open_audio(path) as audio:
                start = max(0.0, (audio.declared_frames or 0) / audio.sr - 5) / 2
            y, _ = read(path, start=start, duration=5, sr=SR, mono=True)
        except AudioError:
            continue
        if y.size:
            np.testing.assert_allclose(ours(y[0]), theirs(packaged, y[0]), rtol=0, atol=CLOSE)
            compared += 1
        if compared == 5:
            break
    assert compared == 5


def test_state_and_context_carry_on_from_one_call_to_the_next():
    net = load("cpu")
    samples = np.concatenate([np.zeros(CONTEXT, np.float32), voiced(CHUNK * 40 / SR)])
    expected, _ = whole(net, samples, net.initial_state())
    border = 13 * CHUNK
    first, state = whole(net, samples[: border + CONTEXT], net.initial_state())
    second, _ = whole(net, samples[border:], state)
    np.testing.assert_allclose(np.concatenate([first, second]), expected, rtol=0, atol=LAST_BITS)
    forgetful, _ = whole(net, samples[border:], net.initial_state())
    assert np.abs(forgetful - second).max() > 1e-3


#: Chunks of recordings that are heard in company, and at last one that is not.
LENGTHS = [1, LATE, LATE + 1, 40, 520, BLOCK, BLOCK + 1, 2 * BLOCK + 50, 5 * BLOCK + 30]


@pytest.mark.parametrize("chunks", LENGTHS)
def test_a_stream_hands_context_and_state_from_block_to_block(chunks):
    y, net = voiced(chunks * CHUNK / SR), load("cpu")
    expected, _ = whole(net, np.concatenate([np.zeros(CONTEXT, np.float32), y]), net.initial_state())
    np.testing.assert_allclose(ours(y), expected, rtol=0, atol=LAST_BITS)


@pytest.mark.parametrize("chunks", LENGTHS)
def test_with_an_ear_for_nature_each_chunk_gets_the_answer_that_the_network_gives_late(chunks):
    y, net = voiced(chunks * CHUNK / SR), load("cpu", nature=True)
    given, _ = whole(net, np.concatenate([np.zeros(CONTEXT, np.float32), y]), net.initial_state(), Leveller())
    answers = ours(y, nature=True)
    np.testing.assert_allclose(answers[:-LATE], given[LATE:], rtol=0, atol=LAST_BITS)
    # What would come after the end is not asked for: its last answer stands for it.
    last = np.full(min(LATE, chunks), given[-1])
    np.testing.assert_allclose(answers[-LATE:], last, rtol=0, atol=LAST_BITS)
    assert chunks == 1 or np.abs(answers - given).max() > 10 * LAST_BITS


@pytest.mark.parametrize("nature", [False, True])
@settings(max_examples=10, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 60 * CHUNK) | st.sampled_from([c * CHUNK for c in LENGTHS]), max_size=40),
    seed=st.integers(0, 99),
)
def test_the_company_in_which_a_recording_ends_changes_no_bit_of_its_answers(nature, lengths, seed):
    rng = np.random.default_rng(seed)
    net, ended, alone = load("cpu", nature=nature), [], []
    for length in lengths:
        y = np.resize(np.roll(VOICE, rng.integers(len(VOICE))), length)
        streams = Stream(net), Stream(net)
        for stream in streams:
            stream.feed(y)
        ended.append(streams[0].end())
        alone.append(streams[1].finish())
    for again in (probabilities(ended), probabilities(ended)):  # as after a failure
        for one, other in zip(again, alone, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kernels", ["SSE41", "AVX", "AVX2"])
def test_nor_does_it_on_older_processors(kernels):
    """Processors differ in the kernels that oneDNN chooses; it can be told to take those of an older one."""
    script = """if True:
        import torch
        from curate.detectors.silero import load
        net = load("cpu", nature=True)
        torch.manual_seed(1)
        heard = [torch.rand(int(n), 128) for n in torch.randint(0, 700, (19,))]
        states = [net.initial_state() for _ in heard]
        whole = net.side_by_side(heard, states)
        for n in (1, 2, 3, 7, 16, 17):
            for one, other in zip(net.side_by_side(heard[:n], states[:n]), whole):
                assert one.tobytes() == other.tobytes(), n
        assert any(len(each) > 1 and each.min() < each.max() for each in whole)
    """
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": kernels}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=400)


@pytest.mark.parametrize("nature", [False, True])
@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, BLOCK * CHUNK, BLOCK * CHUNK + 1])
def test_there_is_one_probability_for_each_begun_chunk(length, nature):
    assert len(ours(np.zeros(length, np.float32), nature=nature)) == -(-length // CHUNK)


def test_the_network_is_loaded_once():
    assert load("cpu") is load("cpu")


def test_loading_leaves_the_number_of_threads_and_the_random_numbers_alone(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "silero_vad"]:
        monkeypatch.delitem(sys.modules, name)  # its first import is what sets the threads
    before, random = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(2)
    try:
        silero._load.__wrapped__("cpu", True)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert torch.equal(torch.get_rng_state(), random)


def test_an_unknown_device_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="'gpu'") as error:
        load("gpu")
    assert "auto, cpu, cuda" in error.value.hint


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_refused_where_there_is_none():
    with pytest.raises(UsageError, match="CUDA"):
        load("cuda")
    assert choose_device("auto") == "cpu"


def test_as_many_side_by_side_as_on_a_gpu_get_the_answers_of_each_alone(monkeypatch):
    """The path of a GPU, walked by the CPU: buckets of like length, of which those that end are left out."""
    net = load("cpu", nature=True)
    lengths = np.random.default_rng(5).integers(0, 300 * CHUNK, 2 * silero.LANES["cuda"][1] + 3)

    def ended():
        streams = [Stream(net) for _ in lengths]
        for number, (stream, length) in enumerate(zip(streams, lengths, strict=True)):
            stream.feed(np.resize(np.roll(VOICE, 997 * number), length))
        return [stream.end() for stream in streams]

    alone = [probabilities([each])[0] for each in ended()]
    monkeypatch.setitem(silero.LANES, "cpu", silero.LANES["cuda"])
    for one, other in zip(probabilities(ended()), alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=CLOSE)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_gives_the_same_probabilities():
    answers = []
    for device in ("cuda", "cpu"):
        ended = []
        for chunks in LENGTHS:
            stream = Stream(load(device))
            stream.feed(voiced(chunks * CHUNK / SR))
            ended.append(stream.end())
        answers.append(np.concatenate(probabilities(ended)))
    np.testing.assert_allclose(*answers, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("harm", ["shape", "missing", "unknown", "basis"])
def test_another_network_is_refused_with_the_version_that_fits(packaged, harm):
    tensors = dict(packaged.state_dict())
    assert checked_weights(tensors)
    name = {"basis": "_model.stft.forward_basis_buffer"}.get(harm, "_model.decoder.rnn.bias_ih")
    if harm == "missing":
        del tensors[name]
    elif harm == "unknown":
        name = "_model.decoder.extra"
        tensors[name] = torch.zeros(1)
    else:
        tensors[name] = tensors[name].flip(0) if harm == "basis" else tensors[name][:-1]
    with pytest.raises(CurateError, match=name.removeprefix("_model.")) as error:
        checked_weights(tensors)
    assert "silero-vad==" in error.value.hint
