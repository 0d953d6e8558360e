"""What the windows of running jobs take of the churn budgets: a move or a resize takes the same wherever it leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.accounting import running
from optimizer.accounting.running import Fate
from optimizer.arrays import BoolArray, IndexArray, IntArray, no_indices, no_ints
from optimizer.exact.problem import ExactProblem
from optimizer.limits import CHURN_KINDS, LimitLabel


@dataclass(frozen=True, slots=True)
class Churn:
    """``use[J, K]``: what a move or a resize of each job takes of the ``K`` churn budgets, which are rows ``budget[K]``."""

    budget: IndexArray
    use: IntArray

    @classmethod
    def of(cls, problem: ExactProblem, labels: Sequence[LimitLabel]) -> Churn:
        """``labels`` are those of all budgets."""
        budget = [row for row, label in enumerate(labels) if label.kind in CHURN_KINDS]
        if not budget:
            return NO_CHURN
        use = np.zeros((len(problem.jobs), len(budget)), dtype=np.int64)
        for job in problem.jobs:
            taken = dict(running.churn_uses(problem, job, Fate.MOVED))
            use[job.index] = [taken.get(labels[row], 0) for row in budget]
        return cls(np.array(budget, dtype=np.int32), use)

    def fits(self, job: IndexArray, changed: BoolArray, capacity: IntArray) -> BoolArray:
        """Of each window of ``job[W]`` whether it alone takes no more than there is: it is not ``changed[W]``, or may be."""
        fits: BoolArray = (self.use[job] <= capacity[self.budget]).all(axis=1) | ~changed
        return fits

    def added(
        self, job: IndexArray, changed: BoolArray, first: IntArray, index: IndexArray, amount: IntArray
    ) -> tuple[IntArray, IndexArray, IntArray]:
        """The windows' lists of budget uses (first, index, amount) with what the changed ones take."""
        if not len(self.budget):
            return first, index, amount
        use = self.use[job] * changed[:, None]
        window, column = np.nonzero(use)
        if not len(window):
            return first, index, amount
        owner = np.concatenate([np.repeat(np.arange(len(job)), np.diff(first)), window])
        budget = np.concatenate([index, self.budget[column]])
        taken = np.concatenate([amount, use[window, column]])
        order = np.lexsort((budget, owner))
        counts = np.bincount(owner, minlength=len(job))
        return np.concatenate(([0], np.cumsum(counts))), budget[order].astype(np.int32), taken[order]


#: No budget for churn.
NO_CHURN = Churn(no_indices(), no_ints(0, 0))
