"""A bound is believed exactly when its prices prove it: against a checker that saves no work, and against the true optimum."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer import accounting
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
from optimizer.exact import ExactProblem, exact
from optimizer.io.files import read_plan, write_plan
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pattern_rows import MOST_ROW_ITEMS, PatternRowTooLargeError, pattern_row_holds
from optimizer.pipeline import solve
from optimizer.solution import BoundSource, Result, Termination, TerminationReason
from optimizer.verify import Rule
from optimizer.verify_bound import prove, verify_with_bound
from tests.certificates import certificate_of, certified_names, columns, inside, priced_result, reference_bound
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.fleet import job, mode, problem

ALTERATIONS = 25
RANDOM_CERTIFICATES = 12


def rules_of(problem_: ExactProblem, certificate: Certificate) -> set[Rule]:
    return {violation.rule for violation in prove(problem_, certificate).violations}


@pytest.fixture(scope="module")
def optima() -> dict[str, int | None]:
    return {name: optimum_micros(PROBLEMS[name]) for name in PROBLEMS}


def test_the_price_engine_certifies_nearly_all_of_the_problems() -> None:
    assert len(certified_names()) >= len(PROBLEMS) - 2


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_engines_bound_is_what_its_prices_prove_and_one_unit_less_is_refused(name: str) -> None:
    if name not in certified_names():
        pytest.skip("no bound: a job that must run cannot")
    certificate = certificate_of(name)
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
    result = solve(PROBLEMS[name], SolveParams(engine="highs", time_limit_seconds=60, thread_count=1))
    checked = verify_with_bound(inside(name), result)
    if result.placements:
        assert checked.violations == ()
    if result.certificate is not None:
        assert prove(inside(name), result.certificate).bound_micros == result.certificate.bound_micros


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_weaker_claim_is_true_and_the_better_bound_is_told(name: str) -> None:
    if name not in certified_names():
        pytest.skip("no bound: a job that must run cannot")
    certificate = certificate_of(name)
    proof = prove(inside(name), replace(certificate, bound_micros=certificate.bound_micros + 1))
    assert proof.violations == ()
    assert proof.bound_micros == certificate.bound_micros


# --- alterations -----------------------------------------------------------------------------------------------------


def altered(certificate: Certificate, draw: random.Random) -> Certificate:
    """One number of the certificate changed, by one unit or by much."""
    step = draw.choice([-1, 1, -1, 1, -(2**certificate.unit_bits), 2**certificate.unit_bits, 10 ** draw.randrange(1, 12)])
    parts: list[Callable[[], Certificate]] = [
        lambda: replace(certificate, bound_micros=certificate.bound_micros + step),
        lambda: replace(certificate, unit_bits=certificate.unit_bits + draw.choice([-1, 1])),
    ]
    if certificate.slot_prices:
        parts += [lambda: _slot_price(certificate, draw, step)] * 4
    if certificate.budget_prices:
        parts += [lambda: _budget_price(certificate, draw, step)] * 4
    if certificate.dual_feasible_prices:
        parts += [lambda: _dual_feasible(certificate, draw, step)] * 4
    if certificate.pattern_rows:
        parts += [lambda: _pattern(certificate, draw, step)] * 6
    return draw.choice(parts)()


def _at(items: tuple, index: int, item: object) -> tuple:
    return (*items[:index], item, *items[index + 1 :])


def _slot_price(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    index = draw.randrange(len(certificate.slot_prices))
    series = certificate.slot_prices[index]
    slot = draw.randrange(len(series.price))
    changed = replace(series, price=_at(series.price, slot, series.price[slot] + step))
    return replace(certificate, slot_prices=_at(certificate.slot_prices, index, changed))


def _budget_price(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    index = draw.randrange(len(certificate.budget_prices))
    price = certificate.budget_prices[index]
    return replace(certificate, budget_prices=_at(certificate.budget_prices, index, replace(price, price=price.price + step)))


def _dual_feasible(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    rows = certificate.dual_feasible_prices
    index = draw.randrange(len(rows))
    row = rows[index]
    one = 1 if step > 0 else -1
    changed = draw.choice(
        [replace(row, price=row.price + step), replace(row, order=row.order + one), replace(row, slot=row.slot + one)]
    )
    return replace(certificate, dual_feasible_prices=_at(rows, index, changed))


def _pattern(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    rows = certificate.pattern_rows
    index, one = draw.randrange(len(rows)), 1 if step > 0 else -1
    row = rows[index]
    item_at, price_at = draw.randrange(len(row.items)), draw.randrange(len(row.price))
    item, (slot, price) = row.items[item_at], row.price[price_at]
    use = item.uses[0]
    more = _at(item.uses, 0, use._replace(amount=use.amount + one))
    changed = draw.choice(
        [
            replace(row, rhs=row.rhs + one),
            replace(row, items=_at(row.items, item_at, replace(item, coefficient=item.coefficient + one))),
            replace(row, items=_at(row.items, item_at, replace(item, uses=more))),
            replace(row, items=(*row.items, item)),
            replace(row, price=_at(row.price, price_at, SlotPrice(slot, price + step))),
            replace(row, price=_at(row.price, price_at, SlotPrice(slot + one, price))),
        ]
    )
    return replace(certificate, pattern_rows=_at(rows, index, changed))


def is_well_formed(certificate: Certificate, slot_count: int) -> bool:
    """Rule 1 in its own words, for certificates that name only limits of their problem."""
    gangs = [[item.uses for item in row.items] for row in certificate.pattern_rows]
    slots = [row.slot for row in certificate.dual_feasible_prices]
    slots += [slot for row in certificate.pattern_rows for slot, _ in row.price]
    numbers = [price for series in certificate.slot_prices for price in series.price]
    numbers += [price.price for price in certificate.budget_prices]
    numbers += [row.price for row in certificate.dual_feasible_prices]
    numbers += [price for row in certificate.pattern_rows for _, price in row.price]
    at_least_one = [row.order for row in certificate.dual_feasible_prices]
    at_least_one += [item.coefficient for row in certificate.pattern_rows for item in row.items]
    return (
        all(number >= 0 for number in numbers)
        and all(number >= 1 for number in at_least_one)
        and all(0 <= slot < slot_count for slot in slots)
        and all(len(set(of_row)) == len(of_row) for of_row in gangs)
        and 0 <= certificate.unit_bits <= 62
    )


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_altered_certificate_is_believed_exactly_when_it_still_proves_its_bound(
    name: str, optima: dict[str, int | None]
) -> None:
    if name not in certified_names():
        pytest.skip("no bound: a job that must run cannot")
    draw, original, problem_ = random.Random(name), certificate_of(name), inside(name)
    for _ in range(ALTERATIONS):
        certificate = altered(original, draw)
        proof = prove(problem_, certificate)
        if not is_well_formed(certificate, problem_.slot_count):
            assert {violation.rule for violation in proof.violations} == {Rule.CERTIFICATE_MALFORMED}
            continue
        bound = reference_bound(problem_, certificate)
        assert (not proof.violations) == (bound is not None and bound <= certificate.bound_micros), certificate
        best = optima[name]
        if bound is not None:
            assert proof.bound_micros == bound
            assert best is None or best <= bound
        if not proof.violations and best is not None:
            assert best <= certificate.bound_micros


def test_alterations_of_both_kinds_are_among_those_tried() -> None:
    """Else the test above could not fail."""
    verdicts = set()
    for name in certified_names():
        draw = random.Random(name)
        verdicts |= {rule for _ in range(ALTERATIONS) for rule in rules_of(inside(name), altered(certificate_of(name), draw))}
    assert {Rule.CERTIFICATE_MALFORMED, Rule.CERTIFICATE_ROW_BROKEN, Rule.BOUND_NOT_PROVED} <= verdicts


def random_certificate(problem_: ExactProblem, draw: random.Random) -> Certificate:
    """Any prices on any limits and rows; what they prove is a bound, if a poor one."""
    slots = list(accounting.slot_limits(problem_))
    budgets = list(accounting.horizon_limits(problem_))
    runs = [run for job_ in problem_.jobs for run in columns(problem_, job_)]
    bits = draw.randrange(6)

    def price() -> int:
        return draw.choice([0, 1, draw.randrange(10**3), draw.randrange(10 ** draw.randrange(1, 9))]) << bits

    gangs = list(
        {
            tuple(sorted(GangUse(label.kind, label.element, amount) for label, amount in uses))
            for run in draw.sample(runs, min(3, len(runs)))
            for uses in [accounting.slot_uses(problem_, run.job.tenant, run.mode, run.pool)]
        }
    )
    items = tuple(PatternItem(gang, draw.randrange(1, 4)) for gang in sorted(gangs))
    some = [(label.kind, label.element) for label in draw.sample(slots, min(4, len(slots)))]
    return Certificate(
        bound_micros=2**62,
        unit_bits=bits,
        slot_prices=tuple(SlotPrices(*name, tuple(price() for _ in range(problem_.slot_count))) for name in some + some[:1]),
        budget_prices=tuple(BudgetPrice(label.kind, label.element, price()) for label in budgets),
        dual_feasible_prices=tuple(
            DualFeasiblePrice(*name, draw.randrange(problem_.slot_count), draw.randrange(1, 5), price()) for name in some
        ),
        pattern_rows=(
            (PatternRow(items, draw.randrange(2, 9), (SlotPrice(draw.randrange(problem_.slot_count), price()),)),)
            if items
            else ()
        ),
    )


@pytest.mark.parametrize("name", PROBLEMS)
def test_any_prices_prove_what_the_rules_say_and_no_plan_is_worth_more(name: str, optima: dict[str, int | None]) -> None:
    draw = random.Random(name)
    for _ in range(RANDOM_CERTIFICATES):
        certificate = random_certificate(inside(name), draw)
        proof, bound, best = prove(inside(name), certificate), reference_bound(inside(name), certificate), optima[name]
        assert proof.bound_micros == bound
        if bound is not None:
            assert proof.violations == ()
            assert best is None or best <= bound


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


def test_a_pattern_row_counts_each_job_once_however_many_ways_it_has() -> None:
    one = problem(job("a", mode(8, 1), mode(8, 2)))
    row = PatternRow((PatternItem((GangUse(LimitKind.POOL_NODES, "pool", 1),), 1),), 1, (SlotPrice(0, 1),))
    assert rules_of(exact(one), bare(pattern_rows=(row,))) == set()


def test_a_row_that_takes_too_long_to_settle_proves_nothing() -> None:
    names = [(LimitKind.POOL_NODES, f"p{k}") for k in range(40)]
    items = tuple(PatternItem((GangUse(*names[k], 1), GangUse(*names[(k + 1) % 40], 1)), 10**6 + k % 3) for k in range(40))
    with pytest.raises(PatternRowTooLargeError):
        pattern_row_holds(PatternRow(items, 61 * 10**6, ()), [9] * 40, dict.fromkeys(names, 3))
    many = tuple(PatternItem((GangUse(*names[0], k + 1),), 1) for k in range(MOST_ROW_ITEMS + 1))
    with pytest.raises(PatternRowTooLargeError):
        pattern_row_holds(PatternRow(many, 1, ()), [1] * len(many), {names[0]: 1})


def test_a_job_that_must_run_and_cannot_leaves_nothing_to_bound() -> None:
    (violation,) = prove(inside("infeasible_alone"), bare()).violations
    assert violation.rule is Rule.BOUND_NOT_PROVED
    assert violation.job == "a"


def test_the_checker_loads_no_engine_and_no_arrays() -> None:
    program = (
        "import sys, optimizer.verify_bound\n"
        "print([m for m in sys.modules if m.startswith(('numpy', 'numba', 'optimizer.engines', 'optimizer.candidates',"
        " 'optimizer.columns', 'optimizer.formulation'))])"
    )
    root = Path(__file__).parents[1]
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
