"""What halls that may be switched off earn at the prices of a certificate, by plain loops over integers.

See "Halls" in ``optimizer.certificates``. Part of the check of a bound: it knows accounting and switching, and no engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.accounting.halls import committed_halls, own_limits, standby_micros
from optimizer.accounting.switching import best_schedule, switching_micros
from optimizer.certificates import Certificate, PatternRow
from optimizer.exact.problem import ExactCommitment, ExactHall, ExactProblem
from optimizer.limits import LimitKind
from optimizer.priced.columns import Prices
from optimizer.priced.plant import load_best

LimitName = tuple[LimitKind, str]


class PricedHalls:
    """Which prices are paid to a hall that may be switched off, and what its best schedule makes of them."""

    def __init__(self, problem: ExactProblem) -> None:
        self._problem = problem
        self._halls = committed_halls(problem)
        self._hall_of = {
            (label.kind, label.element): hall.index for hall, _ in self._halls for label in own_limits(problem, hall)
        }

    def hall_of_limit(self, kind: LimitKind, element: str) -> int | None:
        """The hall whose own limit it is, by index; None for any other limit."""
        return self._hall_of.get((kind, element))

    def hall_of_row(self, row: PatternRow) -> int | None:
        """The hall of which every gang of the row uses an own limit: while it is off none of them runs."""
        found = {max((self._hall_of.get((use.kind, use.element), -1) for use in item.uses), default=-1) for item in row.items}
        hall = found.pop() if len(found) == 1 else -1
        return hall if hall >= 0 else None

    def total(self, certificate: Certificate, prices: Prices, capacity: Callable[[LimitName], tuple[int, ...]]) -> int:
        """The most that the halls together can earn less what they cost, in units of ``prices``, those of ``certificate``."""
        gain = {hall.index: self._standing(hall, rules, prices) for hall, rules in self._halls}
        for series in certificate.slot_prices:
            hall = self.hall_of_limit(series.kind, series.element)
            if hall is not None:
                for t, (price, there) in enumerate(zip(series.price, capacity((series.kind, series.element)), strict=True)):
                    gain[hall][t] += price * there
        for dual_feasible in certificate.dual_feasible_prices:
            hall = self.hall_of_limit(dual_feasible.kind, dual_feasible.element)
            if hall is not None:
                gain[hall][dual_feasible.slot] += dual_feasible.price * dual_feasible.order * (dual_feasible.order + 1)
        for row in certificate.pattern_rows:
            hall = self.hall_of_row(row)
            if hall is not None:
                for t, price in row.price:
                    gain[hall][t] += price * row.rhs
        return sum(self._best(certificate.unit_bits, hall, rules, gain[hall.index]) for hall, rules in self._halls)

    def _standing(self, hall: ExactHall, rules: ExactCommitment, prices: Prices) -> list[int]:
        """By slot that it is on, without runs: what the flexible load in it gains, less standby, in money, on the site's
        connection, and with what it lets a battery give.
        """
        site, nothing = self._problem.sites[hall.site], [0] * self._problem.slot_count
        connection = prices.slot.get((LimitKind.GRID_IMPORT, site.name), nothing)
        export = prices.slot.get((LimitKind.GRID_EXPORT, site.name), nothing)
        gain = [
            -(standby_micros(self._problem, hall, t) << prices.unit_bits) - (connection[t] - export[t]) * rules.standby_w
            for t in range(self._problem.slot_count)
        ]
        for load in site.flexible_loads:
            if load.hall == hall.index:
                gain = [a + b for a, b in zip(gain, load_best(self._problem, site, load, prices), strict=True)]
        return gain

    def _best(self, bits: int, hall: ExactHall, rules: ExactCommitment, gain: list[int]) -> int:
        """The best schedule's gain less its switching; off wherever the hall's own limit does not carry standby."""
        scaled = replace(rules, start_up_micros=rules.start_up_micros << bits, shut_down_micros=rules.shut_down_micros << bits)
        forbidden = [hall.it_power_w is not None and hall.it_power_w[t] < rules.standby_w for t in range(len(gain))]
        schedule = best_schedule(scaled, gain, [False] * len(gain), forbidden)
        # to be off throughout is always allowed
        assert schedule is not None
        return sum(value for value, on in zip(gain, schedule, strict=True) if on) - switching_micros(scaled, schedule)
