"""Two plans by name, held to their problems and compared: what the command line, the service and the report ask for."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer import explain, validate
from optimizer.changes import difference
from optimizer.changes.change import Difference
from optimizer.changes.difference import Side
from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError, Violation
from optimizer.exact.problem import ExactProblem, exact
from optimizer.problem import Problem
from optimizer.solution import Assignment
from optimizer.verify.plan import Verification, verify


def compare(
    problem: Problem,
    after: Sequence[Assignment],
    before: Sequence[Assignment] | None = None,
    earlier: Problem | None = None,
) -> Difference:
    """What changes from plan ``before`` to plan ``after`` of ``problem``.

    Args:
        problem: what ``after`` is a plan of.
        after: the later plan, which must keep every rule.
        before: the earlier plan; None: what runs already, all of it kept. It need not keep the rules any more: the difference
            says which it breaks.
        earlier: the problem that ``before`` is a plan of, where that is another snapshot; its rules must then be kept.

    Raises:
        InvalidProblemError: a problem breaks rules, or a plan that must keep them does not.
        UnsupportedFeatureError: verification does not know a feature.
    """
    inside = _read(problem)
    later = _side(inside, _feasible("after", verify(inside, after)))
    if before is None:
        return difference.difference(difference.running_side(inside), later, problem.currency)
    if earlier is not None:
        snapshot = _read(earlier)
        return difference.difference(_side(snapshot, _feasible("before", verify(snapshot, before))), later, problem.currency)
    checked = verify(inside, before)
    return difference.difference(_side(inside, checked), later, problem.currency, checked.violations)


def _read(problem: Problem) -> ExactProblem:
    validate.check(problem)
    return exact(problem)


def _feasible(plan: str, checked: Verification) -> Verification:
    if checked.violations:
        raise InvalidProblemError([Violation(plan, violation.rule, violation.message) for violation in checked.violations])
    return checked


def _side(problem: ExactProblem, checked: Verification) -> Side:
    kept = (checked.placements, checked.operations, checked.hall_schedules)
    limits = () if checked.violations else explain.binding_limits(candidates(problem), *kept)
    return difference.side(problem, checked.placements, checked.terms, limits)
