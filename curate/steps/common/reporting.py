"""What a step reports of single files and rows: all of it is counted, the first of each kind are kept.

When a disk is not there, a million files fail one after the other; what a summary holds of them stays
small. What failed stands in the catalogue, whole: `curate show failures`.
"""

from __future__ import annotations

from collections import Counter

from curate.formatting import Displayed
from curate.model import Problem

#: Problems of one kind that a summary keeps.
MOST = 1000


class Reporting(Displayed):
    """Gives a summary its `report`."""

    __slots__ = ()

    problem_counts: Counter[str]
    problems: list[Problem]

    def report(self, problem: Problem) -> None:
        """Count a problem, and keep it if it is one of the first of its kind."""
        self.problem_counts[problem.kind] += 1
        if self.problem_counts[problem.kind] <= MOST:
            self.problems.append(problem)
