"""The price engine over zones: the bound of one machine, verified plans, and what a lost worker costs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

import pytest

from examples.links import links_problem
from optimizer import pipeline
from optimizer.errors import EngineUnavailableError, WorkerError
from optimizer.execution.ray_zones import RayZonesExecutor
from optimizer.execution.zones import InlineZones, Stopping, ZoneEngine
from optimizer.generate.uk_no import generate_uk_no
from optimizer.params import SolveParams
from optimizer.solution import BoundSource, Result, TerminationReason
from tests import fleet
from tests.execution.fake_ray import FakeRay

WORK = SolveParams(engine="price", work_limit=20_000, seed=1)
PROBLEM = generate_uk_no(40, 1)


class Unlucky(InlineZones):
    """Loses workers at what it is told."""

    def __init__(self, count: int, *, price: bool = False, search: Sequence[int] = ()) -> None:
        super().__init__(count)
        self._price_fails, self._lost = price, search

    def price(self, prices: bytes) -> list[bytes]:
        if self._price_fails:
            raise WorkerError("a zone's worker was lost")
        return super().price(prices)

    def search(self, tasks: Sequence[bytes], stopping: Stopping) -> list[bytes | None]:
        answers = super().search(tasks, stopping)
        return [None if n in self._lost else answer for n, answer in enumerate(answers)]


def by_zones(pool: InlineZones) -> Result:
    return pipeline.solve(PROBLEM, WORK, engine=ZoneEngine(pool, columns_worth_sharing=0))


@pytest.fixture(scope="module")
def one_machine() -> Result:
    return pipeline.solve(PROBLEM, WORK)


def test_the_certificate_is_that_of_one_machine(one_machine: Result) -> None:
    result = by_zones(InlineZones(3))
    assert result.certificate == one_machine.certificate
    assert result.termination.bound_source is BoundSource.CERTIFICATE
    assert result.verified
    assert "3 zones" in result.termination.detail


def test_the_same_work_gives_the_same_plan() -> None:
    assert by_zones(InlineZones(2)) == by_zones(InlineZones(2))


def test_links_belong_to_the_zone_they_lead_to() -> None:
    params = SolveParams(engine="price", work_limit=2_000, seed=1)
    instance = links_problem()
    result = pipeline.solve(instance, params, engine=ZoneEngine(InlineZones(2), columns_worth_sharing=0))
    assert result.verified
    assert result.certificate == pipeline.solve(instance, params).certificate
    assert any(placement.transfers for placement in result.placements)


def test_more_workers_than_sites_have_nothing_to_do() -> None:
    assert by_zones(InlineZones(9)).verified


def test_a_worker_lost_in_the_search_costs_its_share_only(one_machine: Result) -> None:
    result = by_zones(Unlucky(2, search=[0]))
    assert result.verified
    assert result.certificate == one_machine.certificate
    nothing_found = by_zones(Unlucky(2, search=[0, 1]))
    assert result.termination.objective_micros >= nothing_found.termination.objective_micros > 0


def test_where_a_worker_is_lost_while_pricing_the_driver_prices(one_machine: Result) -> None:
    result = by_zones(Unlucky(2, price=True))
    assert result.verified
    assert result.certificate == one_machine.certificate
    assert "worker was lost" in result.termination.detail


def test_a_worker_started_anew_has_nothing_to_price() -> None:
    with pytest.raises(WorkerError, match="no jobs to price"):
        InlineZones(1).price(b"")


def test_a_mandatory_job_without_columns_is_infeasible() -> None:
    problem = fleet.problem(fleet.job("too-wide", fleet.mode(gpu_count=8000), value=None))
    result = pipeline.solve(problem, WORK, engine=ZoneEngine(InlineZones(2)))
    assert result.termination.reason is TerminationReason.INFEASIBLE


def test_on_actors_it_is_the_same(monkeypatch: pytest.MonkeyPatch, one_machine: Result) -> None:
    ray = FakeRay(cpus=(2, 1))
    monkeypatch.setitem(sys.modules, "ray", ray)  # type: ignore[arg-type]
    result = RayZonesExecutor().solve(PROBLEM, WORK)
    assert result.certificate == one_machine.certificate
    assert "3 zones" in result.termination.detail
    assert result.placements == by_zones(InlineZones(3)).placements


def test_other_engines_know_no_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", FakeRay())  # type: ignore[arg-type]
    with pytest.raises(EngineUnavailableError, match="zones"):
        RayZonesExecutor().solve(PROBLEM, SolveParams(engine="highs"))


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (pip install 'loadstone[ray]')")
def test_on_ray_it_is_the_same(one_machine: Result) -> None:
    import ray

    result = RayZonesExecutor().solve(PROBLEM, WORK)
    ray.shutdown()
    assert result.certificate == one_machine.certificate
    assert result.verified
