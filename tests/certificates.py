"""Certificates for tests: those the price engine makes, and a checker that reads the rules word by word and saves no work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product

import numpy as np

from optimizer.accounting import ledger
from optimizer.accounting.halls import own_limits, standby_micros
from optimizer.accounting.ledger import Run
from optimizer.accounting.links import data_way, link_label, transfers
from optimizer.accounting.runs import Piece, look_up
from optimizer.accounting.switching import switching_micros, too_short
from optimizer.certificates import Certificate, PatternRow, dual_feasible
from optimizer.engines.price.engine import PriceEngine
from optimizer.exact.problem import ExactHall, ExactJob, ExactMode, ExactPool, ExactProblem, exact
from optimizer.features import features
from optimizer.limits import LimitKind, LimitLabel
from optimizer.problem import GroupKind
from optimizer.solution import Result
from optimizer.verify.plan import check_run
from tests.conformance.brute_force import assignments_of
from tests.conformance.problems import PROBLEMS
from tests.conformance.solved import solved_by_work
from tests.plant_certificates import load_profits, plant_profits


def priced_result(name: str) -> Result:
    """The price engine's answer to a conformance problem."""
    return solved_by_work("price", name)


def is_certified(name: str) -> bool:
    """Whether a conformance problem gets a certificate."""
    return name in priced_names() and priced_result(name).certificate is not None


def certified_names() -> tuple[str, ...]:
    return tuple(filter(is_certified, PROBLEMS))


@cache
def priced_names() -> tuple[str, ...]:
    """The conformance problems that ask for nothing the price engine does not declare."""
    return tuple(name for name in PROBLEMS if PriceEngine.features.issuperset(features(PROBLEMS[name])))


def certificate_of(name: str) -> Certificate:
    certificate = priced_result(name).certificate
    assert certificate is not None
    return certificate


def slot_limits(problem: ExactProblem) -> dict[LimitLabel, tuple[int, ...]]:
    """What there is for runs: of the power of a hall that may be switched off, what its standby leaves."""
    limits = dict(ledger.slot_limits(problem))
    for hall in problem.halls:
        label = LimitLabel(LimitKind.HALL_POWER, hall.name, "W")
        if hall.commitment and label in limits:
            limits[label] = tuple(watts - hall.commitment.standby_w for watts in limits[label])
    return limits


def _uses_alone(problem: ExactProblem, job: ExactJob, mode: ExactMode, pool: ExactPool) -> list[tuple[LimitLabel, int]]:
    """What a run takes of each limit as it is stated, with the standby of a hall that it keeps on."""
    uses = dict(ledger.slot_uses(problem, job.claimant, mode, pool))
    hall, site, stated = problem.halls[pool.hall], problem.sites[pool.site], ledger.slot_limits(problem)
    if hall.commitment and hall.commitment.standby_w:
        for label in (LimitLabel(LimitKind.HALL_POWER, hall.name, "W"), LimitLabel(LimitKind.GRID_IMPORT, site.name, "W")):
            if label in stated:
                uses[label] = uses.get(label, 0) + hall.commitment.standby_w
    return list(uses.items())


def columns(problem: ExactProblem, job: ExactJob) -> Iterator[Run]:
    """Every (mode, pool, start) that may run alone, each looked at by itself."""
    capacity, budgets = ledger.slot_limits(problem), ledger.horizon_limits(problem)
    earliest, latest = _first_start(problem, job), _last_end(problem, job)
    for mode in job.modes:
        for pool in problem.pools:
            if ledger.exclusion(problem, job, mode, pool) is not None:
                continue
            uses = _uses_alone(problem, job, mode, pool)
            dearer = [way.from_site for way in problem.data_ways(job, problem.sites[pool.site])[1:]]
            for start, copy in product(range(problem.slot_count), ("", *dearer)):
                run = Run(job, mode, pool, start, data_from=copy)
                if start < earliest or run.end > latest:
                    continue
                way = data_way(problem, run)
                in_place = job.running is not None and start == 0 and pool.name == job.running.pool
                early = not in_place and (way is None or start < job.release + way.slots)
                if _is_bound(job, mode, in_place) or early or run.end > min(job.deadline, problem.slot_count):
                    continue
                if any(amount > capacity[label][t] for label, amount in uses for t in range(start, run.end)):
                    continue
                if any(amount > capacity[label][t] for label, amount, t in _link_uses(problem, run)):
                    continue
                if any(amount > budgets[label] for label, amount in ledger.horizon_uses(problem, run)):
                    continue
                yield run


def _link_uses(problem: ExactProblem, run: Run) -> Iterator[tuple[LimitLabel, int, int]]:
    """(limit, amount, slot) of what comes before a run over links with a capacity."""
    limits = ledger.slot_limits(problem)
    for transfer in transfers(problem, run):
        label = link_label(transfer.from_site, transfer.to_site)
        if label in limits:
            yield from ((label, transfer.mb_per_hour, slot) for slot in range(transfer.start_slot, transfer.end_slot))


def itineraries(problem: ExactProblem, job: ExactJob) -> Iterator[Run]:
    """Every list of two pieces or more that verification passes and that alone breaks no limit by slot."""
    jobs, pools = {job.name: job}, {pool.name: pool for pool in problem.pools}
    capacity = ledger.slot_limits(problem)
    for assignment in assignments_of(problem, job) if job.may_run_in_pieces else ():
        if not assignment.segments:
            continue
        run = look_up(jobs, pools, assignment)
        fits = all(
            amount <= capacity[label][t]
            for piece in run.pieces
            for label, amount in _uses_alone(problem, job, piece.mode, piece.pool)
            for t in range(piece.start, piece.end)
        )
        if fits and not check_run(problem, run):
            yield run


def _is_bound(job: ExactJob, mode: ExactMode, in_place: bool) -> bool:
    """Whether the job runs already and is not free to run so."""
    running = job.running
    if running is None or running.movable or (in_place and running.mode == mode.name):
        return False
    return not in_place or running.resize_cost_micros is None


def reference_bound(problem: ExactProblem, certificate: Certificate) -> int | None:
    """The bound by the letter of `optimizer.certificates`; None where a row does not hold or a job that must run cannot."""
    capacity = {(label.kind, label.element): c for label, c in slot_limits(problem).items()}
    budgets = {(label.kind, label.element): c for label, c in ledger.horizon_limits(problem).items()}
    runs = {job.name: [*columns(problem, job), *itineraries(problem, job)] for job in problem.jobs}
    if any(job.mandatory and not runs[job.name] for job in problem.jobs):
        return None
    if not all(_holds(problem, row, slot, runs) for row in certificate.pattern_rows for slot, _ in row.price):
        return None
    # every schedule of every hall, by what its own limits and rows pay while it is on
    paid = dict.fromkeys([hall.index if hall.commitment else None for hall in problem.halls] + [None], ())
    own = {
        (label.kind, label.element): hall.index
        for hall in problem.halls
        if hall.commitment
        for label in own_limits(problem, hall)
    }
    for series in certificate.slot_prices:
        there = capacity[series.kind, series.element]
        pays = tuple((t, p * max(0, c)) for t, (p, c) in enumerate(zip(series.price, there, strict=True)))
        paid[own.get((series.kind, series.element))] += pays
    for row in certificate.dual_feasible_prices:
        paid[own.get((row.kind, row.element))] += ((row.slot, row.price * row.order * (row.order + 1)),)
    for row in certificate.pattern_rows:
        halls = [{own[use.kind, use.element] for use in item.uses if (use.kind, use.element) in own} for item in row.items]
        common = set.intersection(*halls) if halls else set()
        paid[min(common, default=None)] += tuple((t, price * row.rhs) for t, price in row.price)
    total = sum(b.price * max(0, budgets[b.kind, b.element]) for b in certificate.budget_prices)
    total += sum(amount for _, amount in paid[None])
    total += sum(_best_turn(problem, certificate, hall, paid[hall.index]) for hall in problem.halls if hall.commitment)
    target = {floor.tenant: floor.target_gpu_slots for floor in problem.floors}
    total -= sum(floor.price * target[floor.tenant] for floor in certificate.floor_prices)
    for key_of, members in _blocks(problem):
        keys: list[object] = [*{key_of(pool) for pool in problem.pools}] or [None]
        totals = [best for key in keys if (best := _best(problem, certificate, members, runs, key_of, key)) is not None]
        if not totals:
            return None
        total += max(totals)
    total += sum(plant_profits(problem, certificate))
    return total // 2**certificate.unit_bits


def _blocks(problem: ExactProblem) -> Iterator[tuple[Callable[[ExactPool], object], list[ExactJob]]]:
    """(what a pool is to the jobs, the jobs) of each block: a job is in its first group that belongs together, or alone."""
    keys: dict[GroupKind, Callable[[ExactPool], object]] = {
        GroupKind.SAME_SITE: lambda pool: pool.site,
        GroupKind.SAME_HALL: lambda pool: pool.hall,
        GroupKind.SAME_POOL: lambda pool: pool.name,
        GroupKind.SAME_DOMAIN: lambda pool: pool.name,
    }
    left = {job.name: job for job in problem.jobs}
    for group in problem.groups:
        if group.kind in keys:
            yield keys[group.kind], [left.pop(name) for name in group.jobs if name in left]
    yield from ((lambda _: None, [job]) for job in left.values())


def _best(
    problem: ExactProblem,
    certificate: Certificate,
    members: list[ExactJob],
    runs: dict[str, list[Run]],
    key_of: Callable[[ExactPool], object],
    key: object,
) -> int | None:
    """What ``members`` are worth at most with one key; None where one of them must run and has no run with it."""
    total = 0
    for job in members:
        stop = job.running.stop_cost_micros if job.running else 0
        options = [] if job.mandatory else [-stop * 2**certificate.unit_bits]
        with_key = (run for run in runs[job.name] if all(key_of(piece.pool) == key for piece in run.all_pieces))
        options += [_profit(problem, certificate, run) for run in with_key]
        if not options:
            return None
        total += max(options)
    return total


def _first_start(problem: ExactProblem, job: ExactJob) -> int:
    """No sooner than all before it can have ended, each in its shortest mode."""
    jobs = {each.name: each for each in problem.jobs}
    befores = [(jobs[p.predecessor], p.lag) for p in problem.precedences if p.successor == job.name]
    ends = [
        max(0 if before.running else before.release, _first_start(problem, before))
        + min(m.duration for m in before.modes)
        + lag
        for before, lag in befores
    ]
    return max(ends, default=0)


def _release(job: ExactJob) -> int:
    return 0 if job.running else job.release


def _last_end(problem: ExactProblem, job: ExactJob) -> int:
    """No later than all after it that must run still can start, each in its shortest mode."""
    jobs = {each.name: each for each in problem.jobs}
    afters = [(jobs[p.successor], p.lag) for p in problem.precedences if p.predecessor == job.name]
    starts = [
        _last_end(problem, after) - min(m.duration for m in after.modes) - lag for after, lag in afters if after.mandatory
    ]
    return min([job.deadline, problem.slot_count, *starts])


def _best_turn(problem: ExactProblem, certificate: Certificate, hall: ExactHall, paid: tuple[tuple[int, int], ...]) -> int:
    """The most that any schedule of the hall that keeps its rules earns, one schedule after another."""
    rules, unit = hall.commitment, 2**certificate.unit_bits
    assert rules is not None
    site = problem.sites[hall.site]
    mined = [0] * problem.slot_count
    for load in site.flexible_loads:
        if load.hall == hall.index:
            mined = [a + b for a, b in zip(mined, load_profits(problem, certificate, site, load), strict=True)]
    draws_on = {(LimitKind.GRID_IMPORT, site.name): 1, (LimitKind.GRID_EXPORT, site.name): -1}
    best = None
    for schedule in product((False, True), repeat=problem.slot_count):
        carried = hall.it_power_w is None or all(w >= rules.standby_w for w, on in zip(hall.it_power_w, schedule) if on)
        if too_short(rules, schedule) or not carried:
            continue
        earned = sum(amount for t, amount in paid if schedule[t]) - switching_micros(rules, schedule) * unit
        for t in np.flatnonzero(schedule).tolist():
            earned += mined[t] - standby_micros(problem, hall, t) * unit
            signed = [(s.price[t], draws_on.get((s.kind, s.element), 0)) for s in certificate.slot_prices]
            earned -= sum(price * rules.standby_w * sign for price, sign in signed)
        best = earned if best is None else max(best, earned)
    assert best is not None
    return best


def _gang(problem: ExactProblem, job: ExactJob, mode: ExactMode, pool: ExactPool) -> tuple[tuple[str, str, int], ...]:
    uses = ledger.slot_uses(problem, job.claimant, mode, pool)
    return tuple(sorted((label.kind, label.element, amount) for label, amount in uses))


def _profit(problem: ExactProblem, certificate: Certificate, run: Run) -> int:
    taken = {(label.kind, label.element): amount for label, amount in ledger.horizon_uses(problem, run)}
    paid = sum(taken.get((b.kind, b.element), 0) * b.price for b in certificate.budget_prices)
    paid += sum(_paid(problem, certificate, run, piece) for piece in run.all_pieces)
    paid += _order_paid(problem, certificate, run)
    if not run.pieces:
        for label, amount, slot in _link_uses(problem, run):
            series = [s.price for s in certificate.slot_prices if (s.kind, s.element) == (label.kind, label.element)]
            paid += amount * sum(price[slot] for price in series)
    return ledger.terms(problem, run).objective_micros * 2**certificate.unit_bits - paid


def _order_paid(problem: ExactProblem, certificate: Certificate, run: Run) -> int:
    lags = {(p.predecessor, p.successor): p.lag for p in problem.precedences}
    paid = 0
    for row in certificate.precedence_prices:
        if row.successor == run.job.name:
            paid += sum(price for slot, price in row.price if slot >= run.start)
        if row.predecessor == run.job.name:
            paid -= sum(price for slot, price in row.price if slot >= run.end + lags[row.predecessor, row.successor])
    return paid


def _paid(problem: ExactProblem, certificate: Certificate, run: Run, piece: Piece) -> int:
    capacity = {(label.kind, label.element): c for label, c in slot_limits(problem).items()}
    gang, slots = _gang(problem, run.job, piece.mode, piece.pool), range(piece.start, piece.end)
    use = {(kind, element): amount for kind, element, amount in gang}
    paid = sum(use.get((s.kind, s.element), 0) * s.price[t] for s in certificate.slot_prices for t in slots)
    for row in certificate.dual_feasible_prices:
        if row.slot in slots and use.get((row.kind, row.element), 0):
            there = capacity[row.kind, row.element][row.slot]
            paid += row.price * dual_feasible(use[row.kind, row.element], there, row.order)
    for pattern in certificate.pattern_rows:
        coefficient = sum(item.coefficient for item in pattern.items if item.uses == gang)
        paid += coefficient * sum(price for slot, price in pattern.price if slot in slots)
    counted = piece.mode.gpu_count * len(slots)
    paid -= sum(floor.price * counted for floor in certificate.floor_prices if floor.tenant == run.job.tenant)
    return paid


def _holds(problem: ExactProblem, row: PatternRow, slot: int, runs: dict[str, list[Run]]) -> bool:
    """Every choice of so many runs of each gang, one by one."""
    capacity = {(label.kind, label.element): max(0, c[slot]) for label, c in slot_limits(problem).items()}
    counts = [
        sum(
            any(_runs_gang(problem, run, item.uses, slot) for run in runs[job.name])
            or _may_cover(problem, job, item.uses, slot)
            for job in problem.jobs
        )
        for item in row.items
    ]
    for choice in product(*(range(count + 1) for count in counts)):
        used = dict.fromkeys(capacity, 0)
        for copies, item in zip(choice, row.items, strict=True):
            for kind, element, amount in item.uses:
                used[kind, element] += copies * amount
        within = all(used[name] <= there for name, there in capacity.items())
        if within and sum(copies * item.coefficient for copies, item in zip(choice, row.items, strict=True)) > row.rhs:
            return False
    return True


def _runs_gang(problem: ExactProblem, run: Run, gang: object, slot: int) -> bool:
    return any(p.start <= slot < p.end and _gang(problem, run.job, p.mode, p.pool) == gang for p in run.all_pieces)


def _may_cover(problem: ExactProblem, job: ExactJob, gang: object, slot: int) -> bool:
    """Whether ``slot`` is open for a piece of the gang and not before a first piece may begin anywhere."""
    lanes = list(_lanes(problem, job)) if job.may_run_in_pieces else []
    begins = [first for _, _, first in lanes if first is not None]
    return any(gang == own and open_[slot] for own, open_, _ in lanes) and bool(begins) and slot >= min(begins)


def _lanes(problem: ExactProblem, job: ExactJob) -> Iterator[tuple[object, list[bool], int | None]]:
    """(gang, open by slot, first slot of a first piece) of each mode and pool that pieces may have."""
    capacity, end = ledger.slot_limits(problem), min(job.deadline, problem.slot_count)
    for mode in job.modes:
        alone = job.min_run_slots < mode.duration <= end - (0 if job.running else job.release)
        if not (job.rate(mode) if job.elasticity else alone):
            continue
        for pool in problem.pools:
            if ledger.exclusion(problem, job, mode, pool) is not None:
                continue
            uses = _uses_alone(problem, job, mode, pool)
            open_ = [t < end and all(amount <= capacity[label][t] for label, amount in uses) for t in range(problem.slot_count)]
            in_place = job.running is not None and job.running.pool == pool.name
            goes_on = in_place and not _is_bound(job, mode, in_place)
            first = None if _is_bound(job, mode, False) else ledger.first_start(problem, job, pool)
            if any(open_):
                yield _gang(problem, job, mode, pool), open_, 0 if goes_on else first


@cache
def inside(name: str) -> ExactProblem:
    return exact(PROBLEMS[name])
