"""Our arithmetic on scores and answers, beside the libraries that have the same methods."""

from __future__ import annotations

import json

import numpy as np
import pytest

from curate.scores import annotators
from curate.scores.suspicion import class_thresholds, suspect
from tests.scores.test_annotators import CONFUSED, answers_of, fair
from tests.scores.test_suspicion import nothing, world


@pytest.mark.parametrize("seed", range(3))
def test_cleanlab_doubts_the_same_labels(real, tmp_path, seed):
    values, _, labels, _ = world(seed, n=500, classes=6, wrong=0.15)
    # Where two classes are confident and a third has the highest score, cleanlab takes that one, the
    # paper the higher of the two: such rows are left out.
    confident = values >= class_thresholds(values, labels) - 1e-6
    clear = (confident.sum(axis=1) < 2) | confident[np.arange(len(values)), values.argmax(axis=1)]
    found = suspect(values, labels, nothing(values))
    np.savez(tmp_path / "case.npz", values=values, labels=labels)
    code = """
import numpy as np
from cleanlab.count import get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
case = np.load(sys.argv[1])
labels, values = case["labels"], case["values"]
issues = find_label_issues(labels, values, filter_by="confident_learning", n_jobs=1)
quality = get_label_quality_scores(labels, values, method="normalized_margin")
thresholds = get_confident_thresholds(labels, values)
show([issues.tolist(), quality.tolist(), thresholds.tolist()])
"""
    issues, quality, thresholds = real(code, tmp_path / "case.npz")
    np.testing.assert_allclose(class_thresholds(values, labels), thresholds, atol=1e-9)
    np.testing.assert_allclose(found.margin, quality, atol=1e-9)
    np.testing.assert_array_equal(found.suspects[clear], np.array(issues)[clear])
    assert sum(issues) > 20


@pytest.mark.parametrize("seed", range(3))
def test_crowd_kit_believes_the_same_annotators(real, tmp_path, monkeypatch, seed):
    # Step by step, as its bound falls now and then, which would end it early.
    monkeypatch.setattr(annotators, "_ITERATIONS", 20)
    monkeypatch.setattr(annotators, "_TOLERANCE", -1.0)
    _, answers = answers_of(seed, {"ana": fair(0.9), "ben": fair(0.7), "cem": fair(0.5), "dee": CONFUSED})
    (tmp_path / "answers.json").write_text(json.dumps(answers))
    code = """
import pandas as pd
from crowdkit.aggregation import DawidSkene
answers = pd.DataFrame(json.loads(Path(sys.argv[1]).read_text()), columns=["worker", "task", "label"])
model = DawidSkene(n_iter=20, tol=-1).fit(answers)
show([model.probas_.sort_index().sort_index(axis=1).to_numpy().tolist(), model.labels_.to_dict()])
"""
    probability, labels = real(code, tmp_path / "answers.json")
    ours = annotators.dawid_skene(answers)
    np.testing.assert_allclose(ours.probability, probability, atol=1e-6)
    assert {item: label for item, label, _ in ours.best()} == labels
