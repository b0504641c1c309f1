"""What a detector finds in a waveform, heard in blocks as a recording is."""

from __future__ import annotations

import numpy as np

from curate.detectors.detect_file import detector
from curate.detectors.detector_group import DetectorGroup


def track(name, y, sr, blocks=()):
    """The packed track; the first blocks have the lengths given, all else is one block."""
    audience = DetectorGroup({name: detector(name)}, sr)
    start = 0
    for length in blocks:
        if start + length < y.shape[1]:
            audience.feed(y[:, start : start + length])
            start += length
    audience.feed(np.ascontiguousarray(y[:, start:]))
    return audience.finish()[name]


def heard(name, y, sr, **settings):
    return detector(name).segments(track(name, y, sr), **settings)


def spans(segments, label=None):
    return [(s.onset, s.offset) for s in segments if label is None or s.label == label]
