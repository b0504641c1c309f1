"""Which audio an export takes, and how it holds it."""

from __future__ import annotations

from curate.errors import UsageError
from curate.formats.files.layout import AUDIO_MODES, AudioMode, ExportLayout
from curate.steps.export.manifest_rows import AUDIO_CHOICES, AudioChoice


def audio_words(audio: str) -> tuple[AudioChoice, AudioMode | None]:
    """Read which audio is wanted and how an export holds it, from one word or two.

    Raises
    ------
    UsageError
        If a word is unknown, or there are two of a kind.

    Examples
    --------
    >>> audio_words("auto"), audio_words("copy"), audio_words("raw,symlink")
    (('auto', None), ('auto', 'copy'), ('raw', 'symlink'))
    """
    choice: AudioChoice | None = None
    holding: AudioMode | None = None
    for word in audio.split(","):
        if word in AUDIO_CHOICES and choice is None:
            choice = next(each for each in AUDIO_CHOICES if each == word)
        elif word in AUDIO_MODES and holding is None:
            holding = next(each for each in AUDIO_MODES if each == word)
        else:
            raise UsageError(
                f"no audio choice '{audio}'",
                hint=f"one of {', '.join(AUDIO_CHOICES)}; one of {', '.join(AUDIO_MODES)}; or both: raw,copy",
            )
    return choice or "auto", holding


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
            f"the format {name} {verb}", hint="formats with --audio embed: huggingface, webdataset"
        )
    if holding == "link" and shape.inside:
        raise UsageError(
            f"the format {name} needs its audio in the folder", hint="use --audio symlink, hardlink or copy"
        )
    return holding
