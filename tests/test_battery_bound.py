"""What HiGHS's prices say of batteries is what plain loops prove, and watts come out whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest

from optimizer.columns.candidates import candidates
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.exact.problem import exact
from optimizer.formulation.duality import PricedOut, certificate, price_out
from optimizer.formulation.milp import worthwhile
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.priced.battery import battery_best
from optimizer.problem import Battery, Problem
from optimizer.solution import BoundSource, TerminationReason
from optimizer.verify.bound import prove, verify_with_bound
from optimizer.verify.rules import Rule
from tests.conformance.battery_problems import BATTERY_WITH_ALL, RIDE_THROUGH, STORED_FOR_A_JOB
from tests.conformance.brute_force import optimum_micros
from tests.fleet import hall, job, mode, pool, problem, site

#: The same without the tiers and pieces, of which a certificate says nothing here.
PLANT = replace(
    BATTERY_WITH_ALL, jobs=tuple(replace(job, preemption=None, priority_tier=None) for job in BATTERY_WITH_ALL.jobs)
)


def priced(whole: Problem) -> tuple[PricedOut, int]:
    """The root prices, and what is proved of them by plain loops."""
    inside = exact(whole)
    columns = candidates(inside).columns
    milp = worthwhile(columns)
    program = HighsProgram(milp, milp.rows, integral=False, thread_count=1, seed=0)
    program.run(Stop(lambda: False, 30.0))
    found = price_out(
        milp,
        milp.rows,
        program.price(milp.rows),
        columns.mandatory,
        program.floor_price(),
        stored_price=program.stored_price(),
    )
    assert found is not None
    written = certificate(columns, milp.rows, found)
    assert written is not None
    proof = prove(inside, written)
    assert proof.violations == ()
    assert proof.bound_micros is not None
    return found, proof.bound_micros


@pytest.mark.parametrize("whole", [RIDE_THROUGH, STORED_FOR_A_JOB, PLANT], ids=["ride_through", "stored_for_a_job", "plant"])
def test_the_root_bound_is_proved_by_plain_loops_and_close(whole: Problem) -> None:
    found, proved = priced(whole)
    assert proved == found.bound
    optimum = optimum_micros(whole)
    assert optimum is not None
    assert optimum <= proved
    columns = candidates(exact(whole)).columns
    milp = worthwhile(columns)
    unpriced = price_out(milp, milp.rows, np.zeros(milp.rows.count), columns.mandatory)
    assert unpriced is not None
    assert proved < unpriced.bound


def test_a_battery_alone_is_bounded_by_what_it_earns() -> None:
    """Bought at 20 and 30, given at 100: the relaxation is whole, so its prices prove the best plan."""
    whole = problem(
        job("must", mode(8, 4, 8.0), value=None),
        sites=(
            site(
                "s",
                hall("h", pool("p")),
                import_limit_kw=(20.0,),
                energy_price_per_mwh=(20.0, 30.0, 100.0, 40.0),
                battery=Battery(
                    energy_capacity_kwh=6.0, charge_limit_kw=4.0, discharge_limit_kw=6.0, round_trip_efficiency=0.5
                ),
            ),
        ),
    )
    result = solve(whole, SolveParams(engine="highs", time_limit_seconds=30, thread_count=1))
    assert result.termination.reason is TerminationReason.OPTIMAL
    assert result.termination.bound_source is BoundSource.CERTIFICATE
    assert verify_with_bound(exact(whole), result).violations == ()
    # 8 kW at 190 a MWh; 8 kWh bought for 0.2 give 4 kWh, worth 0.4
    assert result.termination.objective_micros == -1_520_000 - 200_000 + 400_000
    (operation,) = result.operations
    assert operation.battery is not None
    assert operation.battery.charge_w == (4_000, 4_000, 0, 0)
    assert operation.battery.discharge_w == (0, 0, 4_000, 0)
    false = replace(
        result.certificate,  # type: ignore[type-var]
        bound_micros=result.termination.bound_micros - 10,  # type: ignore[operator]
    )
    assert [violation.rule for violation in prove(exact(whole), false).violations] == [Rule.BOUND_NOT_PROVED]  # type: ignore[arg-type]


def test_values_at_any_prices_agree_with_plain_loops() -> None:
    random = Random(3)
    inside = exact(RIDE_THROUGH)
    columns = candidates(inside).columns
    milp, batteries = worthwhile(columns), columns.plant.batteries
    rows = milp.rows
    for _ in range(20):
        price = np.array([random.choice((0, random.randrange(10**6))) for _ in range(rows.count)], dtype=np.int64)
        stored = np.array([[random.randrange(-(10**6), 10**6) for _ in range(4)]], dtype=np.int64)
        by_limit = np.zeros((len(columns.limits), 4), dtype=np.int64)
        limited = rows.slot >= 0
        by_limit[rows.element[limited], rows.slot[limited]] = price[limited]
        connection, export = by_limit[batteries.limit[0]].tolist(), by_limit[batteries.export[0]].tolist()
        mine = milp.plant.stores.best(rows, price, stored, 7)
        assert mine == battery_best(inside.sites[0], connection, export, stored[0].tolist(), 7)


def test_whole_watts_are_found_wherever_there_are_some() -> None:
    """Of small batteries: what is wanted where it can be kept, else something that can, and None where nothing can."""
    random = Random(11)
    columns = candidates(exact(STORED_FOR_A_JOB)).columns
    for _ in range(60):
        small = replace(
            columns.plant.batteries,
            charge_w=np.full((1, 4), 2, dtype=np.int64),
            discharge_w=np.full((1, 4), 2, dtype=np.int64),
            stored_uw=np.full((1, 4), 2, dtype=np.int64),
            given_uw=np.full((1, 4), random.choice((2, 4)), dtype=np.int64),
            capacity_uw=np.array([random.randrange(4, 9)]),
            initial_uw=np.array([random.randrange(0, 5)]),
            final_uw=np.array([random.randrange(0, 5)]),
        )
        free = np.zeros_like(columns.capacity)
        free[small.limit[0]] = [random.randrange(0, 6) for _ in range(4)]
        free[small.export[0]] = [random.randrange(0, 3) for _ in range(4)]
        kept = [
            net
            for net in (np.array([each], dtype=np.int64) for each in product(range(-2, 3), repeat=4))
            if small.keeps(net) and (small.taken_from(free, net)[[small.limit[0], small.export[0]]] >= 0).all()
        ]
        wanted = np.array([[random.randrange(-2, 3) for _ in range(4)]], dtype=np.float64)
        found = small.whole(free, np.zeros((1, 4), dtype=np.int64), wanted)
        if any((net == wanted).all() for net in kept):
            assert found is not None
            assert (found == wanted).all()
        if found is not None:
            assert any((net == found).all() for net in kept)
        elif kept:
            # amounts that do not divide each other may leave it none in steps
            assert small.given_uw[0, 0] == 4
        else:
            assert found is None
