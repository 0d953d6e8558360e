"""A bound is believed when its prices prove it, and refused with the reason when they do not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    GangUse,
    PatternItem,
    PatternRow,
    SlotPrice,
    SlotPrices,
    dual_feasible,
)
from optimizer.exact.problem import ExactProblem, exact
from optimizer.io.files import read_plan, write_plan
from optimizer.limits import LimitKind
from optimizer.priced.patterns import MOST_ROW_ITEMS, PatternRowTooLargeError, pattern_row_holds
from optimizer.solution import BoundSource, Result, Termination, TerminationReason
from optimizer.verify.bound import prove, verify_with_bound
from optimizer.verify.plan import Rule
from tests.certificates import certificate_of, inside, is_certified, priced_names, priced_result
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.conformance.solved import solved_to_the_end
from tests.fleet import at, hall, job, mode, pool, problem, site


def rules_of(problem_: ExactProblem, certificate: Certificate) -> set[Rule]:
    return {violation.rule for violation in prove(problem_, certificate).violations}


def tightest(name: str) -> Certificate:
    """The engine's certificate, claiming what its prices prove: less than the engine claims where a job of a group may run in
    pieces, since the engine prices that job alone.
    """
    certificate, meant = certificate_of(name), PROBLEMS[name]
    proved = prove(inside(name), certificate).bound_micros
    assert proved is not None
    alone = bool(meant.groups or meant.precedences) and any(job.may_run_in_pieces for job in inside(name).jobs)
    assert proved == certificate.bound_micros or (alone and proved < certificate.bound_micros)
    return replace(certificate, bound_micros=proved)


def test_the_price_engine_certifies_all_problems_but_those_that_have_no_plan() -> None:
    left = [name for name in priced_names() if not is_certified(name)]
    assert len(left) <= 4
    assert [name for name in left if optimum_micros(PROBLEMS[name]) is not None] == []


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_engines_bound_is_what_its_prices_prove_and_one_unit_less_is_refused(name: str) -> None:
    if not is_certified(name):
        pytest.skip("no bound: a job that must run cannot")
    certificate = tightest(name)
    assert prove(inside(name), certificate_of(name)).violations == ()
    assert prove(inside(name), certificate).bound_micros == certificate.bound_micros
    assert prove(inside(name), certificate).violations == ()
    lower = replace(certificate, bound_micros=certificate.bound_micros - 1)
    (violation,) = prove(inside(name), lower).violations
    assert violation.rule is Rule.BOUND_NOT_PROVED
    assert (violation.amount, violation.unit) == (1, "micro-units")
    assert f"{certificate.bound_micros:,}" in violation.message


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_certificate_of_another_engine_is_checked_alike(name: str) -> None:
    """HiGHS makes its own from the duals of its root."""
    result = solved_to_the_end("highs", name)
    checked = verify_with_bound(inside(name), result)
    if result.placements:
        assert checked.violations == ()
    if result.certificate is not None:
        assert prove(inside(name), result.certificate).bound_micros == result.certificate.bound_micros


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_weaker_claim_is_true_and_the_better_bound_is_told(name: str) -> None:
    if not is_certified(name):
        pytest.skip("no bound: a job that must run cannot")
    certificate = tightest(name)
    proof = prove(inside(name), replace(certificate, bound_micros=certificate.bound_micros + 1))
    assert proof.violations == ()
    assert proof.bound_micros == certificate.bound_micros


# --- what is refused -------------------------------------------------------------------------------------------------

NODES = inside("nodes")
GANG = (GangUse(LimitKind.POOL_NODES, "pool", 2),)
HUGE = 2**62


def bare(**fields: object) -> Certificate:
    return Certificate(**{"bound_micros": HUGE, "unit_bits": 0, "slot_prices": (), **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (bare(unit_bits=-1), "unit_bits: it is -1"),
        (bare(unit_bits=2**31), "it must be in [0, 62]"),
        (bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pool", (1, 2, -1, -5)),)), "the price -1 is negative"),
        (bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pool", (1, 2, 3)),)), "3 prices for 4 slots"),
        (bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pool", ()),)), "0 prices for 4 slots"),
        (bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pond", (1, 2, 3, 4)),)), "no such limit"),
        (bare(slot_prices=(SlotPrices(LimitKind.HALL_POWER, "hall", (1, 2, 3, 4)),)), "no such limit"),
        (bare(slot_prices=(SlotPrices(LimitKind.ENERGY_BUDGET, "site", (1, 2, 3, 4)),)), "no such limit"),
        (bare(budget_prices=(BudgetPrice(LimitKind.ENERGY_BUDGET, "site", 1),)), "no such budget"),
        (bare(budget_prices=(BudgetPrice(LimitKind.POOL_NODES, "pool", 1),)), "no such budget"),
        (bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "pond", 0, 1, 1),)), "no such limit"),
        (bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "pool", 4, 1, 1),)), "slot 4 is outside"),
        (bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "pool", -1, 1, 1),)), "slot -1 is outside"),
        (bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "pool", 0, 0, 1),)), "its order is 0"),
        (bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "pool", 0, 1, -1),)), "-1 is negative"),
        (bare(pattern_rows=(PatternRow((PatternItem(GANG, 0),), 1, ()),)), "a coefficient is 0"),
        (bare(pattern_rows=(PatternRow((PatternItem(GANG, 1),), 1, (SlotPrice(4, 1),)),)), "slot 4 is outside"),
        (bare(pattern_rows=(PatternRow((PatternItem(GANG, 1),), 1, (SlotPrice(0, -1),)),)), "-1 is negative"),
        (
            bare(pattern_rows=(PatternRow((PatternItem((GangUse(LimitKind.AIR_COOLING, "x", 1),), 1),), 1, ()),)),
            "is no limit by slot",
        ),
    ],
)
def test_a_malformed_certificate_is_refused_with_what_is_wrong(certificate: Certificate, said: str) -> None:
    proof = prove(NODES, certificate)
    assert proof.bound_micros is None
    (violation,) = proof.violations
    assert violation.rule is Rule.CERTIFICATE_MALFORMED
    assert said in violation.message


def test_every_fault_is_told_at_once() -> None:
    series = SlotPrices(LimitKind.POOL_NODES, "pond", (1,))
    assert len(prove(NODES, bare(unit_bits=-1, slot_prices=(series, series))).violations) == 3


def test_a_gang_listed_twice_would_pay_twice_for_a_row_that_holds_for_each() -> None:
    """One run of two nodes at a time: x1 + x2 <= 1 holds for two gangs, 2 x <= 1 does not for one."""
    row = PatternRow((PatternItem(GANG, 1), PatternItem(GANG, 1)), 1, (SlotPrice(0, 100_000_000),))
    assert pattern_row_holds(row, [3, 3], {(LimitKind.POOL_NODES, "pool"): 2})
    assert rules_of(NODES, bare(pattern_rows=(row,))) == {Rule.CERTIFICATE_MALFORMED}


def test_a_pattern_row_must_hold_in_every_slot_it_has_a_price_for() -> None:
    """The pool of "maintenance" has one node in slot 1 and two elsewhere."""
    small = (GangUse(LimitKind.POOL_NODES, "p", 1),)
    two = problem(*(job(name, mode(8, 2)) for name in "ab"), sites=PROBLEMS["maintenance"].sites)

    def with_prices(*slots: int) -> Certificate:
        return bare(pattern_rows=(PatternRow((PatternItem(small, 1),), 1, tuple(SlotPrice(t, 1) for t in slots)),))

    assert rules_of(exact(two), with_prices(1)) == set()
    (violation,) = prove(exact(two), with_prices(1, 2)).violations
    assert violation.rule is Rule.CERTIFICATE_ROW_BROKEN
    assert violation.slot == 2


def test_a_pattern_row_counts_the_jobs_that_can_run_in_the_slot() -> None:
    """Only "a" can run in slot 0, both in slot 2."""
    late = job("b", mode(8, 1), earliest_start_time=at(2))
    row = PatternRow((PatternItem((GangUse(LimitKind.POOL_NODES, "pool", 1),), 1),), 1, (SlotPrice(0, 1),))
    both = exact(problem(job("a", mode(8, 1)), late))
    assert rules_of(both, bare(pattern_rows=(row,))) == set()
    row = replace(row, price=(SlotPrice(0, 1), SlotPrice(2, 1)))
    assert rules_of(both, bare(pattern_rows=(row,))) == {Rule.CERTIFICATE_ROW_BROKEN}


def test_a_pattern_row_counts_each_job_once_however_many_ways_it_has() -> None:
    one = problem(job("a", mode(8, 1), mode(8, 2)))
    row = PatternRow((PatternItem((GangUse(LimitKind.POOL_NODES, "pool", 1),), 1),), 1, (SlotPrice(0, 1),))
    assert rules_of(exact(one), bare(pattern_rows=(row,))) == set()


def test_a_row_that_takes_too_long_to_settle_proves_nothing() -> None:
    names = [(LimitKind.POOL_NODES, f"p{k}") for k in range(40)]
    items = tuple(PatternItem((GangUse(*names[k], 1), GangUse(*names[(k + 1) % 40], 1)), 10**6 + k % 3) for k in range(40))
    with pytest.raises(PatternRowTooLargeError):
        pattern_row_holds(PatternRow(items, 61 * 10**6, ()), [9] * 40, dict.fromkeys(names, 3))
    # two runs fit and a third does not, which the bounds do not see: it takes a few branches
    pair = tuple(PatternItem((GangUse(*names[0], 2), GangUse(*names[k], 2)), 2) for k in (1, 2, 3))
    row, room = PatternRow(pair, 4, ()), dict.fromkeys(names, 5)
    assert pattern_row_holds(row, [1] * 3, room)
    with pytest.raises(PatternRowTooLargeError):
        pattern_row_holds(row, [1] * 3, room, most_branches=1)
    many = tuple(PatternItem((GangUse(*names[0], k + 1),), 1) for k in range(MOST_ROW_ITEMS + 1))
    with pytest.raises(PatternRowTooLargeError):
        pattern_row_holds(PatternRow(many, 1, ()), [1] * len(many), {names[0]: 1})


def test_a_job_that_must_run_and_cannot_leaves_nothing_to_bound() -> None:
    (violation,) = prove(inside("infeasible_alone"), bare()).violations
    assert violation.rule is Rule.BOUND_NOT_PROVED
    assert violation.job == "a"


def test_the_checker_loads_no_engine_and_no_arrays() -> None:
    program = (
        "import sys, optimizer.verify.bound\n"
        "print([m for m in sys.modules if m.startswith(('numpy', 'numba', 'optimizer.engines', 'optimizer.columns',"
        " 'optimizer.formulation'))])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


# --- the bound of a plan ---------------------------------------------------------------------------------------------


def nodes_plan() -> Result:
    return priced_result("nodes")


def test_a_plan_with_its_certificate_is_a_verified_triple() -> None:
    plan = nodes_plan()
    checked = verify_with_bound(NODES, plan)
    assert checked.feasible
    assert checked.bound_micros == plan.termination.bound_micros
    assert checked.relative_gap == plan.termination.relative_gap


def test_an_engines_word_is_no_verified_bound() -> None:
    plan = nodes_plan()
    said = replace(plan, certificate=None, termination=replace(plan.termination, bound_source=BoundSource.ENGINE))
    checked = verify_with_bound(NODES, said)
    assert checked.feasible
    assert checked.bound_micros is None
    assert checked.relative_gap is None


def test_a_bound_below_the_plan_itself_is_false_whoever_says_it() -> None:
    plan = nodes_plan()
    worth = plan.termination.objective_micros
    assert worth is not None
    end = replace(plan.termination, bound_micros=worth - 1, bound_source=BoundSource.ENGINE)
    (violation,) = verify_with_bound(NODES, replace(plan, certificate=None, termination=end)).violations
    assert violation.rule is Rule.CLAIM_DIFFERS


def test_a_certificate_that_is_said_to_be_there_must_be() -> None:
    (violation,) = verify_with_bound(NODES, replace(nodes_plan(), certificate=None)).violations
    assert violation.rule is Rule.BOUND_NOT_PROVED


def test_the_stated_bound_is_not_below_what_the_certificate_claims() -> None:
    plan = nodes_plan()
    certificate = certificate_of("nodes")
    weaker = replace(plan, certificate=replace(certificate, bound_micros=certificate.bound_micros + 1))
    (violation,) = verify_with_bound(NODES, weaker).violations
    assert violation.rule is Rule.BOUND_NOT_PROVED


def test_a_refused_certificate_leaves_no_bound() -> None:
    plan = nodes_plan()
    certificate = certificate_of("nodes")
    lower = certificate.bound_micros - 1
    claimed = replace(plan.termination, bound_micros=lower, objective_micros=plan.termination.objective_micros)
    checked = verify_with_bound(NODES, replace(plan, certificate=replace(certificate, bound_micros=lower), termination=claimed))
    assert Rule.BOUND_NOT_PROVED in {violation.rule for violation in checked.violations}
    assert checked.bound_micros is None


@pytest.mark.parametrize("ending", ["json", "json.gz"])
@pytest.mark.parametrize("name", ["nodes", "quarter_hours", "budgets", "all_rules"])
def test_certificates_and_shadow_prices_survive_a_plan_file(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"plan.{ending}"
    write_plan(priced_result(name), path)
    assert read_plan(path) == priced_result(name)


def test_prices_past_what_a_double_holds_survive_a_plan_file(tmp_path: Path) -> None:
    series = SlotPrices(LimitKind.POOL_NODES, "pool", (2**63 - 1, 2**53 + 1, 0, 1))
    end = Termination(reason=TerminationReason.NO_PLAN_FOUND)
    plan = Result(termination=end, engine="price", certificate=bare(slot_prices=(series,)))
    write_plan(plan, tmp_path / "plan.json.gz")
    assert read_plan(tmp_path / "plan.json.gz") == plan


# --- the examples of docs/certificates.md ----------------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "certificates.md").read_text(encoding="utf-8")


def proved(problem_: ExactProblem, certificate: Certificate) -> str:
    """The bound of a certificate as the page writes it."""
    return f"{prove(problem_, replace(certificate, bound_micros=HUGE)).bound_micros:,}".replace(",", " ")


def at_20_an_hour(first: int) -> Certificate:
    return bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "pool", (first, 20_000_000, 20_000_000, 20_000_000)),))


@pytest.mark.parametrize(
    ("first", "bound"), [(20_000_000, "190 000 000"), (19_999_999, "190 000 004"), (20_000_001, "190 000 002")]
)
def test_the_page_proves_what_it_says(first: int, bound: str) -> None:
    assert proved(NODES, at_20_an_hour(first)) == bound
    assert bound in PAGE


def test_the_page_shows_what_a_dual_feasible_row_adds() -> None:
    gangs = problem(*(job(name, mode(16, 1)) for name in "ab"), sites=(site("s", hall("h", pool("p", (3,)))),), slot_count=1)
    by_node = bare(slot_prices=(SlotPrices(LimitKind.POOL_NODES, "p", (50_000_000,)),))
    by_row = bare(dual_feasible_prices=(DualFeasiblePrice(LimitKind.POOL_NODES, "p", 0, 1, 50_000_000),))
    assert dual_feasible(2, 3, 1) == 2
    assert proved(exact(gangs), by_node) == "150 000 000"
    assert proved(exact(gangs), by_row) == "100 000 000"
    assert optimum_micros(gangs) == 100_000_000
