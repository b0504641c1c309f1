"""Clips that BirdNET cut out."""

from __future__ import annotations

import math

import pytest

from curate.catalogue import layers
from curate.catalogue.dataset import Dataset
from curate.errors import FormatError
from curate.formats.choose import format_of
from curate.formats.trainers import birdnet_segments
from curate.model import Segment
from curate.steps.acquire.import_ import import_
from tests.datasets import write_tone
from tests.engines import in_a_thread
from tests.formats.rows import touch


def test_names_of_clips_tell_score_and_source(tmp_path, problems):
    touch(tmp_path / "Strix aluco_Tawny Owl" / "0.913_1_S1_20240311_054500_3.0s_6.0s.wav")
    touch(tmp_path / "By_Date" / "2024-03-11" / "Tawny_Owl" / "Tawny_Owl-85-2024-03-11-birdnet-08:15:30.mp3")
    touch(tmp_path / "Tawny_Owl" / "my own.wav")
    pi, analyzer = birdnet_segments.read(tmp_path, report=problems)
    assert (analyzer.label, analyzer.producer) == ("", "birdnet-analyzer")
    note = "from S1_20240311_054500, 3.0 s to 6.0 s"
    assert analyzer.annotations == (Segment(0.0, math.inf, "Strix aluco", 0.913, note=note),)
    assert (pi.producer, pi.date, pi.extra) == ("birdnet-pi", "2024-03-11", {"time": "08:15:30"})
    assert pi.annotations == (Segment(0.0, math.inf, "Tawny Owl", 0.85),)
    (problem,) = problems
    assert (problem.kind, problem.path.endswith("my own.wav")) == ("left-out", True)


def test_a_folder_of_clips_is_known_and_its_detections_label_nothing(tmp_path):
    clips = tmp_path / "segments"
    write_tone(clips / "Tawny Owl" / "0.5_1_a_0.0s_3.0s.wav", seconds=3.0, sr=8000)
    assert format_of(clips, "auto") == "birdnet-segments"
    with in_a_thread(), Dataset(tmp_path / "birds") as dataset:
        summary = import_(dataset, clips)
        assert (summary.added, summary.unlabelled) == (1, 1)
        number = layers.find_number(dataset.store, "birdnet-analyzer")
        ((_, (found,)),) = layers.segments_by_recording(dataset.store, number)
    assert (found.offset, found.label, found.score) == (3.0, "Tawny Owl", 0.5)


def test_a_file_is_no_folder_of_clips(tmp_path, problems):
    touch(tmp_path / "a.wav")
    with pytest.raises(FormatError, match="expected a folder of BirdNET's clips"):
        birdnet_segments.read(tmp_path / "a.wav", report=problems)
