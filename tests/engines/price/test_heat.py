"""Heat that is sold, in the price engine: its price, rows without it, guides that pay for it, plans that sell it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.plans.plant_guide import guided_by, unpriced
from optimizer.engines.price.plans.residual import heat_of
from optimizer.engines.price.rows.slot_hull import scopes
from optimizer.engines.price.rows.strengthen import Strengthening, limit_groups
from optimizer.engines.price.tables import build_tables
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import HeatOfftake, Problem
from optimizer.units import RATE_SCALE
from optimizer.verify.bound import prove, verify_with_bound
from optimizer.verify.plan import Rule
from tests.conformance.brute_force import optimum_micros
from tests.conformance.plant_problems import HEAT_OFFTAKE, PLANT_IN_ORDER
from tests.fleet import hall, job, mode, pool, problem, site

WORK = SolveParams(engine="price", work_limit=5_000, thread_count=1)


def columns_of(given: Problem) -> Columns:
    return candidates(exact(given)).columns


def heat_rows(columns: Columns) -> list[int]:
    return [row for row, label in enumerate(columns.limits) if label.kind is LimitKind.RECOVERED_HEAT]


def at_price(columns: Columns, micros: float) -> DualPoint:
    """Every watt of heat at ``micros``, all else free."""
    point = unpriced(columns)
    point.limit[heat_rows(columns)] = micros
    return point


@pytest.mark.parametrize("given", [HEAT_OFFTAKE, PLANT_IN_ORDER])
def test_a_price_of_heat_stays_between_nothing_and_what_it_is_sold_for(given: Problem) -> None:
    columns = columns_of(given)
    ascent = DualAscent(pricing_table(columns), start=at_price(columns, 1e6))
    ascent.run(50)
    (row,) = heat_rows(columns)
    sold_for = columns.plant.rate[columns.plant.sells_heat][0] / RATE_SCALE
    for point in (ascent.best_point, ascent.average_point):
        assert (point.limit[row] >= 0.0).all()
        assert (point.limit[row] <= sold_for + 1e-9).all()


def test_heat_above_what_it_is_sold_for_bounds_no_better() -> None:
    columns = columns_of(HEAT_OFFTAKE)
    ascent = DualAscent(pricing_table(columns))
    dearest = float(columns.plant.rate[columns.plant.sells_heat].max()) / RATE_SCALE
    bounds = [ascent.evaluate(at_price(columns, part * dearest)).bound for part in (0.0, 0.5, 1.0, 1.5, 3.0)]
    assert min(bounds) < bounds[0], "a price above nothing pays runs for their heat"
    assert bounds[2] <= bounds[3] < bounds[4]


@pytest.mark.parametrize("given", [HEAT_OFFTAKE, PLANT_IN_ORDER])
def test_no_row_over_gangs_counts_heat(given: Problem) -> None:
    columns = columns_of(given)
    table = pricing_table(columns)
    strengthening, heat = Strengthening(table), set(heat_rows(columns))
    assert (strengthening.gangs.use[:, list(heat)] < 0).any(), "gangs that give heat are named with it"
    assert not any(heat & set(group.limits) for group in limit_groups(columns, strengthening.gangs))
    for scope in scopes(strengthening.gangs):
        assert not heat & set(scope.limit.tolist())
        assert (scope.use >= 0).all()


def test_the_guide_pays_for_heat_what_the_prices_say_and_all_of_it_without_prices() -> None:
    columns = columns_of(HEAT_OFFTAKE)
    tables, (taker,) = build_tables(columns), np.flatnonzero(columns.plant.sells_heat).tolist()
    best = np.maximum(0, columns.plant.rate[taker]) / RATE_SCALE
    seller = int(columns.plant.site[taker])
    assert np.diff(tables.heat_prefix[seller]).tolist() == pytest.approx(best.tolist())
    assert not np.delete(tables.heat_prefix, seller, axis=0).any()
    asked = np.minimum(best, 0.02)
    for part, paid in ((1.0, asked), (0.5, (asked + best) / 2), (0.0, best)):
        priced, _ = guided_by(columns, tables, at_price(columns, 0.02), part)
        assert np.diff(priced.heat_prefix[seller]).tolist() == pytest.approx(paid.tolist())
    hot = next(w for w in range(columns.window_count) if columns.job[w] == 2 and columns.site[w] == seller)
    elsewhere = next(w for w in range(columns.window_count) if columns.site[w] != seller)
    assert (heat_of(tables, hot), heat_of(tables, elsewhere)) == (8_000, 0)


def test_a_job_that_only_its_heat_pays_for_runs_where_heat_still_sells() -> None:
    """Two lose a unit each and earn two where heat is bought: one slot buys the heat of one, another that of neither."""
    given = problem(
        *(job(name, mode(8, 1, 10.0, liquid_heat_kw=10.0), value=0.0) for name in "ab"),
        sites=(
            site(
                "s",
                hall("h", pool("p", (2,))),
                energy_price_per_mwh=(100.0,),
                heat_offtake=HeatOfftake(limit_kw=(10.0, 10.0, 2.0), price_per_mwh=(200.0, 200.0, 400.0)),
            ),
        ),
        slot_count=3,
    )
    found = solve(given, WORK)
    assert sorted(placement.start_slot for placement in found.placements) == [0, 1]
    assert found.termination.objective_micros == 2_000_000 == optimum_micros(given)


def test_a_certificate_of_heat_is_held_to_its_prices() -> None:
    inside, stated = exact(HEAT_OFFTAKE), solve(HEAT_OFFTAKE, WORK).certificate
    assert stated is not None
    assert any(series.kind is LimitKind.RECOVERED_HEAT for series in stated.slot_prices)
    assert not prove(inside, stated).violations
    lower = prove(inside, replace(stated, bound_micros=stated.bound_micros - 1))
    assert [violation.rule for violation in lower.violations] == [Rule.BOUND_NOT_PROVED]
    paying_nothing = tuple(series for series in stated.slot_prices if series.kind is not LimitKind.RECOVERED_HEAT)
    assert prove(inside, replace(stated, slot_prices=paying_nothing)).violations


def test_a_fleet_sells_its_heat_within_a_certified_gap() -> None:
    fleet = generate_uk_no(100, seed=2)
    offtake = HeatOfftake(limit_kw=(400.0,), price_per_mwh=(60.0,), recovered_share=0.5)
    given = replace(fleet, sites=tuple(replace(each, heat_offtake=offtake) for each in fleet.sites))
    found = solve(given, replace(WORK, work_limit=30_000))
    assert found.terms.heat_value_micros > 0
    assert verify_with_bound(exact(given), found).violations == ()
    assert found.termination.relative_gap is not None
    assert found.termination.relative_gap < 0.07
