"""Bounds of problems with order and groups: certificates of engines hold, and prices of order prove what they should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.certificates import Certificate, PrecedencePrice, SlotPrice
from optimizer.exact.problem import exact
from optimizer.problem import Group, GroupKind, Precedence
from optimizer.verify.bound import prove, verify_with_bound
from optimizer.verify.rules import Rule
from tests.certificates import priced_names
from tests.conformance.problems import PROBLEMS
from tests.conformance.solved import solved_by_work
from tests.fleet import hall, job, mode, pool, problem, site

TIED = [name for name, each in PROBLEMS.items() if each.groups or each.precedences]
CHAIN = problem(
    job("first", mode(8, 2, cost=90.0), value=10.0),
    job("then", mode(8, 1), value=100.0),
    precedences=(Precedence(predecessor="first", successor="then"),),
)


def priced(bound: int, **fields: object) -> Certificate:
    return Certificate(bound_micros=bound, unit_bits=0, slot_prices=(), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "engine"),
    [(name, engine) for name in TIED for engine in ("price", "highs") if engine == "highs" or name in priced_names()],
)
def test_certificates_of_tied_problems_hold(name: str, engine: str) -> None:
    result = solved_by_work(engine, name)
    if result.certificate is not None:
        checked = verify_with_bound(exact(PROBLEMS[name]), result)
        assert checked.violations == ()
        assert checked.bound_micros is not None


def test_a_price_of_order_shares_what_a_successor_gains() -> None:
    """Alone, the successor is worth 100 and the other is left out; only the price of their order shows the cost of 80."""
    assert prove(exact(CHAIN), priced(100_000_000)).bound_micros == 100_000_000
    price = PrecedencePrice("first", "then", (SlotPrice(3, 90_000_000),))
    assert prove(exact(CHAIN), priced(20_000_000, precedence_prices=(price,))).bound_micros == 20_000_000


@pytest.mark.parametrize(
    "price",
    [
        PrecedencePrice("then", "first", (SlotPrice(3, 1),)),
        PrecedencePrice("first", "then", (SlotPrice(4, 1),)),
        PrecedencePrice("first", "then", (SlotPrice(3, -1),)),
    ],
)
def test_a_price_of_no_row_is_malformed(price: PrecedencePrice) -> None:
    proof = prove(exact(CHAIN), priced(10**9, precedence_prices=(price,)))
    assert [violation.rule for violation in proof.violations] == [Rule.CERTIFICATE_MALFORMED]


def test_a_group_counts_at_one_place() -> None:
    """One job gains here, the other there: together they cannot both, and the block says so without a price."""
    sites = (site("s", hall("h", pool("p"))), site("n", hall("k", pool("q")), region_code="NO"))
    apart = problem(
        job("a", mode(8, 1, value=100.0, pools=("p",)), mode(8, 1, name="far", value=30.0, pools=("q",))),
        job("b", mode(8, 1, value=20.0, pools=("p",)), mode(8, 1, name="far", value=80.0, pools=("q",))),
        sites=sites,
    )
    near = replace(apart, groups=(Group(name="g", kind=GroupKind.SAME_SITE, jobs=("a", "b")),))
    assert prove(exact(apart), priced(10**9)).bound_micros == 180_000_000
    assert prove(exact(near), priced(10**9)).bound_micros == 120_000_000
