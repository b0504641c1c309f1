"""Which audio an export takes, and how it holds it."""

from __future__ import annotations

from pathlib import Path

from curate.errors import UsageError
from curate.formats import WRITERS
from curate.formats.files.layout import AUDIO_MODES, AudioMode, ExportLayout
from curate.lookup import suggestion
from curate.steps.export.manifest_rows import AUDIO_CHOICES, AudioChoice

#: What ``--format`` is when only the file's name is given.
_BY_ENDING = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def check_words(audio: str, audio_mode: str | None) -> tuple[AudioChoice, AudioMode | None]:
    """Read which audio is wanted, and how the export holds it.

    Raises
    ------
    UsageError
        If a word is unknown.
    """
    choice = next((each for each in AUDIO_CHOICES if each == audio), None)
    mode = next((each for each in AUDIO_MODES if each == audio_mode), None)
    if choice is None:
        hint = f"there are: {', '.join(AUDIO_CHOICES)}"
        if audio in AUDIO_MODES:
            hint = f"how an export holds its audio is --audio-mode {audio}"
        words = [word.strip() for word in audio.split(",")]
        if len(words) > 1 and set(words) <= {*AUDIO_CHOICES, *AUDIO_MODES}:
            modes = {*AUDIO_MODES}
            named = [f"--audio-mode {word}" if word in modes else f"--audio {word}" for word in words]
            hint = f"it is now two options: {' '.join(named)}"
        raise UsageError(f"unknown audio '{audio}'", hint=hint)
    if audio_mode is not None and mode is None:
        raise UsageError(f"unknown audio mode '{audio_mode}'", hint=suggestion(audio_mode, AUDIO_MODES))
    return choice, mode


def check_holding(name: str, shape: ExportLayout, asked: AudioMode | None) -> AudioMode:
    """Choose how an export holds its audio.

    Raises
    ------
    UsageError
        If the format cannot do what is asked.
    """
    holding = asked or shape.audio
    if (holding == "embed") != (shape.audio == "embed"):
        verb = "holds audio inside its files" if shape.audio == "embed" else "cannot hold audio inside"
        raise UsageError(
            f"the format {name} {verb}", hint="formats with --audio-mode embed: huggingface, webdataset"
        )
    if holding == "link" and shape.inside:
        raise UsageError(
            f"the format {name} needs its audio in the folder",
            hint="use --audio-mode symlink, hardlink or copy",
        )
    return holding


def export_format(target: Path, asked: str | None) -> str:
    """Take the format that was asked for, or tell it from the ending of a path.

    Raises
    ------
    UsageError
        If the ending does not tell.
    """
    name = asked or _BY_ENDING.get(target.suffix.lower())
    if name is None:
        raise UsageError(
            f"failed to tell the format of {target} from its ending",
            hint=f"say --format with one of: {', '.join(sorted(WRITERS))}",
        )
    return name
