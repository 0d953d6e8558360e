"""The plan that a what-if starts from, held to every rule: what it is worth, what bounds it, and the prices of its limits."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.certificates import Certificate
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import ExactProblem, exact
from optimizer.explain.shadow_prices import shadow_prices
from optimizer.interrupt import GiveWay, never
from optimizer.problem import Problem
from optimizer.solution import (
    Assignment,
    BoundSource,
    HallSchedule,
    Result,
    SiteOperation,
    Termination,
    TerminationReason,
)
from optimizer.verify.bound import prove
from optimizer.verify.plan import Verification, verify


def starting_plan(
    problem: Problem,
    assignments: Sequence[Assignment],
    *,
    hall_schedules: Sequence[HallSchedule] = (),
    operations: Sequence[SiteOperation] | None = None,
    certificate: Certificate | None = None,
    bound_micros: int | None = None,
    give_way: GiveWay = never,
) -> Result:
    """A plan that anyone made, verified, with the bound its certificate proves.

    Args:
        problem: a valid problem.
        assignments: the plan; all other jobs are left out.
        hall_schedules: as ``verify`` takes them.
        operations: as ``verify`` takes them.
        certificate: proves a bound and prices the limits; takes as long to check as ``prove`` says.
        bound_micros: what somebody says that no plan is worth more than; taken at their word where it is below what is proved.
        give_way: asked between pieces of both checks.

    Raises:
        InvalidProblemError: the plan breaks rules, the certificate does not hold, or the bound is below the plan. Paths are
            ``assignments``, ``certificate`` and ``bound_micros``.
    """
    inside = exact(problem)
    checked = verify(inside, assignments, hall_schedules, operations, give_way=give_way)
    if checked.violations:
        raise InvalidProblemError([Violation("assignments", broken.rule, broken.message) for broken in checked.violations])
    violations: list[Violation] = []
    if bound_micros is not None and bound_micros < checked.objective_micros:
        message = f"the bound is {bound_micros:,} micro-units; this very plan is worth {checked.objective_micros:,}"
        violations.append(Violation("bound_micros", "INCONSISTENT", message))
    proved_micros = None
    if certificate is not None:
        proof = prove(inside, certificate, give_way)
        proved_micros = proof.bound_micros
        violations += [Violation("certificate", broken.rule, broken.message) for broken in proof.violations]
    if violations:
        raise InvalidProblemError(violations)
    return priced_plan(inside, checked, certificate, proved_micros, bound_micros)


def priced_plan(
    problem: ExactProblem,
    checked: Verification,
    certificate: Certificate | None,
    proved_micros: int | None,
    said_micros: int | None,
) -> Result:
    """A verified plan with the lesser of the bound its certificate proves and the one said, and the certificate's prices."""
    bounds = [bound for bound in (proved_micros, said_micros) if bound is not None]
    bound = min(bounds, default=None)
    source = BoundSource.NONE
    if bound is not None:
        source = BoundSource.CERTIFICATE if bound == proved_micros else BoundSource.ENGINE
    objective = checked.objective_micros
    return Result(
        termination=Termination(
            reason=TerminationReason.OPTIMAL if bound == objective else TerminationReason.FEASIBLE,
            objective_micros=objective,
            bound_micros=bound,
            bound_source=source,
        ),
        engine="",
        placements=checked.placements,
        terms=checked.terms,
        certificate=certificate,
        shadow_prices=() if certificate is None else shadow_prices(problem, certificate),
        verified=True,
        hall_schedules=checked.hall_schedules,
        operations=checked.operations,
    )
