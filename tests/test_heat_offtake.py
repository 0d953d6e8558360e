"""Heat sold by a site: of what runs give, up to a limit, and never at a loss; checked to a watt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.certificates import Certificate, DualFeasiblePrice, GangUse, PatternItem, PatternRow
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import ExactProblem, exact
from optimizer.explain.limit_change import LimitChange, changed
from optimizer.formulation.milp import worthwhile
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.priced.patterns import pattern_row_holds
from optimizer.problem import HeatOfftake, Problem
from optimizer.solution import Assignment, SiteOperation
from optimizer.verify.bound import prove
from optimizer.verify.plan import verify
from optimizer.verify.rules import Rule
from tests.conformance.plant_problems import HEAT_OFFTAKE
from tests.fleet import hall, job, mode, pool, problem, site

OFFTAKE = HeatOfftake(limit_kw=(3.0, 3.0, 9.0, 9.0), price_per_mwh=(20.0, 20.0, 20.0, -5.0), recovered_share=0.6)
RUN = Assignment(job="a", mode="H100x8", pool="p", start_slot=0)


def fleet(offtake: HeatOfftake | None = OFFTAKE) -> Problem:
    """A job of 10 kW in all four slots, 8 of them into liquid, of which 0.6 is recovered."""
    sites = (site("s", hall("h", pool("p", liquid_heat_share=0.8)), heat_offtake=offtake), site("dry", hall("k", pool("q"))))
    return problem(job("a", mode(8, 4, 10.0), value=1.0), sites=sites)


def sells(*heat_w: int) -> SiteOperation:
    return SiteOperation(site="s", heat_w=heat_w)


def inside() -> ExactProblem:
    return exact(fleet())


def test_what_runs_give_is_sold_up_to_the_limit_and_not_at_a_loss() -> None:
    (operation,) = verify(inside(), [RUN]).operations
    assert operation.heat_w == (5_000, 5_000, 8_000, 0)  # 3 kW is what is recovered of 5
    assert operation.terms.heat_value_micros == 18_000 * 12  # 0.6 of 20 a MWh
    (idle,) = verify(inside(), []).operations
    assert idle.heat_w == (0, 0, 0, 0)


def test_elsewhere_runs_give_no_heat() -> None:
    (operation,) = verify(inside(), [replace(RUN, pool="q")]).operations
    assert operation.terms.heat_value_micros == 0


def test_a_watt_more_than_runs_give_is_refused() -> None:
    assert verify(inside(), [RUN], operations=[sells(0, 0, 8_000, 0)]).feasible
    (violation,) = verify(inside(), [RUN], operations=[sells(0, 0, 8_001, 0)]).violations
    assert (violation.rule, violation.element, violation.slot, violation.amount) == (Rule.LIMIT_EXCEEDED, "s", 2, 1)
    (violation,) = verify(inside(), [], operations=[sells(0, 1, 0, 0)]).violations
    assert (violation.rule, violation.slot, violation.amount) == (Rule.LIMIT_EXCEEDED, 1, 1)


@pytest.mark.parametrize(("sold", "slot", "amount"), [((5_001, 0, 0, 0), 0, 1), ((0, 0, 0, -2), 3, 2)])
def test_a_watt_beyond_the_limit_of_the_offtake_is_refused(sold: tuple[int, ...], slot: int, amount: int) -> None:
    (violation,) = verify(inside(), [RUN], operations=[sells(*sold)]).violations
    assert (violation.rule, violation.slot, violation.amount) == (Rule.OPERATION_OUT_OF_RANGE, slot, amount)


@pytest.mark.parametrize("operation", [sells(1), replace(sells(0, 0, 0, 0), site="dry")])
def test_heat_that_nobody_buys_or_of_too_few_slots_is_refused(operation: SiteOperation) -> None:
    assert [v.rule for v in verify(inside(), [RUN], operations=[operation]).violations] == [Rule.OPERATION_MALFORMED]


def test_recovered_heat_is_shown_as_no_limit_and_cannot_be_moved() -> None:
    assert all(usage.kind != "recovered_heat" for usage in verify(inside(), [RUN]).usages)
    with pytest.raises(InvalidProblemError, match="change the heat offtake"):
        changed(fleet(), LimitChange(kind=LimitKind.RECOVERED_HEAT, element="s", amount=1_000, first_slot=0, last_slot=3))


def test_sales_are_rounded_down_and_nothing_recovered_is_nothing_sold() -> None:
    little = exact(fleet(replace(OFFTAKE, price_per_mwh=(0.0001,))))
    assert verify(little, [RUN], operations=[sells(1, 0, 0, 0)]).terms.heat_value_micros == 0
    (operation,) = verify(exact(fleet(replace(OFFTAKE, recovered_share=0.0))), [RUN]).operations
    assert operation.terms.heat_value_micros == 0


def test_a_job_that_only_its_heat_pays_for_stays_among_the_columns_and_moves_to_where_it_is_bought() -> None:
    columns = candidates(exact(HEAT_OFFTAKE)).columns
    milp = worthwhile(columns)
    assert {int(job) for job, worth in zip(milp.job, milp.worth, strict=True) if worth <= 0}
    params = SolveParams(engine="highs", time_limit_seconds=20, thread_count=1)
    sold, unsold = (
        solve(replace(HEAT_OFFTAKE, sites=tuple(replace(site, heat_offtake=offtake) for site, offtake in pairs)), params)
        for pairs in (
            [(site, site.heat_offtake) for site in HEAT_OFFTAKE.sites],
            [(site, None) for site in HEAT_OFFTAKE.sites],
        )
    )
    assert {p.job for p in sold.placements} > {p.job for p in unsold.placements}
    assert sold.terms.heat_value_micros > 0


def test_a_row_over_gangs_on_recovered_heat_proves_nothing() -> None:
    row = DualFeasiblePrice(LimitKind.RECOVERED_HEAT, "s", 0, 1, 5)
    (violation,) = prove(inside(), Certificate(10**12, 0, (), dual_feasible_prices=(row,))).violations
    assert violation.rule is Rule.CERTIFICATE_MALFORMED


def test_heat_that_gangs_give_lets_no_pattern_row_pass() -> None:
    """Two gangs fit, so a row that allows one is broken, whatever heat they give."""
    gang = (GangUse(LimitKind.POOL_NODES, "p", 1), GangUse(LimitKind.RECOVERED_HEAT, "s", -8_000))
    row = PatternRow((PatternItem(gang, 1),), 1, ())
    capacity = {(LimitKind.POOL_NODES, "p"): 2, (LimitKind.RECOVERED_HEAT, "s"): 0}
    assert not pattern_row_holds(row, [2], capacity)
    assert pattern_row_holds(replace(row, rhs=2), [2], capacity)
