"""The interval of a what-if holds the true change of the optimum, which tiny problems tell by brute force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from optimizer.certificates import Certificate
from optimizer.engines.price.engine import PriceEngine
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.explain.sensitivity import LimitEffect, LimitEffects, range_of, what_if
from optimizer.features import features
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result, ShadowPrice, Termination, TerminationReason
from tests.certificates import priced_result
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import MANDATORY, NODES, PROBLEMS
from tests.explain.test_shadow_prices import DERIVED_KINDS

exactly = partial(solve, params=SolveParams(engine="highs", time_limit_seconds=60, thread_count=1))
roughly = partial(solve, params=SolveParams(engine="greedy"))
NODE_MORE = LimitChange(kind=LimitKind.POOL_NODES, element="pool", amount=1, first_slot=0, last_slot=3)
MONEY = 1_000_000


def test_two_nodes_more_let_a_third_job_run() -> None:
    """Three jobs of two nodes and two hours worth 100, 90 and 80, a pool of two nodes and four hours."""
    plan = exactly(NODES)
    one, two = range_of(NODES, plan, NODE_MORE, (1, 2), exactly)
    assert (one.difference_micros, one.least_micros, one.most_micros) == (0, 0, 0)
    assert (two.difference_micros, two.least_micros, two.most_micros) == (80 * MONEY,) * 3
    assert two.change.amount == 2


def test_less_of_a_limit_costs() -> None:
    effect = what_if(NODES, exactly(NODES), NODE_MORE.times(-1), exactly)
    assert (effect.least_micros, effect.most_micros) == (-190 * MONEY, -190 * MONEY)


@pytest.mark.parametrize("name", [name for name in PROBLEMS if set(features(PROBLEMS[name])) <= PriceEngine.features])
def test_the_interval_holds_the_true_change(name: str) -> None:
    plan = priced_result(name)
    before = optimum_micros(PROBLEMS[name])
    for price in plan.shadow_prices[:2]:
        if LimitKind(price.kind) in DERIVED_KINDS:
            continue
        change = LimitChange(
            kind=LimitKind(price.kind),
            element=price.element,
            amount=10_000 if price.unit in ("MW", "MWh", "t") else 1,
            first_slot=0,
            last_slot=PROBLEMS[name].time_grid.slot_count - 1,
        )
        after = optimum_micros(changed(PROBLEMS[name], change))
        effect = what_if(PROBLEMS[name], plan, change, exactly)
        if before is not None:
            assert after is not None
            assert effect.least_micros is not None
            assert effect.most_micros is not None
            assert effect.least_micros <= after - before <= effect.most_micros
            assert effect.least_micros >= 0


def test_without_bounds_only_the_sure_side_is_stated() -> None:
    plan = roughly(NODES)
    effect = what_if(NODES, plan, NODE_MORE.times(2), roughly)
    assert plan.termination.bound_micros is None
    assert effect.least_micros == 0
    assert effect.most_micros is None
    assert effect.difference_micros == 80 * MONEY
    assert effect.price_holds is None


def test_jobs_that_must_run_and_cannot_any_more() -> None:
    plan = exactly(MANDATORY)
    change = LimitChange(kind=LimitKind.POOL_NODES, element="pool", amount=-1, first_slot=0, last_slot=4)
    effect = what_if(MANDATORY, plan, change, exactly)
    assert effect.after.reason is TerminationReason.INFEASIBLE
    assert effect.difference_micros is None
    assert effect.least_micros is None


def test_the_solve_starts_from_the_plan_and_its_prices() -> None:
    plan = priced_result("nodes")
    assert plan.certificate is not None
    seen: list[tuple[Problem, Sequence[Assignment], Certificate | None]] = []

    def record(problem: Problem, *, initial: Sequence[Assignment], initial_certificate: Certificate | None) -> Result:
        seen.append((problem, initial, initial_certificate))
        return Result(termination=Termination(reason=TerminationReason.NO_PLAN_FOUND), engine="none")

    what_if(NODES, plan, NODE_MORE, record)
    assignments = [placement.assignment for placement in plan.placements]
    assert seen == [(changed(NODES, NODE_MORE), assignments, plan.certificate)]


def priced_effect(*prices: ShadowPrice, change: LimitChange = NODE_MORE) -> LimitEffect:
    return what_if(NODES, replace(exactly(NODES), shadow_prices=prices), change, exactly)


def test_the_prices_are_summed_over_the_slots_that_move() -> None:
    nodes = ShadowPrice(
        kind="pool_nodes", element="pool", unit="nodes", price_micros=(1, 2, 3, 4), row_price_micros=(0, 10, 0, 0)
    )
    assert priced_effect(nodes).priced_micros == 20
    assert priced_effect(nodes, change=replace(NODE_MORE, first_slot=1, last_slot=2, amount=2)).priced_micros == 30
    assert priced_effect(nodes, change=NODE_MORE.times(-1)).priced_micros == -20
    assert priced_effect().priced_micros is None
    other = replace(nodes, element="elsewhere")
    assert priced_effect(other).priced_micros == 0
    assert priced_effect(other).price_holds is True
    assert priced_effect(nodes).price_holds is False


def test_a_price_per_megawatt_counts_watts() -> None:
    hall = PROBLEMS["hall_power"]
    price = ShadowPrice(kind="hall_power", element="h", unit="MW", price_micros=(3_000_000,) * 4)
    plan = replace(exactly(hall), shadow_prices=(price,))
    change = LimitChange(kind=LimitKind.HALL_POWER, element="h", amount=1_500, first_slot=0, last_slot=1)
    assert what_if(hall, plan, change, exactly).priced_micros == 9_000


def held(*holds: bool | None) -> LimitEffects:
    """Effects of 1, 2, 3 ... nodes more, of each of which the price holds, does not, or is not known to."""
    end = Termination(reason=TerminationReason.FEASIBLE)
    sides = {True: (0, 9), False: (5, 9), None: (None, 9)}
    effects = [
        LimitEffect(
            change=NODE_MORE.times(number),
            after=end,
            engine="none",
            least_micros=sides[holding][0],
            most_micros=sides[holding][1],
            priced_micros=4,
        )
        for number, holding in enumerate(holds, start=1)
    ]
    return LimitEffects(before=end, effects=tuple(reversed(effects)))


def test_the_price_holds_up_to_the_first_multiple_at_which_it_does_not() -> None:
    assert held(True, True, False, True).price_holds_to_amount == 2
    assert held(True, None, True).price_holds_to_amount == 1
    assert held(True, True).price_holds_to_amount == 2
    assert held(False, True).price_holds_to_amount is None
    assert held().price_holds_to_amount is None


def test_what_is_past_64_bits_is_stated_as_the_most_they_hold() -> None:
    dear = ShadowPrice(kind="pool_nodes", element="pool", unit="nodes", price_micros=(2**63 - 1,) * 4)
    assert priced_effect(dear).priced_micros == 2**63 - 1
    assert priced_effect(dear, change=NODE_MORE.times(-1)).priced_micros == 1 - 2**63


def test_with_priority_tiers_no_interval_is_stated() -> None:
    """The optimum is then not the most money: a node more may place a job of the first tier in place of a dearer one."""
    plan = exactly(NODES)
    first, *rest = NODES.jobs
    tiered = replace(NODES, jobs=(replace(first, priority_tier=1), *rest))
    effect = what_if(tiered, plan, NODE_MORE.times(2), roughly)
    assert effect.difference_micros == 80 * MONEY
    assert (effect.least_micros, effect.most_micros, effect.price_holds) == (None, None, None)
