"""Which decoders are here: what libsndfile and FFmpeg, as they are installed, can read."""

from __future__ import annotations

#: Formats that archives have, and FFmpeg's names of their decoders.
_BY_FFMPEG = {"m4a, aac": "aac", "amr, 3gp": "amrnb", "webm": "opus", "wma": "wmav2", "wavpack": "wavpack"}

#: Formats by libsndfile's own names.
_BY_SNDFILE = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3", "aiff": "AIFF"}


def decoders() -> dict[str, str]:
    """Say of each kind of file by what it is read, or empty if it is unreadable."""
    found: dict[str, str] = {}
    try:
        import soundfile  # noqa: PLC0415 - whoever asks wants to know whether it can be loaded

        here = soundfile.available_formats()
        version = soundfile.__libsndfile_version__
        found |= {kind: f"libsndfile {version}" if name in here else "" for kind, name in _BY_SNDFILE.items()}
    except (ImportError, OSError):
        found |= dict.fromkeys(_BY_SNDFILE, "")
    try:
        import av  # noqa: PLC0415 - as above

        found |= {
            kind: f"FFmpeg in PyAV {av.__version__}" if name in av.codecs_available else ""
            for kind, name in _BY_FFMPEG.items()
        }
    except (ImportError, OSError):
        found |= dict.fromkeys(_BY_FFMPEG, "")
    return found
