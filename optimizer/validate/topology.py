"""Rules of a pool's numbered nodes: domains set apart, maintenance, failure buffer."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from optimizer.errors import Violation
from optimizer.exact.topology import grants_domains
from optimizer.problem import GpuPool, Maintenance
from optimizer.units import divide_up
from optimizer.validate import ranges
from optimizer.validate.codes import check_time
from optimizer.validate.ranges import Number, check_number, show
from optimizer.validate.reasons import Reason
from optimizer.validate.series import Horizon, check_series


def check_topology(path: str, pool: GpuPool, horizon: Horizon | None, zone: ZoneInfo | None) -> Iterator[Violation]:
    """A buffer above what is in service is no mistake: nothing runs in such a slot."""
    yield from check_whole_domains(f"{path}.whole_domain_count", pool)
    buffer = f"{path}.failure_buffer_node_count"
    yield from check_series(buffer, pool.failure_buffer_node_count, ranges.NODE_COUNT, horizon, zone=zone)
    for k, window in enumerate(pool.maintenance):
        yield from check_maintenance(f"{path}.maintenance[{k}]", window, pool)


def is_sound(pool: GpuPool, horizon: Horizon) -> bool:
    """Whether the pool's nodes can be counted by slot."""
    lengths = (1, horizon.slot_count)
    return len(pool.node_count) in lengths and pool.nodes_per_domain >= 1 and not any(check_topology("", pool, horizon, None))


def check_whole_domains(path: str, pool: GpuPool) -> Iterator[Violation]:
    """As many as the pool's nodes make; none in a pool that grants domains anyway."""
    most = 0 if grants_domains(pool) or pool.nodes_per_domain < 1 else max(pool.node_count, default=0) // pool.nodes_per_domain
    unit = "domains, none where the pool grants domains anyway" if grants_domains(pool) else "domains, what its nodes make"
    yield from check_number(path, pool.whole_domain_count, Number(0, max(0, most), unit))


def check_maintenance(path: str, window: Maintenance, pool: GpuPool) -> Iterator[Violation]:
    """One node or one domain that the pool has, and a window that ends after it begins."""
    node_count = max(pool.node_count, default=0)
    if (window.node is None) == (window.domain is None):
        stated = "neither is" if window.node is None else "both are"
        message = f"one of node and domain is out of service; {stated} given"
        yield Violation(f"{path}.node", Reason.NODE_OR_DOMAIN, message)
    if window.node is not None:
        yield from check_number(f"{path}.node", window.node, Number(0, node_count - 1, "nodes of the pool"))
    if window.domain is not None and pool.nodes_per_domain >= 1:
        last = divide_up(node_count, pool.nodes_per_domain) - 1
        yield from check_number(f"{path}.domain", window.domain, Number(0, last, "domains of the pool"))
    wrong = [*check_time(f"{path}.start_time", window.start_time), *check_time(f"{path}.end_time", window.end_time)]
    yield from wrong
    if not wrong and window.end_time <= window.start_time:
        message = f"end_time is {show(window.end_time)}, not after start_time {show(window.start_time)}; maintenance takes time"
        yield Violation(f"{path}.end_time", Reason.INVERTED_WINDOW, message)
