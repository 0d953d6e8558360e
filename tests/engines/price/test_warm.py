"""Earlier prices on a changed problem: they carry over by name, and prove a true bound whatever they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from optimizer import pipeline
from optimizer.certificates import BudgetPrice, Certificate, DualFeasiblePrice, PatternItem, PatternRow, SlotPrice, SlotPrices
from optimizer.columns.candidates import candidates
from optimizer.columns.table import Selection
from optimizer.engines.base import WarmStart
from optimizer.engines.price import run
from optimizer.engines.price.bound import warm
from optimizer.engines.price.bound.certificate import certify
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.bound.warm import guide_of, point_of, rows_of, thinned, warm_stages
from optimizer.engines.price.plans import searches
from optimizer.engines.price.plans.dive import dive
from optimizer.engines.price.plans.plan import Plan
from optimizer.engines.price.tables import build_tables
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.limits import LimitKind
from optimizer.params import SolveParams
from optimizer.priced.patterns import PatternRowTooLargeError
from optimizer.problem import Problem
from optimizer.solution import Result
from optimizer.verify.bound import prove
from tests import fleet
from tests.engines.recorder import Recorder
from tests.once import once

NODES = LimitKind.POOL_NODES


def small() -> Problem:
    """Two nodes for four jobs of one node, one hour, within 2 hours."""
    jobs = [fleet.job(f"j{n}", fleet.mode(), value=10.0 + n) for n in range(4)]
    return fleet.problem(*jobs, slot_count=2)


def columns_of(problem: Problem):
    return candidates(exact(problem)).columns


def certificate(**fields: object) -> Certificate:
    return Certificate(**{"bound_micros": 0, "unit_bits": 1, "slot_prices": (), **fields})  # type: ignore[arg-type]


def test_prices_carry_over_by_name_and_unknown_ones_are_dropped() -> None:
    columns = columns_of(small())
    point = point_of(
        columns,
        certificate(
            slot_prices=(SlotPrices(NODES, "pool", (6, 8)), SlotPrices(NODES, "gone", (4, 4))),
            budget_prices=(BudgetPrice(LimitKind.ENERGY_BUDGET, "site", 3),),
        ),
    )
    row = [label.element for label in columns.limits].index("pool")
    assert point.limit[row].tolist() == [3.0, 4.0]
    assert point.limit.sum() == 7.0
    assert point.budget.size == 0


@pytest.mark.parametrize(("given", "kept"), [((6,), [3.0, 0.0]), ((6, 8, 10), [3.0, 4.0]), ((-6, 8), [0.0, 4.0])])
def test_a_series_of_another_length_or_sign_does_no_harm(given: tuple[int, ...], kept: list[float]) -> None:
    columns = columns_of(small())
    assert point_of(columns, certificate(slot_prices=(SlotPrices(NODES, "pool", given),))).limit[0].tolist() == kept


def test_dual_feasible_rows_become_guidance_per_unit() -> None:
    columns = columns_of(small())
    row = DualFeasiblePrice(NODES, "pool", 1, 2, 10)
    guide = guide_of(columns, certificate(dual_feasible_prices=(row,)))
    # price 5 x right-hand side 6 over 2 nodes
    assert guide.limit[0].tolist() == [0.0, 15.0]


@pytest.mark.parametrize(
    "row",
    [
        DualFeasiblePrice(NODES, "gone", 0, 1, 10),
        DualFeasiblePrice(NODES, "pool", 9, 1, 10),
        DualFeasiblePrice(NODES, "pool", -1, 1, 10),
        DualFeasiblePrice(NODES, "pool", 0, 10**12, 10),
        DualFeasiblePrice(NODES, "pool", 0, 0, 10),
    ],
)
def test_rows_that_make_no_sense_here_are_dropped(row: DualFeasiblePrice) -> None:
    strengthening, multiplier = rows_of(pricing_table(columns_of(small())), certificate(dual_feasible_prices=(row,)))
    assert strengthening is not None
    assert not strengthening.labels
    assert multiplier.size == 0


def pattern(problem: Problem, rhs: int) -> PatternRow:
    """At most ``rhs`` of the one gang there is, in the first hour."""
    table = pricing_table(columns_of(problem))
    limit, amount = table.columns.uses(0)
    labels = [table.columns.limits[each] for each in limit]
    from optimizer.certificates import GangUse

    uses = tuple(sorted(GangUse(label.kind, label.element, int(n)) for label, n in zip(labels, amount, strict=True)))
    return PatternRow((PatternItem(uses, 1),), rhs, (SlotPrice(0, 4),))


@pytest.mark.parametrize(("rhs", "kept"), [(2, 1), (1, 0), (0, 0)])
def test_a_pattern_row_is_kept_only_where_it_holds(rhs: int, kept: int) -> None:
    given = certificate(pattern_rows=(pattern(small(), rhs),))
    strengthening, multiplier = rows_of(pricing_table(columns_of(small())), given)
    assert strengthening is not None
    assert len(strengthening.labels) == kept
    assert multiplier.tolist() == [2.0] * kept


def test_a_pattern_row_that_takes_long_to_settle_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def takes_long(row: PatternRow, counts: object, capacity: object, most_branches: int) -> bool:
        if most_branches < 20_000:
            raise PatternRowTooLargeError
        return True

    monkeypatch.setattr(warm, "pattern_row_holds", takes_long)
    strengthening, _ = rows_of(pricing_table(columns_of(small())), certificate(pattern_rows=(pattern(small(), 2),)))
    assert strengthening is not None
    assert not strengthening.labels


def test_a_gang_named_twice_is_refused() -> None:
    once = pattern(small(), 2)
    given = certificate(pattern_rows=(replace(once, items=once.items * 2, rhs=2),))
    strengthening, _ = rows_of(pricing_table(columns_of(small())), given)
    assert strengthening is not None
    assert not strengthening.labels


WORK = SolveParams(engine="price", work_limit=20_000, thread_count=1)


@once
def first_plan(job_count: int, seed: int) -> Result:
    """What many tests start from."""
    return pipeline.solve(generate_uk_no(job_count, seed), WORK)


@pytest.mark.parametrize("seed", [0, 1])
def test_earlier_prices_on_the_same_problem_prove_the_same_bound_at_once(seed: int) -> None:
    problem, earlier = generate_uk_no(60, seed), first_plan(60, seed).certificate
    assert earlier is not None
    table = pricing_table(columns_of(problem))
    stage = next(warm_stages(table, earlier))
    proof = stage.certify(table)
    assert abs(proof.certificate.bound_micros - earlier.bound_micros) <= 1e-6 * abs(earlier.bound_micros)


@pytest.mark.parametrize(("factor", "ascents"), [(1, {0, 1}), (4, {2})])
def test_where_the_optimum_has_moved_far_larger_steps_follow(factor: int, ascents: set[int]) -> None:
    """From prices four times what they were, sixty small steps only begin the way back."""
    problem, earlier = generate_uk_no(60, 1), first_plan(60, 1).certificate
    assert earlier is not None
    dearer = tuple(replace(each, price=tuple(factor * price for price in each.price)) for each in earlier.slot_prices)
    given = replace(earlier, slot_prices=dearer)
    stages = list(warm_stages(pricing_table(columns_of(problem)), given))
    assert len(stages) - 1 in ascents
    bounds = [stage.bound for stage in stages]
    assert bounds == sorted(bounds, reverse=True)


def test_a_warm_run_is_guided_by_what_its_own_bound_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the earlier prices, and though the time for the bound is over."""
    guides: list[object] = []
    problem, first = generate_uk_no(60, 1), first_plan(60, 1)
    monkeypatch.setattr(run.PriceRun, "_make_room", lambda self, stopping, passes=0: guides.append((self._point, self.proof)))
    assert first.certificate is not None
    jobs = tuple(replace(job, value=None if job.value is None else 2.0 * job.value) for job in problem.jobs)
    columns = columns_of(replace(problem, jobs=jobs))
    nothing = np.full(columns.job_count, -1, dtype=np.int32)
    warm_run = run.PriceRun(columns, WORK, WarmStart(nothing, nothing.copy(), certificate=first.certificate), Recorder())
    warm_run.bound(lambda: True)
    ((point, proof),) = guides
    at_once = certify(pricing_table(columns), guide_of(columns, first.certificate))
    assert proof.certificate.bound_micros < at_once.certificate.bound_micros
    np.testing.assert_array_equal(point.limit, guide_of(columns, proof.certificate).limit)


def test_a_warm_solve_of_a_changed_problem_is_verified_and_its_bound_holds() -> None:
    problem, first = generate_uk_no(40, 5), first_plan(40, 5)
    changed = replace(problem, jobs=problem.jobs[1:])
    warm = pipeline.solve(
        changed,
        WORK,
        initial=[placement.assignment for placement in first.placements],
        initial_certificate=first.certificate,
    )
    assert warm.verified
    assert warm.certificate is not None
    proof = prove(exact(changed), warm.certificate)
    assert not proof.violations
    assert proof.bound_micros is not None
    assert proof.bound_micros >= warm.terms.objective_micros


@pytest.mark.parametrize("engine", ["auto", "greedy", "highs", "cp_sat"])
def test_every_engine_takes_a_warm_start(engine: str) -> None:
    problem = small()
    first = pipeline.solve(problem, WORK)
    params = SolveParams(engine=engine, time_limit_seconds=20)
    again = pipeline.solve(
        problem, params, initial=[p.assignment for p in first.placements], initial_certificate=first.certificate
    )
    assert again.terms.objective_micros >= first.terms.objective_micros


@pytest.mark.parametrize(("share", "left"), [(0.0, {"a", "b", "must"}), (0.5, {"b", "must"}), (1.0, {"must"})])
def test_a_plan_is_thinned_by_what_is_worth_least_for_what_it_takes_and_never_by_what_must_run(
    share: float, left: set[str]
) -> None:
    jobs = [
        fleet.job("a", fleet.mode(), value=10.0),
        fleet.job("b", fleet.mode(), value=20.0),
        fleet.job("must", fleet.mode(), value=None),
    ]
    columns = columns_of(fleet.problem(*jobs, slot_count=2))
    tables = build_tables(columns)
    plan = Plan.of(tables, Selection(columns.job_first[:-1].astype(np.int32), np.array([0, 0, 1], dtype=np.int32)))
    thin = thinned(plan, np.ones(tables.capacity.shape), np.zeros(0), share)
    assert {jobs[job].name for job in np.flatnonzero(thin.window >= 0)} == left
    assert (plan.window >= 0).all()


def test_a_warm_fleet_dives_beside_its_earlier_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, first = generate_uk_no(40, 5), first_plan(40, 5)
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1)
    begun: list[int] = []

    def recorded(plan: Plan, *arguments: object, **options: object) -> Plan:
        begun.append(int((plan.window >= 0).sum()))
        return dive(plan, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "dive", recorded)
    again = pipeline.solve(
        problem, WORK, initial=[p.assignment for p in first.placements], initial_certificate=first.certificate
    )
    assert begun
    assert 0 < min(begun) < len(first.placements)
    assert again.terms.objective_micros >= first.terms.objective_micros


def test_a_warm_fleet_is_repaired_before_its_bound_is_improved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for large jobs and a search for those that would gain most; only then the ascent, and a dive between searches."""
    problem, first = generate_uk_no(40, 5), first_plan(40, 5)
    monkeypatch.setattr(run, "DIVE_JOB_COUNT", 1)
    steps: list[str] = []

    def noted(name: str) -> None:
        step = getattr(run, name)
        monkeypatch.setattr(run, name, lambda *given, **named: steps.append(name) or step(*given, **named))

    for name in ("make_room", "dive"):
        noted(name)
    stages, search = run.warm_stages, run.Search

    def noted_stages(table: object, certificate: object, stopping: object, give_way: object, near: int) -> object:
        steps.append("warm_stages")
        assert near == warm.FLEET_EVALUATIONS
        return stages(table, certificate, stopping, give_way, near)  # type: ignore[arg-type]

    def noted_search(plan: object, prices: object, budget_prices: object, params: object, *more: object) -> object:
        steps.append("regret" if params is searches.MEND else "search")
        return search(plan, prices, budget_prices, params, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "warm_stages", noted_stages)
    monkeypatch.setattr(run, "Search", noted_search)
    pipeline.solve(
        replace(problem, jobs=problem.jobs[1:]),
        WORK,
        initial=[placement.assignment for placement in first.placements],
        initial_certificate=first.certificate,
    )
    in_order = [step for step, _ in groupby(steps)]
    assert in_order[:3] == ["make_room", "regret", "warm_stages"]
    assert in_order[-3:] == ["dive", "regret", "search"]


@pytest.mark.parametrize(("factor", "share"), [(1, run.SETTLED_BOUND_SHARE), (4, run.BOUND_SHARE)])
def test_the_bound_takes_little_time_where_the_earlier_prices_are_good(factor: int, share: float) -> None:
    problem, first = generate_uk_no(60, 1), first_plan(60, 1)
    assert first.certificate is not None
    dearer = tuple(replace(each, price=tuple(factor * price for price in each.price)) for each in first.certificate.slot_prices)
    columns = columns_of(problem)
    nothing = np.full(columns.job_count, -1, dtype=np.int32)
    start = WarmStart(nothing, nothing.copy(), certificate=replace(first.certificate, slot_prices=dearer))
    warm_run = run.PriceRun(columns, WORK, start, Recorder())
    assert warm_run.bound_share == run.BOUND_SHARE
    warm_run.bound(lambda: True)
    assert warm_run.bound_share == share


def test_the_prices_of_an_earlier_solve_are_where_the_ascent_begins() -> None:
    problem = small()
    earlier = certificate(slot_prices=(SlotPrices(NODES, "pool", (20_000_000, 20_000_000)),))
    table = pricing_table(columns_of(problem))
    stage = next(warm_stages(table, earlier))
    assert np.array_equal(stage.point.limit[0], [10_000_000.0, 10_000_000.0])
    # 2 nodes x 2 hours at 10 each, and what three jobs are worth above 10: 1 + 2 + 3
    assert stage.certify(table).certificate.bound_micros == 46_000_000
