"""One solve over a whole Ray cluster: zones on actors, the rest here. See ``zones``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer import pipeline
from optimizer.certificates import Certificate
from optimizer.errors import EngineUnavailableError, WorkerError
from optimizer.execution.base import DEFAULT_PARAMS, SILENT
from optimizer.execution.ray_cluster import connected_ray, cpu_counts
from optimizer.execution.zones import Stopping, ZoneEngine, ZoneWorker
from optimizer.monitor import SolveMonitor
from optimizer.params import SolveParams
from optimizer.problem import Problem
from optimizer.solution import Assignment, Result

#: How often a search of the zones asks whether to stop.
TICK_SECONDS = 0.05


class RayZones:
    """A ``ZonePool`` of actors, each with so many CPUs. A lost actor is started anew by Ray, with nothing loaded."""

    def __init__(self, ray: Any, count: int, cpus: int) -> None:
        self._ray = ray
        actor = ray.remote(num_cpus=cpus, max_restarts=-1)(ZoneWorker)
        self._workers = [actor.remote() for _ in range(count)]

    @property
    def count(self) -> int:
        return len(self._workers)

    def load(self, tables: Sequence[bytes]) -> None:
        self._all([worker.load.remote(table) for worker, table in zip(self._workers, tables, strict=True)])

    def price(self, prices: bytes) -> list[bytes]:
        shared = self._ray.put(prices)
        return self._all([worker.price.remote(shared) for worker in self._workers])

    def search(self, tasks: Sequence[bytes], stopping: Stopping) -> list[bytes | None]:
        running = [worker.search.remote(task) for worker, task in zip(self._workers, tasks, strict=False)]
        left = running
        while left and not stopping():
            _, left = self._ray.wait(left, num_returns=len(left), timeout=TICK_SECONDS)
        return [None if answer in left else self._answer(answer) for answer in running]

    def close(self) -> None:
        for worker in self._workers:
            self._ray.kill(worker)

    def _answer(self, answer: Any) -> bytes | None:
        try:
            found: bytes = self._ray.get(answer)
        except self._ray.exceptions.RayError:
            return None
        return found

    def _all(self, answers: list[Any]) -> list[bytes]:
        try:
            found: list[bytes] = self._ray.get(answers)
        except self._ray.exceptions.RayError as error:
            raise WorkerError(f"a zone's worker was lost on the cluster: {type(error).__name__}") from error
        return found


class RayZonesExecutor:
    """See ``Executor``: one solve takes the cluster, a zone for every ``thread_count`` CPUs and at most one for each site.

    The driver runs in the calling process, so ``grace_seconds`` has no effect and a crash here is the caller's.
    """

    def __init__(self, address: str | None = None) -> None:
        """Connects, which may take seconds. Raises EngineUnavailableError."""
        self._ray = connected_ray(address)

    def solve(
        self,
        problem: Problem,
        params: SolveParams = DEFAULT_PARAMS,
        *,
        initial: Sequence[Assignment] = (),
        initial_certificate: Certificate | None = None,
        monitor: SolveMonitor = SILENT,
        grace_seconds: float | None = None,
    ) -> Result:
        """As ``Executor.solve``. Raises EngineUnavailableError for an engine other than ``auto`` and ``price``."""
        del grace_seconds
        if params.engine not in ("auto", ZoneEngine.name):
            raise EngineUnavailableError(params.engine, f"zones are searched by the engine {ZoneEngine.name!r} only")
        cpus = min(params.thread_count or 1, max(cpu_counts(self._ray)))
        count = max(1, min(len(problem.sites), sum(n // cpus for n in cpu_counts(self._ray))))
        zones = RayZones(self._ray, count, cpus)
        try:
            return pipeline.solve(
                problem,
                params,
                initial=initial,
                initial_certificate=initial_certificate,
                monitor=monitor,
                engine=ZoneEngine(zones),
            )
        finally:
            zones.close()

    def close(self) -> None:
        """Nothing outlives a solve but the connection, which is the process's."""
