"""Rules of tenants: their quotas, and the reservations that all of them together hold on a pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from optimizer.errors import Violation
from optimizer.exact.topology import net_node_count
from optimizer.problem import Problem, Tenant
from optimizer.validate import ranges
from optimizer.validate.directory import Directory, all_pools
from optimizer.validate.names import check_name, check_no_repeats
from optimizer.validate.ranges import Rules, check_duration, check_number, check_numbers, show
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon, check_series
from optimizer.validate.topology import is_sound

#: Equation (6) has one limit for each subset of a pool's reserving tenants, so their number is kept small.
MAX_RESERVING_TENANT_COUNT = 6
SHARE_FLOOR_NUMBERS: Rules = (("gpu_hours", ranges.FLOOR_GPU_HOURS), ("shortfall_cost_per_gpu_hour", ranges.COST))


def check_tenants(problem: Problem, names: Directory, horizon: Horizon | None) -> Iterator[Violation]:
    for t, tenant in enumerate(problem.tenants):
        yield from check_name(f"tenants[{t}].name", tenant.name)
        yield from check_quotas(f"tenants[{t}].quotas", tenant, names)
        yield from check_reservations(f"tenants[{t}].reservations", tenant, names, horizon)
        if tenant.share_floor is not None:
            yield from check_numbers(f"tenants[{t}].share_floor", tenant.share_floor, SHARE_FLOOR_NUMBERS)
    yield from check_reserving_tenants(problem)
    if horizon is not None:
        yield from check_reserved_nodes(problem, horizon)


def check_quotas(path: str, tenant: Tenant, names: Directory) -> Iterator[Violation]:
    """One quota a scope at most; every site, pool and GPU model exists."""
    yield from check_no_repeats(path, [(quota.site, quota.pool, quota.gpu_model) for quota in tenant.quotas])
    for k, quota in enumerate(tenant.quotas):
        yield from check_number(f"{path}[{k}].gpu_count", quota.gpu_count, ranges.GPU_COUNT)
        if quota.site:
            yield from names.sites.check(f"{path}[{k}].site", quota.site)
        if quota.pool:
            yield from names.pools.check(f"{path}[{k}].pool", quota.pool)
        if quota.gpu_model:
            yield from names.gpu_models.check(f"{path}[{k}].gpu_model", quota.gpu_model)


def check_reservations(path: str, tenant: Tenant, names: Directory, horizon: Horizon | None) -> Iterator[Violation]:
    """One reservation a pool at most; every pool exists."""
    yield from check_no_repeats(path, [reservation.pool for reservation in tenant.reservations])
    for k, reservation in enumerate(tenant.reservations):
        yield from names.pools.check(f"{path}[{k}].pool", reservation.pool)
        yield from check_series(f"{path}[{k}].node_count", reservation.node_count, ranges.NODE_COUNT, horizon, required=True)
        if reservation.reclaim_duration is not None:
            yield from check_duration(f"{path}[{k}].reclaim_duration", reservation.reclaim_duration, ranges.SPAN)
        yield from check_number(f"{path}[{k}].fee_per_node_hour", reservation.fee_per_node_hour, ranges.COST)


def check_reserving_tenants(problem: Problem) -> Iterator[Violation]:
    """At most six tenants reserve nodes of one pool."""
    paths: dict[str, dict[int, str]] = defaultdict(dict)
    for t, k, pool in _reserved_pools(problem):
        paths[pool].setdefault(t, f"tenants[{t}].reservations[{k}].pool")
    for pool, path_by_tenant in paths.items():
        for path in list(path_by_tenant.values())[MAX_RESERVING_TENANT_COUNT:]:
            message = (
                f"pool {show(pool)} has reservations of {len(path_by_tenant)} tenants; "
                f"a pool must have those of at most {MAX_RESERVING_TENANT_COUNT}"
            )
            yield Violation(path, Reason.TOO_MANY_RESERVING_TENANTS, message)


def check_reserved_nodes(problem: Problem, horizon: Horizon) -> Iterator[Violation]:
    """In no slot do the reservations on a pool, taken together, exceed the nodes it has in service, buffer taken off."""
    lengths = (1, horizon.slot_count)
    reserved = {pool for _, _, pool in _reserved_pools(problem)}
    left = {
        pool.name: list(net_node_count(pool, problem.time_grid))
        for _, pool in all_pools(problem)
        if pool.name in reserved and is_sound(pool, horizon)
    }
    for t, tenant in enumerate(problem.tenants):
        for k, reservation in enumerate(tenant.reservations):
            if reservation.pool not in left or len(reservation.node_count) not in lengths:
                continue
            free = left[reservation.pool]
            asked = reservation.node_count * (horizon.slot_count // len(reservation.node_count))
            short = [slot for slot in range(horizon.slot_count) if asked[slot] > free[slot]]
            if short:
                slot = short[0]
                message = (
                    f"node_count is {show(asked[slot])} in slot {slot}; pool {show(reservation.pool)} has "
                    f"{show(free[slot])} nodes in service there that no tenant before reserved ({len(short)} slots are "
                    "short); lower the reservation in slots of maintenance"
                )
                yield Violation(f"tenants[{t}].reservations[{k}].node_count", Reason.RESERVATION_EXCEEDS_POOL, message)
            else:
                left[reservation.pool] = [a - b for a, b in zip(free, asked, strict=True)]


def _reserved_pools(problem: Problem) -> Iterator[tuple[int, int, str]]:
    """(tenant index, reservation index, pool name) of every reservation."""
    for t, tenant in enumerate(problem.tenants):
        for k, reservation in enumerate(tenant.reservations):
            yield t, k, reservation.pool
