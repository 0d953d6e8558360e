"""The UK/Norway instances: six sites with public figures, real series, jobs sampled from a real trace, any size, one seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from optimizer.errors import InvalidProblemError, Violation
from optimizer.generate.demand import build_market, draw_requests, size_requests
from optimizer.generate.draws import Draws
from optimizer.generate.finer import on_shorter_slots
from optimizer.generate.fleet import SITE_PLANS, build_links, build_sites
from optimizer.generate.jobs import build_job
from optimizer.generate.pausing import let_some_pause
from optimizer.generate.running import start_some
from optimizer.generate.series import START_TIME, WEEK_HOURS
from optimizer.generate.tenants import build_tenants
from optimizer.generate.tying import group_some, order_some
from optimizer.problem import Problem, TimeGrid

JOB_COUNT = (1, 100_000)
SEED = (0, 2**31 - 1)
SHARE = (0, 1)
WEEK_COUNT = (1, 52)
SLOT_MINUTES = (1, 60)


@dataclass(frozen=True, slots=True)
class ShippedInstance:
    """``file`` in ``instances/uk-no`` is what ``generate_uk_no(job_count, seed)`` gives."""

    file: str
    job_count: int
    seed: int


SHIPPED = MappingProxyType(
    {
        "tiny": ShippedInstance("tiny.json", 6, 4),
        "small": ShippedInstance("small.json", 40, 1),
        "medium": ShippedInstance("medium.json", 500, 1),
        "large": ShippedInstance("large.json.gz", 2000, 1),
    }
)

#: Jobs that keep the public build-out busy; fewer jobs get that much less of it.
JOBS_FOR_FULL_BUILD_OUT = 2000
#: Up to so many jobs there are too few to fill six sites; they get these two.
FEW_JOBS = 8
SITES_FOR_FEW_JOBS = ("glomfjord", "loughton")
#: Up to so many jobs (first number), so many hours (second).
HORIZONS = ((FEW_JOBS, 12), (100, 72), (JOB_COUNT[1], WEEK_HOURS))
#: UK ETS level of October 2023, GBP a tonne; charged on both sides of the sea, so that carbon counts everywhere.
CARBON_PRICE_PER_TONNE = 45.0


def generate_uk_no(
    job_count: int,
    seed: int,
    *,
    preemptible_share: float = 0.0,
    running_share: float | None = None,
    reserved_share: float | None = None,
    ordered_share: float = 0.0,
    grouped_share: float = 0.0,
    week_count: int | None = None,
    slot_minutes: int = 60,
) -> Problem:
    """``job_count`` jobs on the UK/Norway fleet; the same numbers always give the same problem.

    The fleet is in service to ``min(1, job_count / 2000)`` of its public build-out, and gangs and hours are scaled so that
    about 1.5 times what it can do is asked for. Up to 8 jobs get 12 hours on two of the sites, up to 100 jobs 72 hours,
    more jobs a week. Below about 40 jobs there are too few to overload every pool, and less is asked for. About
    ``preemptible_share`` of the jobs may pause; all else is the same whatever the share. ``running_share`` of them run already,
    as far as they fit beside the reservations, and have costs of a resize and a stop (None: about 3 %, without those costs).
    ``reserved_share`` of each pool is held by a tenant and lent while idle (None: a few reservations that are not lent).
    About ``ordered_share`` of the jobs wait for another of their tenant, and about ``grouped_share`` share a site with others
    of it, or in pairs of replicas avoid it; all else is the same whatever these shares.
    ``week_count`` weeks (None: the hours above) have the prices and temperatures of the one week again and again. Slots of
    ``slot_minutes`` are parts of the same hours; runs end on them rather than on whole hours.

    Raises:
        InvalidProblemError: ``job_count`` is not in [1, 100000], ``seed`` not in [0, 2^31 - 1], a share not in [0, 1],
            ``week_count`` not in [1, 52], or ``slot_minutes`` not in [1, 60] or no divisor of 60.
    """
    _check(
        (
            ("job_count", job_count, JOB_COUNT),
            ("seed", seed, SEED),
            ("preemptible_share", preemptible_share, SHARE),
            ("running_share", 0.0 if running_share is None else running_share, SHARE),
            ("reserved_share", 0.0 if reserved_share is None else reserved_share, SHARE),
            ("ordered_share", ordered_share, SHARE),
            ("grouped_share", grouped_share, SHARE),
            ("week_count", 1 if week_count is None else week_count, WEEK_COUNT),
            ("slot_minutes", slot_minutes, SLOT_MINUTES),
        )
    )
    if 60 % slot_minutes:
        message = f"slot_minutes is {slot_minutes}; an hour must have a whole number of slots"
        raise InvalidProblemError([Violation("slot_minutes", "OUT_OF_RANGE", message)])
    slot_count = next(hours for most, hours in HORIZONS if job_count <= most)
    if week_count is not None:
        slot_count = WEEK_HOURS * week_count
    draws = Draws(seed)
    plans = tuple(plan for plan in SITE_PLANS if job_count > FEW_JOBS or plan.name in SITES_FOR_FEW_JOBS)
    sites = build_sites(plans, min(1.0, job_count / JOBS_FOR_FULL_BUILD_OUT), slot_count, draws)
    requests = draw_requests(job_count, sites, slot_count, draws)
    sizes = size_requests(requests, sites)
    tenants = build_tenants(sites, max(size.gpu_count for size in sizes), reserved_share)
    market = build_market(sites)
    digits = len(str(job_count))
    jobs = [
        build_job(f"job-{number:0{digits}d}", request, size, market, slot_count, draws, 60 // slot_minutes)
        for number, (request, size) in enumerate(zip(requests, sizes, strict=True), start=1)
    ]
    queue = start_some(jobs, requests, sizes, sites, tenants, draws, running_share)
    queue = let_some_pause(queue, preemptible_share, draws)
    grid = TimeGrid(start_time=START_TIME, slot_count=slot_count)
    hourly = Problem(
        name=f"uk-no-{job_count}-seed-{seed}"
        + (f"-preemptible-{preemptible_share:g}" if preemptible_share else "")
        + ("" if running_share is None else f"-running-{running_share:g}")
        + ("" if reserved_share is None else f"-reserved-{reserved_share:g}")
        + (f"-ordered-{ordered_share:g}" if ordered_share else "")
        + (f"-grouped-{grouped_share:g}" if grouped_share else "")
        + ("" if week_count is None else f"-weeks-{week_count}")
        + ("" if slot_minutes == 60 else f"-minutes-{slot_minutes}"),
        time_grid=grid,
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=sites,
        jobs=queue,
        tenants=tenants,
        groups=group_some(queue, grouped_share, draws),
        precedences=order_some(queue, ordered_share, grid, draws),
        links=build_links(sites),
    )
    return on_shorter_slots(hourly, 60 // slot_minutes)


def _check(numbers: Sequence[tuple[str, float, tuple[float, float]]]) -> None:
    """Raises for every (name, value, range) out of its range, and for what is no number."""
    violations = [
        Violation(name, "OUT_OF_RANGE", f"{name} is {value}; it must be in [{low}, {high}]")
        for name, value, (low, high) in numbers
        if not low <= value <= high
    ]
    if violations:
        raise InvalidProblemError(violations)
