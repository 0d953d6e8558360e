"""The best column of every job at given prices, by plain loops over every column of the problem.

Columns, uses and worths are those of ``accounting``; nothing here knows arrays, candidates or engines. What a run costs and
pays at the prices is the difference of two prefix sums, so that a fleet's tens of millions of columns take minutes, not days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from optimizer.accounting import ledger, running
from optimizer.accounting.halls import standby_uses
from optimizer.accounting.ledger import Run
from optimizer.accounting.order import OrderWindow, order_windows
from optimizer.accounting.tenancy import gpu_slots
from optimizer.certificates import Certificate, DualFeasiblePrice, GangUse, dual_feasible
from optimizer.exact.links import Way
from optimizer.exact.problem import ExactJob, ExactMode, ExactPool, ExactProblem, ExactSite
from optimizer.limits import METERED_KINDS, LimitKind
from optimizer.priced.links import PricedLinks

LimitName = tuple[LimitKind, str]
Gang = tuple[GangUse, ...]
K = TypeVar("K")
V = TypeVar("V")

#: Price series kept for gangs and modes seen before; past this many they are worked out anew.
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What there is of every limit, at least 0: by slot, and over the horizon."""

    slot: dict[LimitName, tuple[int, ...]]
    budget: dict[LimitName, int]


def limits_of(problem: ExactProblem) -> Limits:
    """Capacities by kind and element; of the power of a hall that may be switched off, what its standby leaves."""
    standby = {hall.name: hall.commitment.standby_w for hall in problem.halls if hall.commitment}

    def less(kind: LimitKind, element: str) -> int:
        return standby.get(element, 0) if kind is LimitKind.HALL_POWER else 0

    return Limits(
        {
            (kind, element): tuple(max(0, there - less(kind, element)) for there in capacity)
            for (kind, element, _), capacity in ledger.slot_limits(problem).items()
        },
        {(label.kind, label.element): max(0, c) for label, c in ledger.horizon_limits(problem).items()},
    )


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in ``2 ** -unit_bits`` micro-units; limits that are not named are free.

    ``surcharge`` is what each run of a gang pays for pattern rows in a slot: (slot, price x coefficient) by gang.
    """

    unit_bits: int
    slot: dict[LimitName, list[int]]
    budget: dict[LimitName, int]
    dual_feasible: dict[LimitName, list[DualFeasiblePrice]]
    surcharge: dict[Gang, list[tuple[int, int]]]
    floor: dict[str, int]  # by tenant, per GPU-slot
    order: dict[str, OrderToll]
    stored: dict[str, tuple[int, ...]]  # by site, per watt-slot that its battery holds


@dataclass(frozen=True, slots=True)
class OrderToll:
    """What a job pays by the slot it starts in, and earns by the boundary it ends at; ``[T + 1]`` each."""

    start: list[int]
    end: list[int]


def prices_of(problem: ExactProblem, certificate: Certificate) -> Prices:
    """The prices of a certificate by limit and gang; a limit named twice has the sum."""
    slot: dict[LimitName, list[int]] = {}
    budget: dict[LimitName, int] = {}
    dual_feasible: dict[LimitName, list[DualFeasiblePrice]] = {}
    surcharge: dict[Gang, list[tuple[int, int]]] = {}
    for series in certificate.slot_prices:
        name = (series.kind, series.element)
        slot[name] = [a + b for a, b in zip(slot.get(name, [0] * len(series.price)), series.price, strict=True)]
    for price in certificate.budget_prices:
        budget[price.kind, price.element] = budget.get((price.kind, price.element), 0) + price.price
    for row in certificate.dual_feasible_prices:
        dual_feasible.setdefault((row.kind, row.element), []).append(row)
    for pattern in certificate.pattern_rows:
        for item in pattern.items:
            surcharge.setdefault(item.uses, []).extend((t, item.coefficient * price) for t, price in pattern.price)
    floor = {price.tenant: price.price for price in certificate.floor_prices}
    order = _order_tolls(problem, certificate)
    stored = {series.site: series.price for series in certificate.stored_energy_prices}
    return Prices(certificate.unit_bits, slot, budget, dual_feasible, surcharge, floor, order, stored)


def _order_tolls(problem: ExactProblem, certificate: Certificate) -> dict[str, OrderToll]:
    count = problem.slot_count
    lags = {(p.predecessor, p.successor): p.lag for p in problem.precedences}
    tolls: dict[str, OrderToll] = {}
    for row in certificate.precedence_prices:
        lag = lags[row.predecessor, row.successor]
        waits = tolls.setdefault(row.successor, OrderToll([0] * (count + 1), [0] * (count + 1)))
        goes_first = tolls.setdefault(row.predecessor, OrderToll([0] * (count + 1), [0] * (count + 1)))
        for slot, price in row.price:
            for boundary in range(count + 1):
                if boundary <= slot:
                    waits.start[boundary] += price
                if boundary + lag <= slot:
                    goes_first.end[boundary] += price
    return tolls


@dataclass(frozen=True, slots=True)
class _GangSums:
    """Prefix sums over slots for one gang: what a run pays, and in how many slots it alone, with the standby of a hall that it
    needs on, breaks a limit.
    """

    gang: Gang
    paid: list[int]
    broken: list[int]


@dataclass(frozen=True, slots=True)
class _SiteSums:
    """Prefix sums over slots of what one watt adds up to at a site."""

    energy_rate: list[int]
    carbon_rate: list[int]
    pue_ppm: list[int]
    emission_ug: list[int]


class PricedColumns:
    """Prices columns job by job; ``job_count`` counts, for each gang asked for, the jobs that may run it in each slot."""

    def __init__(self, problem: ExactProblem, limits: Limits, prices: Prices, counted: Iterable[Gang]) -> None:
        self._problem, self._limits, self._prices = problem, limits, prices
        self._links = PricedLinks(limits.slot, prices.slot)
        self._order, self._any_time = order_windows(problem), OrderWindow(0, problem.slot_count)
        self._sites = [_site_sums(site) for site in problem.sites]
        self._stated, self._standby = ledger.slot_limits(problem), [standby_uses(problem, hall) for hall in problem.halls]
        self._gangs: dict[tuple[Gang, int], _GangSums] = {}
        self._tolls: dict[tuple[Gang, int, int, int], list[int]] = {}
        self._slot_prices: dict[tuple[Gang, int, int, int, int], list[int | None]] = {}
        self.job_count: dict[Gang, list[int]] = {gang: [0] * problem.slot_count for gang in counted}

    def best(self, job: ExactJob) -> int | None:
        """The most any column of ``job`` is worth after it has paid, in units of the prices; None without a column."""
        return max(self.best_by_pool(job).values(), default=None)

    def best_by_pool(self, job: ExactJob, also: Iterable[tuple[Gang, int]] = ()) -> dict[int, int]:
        """`best` of the columns on each pool that has any. ``also``: gangs and slots in which the job counts besides."""
        best: dict[int, int] = {}
        covered: dict[Gang, set[int]] = {}
        for gang, slot in also:
            if gang in self.job_count:
                covered.setdefault(gang, set()).add(slot)
        for mode in job.modes:
            for pool in self._problem.pools:
                if ledger.exclusion(self._problem, job, mode, pool) is not None:
                    continue
                sums = self._gang_sums(job, mode, pool)
                for starts, way in self._start_ranges(job, mode, pool):
                    admissible = self._links.open_starts(way, self._admissible(job, mode, pool, starts, sums))
                    if not admissible:
                        continue
                    profit = self._best_of(job, mode, pool, admissible, sums, way)
                    if job.tenant in self._prices.floor:
                        profit += self._prices.floor[job.tenant] * gpu_slots(Run(job, mode, pool, admissible[0]))
                    best[pool.index] = max(profit, best.get(pool.index, profit))
                    if sums.gang in self.job_count:
                        slots = covered.setdefault(sums.gang, set())
                        for start in admissible:
                            slots.update(range(start, start + mode.duration))
        for gang, slots in covered.items():
            for slot in slots:
                self.job_count[gang][slot] += 1
        return best

    def gang(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> Gang:
        """What a run of ``job`` uses of the slot limits in every slot."""
        return self._gang_sums(job, mode, pool).gang

    def slot_prices(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> list[int | None]:
        """What each slot of a piece costs and pays, each rounded by itself; None where the job may not run."""
        sums, earned = self._gang_sums(job, mode, pool), self._prices.floor.get(job.tenant, 0) * mode.gpu_count
        key = (sums.gang, self._switched(pool), pool.site, mode.it_power_w, earned)
        prices = self._slot_prices.get(key)
        if prices is None:
            prices = [
                None if sums.broken[t + 1] > sums.broken[t] else self._slot_price(mode.it_power_w, pool.site, sums, t) - earned
                for t in range(self._problem.slot_count)
            ]
            _keep(self._slot_prices, key, prices)
        end = min(job.deadline, self._problem.slot_count)
        return prices[:end] + [None] * (self._problem.slot_count - end)

    def _slot_price(self, watts: int, site: int, sums: _GangSums, t: int) -> int:
        rates, budget, name = self._sites[site], self._prices.budget, self._problem.sites[site].name
        cost = ledger.metered_micros(watts, rates.energy_rate[t + 1] - rates.energy_rate[t])
        cost += ledger.metered_micros(watts, rates.carbon_rate[t + 1] - rates.carbon_rate[t])
        price = (cost << self._prices.unit_bits) + sums.paid[t + 1] - sums.paid[t]
        if energy := budget.get((LimitKind.ENERGY_BUDGET, name), 0):
            price += energy * ledger.metered_wh(self._problem, watts, rates.pue_ppm[t + 1] - rates.pue_ppm[t])
        if carbon := budget.get((LimitKind.CARBON_BUDGET, name), 0):
            price += carbon * ledger.metered_mg(watts, rates.emission_ug[t + 1] - rates.emission_ug[t])
        return price

    def timeless(self, job: ExactJob, mode: ExactMode, pool: ExactPool, start: int) -> int:
        """What an itinerary that begins here is worth before what its slots, its breaks, its order and its end cost; but for
        slot 0, where a running job may go on, the same at every start.
        """
        terms = ledger.terms(self._problem, Run(job, mode, pool, start))
        worth = terms.objective_micros + terms.energy_cost_micros + terms.carbon_cost_micros + terms.tardiness_cost_micros
        once = sum(self._prices.budget.get(name, 0) * use for name, use in self._taken_once(job, mode, pool, start))
        return (worth << self._prices.unit_bits) - once

    def order(self, job: ExactJob) -> OrderToll | None:
        """What it pays, by start and by end, for the jobs it waits for and that wait for it."""
        return self._prices.order.get(job.name)

    @property
    def unit_bits(self) -> int:
        return self._prices.unit_bits

    def left_out(self, job: ExactJob) -> int:
        """What leaving an optional job out is worth, in the same units: 0, or minus what its stop costs."""
        return -running.stop_micros(job) << self._prices.unit_bits

    def _start_ranges(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> Iterator[tuple[range, Way]]:
        """``ledger.start_ranges``, as far as the order of jobs lets them stand."""
        ordered = self._order.get(job.name, self._any_time)
        for starts, way in ledger.start_ranges(self._problem, job, mode, pool):
            left = range(max(starts.start, ordered.first_start), min(starts.stop, ordered.last_end - mode.duration + 1))
            if left:
                yield left, way

    def _admissible(
        self, job: ExactJob, mode: ExactMode, pool: ExactPool, starts: Sequence[int], sums: _GangSums
    ) -> Sequence[int]:
        """The starts at which the run alone breaks no limit: the closure."""
        if any(use > self._limits.budget[name] for name, use in self._taken_once(job, mode, pool, starts[0])):
            return ()
        if sums.broken[-1]:
            starts = [s for s in starts if sums.broken[s + mode.duration] == sums.broken[s]]
        if self._is_metered(pool):
            starts = [s for s in starts if all(use <= self._limits.budget[name] for name, use in self._metered(mode, pool, s))]
        return starts

    def _best_of(
        self, job: ExactJob, mode: ExactMode, pool: ExactPool, starts: Sequence[int], sums: _GangSums, way: Way
    ) -> int:
        """The best profit among ``starts`` that differ in nothing but time."""
        bits, length = self._prices.unit_bits, mode.duration
        terms = ledger.terms(self._problem, Run(job, mode, pool, starts[0], data_from=way.from_site))
        timeless = terms.objective_micros + terms.energy_cost_micros + terms.carbon_cost_micros + terms.tardiness_cost_micros
        toll, price, order = self._toll(mode, pool, sums), self._prices.budget, self._prices.order.get(job.name)
        once = sum(price.get(name, 0) * use for name, use in self._taken_once(job, mode, pool, starts[0])) if price else 0
        metered = bool(price) and self._is_metered(pool)
        link_toll = self._links.toll(way)

        def profit(s: int) -> int:
            worth = ((timeless - ledger.tardiness_micros(job, s + length)) << bits) - toll[s]
            if order is not None:
                worth += order.end[s + length] - order.start[s]
            if metered:
                worth -= sum(price.get(name, 0) * use for name, use in self._metered(mode, pool, s))
            return worth - link_toll(s)

        return max(map(profit, starts)) - once

    def _is_metered(self, pool: ExactPool) -> bool:
        site = self._problem.sites[pool.site].name
        return any((kind, site) in self._limits.budget for kind in METERED_KINDS)

    def _metered(self, mode: ExactMode, pool: ExactPool, start: int) -> list[tuple[LimitName, int]]:
        """What ``ledger.horizon_uses`` says of energy and carbon budgets, read from prefix sums."""
        sums, end = self._sites[pool.site], start + mode.duration
        metered = {
            LimitKind.ENERGY_BUDGET: ledger.metered_wh(self._problem, mode.it_power_w, sums.pue_ppm[end] - sums.pue_ppm[start]),
            LimitKind.CARBON_BUDGET: ledger.metered_mg(mode.it_power_w, sums.emission_ug[end] - sums.emission_ug[start]),
        }
        site = self._problem.sites[pool.site].name
        return [((kind, site), use) for kind, use in metered.items() if (kind, site) in self._limits.budget]

    def _taken_once(self, job: ExactJob, mode: ExactMode, pool: ExactPool, start: int) -> list[tuple[LimitName, int]]:
        """What it says of the other budgets."""
        uses = ledger.counted_uses(self._problem, job.claimant, mode, pool)
        uses += running.churn_uses(self._problem, job, running.fate(job, mode, pool, start))
        return [((label.kind, label.element), amount) for label, amount in uses]

    def _toll(self, mode: ExactMode, pool: ExactPool, sums: _GangSums) -> list[int]:
        """By start, what a run costs in energy and carbon and pays for slot limits and rows, in units of the prices."""
        watts, length, bits = mode.it_power_w, mode.duration, self._prices.unit_bits
        key = (sums.gang, pool.site, watts, length)
        toll = self._tolls.get(key)
        if toll is None:
            site, paid = self._sites[pool.site], sums.paid
            energy, carbon, cost = site.energy_rate, site.carbon_rate, ledger.metered_micros
            toll = [
                ((cost(watts, energy[s + length] - energy[s]) + cost(watts, carbon[s + length] - carbon[s])) << bits)
                + paid[s + length]
                - paid[s]
                for s in range(self._problem.slot_count - length + 1)
            ]
            _keep(self._tolls, key, toll)
        return toll

    def _gang_sums(self, job: ExactJob, mode: ExactMode, pool: ExactPool) -> _GangSums:
        uses = ledger.slot_uses(self._problem, job.claimant, mode, pool)
        gang = tuple(sorted(GangUse(label.kind, label.element, amount) for label, amount in uses))
        key = gang, self._switched(pool)
        sums = self._gangs.get(key)
        if sums is None:
            rate = [0] * self._problem.slot_count
            broken = [0] * self._problem.slot_count
            for kind, element, amount in gang:
                self._add_limit((kind, element), amount, rate, broken)
            self._add_standby(pool, gang, broken)
            for slot, price in self._prices.surcharge.get(gang, ()):
                rate[slot] += price
            sums = _GangSums(gang, _prefix(rate), _prefix(broken))
            _keep(self._gangs, key, sums)
        return sums

    def _switched(self, pool: ExactPool) -> int:
        """The hall of ``pool`` by index where it draws standby; -1 for any other."""
        return pool.hall if self._standby[pool.hall] else -1

    def _add_standby(self, pool: ExactPool, gang: Gang, broken: list[int]) -> None:
        """Where a run of ``gang`` and the standby of its hall are more than there is."""
        taken = {(use.kind, use.element): use.amount for use in gang}
        for label, watts in self._standby[pool.hall]:
            needed = watts + taken.get((label.kind, label.element), 0)
            for slot, there in enumerate(self._stated[label]):
                if needed > there:
                    broken[slot] = 1

    def _add_limit(self, name: LimitName, amount: int, rate: list[int], broken: list[int]) -> None:
        """What ``amount`` of one limit pays in each slot, and where it is more than there is."""
        capacity = self._limits.slot[name]
        for slot, price in enumerate(self._prices.slot.get(name, ())):
            rate[slot] += amount * price
        for row in self._prices.dual_feasible.get(name, ()):
            if amount <= capacity[row.slot]:
                rate[row.slot] += row.price * dual_feasible(amount, capacity[row.slot], row.order)
        for slot, there in enumerate(capacity):
            if amount > there:
                broken[slot] = 1


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value


def _site_sums(site: ExactSite) -> _SiteSums:
    return _SiteSums(_prefix(site.energy_rate), _prefix(site.carbon_rate), _prefix(site.pue_ppm), _prefix(site.emission_ug))


def _prefix(series: Iterable[int]) -> list[int]:
    return list(accumulate(series, initial=0))
