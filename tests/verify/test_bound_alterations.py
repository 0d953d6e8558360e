"""Certificates altered at random, and made at random: believed exactly when a checker that saves no work believes them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from optimizer.accounting import ledger
from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    GangUse,
    PatternItem,
    PatternRow,
    PrecedencePrice,
    SlotPrice,
    SlotPrices,
)
from optimizer.exact.problem import ExactProblem, exact
from optimizer.features import Feature, features
from optimizer.limits import GIVEN_KINDS
from optimizer.verify.bound import prove
from optimizer.verify.plan import Rule
from tests.certificates import certificate_of, certified_names, columns, inside, is_certified, reference_bound
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS
from tests.fleet import hall, job, mode, pool, problem, site

ALTERATIONS = 25
RANDOM_CERTIFICATES = 12


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
    if certificate.floor_prices:
        parts += [lambda: _floor_price(certificate, draw, step)] * 4
    if certificate.precedence_prices:
        parts += [lambda: _precedence_price(certificate, draw, step)] * 4
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


def _floor_price(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    index = draw.randrange(len(certificate.floor_prices))
    price = certificate.floor_prices[index]
    return replace(certificate, floor_prices=_at(certificate.floor_prices, index, replace(price, price=price.price + step)))


def _precedence_price(certificate: Certificate, draw: random.Random, step: int) -> Certificate:
    index = draw.randrange(len(certificate.precedence_prices))
    row = certificate.precedence_prices[index]
    at = draw.randrange(len(row.price))
    slot, price = row.price[at]
    moved = draw.choice([SlotPrice(slot, price + step), SlotPrice(slot + (1 if step > 0 else -1), price)])
    return replace(
        certificate,
        precedence_prices=_at(certificate.precedence_prices, index, replace(row, price=_at(row.price, at, moved))),
    )


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


def is_well_formed(certificate: Certificate, problem_: ExactProblem) -> bool:
    """Rule 1 in its own words, for certificates that name only limits of their problem."""
    gangs = [[item.uses for item in row.items] for row in certificate.pattern_rows]
    slots = [row.slot for row in certificate.dual_feasible_prices]
    slots += [slot for row in certificate.pattern_rows for slot, _ in row.price]
    slots += [slot for row in certificate.precedence_prices for slot, _ in row.price]
    numbers = [price for series in certificate.slot_prices for price in series.price]
    numbers += [price.price for price in certificate.budget_prices]
    numbers += [price.price for price in certificate.floor_prices]
    numbers += [row.price for row in certificate.dual_feasible_prices]
    numbers += [price for row in certificate.pattern_rows for _, price in row.price]
    numbers += [price for row in certificate.precedence_prices for _, price in row.price]
    most = {floor.tenant: floor.cost_micros_per_gpu_slot * 2.0**certificate.unit_bits for floor in problem_.floors}
    at_least_one = [row.order for row in certificate.dual_feasible_prices]
    at_least_one += [item.coefficient for row in certificate.pattern_rows for item in row.items]
    return (
        all(number >= 0 for number in numbers)
        and all(number >= 1 for number in at_least_one)
        and all(0 <= slot < problem_.slot_count for slot in slots)
        and all(len(set(of_row)) == len(of_row) for of_row in gangs)
        and 0 <= certificate.unit_bits <= 62
        and all(floor.price <= most[floor.tenant] for floor in certificate.floor_prices)
    )


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_altered_certificate_is_believed_exactly_when_it_still_proves_its_bound(name: str) -> None:
    if not is_certified(name):
        pytest.skip("no bound: a job that must run cannot")
    draw, original, problem_ = random.Random(name), certificate_of(name), inside(name)
    best = optimum_micros(PROBLEMS[name])
    for _ in range(ALTERATIONS):
        certificate = altered(original, draw)
        proof = prove(problem_, certificate)
        if not is_well_formed(certificate, problem_):
            assert {violation.rule for violation in proof.violations} == {Rule.CERTIFICATE_MALFORMED}
            continue
        bound = reference_bound(problem_, certificate)
        assert (not proof.violations) == (bound is not None and bound <= certificate.bound_micros), certificate
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
        for _ in range(ALTERATIONS):
            violations = prove(inside(name), altered(certificate_of(name), draw)).violations
            verdicts |= {violation.rule for violation in violations}
    assert {Rule.CERTIFICATE_MALFORMED, Rule.CERTIFICATE_ROW_BROKEN, Rule.BOUND_NOT_PROVED} <= verdicts


def random_certificate(problem_: ExactProblem, draw: random.Random) -> Certificate:
    """Any prices on any limits and rows; what they prove is a bound, if a poor one."""
    slots = list(ledger.slot_limits(problem_))
    budgets = list(ledger.horizon_limits(problem_))
    runs = [run for job_ in problem_.jobs for run in columns(problem_, job_)]
    bits = draw.randrange(6)

    def price() -> int:
        return draw.choice([0, 1, draw.randrange(10**3), draw.randrange(10 ** draw.randrange(1, 9))]) << bits

    gangs = list(
        {
            tuple(sorted(GangUse(label.kind, label.element, amount) for label, amount in uses))
            for run in draw.sample(runs, min(3, len(runs)))
            for uses in [ledger.slot_uses(problem_, run.job.claimant, run.mode, run.pool)]
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
            DualFeasiblePrice(*name, draw.randrange(problem_.slot_count), draw.randrange(1, 5), price())
            for name in some
            if name[0] not in GIVEN_KINDS
        ),
        precedence_prices=tuple(
            PrecedencePrice(row.predecessor, row.successor, (SlotPrice(draw.randrange(problem_.slot_count), price()),))
            for row in problem_.precedences
        ),
        pattern_rows=(
            (PatternRow(items, draw.randrange(2, 9), (SlotPrice(draw.randrange(problem_.slot_count), price()),)),)
            if items
            else ()
        ),
    )


#: What the conformance problems do not have: runs past a budget alone at some starts, overhead past a grid limit, and gangs
#: that take nothing of any slot limit and cost differently by site.
CORNERS = {
    "past a budget alone": problem(
        job("a", mode(8, 2, 10.0)),
        job("b", mode(8, 1, 10.0)),
        sites=(site("s", energy_budget_mwh=0.025, pue=(1.1, 1.2, 1.4, 1.2), carbon_intensity_g_per_kwh=(100.0,)),),
    ),
    "no grid": problem(
        job("a", mode(8, 2)), job("b", mode(8, 1)), sites=(site("s", import_limit_kw=(30.0, 5.0, 30.0), overhead_kw=(9.0,)),),
        slot_count=3,
    ),
    "no nodes": problem(
        job("a", mode(0, 2, 100.0)),
        job("b", mode(0, 1, 100.0), value=3.0),
        sites=(
            site("s", energy_price_per_mwh=(400.0, 90.0, 300.0, 100.0)),
            site("n", hall("k", pool("q")), energy_price_per_mwh=(80.0, 500.0, 500.0, 20.0)),
        ),
    ),
}  # fmt: skip


#: Halls that switch cost and earn, which no price pays for: nothing is certified of them.
CERTIFIABLE = [name for name, each in PROBLEMS.items() if Feature.HALL_COMMITMENT not in features(each)]


@pytest.mark.parametrize("name", [*CERTIFIABLE, *CORNERS])
def test_any_prices_prove_what_the_rules_say_and_no_plan_is_worth_more(name: str) -> None:
    draw, meant = random.Random(name), {**PROBLEMS, **CORNERS}[name]
    problem_, best = exact(meant), optimum_micros(meant)
    for _ in range(RANDOM_CERTIFICATES):
        certificate = random_certificate(problem_, draw)
        proof, bound = prove(problem_, certificate), reference_bound(problem_, certificate)
        assert proof.bound_micros == bound
        if bound is not None:
            assert proof.violations == ()
            assert best is None or best <= bound
