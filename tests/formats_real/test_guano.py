"""What guano, the reference of its format, reads of the same bytes."""

from __future__ import annotations

from curate.recorders.read import read_claims
from tests.recorder_bytes import wav

TEXT = (
    "GUANO|Version: 1.0\nTimestamp: 2012-03-29T03:58:01+04:00\nTE: 10\nSamplerate: 256000\nLength: 0.01\n"
    "Make: Pettersson\nModel: D1000X\nLoc Position: 37.1878016 -86.1057312\nLoc Elevation: 228.6\n"
    "Note: a\\nb\nPET|Gain: 80\n"
)
READ = """
import guano
file = guano.GuanoFile(sys.argv[1])
show({name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in file.items()})
"""


def test_values_are_those_that_guano_reads(real, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(chunks_after=[(b"guan", TEXT.encode())], sr=25600))
    theirs = real(READ, path)
    (ours,) = read_claims(str(path))
    assert theirs["Timestamp"] == ours.start
    assert theirs["Loc Position"] == [ours.latitude, ours.longitude]
    assert (theirs["TE"], theirs["Samplerate"], theirs["Length"]) == (
        ours.time_expansion,
        ours.sr,
        ours.length,
    )
    assert list(theirs) == [name for name, _ in ours.fields]


def test_what_guano_forgets_is_kept(real, tmp_path):
    path = tmp_path / "a.wav"
    text = b"Timestamp: 2024-03-11T05:45:00Z\nNote:\nLoc Position: 1.5, 2.5\n"
    path.write_bytes(wav(chunks_after=[(b"guan", text)]))
    theirs = real(READ, path)
    (ours,) = read_claims(str(path))
    assert "Note" not in theirs
    assert ("Note", "") in ours.fields
    assert theirs["Loc Position"] == "1.5, 2.5"
    assert (ours.latitude, ours.longitude) == (1.5, 2.5)
