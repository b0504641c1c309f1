"""Trimming real files: what is cut, dropped and left, beside voices, again and again."""

from __future__ import annotations

import shutil
from importlib.resources import files

import numpy as np
import pytest
import soundfile as sf

from curate import intervals
from curate.audio.read import read
from curate.audio.resample import resample
from curate.catalogue.dataset import Dataset
from curate.errors import NotInCatalogue, UsageError
from curate.steps.acquire.import_ import import_
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.clean.trim import trim
from curate.steps.inspect.show import show
from curate.steps.review.keep import keep
from tests import signals
from tests.engines import in_a_thread

SR = 16000


@pytest.fixture(scope="module", autouse=True)
def thread():
    with in_a_thread():
        yield


def soundscape(seconds, *calls, floor=2e-4):
    """Faint noise in which a bird sings in the stretches named."""
    y = signals.noise(sr=SR, seconds=seconds, gain=floor)
    song = signals.song(sr=SR, seconds=seconds)
    return y + sum(signals.burst(song, sr=SR, onset=on, offset=off) for on, off in calls)


def write(path, y):
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, y.T, SR, subtype="PCM_24")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One recording for every thing that can be wrong."""
    folder = tmp_path_factory.mktemp("data")
    write(folder / "owl/sound.wav", soundscape(12, (0, 12)))
    write(folder / "owl/splash.wav", soundscape(40, (0, 2)))
    write(folder / "owl/pause.wav", soundscape(30, (0, 8), (20, 30)))
    write(folder / "owl/silent.wav", np.full((1, 8 * SR), 1e-6, np.float32))
    write(folder / "frog/zeros.wav", np.zeros((1, 8 * SR), np.float32))
    dead = soundscape(30, (0, 30), floor=0.003)
    dead[:, 20 * SR :] = 0
    write(folder / "frog/dead.wav", dead)
    clipped = soundscape(20, (0, 20))
    clipped[:, 5 * SR : 8 * SR] = np.clip(clipped[:, 5 * SR : 8 * SR] * 400, -0.5, 0.5)
    write(folder / "frog/clipped.wav", clipped)
    fly = signals.wing_beats(180, sr=SR, seconds=20)
    write(folder / "frog/fly.wav", soundscape(20, (0, 20)) * np.float32(0.1) + fly)
    (folder / "frog/empty.wav").touch()
    sf.write(folder / "frog/header.wav", np.zeros((0, 1)), SR)
    whole = folder / "whole.flac"
    sf.write(whole, soundscape(20, (0, 20))[0], SR)
    content = whole.read_bytes()
    (folder / "frog/truncated.flac").write_bytes(content[: len(content) // 2])
    whole.unlink()
    return folder


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory, data):
    with Dataset(tmp_path_factory.mktemp("trimmed") / "birds") as dataset:
        summary = trim(dataset, [data])
        yield dataset, summary


@pytest.fixture
def own(trimmed, tmp_path):
    dataset, _ = trimmed
    shutil.copytree(dataset.folder, tmp_path / "birds")
    with Dataset(tmp_path / "birds") as copy:
        yield copy


def shown(dataset, table, name=None):
    found = show(dataset, table, recording=name)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def spans(dataset, name):
    return [(row["onset"], row["offset"], row["reason"]) for row in shown(dataset, "cuts", name)]


def test_a_silence_is_cut_but_for_its_edges(trimmed):
    ((onset, offset, reason),) = spans(trimmed[0], "owl/pause.wav")
    assert (onset, offset) == pytest.approx((8.4, 19.5), abs=0.1)
    assert reason == "silence"


def test_a_recording_of_sound_stays_as_it_is(trimmed):
    assert spans(trimmed[0], "owl/sound.wav") == []


def test_after_a_splash_five_seconds_stay(trimmed):
    ((onset, offset, _),) = spans(trimmed[0], "owl/splash.wav")
    assert offset == 40
    assert 5 <= onset < 8


def test_where_the_microphone_died_the_rest_is_cut(trimmed):
    ((onset, offset, reason),) = spans(trimmed[0], "frog/dead.wav")
    assert (onset, offset) == pytest.approx((20.5, 30), abs=0.1)
    assert reason == "dead microphone"


def test_damage_is_flagged_where_it_is(trimmed):
    dataset, summary = trimmed
    ((onset, offset, reason),) = spans(dataset, "frog/clipped.wav")
    assert (onset, offset) == pytest.approx((5, 8), abs=0.25)
    assert reason == "clipping"
    assert [reason for *_, reason in spans(dataset, "frog/fly.wav")] == ["fly"]
    assert summary.flagged == 3  # with the truncated one


def test_what_is_worthless_is_dropped_and_says_why(trimmed):
    dataset, summary = trimmed
    drops = {row["path"].rpartition("/")[2]: (row["step"], row["reason"]) for row in shown(dataset, "drops")}
    assert drops == {
        "silent.wav": ("trim", "dead microphone from end to end"),
        "zeros.wav": ("trim", "OE005 all zero"),
        "empty.wav": ("trim", "OE004 empty file"),
        "header.wav": ("trim", "FL012 header without sound"),
    }
    assert summary.dropped == 4


def test_a_recording_that_fails_is_among_the_drops_before_anything_was_trimmed(tmp_path, data):
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, [data])
        (row,) = shown(dataset, "drops")
        assert (row["step"], row["path"].endswith("empty.wav")) == ("import", True)


def test_a_truncated_file_is_flagged_with_its_code(trimmed):
    ((*_, reason),) = spans(trimmed[0], "frog/truncated.flac")
    assert reason.startswith("FL010 truncated; decoder stopped at")


def test_copies_are_as_long_as_what_is_left(trimmed):
    dataset, summary = trimmed
    copies = sorted(path for path in dataset.clean.rglob("*") if path.is_file())
    assert len(copies) == summary.copies == summary.rendered == 3
    y, sr = read(dataset.clean / "owl" / "pause.flac")
    gone = sum(offset - onset for onset, offset, _ in spans(dataset, "owl/pause.wav"))
    assert y.shape[1] / sr == pytest.approx(30 - gone, abs=1e-3)


def test_every_segment_says_what_was_measured(trimmed):
    rows = [row for row in shown(trimmed[0], "segments", "owl/pause.wav") if row["layer"] == "activity"]
    assert rows
    assert all("snr_db" in row["measured"] for row in rows)


def test_the_second_run_does_nothing(own):
    again = trim(own)
    assert (again.scanned, again.refreshed, again.rendered, again.removed) == (0, 0, 0, 0)
    assert again.cut_seconds > 0


def test_other_settings_need_no_audio(own):
    seconds = []
    for preset in ("gentle", "standard", "strict"):
        summary = trim(own, preset=preset, render=False)
        assert (summary.scanned, summary.refreshed) == (0, 0)
        seconds.append(summary.cut_seconds)
    assert seconds == sorted(seconds)
    assert len(set(seconds)) == 3


def test_a_dry_run_tells_the_same_and_writes_nothing(own):
    before = (own.folder / "curate.db").read_bytes()
    told = trim(own, preset="strict", dry_run=True)
    own.close()
    assert (own.folder / "curate.db").read_bytes() == before
    done = trim(own, preset="strict", render=False)
    assert (told.cut_seconds, told.flagged, told.dropped) == (done.cut_seconds, done.flagged, done.dropped)


def test_an_option_beats_its_preset(own):
    summary = trim(own, silence=False, render=False)
    assert {row.reason for row in summary.reasons}.isdisjoint({"silence", "dead microphone"})


def test_only_the_head_of_what_survives_stays_and_rare_classes_keep_more(own):
    trim(own, first_seconds=10, rare_below=0, render=False)
    (_, last) = spans(own, "owl/pause.wav")
    assert last[2] == "beyond the first 10 s"
    assert 8.5 + (last[0] - 19.5) == pytest.approx(10, abs=0.2)
    trim(own, first_seconds=10, rare_below=30, rare_first_seconds=15, render=False)
    (_, last) = spans(own, "owl/pause.wav")
    assert last[2] == "beyond the first 15 s"


def test_in_rare_classes_what_holds_no_animal_is_cut(own):
    trim(own, silence=False, rare_activity=30, render=False)
    ((onset, offset, reason),) = spans(own, "owl/pause.wav")
    assert reason == "no animal audible"
    assert (onset, offset) == pytest.approx((8.5, 19.5), abs=0.2)
    trim(own, silence=False, rare_activity=3, render=False)
    assert spans(own, "owl/pause.wav") == []


def test_what_a_person_keeps_is_never_cut(own):
    keep(own, "owl/pause.wav", 12, 14)
    trim(own)
    found = [(onset, offset) for onset, offset, _ in spans(own, "owl/pause.wav")]
    assert intervals.total(intervals.clip(found, 12, 14)) == 0
    assert intervals.total(found) == pytest.approx(9, abs=0.2)


def test_a_dropped_recording_of_which_a_person_keeps_some_is_not_dropped(own):
    keep(own, "frog/zeros.wav", 1, 2)
    trim(own)
    assert "zeros.wav" not in {row["path"].rpartition("/")[2] for row in shown(own, "drops")}


def test_voices_and_silence_are_cut_in_one_copy_in_either_order(tmp_path, scanned):
    pieces = []
    for order in ((strip_voice, trim), (trim, strip_voice)):
        shutil.copytree(scanned.folder, tmp_path / f"birds{len(pieces)}")
        with Dataset(tmp_path / f"birds{len(pieces)}") as dataset:
            assert [step(dataset).scanned for step in order] == [0, 0]
            spans = [
                (row["recording_id"], row["raw_onset"], row["raw_offset"])
                for row in shown(dataset, "timemap")
            ]
            pieces.append((spans, shown(dataset, "cuts")))
    assert len({recording for recording, *_ in pieces[0][0]}) == 10
    assert pieces[0] == pieces[1]


@pytest.mark.parametrize("order", ["voices first", "silence first"])
def test_silence_gives_way_to_voices_so_that_enough_is_left(order, tmp_path):
    """Whichever step comes later: together they leave as much as each of them promises."""
    narrator, sr = read(files("curate") / "example_data/train_audio/silwre9/XC90000011.ogg", mono=True)
    y = soundscape(16)
    voice = resample(narrator[:, : round(3.4 * sr)], sr, SR)
    y[:, : voice.shape[1]] += voice
    y[:, -SR:] = soundscape(1, (0, 1))
    write(tmp_path / "owl/narrated.wav", y)
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, tmp_path / "owl")
        for step in (strip_voice, trim) if order == "voices first" else (trim, strip_voice):
            step(dataset, render=False)
        made = [(row["onset"], row["offset"]) for row in shown(dataset, "cuts")]
        assert {row["reason"] for row in shown(dataset, "cuts")} == {"voice", "silence"}
        assert 16 - intervals.total(made) >= 5.0
        assert intervals.total(made) == pytest.approx(sum(offset - onset for onset, offset in made))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": "mild"}, "unknown preset 'mild'"),
        ({"action": "cut"}, "unknown action 'cut'"),
        ({"min_silence": -1}, "min_silence"),
        ({"rare_below": -1}, "rare_below"),
        ({"rare_first_seconds": float("inf")}, "first_seconds"),
        ({"audio_format": "doc"}, "unknown audio format"),
        ({"limit": -1}, "limit"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_before_anything(tmp_path, data, options, words):
    with Dataset(tmp_path / "birds") as dataset:
        with pytest.raises(UsageError, match=words):
            trim(dataset, [data], **options)
        assert not dataset.exists


def test_without_a_dataset_there_is_nothing_to_trim(tmp_path):
    with Dataset(tmp_path) as dataset, pytest.raises(NotInCatalogue):
        trim(dataset)
