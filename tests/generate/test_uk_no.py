"""The UK/Norway generator: the same from the same seed, overloaded as promised, with every feature it claims."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.accounting.ledger import exclusion
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.features import Feature, features
from optimizer.generate import uk_no
from optimizer.generate.demand import LOAD_FACTOR, capacity, draw_requests, size_requests
from optimizer.generate.draws import Draws
from optimizer.generate.fleet import SITE_PLANS, build_sites
from optimizer.generate.hardware import GPU_MODELS, NODE_MODELS, RACK_MODELS
from optimizer.generate.uk_no import SHIPPED, generate_uk_no
from optimizer.io.best_known import read_best_known
from optimizer.io.files import read_problem
from optimizer.modes import mode_name, modes_of
from optimizer.params import SolveParams
from optimizer.pipeline import solve
from optimizer.problem import AllocationGranularity, GpuPool, GroupKind, Job, Problem
from optimizer.solution import Assignment
from optimizer.validate import validate
from optimizer.verify.plan import verify

UK_NO = Path(__file__).parents[2] / "instances" / "uk-no"
MEDIUM = generate_uk_no(500, 1)


def pools_of(problem: Problem) -> dict[str, GpuPool]:
    return {pool.name: pool for site in problem.sites for hall in site.halls for pool in hall.pools}


def site_named(problem: Problem, name: str):
    return next(site for site in problem.sites if site.name == name)


def jobs_where(condition) -> list[Job]:
    return [job for job in MEDIUM.jobs if condition(job)]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_exactly_what_the_generator_gives(name):
    shipped = SHIPPED[name]
    assert read_problem(UK_NO / shipped.file) == generate_uk_no(shipped.job_count, shipped.seed)


def test_the_same_seed_gives_the_same_problem_and_another_seed_another():
    assert generate_uk_no(30, 7) == generate_uk_no(30, 7)
    assert generate_uk_no(30, 7).jobs != generate_uk_no(30, 8).jobs


def test_equal_modes_are_one_object_as_they_are_where_a_fleet_is_read():
    modes = [mode for job in generate_uk_no(300, 3).jobs for mode in job.modes]
    assert len({id(mode) for mode in modes}) == len(set(modes)) < len(modes)


@pytest.mark.parametrize("job_count", [1, 2, 6, 8, 9, 40, 100, 101, 500, 3000])
@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_every_size_gives_a_valid_core_problem(job_count, seed):
    problem = generate_uk_no(job_count, seed)
    assert validate(problem) == ()
    assert features(problem) == {}
    assert len({job.name for job in problem.jobs}) == job_count


@pytest.mark.parametrize(
    ("job_count", "seed", "path"),
    [(0, 1, "job_count"), (-5, 1, "job_count"), (100_001, 1, "job_count"), (10, -1, "seed"), (10, 2**31, "seed")],
)
def test_a_number_out_of_range_is_refused_by_name(job_count, seed, path):
    with pytest.raises(InvalidProblemError) as refused:
        generate_uk_no(job_count, seed)
    assert [(v.path, v.reason) for v in refused.value.violations] == [(path, "OUT_OF_RANGE")]


@pytest.mark.parametrize("job_count", [40, 100, 500, 2000, 10_000])
@pytest.mark.parametrize("models", [RACK_MODELS, NODE_MODELS], ids=["racks", "nodes"])
def test_the_work_asked_for_is_about_one_and_a_half_times_what_the_gpus_can_do(job_count, models):
    slot_count = 72 if job_count <= 100 else 168
    sites = build_sites(SITE_PLANS, min(1.0, job_count / uk_no.JOBS_FOR_FULL_BUILD_OUT), slot_count, Draws(3))
    requests = draw_requests(job_count, sites, slot_count, Draws(4))
    sizes = size_requests(requests, sites)
    work = sum(
        size.gpu_count * size.hours * GPU_MODELS[request.home_model].speed
        for request, size in zip(requests, sizes, strict=True)
        if request.home_model in models
    )
    assert 1.3 <= work / capacity(sites, models) <= 1.8
    assert LOAD_FACTOR == 1.5


def test_horizon_and_fleet_grow_with_the_job_count():
    assert [generate_uk_no(n, 1).time_grid.slot_count for n in (8, 9, 100, 101)] == [12, 72, 72, 168]
    loughton = {
        n: sum(max(pool.node_count) for hall in site_named(generate_uk_no(n, 1), "loughton").halls for pool in hall.pools)
        for n in (500, 2000, 5000)
    }
    assert loughton[2000] * 4 == 23_040  # GPUs, the public figure
    assert loughton[500] * 4 == loughton[2000]
    assert loughton[5000] == loughton[2000]


def test_at_full_build_out_the_public_figures_stand():
    large = generate_uk_no(2000, 1)
    gpus = Counter()
    for site in large.sites:
        for hall in site.halls:
            for pool in hall.pools:
                gpus[site.name] += max(pool.node_count) * pool.gpus_per_node
    assert 99_900 <= gpus["kvandal"] <= 100_000
    assert 7_900 <= gpus["cobalt-park"] <= 8_000
    assert max(site_named(large, "kvandal").import_limit_kw) == 230_000
    assert max(site_named(large, "glomfjord").import_limit_kw) == 30_000
    assert max(site_named(large, "loughton").import_limit_kw) == 50_000
    first_phase = site_named(large, "kvandal").halls[0]
    assert max(first_phase.it_power_limit_kw) <= 20_000


def test_the_fleet_has_what_the_model_is_for():
    assert {site.region_code for site in MEDIUM.sites} == {"GB", "NO"}
    assert len(MEDIUM.sites) == 6
    halls = [hall for site in MEDIUM.sites for hall in site.halls]
    assert any(len({pool.gpu_model for pool in hall.pools}) > 1 for hall in halls), "GPU models that share a hall"
    assert any(len(site.halls) > 1 for site in MEDIUM.sites), "halls that share a grid connection"
    pools = pools_of(MEDIUM).values()
    assert {pool.allocation_granularity for pool in pools} == set(AllocationGranularity)
    assert any(len(set(pool.node_count)) > 1 for pool in pools), "maintenance"
    assert any(hall.liquid_cooling_limit_kw and len(set(hall.air_cooling_limit_kw)) > 1 for hall in halls)
    assert all(len(set(site.import_limit_kw)) == 2 for site in MEDIUM.sites if site.name != "oslo"), "curtailment"
    assert min(site_named(MEDIUM, "oslo").energy_price_per_mwh) < 0
    assert all(1.06 <= pue <= 1.28 for site in MEDIUM.sites for pue in site.pue)
    assert len(MEDIUM.links) == 30


def test_the_jobs_use_every_feature():
    assert jobs_where(lambda job: job.allowed_regions == ("GB",))
    assert jobs_where(lambda job: job.allowed_regions == ("NO",))
    assert jobs_where(lambda job: job.denied_sites)
    either_country = jobs_where(lambda job: not job.allowed_regions)
    assert len(either_country) > 250
    assert jobs_where(lambda job: job.work_profile is not None)
    assert jobs_where(lambda job: any(mode.power_cap_w for mode in job.modes))
    assert jobs_where(lambda job: len({mode.gpu_count for mode in job.modes}) == 3)
    assert jobs_where(lambda job: len({mode.gpu_model for mode in job.modes}) >= 2)
    assert jobs_where(lambda job: job.data_set is not None)
    assert jobs_where(lambda job: job.earliest_start_time is not None)
    assert jobs_where(lambda job: job.due_time is not None and job.tardiness_cost_per_hour > 0)
    assert jobs_where(lambda job: job.latest_end_time is not None)
    assert all(job.value is not None and job.value > 0 for job in MEDIUM.jobs)
    assert {job.tenant for job in MEDIUM.jobs} == {tenant.name for tenant in MEDIUM.tenants}
    assert any(tenant.quotas for tenant in MEDIUM.tenants)
    assert any(quota.site for tenant in MEDIUM.tenants for quota in tenant.quotas)
    assert any(tenant.reservations for tenant in MEDIUM.tenants)
    widths = [mode.gpu_count for job in MEDIUM.jobs for mode in modes_of(job)]
    assert min(widths) >= 8
    assert max(widths) >= 4_608


def test_a_due_time_lies_before_the_deadline_and_the_window_holds_some_mode():
    grid_end = MEDIUM.time_grid.start_time + MEDIUM.time_grid.slot_count * MEDIUM.time_grid.slot_duration
    for job in MEDIUM.jobs:
        start = job.earliest_start_time or MEDIUM.time_grid.start_time
        end = job.latest_end_time or grid_end
        assert start < end <= grid_end
        assert min(mode.duration for mode in modes_of(job)) <= end - start
        assert job.due_time is None or job.due_time < end


def test_a_capped_mode_draws_two_thirds_of_the_power_and_takes_longer():
    checked = 0
    for job in MEDIUM.jobs:
        free = {(m.gpu_model, m.gpu_count): m for m in job.modes if m.power_cap_w is None}
        for mode in job.modes:
            if mode.power_cap_w is not None:
                uncapped = free[mode.gpu_model, mode.gpu_count]
                assert mode.it_power_kw == pytest.approx(0.66 * uncapped.it_power_kw, abs=0.001)
                assert mode.duration >= uncapped.duration
                checked += 1
    assert checked > 100


def test_running_jobs_start_where_they_are_all_at_once():
    running = jobs_where(lambda job: job.running is not None)
    assert len(running) == 15
    assert {job.running.movable for job in running} == {True, False}
    pools, nodes = pools_of(MEDIUM), Counter()
    for job in running:
        pool = pools[job.running.pool]
        mode = next(mode for mode in job.modes if mode_name(mode) == job.running.mode)
        assert mode.gpu_model == pool.gpu_model
        assert job.earliest_start_time is None
        nodes[pool.name] += -(-mode.gpu_count // (pool.gpus_per_node * pool.nodes_per_domain)) * pool.nodes_per_domain
    reserved = Counter()
    for tenant in MEDIUM.tenants:
        for reservation in tenant.reservations:
            reserved[reservation.pool] += max(reservation.node_count)
    assert all(count + reserved[name] <= min(pools[name].node_count) for name, count in nodes.items())


def test_nearly_every_job_has_a_place_to_run_alone():
    problem = exact(MEDIUM)
    columns = candidates(problem).columns
    placeable = sum(bool(windows) for windows in columns.job_first[1:] - columns.job_first[:-1])
    assert 0.98 * len(MEDIUM.jobs) <= placeable
    assert all(
        any(exclusion(problem, job, mode, pool) is None for mode in job.modes for pool in problem.pools)
        for job in problem.jobs
        if not job.denied_sites
    )


def test_a_share_of_the_jobs_may_pause_and_nothing_else_changes():
    pausing = generate_uk_no(500, 1, preemptible_share=0.33)
    assert pausing == generate_uk_no(500, 1, preemptible_share=0.33)
    count = sum(job.preemption is not None for job in pausing.jobs)
    assert 0.25 * 500 < count < 0.41 * 500
    assert not validate(pausing)
    assert set(features(pausing)) == {Feature.PREEMPTION}
    without = tuple(replace(job, preemption=None) for job in pausing.jobs)
    assert replace(pausing, jobs=without, name=MEDIUM.name) == MEDIUM
    lanes = candidates(exact(pausing)).columns.lanes
    assert len(lanes) > 0.9 * count


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(InvalidProblemError) as caught:
        generate_uk_no(6, 1, preemptible_share=share)
    assert [v.path for v in caught.value.violations] == ["preemptible_share"]


def test_best_known_lists_the_shipped_files():
    instances = {path.name for path in UK_NO.glob("*.json*")} - {"best_known.json"}
    assert set(read_best_known(UK_NO)) == instances
    assert instances > {shipped.file for shipped in SHIPPED.values()}


def test_a_tenth_of_the_jobs_runs_already_with_costs_of_every_change():
    problem = generate_uk_no(2000, 1, running_share=0.1)
    assert problem == generate_uk_no(2000, 1, running_share=0.1)
    running = [job.running for job in problem.jobs if job.running is not None]
    assert len(running) == 200
    assert not validate(problem)
    assert set(features(problem)) == {Feature.RUNNING_CHANGES}
    assert all(placement.stop_cost > 0 and placement.resize_cost is not None for placement in running)
    kept = [
        Assignment(job=job.name, mode=job.running.mode, pool=job.running.pool, start_slot=0)
        for job in problem.jobs
        if job.running is not None
    ]
    assert not verify(exact(problem), kept).violations, "what runs already runs together"


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_running_share_out_of_range_is_refused(share):
    with pytest.raises(InvalidProblemError) as caught:
        generate_uk_no(6, 1, running_share=share)
    assert [v.path for v in caught.value.violations] == ["running_share"]


def test_the_optimum_of_tiny_is_the_one_that_trying_everything_finds():
    columns = candidates(exact(read_problem(UK_NO / "tiny.json"))).columns
    assert read_best_known(UK_NO)["tiny.json"].objective_micros == best_by_enumeration(columns)


def best_by_enumeration(columns) -> int:
    """The best total worth over all choices of a column or none for each job that keep every limit."""
    choices = [
        [
            (int(worth), window, int(start))
            for window in range(columns.job_first[job], columns.job_first[job + 1])
            for start, worth in enumerate(columns.worth(window), start=int(columns.start_first[window]))
        ]
        for job in range(columns.job_count)
    ]
    most_left = [sum(max([0, *(w for w, _, _ in rest)]) for rest in choices[job:]) for job in range(len(choices) + 1)]
    free = columns.capacity.copy()
    best = 0

    def place(job: int, total: int) -> None:
        nonlocal best
        best = max(best, total)
        if job == len(choices) or total + most_left[job] <= best:
            return
        for worth, window, start in sorted(choices[job], reverse=True):
            limits, amounts = columns.uses(window)
            run = free[limits, start : start + columns.duration[window]]
            if (run >= amounts[:, None]).all():
                free[limits, start : start + columns.duration[window]] -= amounts[:, None]
                place(job + 1, total + worth)
                free[limits, start : start + columns.duration[window]] += amounts[:, None]
        place(job + 1, total)

    place(0, 0)
    return best


def test_a_share_of_every_pool_is_reserved_and_lent():
    problem = generate_uk_no(2000, 1, preemptible_share=0.33, reserved_share=0.2)
    assert problem == generate_uk_no(2000, 1, preemptible_share=0.33, reserved_share=0.2)
    assert not validate(problem)
    assert set(features(problem)) == {Feature.PREEMPTION, Feature.RESERVATION_LENDING}
    pools, held = pools_of(problem), Counter()
    for tenant in problem.tenants:
        for reservation in tenant.reservations:
            assert reservation.reclaim_duration is not None
            assert reservation.fee_per_node_hour > 0
            held[reservation.pool] += reservation.node_count[0]
    assert set(held) == set(pools)
    assert sum(held.values()) == pytest.approx(0.2 * sum(min(pool.node_count) for pool in pools.values()), rel=0.02)
    borrowers = [job for job in exact(problem).jobs if job.claimant.vacate_seconds is not None]
    lenders = [found for pool in exact(problem).pools for found in pool.reservations]
    assert all(lender.admits(job.claimant) for job in borrowers for lender in lenders)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_reserved_share_out_of_range_is_refused(share):
    with pytest.raises(InvalidProblemError) as caught:
        generate_uk_no(6, 1, reserved_share=share)
    assert [v.path for v in caught.value.violations] == ["reserved_share"]


def test_a_share_of_the_jobs_waits_and_a_share_is_tied_by_site_and_nothing_else_changes():
    tied = generate_uk_no(500, 1, ordered_share=0.2, grouped_share=0.3)
    assert tied == generate_uk_no(500, 1, ordered_share=0.2, grouped_share=0.3)
    assert not validate(tied)
    assert set(features(tied)) == {Feature.GROUPS, Feature.PRECEDENCE}
    assert replace(tied, name=MEDIUM.name, groups=(), precedences=()) == MEDIUM
    jobs = {job.name: job for job in tied.jobs}
    assert 0.1 * 500 < len(tied.precedences) < 0.25 * 500
    assert all(jobs[each.successor].running is None for each in tied.precedences)
    assert all(jobs[each.predecessor].tenant == jobs[each.successor].tenant for each in tied.precedences)
    grouped = Counter(name for group in tied.groups for name in group.jobs)
    assert set(grouped.values()) == {1}, "in one group at most"
    assert 0.2 * 500 < len(grouped) < 0.4 * 500
    assert {group.kind for group in tied.groups} == {GroupKind.SAME_SITE, GroupKind.DIFFERENT_SITES}
    assert all(len({jobs[name].tenant for name in group.jobs}) == 1 for group in tied.groups)


def test_what_may_resume_elsewhere_is_in_no_group():
    problem = generate_uk_no(200, 3, preemptible_share=1.0, grouped_share=1.0)
    assert not validate(problem)
    stays = {job.name for job in problem.jobs if not job.preemption.may_resume_elsewhere}
    assert {name for group in problem.groups for name in group.jobs} <= stays


def test_a_small_fleet_with_ties_is_placed_and_keeps_them():
    problem = generate_uk_no(30, 2, ordered_share=0.4, grouped_share=0.4)
    assert problem.groups
    assert problem.precedences
    result = solve(problem, SolveParams(engine="greedy", work_limit=1))
    assert result.verified
    assert {placement.job for placement in result.placements} & {each.successor for each in problem.precedences}


@pytest.mark.parametrize(
    ("shares", "path"),
    [
        ({"ordered_share": 1.1}, "ordered_share"),
        ({"grouped_share": -0.1}, "grouped_share"),
        ({"grouped_share": float("nan")}, "grouped_share"),
    ],
)
def test_a_share_of_ties_out_of_range_is_refused(shares, path):
    with pytest.raises(InvalidProblemError) as caught:
        generate_uk_no(6, 1, **shares)
    assert [v.path for v in caught.value.violations] == [path]
