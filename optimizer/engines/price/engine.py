"""The price engine: prices from the dual, plans guided by the prices, a bound that anyone can check."""

from __future__ import annotations

from optimizer.columns.table import Columns, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor, Outcome
from optimizer.engines.price.bound.grants import MandatoryJobWithoutColumnsError
from optimizer.engines.price.halls.run import HallRun
from optimizer.engines.price.run import PriceRun
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, Feature
from optimizer.interrupt import Interrupted
from optimizer.params import SolveParams


class PriceEngine:
    """Certified plans at fleet scale. It proves optimality only where its bound meets its plan."""

    name = "price"
    capabilities = frozenset({Capability.MANDATORY_JOBS, Capability.BUDGETS, Capability.WARM_START})
    features: frozenset[Feature] = PLACED_FEATURES | PLANT_FEATURES

    def availability(self) -> Availability:
        import numba

        return Availability(True, f"prices and certificates, numba {numba.__version__}")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        timer = Timer(monitor, deterministic=params.work_limit is not None)
        try:
            run = HallRun(columns, params, start, monitor) if len(columns.halls) else PriceRun(columns, params, start, monitor)
            run.bound(lambda: timer.share() >= run.bound_share, share=lambda: timer.share() / run.bound_share)
        except MandatoryJobWithoutColumnsError as error:
            return EngineResult(Outcome.INFEASIBLE, None, None, detail=str(error))
        except Interrupted:
            return EngineResult(Outcome.LIMIT, start, None)
        if isinstance(run, HallRun):
            if not run.closed:
                run.search(timer.share_of_rest())
        elif not run.closed:
            rest = timer.share_of_rest()
            run.dive(lambda: rest() / run.dive_share)
            run.search(timer.share_of_rest())
        return run.result()


class Timer:
    """How much of a run's time has passed, as a share; a deterministic run has no time, only an end when it is cancelled."""

    def __init__(self, monitor: Monitor, *, deterministic: bool) -> None:
        self._monitor, self._deterministic = monitor, deterministic
        self._limit_seconds = max(1e-9, monitor.remaining_seconds())

    def share(self) -> float:
        """0 at the start, 1 when the run must end."""
        if self._monitor.stopping():
            return 1.0
        return 0.0 if self._deterministic else 1.0 - self._monitor.remaining_seconds() / self._limit_seconds

    def share_of_rest(self) -> Timer.Share:
        """``share`` counted from now."""
        return Timer.Share(self)

    class Share:
        def __init__(self, timer: Timer) -> None:
            self._timer, self._passed = timer, timer.share()

        def __call__(self) -> float:
            return 1.0 if self._passed >= 1.0 else (self._timer.share() - self._passed) / (1.0 - self._passed)
