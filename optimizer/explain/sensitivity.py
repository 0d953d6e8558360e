"""What a change of one limit does to the optimum, by solving again: intervals that are proved, and the plans' difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from optimizer.certificates import Certificate
from optimizer.exact.tiers import exact_tiers
from optimizer.explain.limit_change import LimitChange, changed, changed_by
from optimizer.explain.shadow_prices import MOST_MICROS, OWN_UNITS
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result, ShadowPrice, Termination
from optimizer.units import divide_half_up


class Solve(Protocol):
    """Solves a problem from a plan; ``optimizer.pipeline.solve`` or an executor's, with its parameters bound."""

    def __call__(
        self, problem: Problem, *, initial: Sequence[Assignment], initial_certificate: Certificate | None
    ) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEffect:
    """What ``change`` does, in micro-units. ``after`` is how the solve of the changed problem ended, by ``engine``.

    The optimum changes by at least ``least_micros`` and at most ``most_micros``; None: nothing is proved on that side.
    ``difference_micros`` is how much more the new plan is worth than the old: what was found, not what is possible. A plan
    that is missing makes it None. ``priced_micros`` is what the shadow prices say; None without one. What is past 64 bits is
    stated as the most they hold.
    """

    change: LimitChange
    after: Termination
    engine: str
    least_micros: int | None = None
    most_micros: int | None = None
    difference_micros: int | None = None
    priced_micros: int | None = None

    @property
    def price_holds(self) -> bool | None:
        """Whether what the prices say is within the proved interval; None where one of them is missing."""
        if self.priced_micros is None or self.least_micros is None or self.most_micros is None:
            return None
        return self.least_micros <= self.priced_micros <= self.most_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEffects:
    """The effects of some multiples of one change of a plan that is worth, and bounded by, what ``before`` says."""

    before: Termination
    effects: tuple[LimitEffect, ...]

    @property
    def price_holds_to_amount(self) -> int | None:
        """The amount up to which the price holds at every multiple solved; None where it does not at the least."""
        held = None
        for effect in sorted(self.effects, key=lambda effect: abs(effect.change.amount)):
            if not effect.price_holds:
                break
            held = effect.change.amount
        return held


def what_if(problem: Problem, plan: Result, change: LimitChange, solve: Solve) -> LimitEffect:
    """Solves ``problem`` with ``change``, starting from ``plan`` and its certificate, and compares.

    Args:
        problem: as it was planned.
        plan: its plan and bound, verified; shadow prices where there are any.
        change: the limit that moves.
        solve: how to solve the changed problem.

    Raises:
        InvalidProblemError: the limit cannot be changed so (``changed``), or what ``solve`` raises.
    """
    return effect(problem, plan, change, _again(changed(problem, change), plan, solve))


def range_of(
    problem: Problem, plan: Result, change: LimitChange, multiples: Sequence[int], solve: Solve
) -> Iterator[LimitEffect]:
    """``what_if`` of each multiple of ``change``, as they are solved: where an effect leaves the price, it stops holding."""
    problems = changed_by(problem, change, multiples)
    return (
        effect(problem, plan, change.times(multiple), _again(after, plan, solve))
        for multiple, after in zip(multiples, problems, strict=True)
    )


def effect(problem: Problem, plan: Result, change: LimitChange, after: Result) -> LimitEffect:
    """What ``change`` did: ``plan`` of ``problem`` (as in ``what_if``) compared with the answer to the changed problem.

    With priority tiers the optimum is not the most money, and nothing is proved of it: there is no interval.
    """
    old, new = plan.termination, after.termination
    least = _difference(new.objective_micros, old.bound_micros)
    most = _difference(new.bound_micros, old.objective_micros)
    if change.amount >= 0 and old.objective_micros is not None:
        least = max(0, least or 0)  # every plan of the tighter problem is one of the looser
    if change.amount <= 0 and new.objective_micros is not None:
        most = min(0, most or 0)
    _, tiers = exact_tiers(problem)
    return LimitEffect(
        change=change,
        after=new,
        engine=after.engine,
        least_micros=None if len(tiers) > 1 else least,
        most_micros=None if len(tiers) > 1 else most,
        difference_micros=_difference(new.objective_micros, old.objective_micros),
        priced_micros=_priced(plan.shadow_prices, change),
    )


def _again(problem: Problem, plan: Result, solve: Solve) -> Result:
    initial = [placement.assignment for placement in plan.placements]
    return solve(problem, initial=initial, initial_certificate=plan.certificate)


def _difference(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else _stated(a - b)


def _priced(prices: Sequence[ShadowPrice], change: LimitChange) -> int | None:
    """``change`` at the shadow prices; a limit without one, beside others that have one, is worth 0."""
    if not prices:
        return None
    for price in prices:
        if (price.kind, price.element) == (change.kind.value, change.element):
            worth = price.worth_micros
            paid = sum(worth if len(worth) == 1 else worth[change.first_slot : change.last_slot + 1])
            return _stated(divide_half_up(paid * change.amount, OWN_UNITS.get(price.unit, 1)))
    return 0


def _stated(micros: int) -> int:
    return max(-MOST_MICROS, min(MOST_MICROS, micros))
