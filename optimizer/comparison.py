"""Two plans by name, held to their problems and compared: what the command line, the service and the report ask for."""

from __future__ import annotations

from optimizer import explain, validate
from optimizer.changes import difference
from optimizer.changes.change import Difference
from optimizer.changes.difference import Side
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import ExactProblem, exact
from optimizer.interrupt import GiveWay, never
from optimizer.problem import Problem
from optimizer.stated_plan import PlanSource, StatedPlan
from optimizer.verify.plan import Verification, verify
from optimizer.verify.rules import RuleViolation


def compare(
    problem: Problem,
    after: PlanSource,
    before: PlanSource | None = None,
    earlier: Problem | None = None,
    give_way: GiveWay = never,
) -> Difference:
    """What changes from plan ``before`` to plan ``after`` of ``problem``.

    Args:
        problem: what ``after`` is a plan of. A plan is held to all it states, its halls and plants too.
        after: the later plan, which must keep every rule.
        before: the earlier plan; None: what runs already, all of it kept. It need not keep the rules any more: the difference
            says which it breaks.
        earlier: the problem that ``before`` is a plan of, where that is another snapshot; its rules must then be kept.
        give_way: asked all the way.

    Raises:
        InvalidProblemError: a problem breaks rules, or a plan that must keep them does not.
        UnsupportedFeatureError: verification does not know a feature.
        Interrupted: ``give_way`` ended it.
    """
    inside = _read(problem, give_way)
    later = _side(inside, _feasible("after", _verified(inside, after, give_way)), give_way)
    violations: tuple[RuleViolation, ...] = ()
    if before is None:
        sooner = difference.running_side(inside, give_way)
    elif earlier is not None:
        snapshot = _read(earlier, give_way)
        sooner = _side(snapshot, _feasible("before", _verified(snapshot, before, give_way)), give_way)
    else:
        checked = _verified(inside, before, give_way)
        sooner, violations = _side(inside, checked, give_way), checked.violations
    return difference.difference(sooner, later, problem.currency, violations, give_way)


def _read(problem: Problem, give_way: GiveWay) -> ExactProblem:
    validate.check(problem, give_way)
    return exact(problem, give_way)


def _verified(problem: ExactProblem, source: PlanSource, give_way: GiveWay) -> Verification:
    plan = StatedPlan.of(source)
    return verify(problem, plan.assignments, plan.hall_schedules, plan.operations or None, give_way=give_way)


def _feasible(plan: str, checked: Verification) -> Verification:
    if checked.violations:
        raise InvalidProblemError([Violation(plan, violation.rule, violation.message) for violation in checked.violations])
    return checked


def _side(problem: ExactProblem, checked: Verification, give_way: GiveWay) -> Side:
    kept = (checked.placements, checked.operations, checked.hall_schedules)
    found = None if checked.violations else candidates(problem, give_way=give_way)
    limits = () if found is None else explain.binding_limits(found, *kept, give_way)
    return difference.side(problem, checked.placements, checked.terms, limits)
