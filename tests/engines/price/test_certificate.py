"""Certificates hold, say what they claim to the unit, and rule out only what no better plan takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.certificates import PatternItem, PatternRow, SlotPrices
from optimizer.engines.price.bound.bounding import BoundingParams, bound_stages
from optimizer.engines.price.bound.certificate import (
    CertifiedPoint,
    certify,
    fix_by_reduced_cost,
)
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
from optimizer.engines.price.bound.kernel import PricingTable, pricing_table
from optimizer.engines.price.rows.slot_rows import Activity
from optimizer.engines.price.rows.strengthen import Strengthening
from optimizer.limits import LimitKind
from optimizer.priced.patterns import pattern_row_holds
from tests.engines.price.instances import optimum, random_columns
from tests.engines.price.reference_checker import RefusedError, check

QUICK = BoundingParams(ascent_evaluations=60, row_rounds=3, rounds_before_cuts=0, round_evaluations=40, last_evaluations=60)


def strengthened(table: PricingTable) -> CertifiedPoint:
    """A certificate with every family of rows, each at some price."""
    columns = table.columns
    strengthening = Strengthening(table)
    six_in_ten = Activity(np.full((table.profiles.count, columns.slot_count), 6, dtype=np.int32), 10)
    activity = strengthening.gangs.activity(six_in_ten)
    strengthening.add_dual_feasible_rows(activity)
    strengthening.add_pattern_cuts(activity, np.ones(columns.capacity.shape))
    rows = strengthening.rows()
    rng = np.random.default_rng(0)
    point = DualPoint(
        rng.random(columns.capacity.shape) * np.array([[300.0], [300.0], [2.0], [2.0]]),
        rng.random(2) * 40,
        rng.random(rows.count) * 30 * (rng.random(rows.count) < 0.3),
    )
    return certify(table, point, rows, strengthening)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mandatory", [False, True])
def test_the_reference_checker_finds_the_same_bound(seed: int, mandatory: bool) -> None:
    columns = random_columns(seed, mandatory=mandatory)
    certificate = strengthened(pricing_table(columns)).certificate
    assert certificate.dual_feasible_prices
    assert certificate.pattern_rows
    assert len(certificate.budget_prices) == 2
    check(columns, certificate)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("mandatory", [False, True])
def test_the_bound_is_never_below_the_optimum(seed: int, mandatory: bool) -> None:
    columns = random_columns(seed, job_count=3, mandatory=mandatory)
    best = optimum(columns)
    table = pricing_table(columns)
    for stage in bound_stages(table, QUICK):
        certificate = stage.certify(table).certificate
        check(columns, certificate)
        assert best is None or certificate.bound_micros >= best
        # Metered use rounds up only in the certificate, so it can only be lower than the ascent's own figure.
        assert certificate.bound_micros <= stage.bound + 10


def test_any_prices_prove_a_bound() -> None:
    columns = random_columns(11)
    best = optimum(columns)
    assert best is not None
    rng = np.random.default_rng(1)
    for scale in (0.0, 1.0, 1e3, 1e7):
        point = DualPoint(rng.random(columns.capacity.shape) * scale, rng.random(2) * scale, np.zeros(0))
        proof = certify(pricing_table(columns), point)
        check(columns, proof.certificate)
        assert proof.certificate.bound_micros >= best


def test_prices_too_large_for_the_finest_unit_get_a_coarser_one() -> None:
    columns = random_columns(2)
    point = DualPoint(np.full(columns.capacity.shape, 1e12), np.zeros(2), np.zeros(0))
    certificate = certify(pricing_table(columns), point).certificate
    assert 0 <= certificate.unit_bits < 20
    check(columns, certificate)


def test_a_bound_claimed_one_unit_lower_is_refused() -> None:
    columns = random_columns(3)
    certificate = strengthened(pricing_table(columns)).certificate
    with pytest.raises(RefusedError, match="the bound is"):
        check(columns, replace(certificate, bound_micros=certificate.bound_micros - 1))


def test_a_price_below_zero_or_a_right_hand_side_one_lower_is_refused() -> None:
    columns = random_columns(3)
    certificate = strengthened(pricing_table(columns)).certificate
    series = certificate.slot_prices[0]
    negative = SlotPrices(series.kind, series.element, (-1, *series.price[1:]))
    with pytest.raises(RefusedError, match="slot prices"):
        check(columns, replace(certificate, slot_prices=(negative, *certificate.slot_prices[1:])))
    row = certificate.pattern_rows[0]
    tighter = replace(row, rhs=row.rhs - 1)
    with pytest.raises(RefusedError, match="pattern row"):
        check(columns, replace(certificate, pattern_rows=(tighter, *certificate.pattern_rows[1:])))


def test_pattern_rows_hold_exactly_up_to_what_fits() -> None:
    power = (LimitKind.HALL_POWER, "h0")
    items = tuple(PatternItem(((*power, amount),), coefficient) for amount, coefficient in ((40, 2), (65, 3)))
    row = PatternRow(items, 4, ((0, 1),))
    assert pattern_row_holds(row, [2, 1], {power: 100})
    assert not pattern_row_holds(replace(row, rhs=3), [2, 1], {power: 100})
    assert pattern_row_holds(replace(row, rhs=3), [1, 1], {power: 100})
    assert not pattern_row_holds(row, [2, 1], {power: 105})


@pytest.mark.parametrize("seed", range(8))
def test_fixing_keeps_every_better_plan(seed: int) -> None:
    columns = random_columns(seed, job_count=3)
    best = optimum(columns)
    assert best is not None
    table = pricing_table(columns)
    *_, stage = bound_stages(table, QUICK)
    proof = stage.certify(table)
    fixing = fix_by_reduced_cost(table, proof, best - 1)
    assert optimum(fixing.columns) == best
    assert fixing.columns.column_count <= columns.column_count
    for window, before in enumerate(fixing.window_before):
        assert columns.job[before] == fixing.columns.job[window]
        assert fixing.columns.start_first[window] >= columns.start_first[before]
        offset = int(fixing.columns.start_first[window] - columns.start_first[before])
        worth = fixing.columns.worth(window)
        assert worth.tolist() == columns.worth(int(before))[offset : offset + len(worth)].tolist()


def test_fixing_against_the_bound_itself_leaves_no_plan() -> None:
    columns = random_columns(6)
    table = pricing_table(columns)
    ascent = DualAscent(table)
    ascent.run(200)
    proof = certify(table, ascent.best_point)
    left = fix_by_reduced_cost(table, proof, proof.certificate.bound_micros).columns
    assert left.column_count == 0
    assert left.mandatory.any()


def test_a_mandatory_job_without_columns_has_no_bound() -> None:
    columns = random_columns(1)
    first = columns.job_first.copy()
    first[0] = first[1]
    lacking = replace(columns, job_first=first, mandatory=np.array([True, False, False, False]))
    table = pricing_table(lacking)
    with pytest.raises(MandatoryJobWithoutColumnsError):
        certify(table, DualAscent(table).best_point)
