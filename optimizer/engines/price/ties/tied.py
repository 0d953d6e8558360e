"""Order and togetherness of jobs, for the kernels that build plans: when and with which key a job may be placed now.

One flat table holds them all, so that jobs without ties cost a kernel one more argument and one look. The places of absent
jobs are ``window[j] = -1``; a plan keeps at every moment that what is placed keeps order and keys.
"""

from __future__ import annotations

import heapq

import numpy as np

from optimizer.columns.table import IndexArray
from optimizer.engines.price.plans.residual import kernel, kernel_part
from optimizer.engines.price.tables import FloatArray, Tables


@kernel_part
def is_tied(tables: Tables, job: int) -> bool:
    """Whether ``job`` stands in some precedence or group."""
    return len(tables.ties) > 0 and tables.ties[job] > 0


@kernel
def first_start(tables: Tables, window: IndexArray, start: IndexArray, job: int) -> int:
    """The earliest slot in which ``job`` may start after its predecessors; past the horizon where one is absent."""
    ties, earliest = tables.ties, 0
    at = ties[job] + 1
    for _ in range(ties[at - 1]):
        before = ties[at]
        if window[before] < 0:
            return int(tables.energy_prefix.shape[1])
        earliest = max(earliest, start[before] + tables.duration[window[before]] + ties[at + 1])
        at += 2
    return int(earliest)


@kernel
def last_end(tables: Tables, window: IndexArray, start: IndexArray, job: int) -> int:
    """The latest boundary at which ``job`` may end before its placed successors."""
    ties, latest = tables.ties, tables.energy_prefix.shape[1] - 1
    at = ties[job] + 1 + 2 * ties[ties[job]]
    for i in range(ties[at]):
        after = ties[at + 1 + 2 * i]
        if window[after] >= 0:
            latest = min(latest, start[after] - ties[at + 2 + 2 * i])
    return int(latest)


@kernel
def groups_of(tables: Tables, job: int) -> int:
    """Where the groups of ``job`` are listed: their number, then the place of each; see ``tie_table``."""
    at: int = tables.ties[job] + 1 + 2 * tables.ties[tables.ties[job]]
    return int(at + 1 + 2 * tables.ties[at])


@kernel
def key_fits(tables: Tables, window: IndexArray, job: int, column: int) -> bool:
    """Whether window ``column`` of ``job`` has the key of every group that has another job placed."""
    ties = tables.ties
    at = groups_of(tables, job)
    for i in range(ties[at]):
        group = ties[at + 1 + i]
        keys = group + 1 + ties[group]
        for k in range(group + 1, keys):
            other = ties[k]
            if other != job and window[other] >= 0:
                if ties[keys + tables.pool[window[other]]] != ties[keys + tables.pool[column]]:
                    return False
                break
    return True


@kernel
def in_order_and_group(tables: Tables, window: IndexArray, start: IndexArray, job: int, column: int, slot: int) -> bool:
    """Whether ``job`` may be placed at (``column``, ``slot``) as far as its ties say."""
    if not is_tied(tables, job):
        return True
    if slot < first_start(tables, window, start, job):
        return False
    if slot + tables.duration[column] > last_end(tables, window, start, job):
        return False
    return key_fits(tables, window, job, column)


def predecessors_first(tables: Tables, order: IndexArray) -> IndexArray:
    """``order`` changed where a job stands before one it waits for: it then waits for the last of them."""
    if not len(tables.ties):
        return order
    rank = {int(job): place for place, job in enumerate(order)}
    missing: dict[int, int] = {}
    after: dict[int, list[int]] = {}
    for job in rank:
        before = _predecessors(tables, job)
        missing[job] = sum(other in rank for other in before)
        for other in before:
            after.setdefault(other, []).append(job)
    ready = [place for job, place in rank.items() if missing[job] == 0]
    heapq.heapify(ready)
    out: list[int] = []
    while ready:
        job = int(order[heapq.heappop(ready)])
        out.append(job)
        for then in after.get(job, ()):
            missing[then] -= 1
            if missing[then] == 0:
                heapq.heappush(ready, rank[then])
    return np.array(out, dtype=np.int32)


def at_least_successors(tables: Tables, key: FloatArray) -> FloatArray:
    """``key[J]`` raised to the largest key of all that wait for the job: who opens the way to much is placed early."""
    if not tables.lure.any():
        return key
    raised = key.copy()
    jobs = np.flatnonzero(tables.lure > 0).astype(np.int32)
    for job in reversed(predecessors_first(tables, jobs).tolist()):
        raised[job] = max(raised[job], max(raised[other] for other in successors(tables, job)))
    return raised


def _predecessors(tables: Tables, job: int) -> list[int]:
    at = int(tables.ties[job])
    before: list[int] = tables.ties[at + 1 : at + 1 + 2 * int(tables.ties[at]) : 2].tolist() if at else []
    return before


def successors(tables: Tables, job: int) -> list[int]:
    """The jobs that wait for ``job``."""
    at = int(tables.ties[job]) if len(tables.ties) else 0
    if not at:
        return []
    at += 1 + 2 * int(tables.ties[at])
    after: list[int] = tables.ties[at + 1 : at + 1 + 2 * int(tables.ties[at]) : 2].tolist()
    return after
