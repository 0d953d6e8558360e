"""The admissible columns of a problem as integer arrays: what every engine works on.

A *column* is one binary decision (job, mode, pool, start). Columns are never enumerated here: a *window* is a run of
consecutive admissible starts of one (job, mode, pool), so 82 million columns are about two million windows. All numbers
are integers (watts, nodes, micro-units of money, slots); the model they state is docs/model.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_indices
from optimizer.columns.halls import Halls
from optimizer.columns.lanes import Lanes, Piece
from optimizer.columns.leads import Leads
from optimizer.columns.plant import Plant
from optimizer.columns.ties import Floors, Precedences, Together
from optimizer.limits import LimitKind, LimitLabel
from optimizer.units import RATE_SCALE

__all__ = [
    "RATE_SCALE",
    "BoolArray",
    "Columns",
    "IndexArray",
    "IntArray",
    "LimitKind",
    "LimitLabel",
    "Selection",
    "round_half_up",
]


@dataclass(frozen=True, slots=True)
class Columns:
    """Windows, limits and worths. ``J`` jobs, ``W`` windows, ``L`` slot limits, ``B`` budgets, ``S`` sites, ``T`` slots.

    Windows are sorted by job, then mode, then pool, then first start; those of job ``j`` are
    ``job_first[j]:job_first[j + 1]``. A window's uses hold in every slot of its run; ``leads`` say what it takes
    before. Every start from ``start_first`` to
    ``start_last`` (inclusive) is admissible: alone, it breaks no limit.
    """

    slot_count: int
    mandatory: BoolArray  # [J]
    job_first: IntArray  # [J + 1]

    job: IndexArray  # [W]
    mode: IndexArray  # [W] index within the job
    pool: IndexArray  # [W]
    site: IndexArray  # [W]
    start_first: IndexArray  # [W]
    start_last: IndexArray  # [W] inclusive
    duration: IndexArray  # [W] slots, >= 1

    limits: tuple[LimitLabel, ...]  # [L]
    capacity: IntArray  # [L, T]
    use_first: IntArray  # [W + 1]
    use_limit: IndexArray  # [sum of uses]
    use_amount: IntArray  # [sum of uses] > 0, below it of what runs give: heat, and draw that a battery may stand for

    budgets: tuple[LimitLabel, ...]  # [B]
    budget_capacity: IntArray  # [B]
    budget_prefix: IntArray  # [B, T + 1] prefix sums of the meter's rate; all zero where a placement takes it once
    budget_divisor: IntArray  # [B] 0 where a placement takes it once
    budget_use_first: IntArray  # [W + 1]
    budget_use_index: IndexArray
    budget_use_amount: IntArray  # metered: use = ceil(amount * (prefix[s + d] - prefix[s]) / divisor); else use = amount

    base: IntArray  # [W] micro-units: value - mode cost - staging - move or resize + the stop that it saves
    power_w: IntArray  # [W] IT power, for energy and carbon cost
    energy_prefix: IntArray  # [S, T + 1] prefix sums of the energy rate
    carbon_prefix: IntArray  # [S, T + 1] prefix sums of the carbon rate
    due_slot: IndexArray  # [J] a run that ends after it is late; slot_count where there is no due time
    tardiness_cost: IntArray  # [J] micro-units per slot late

    lanes: Lanes = field(default_factory=Lanes)
    precedences: Precedences = field(default_factory=Precedences)
    together: Together = field(default_factory=Together)
    floors: Floors = field(default_factory=Floors)
    halls: Halls = field(default_factory=Halls)
    plant: Plant = field(default_factory=Plant)
    leads: Leads = field(default_factory=Leads)
    constant: int = 0  # micro-units of every plan, placed or not; engines count without it
    #: [J] of a job held to what it is worth to an earlier tier, the budget that counts that, negated; else -1. Empty: no job
    #: is held. Runs of such a job add nothing to the objective.
    held_budget: IndexArray = field(default_factory=no_indices)

    @property
    def job_count(self) -> int:
        return len(self.mandatory)

    @property
    def window_count(self) -> int:
        return len(self.job)

    @property
    def column_count(self) -> int:
        """How many binary variables the time-indexed program would have."""
        return int((self.start_last - self.start_first + 1).sum()) if self.window_count else 0

    @property
    def may_run_at_a_loss(self) -> BoolArray:
        """``[J]``: jobs that a best plan may run though they gain nothing: they must, others wait, or they are held."""
        may = self.mandatory.copy()
        may[self.precedences.predecessor] = True
        if len(self.held_budget):
            may |= self.held_budget >= 0
        return may

    def is_held(self, job: int) -> bool:
        """Whether runs of ``job`` count towards an earlier tier and not towards the objective."""
        return len(self.held_budget) > 0 and bool(self.held_budget[job] >= 0)

    def worth(self, window: int) -> IntArray:
        """Objective micro-units of each start of ``window``; shape ``[start_last - start_first + 1]``.

        ``base - energy - carbon - tardiness``; energy and carbon are each rounded half up once. 0 of a held job.
        """
        starts = np.arange(self.start_first[window], self.start_last[window] + 1)
        if self.is_held(int(self.job[window])):
            return np.zeros(len(starts), dtype=np.int64)
        ends = starts + self.duration[window]
        site, job, power = self.site[window], self.job[window], self.power_w[window]
        worth = np.full(len(starts), self.base[window], dtype=np.int64)
        for prefix in (self.energy_prefix[site], self.carbon_prefix[site]):
            worth -= round_half_up(power * (prefix[ends] - prefix[starts]), RATE_SCALE)
        worth -= self.tardiness_cost[job] * np.maximum(0, ends - self.due_slot[job])
        return worth

    def given_credit(self) -> IntArray:
        """Micro-units that what each window's runs give, heat or a battery's way out, is worth at most; shape ``[W]``."""
        credit = np.zeros(self.window_count, dtype=np.int64)
        rate = self.plant.given_rate(self.use_limit)
        sold = np.flatnonzero(rate)
        user = np.repeat(np.arange(self.window_count), np.diff(self.use_first))[sold]
        np.add.at(credit, user, -(rate[sold] * self.use_amount[sold] * self.duration[user] // RATE_SCALE))
        return credit

    def uses(self, window: int) -> tuple[IndexArray, IntArray]:
        """The limits a run of ``window`` uses and how much of each, in every slot of the run."""
        span = slice(self.use_first[window], self.use_first[window + 1])
        return self.use_limit[span], self.use_amount[span]

    def budget_uses(self, window: int, start: int) -> list[tuple[int, int]]:
        """(budget, use over the horizon) of one column."""
        end = start + int(self.duration[window])
        out: list[tuple[int, int]] = []
        for k in range(int(self.budget_use_first[window]), int(self.budget_use_first[window + 1])):
            b, amount = int(self.budget_use_index[k]), int(self.budget_use_amount[k])
            if divisor := int(self.budget_divisor[b]):
                metered = amount * int(self.budget_prefix[b, end] - self.budget_prefix[b, start])
                amount = -(-metered // divisor)
            out.append((b, amount))
        return out


def round_half_up(numerator: IntArray, divisor: int) -> IntArray:
    """``numerator / divisor`` to the nearest integer, halves up; exact, elementwise."""
    rounded: IntArray = (2 * numerator + divisor) // (2 * divisor)
    return rounded


@dataclass(frozen=True, slots=True)
class Selection:
    """Which column each job takes: ``window[j]`` (-1: none) and ``start[j]``. Shapes ``[J]``.

    ``pieces``: the jobs that run in pieces instead; their ``window`` is -1. ``on[K, T]``: when halls are on; None: in the
    cheapest schedules for the runs (``optimizer.columns.hall_plans``). ``net_w[B, T]``: how batteries are run
    (``optimizer.columns.batteries``); None: they rest.
    """

    window: IndexArray
    start: IndexArray
    pieces: Mapping[int, tuple[Piece, ...]] = field(default_factory=dict, kw_only=True)
    on: BoolArray | None = field(default=None, kw_only=True)
    net_w: IntArray | None = field(default=None, kw_only=True)
