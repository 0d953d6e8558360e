"""The dynamic programme of itineraries against all itineraries there are, and what rests on it: bounds and plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.itineraries import is_itinerary, itineraries, itinerary_use, itinerary_worth
from optimizer.columns.lanes import Piece
from optimizer.columns.table import Columns, Selection
from optimizer.engines.price.bound.certificate import certify
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.exact import IntegerPrices
from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
from optimizer.engines.price.bound.kernel import Prices, PricingTable, pricing_table
from optimizer.engines.price.engine import PriceEngine
from optimizer.engines.price.pieces.itineraries import BestItineraries, best_itineraries, best_itineraries_exact
from optimizer.engines.price.pieces.refit import Refit
from optimizer.engines.price.plans.plan import IN_PIECES, Plan, placed_pieces
from optimizer.engines.price.tables import build_tables
from optimizer.formulation.selections import value_of
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule
from tests.engines.recorder import Recorder
from tests.engines.tiny_lanes import best_with_lanes, random_columns_with_lanes

SEEDS = range(120)
#: Far below any worth, far above what stands for no value.
LOW = -(1 << 50)


def random_prices(columns: Columns, seed: int) -> IntegerPrices:
    draw, bits = np.random.default_rng(seed), seed % 4
    some = draw.random(columns.capacity.shape) < 0.6
    return IntegerPrices(
        bits,
        draw.integers(0, 20 << bits, columns.capacity.shape) * some,
        draw.integers(0, 20 << bits, len(columns.budgets)),
        np.full(pricing_table(columns).profiles.count, -1, dtype=np.int32),
        np.zeros((0, columns.slot_count), dtype=np.int64),
        draw.integers(0, columns.floors.cost + 1) << bits if len(columns.floors) else np.zeros(0, dtype=np.int64),
    )


def profit(columns: Columns, prices: IntegerPrices, job: int, pieces: tuple[Piece, ...]) -> int:
    use = itinerary_use(columns, pieces)
    value = itinerary_worth(columns, job, pieces) << prices.unit_bits
    value -= int((prices.limit[use.limit, use.slot] * use.amount).sum())
    value -= sum(int(prices.budget[budget]) * taken for budget, taken in use.budgets)
    for piece in pieces if len(columns.floors) else ():
        floor = int(columns.floors.lane_floor[piece.lane])
        if floor >= 0:
            value += int(prices.floor[floor]) * int(columns.floors.lane_width[piece.lane]) * (piece.end - piece.start)
    return value


def pieces_of(found: BestItineraries, index: int) -> tuple[Piece, ...]:
    span = slice(found.first[index], found.first[index + 1])
    return tuple(map(Piece, found.lane[span].tolist(), found.start[span].tolist(), found.end[span].tolist()))


def exact_best(columns: Columns, prices: IntegerPrices) -> tuple[PricingTable, BestItineraries]:
    table = pricing_table(columns)
    return table, best_itineraries_exact(table, prices, np.full(columns.job_count, LOW))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_itinerary_is_the_best_of_all(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    prices = random_prices(columns, seed)
    _, found = exact_best(columns, prices)
    expected = {}
    for job in range(columns.job_count):
        values = [profit(columns, prices, job, pieces) for pieces in itineraries(columns, job)]
        if values:
            expected[job] = max(values)
    assert dict(zip(found.position.tolist(), found.profit.tolist(), strict=True)) == expected
    for index, job in enumerate(found.position.tolist()):
        assert is_itinerary(columns, job, pieces_of(found, index))
        assert profit(columns, prices, job, pieces_of(found, index)) == expected[job]


@pytest.mark.parametrize("seed", SEEDS)
def test_floats_find_what_integers_find_but_for_rounding(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    prices = random_prices(columns, seed)
    table, exact = exact_best(columns, prices)
    unit = 2.0**prices.unit_bits
    floats = best_itineraries(
        table,
        Prices(prices.limit / unit, prices.budget / unit, None, prices.floor / unit),
        np.full(columns.job_count, -np.inf),
    )
    assert floats.position.tolist() == exact.position.tolist()
    # energy and carbon round by half a micro-unit a slot, metered use by one unit of the budget
    slack = columns.slot_count * (2.0 + float(prices.budget.sum()) / unit)
    assert np.abs(floats.profit - exact.profit / unit).max(initial=0.0) <= slack


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_found_that_is_not_above_its_floor(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    prices = random_prices(columns, seed)
    table, found = exact_best(columns, prices)
    floor = np.full(columns.job_count, LOW)
    floor[found.position] = found.profit
    assert len(best_itineraries_exact(table, prices, floor).position) == 0
    floor[found.position] -= 1
    assert best_itineraries_exact(table, prices, floor).profit.tolist() == found.profit.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_itineraries_stay_where_the_residual_has_room(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    residual = columns.capacity - np.random.default_rng(seed).integers(0, 4, columns.capacity.shape)
    table = pricing_table(columns)
    free = Prices.zero(columns)
    found = best_itineraries(table, free, np.full(columns.job_count, -np.inf), residual)
    best = dict(zip(found.position.tolist(), found.profit.tolist(), strict=True))
    for job in range(columns.job_count):
        worths = []
        for pieces in itineraries(columns, job):
            use = itinerary_use(columns, pieces)
            if (residual[use.limit, use.slot] >= use.amount).all():
                worths.append(itinerary_worth(columns, job, pieces))
        assert (job in best) == bool(worths)
        if worths:
            assert abs(best[job] - max(worths)) <= 2.0 * columns.slot_count


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_is_worth_more_than_a_bound_at_any_prices(seed: int) -> None:
    columns, draw = random_columns_with_lanes(seed), np.random.default_rng(seed)
    best = best_with_lanes(seed)
    floor = draw.random(len(columns.floors)) * columns.floors.cost
    point = DualPoint(draw.random(columns.capacity.shape) * 10, draw.random(len(columns.budgets)) * 10, np.zeros(0), floor)
    table = pricing_table(columns)
    try:
        points = [point, DualAscent(table).best_point]
        bounds = [certify(table, each).certificate.bound_micros for each in points]
    except MandatoryJobWithoutColumnsError:
        assert best is None
        return
    assert best is None or best <= min(bounds)


def test_plans_keep_every_rule_bounds_hold_and_the_optimum_is_nearly_always_found() -> None:
    reached = possible = 0
    for seed in SEEDS:
        columns = random_columns_with_lanes(seed)
        best = best_with_lanes(seed)
        result = PriceEngine().solve(columns, SolveParams(work_limit=2_000, thread_count=1), None, Recorder())
        assert best is None or result.bound is None or best <= result.bound, seed
        if result.selection is not None:
            objective = value_of(columns, result.selection)
            assert best is not None, seed
            assert objective is not None, seed
            assert_keeps_every_rule(columns, result.selection, objective)
            assert objective <= best, seed
            reached += objective == best
        possible += best is not None
    assert reached >= 0.95 * possible, (reached, possible)


@pytest.mark.parametrize("seed", range(40))
def test_pieces_come_out_of_a_plan_as_they_went_in(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    tables = build_tables(columns)
    for job in range(columns.job_count):
        for pieces in list(itineraries(columns, job))[:20]:
            plan = Plan.empty(tables)
            before = plan.copy()
            if not plan.try_pieces(job, placed_pieces(columns, tables, job, pieces)):
                continue
            assert plan.window[job] == IN_PIECES
            assert plan.selection().pieces == {job: pieces}
            assert Plan.of(tables, plan.selection(), columns).objective == plan.objective
            plan.remove(job)
            assert plan.objective == before.objective
            assert (plan.residual == before.residual).all()
            assert (plan.budget_left == before.budget_left).all()
            assert plan.selection().pieces == {}


@pytest.mark.parametrize("seed", range(40))
def test_refitting_never_loses_worth(seed: int) -> None:
    columns = random_columns_with_lanes(seed)
    table = pricing_table(columns)
    if table.lanes is None or len(columns.precedences) or len(columns.together):
        return
    plan = Plan.empty(build_tables(columns))
    before = plan.rank
    for _ in range(2):
        Refit(table, plan, None).improve(plan)
        assert plan.rank >= before
        before = plan.rank
        assert_keeps_every_rule_but_mandatory(columns, plan.selection(), plan.objective)


def assert_keeps_every_rule_but_mandatory(columns: Columns, selection: Selection, objective: int) -> None:
    assert_keeps_every_rule(replace(columns, mandatory=np.zeros_like(columns.mandatory)), selection, objective)
