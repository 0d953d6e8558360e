"""The plant of a problem's sites as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.exact import ExactProblem
from optimizer.limits import LimitLabel
from optimizer.operation import flexible_limits
from optimizer.plant import Plant

#: A load has a hall's power and its air, and a grid connection.
_MOST_LIMITS = 3


def cut_plant(problem: ExactProblem, labels: Sequence[LimitLabel]) -> Plant:
    """The flexible loads of all sites, in order; ``labels`` are the rows of the slot limits."""
    loads = [(site, load) for site in problem.sites for load in site.flexible_loads]
    if not loads:
        return Plant()
    row_of = {label: row for row, label in enumerate(labels)}
    rows = [[row_of[label] for label in flexible_limits(problem, site, load)] for site, load in loads]
    return Plant(
        site=np.array([site.index for site, _ in loads], dtype=np.int32),
        limit=np.array([own + [-1] * (_MOST_LIMITS - len(own)) for own in rows], dtype=np.int64),
        power_w=np.array([load.power_w for _, load in loads], dtype=np.int64),
        value_rate=np.array([load.value_rate for _, load in loads], dtype=np.int64),
        energy_rate=np.array([site.energy_rate for site, _ in loads], dtype=np.int64),
        carbon_rate=np.array([site.carbon_rate for site, _ in loads], dtype=np.int64),
    )
