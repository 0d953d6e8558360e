"""Recomputes the bound of a certificate from the problem, in integers and by plain loops.

Follows `optimizer.certificates`, "How to check it". Shares nothing with the engine that made the prices: a stranger who reads
this file, ``optimizer.priced`` and ``optimizer.accounting`` need trust no solver to believe that no plan is worth more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from optimizer.accounting.tiers import jobs_up_to, tier_standings, tier_worths
from optimizer.certificates import (
    BudgetPrice,
    Certificate,
    DualFeasiblePrice,
    FloorPrice,
    PatternRow,
    PrecedencePrice,
    SlotPrice,
    SlotPrices,
    StoredEnergyPrices,
)
from optimizer.exact.problem import ExactProblem
from optimizer.interrupt import GiveWay, never
from optimizer.limits import GIVEN_KINDS, LimitKind
from optimizer.priced.blocks import blocks
from optimizer.priced.columns import Gang, Limits, PricedColumns, Prices, limits_of, prices_of
from optimizer.priced.halls import PricedHalls
from optimizer.priced.itineraries import PricedItineraries
from optimizer.priced.patterns import PatternRowTooLargeError, pattern_row_holds
from optimizer.priced.plant import plant_best
from optimizer.solution import BoundSource, Result
from optimizer.verify.plan import Rule, RuleViolation, Verification, verify_result

#: Bits beyond which no price could be stated in 64 bits anyway.
MOST_UNIT_BITS = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a certificate proves: no plan is worth more than ``bound_micros``, whatever it claims.

    ``bound_micros`` is None where the certificate is broken (then ``violations`` says how). A bound above the one claimed is a
    violation; one below it is not: the claim is true, and weaker than it need be.
    """

    bound_micros: int | None
    violations: tuple[RuleViolation, ...]


def prove(problem: ExactProblem, certificate: Certificate, give_way: GiveWay = never) -> Proof:
    """The bound that the prices of ``certificate`` prove, and every rule it breaks.

    Takes about a microsecond a column: seconds for hundreds of jobs, a minute for ten thousand. ``give_way`` is asked before
    each job.
    """
    limits = limits_of(problem)
    malformed = tuple(_malformed(problem, limits, certificate))
    if malformed:
        return Proof(bound_micros=None, violations=malformed)
    prices = prices_of(problem, certificate)
    columns = PricedColumns(problem, limits, prices, _gangs(certificate))
    itineraries = PricedItineraries(problem, columns)
    total = plant_best(problem, limits, prices)
    for block in blocks(problem):
        give_way()
        best = block.best(columns, itineraries)
        if best is None:
            name = block.jobs[0].name
            message = f"{block.what} must run and has no admissible column: there is no plan, so no bound on one"
            return Proof(bound_micros=None, violations=(_violation(Rule.BOUND_NOT_PROVED, message, job=name),))
        total += best
    broken = tuple(_broken_rows(limits, certificate, columns.job_count))
    if broken:
        return Proof(bound_micros=None, violations=broken)
    bound = (total + _paid_back(problem, limits, prices, certificate)) >> certificate.unit_bits
    if bound <= certificate.bound_micros:
        return Proof(bound_micros=bound, violations=())
    message = f"the certificate claims a bound of {certificate.bound_micros:,} micro-units; its prices prove {bound:,}"
    excess = bound - certificate.bound_micros
    return Proof(
        bound_micros=bound,
        violations=(_violation(Rule.BOUND_NOT_PROVED, message, amount=excess, unit="micro-units"),),
    )


def verify_with_bound(problem: ExactProblem, result: Result) -> Verification:
    """``verify_result``, and what the plan says of its bound: the certificate is recomputed, other claims are held to it.

    ``bound_micros`` of the answer is proved here; it stays None where the bound is an engine's word.
    """
    checked = verify_result(problem, result)
    proof = prove(problem, result.certificate) if result.certificate else Proof(bound_micros=None, violations=())
    claims = (*_false_claims(result, checked.objective_micros), *_false_tiers(problem, result, checked))
    return with_proof(replace(checked, violations=checked.violations + claims), proof)


def with_proof(checked: Verification, proof: Proof) -> Verification:
    """``checked`` with the bound that ``proof`` establishes, or with what is wrong with it."""
    return replace(
        checked,
        violations=checked.violations + proof.violations,
        bound_micros=None if proof.violations else proof.bound_micros,
    )


def _false_claims(result: Result, objective_micros: int) -> Iterator[RuleViolation]:
    """What the plan says of its bound that cannot be so, whoever stands for it."""
    stated, certificate = result.termination.bound_micros, result.certificate
    if stated is not None and result.placements and stated < objective_micros:
        message = f"the bound is stated as {stated:,} micro-units; this very plan is worth {objective_micros:,}"
        yield _violation(
            Rule.CLAIM_DIFFERS, message, element="bound_micros", amount=objective_micros - stated, unit="micro-units"
        )
    if result.termination.bound_source is not BoundSource.CERTIFICATE:
        return
    if certificate is None:
        yield _violation(
            Rule.BOUND_NOT_PROVED, "the bound is said to carry a certificate, and there is none", element="certificate"
        )
    elif stated is None or stated < certificate.bound_micros:
        message = f"the bound is stated as {stated} micro-units; its certificate claims {certificate.bound_micros}"
        yield _violation(Rule.BOUND_NOT_PROVED, message, element="bound_micros")


def _false_tiers(problem: ExactProblem, result: Result, checked: Verification) -> Iterator[RuleViolation]:
    """What the plan says of its tiers that is not so, or that its certificates do not prove."""
    if not result.tiers or not result.placements:
        return
    worths = tier_worths(problem, checked.placements, checked.terms)
    stated = tuple(tier.objective_micros for tier in result.tiers)
    if stated != worths:
        message = f"the plan states that its tiers are worth {stated} micro-units, they are worth {worths}"
        yield _violation(Rule.CLAIM_DIFFERS, message, element="tiers")
        return
    standings = tier_standings(problem, {placement.job for placement in checked.placements})
    told = tuple((tier.priority_tier, tier.job_count, tier.placed_count) for tier in result.tiers)
    if told != standings:
        message = f"the plan states (tier, jobs, placed jobs) as {told}, they are {standings}"
        yield _violation(Rule.CLAIM_DIFFERS, message, element="tiers")
    for number, tier in enumerate(result.tiers):
        where = f"tiers[{number}]"
        if tier.certificate is not None:
            yield from prove(jobs_up_to(problem, number), tier.certificate).violations
        if tier.bound_micros is not None and tier.bound_micros < tier.objective_micros:
            message = f"the bound of tier {number + 1} is stated as {tier.bound_micros} micro-units; this plan has more"
            amount = tier.objective_micros - tier.bound_micros
            yield _violation(Rule.CLAIM_DIFFERS, message, element=where, amount=amount, unit="micro-units")
        if tier.bound_source is not BoundSource.CERTIFICATE:
            continue
        least = None if tier.certificate is None else tier.certificate.bound_micros - sum(worths[:number])
        if least is None or tier.bound_micros is None or tier.bound_micros < least:
            message = (
                f"the bound of tier {number + 1} is stated as {tier.bound_micros} micro-units; its certificate gives {least}"
            )
            yield _violation(Rule.BOUND_NOT_PROVED, message, element=where)


def _violation(
    rule: Rule,
    message: str,
    *,
    job: str = "",
    element: str = "",
    slot: int | None = None,
    amount: int | None = None,
    unit: str = "",
) -> RuleViolation:
    return RuleViolation(rule=rule, message=message, job=job, element=element, slot=slot, amount=amount, unit=unit)


def _malformed(problem: ExactProblem, limits: Limits, certificate: Certificate) -> Iterator[RuleViolation]:
    """Rule 1: the first fault of every price, series and row."""

    def fault(where: str, found: tuple[str, int | None] | None, element: str) -> Iterator[RuleViolation]:
        if found is not None:
            message, slot = found
            yield _violation(Rule.CERTIFICATE_MALFORMED, f"{where}: {message}", element=element, slot=slot)

    if not 0 <= certificate.unit_bits <= MOST_UNIT_BITS:
        message = f"it is {certificate.unit_bits}; it must be in [0, {MOST_UNIT_BITS}]"
        yield from fault("unit_bits", (message, None), "")
    for series in certificate.slot_prices:
        found = _series_fault(problem.slot_count, limits, series)
        yield from fault(f"slot price of {series.kind} {series.element!r}", found, series.element)
    for budget in certificate.budget_prices:
        found = _budget_fault(limits, budget)
        yield from fault(f"budget price of {budget.kind} {budget.element!r}", found, budget.element)
    for dual_feasible in certificate.dual_feasible_prices:
        found = _dual_feasible_fault(problem.slot_count, limits, dual_feasible)
        yield from fault(f"dual feasible row of {dual_feasible.kind} {dual_feasible.element!r}", found, dual_feasible.element)
    bits = min(max(0, certificate.unit_bits), MOST_UNIT_BITS)
    cost = {floor.tenant: floor.cost_micros_per_gpu_slot << bits for floor in problem.floors}
    for floor in certificate.floor_prices:
        yield from fault(f"floor price of {floor.tenant!r}", _floor_fault(cost.pop(floor.tenant, None), floor), floor.tenant)
    ordered = {(p.predecessor, p.successor) for p in problem.precedences}
    for price in certificate.precedence_prices:
        found = _precedence_fault(problem.slot_count, ordered, price)
        yield from fault(f"price of {price.successor!r} after {price.predecessor!r}", found, price.successor)
    batteries = {site.name for site in problem.sites if site.battery is not None}
    for stored in certificate.stored_energy_prices:
        known = stored.site in batteries
        batteries.discard(stored.site)
        found = _stored_fault(problem.slot_count, known, stored)
        yield from fault(f"prices of the energy stored at {stored.site!r}", found, stored.site)
    for index, row in enumerate(certificate.pattern_rows):
        yield from fault(f"pattern row {index}", _pattern_fault(problem.slot_count, limits, row), "")


def _series_fault(slot_count: int, limits: Limits, series: SlotPrices) -> tuple[str, int | None] | None:
    if (series.kind, series.element) not in limits.slot:
        return "the problem has no such limit by slot", None
    if len(series.price) != slot_count:
        return f"it has {len(series.price)} prices for {slot_count} slots", None
    return next((_negative(price, slot) for slot, price in enumerate(series.price) if price < 0), None)


def _budget_fault(limits: Limits, budget: BudgetPrice) -> tuple[str, int | None] | None:
    if (budget.kind, budget.element) not in limits.budget:
        return "the problem has no such budget", None
    return _negative(budget.price, None) if budget.price < 0 else None


def _floor_fault(cost: int | None, floor: FloorPrice) -> tuple[str, int | None] | None:
    if cost is None:
        return "the problem has no such floor, or it has a price already", None
    if floor.price > cost:
        return f"the price {floor.price} is above the {cost} that a GPU-slot short costs", None
    return _negative(floor.price, None) if floor.price < 0 else None


def _dual_feasible_fault(slot_count: int, limits: Limits, row: DualFeasiblePrice) -> tuple[str, int | None] | None:
    if (row.kind, row.element) not in limits.slot:
        return "the problem has no such limit by slot", None
    if row.kind in GIVEN_KINDS:
        return f"{row.kind} has no capacity that gangs share", None
    if not 0 <= row.slot < slot_count:
        return f"slot {row.slot} is outside the horizon", None
    if row.order < 1:
        return f"its order is {row.order}; it must be at least 1", row.slot
    return _negative(row.price, row.slot) if row.price < 0 else None


def _pattern_fault(slot_count: int, limits: Limits, row: PatternRow) -> tuple[str, int | None] | None:
    gangs = [item.uses for item in row.items]
    if len(set(gangs)) < len(gangs):
        return "it names a gang twice", None
    for item in row.items:
        if item.coefficient < 1:
            return f"a coefficient is {item.coefficient}; it must be at least 1", None
        for kind, element, _ in item.uses:
            if (kind, element) not in limits.slot:
                return f"{kind} {element!r} is no limit by slot of the problem", None
    return _slots_fault(slot_count, row.price)


def _precedence_fault(slot_count: int, ordered: set[tuple[str, str]], price: PrecedencePrice) -> tuple[str, int | None] | None:
    if (price.predecessor, price.successor) not in ordered:
        return "the problem has no such precedence", None
    return _slots_fault(slot_count, price.price)


def _stored_fault(slot_count: int, known: bool, stored: StoredEnergyPrices) -> tuple[str, int | None] | None:
    if not known:
        return "the site has no battery, or its energy has prices already", None
    if len(stored.price) != slot_count:
        return f"it has {len(stored.price)} prices for {slot_count} slots", None
    return None


def _slots_fault(slot_count: int, prices: Iterable[SlotPrice]) -> tuple[str, int | None] | None:
    for slot, price in prices:
        if not 0 <= slot < slot_count:
            return f"slot {slot} is outside the horizon", None
        if price < 0:
            return _negative(price, slot)
    return None


def _negative(price: int, slot: int | None) -> tuple[str, int | None]:
    return f"the price {price} is negative", slot


def _gangs(certificate: Certificate) -> set[Gang]:
    return {item.uses for row in certificate.pattern_rows for item in row.items}


def _broken_rows(limits: Limits, certificate: Certificate, job_count: dict[Gang, list[int]]) -> Iterator[RuleViolation]:
    """Rule 2: the first pattern row that some choice of runs breaks, and the first slot where one does."""
    for index, row in enumerate(certificate.pattern_rows):
        slots = [slot for slot, _ in row.price]
        if not slots or _holds(limits, row, job_count, slots):
            continue
        slot = next((slot for slot in slots if not _holds(limits, row, job_count, [slot])), None)
        if slot is not None:
            message = f"pattern row {index}: nothing shows that what fits together in slot {slot} stays within {row.rhs}"
            yield _violation(Rule.CERTIFICATE_ROW_BROKEN, message, slot=slot)
            return


def _holds(limits: Limits, row: PatternRow, job_count: dict[Gang, list[int]], slots: list[int]) -> bool:
    """Whether the row holds at the most that any of ``slots`` allows; False where that is not settled."""
    counts = [max(job_count[item.uses][t] for t in slots) for item in row.items]
    names: set[tuple[LimitKind, str]] = {(use.kind, use.element) for item in row.items for use in item.uses}
    capacity = {name: max(limits.slot[name][t] for t in slots) for name in names}
    try:
        return pattern_row_holds(row, counts, capacity)
    except PatternRowTooLargeError:
        return False


def _paid_back(problem: ExactProblem, limits: Limits, prices: Prices, certificate: Certificate) -> int:
    """What the limits, rows and halls pay back at most, in units of the prices; what is a hall's own is paid by the hall."""
    halls = PricedHalls(problem)
    total = halls.total(certificate, prices, lambda name: limits.slot[name])
    for series in certificate.slot_prices:
        if halls.hall_of_limit(series.kind, series.element) is None:
            capacity = limits.slot[series.kind, series.element]
            total += sum(price * there for price, there in zip(series.price, capacity, strict=True))
    total += sum(price.price * limits.budget[price.kind, price.element] for price in certificate.budget_prices)
    for row in certificate.dual_feasible_prices:
        if halls.hall_of_limit(row.kind, row.element) is None:
            total += row.price * row.order * (row.order + 1)
    for pattern in certificate.pattern_rows:
        if halls.hall_of_row(pattern) is None:
            total += sum(price * pattern.rhs for _, price in pattern.price)
    target = {floor.tenant: floor.target_gpu_slots for floor in problem.floors}
    total -= sum(floor.price * target[floor.tenant] for floor in certificate.floor_prices)
    return total
