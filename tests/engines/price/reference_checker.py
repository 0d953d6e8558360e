"""A certificate checked by the letter of `optimizer.certificates`: plain loops, no code of the engine."""

from __future__ import annotations

from optimizer.certificates import Certificate, PatternRow, dual_feasible
from optimizer.columns.table import Columns
from optimizer.limits import LimitKind
from optimizer.priced.patterns import pattern_row_holds

Name = tuple[LimitKind, str]


class RefusedError(Exception):
    """The certificate does not prove its bound."""


def check(columns: Columns, certificate: Certificate) -> None:
    """Raise `RefusedError` unless the certificate proves its bound for ``columns``."""
    limits = {(label.kind, label.element): index for index, label in enumerate(columns.limits)}
    budgets = {(label.kind, label.element): index for index, label in enumerate(columns.budgets)}
    unit = 2**certificate.unit_bits
    total = 0
    for series in certificate.slot_prices:
        if len(series.price) != columns.slot_count or min(series.price) < 0:
            raise RefusedError("slot prices")
        total += sum(
            price * int(columns.capacity[limits[series.kind, series.element], t]) for t, price in enumerate(series.price)
        )
    for budget in certificate.budget_prices:
        if budget.price < 0:
            raise RefusedError("budget price")
        total += budget.price * int(columns.budget_capacity[budgets[budget.kind, budget.element]])
    for row in certificate.dual_feasible_prices:
        if row.price < 0 or row.order < 1:
            raise RefusedError("dual feasible price")
        total += row.price * row.order * (row.order + 1)
    for pattern_row in certificate.pattern_rows:
        for slot, price in pattern_row.price:
            if price < 0 or not _holds(columns, limits, pattern_row, slot):
                raise RefusedError("pattern row")
            total += price * pattern_row.rhs
    for job in range(columns.job_count):
        best = None if columns.mandatory[job] else 0
        for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1])):
            for offset, worth in enumerate(columns.worth(window).tolist()):
                start = int(columns.start_first[window]) + offset
                profit = worth * unit - _paid(columns, limits, budgets, certificate, window, start)
                best = profit if best is None else max(best, profit)
        if best is None:
            raise RefusedError("a mandatory job has no column")
        total += best
    if total // unit != certificate.bound_micros:
        raise RefusedError(f"the bound is {total // unit}")


def _paid(
    columns: Columns,
    limits: dict[Name, int],
    budgets: dict[Name, int],
    certificate: Certificate,
    window: int,
    start: int,
) -> int:
    slots = range(start, start + int(columns.duration[window]))
    use = {int(limit): int(amount) for limit, amount in zip(*columns.uses(window), strict=True)}
    paid = 0
    for series in certificate.slot_prices:
        paid += sum(series.price[t] for t in slots) * use.get(limits[series.kind, series.element], 0)
    of_budget = dict(columns.budget_uses(window, start))
    for budget in certificate.budget_prices:
        paid += budget.price * of_budget.get(budgets[budget.kind, budget.element], 0)
    for row in certificate.dual_feasible_prices:
        limit = limits[row.kind, row.element]
        if row.slot in slots and limit in use:
            paid += row.price * dual_feasible(use[limit], int(columns.capacity[limit, row.slot]), row.order)
    gang = gang_of(columns, window)
    for pattern_row in certificate.pattern_rows:
        coefficient = sum(item.coefficient for item in pattern_row.items if item.uses == gang)
        paid += coefficient * sum(price for slot, price in pattern_row.price if slot in slots)
    return paid


def gang_of(columns: Columns, window: int) -> tuple[tuple[LimitKind, str, int], ...]:
    used = [(columns.limits[limit], int(amount)) for limit, amount in zip(*columns.uses(window), strict=True)]
    return tuple(sorted((label.kind, label.element, amount) for label, amount in used))


def _holds(columns: Columns, limits: dict[Name, int], row: PatternRow, slot: int) -> bool:
    jobs: dict[object, set[int]] = {}
    for window in range(columns.window_count):
        if columns.start_first[window] <= slot < columns.start_last[window] + columns.duration[window]:
            jobs.setdefault(gang_of(columns, window), set()).add(int(columns.job[window]))
    counts = [len(jobs.get(item.uses, ())) for item in row.items]
    capacity = {name: int(columns.capacity[index, slot]) for name, index in limits.items()}
    return pattern_row_holds(row, counts, capacity)
