"""CheckPlacement with a certificate: the bound is recomputed, and a certificate that does not hold is a violation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.certificates import Certificate, SlotPrices
from optimizer.errors import InvalidProblemError
from optimizer.interrupt import Interrupted
from optimizer.limits import LimitKind
from optimizer.problem import Problem
from optimizer.solution import Result
from optimizer.validate import SizeLimits
from optimizer.verify.plan import Rule
from server import convert, requests
from tests.certificates import certificate_of, priced_result
from tests.conformance.problems import PROBLEMS
from tests.integration.service_harness import Service, scripted_service


def request(problem: Problem, plan: Result | None, certificate: Certificate | None) -> service_pb2.CheckPlacementRequest:
    placements = plan.placements if plan else ()
    return service_pb2.CheckPlacementRequest(
        problem=convert.problem_to_proto(problem),
        assignments=[{"job": p.job, "mode": p.mode, "pool": p.pool, "start_slot": p.start_slot} for p in placements],
        certificate=None if certificate is None else convert.certificate_to_proto(certificate),
    )


def checked(name: str, certificate: Certificate | None) -> service_pb2.CheckPlacementResponse:
    return requests.check(request(PROBLEMS[name], priced_result(name), certificate), SizeLimits())


@pytest.mark.parametrize("name", ["nodes", "budgets", "quarter_hours", "all_rules"])
def test_the_bound_is_recomputed(name: str) -> None:
    plan = priced_result(name)
    answer = checked(name, certificate_of(name))
    assert answer.feasible
    assert answer.bound_micros == plan.termination.bound_micros
    assert answer.relative_gap == pytest.approx(plan.termination.relative_gap)


def test_without_a_certificate_there_is_no_bound() -> None:
    answer = checked("nodes", None)
    assert answer.feasible
    assert not answer.HasField("bound_micros")
    assert not answer.HasField("relative_gap")


def test_one_unit_less_than_the_prices_prove_is_a_violation() -> None:
    certificate = certificate_of("nodes")
    answer = checked("nodes", replace(certificate, bound_micros=certificate.bound_micros - 1))
    assert not answer.feasible
    assert not answer.HasField("bound_micros")
    assert [violation.rule for violation in answer.violations] == [service_pb2.RULE_BOUND_NOT_PROVED]
    assert answer.violations[0].amount == 1


def test_a_certificate_for_another_problem_is_a_violation() -> None:
    answer = checked("nodes", certificate_of("grid_two_halls"))
    assert not answer.feasible
    assert {violation.rule for violation in answer.violations} == {service_pb2.RULE_CERTIFICATE_MALFORMED}


def test_a_certificate_that_cannot_be_read_is_an_invalid_argument() -> None:
    broken = request(PROBLEMS["nodes"], None, None)
    broken.certificate.unit_bits = 3
    with pytest.raises(InvalidProblemError) as caught:
        requests.check(broken, SizeLimits())
    assert [(v.path, v.reason) for v in caught.value.violations] == [("certificate.bound_micros", "MISSING_FIELD")]


def test_a_bound_below_64_bits_is_stated_as_the_least_they_hold() -> None:
    """Jobs that must run and cannot do so together: prices can prove any bound on the plan that does not exist."""
    series = SlotPrices(LimitKind.POOL_NODES, "pool", (0, 2**63 - 1, 2**63 - 1, 0))
    impossible = request(PROBLEMS["infeasible_together"], None, Certificate(0, 0, (series, series)))
    assert requests.check(impossible, SizeLimits()).bound_micros == requests.LEAST_MICROS


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with scripted_service() as running:
        yield running


async def test_the_client_checks_bounds_too(service: Service) -> None:
    plan, certificate = priced_result("nodes"), certificate_of("nodes")
    assignments = [placement.assignment for placement in plan.placements]
    good = await service.client.check(PROBLEMS["nodes"], assignments, certificate=certificate)
    assert good.feasible
    assert good.bound_micros == certificate.bound_micros
    assert good.relative_gap == plan.termination.relative_gap
    lower = replace(certificate, bound_micros=certificate.bound_micros - 1)
    bad = await service.client.check(PROBLEMS["nodes"], assignments, certificate=lower)
    assert [violation.rule for violation in bad.violations] == [Rule.BOUND_NOT_PROVED]
    assert bad.bound_micros is None


def test_a_check_is_given_up_before_any_job_of_its_certificate() -> None:
    message = request(PROBLEMS["nodes"], priced_result("nodes"), certificate_of("nodes"))
    asked: list[int] = []
    requests.check(message, SizeLimits(), lambda: asked.append(0))
    assert len(asked) > 2 * len(PROBLEMS["nodes"].jobs)

    def give_way() -> None:
        asked.pop()
        if not asked:
            raise Interrupted

    with pytest.raises(Interrupted):
        requests.check(message, SizeLimits(), give_way)
