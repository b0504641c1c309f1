"""What a summary keeps of what was reported."""

from __future__ import annotations

from curate.model import Problem
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.reporting import MOST


def test_all_are_counted_and_the_first_of_each_kind_are_kept():
    summary = ImportSummary()
    for number in range(MOST + 5):
        summary.report(Problem("failed", f"/{number}", "no sound"))
    summary.report(Problem("bad-row", "/t.csv:2", "no path"))
    assert summary.problem_counts == {"failed": MOST + 5, "bad-row": 1}
    assert [problem.path for problem in summary.problems] == [*(f"/{n}" for n in range(MOST)), "/t.csv:2"]
    assert summary.unused == 1
