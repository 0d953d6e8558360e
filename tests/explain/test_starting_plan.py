"""The plan that a what-if starts from: held to every rule, with the tightest bound that it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.explain.starting_plan import starting_plan
from optimizer.solution import Assignment, BoundSource, TerminationReason
from tests.certificates import certificate_of, priced_result
from tests.conformance.problems import NODES

ASSIGNMENTS = [placement.assignment for placement in priced_result("nodes").placements]
WORTH_MICROS = 190_000_000


def test_a_certificate_proves_the_bound_and_prices_the_limits() -> None:
    certificate = certificate_of("nodes")
    plan = starting_plan(NODES, ASSIGNMENTS, certificate=certificate)
    end = plan.termination
    assert (end.objective_micros, end.bound_micros) == (WORTH_MICROS, certificate.bound_micros)
    assert end.bound_source is BoundSource.CERTIFICATE
    assert plan.shadow_prices == priced_result("nodes").shadow_prices
    assert [placement.assignment for placement in plan.placements] == ASSIGNMENTS


def test_a_bound_that_is_said_counts_where_it_is_the_lesser() -> None:
    certificate = certificate_of("nodes")
    loose = replace(certificate, bound_micros=certificate.bound_micros + 10)
    proved = starting_plan(NODES, ASSIGNMENTS, certificate=loose, bound_micros=certificate.bound_micros + 5).termination
    assert (proved.bound_micros, proved.bound_source) == (certificate.bound_micros, BoundSource.CERTIFICATE)
    part = starting_plan(NODES, ASSIGNMENTS[:1], certificate=certificate, bound_micros=certificate.bound_micros - 1)
    assert (part.termination.bound_micros, part.termination.bound_source) == (certificate.bound_micros - 1, BoundSource.ENGINE)
    said = starting_plan(NODES, ASSIGNMENTS, bound_micros=WORTH_MICROS)
    assert (said.termination.reason, said.termination.bound_source) == (TerminationReason.OPTIMAL, BoundSource.ENGINE)
    assert said.shadow_prices == ()


def test_nothing_that_runs_is_a_plan_without_a_bound() -> None:
    end = starting_plan(NODES, ()).termination
    assert (end.objective_micros, end.bound_micros, end.bound_source) == (0, None, BoundSource.NONE)
    assert end.reason is TerminationReason.FEASIBLE


def test_what_does_not_hold_is_refused_by_its_part() -> None:
    certificate = certificate_of("nodes")
    false = replace(certificate, bound_micros=certificate.bound_micros - 1)
    with pytest.raises(InvalidProblemError) as caught:
        starting_plan(NODES, ASSIGNMENTS, certificate=false, bound_micros=WORTH_MICROS - 1)
    assert [violation.path for violation in caught.value.violations] == ["bound_micros", "certificate"]
    with pytest.raises(InvalidProblemError) as caught:
        starting_plan(NODES, [Assignment(job="a", mode="H100x16", pool="pool", start_slot=3)])
    assert [violation.path for violation in caught.value.violations] == ["assignments"]
