"""An AudioMoth with a trigger leaves silences out of its file: where, and how long, is told."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from curate.recorders.left_out import UNSEEN, left_out, words
from curate.recorders.read import read_claims
from tests.recorder_bytes import info_chunk, wav

SR = 48000
BLOCK = 256  # samples
BEGAN = (
    "Recorded at 05:45:00 11/03/2024 (UTC) by AudioMoth 24F3190361DA4A1C at low gain while battery was 4.1V."
)
TRIGGER = " Amplitude threshold was 2% with 1s minimum trigger duration."


def moth_file(parts, comment=BEGAN + TRIGGER):
    """A file whose sound begins at byte 488, as the firmware writes it: numbers are silences, in blocks."""
    info = info_chunk({"ICMT": comment.ljust(383), "IART": "AudioMoth 24F3190361DA4A1C".ljust(31)})
    first = np.full(12, 0.5)  # to the next multiple of 512 bytes
    y = np.concatenate([first, *(told(part) if isinstance(part, int) else part for part in parts)])
    data = wav([(b"LIST", info)], sr=SR, y=y)
    assert data.index(b"data") + 8 == 488
    return data


def told(blocks):
    bits = [1 if blocks >> place & 1 else -1 for place in range(32)]
    return np.array(bits + [0] * (BLOCK - 32)) / 32767


def sound(blocks, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, blocks * BLOCK)


def test_each_silence_has_its_place_in_the_file_and_its_length():
    found = left_out(io.BytesIO(moth_file([sound(375), 5625, sound(188), 11250, sound(20)])), SR)
    first, second = (12 + 375 * BLOCK) / SR, (12 + 564 * BLOCK) / SR
    assert np.array(found) == pytest.approx(
        np.array([(first, 5624 * BLOCK / SR), (second, 11249 * BLOCK / SR)])
    )


@given(st.lists(st.one_of(st.integers(1, 2**32 - 1), st.builds(sound, st.integers(1, 40))), max_size=12))
def test_sound_and_silences_make_the_whole_time(parts):
    data = moth_file(parts)
    whole = 12 + sum(part * BLOCK if isinstance(part, int) else part.size for part in parts)
    in_file = (len(data) - 488) // 2
    assert in_file / SR + sum(length for _, length in left_out(io.BytesIO(data), SR)) == pytest.approx(
        whole / SR
    )


def test_a_header_that_a_program_wrote_anew_hides_nothing():
    data = moth_file([sound(375), 5625, sound(188)])
    for before in ([], [(b"LIST", info_chunk({"ICMT": BEGAN + TRIGGER}))]):
        anew = wav(before, sr=SR)
        anew = anew[: anew.index(b"data")] + data[data.index(b"data") :]
        ((at, length),) = left_out(io.BytesIO(anew), SR)
        assert (at, length) == pytest.approx(((12 + 375 * BLOCK) / SR, 5624 * BLOCK / SR))


@pytest.mark.parametrize(("name", "is_told"), [("20240311_054500T", True), ("20240311_054500", False)])
def test_a_packed_file_that_is_named_after_its_trigger_says_that_times_are_in_doubt(tmp_path, name, is_told):
    path = tmp_path / f"{name}.flac"
    with sf.SoundFile(path, "w", SR, 1, format="FLAC") as file:
        file.comment, file.artist = BEGAN + TRIGGER, "AudioMoth 24F3190361DA4A1C"
        file.write(sound(100))
    moth = next(claim for claim in read_claims(str(path)) if claim.source == "audiomoth")
    assert moth.problems == ((UNSEEN,) if is_told else ())


def test_an_object_is_looked_at_where_its_copy_lies(tmp_path):
    held = tmp_path / "abc"
    held.write_bytes(moth_file([sound(375), 5625, sound(188)]))
    moth = read_claims("s3://moths/20240311_054500T.WAV", held=str(held))[0]
    assert moth.problems[0].startswith("triggered: silences are left out at 1 place")


def test_quiet_sound_is_no_silence():
    noise = np.random.default_rng(1).integers(-1, 2, 40 * BLOCK) / 32767
    assert left_out(io.BytesIO(moth_file([noise, np.zeros(40 * BLOCK)])), SR) == ()
    assert words(()) == ""


def test_a_file_with_a_trigger_is_told_of_and_one_without_is_not_looked_at(tmp_path):
    path = tmp_path / "20240311_054500T.WAV"
    path.write_bytes(moth_file([sound(375), 5625, sound(188)]))
    moth = read_claims(str(path))[0]
    assert moth.problems[0].startswith(
        "triggered: silences are left out at 1 place, 30.0 s in all, from 2.0 s on"
    )
    assert dict(moth.fields)["left out"] == "29.995 s at 2.000 s"
    path.write_bytes(moth_file([sound(375), 5625, sound(188)], BEGAN))
    assert read_claims(str(path))[0].problems == ()


@pytest.mark.parametrize("did", ["Split", "Expanded", "Synchronised"])
def test_a_part_that_audiomoths_own_programs_made_names_its_recorder(tmp_path, did):
    path = tmp_path / "POND_20240311_054504.WAV"
    path.write_bytes(moth_file([sound(10)], f"{did} from 20240311_054500.WAV as file 2 of 3."))
    moth, name = read_claims(str(path))
    assert (moth.source, moth.serial, moth.start) == ("audiomoth", "24F3190361DA4A1C", "")
    assert dict(moth.fields)["part"] == "2 of 3 of 20240311_054500.WAV"
    assert (name.start, name.site) == ("2024-03-11T05:45:04", "POND")
