"""What a change of one limit does to the optimum, by solving again: intervals that are proved, and the plans' difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from optimizer.explain.limit_change import LimitChange, changed
from optimizer.explain.shadow_prices import OWN_UNITS
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result, ShadowPrice
from optimizer.units import divide_half_up


class Solve(Protocol):
    """Solves a problem from a plan; ``optimizer.pipeline.solve`` or an executor's, with its parameters bound."""

    def __call__(self, problem: Problem, *, initial: Sequence[Assignment]) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What ``change`` does, in micro-units. ``after`` is the answer to the changed problem.

    The optimum changes by at least ``least_micros`` and at most ``most_micros``; None: nothing is proved on that side.
    ``difference_micros`` is how much more the new plan is worth than the old: what was found, not what is possible. A plan
    that is missing makes it None. ``priced_micros`` is what the shadow prices say; None without one.
    """

    change: LimitChange
    after: Result
    least_micros: int | None
    most_micros: int | None
    difference_micros: int | None
    priced_micros: int | None

    @property
    def price_holds(self) -> bool | None:
        """Whether what the prices say is within the proved interval; None where one of them is missing."""
        if self.priced_micros is None or self.least_micros is None or self.most_micros is None:
            return None
        return self.least_micros <= self.priced_micros <= self.most_micros


def what_if(problem: Problem, plan: Result, change: LimitChange, solve: Solve) -> Effect:
    """Solves ``problem`` with ``change``, starting from ``plan``, and compares.

    Args:
        problem: as it was planned.
        plan: its plan and bound, verified; shadow prices where there are any.
        change: the limit that moves.
        solve: how to solve the changed problem.

    Raises:
        InvalidProblemError: the limit cannot be changed so (``changed``), or what ``solve`` raises.
    """
    after = solve(changed(problem, change), initial=[placement.assignment for placement in plan.placements])
    old, new = plan.termination, after.termination
    least = _difference(new.objective_micros, old.bound_micros)
    most = _difference(new.bound_micros, old.objective_micros)
    if change.amount >= 0 and old.objective_micros is not None:
        least = max(0, least or 0)  # every plan of the tighter problem is one of the looser
    if change.amount <= 0 and new.objective_micros is not None:
        most = min(0, most or 0)
    return Effect(
        change=change,
        after=after,
        least_micros=least,
        most_micros=most,
        difference_micros=_difference(new.objective_micros, old.objective_micros),
        priced_micros=_priced(plan.shadow_prices, change),
    )


def range_of(problem: Problem, plan: Result, change: LimitChange, multiples: Sequence[int], solve: Solve) -> Iterator[Effect]:
    """``what_if`` of each multiple of ``change``, as they are solved: where an effect leaves the price, it stops holding."""
    return (what_if(problem, plan, change.times(multiple), solve) for multiple in multiples)


def _difference(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a - b


def _priced(prices: Sequence[ShadowPrice], change: LimitChange) -> int | None:
    """``change`` at the shadow prices; a limit without one, beside others that have one, is worth 0."""
    if not prices:
        return None
    for price in prices:
        if (price.kind, price.element) == (change.kind.value, change.element):
            worth = price.worth_micros
            paid = sum(worth if len(worth) == 1 else worth[change.first_slot : change.last_slot + 1])
            return divide_half_up(paid * change.amount, OWN_UNITS.get(price.unit, 1))
    return 0
