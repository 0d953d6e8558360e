"""What more of a limit is worth: units, rounding, rows, and that the bound rises by no more than is said."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from optimizer.accounting import ledger
from optimizer.accounting.ledger import horizon_limits, slot_limits
from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    GangUse,
    PatternItem,
    PatternRow,
    SlotPrice,
    SlotPrices,
)
from optimizer.engines.price.engine import PriceEngine
from optimizer.exact.problem import ExactProblem, exact
from optimizer.explain import shadow_prices
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.explain.shadow_prices import OWN_UNITS
from optimizer.features import OF_ANY_ENGINE, features
from optimizer.limits import LimitKind
from optimizer.problem import Problem
from optimizer.solution import ShadowPrice
from optimizer.units import MICROS_PER_UNIT
from optimizer.verify.bound import prove
from tests.certificates import certificate_of, certified_names, columns, is_certified, priced_result
from tests.conformance.problems import BUDGETS, GRID_TWO_HALLS, NODES, PROBLEMS


def only(found: tuple[ShadowPrice, ...]) -> ShadowPrice:
    (price,) = found
    return price


def slot_prices(kind: LimitKind, element: str, *price: int, bits: int = 0) -> Certificate:
    return Certificate(0, bits, (SlotPrices(kind, element, price),))


def test_a_price_per_node_is_stated_in_micro_units_rounded_up() -> None:
    price = only(shadow_prices(exact(NODES), slot_prices(LimitKind.POOL_NODES, "pool", 0, 1, 16, 17, bits=4)))
    assert (price.kind, price.element, price.unit) == ("pool_nodes", "pool", "nodes")
    assert price.price_micros == (0, 1, 1, 2)
    assert price.row_price_micros == ()
    assert price.row_slots == ()
    assert price.worth_micros == price.price_micros


def test_a_grid_price_is_per_megawatt_at_the_connection() -> None:
    """A PUE of 1.2: 1 MW at the connection feeds 0.8333 MW of IT."""
    price = only(shadow_prices(exact(GRID_TWO_HALLS), slot_prices(LimitKind.GRID_IMPORT, "s", 12, 0, 1, 0)))
    assert price.unit == "MW"
    assert price.price_micros == (10_000_000, 0, 833_334, 0)


def test_budgets_are_priced_over_the_horizon() -> None:
    prices = (BudgetPrice(LimitKind.ENERGY_BUDGET, "site", 3), BudgetPrice(LimitKind.CARBON_BUDGET, "site", 2))
    found = shadow_prices(
        exact(replace(BUDGETS, sites=(replace(BUDGETS.sites[0], name="site"),))), Certificate(0, 1, (), prices)
    )
    assert [(p.kind, p.unit, p.price_micros) for p in found] == [
        ("energy_budget", "MWh", (1_500_000,)),
        ("carbon_budget", "t", (1_000_000_000,)),
    ]


def test_rows_over_gangs_are_an_average_over_what_there_is() -> None:
    """k = 2 pays back 6 x 5 in slot 1, over two nodes: 15 a node. The pattern row belongs to no limit alone."""
    gang = (GangUse(LimitKind.POOL_NODES, "pool", 2),)
    certificate = Certificate(
        0,
        0,
        (),
        (),
        (DualFeasiblePrice(LimitKind.POOL_NODES, "pool", 1, 2, 5),),
        (PatternRow((PatternItem(gang, 1),), 1, (SlotPrice(3, 9), SlotPrice(2, 0))),),
    )
    price = only(shadow_prices(exact(NODES), certificate))
    assert price.price_micros == (0, 0, 0, 0)
    assert price.row_price_micros == (0, 15, 0, 0)
    assert price.row_slots == (1, 3)
    assert price.worth_micros == (0, 15, 0, 0)


def test_limits_that_are_free_are_left_out() -> None:
    assert shadow_prices(exact(NODES), slot_prices(LimitKind.POOL_NODES, "pool", 0, 0, 0, 0)) == ()


@pytest.mark.parametrize(
    "name", [name for name in PROBLEMS if set(features(PROBLEMS[name])) <= PriceEngine.features | OF_ANY_ENGINE]
)
def test_the_answer_carries_the_prices_of_its_certificate(name: str) -> None:
    result = priced_result(name)
    if result.certificate is None:
        assert result.shadow_prices == ()
    else:
        assert result.shadow_prices == shadow_prices(exact(PROBLEMS[name]), result.certificate)


#: Limits that follow from others and cannot be raised by themselves.
DERIVED_KINDS = frozenset({LimitKind.RESERVATION, LimitKind.POOL_PART, LimitKind.GROUP_APART, LimitKind.GROUP_DOMAIN})


def alone(before: ExactProblem, after: ExactProblem) -> bool:
    """Whether one limit was raised: nodes of a pool raise what reservations and parts leave of it as well."""
    limits = [{**slot_limits(problem), **horizon_limits(problem)} for problem in (before, after)]
    return sum(limits[0][label] != limits[1][label] for label in limits[0]) <= 1


def same_columns(before: ExactProblem, after: ExactProblem) -> bool:
    def runs(problem: ExactProblem) -> set[tuple[str, str, str, int]]:
        return {(r.job.name, r.mode.name, r.pool.name, r.start) for job in problem.jobs for r in columns(problem, job)}

    return runs(before) == runs(after)


def raised(problem: Problem, price: ShadowPrice, slot: int) -> tuple[Problem, int]:
    """The problem with one unit (as priced) more in a slot, or over the horizon where the limit has one number."""
    last = problem.time_grid.slot_count - 1
    whole = len(price.price_micros) == 1 or price.kind == LimitKind.TENANT_QUOTA
    first, last = (0, last) if whole else (slot, slot)
    change = LimitChange(
        kind=LimitKind(price.kind),
        element=price.element,
        amount=OWN_UNITS.get(price.unit, 1),
        first_slot=first,
        last_slot=last,
    )
    slots = (0,) if len(price.price_micros) == 1 else range(first, last + 1)
    return changed(problem, change), sum(price.price_micros[t] for t in slots)


@pytest.mark.parametrize("name", PROBLEMS)
def test_one_unit_more_raises_the_bound_by_at_most_its_price(name: str) -> None:
    """While the columns stay the same and no row stands on the limit: exactly what docs/certificates.md promises."""
    if not is_certified(name):
        pytest.skip("no bound: a job that must run cannot")
    draw, problem, certificate = random.Random(name), PROBLEMS[name], certificate_of(name)
    loose = replace(certificate, bound_micros=2**62)
    before = prove(exact(problem), loose).bound_micros
    assert before is not None
    for price in shadow_prices(exact(problem), certificate):
        if LimitKind(price.kind) in DERIVED_KINDS or price.row_slots:
            continue
        more, paid = raised(problem, price, draw.randrange(problem.time_grid.slot_count))
        if alone(exact(problem), exact(more)) and same_columns(exact(problem), exact(more)):
            after = prove(exact(more), loose).bound_micros
            assert after is not None
            # a connection is a whole number of IT watts: a megawatt more there may come to one watt more than its share
            watt = -(-paid // MICROS_PER_UNIT) if price.kind == LimitKind.GRID_IMPORT else 0
            assert after - before <= paid + watt


def test_the_promise_is_put_to_the_test() -> None:
    """Else the test above could pass without a case: some limit has a price, no row and the same columns when raised."""
    cases = 0
    for name in certified_names():
        problem = PROBLEMS[name]
        for price in shadow_prices(exact(problem), certificate_of(name)):
            if LimitKind(price.kind) not in DERIVED_KINDS and not price.row_slots:
                cases += same_columns(exact(problem), exact(raised(problem, price, 0)[0]))
    assert cases >= 3


def test_every_limit_that_is_used_can_have_a_price() -> None:
    for name in certified_names():
        known = {(label.kind.value, label.element) for label in ledger.slot_limits(exact(PROBLEMS[name]))}
        known |= {(label.kind.value, label.element) for label in ledger.horizon_limits(exact(PROBLEMS[name]))}
        assert {(price.kind, price.element) for price in priced_result(name).shadow_prices} <= known
