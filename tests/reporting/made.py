"""Numbers and sounds for a page that has every section, with words as hostile as archives may hold."""

from __future__ import annotations

import numpy as np

from curate.audio.write import write
from curate.reporting.excerpt import Excerpt, spectrogram
from curate.reporting.facts import (
    Amount,
    ClassFacts,
    DoubtfulCut,
    Duplicates,
    FlowPart,
    FoldFacts,
    Leakage,
    MapFacts,
    Places,
    ReportFacts,
    ReviewFacts,
    SampleFacts,
    SourceFacts,
    VoiceFacts,
)
from tests import signals

SR = 16000

#: Text that a page of HTML, an attribute, a script, a drawing, mathematics and a font all trip over.
EVIL = "<script>window.hacked = 1</script>\"'><img src=x onerror=window.hacked=1> $\\frac{ 音 {{7*7}}"


def facts(text=EVIL, *, doubtful=(), classes=3):
    """All sections, with one text wherever a text can come from an archive."""
    return ReportFacts(
        dataset=text,
        state={"command": text, "ended": "2026-01-02T03:04:05+00:00", "version": "1"},
        rare_below=20,
        came_in=Amount(1000, 36000.0, classes),
        goes_out=Amount(900, 30000.0, classes),
        flow={
            "seconds": [FlowPart("kept", 30000.0, True), FlowPart(f"cut out: {text}", 6000.0, False)],
            "recordings": [FlowPart("kept whole", 900, True), FlowPart(f"dropped: {text}", 100, False)],
            "classes": [FlowPart("common", classes, True)],
        },
        classes=[
            ClassFacts(f"{text}{n}", text, text, text, 100 * (classes - n), 30 * n, 60.0, 50.0, rare=n == 0)
            for n in range(classes)
        ],
        archives=[SourceFacts(text, 1000, 900, 36000.0, 30000.0, 3, 1)],
        licenses=[SourceFacts(text, 1000, 900, 36000.0, 30000.0, 3, 1)],
        voices=[VoiceFacts(text, 1000, 100, 500.0)],
        lift=[
            {
                "archive": text,
                "label": text,
                "recordings": 9,
                "flagged": 8,
                "rate": 0.9,
                "base_rate": 0.0,
                "lift": float("inf"),
            }
        ],
        cuts=[{"step": text, "action": "excise", "reason": text, "recordings": 2, "cuts": 3, "seconds": 4.0}],
        layers=[
            {
                "layer": layer,
                "parameters": '{"lowest_score": 0.5}',
                "looked_at": 1,
                "waiting": 2,
                "failed": 3,
                "recordings": 4,
                "segments": 5,
                "seconds": 6.0,
            }
            for layer in ("speech", text)
        ],
        found=[{"layer": text, "label": text, "recordings": 1, "segments": 2, "seconds": 3.0}],
        failures=[{"step": text, "path": f"/{text}/{text}", "reason": text, "recordings": 7}],
        review=ReviewFacts(
            9,
            8,
            [
                {
                    "reviewer": text,
                    "verdicts": 9,
                    "recordings": 8,
                    "cut": 4,
                    "keep": 3,
                    "drop": 1,
                    "labels": 1,
                    "first": "2026-01-02T03:04:05+00:00",
                    "latest": "2026-01-03T03:04:05+00:00",
                }
            ],
            4,
            3,
            0.5,
            [SampleFacts(text, 3, 4, 0.3, 0.95), SampleFacts("all", 3, 4, 0.3, 0.95)],
            10,
        ),
        duplicates=Duplicates(2, 5, 1, [{"kind": text, "pairs": 3}]),
        folds=[FoldFacts(0, "0", 500, 100.0, 3, 500), FoldFacts(None, "none yet", 400, 90.0, 2, 400)],
        leakage=Leakage(
            30,
            10,
            1,
            0.1,
            7,
            [
                {"recordist": text, "latitude": 1.0, "longitude": None, "site": text}
                | {"folds": [0, 1], "recordings": 7}
            ],
        ),
        map=MapFacts(text, 9, 9, 1, [(text, 5), ("b", 4)], problem=text),
        places=Places(9, 1, 0.5, [(10.0, 20.0, 5), (-12.5, 21.0, 4)]),
        doubtful=list(doubtful),
    )


def cut(text=EVIL, **more):
    values = {
        "recording_id": text,
        "label": f"{text}0",
        "onset": 1.0,
        "offset": 2.0,
        "action": "excise",
        "reason": text,
        "score": 0.5,
        "producer": text,
        "recordist": text,
        "license": text,
        "url": "javascript:window.hacked=1",
    }
    return DoubtfulCut(**(values | more))


def excerpt(folder, *, seconds=4.0, **more):
    """Four seconds of a tone, cut from the second to the third."""
    y = signals.tone(2000, sr=SR, seconds=seconds)
    target = folder / "tone.mp3"
    write(target, [y], sr=SR, channels=1, format="mp3")
    return Excerpt(cut(**more), 0.0, seconds, SR / 2, spectrogram(np.asarray(y[0]), SR), target.read_bytes())
