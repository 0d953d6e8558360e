"""A certificate's bound recomputed over columns by plain loops in Python integers."""

from __future__ import annotations

from optimizer.certificates import Certificate, dual_feasible
from optimizer.columns.table import Columns


def certified_bound(columns: Columns, certificate: Certificate) -> int:
    unit = 1 << certificate.unit_bits
    limit_of = {(label.kind, label.element): index for index, label in enumerate(columns.limits)}
    budget_of = {(label.kind, label.element): index for index, label in enumerate(columns.budgets)}
    slot_price = {limit_of[p.kind, p.element]: p.price for p in certificate.slot_prices}
    budget_price = {budget_of[p.kind, p.element]: p.price for p in certificate.budget_prices}
    total = 0
    for limit, prices in slot_price.items():
        assert min(prices) >= 0
        total += sum(price * int(room) for price, room in zip(prices, columns.capacity[limit], strict=True))
    for budget, price in budget_price.items():
        assert price >= 0
        total += price * int(columns.budget_capacity[budget])
    for row in certificate.dual_feasible_prices:
        assert row.price >= 0
        total += row.price * row.order * (row.order + 1)
    floor_of = {tenant: index for index, tenant in enumerate(columns.floors.tenant)}
    floor_price = {floor_of[p.tenant]: p.price for p in certificate.floor_prices}
    for floor, price in floor_price.items():
        assert 0 <= price <= int(columns.floors.cost[floor]) * unit
        total -= price * int(columns.floors.target[floor])
    best: list[int | None] = [None if mandatory else 0 for mandatory in columns.mandatory]
    for window in range(columns.window_count):
        job, duration = int(columns.job[window]), int(columns.duration[window])
        uses = {int(limit): int(amount) for limit, amount in zip(*columns.uses(window))}
        for offset, worth in enumerate(columns.worth(window).tolist()):
            start = int(columns.start_first[window]) + offset
            paid = sum(
                prices[slot] * uses.get(limit, 0)
                for limit, prices in slot_price.items()
                for slot in range(start, start + duration)
            )
            paid += sum(budget_price.get(budget, 0) * use for budget, use in columns.budget_uses(window, start))
            for row in certificate.dual_feasible_prices:
                limit = limit_of[row.kind, row.element]
                if start <= row.slot < start + duration and limit in uses:
                    room = int(columns.capacity[limit, row.slot])
                    paid += row.price * dual_feasible(uses[limit], room, row.order)
            credit = sum(floor_price.get(int(f), 0) * int(n) for f, n in zip(*columns.floors.uses(window), strict=True))
            gain = worth * unit - paid + credit
            known = best[job]
            best[job] = gain if known is None else max(known, gain)
    return (total + sum(gain for gain in best if gain is not None)) // unit
