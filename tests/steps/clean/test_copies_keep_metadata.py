"""Clean copies carry what the recorder said, and what was cut."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from curate.audio.read import open_audio, read
from curate.catalogue.dataset import Dataset
from curate.recorders import guano
from curate.recorders.read import read_claims, read_parts
from curate.steps.acquire.import_ import import_
from curate.steps.clean.render import render
from curate.steps.review.cut import cut
from tests.cards import SERIAL, audiomoth, bat, song_meter, tone
from tests.recorder_bytes import bext_chunk, wav

pytestmark = pytest.mark.usefixtures("thread")

IXML = b"<BWFXML><NOTE>wren in the willow</NOTE></BWFXML>"


def copy_of(tmp_path, file, *, audio_format="flac", onset=0.5, offset=0.75):
    """Cut a stretch of a recording and give the path of its copy."""
    with Dataset(tmp_path / "birds") as dataset:
        import_(dataset, file.parents[1])
        cut(dataset, file.name, onset, offset)
        render(dataset, audio_format=audio_format)
        ((path,),) = dataset.store.rows("SELECT path FROM copies")
        return dataset.folder / path


def said(path):
    return {claim.source: claim for claim in read_claims(str(path))}


@pytest.mark.parametrize("audio_format", ["flac", "wav", "ogg"])
def test_an_audiomoths_comment_stays_and_the_cuts_are_added(tmp_path, audio_format):
    file = audiomoth(tmp_path / "card" / "pond", "20240311", "054500", y=tone(seconds=2.0))
    copy = copy_of(tmp_path, file, audio_format=audio_format)
    assert copy.stem == "20240311_054500"
    claims = said(copy)
    assert claims["audiomoth"].start == "2024-03-11T05:45:00+10:00"
    assert claims["audiomoth"].serial == SERIAL
    if audio_format != "ogg":
        assert ("Curate|Cuts", "excise 0.500-0.750") in claims["guano"].fields
    else:
        assert "Curate|Cuts: excise 0.500-0.750" in sf.SoundFile(copy).comment
    with open_audio(copy) as audio:
        assert audio.count() == pytest.approx(1.75 * 32000, abs=2304)


@pytest.mark.parametrize("audio_format", ["flac", "wav"])
def test_guano_stays_line_by_line_and_tells_of_the_copy(tmp_path, audio_format):
    fields = {
        "Timestamp": "2024-03-11T05:45:00+13:00",
        "Length": "2.0",
        "Note": "",
        "Loc Position": "-36.85, 174.76",
    }
    file = bat(
        tmp_path / "card" / "cave", "20240311_054500", y=tone(seconds=2.0), sr=32000, fields=fields.items()
    )
    copy = copy_of(tmp_path, file, audio_format=audio_format)
    lines = said(copy)["guano"].fields
    assert lines == (
        ("GUANO|Version", "1.0"),
        ("Timestamp", "2024-03-11T05:45:00+13:00"),
        ("Length", "1.750000"),
        ("Note", ""),
        ("Loc Position", "-36.85, 174.76"),
        ("Curate|Original Length", "2.0"),
        ("Curate|Cuts", "excise 0.500-0.750"),
    )


@pytest.mark.parametrize("audio_format", ["flac", "wav"])
def test_chunks_of_other_kinds_stay_as_they_are(tmp_path, audio_format):
    file = song_meter(tmp_path / "card" / "pond", "20240311", "054500", y=tone(24000, seconds=2.0))
    copy = copy_of(tmp_path, file, audio_format=audio_format)
    assert read_parts(str(copy)).chunk(b"wamd") == read_parts(str(file)).chunk(b"wamd")
    bext = bext_chunk("dawn", "ZOOM F3", "2024-03-11", "05:45:00", history="A=PCM")
    other = tmp_path / "other" / "mill" / "20240311_064500.wav"
    other.parent.mkdir(parents=True)
    other.write_bytes(wav([(b"bext", bext)], [(b"iXML", IXML)], y=tone(24000, seconds=2.0), sr=24000))
    copy = copy_of(tmp_path / "second", other, audio_format=audio_format)
    carried = read_parts(str(copy))
    assert (carried.chunk(b"bext"), carried.chunk(b"iXML")) == (bext, IXML)


def test_samples_are_the_same_with_and_without_metadata(tmp_path):
    y = tone(24000, seconds=2.0)
    file = song_meter(tmp_path / "card" / "pond", "20240311", "054500", y=y)
    plain = tmp_path / "plain" / "pond" / "20240311_054500.wav"
    plain.parent.mkdir(parents=True)
    plain.write_bytes(wav(y=y, sr=24000))
    one, other = copy_of(tmp_path / "a", file), copy_of(tmp_path / "b", plain)
    assert np.array_equal(read(one)[0], read(other)[0])
    assert read_parts(str(other)).chunks == []


@pytest.mark.parametrize("audio_format", ["flac", "wav"])
def test_a_copy_of_what_plays_slower_has_the_rate_of_the_sound(tmp_path, audio_format):
    y = tone(256000, seconds=0.2, freq=45000.0)
    fields = {"TE": "10", "Samplerate": "256000"}
    file = bat(tmp_path / "card" / "cave", "20240311_054500", y=y, fields=fields.items())
    copy = copy_of(tmp_path, file, audio_format=audio_format, onset=0.05, offset=0.1)
    assert sf.info(copy).samplerate == 256000
    lines = dict(said(copy)["guano"].fields)
    assert (lines["TE"], lines["Curate|Original TE"], lines["Samplerate"]) == ("1", "10", "256000")
    heard, sr = read(copy)
    assert sr == 256000
    assert heard.shape[1] == 38400
    peak = np.argmax(np.abs(np.fft.rfft(heard[0]))) * sr / heard.shape[1]
    assert peak == pytest.approx(45000, abs=20)


def test_cuts_are_told_once_however_often_a_copy_is_copied():
    from curate.recorders.carry import carry
    from curate.recorders.containers import Parts

    first = carry(
        Parts("wav", [(b"guan", b"Note: a")]), told=("Curate|Cuts", "mute 1.000-2.000"), length=5.0, sr=32000
    )
    parts = Parts("wav", [(b"guan", first.guano)])
    again = carry(parts, told=("Curate|Cuts", "excise 0.000-1.000"), length=4.0, sr=32000)
    assert [each for each in guano.fields_of(again.guano)[0] if each[0] == "Curate|Cuts"] == [
        ("Curate|Cuts", "excise 0.000-1.000")
    ]
