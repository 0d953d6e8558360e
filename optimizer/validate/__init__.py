"""What is allowed in a problem. Every rule is one ``check_*`` function; every violation is reported at once.

docs/validation.md lists the reasons and ranges. ``validate`` takes any value of the right types, however absurd.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.resolve import resolved
from optimizer.interrupt import GiveWay, never
from optimizer.problem import Problem, TimeGrid
from optimizer.validate import ranges
from optimizer.validate.addition import AdditionChecker
from optimizer.validate.alike import WaysToRun, are_sound
from optimizer.validate.codes import check_currency, check_time
from optimizer.validate.directory import Directory, check_unique_names
from optimizer.validate.jobs import check_jobs
from optimizer.validate.names import check_label
from optimizer.validate.overflow import check_overflow
from optimizer.validate.pieces import check_work_steps
from optimizer.validate.ranges import Rules, check_duration, check_number, check_numbers
from optimizer.validate.reasons import Reason
from optimizer.validate.relations import check_groups, check_links, check_precedences
from optimizer.validate.running_nodes import check_running_nodes
from optimizer.validate.series import Horizon
from optimizer.validate.sites import check_resources, check_sites
from optimizer.validate.size import DEFAULT_SIZE_LIMITS, SizeLimits, check_size
from optimizer.validate.tenants import check_tenants
from optimizer.validate.tiers import check_tiers
from optimizer.validate.weather import check_exchange_rates, check_weather

__all__ = ["DEFAULT_SIZE_LIMITS", "AdditionChecker", "Reason", "SizeLimits", "check", "check_size", "validate"]


CHURN_NUMBERS: Rules = (("max_change_count", ranges.JOB_COUNT), ("max_gpu_hours", ranges.FLOOR_GPU_HOURS))


def validate(problem: Problem, give_way: GiveWay = never) -> tuple[Violation, ...]:
    """Every rule that ``problem`` breaks, in the order of its fields; empty for a valid one.

    Steps of work and overflow are looked at only where nothing else is wrong, as they reckon with numbers that must be sound.
    """
    grid_violations = tuple(check_time_grid(problem.time_grid))
    horizon = None if grid_violations else Horizon.of(problem.time_grid)
    ways = WaysToRun.of(problem.jobs, give_way)
    violations = (*grid_violations, *_check_contents(problem, ways, horizon, give_way))
    if horizon is None or violations:
        return violations
    steps = [
        violation
        for j, job in enumerate(problem.jobs)
        if job.elasticity is not None
        for violation in check_work_steps(f"jobs[{j}]", job, horizon)
    ]
    give_way()
    return (*steps, *check_overflow(resolved(problem).problem, ways, horizon))


def check(problem: Problem, give_way: GiveWay = never) -> None:
    """Refuses a problem that breaks any rule.

    Raises:
        InvalidProblemError: with every violation.
    """
    if violations := validate(problem, give_way):
        raise InvalidProblemError(violations)


def check_time_grid(grid: TimeGrid) -> Iterator[Violation]:
    """Each part by itself; only if all are right, the length of the whole."""
    parts = (
        *check_time("time_grid.start_time", grid.start_time),
        *check_duration("time_grid.slot_duration", grid.slot_duration, ranges.SLOT_DURATION),
        *check_number("time_grid.slot_count", grid.slot_count, ranges.SLOT_COUNT),
    )
    yield from parts if parts else check_horizon(grid)


def check_horizon(grid: TimeGrid) -> Iterator[Violation]:
    """The horizon is no longer than the longest duration."""
    length = grid.slot_duration * grid.slot_count
    if length > ranges.MAX_DURATION:
        message = (
            f"slot_count is {grid.slot_count}, so the horizon has {length // timedelta(days=1)} days; "
            f"it must have at most {ranges.MAX_DURATION.days} days"
        )
        yield Violation("time_grid.slot_count", Reason.OUT_OF_RANGE, message)


def _check_contents(problem: Problem, ways: WaysToRun, horizon: Horizon | None, give_way: GiveWay) -> Iterator[Violation]:
    names = Directory(problem)
    yield from check_label("name", problem.name)
    yield from check_currency("currency", problem.currency)
    yield from check_number("carbon_price_per_tonne", problem.carbon_price_per_tonne, ranges.CARBON_PRICE_PER_TONNE)
    if problem.churn_budget is not None:
        yield from check_numbers("churn_budget", problem.churn_budget, CHURN_NUMBERS)
    yield from check_unique_names(problem)
    give_way()
    yield from check_exchange_rates(problem)
    yield from check_sites(problem, horizon)
    yield from check_weather(problem, horizon)
    # of its own, as each directory makes so many suggestions and no more
    if not are_sound(problem.jobs, ways, Directory(problem), give_way):
        yield from check_jobs(problem, names)
    give_way()
    yield from check_running_nodes(problem, names)
    yield from check_tenants(problem, names, horizon)
    yield from check_groups(problem, names)
    yield from check_precedences(problem, names)
    yield from check_tiers(problem)
    yield from check_links(problem, names, horizon)
    yield from check_resources("", problem.resources, horizon)
